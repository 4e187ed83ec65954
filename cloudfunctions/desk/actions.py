"""What staff may call."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cloudfunctions.chat.views import Older
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import DESK
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct, Seq, Text, WaitSeconds
from cloudfunctions.desk import service, views
from nlp.labels import TOPICS

actions = Registry()

SEND_BYTES = 32_768
Topic = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(TOPICS)})\Z")]
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


class History(RequestStruct):
    """The messages that stand before `before`."""

    conversation: DocumentId
    before: Seq


class HandOver(RequestStruct):
    """Where the talk goes, and what the next person should know."""

    conversation: DocumentId
    tier: Literal["listener", "counsellor"]
    note: Note = ""


class SetRisk(RequestStruct):
    """The level as a person sees it, 0–3, and why; `seq` is a message that was read wrongly."""

    conversation: DocumentId
    level: Annotated[int, msgspec.Meta(ge=0, le=3)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    seq: Seq | None = None


class Form(RequestStruct):
    """The closing form: risk from A (none) to E (imminent), as the person judged it."""

    risk: Literal["A", "B", "C", "D", "E"]
    topics: Labels = []
    actions: Labels = []
    referral: Note = ""
    note: Note = ""


class Close(RequestStruct):
    """The talk and its closing form."""

    conversation: DocumentId
    form: Form


@actions.action("desk.status", who=DESK)
def status(call: Call, request: Status) -> views.MeAnswer:
    """Come on duty, or step away."""
    return service.set_status(
        service.arrive(call.resources, call.caller),
        request.status,
        request.skills,
        request.automatic,
    )


@actions.action("desk.queue", who=DESK)
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


@actions.action("desk.hand_over", who=DESK)
def hand_over(call: Call, request: HandOver) -> views.HeadAnswer:
    """Give a talk to a tier."""
    desk = service.arrive(call.resources, call.caller)
    return service.hand_over(desk, request.conversation, request.tier, request.note)


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
