"""What staff may call."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cloudfunctions.account import service as account
from cloudfunctions.chat.cards import Exercise
from cloudfunctions.chat.handover import HandOver as HandOverWish
from cloudfunctions.chat.views import Older
from cloudfunctions.common.errors import Conflict
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import DESK, LEADS
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct, Seq, Text, WaitSeconds
from cloudfunctions.desk import service, views
from nlp.labels import TOPICS

actions = Registry()

ON_CALL = frozenset({"counsellor", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
AlertId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{4,10}[0-9]{1,4}\Z")]
NoticeKey = Annotated[
    str,
    msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}:[a-z]{4,10}[0-9]{1,4}:[1-3](:[0-9]{1,4})?(:w)?\Z"),
]
"""Conversation, alert, step, how often it was left, and `w` where it goes through WeChat."""

SEND_BYTES = 32_768
Topic = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(TOPICS)})\Z")]
Time = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Milliseconds since 1970 (UTC)."""
Note = Annotated[str, msgspec.Meta(max_length=500)]
Labels = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]], msgspec.Meta(max_length=20)
]


class Status(RequestStruct):
    """Whether the member takes talks, which topics they know well, and whether talks come by
    themselves while there is room; what is left out stays as it was."""

    status: Literal["available", "away"]
    skills: Annotated[list[Topic], msgspec.Meta(max_length=len(TOPICS))] | None = None
    automatic: bool | None = None


class Nothing(RequestStruct):
    """No fields."""


class Poll(RequestStruct):
    """`version` is what the last answer gave, '' at first; `after` belongs to the opened talk."""

    version: Annotated[str, msgspec.Meta(max_length=64)] = ""
    conversation: DocumentId | None = None
    after: Seq = 0
    wait: WaitSeconds = 0


class Send(RequestStruct):
    """One message to the teen."""

    conversation: DocumentId
    cid: Cid
    text: Text
    after: Seq = 0


class SendCard(RequestStruct):
    """One exercise for the teen."""

    conversation: DocumentId
    cid: Cid
    exercise: Exercise
    after: Seq = 0


class History(RequestStruct):
    """The messages that stand before `before`."""

    conversation: DocumentId
    before: Seq


class HandOver(RequestStruct):
    """Where the talk goes (a tier or a person), whether the giver stays, and what to know."""

    conversation: DocumentId
    tier: Literal["listener", "counsellor", ""] = ""
    person: Annotated[str, msgspec.Meta(max_length=64)] = ""
    warm: bool = False
    note: Note = ""


