"""How much is found, and how much of what is found is right: recall and precision by kind."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nlp.personal import KINDS, Span, find

DATA: Final = Path(__file__).parents[2] / "tests" / "unit" / "nlp" / "personal"
HALVES: Final = ("dev", "held", "tricky")
# A mark counts as found if this share of its characters (marks and spaces aside) is covered.
_COVERED: Final = 0.8


@dataclass
class Tally:
    """Counts by kind. `sure` are marks found under their own kind."""

    marked: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    sure: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of marks that were found."""
        return self.met.total() / max(self.marked.total(), 1)

    @property
    def precision(self) -> float:
        """The share of finds that lie on a mark."""
        return self.right.total() / max(self.found.total(), 1)


def rows(name: str, folder: Path = DATA) -> list[dict[str, object]]:
    """Read one file of the data."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def measure(half: str, folder: Path = DATA) -> Tally:
    """Read the positives and the negatives of one half and count."""
    tally = Tally()
    for row in [*rows(f"positives_{half}", folder), *rows(f"negatives_{half}", folder)]:
        marks = [Span(*mark) for mark in row.get("spans", [])]  # type: ignore[attr-defined]
        _count(tally, str(row["text"]), marks)
    return tally


def _count(tally: Tally, text: str, marks: list[Span]) -> None:
    finds = find(text)
    for mark in marks:
        tally.marked[mark.kind] += 1
        over = [one for one in finds if one.start < mark.end and one.end > mark.start]
        if _share(text, mark, over) >= _COVERED:
            tally.met[mark.kind] += 1
            tally.sure[mark.kind] += any(one.kind == mark.kind for one in over)
        else:
            tally.missed.append(f"{mark.kind} 「{text[mark.start : mark.end]}」 in {text!r}")
    for one in finds:
        tally.found[one.kind] += 1
        inside = [mark for mark in marks if mark.start < one.end and mark.end > one.start]
        if _share(text, one, inside) >= 0.5:
            tally.right[one.kind] += 1
        else:
            tally.wrong.append(f"{one.kind} 「{text[one.start : one.end]}」 in {text!r}")


def _share(text: str, span: Span, others: list[Span]) -> float:
    """Return how much of a span's letters, digits and characters the others cover."""
    places = [at for at in range(span.start, span.end) if text[at].isalnum()]
    covered = sum(any(one.start <= at < one.end for one in others) for at in places)
    return covered / max(len(places), 1)


def table(half: str, tally: Tally) -> str:
    """Return the figures of one half as text."""
    lines = [f"{half:10} marks  recall  own kind  finds  precision"]
    for kind in KINDS:
        if tally.marked[kind] or tally.found[kind]:
            lines.append(_row(kind, tally, kind))
    return "\n".join([*lines, _row("all", tally, *KINDS)])


def _row(name: str, tally: Tally, *kinds: str) -> str:
    marked, met, sure, found, right = (
        sum(counts[kind] for kind in kinds)
        for counts in (tally.marked, tally.met, tally.sure, tally.found, tally.right)
    )
    return (
        f"{name:10} {marked:5}  {_part(met, marked)}   {_part(sure, marked)}     {found:5}  "
        f"{_part(right, found)}"
    )


def _part(some: int, of: int) -> str:
    return f"{some / of:5.3f}" if of else "    –"
