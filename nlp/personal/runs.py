"""Runs of digits in any spelling, with marks, line breaks and a few words between the parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from nlp.personal.span import Span

GAP: Final = r"[\s.,，。、·・…\-—–_()（）\[\]【】「」*~|/+§]"
# Words between the parts of a number are blanked to § before runs are looked for.
_JOIN: Final = re.compile(
    r"(?<=[\d\s,，.。;；])(?:然后|接着|后面|中间|最后|前面|再|记|先|是|的|逗号|杠|加上){1,4}(?=[\s\d,，§])"
)
_PLACES: Final = re.compile(r"[前后中末]间?[2-8]位(?:数字?|号)?(?:是|:)?")
_RUN: Final = re.compile(rf"\d(?:{GAP}{{0,8}}\d)*")
_PART: Final = re.compile(r"\d+")
_LEAST: Final = 5
# Python reads no number of more than 4,300 digits; no list of interest is as long as this.
_LONGEST_LIST: Final = 60


@dataclass(frozen=True, slots=True)
class Run:
    """Digits in a row: their value, the place of each, and how many stand together."""

    value: str
    at: list[int]
    parts: list[int]

    def cut(self, first: int, last: int) -> Run:
        """Return the parts `first` to `last`, the last one not included."""
        start, stop = sum(self.parts[:first]), sum(self.parts[:last])
        return Run(self.value[start:stop], self.at[start:stop], self.parts[first:last])

    def counted(self) -> bool:
        """Tell whether the parts go up like a list: 1 2 3 4, or 35, 38, 42."""
        if len(self.value) > _LONGEST_LIST:
            return False
        at, numbers = 0, []
        for size in self.parts:
            numbers.append(int(self.value[at : at + size]))
            at += size
        return len(numbers) > 2 and all(a < b for a, b in pairwise(numbers))

    def span(self, kind: str, text: str) -> Span:
        """Return where the run stands; an identity number takes its X with it."""
        end = self.at[-1] + 1
        if kind == "id_number" and (last := re.match(r"\s?[x×]", text[end : end + 2])):
            end += last.end()
        return Span(self.at[0], end, kind)


def runs(view: str) -> Iterator[Run]:
    """Yield the runs of a text whose numerals are digits (`plain.digits`)."""
    view = _PLACES.sub(_blank, view)
    view = _JOIN.sub(_blank, view)
    for match in _RUN.finditer(view):
        if match.end() - match.start() < _LEAST:
            continue
        parts = [part.span() for part in _PART.finditer(view, *match.span())]
        at = [place for start, end in parts for place in range(start, end)]
        if len(at) >= _LEAST:
            value = "".join(view[place] for place in at)
            yield Run(value, at, [end - start for start, end in parts])


def _blank(match: re.Match[str]) -> str:
    return "§" * len(match.group())
