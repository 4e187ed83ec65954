"""What stands in the teen's own words, so that an answer presumes nothing else.

A predicted label may be wrong, and '当时没有反抗，也不是你的错' said to somebody who spoke of a
boyfriend does harm. So a line that names a fact, a topic or a feeling is only said when words of
the teen tell of it: facts in this message, the last few, and those that raised the risk; topics in
this message and the last two; feelings in this message alone, because they change fastest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from . import cues
from .library import library
from .phrases import Phrases

TABLE = Path(__file__).with_name("evidence.json")
TOPIC_BACK = 2
# Where somebody is just now: true of these messages, perhaps no longer a few later.
HERE = frozenset({"near", "hiding", "place", "locked", "home_now"})
# Not feelings that an answer would have to be careful with.
GLAD = frozenset({"happy", "calm"})
LOW = "low"
"""The fact that something hurts, in the teen's own words."""


@dataclass(frozen=True)
class Told:
    """What the teen's words of this talk make sure of; `fresh` facts stand in this message."""

    facts: frozenset[str]
    fresh: frozenset[str]
    topics: frozenset[str]
    feelings: frozenset[str]

    def types(self, predicted: Collection[str]) -> frozenset[str]:
        """Those of the predicted risk types that words bear out: now, or else earlier on."""
        return self._borne_out(predicted, self.fresh) or self._borne_out(predicted, self.facts)

    def _borne_out(self, predicted: Collection[str], facts: frozenset[str]) -> frozenset[str]:
        kinds = _tables().types
        found = {kind for kind in predicted if not facts.isdisjoint(kinds[kind])}
        if "bullying" in found and "home" not in self.facts:
            # The same blows are bullying in a dormitory and abuse at home.
            found.discard("abuse")
        return frozenset(found)


@dataclass(frozen=True)
class _Tables:
    facts: Phrases
    topics: Phrases
    feelings: tuple[tuple[str, re.Pattern[str]], ...]
    types: dict[str, frozenset[str]]
    names: frozenset[str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    found = json.loads(TABLE.read_bytes())
    feelings = found["feelings"].items()
    return _Tables(
        Phrases(found["facts"]),
        Phrases(found["topics"]),
        # '不怕' names no fear, but '不开心' is itself one of the words.
        tuple((name, re.compile(f"(?<![不没别])(?:{words})")) for name, words in feelings),
        {kind: frozenset(facts.split()) for kind, facts in found["types"].items()},
        frozenset({*found["facts"], LOW}),
    )


def fact_names() -> frozenset[str]:
    """Every fact that a line may ask for."""
    return _tables().names


def feelings(text: str) -> frozenset[str]:
    """The feelings that a plain text names."""
    return frozenset(name for name, pattern in _tables().feelings if pattern.search(text))


def told(message: str, earlier: Sequence[str], risky: Sequence[str] = ()) -> Told:
    """Read the plain `message`, the `earlier` ones (newest last) and those that raised the risk."""
    tables = _tables()
    back = earlier[-TOPIC_BACK:]
    facts = tables.facts.found("\n".join((*risky, *earlier, message)))
    facts -= HERE - tables.facts.found("\n".join((*back, message)))
    fresh = tables.facts.found(message)
    named = feelings(message)
    if hurts(message) or (back and len(message) <= cues.BRIEF and hurts(back[-1])):
        facts |= {LOW}
    return Told(facts, fresh, tables.topics.found("\n".join((*back, message))), named)


def hurts(text: str) -> bool:
    """Whether a plain text itself says that something is hard: by a feeling or by what happened."""
    return bool(feelings(text) - GLAD) or heavy(cues.scenes(text))


def heavy(scenes: Collection[str]) -> bool:
    """Whether one of the scenes has only earnest answers, none for small talk."""
    book = library()
    return any(book.cell(1, "say", scene) and not book.cell(0, "say", scene) for scene in scenes)
