"""Tables of phrases, and which of their names a text holds.

'爸…吵' means 吵 within a few characters after 爸. A table is read from JSON, so that a counsellor
can add a wording without touching code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

_GAP = 8


class Phrases:
    """Name → phrases, indexed by first character: a text meets only what it may hold."""

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        self._index: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for name, phrases in table.items():
            for phrase in phrases:
                self._index[phrase[0]].append((name, tuple(phrase.split("…"))))

    def found(self, text: str) -> frozenset[str]:
        """The names of which at least one phrase stands in `text`."""
        names: set[str] = set()
        for first in set(text) & self._index.keys():
            for name, parts in self._index[first]:
                if name not in names and _follows(text, parts):
                    names.add(name)
        return frozenset(names)


def _follows(text: str, parts: tuple[str, ...]) -> bool:
    """Whether the parts stand in the text in order, each at most a few characters on."""
    start = text.find(parts[0])
    while start >= 0:
        place = start + len(parts[0])
        for part in parts[1:]:
            found = text.find(part, place, place + _GAP + len(part))
            if found < 0:
                break
            place = found + len(part)
        else:
            return True
        start = text.find(parts[0], start + 1)
    return False
