"""What may be called: authors, readers, moderators, and who leads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cloudfunctions.account.service import Staff, staff_member
from cloudfunctions.chat.service import Page
from cloudfunctions.common.errors import BadRequest
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import TEEN
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct, Seq, WaitSeconds
from cloudfunctions.story import answers, feed, figures, moderation, service
from cloudfunctions.story.animals import ANIMALS
from nlp.labels import TOPICS

actions = Registry()

MODERATORS = frozenset({"counsellor", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
STORY_BYTES = 65_536
"""The longest story has 5,000 characters, of up to 12 bytes each where JSON escapes them."""

Edit = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
Topic = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(TOPICS)})\Z")]
Animal = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(ANIMALS)})\Z")]
Cursor = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{0,16}\Z")]
AnswerText = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Words = Annotated[str, msgspec.Meta(max_length=300)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=20)]
Kind = Literal["story", "answer", "report"]
Place = Annotated[int, msgspec.Meta(ge=0, le=5_030)]


class Save(RequestStruct):
    """One autosave; `edit` grows with each, so that a late one changes nothing."""

    story: Cid
    edit: Edit
    title: str
    text: str
    topic: Topic
    animal: Animal


class Send(RequestStruct):
    """The wording `edit` is to be read by people and then shared."""

    story: Cid
    edit: Edit


class OfStory(RequestStruct):
    """One's own story."""

    story: Cid


class MinePage(RequestStruct):
    """Those last touched before a time; without it, the newest."""

    before: Seq | None = None


class Agree(RequestStruct):
    """Yes to the wording that is offered in this version."""

    story: Cid
    version: Seq


class Nothing(RequestStruct):
    """No fields."""


class Talk(RequestStruct):
    """One's own story, or the cid of one's own answer: one of the two."""

    story: Cid | None = None
    answer: Cid | None = None


@actions.action("story.save", who=TEEN, body_bytes=STORY_BYTES)
def save(call: Call, request: Save) -> service.MineAnswer:
    """Keep what is being written."""
    names = ("title", "text", "topic", "animal")
    words = {name: getattr(request, name) for name in names}
    return service.save(call.resources, call.caller.id, request.story, request.edit, words)


@actions.action("story.send", who=TEEN, waits=True)
def send(call: Call, request: Send) -> service.MineAnswer:
    """Share it, once a person has read it."""
    return service.send(call.resources, call.caller.id, request.story, request.edit)


@actions.action("story.mine", who=TEEN, bindable=True, title="我的故事", intent="get-list")
def mine(call: Call, request: MinePage) -> service.MinePage:
    """See one's own stories."""
    return service.mine(call.resources, call.caller.id, request.before)


@actions.action("story.agree", who=TEEN)
def agree(call: Call, request: Agree) -> service.MineAnswer:
    """Have the offered wording published."""
    return service.agree(call.resources, call.caller.id, request.story, request.version)


@actions.action("story.withdraw", who=TEEN)
def withdraw(call: Call, request: OfStory) -> service.MineAnswer:
    """Take it back, at once."""
    return service.withdraw(call.resources, call.caller.id, request.story)


@actions.action("story.erase_all", who=TEEN)
def erase_all(call: Call, request: Nothing) -> service.Erased:
    """Erase everything of one's own."""
    return service.erase_all(call.resources, call.caller.id)


@actions.action("story.talk", who=TEEN)
def talk(call: Call, request: Talk) -> Page:
    """Accept the offer to talk."""
    if request.story is not None and request.answer is None:
        return service.talk(call.resources, call.caller.id, request.story)
    if request.answer is not None and request.story is None:
        return service.talk_about_answer(call.resources, call.caller.id, request.answer)
    raise BadRequest(hint="请选一篇故事或一段回应。")


class Feed(RequestStruct):
    """A page of stories; `before` is the cursor of the page above."""

    topic: Topic | None = None
    before: Cursor = ""
    limit: Limit = 20


class OfPublic(RequestStruct):
    """A story as readers know it."""

    story: DocumentId


class Hug(RequestStruct):
    """Hug, or take it back."""

    story: DocumentId
    on: bool


class AnswerTo(RequestStruct):
    """An answer; `cid` is the client's own id of it."""

    story: DocumentId
    cid: Cid
    text: AnswerText


class OfAnswer(RequestStruct):
    """One's own answer, by its cid."""

    answer: Cid


class Report(RequestStruct):
    """A story, or an answer to it, that a person should look at."""

    story: DocumentId
    reason: Literal["personal", "unkind", "danger", "other"]
    answer: DocumentId | None = None


class Poll(RequestStruct):
    """What went after `since`, an earlier `now`; 0 begins."""

    since: Seq
    wait: WaitSeconds = 0


@actions.action("story.feed", who=TEEN, bindable=True, title="大家的故事", intent="get-list")
def feed_page(call: Call, request: Feed) -> feed.FeedPage:
    """Read what others shared."""
    topic = request.topic or ""
    return feed.feed(call.resources, call.caller.id, topic, request.before, request.limit)


