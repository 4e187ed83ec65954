"""What may be called about moods."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import DESK, TEEN
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct
from cloudfunctions.mood import service
from nlp.labels import FEELINGS

actions = Registry()

Day = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Face = Annotated[int, msgspec.Meta(ge=1, le=5)]
Feeling = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(FEELINGS)})\Z")]


class Save(RequestStruct):
    """One check-in: the teen's own day, a face (1 the hardest, 5 the best), and what they add."""

    cid: Cid
    day: Day
    face: Face
    feelings: Annotated[list[Feeling], msgspec.Meta(max_length=5)] = []
    words: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Between(RequestStruct):
    """Days from `from` to `until`, both included."""

    from_: Day = msgspec.field(name="from")
    until: Day


class OfMood(RequestStruct):
    """One check-in of the caller's own."""

    cid: Cid


class Share(RequestStruct):
    """Whether whoever talks with the teen sees faces and feelings; never the words."""

    on: bool


class OfConversation(RequestStruct):
    """The teen of a conversation."""

    conversation: DocumentId


class Nothing(RequestStruct):
    """No fields."""


@actions.action("mood.save", who=TEEN, bindable=True, title="记下心情", intent="create")
def save(call: Call, request: Save) -> service.Saved:
    """Check in. No limit: words of danger are read here too."""
    entry = service.Entry(request.cid, request.day, request.face, request.feelings, request.words)
    return service.save(call.resources, call.caller.id, entry)


@actions.action("mood.list", who=TEEN, bindable=True, title="我的心情", intent="get-list")
def between(call: Call, request: Between) -> service.Moods:
    """Read one's own check-ins."""
    return service.between(call.resources, call.caller.id, request.from_, request.until)


@actions.action("mood.remove", who=TEEN)
def remove(call: Call, request: OfMood) -> service.Removed:
    """Remove a check-in for good."""
    return service.remove(call.resources, call.caller.id, request.cid)


@actions.action("mood.share", who=TEEN)
def share(call: Call, request: Share) -> service.Sharing:
    """Show the last weeks to whoever talks with one, or no longer."""
    return service.share(call.resources, call.caller.id, on=request.on)


@actions.action(
    "mood.shared", who=TEEN, bindable=True, title="心情给不给聊天的人看", intent="get-item"
)
def shared(call: Call, request: Nothing) -> service.Sharing:
    """Whether they are shown."""
    return service.sharing(call.resources, call.caller.id)


@actions.action("mood.of_talk", who=DESK)
def of_talk(call: Call, request: OfConversation) -> service.Weeks:
    """The last weeks of the teen one talks with, if they share them."""
    return service.of_talk(call.resources, call.caller, request.conversation)
