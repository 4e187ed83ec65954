"""What leaves the house: a conversation as its teen sees it. Levels are never in here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cloudfunctions.chat import clocks
from cloudfunctions.common.database import Document

PAGE = 100
"""Messages in one answer."""


class Message(msgspec.Struct, omit_defaults=True):
    """One message; `risk` is filled for staff only.

    `exercise` is what its card opens: 'breath', 'senses', 'cold' or 'small'; `helped` is what the
    teen told of it.
    """

    seq: int
    cid: str
    from_: str = msgspec.field(name="from")
    kind: str = msgspec.field()
    text: str = msgspec.field()
    at: int = msgspec.field()
    risk: dict[str, Any] | None = None
    exercise: str | None = None
    helped: str | None = None


class Waiting(msgspec.Struct):
    """A place in the queue: 1 is next. `minutes` is None where we cannot tell honestly."""

    since: int
    position: int
    minutes: int | None = None


class OfKind(msgspec.Struct):
    """That something written elsewhere came into the talk: a story, an answer or a mood."""

    kind: str


class Written(msgspec.Struct):
    """What the teen wrote elsewhere: 'story', 'answer' or 'mood'."""

    kind: str
    text: str
    at: int


class Brought(Written):
    """What came into the talk last from elsewhere; `earlier` is what came before it."""

    earlier: list[Written]


class TeenView(msgspec.Struct):
    """A conversation as its teen sees it.

    `notice` is the template of WeChat's by which they may be told that somebody came, where they
    should be asked for their consent now; else ''.
    """

    id: str
    state: str
    speaker: str
    speaker_name: str
    seq: int
    waiting: Waiting | None
    people_online: int
    safety: bool
    closed_by: str | None
    ends_at: int | None
    surveyed: list[str]
    brought: OfKind | None
    notice: str


class Older(msgspec.Struct):
    """Messages before those the caller holds, oldest first."""

    messages: list[Message]
    more: bool


def message(document: Document, *, for_staff: bool = False) -> Message:
    """Return a stored message as it may be shown."""
    return Message(
        seq=document["seq"],
        cid=document["cid"],
        from_=document["from"],
        kind=document["kind"],
        text=document["text"],
        at=document["at"],
        risk=document.get("risk") if for_staff else None,
        exercise=document.get("exercise"),
        helped=document.get("helped"),
    )


def teen_view(
    conversation: Document, *, waiting: Waiting | None, people_online: int, notice: str
) -> TeenView:
    """Return the conversation without anything that a teen should not read about themselves."""
    return TeenView(
        id=conversation["_id"],
        state=conversation["state"],
        speaker=conversation["speaker"],
        speaker_name=conversation.get("claim", {}).get("name", ""),
        seq=conversation["seq"],
        waiting=waiting,
        people_online=people_online,
        safety=conversation["risk"]["level"] >= 2,
        closed_by=conversation.get("closed_by"),
        ends_at=clocks.ends_at(conversation),
        surveyed=sorted(conversation.get("survey", {})),
        brought=OfKind(conversation["brought"]["kind"]) if "brought" in conversation else None,
        notice=notice,
    )


def messages(documents: Sequence[Document], *, for_staff: bool = False) -> list[Message]:
    """Return stored messages as they may be shown."""
    return [message(one, for_staff=for_staff) for one in documents]


def has_more(conversation: Document, after: int, found: Sequence[Document]) -> bool:
    """Whether something newer than the page `found` is left."""
    newest = found[-1]["seq"] if found else after
    return bool(newest < conversation["seq"])