class SetRisk(RequestStruct):
    """The level as a person sees it, 0–3, and why; `seq` is a message that was read wrongly."""

    conversation: DocumentId
    level: Annotated[int, msgspec.Meta(ge=0, le=3)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    seq: Seq | None = None


class Form(RequestStruct):
    """The closing form: risk from A (none) to E (imminent), as the person judged it.

    From C on a follow-up is due: in how many days somebody looks after the teen again.
    """

    risk: Literal["A", "B", "C", "D", "E"]
    topics: Labels = []
    actions: Labels = []
    referral: Note = ""
    note: Note = ""
    follow_up_days: Annotated[int, msgspec.Meta(ge=0, le=60)] | None = None
    follow_up_note: Note = ""


class FollowUps(RequestStruct):
    """A page of follow-ups; `after` is when the last one held is due, 0 at first."""

    after: Time = 0


class OfConversation(RequestStruct):
    """A step in a conversation."""

    conversation: DocumentId


class Reasoned(RequestStruct):
    """A step that wants a reason, or says what came of it."""

    conversation: DocumentId
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class OfAlert(RequestStruct):
    """An open alert of a conversation."""

    conversation: DocumentId
    alert: AlertId


class CloseAlert(RequestStruct):
    """The same, and what was done."""

    conversation: DocumentId
    alert: AlertId
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class EndShift(RequestStruct):
    """What whoever takes the talks should know."""

    note: Note = ""


class AllowNotice(RequestStruct):
    """A yes to one message of WeChat's; `cid` is the client's own id of it."""

    cid: Cid


class OfLetter(RequestStruct):
    """A notice by its key."""

    key: NoticeKey


class CloseLetter(RequestStruct):
    """The same, and why nobody has to be told any more."""

    key: NoticeKey
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class OfMember(RequestStruct):
    """A member of the staff."""

    member: DocumentId


class Close(RequestStruct):
    """The talk and its closing form."""

    conversation: DocumentId
    form: Form


@actions.action("desk.status", who=DESK, bindable=True, title="上线或离开", intent="update")
def status(call: Call, request: Status) -> views.MeAnswer:
    """Come on duty, or step away."""
    return service.set_status(
        service.arrive(call.resources, call.caller),
        request.status,
        request.skills,
        request.automatic,
    )


@actions.action("desk.queue", who=DESK, bindable=True, title="谁在等", intent="get-item")
def queue(call: Call, request: Nothing) -> views.QueueAnswer:
    """See who waits."""
    return views.QueueAnswer(service.read_queue(service.arrive(call.resources, call.caller)))


@actions.action("desk.next", who=DESK)
def take_next(call: Call, request: Nothing) -> views.NextAnswer:
    """Claim the most urgent talk."""
    return service.take_next(service.arrive(call.resources, call.caller))


@actions.action("desk.poll", who=DESK, waits=True)
def poll(call: Call, request: Poll) -> views.PollAnswer:
    """Hear what is new; also a sign of life for every talk in hand."""
    with call.resources.database.deadline():
        desk = service.arrive(call.resources, call.caller)
    return service.poll(desk, request.conversation, request.after, request.version, request.wait)


@actions.action("desk.history", who=DESK)
def history(call: Call, request: History) -> Older:
    """Read a held talk further back."""
    desk = service.arrive(call.resources, call.caller)
    return service.history(desk, request.conversation, request.before)


@actions.action("desk.send", who=DESK, body_bytes=SEND_BYTES)
def send(call: Call, request: Send) -> views.SentAnswer:
    """Say something to the teen."""
    desk = service.arrive(call.resources, call.caller)
    return service.send(desk, request.conversation, request.cid, request.text, request.after)


@actions.action("desk.send_card", who=DESK)
def send_card(call: Call, request: SendCard) -> views.SentAnswer:
    """Send a small exercise to the teen."""
    desk = service.arrive(call.resources, call.caller)
    return service.send_card(
        desk, request.conversation, request.cid, request.exercise, request.after
    )


@actions.action("desk.hand_over", who=DESK)
def hand_over(call: Call, request: HandOver) -> views.HeadAnswer:
    """Give a talk to a tier."""
    desk = service.arrive(call.resources, call.caller)
    wish = HandOverWish(request.tier, request.person, request.warm, request.note)
    return service.hand_over(desk, request.conversation, wish)


@actions.action("desk.accept", who=DESK)
def accept(call: Call, request: OfConversation) -> views.NextAnswer:
    """Take an offered talk."""
    return service.accept(service.arrive(call.resources, call.caller), request.conversation)


@actions.action("desk.decline", who=DESK)
def decline(call: Call, request: Reasoned) -> views.MeAnswer:
    """Refuse an offered talk."""
    desk = service.arrive(call.resources, call.caller)
    return service.decline(desk, request.conversation, request.reason)


@actions.action("desk.leave_talk", who=DESK)
def leave_talk(call: Call, request: OfConversation) -> views.HeadAnswer:
    """Go from a talk in which one is a guest."""
    return service.leave_talk(service.arrive(call.resources, call.caller), request.conversation)


@actions.action("desk.end_shift", who=DESK)
def end_shift(call: Call, request: EndShift) -> views.MeAnswer:
    """Step away and hand everything over."""
    return service.end_shift(service.arrive(call.resources, call.caller), request.note)


@actions.action("desk.background", who=DESK)
def background(call: Call, request: Nothing) -> views.MeAnswer:
    """The client goes into the background for a while."""
    return service.background(service.arrive(call.resources, call.caller))


@actions.action("desk.read_lost", who=DESK)
def read_lost(call: Call, request: Nothing) -> views.MeAnswer:
    """The member has read which talks they lost."""
    return service.read_lost(service.arrive(call.resources, call.caller))


@actions.action("desk.colleagues", who=DESK, bindable=True, title="在线的同事", intent="get-list")
def colleagues(call: Call, request: Nothing) -> views.ColleaguesAnswer:
    """Whom a talk can be offered to."""
    return service.colleagues(service.arrive(call.resources, call.caller))


@actions.action("desk.allow_notice", who=ON_CALL)
def allow_notice(call: Call, request: AllowNotice) -> views.MeAnswer:
    """Be told of the next alert through WeChat too."""
    return service.allow_notice(service.arrive(call.resources, call.caller), request.cid)


@actions.action("desk.acknowledge", who=ON_CALL)
def acknowledge(call: Call, request: OfAlert) -> views.AlertsAnswer:
    """Own an alert."""
    desk = service.arrive(call.resources, call.caller)
    return service.acknowledge(desk, request.conversation, request.alert)


@actions.action("desk.close_alert", who=ON_CALL)
def close_alert(call: Call, request: CloseAlert) -> views.AlertsAnswer:
    """Close an alert with what was done."""
    desk = service.arrive(call.resources, call.caller)
    return service.close_alert(desk, request.conversation, request.alert, request.reason)


@actions.action("desk.follow_ups", who=DESK, bindable=True, title="要随访的", intent="get-list")
def follow_ups(call: Call, request: FollowUps) -> views.FollowUpsAnswer:
    """See whom to look after again."""
    return service.follow_ups(service.arrive(call.resources, call.caller), request.after)


@actions.action("desk.follow_up_done", who=DESK)
def follow_up_done(call: Call, request: Reasoned) -> views.FollowUpsAnswer:
    """Write down what came of a follow-up."""
    desk = service.arrive(call.resources, call.caller)
    return service.follow_up_done(desk, request.conversation, request.reason)


@actions.action("desk.reopen", who=DESK)
def reopen(call: Call, request: OfConversation) -> views.NextAnswer:
    """Open a closed talk again for its follow-up."""
    return service.reopen(service.arrive(call.resources, call.caller), request.conversation)


@actions.action("desk.outbox", who=SUPERVISOR)
def outbox(call: Call, request: Nothing) -> views.LettersAnswer:
    """See which notices to the outside were given up."""
    return service.letters(service.arrive(call.resources, call.caller))


@actions.action("desk.outbox_retry", who=SUPERVISOR)
def outbox_retry(call: Call, request: OfLetter) -> views.LettersAnswer:
    """Have one of them tried again now."""
    return service.retry_letter(service.arrive(call.resources, call.caller), request.key)


@actions.action("desk.outbox_close", who=SUPERVISOR)
def outbox_close(call: Call, request: CloseLetter) -> views.LettersAnswer:
    """Set one of them aside with a reason."""
    desk = service.arrive(call.resources, call.caller)
    return service.close_letter(desk, request.key, request.reason)


@actions.action("desk.dismiss", who=LEADS)
def dismiss(call: Call, request: OfMember) -> views.Dismissed:
    """End the membership of another; what they held goes back to the queue at once."""
    account.staff_member(call.resources, call.caller)
    if request.member == call.caller.id:
        # Whoever leads last would leave nobody to invite anybody.
        raise Conflict("自己的身份不能自己结束。", hint="请另一位督导或运营来做。")
    service.dismiss(call.resources, request.member)
    return views.Dismissed(request.member)


@actions.action("desk.set_risk", who=DESK)
def set_risk(call: Call, request: SetRisk) -> views.TalkAnswer:
    """Correct the level of a held talk."""
    desk = service.arrive(call.resources, call.caller)
    return service.set_risk(desk, request.conversation, request.level, request.reason, request.seq)


@actions.action("desk.close", who=DESK)
def close(call: Call, request: Close) -> views.HeadAnswer:
    """End a talk with its closing form."""
    desk = service.arrive(call.resources, call.caller)
    return service.close(desk, request.conversation, msgspec.to_builtins(request.form))
