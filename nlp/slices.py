"""Cutting what was measured into slices: by kind, by topic, by length and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from nlp import labels
from nlp.assessment import Assessment
from nlp.dataset import Line

SLICES: Final[dict[str, Callable[[Line], Iterable[str]]]] = {
    "kind": lambda line: (line.kind,),
    "level": lambda line: (labels.LEVELS[line.level],),
    "type": lambda line: line.types,
    "topic": lambda line: line.topics,
    "feeling": lambda line: line.feelings,
    "need": lambda line: line.needs,
    "persona": lambda line: (line.persona,),
    "length": lambda line: (_length(len(line.text)),),
}
"""By what a table of recall and false alarms can be cut."""


def _length(characters: int) -> str:
    edges = ((5, "  1–5"), (10, "  6–10"), (20, " 11–20"), (40, " 21–40"))
    return next((name for most, name in edges if characters <= most), " 41–")


def by_slice(read: Sequence[tuple[Line, Assessment]], name: str) -> dict[str, dict[str, float]]:
    """Return for each value of a slice how many lines there are and what share was called ≥ 2.

    The share stands as `recall` over the lines of level ≥ 2, as `false alarms` over the others.
    """
    parts: dict[str, list[tuple[Line, Assessment]]] = defaultdict(list)
    for line, found in read:
        for value in SLICES[name](line):
            parts[value].append((line, found))
    return {value: _row(parts[value]) for value in sorted(parts)}


def _row(part: Sequence[tuple[Line, Assessment]]) -> dict[str, float]:
    grave = [found.level >= 2 for line, found in part if line.level >= 2]
    low = [found.level >= 2 for line, found in part if line.level < 2]
    row: dict[str, float] = {"lines": len(part)}
    if grave:
        row["recall"] = round(sum(grave) / len(grave), 3)
    if low:
        row["false alarms"] = round(sum(low) / len(low), 3)
    return row
