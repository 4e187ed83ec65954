"""Words that readers leave under a story.

They go the way of stories: read for risk, then by a person, and only then shown, to the author too.
Where a teen answers, they bear another animal's name under every story. A counsellor's words need
no second person, stand first and are marked.
"""

from __future__ import annotations

import secrets

import msgspec

from cloudfunctions.account.service import Staff
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import checks, feed, reading, store, upkeep, views
from cloudfunctions.story.animals import other_animal
from cloudfunctions.story.record import Change, change
from cloudfunctions.story.standing import is_visible, shown_fields, taken_away, waits
from cloudfunctions.story.wording import KINDS, refuse_contact

NO_FLAGS: Document = {}
PAGE = 20


class AnswerSent(msgspec.Struct):
    """How an answer stands; `offer_talk` where its author may want somebody to talk to."""

    state: str
    offer_talk: bool


class GivenPage(msgspec.Struct):
    """One's own answers, the newest first."""

    answers: list[views.Given]
    more: bool


class GivenAnswer(msgspec.Struct):
    """One of one's own answers as it stands after the call."""

    answer: views.Given


class AnswerShown(msgspec.Struct):
    """A counsellor's answer, as it stands under the story, or will once WeChat has checked it."""

    answer: views.Answer
    waits: bool


def answer(resources: Resources, teen: str, public: str, cid: str, text: str) -> AnswerSent:
    """Send an answer to the people who read it first; the same again changes nothing.

    Raises:
        BadRequest: blank.
        Conflict: the cid belongs to other words, or the story is the teen's own.
        NotFound: no such story for this teen, or not any more.
    """
    if not text.strip():
        raise BadRequest("回应还是空的。", hint="写一句话就好。")
    earlier = _replayed(resources, teen, public, cid, text)
    if earlier is None:
        story = feed.visible(resources, teen, public)
        if story["teen"] == teen:
            raise Conflict("这是你自己的故事。", hint="想补充的话，可以再写一篇。")
        fresh = _new_answer(resources, teen, story, cid, text)
        if not store.add(resources.database, store.ANSWERS, fresh):
            return answer(resources, teen, public, cid, text)
        earlier = fresh
    upkeep.follow_up(resources, earlier)
    state = "withheld" if earlier["state"] == "withheld" else "waiting"
    return AnswerSent(state, views.offers_talk(earlier))


def _replayed(
    resources: Resources, author: str, public: str, cid: str, text: str
) -> Document | None:
    found = store.answer_of(resources.database, author, cid)
    if found is not None and (found["story"], found["sent"]["text"]) != (public, text):
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再发。")
    return found


def _new_answer(resources: Resources, teen: str, story: Document, cid: str, text: str) -> Document:
    now, public = resources.now(), story["public"]
    chosen = int(resources.identity.keyed_hash("story animal", f"{public}\0{teen}")[:8], 16)
    animal = other_animal(chosen, story["shown"]["animal"])
    fresh = _blank(resources, teen, public, cid, text, animal)
    level = fresh["read"]["level"]
    if level < reading.IMMINENT:
        desk = waits("answer", level, now)
        return {**fresh, "state": "waiting", "desk": desk, **checks.begun(resources)}
    fresh |= {"state": "withheld", "reason": "danger", "barred": True}
    return {**fresh, **upkeep.worried(fresh["sent"], fresh["read"], now)}


def _blank(
    resources: Resources, author: str, public: str, cid: str, text: str, animal: str
) -> Document:
    sent = {"title": "", "text": text, "topic": "", "animal": animal}
    return {
        "_id": f"a_{secrets.token_urlsafe(16)}",
        "schema": 1,
        "teen": author,
        "cid": cid,
        "story": public,
        "by": "teen",
        "version": 1,
        "sent": sent,
        "sent_at": resources.now(),
        "at": resources.now(),
        "read": reading.read(sent),
    }


def given(resources: Resources, teen: str, before: int | None) -> GivenPage:
    """Return what a teen wrote to others and where each stands."""
    found = store.given_by(resources.database, teen, before or 2**53, PAGE + 1)
    page = found[:PAGE]
    checks.hurry(resources, store.ANSWERS, page)
    stories = store.by_publics(resources.database, [one["story"] for one in page])
    shown = [views.given(one, stories.get(one["story"])) for one in page]
    return GivenPage(shown, more=len(found) > PAGE)


def take_back(resources: Resources, teen: str, cid: str) -> GivenAnswer:
    """Take one's own answer back, whatever its state; what was withheld stays so.

    Raises:
        NotFound: no such answer of this teen.
    """

    def decide(before: Document) -> Change | None:
        if before["state"] in ("withdrawn", "withheld"):
            return None
        return taken_away(before, {"state": "withdrawn"}, resources.now())

    database = resources.database
    after = change(
        database, store.ANSWERS, lambda: store.answer_of(database, teen, cid), decide
    ).document
    upkeep.follow_up(resources, after)
    story = store.by_public(database, after["story"])
    return GivenAnswer(views.given(after, story))


def answer_as_counsellor(
    resources: Resources, staff: Staff, public: str, cid: str, text: str
) -> AnswerShown:
    """Answer as somebody who knows how; shown at once, or with WeChat's yes to the words.

    Raises:
        BadRequest: blank, or something in it leads to a person.
        Conflict: the cid belongs to other words.
        NotFound: readers cannot see the story now.
    """
    if not text.strip():
        raise BadRequest("回应还是空的。", hint="写一句话就好。")
    refuse_contact({"title": "", "text": text}, KINDS)
    found = _replayed(resources, staff.id, public, cid, text)
    if found is None:
        story = store.by_public(resources.database, public)
        if story is None or not is_visible(story):
            raise NotFound("这篇现在看不到了。", hint="回到列表，看看别的。")
        found = _counsellors(resources, staff, public, cid, text)
        if not store.add(resources.database, store.ANSWERS, found):
            return answer_as_counsellor(resources, staff, public, cid, text)
    if found["state"] not in ("published", "waiting"):
        raise NotFound("这段回应已经收下去了。", hint="可以再写一段。")
    waits_for_check = "shown" not in found
    if waits_for_check:
        found = {**found, **shown_fields(found, found["sent"], NO_FLAGS, resources.now())}
    return AnswerShown(views.answer(found, staff.id), waits=waits_for_check)


def _counsellors(resources: Resources, staff: Staff, public: str, cid: str, text: str) -> Document:
    fresh = {**_blank(resources, staff.id, public, cid, text, ""), "by": "counsellor"}
    if asked := checks.begun(resources, then=checks.PUBLISH):
        return {**fresh, "state": "waiting", **asked}
    return {**fresh, **shown_fields(fresh, fresh["sent"], NO_FLAGS, resources.now())}
