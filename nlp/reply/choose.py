"""Choosing lines: which ones fit the moment, which comes first, and how they join."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from .evidence import LOW
from .library import SLOT, Line, library
from .memory import HIGH, JOIN, Memory
from .talk import Stage

# Weights of a match. A scene says most about a message, a lone topic or feeling less;
# the noise lets a general line in now and then so that a talk does not harp on one note.
SCENE, TOPIC, FEELING, NOISE = 8.0, 3.0, 3.0, 3.5
# A line about the very thing that is told now, or was told before: in danger the newest counts.
FACT, OLD_FACT, OLD_IN_DANGER = 6.0, 2.5, 0.5
OWN_WORDS = 5.0  # the teen's own words, when they can be given back
SAME_OPENING = 4.0
_HE = re.compile("(?<!其)他(?!们|人)")
# Facts that many lines ask for and that therefore make none of them more fitting.
WIDE = frozenset({LOW, "die", "home"})
# Cues that hold for a whole group of messages and so say nothing of this one.
BROAD = frozenset({"risk", "crisis", "after_risk", "followup"})


@dataclass(frozen=True)
class Moment:
    """Everything that the choice of a line depends on; `fresh` facts stand in this message."""

    level: int
    stage: Stage
    topics: frozenset[str]
    feelings: frozenset[str]
    cues: frozenset[str]
    memory: Memory
    quote: str = ""
    facts: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()


def fits(line: Line, moment: Moment) -> bool:
    """Whether a line may be said now: each constraint that it has is met."""
    return (
        (not line.stage or moment.stage in line.stage)
        and (not line.topics or not line.topics.isdisjoint(moment.topics))
        and (not line.feelings or not line.feelings.isdisjoint(moment.feelings))
        and (not line.when or not line.when.isdisjoint(moment.cues))
        and line.facts <= moment.facts
        and (bool(moment.quote) or SLOT not in line.text)
    )


def fitting(moment: Moment, *roles: str, keys: Collection[str] = ()) -> list[Line]:
    """The lines that fit, best first. With `keys`, only lines filed under one of those."""
    keys = keys or ("", *moment.topics, *moment.feelings, *moment.cues)
    book = library()
    found = {
        line.id: line
        for kind in roles
        for key in keys
        for line in book.cell(moment.level, kind, key)
        if fits(line, moment)
    }
    return ranked(found.values(), moment)


def ranked(lines: Iterable[Line], moment: Moment) -> list[Line]:
    """Fitting lines, least used first, then the most pointed; a hash of the talk breaks ties."""
    memory = moment.memory
    used, seed, openings = memory.used, memory.seed, memory.openings
    pointed, pointing = moment.cues - BROAD, moment.fresh - WIDE
    old_fact = OLD_IN_DANGER if moment.level >= HIGH else OLD_FACT

    def key(line: Line) -> tuple[int, float, str]:
        close = NOISE * (zlib.crc32(line.id.encode(), seed) & 0xFFFF) / 0x10000
        # A line that fits and names a topic or a feeling names one of this moment's.
        if line.when:
            close += SCENE * len(line.when & pointed)
        if line.topics:
            close += TOPIC
        if line.feelings:
            close += FEELING
        if line.facts:
            now, all_told = len(line.facts & pointing), len(line.facts - WIDE)
            close += FACT * now + old_fact * (all_told - now)
        if SLOT in line.text:
            close += OWN_WORDS
        if line.text[:2] in openings:
            close -= SAME_OPENING
        return used[line.id], -close, line.id

    return sorted(lines, key=key)


@dataclass(frozen=True)
class Said:
    """Lines joined to one text that this talk has not heard before."""

    text: str
    line: str


def joined(moment: Moment, *slots: Sequence[Line]) -> Said | None:
    """One line from each slot, the first combination whose text is new; None when all are old."""
    for parts in product(*slots):
        said = _worded(moment, parts)
        if said.text not in moment.memory.said:
            return said
    return None


def _worded(moment: Moment, parts: Sequence[Line]) -> Said:
    """The text with the teen's words in it, and 她 for 他 where the talk is of a 她."""
    text = "".join(part.text for part in parts)
    if moment.memory.her:
        text = _HE.sub("她", text)
    return Said(text.replace(SLOT, moment.quote), JOIN.join(part.id for part in parts))


def worn_out(moment: Moment, *slots: Sequence[Line]) -> Said:
    """After thousands of turns every combination is old: the least used one comes again."""
    return _worded(moment, [slot[0] for slot in slots])


def spoken(
    moment: Moment, heads: Sequence[Line], tails: Sequence[Line], *, ask: bool = True
) -> Said | None:
    """A head, followed by a question unless it holds one or none is wanted.

    A head that was used alone comes back with a tail only when no fresh one is left.
    """
    statements = [head for head in heads if not head.asks]
    if not ask:
        return joined(moment, statements) or joined(moment, statements, tails)
    for head in heads:
        said = joined(moment, (head,)) if head.asks else joined(moment, (head,), tails)
        if said is not None:
            return said
    return None
