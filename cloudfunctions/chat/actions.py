"""What a teen may call, and the figures for whoever leads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cloudfunctions.chat import cards, service, views
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import TEEN
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct, Seq, Text, WaitSeconds

actions = Registry()

Answer = Annotated[int, msgspec.Meta(ge=1, le=5)]

SUPERVISOR = frozenset({"supervisor"})
Time = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

SEND_BYTES = 32_768
"""The longest text has 2,000 characters, of up to 12 bytes each where JSON escapes them."""


class Enter(RequestStruct):
    """`after` is the newest seq the client holds; without it the newest messages come."""

    after: Seq | None = None


class Send(RequestStruct):
    """One message; `cid` is the client's own id of it and makes sending again safe."""

    conversation: DocumentId
    cid: Cid
    text: Text
    after: Seq = 0


class Poll(RequestStruct):
    """Everything newer than `after`, waiting up to `wait` seconds for it."""

    conversation: DocumentId
    after: Seq
    wait: WaitSeconds = 0


class History(RequestStruct):
    """The messages that stand before `before`."""

    conversation: DocumentId
    before: Seq


class OfConversation(RequestStruct):
    """A step in a conversation."""

    conversation: DocumentId
    after: Seq = 0


@actions.action("chat.enter", who=TEEN)
def enter(call: Call, request: Enter) -> service.Page:
    """Open a talk, or come back to the open one."""
    return service.enter(call.resources, call.caller.id, request.after)


@actions.action("chat.send", who=TEEN, body_bytes=SEND_BYTES, waits=True)
def send(call: Call, request: Send) -> service.Sent:
    """Say something. No rate limit: a cry for help is never refused."""
    return service.send(
        call.resources,
        call.caller.id,
        request.conversation,
        request.cid,
        request.text,
        request.after,
    )


@actions.action("chat.poll", who=TEEN, waits=True)
def poll(call: Call, request: Poll) -> service.Page:
    """Hear what is new."""
    return service.poll(
        call.resources, call.caller.id, request.conversation, request.after, request.wait
    )


@actions.action("chat.history", who=TEEN)
def history(call: Call, request: History) -> views.Older:
    """Read further back."""
    return service.history(call.resources, call.caller.id, request.conversation, request.before)


@actions.action("chat.ask_person", who=TEEN)
def ask_person(call: Call, request: OfConversation) -> service.Page:
    """Wish for a person."""
    return service.ask_person(call.resources, call.caller.id, request.conversation, request.after)


class AllowNotice(RequestStruct):
    """The teen said yes to one message of WeChat's; `cid` is the client's own id of that yes."""

    conversation: DocumentId
    cid: Cid


@actions.action("chat.allow_notice", who=TEEN)
def allow_notice(call: Call, request: AllowNotice) -> service.Page:
    """Wish to be told, while away, that somebody came."""
    return service.allow_notice(call.resources, call.caller.id, request.conversation, request.cid)


class Survey(RequestStruct):
    """Two answers from 1 to 5: how hard it is now, and whether somebody can be told."""

    conversation: DocumentId
    when: Literal["before", "after"]
    hard: Answer
    heard: Answer


@actions.action("chat.survey", who=TEEN)
def survey(call: Call, request: Survey) -> service.Page:
    """Answer the two questions before or after a talk; also once it has ended."""
    answers = {"hard": request.hard, "heard": request.heard}
    return service.survey(
        call.resources, call.caller.id, request.conversation, request.when, answers
    )


class CardDone(RequestStruct):
    """Whether the exercise that message `seq` offered has helped."""

    conversation: DocumentId
    seq: Seq
    helped: cards.Helped


class Window(RequestStruct):
    """A time from `from` until before `until`, in milliseconds since 1970."""

    from_: Time = msgspec.field(name="from")
    until: Time


@actions.action("chat.card_done", who=TEEN)
def card_done(call: Call, request: CardDone) -> service.Page:
    """Tell whether an exercise helped; a later word replaces an earlier one."""
    return service.card_done(
        call.resources, call.caller.id, request.conversation, request.seq, request.helped
    )


@actions.action("chat.figures", who=SUPERVISOR)
def figures(call: Call, request: Window) -> cards.Figures:
    """What exercises were sent and whether they helped."""
    return service.figures(call.resources, call.caller, request.from_, request.until)


@actions.action("chat.leave", who=TEEN)
def leave(call: Call, request: OfConversation) -> service.Page:
    """Go, at once."""
    return service.leave(call.resources, call.caller.id, request.conversation, request.after)
