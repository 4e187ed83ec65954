"""Readings and synthetic talks for the tests of the planner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlp.reply import Reply, Turn, plan

TYPES = (
    "suicide",
    "self_harm",
    "abuse",
    "sexual",
    "bullying",
    "eating",
    "violence",
    "runaway",
)
TOPICS = (
    "study",
    "family",
    "peers",
    "bullying",
    "love",
    "body",
    "sleep",
    "identity",
    "loss",
    "online_life",
    "money",
    "health",
    "other",
)
FEELINGS = (
    "sad",
    "anxious",
    "angry",
    "lonely",
    "ashamed",
    "afraid",
    "hopeless",
    "tired",
    "wronged",
    "guilty",
    "numb",
    "confused",
    "calm",
    "happy",
)


@dataclass(frozen=True)
class Reading:
    """What the planner needs of an assessment."""

    level: int = 0
    types: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    feelings: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def read(
    level: int = 0, types: str = "", topics: str = "", feelings: str = "", needs: str = ""
) -> Reading:
    """A reading from names with blanks between them."""
    return Reading(
        level,
        frozenset(types.split()),
        frozenset(topics.split()),
        frozenset(feelings.split()),
        frozenset(needs.split()),
    )


Said = tuple[str, Reading]


def hold(messages: Iterable[Said], *, waiting: bool = False) -> tuple[list[Reply], list[Turn]]:
    """Hold a talk; returns the answers and the whole history, oldest first."""
    replies: list[Reply] = []
    history: list[Turn] = []
    for text, reading in messages:
        reply = plan(text, reading, history, waiting=waiting)
        replies.append(reply)
        history.append(Turn("teen", text, level=reading.level))
        history.append(Turn("ai", reply.text, reply.line))
    return replies, history


SAD = read(1, topics="family", feelings="sad")
TIRED = read(1, topics="study", feelings="tired anxious")
LOW = read(2, types="suicide", feelings="hopeless")
NOW = read(3, types="suicide", feelings="hopeless")
