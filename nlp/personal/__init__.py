"""Finding in a text what leads to a person: `find(text)` gives spans into that very text.

Promise: numbers of phones, identity cards and accounts, addresses of the net and of places, schools
and full names are found in the spellings that teens use to get them past a filter; the search is
linear in the length of the text and accepts any string. Risky assumption: it cannot know every
name or place. A person reads whatever is published, with what was found marked.
"""

from __future__ import annotations

from collections.abc import Iterator

from nlp.personal import handles, names, numbers, places
from nlp.personal.plain import digits, plainly
from nlp.personal.span import KINDS, Span

__all__ = ("KINDS", "Span", "find")


def find(text: str) -> tuple[Span, ...]:
    """Return what leads to a person, in order and without overlap; never raises."""
    reading = plainly(text)
    found: list[Span] = []
    taken = bytearray(len(text) + 1)
    for span in _candidates(reading.text):
        start, end = reading.span(span.start, span.end)
        if 1 not in taken[start:end]:
            taken[start:end] = b"\1" * (end - start)
            found.append(Span(start, end, span.kind))
    return tuple(sorted(found, key=lambda span: span.start))


def _candidates(text: str) -> Iterator[Span]:
    """Yield spans of the plain text, the surest kinds first; what overlaps an earlier one goes."""
    view = digits(text)
    yield from handles.find(text)
    yield from numbers.find(text, view)
    yield from places.find(text)
    yield from names.find(text)