@actions.action("story.read", who=TEEN, bindable=True, title="读一个故事", intent="get-item")
def read(call: Call, request: OfPublic) -> feed.Opened:
    """Open a story."""
    return feed.read(call.resources, call.caller.id, request.story)


@actions.action("story.hug", who=TEEN, bindable=True, title="抱抱一个故事", intent="update")
def hug(call: Call, request: Hug) -> feed.Hugged:
    """Let somebody feel that they are not alone."""
    return feed.hug(call.resources, call.caller.id, request.story, on=request.on)


@actions.action("story.answer", who=TEEN, bindable=True, title="给故事写几句话", intent="create")
def answer(call: Call, request: AnswerTo) -> answers.AnswerSent:
    """Write to whoever wrote it; shown once a person has read it."""
    return answers.answer(call.resources, call.caller.id, request.story, request.cid, request.text)


@actions.action("story.given", who=TEEN, bindable=True, title="我写给别人的话", intent="get-list")
def given(call: Call, request: MinePage) -> answers.GivenPage:
    """See what one wrote to others."""
    return answers.given(call.resources, call.caller.id, request.before)


@actions.action("story.take_back", who=TEEN)
def take_back(call: Call, request: OfAnswer) -> answers.GivenAnswer:
    """Take one's own answer back."""
    return answers.take_back(call.resources, call.caller.id, request.answer)


@actions.action("story.report", who=TEEN, bindable=True, title="说故事有问题", intent="create")
def report(call: Call, request: Report) -> feed.Nothing:
    """Say that something is wrong with it."""
    return feed.report(
        call.resources, call.caller.id, request.story, request.answer, request.reason
    )


@actions.action("story.poll", who=TEEN, waits=True)
def poll(call: Call, request: Poll) -> feed.Gone:
    """Hear what is gone, so that no screen goes on showing it."""
    return feed.poll(call.resources, request.since, request.wait)


class Queue(RequestStruct):
    """What waits; `after` is the cursor of the page above."""

    after: Cursor = ""


class OfItem(RequestStruct):
    """One item of the queue."""

    kind: Kind
    id: DocumentId


class Mask(RequestStruct):
    """A span of the text that readers do not see, in code points, `end` outside."""

    start: Place
    end: Place


Masks = Annotated[list[Mask], msgspec.Meta(max_length=200)]


class Decide(RequestStruct):
    """A decision about the version that the moderator saw."""

    kind: Kind
    id: DocumentId
    version: Seq
    end: Literal["publish", "mask", "change", "withhold"]
    masks: Masks = []
    title_masks: Masks = []
    words: Words = ""
    reason: Literal["none", "personal", "danger", "unkind", "advert", "other"] = "none"
    from_14: bool = False
    heavy: bool = False
    sure: bool = False


class Period(RequestStruct):
    """A period in milliseconds; `until` itself is outside."""

    from_: Seq = msgspec.field(name="from")
    until: Seq


def _staff(call: Call) -> Staff:
    return staff_member(call.resources, call.caller)


@actions.action("story.queue", who=MODERATORS)
def queue(call: Call, request: Queue) -> moderation.QueuePage:
    """See what waits for a person."""
    return moderation.queue(call.resources, _staff(call), request.after)


@actions.action("story.take", who=MODERATORS)
def take(call: Call, request: OfItem) -> moderation.ItemAnswer:
    """Take one in hand."""
    return moderation.take(call.resources, _staff(call), request.kind, request.id)


@actions.action("story.put_back", who=MODERATORS)
def put_back(call: Call, request: OfItem) -> moderation.PutBack:
    """Leave it to somebody else."""
    return moderation.put_back(call.resources, _staff(call), request.kind, request.id)


@actions.action("story.decide", who=MODERATORS)
def decide(call: Call, request: Decide) -> moderation.Next:
    """Publish, mask, ask for a change, or withhold."""
    decision = moderation.Decision(
        version=request.version,
        end=request.end,
        masks=[(one.start, one.end) for one in request.masks],
        title_masks=[(one.start, one.end) for one in request.title_masks],
        words=request.words,
        reason=request.reason,
        from_14=request.from_14,
        heavy=request.heavy,
        sure=request.sure,
    )
    return moderation.decide(call.resources, _staff(call), request.kind, request.id, decision)


@actions.action("story.answer_as_counsellor", who=MODERATORS)
def answer_as_counsellor(call: Call, request: AnswerTo) -> answers.AnswerShown:
    """Answer as somebody who knows how."""
    return answers.answer_as_counsellor(
        call.resources, _staff(call), request.story, request.cid, request.text
    )


@actions.action("story.figures", who=SUPERVISOR)
def read_figures(call: Call, request: Period) -> figures.Figures:
    """Look at how it goes."""
    _staff(call)
    return figures.figures(call.resources, request.from_, request.until)
