"""What staff see of a conversation: a head while it waits, the whole of it once they hold it."""

from __future__ import annotations

from typing import Any

import msgspec

import nlp
from cloudfunctions.chat import reading
from cloudfunctions.chat.views import Message
from cloudfunctions.common.database import Document
from nlp import reply

SUGGESTIONS = 3


class Head(msgspec.Struct):
    """A conversation without its texts; levels 0–3, times in milliseconds since 1970."""

    id: str
    level: int
    peak: int
    types: list[str]
    tier: str
    topics: list[str]
    waiting_since: int | None
    seq: int
    version: int
    teen_left: bool
    last_at: int


class Card(msgspec.Struct):
    """The no-retell card."""

    happened: str
    felt: str
    asked: str
    helped: str
    quotes: list[str]


class Talk(msgspec.Struct):
    """A conversation that the caller holds (`mine`) or has just let go."""

    id: str
    level: int
    peak: int
    types: list[str]
    tier: str
    topics: list[str]
    waiting_since: int | None
    seq: int
    version: int
    teen_left: bool
    last_at: int
    state: str
    speaker: str
    mine: bool
    feelings: list[str]
    needs: list[str]
    card: Card
    suggestions: list[str]
    note: str


class Me(msgspec.Struct):
    """The caller as the desk shows them."""

    id: str
    role: str
    name: str
    status: str
    talks: int
    load: int
    limit: int
    skills: list[str]
    automatic: bool


class Queue(msgspec.Struct):
    """How many wait, and who waits for the caller, most urgent first."""

    listener: int
    counsellor: int
    heads: list[Head]


class MeAnswer(msgspec.Struct):
    """The caller."""

    me: Me


class QueueAnswer(msgspec.Struct):
    """The queue."""

    queue: Queue


class HeadAnswer(msgspec.Struct):
    """A conversation that has left the caller's hands."""

    conversation: Head


class TalkAnswer(msgspec.Struct):
    """A talk in the caller's hands."""

    conversation: Talk


class NextAnswer(msgspec.Struct):
    """The talk that was claimed with its messages; None where nobody waits."""

    conversation: Talk | None
    messages: list[Message]
    more: bool


class SentAnswer(msgspec.Struct):
    """The talk, the stored message, and what the caller had not seen."""

    conversation: Talk
    message: Message
    messages: list[Message]
    more: bool
    replayed: bool


class PollAnswer(msgspec.Struct):
    """The whole desk; `version` stands for everything but the opened talk."""

    me: Me
    queue: Queue
    talks: list[Head]
    version: str
    conversation: Talk | None
    messages: list[Message]
    more: bool


def head(conversation: Document) -> Head:
    """Return a conversation without its texts."""
    return Head(**_head_fields(conversation))


def _head_fields(conversation: Document) -> dict[str, Any]:
    risk, clocks = conversation["risk"], conversation["clocks"]
    return {
        "id": conversation["_id"],
        "level": risk["level"],
        "peak": risk["peak"],
        "types": risk["types"],
        "tier": conversation["tier"],
        "topics": conversation["understanding"]["topics"],
        "waiting_since": conversation.get("waiting", {}).get("since"),
        "seq": conversation["seq"],
        "version": conversation["version"],
        "teen_left": conversation.get("teen_left", False),
        "last_at": max(clocks["teen_last"], clocks["staff_last"]),
    }


def talk(conversation: Document, staff: str) -> Talk:
    """Return a conversation as its holder works with it, with card and suggestions."""
    understanding = conversation["understanding"]
    turns = reading.turns(conversation)
    latest = next((m for m in reversed(conversation["messages"]) if m["from"] == "teen"), None)
    text = "" if latest is None else latest["text"]
    assessment = reading.assess_stored(conversation)
    return Talk(
        **_head_fields(conversation),
        state=conversation["state"],
        speaker=conversation["speaker"],
        mine=conversation.get("claim", {}).get("by") == staff,
        feelings=understanding["feelings"],
        needs=understanding["needs"],
        card=_card(turns, assessment),
        suggestions=reply.suggest(text, assessment, turns)[:SUGGESTIONS],
        note=conversation.get("handover", {}).get("note", ""),
    )


def _card(turns: list[reply.Turn], assessment: nlp.Assessment) -> Card:
    found = reply.card(turns, assessment)
    parts = (found.happened, found.felt, found.asked, found.helped)
    happened, felt, asked, helped = ("\n".join(part) for part in parts)
    return Card(happened, felt, asked, helped, list(found.quotes))
