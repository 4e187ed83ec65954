"""Whole talks, held with the machine exactly as the service holds them.

A talk is ten messages as a teen would type them, each with the bounds of an honest level. The
answers come from `cloudfunctions.chat.reading`, the very code that the service runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nlp
from cloudfunctions.chat import reading

FOLDER = Path(__file__).with_name("talks")


@dataclass(frozen=True)
class Message:
    """What a teen typed, and between which levels it is honestly read."""

    text: str
    level_min: int
    level_max: int


@dataclass(frozen=True)
class Talk:
    """A scenario by its file's name."""

    name: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Exchange:
    """One message of a held talk with its reading and its answer."""

    message: Message
    assessment: nlp.Assessment
    text: str
    kind: str
    line: str
    calls_person: bool


def talks() -> list[Talk]:
    """Every talk of the folder, by name."""
    return [_talk(path) for path in sorted(FOLDER.glob("*.json"))]


def _talk(path: Path) -> Talk:
    found = json.loads(path.read_text(encoding="utf-8"))
    turns = found["turns"]
    messages = tuple(Message(t["teen"], t["level_min"], t["level_max"]) for t in turns)
    return Talk(found["name"], messages)


def hold(talk: Talk) -> list[Exchange]:
    """Hold a talk in which no person ever comes free: the AI answers to the end."""
    return list(_exchanges(talk))


def _exchanges(talk: Talk) -> Iterator[Exchange]:
    conversation: dict[str, Any] = {"speaker": "ai", "messages": []}
    for message in talk.messages:
        assessment = reading.assess(message.text, conversation)
        given = reading.answer(message.text, assessment, conversation)
        (said,) = given.messages
        risk = reading.risk_of_message(assessment)
        teen = {"from": "teen", "kind": "text", "text": message.text, "risk": risk}
        conversation["messages"] += [teen, said]
        if given.calls_person:
            # A called person means a place in the queue, which the next answers know of.
            conversation["waiting"] = {}
        yield Exchange(
            message, assessment, said["text"], said["kind"], said["line"], given.calls_person
        )
