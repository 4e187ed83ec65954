"""The authored lines, read once from `lines/*.json` and indexed by what they answer.

A line is data so that a counsellor can mend a sentence without touching code.
Each field but `id` and `text` holds names with a blank between them; an empty one means
'any'. `when` holds names of cues (see `cues.py`) or of risk types. `facts`, which most lines do
without, names what the line presumes: all of it must stand in the teen's words (`evidence.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("lines")
QUESTION = "？"
SLOT = "{quote}"
# A line is filed under the narrowest of its constraints; with none it is general.
_ANY = ""
_GENERAL = frozenset({_ANY})


class Line(NamedTuple):
    """One authored sentence or two; an empty set means 'any'.

    `moves` names Hill's helping skills, the main one first.
    """

    id: str
    text: str
    moves: tuple[str, ...]
    stage: frozenset[str]
    topics: frozenset[str]
    feelings: frozenset[str]
    needs: frozenset[str]
    levels: frozenset[str]
    when: frozenset[str]
    facts: frozenset[str]

    @property
    def asks(self) -> bool:
        return QUESTION in self.text


class Library:
    """All lines, by id and by (level, role, key)."""

    def __init__(self, lines: list[Line]) -> None:
        self.by_id = {line.id: line for line in lines}
        self.by_text = {line.text: line.id for line in lines}
        if len(self.by_id) != len(lines):
            raise ValueError("two authored lines share an id")
        if len(self.by_text) != len(lines):
            raise ValueError("two authored lines share a text")
        self._cells: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
        for line in lines:
            place = role(line)
            for key in line.when or line.topics or line.feelings or _GENERAL:
                for level in line.levels:
                    self._cells[level, place, key].append(line)

    def cell(self, level: int, kind: str, key: str = _ANY) -> list[Line]:
        """Lines of one level and role filed under one cue, topic or feeling ('' = general)."""
        return self._cells.get((str(level), kind, key), [])


_ROLES = {"open_question": "ask", "suggestion": "step", "information": "tell"}


def role(line: Line) -> str:
    """The place of a line in an answer: 'say', 'ask', 'step' (suggestion) or 'tell'."""
    return _ROLES.get(line.moves[0], "say")


class _Names(dict[str, frozenset[str]]):
    """'sad tired' → {'sad', 'tired'}; the same few strings stand in nearly all the rows."""

    def __missing__(self, names: str) -> frozenset[str]:
        found = self[names] = frozenset(names.split())
        return found


def _read(path: Path, names: _Names) -> Iterator[Line]:
    for row in json.loads(path.read_bytes()):
        yield Line(
            row["id"],
            row["text"],
            tuple(row["moves"].split()),
            names[row["stage"]],
            names[row["topics"]],
            names[row["feelings"]],
            names[row["needs"]],
            names[row["levels"]],
            names[row["when"]],
            names[row.get("facts", "")],
        )


@lru_cache(maxsize=1)
def library() -> Library:
    """The lines of this package; raises ValueError when two share an id or a text."""
    names = _Names()
    return Library([line for path in sorted(FOLDER.glob("*.json")) for line in _read(path, names)])
