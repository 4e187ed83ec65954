"""Bring a message into one plain spelling and remember where every character came from.

The steps: look-alike code points (full-width, circled, Traditional, upper case) become their plain
form; what cannot be seen is dropped; long runs are cut to two; characters set apart are put
together; disguised words are written out (`nlp.disguises`). Each step is linear in the length of
the message and accepts any string, lone surrogates and NUL included.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlp import disguises

# Longer messages are read at both ends: people say what matters at the beginning or at the end.
MAX_LENGTH: Final = 20_000

_LEXICON = Path(__file__).parent / "lexicon"
_PLAIN = re.compile(r"[一-鿿a-z0-9 ，。！？、～…,.!?~\n]*")
_RUN = re.compile(r"([^\d])\1{2,}", re.DOTALL)
_APART = re.compile(r"(?:[一-鿿][ .·*_/|\-~、,，。\n]){3,}[一-鿿]")
_APART_MARK = re.compile(r"[ .·*_/|\-~、,，。\n]")
_INVISIBLE = frozenset(("Mn", "Me", "Cf", "Cs", "Cc", "Co", "Cn"))
_KEPT_CONTROLS = frozenset("\n\t\r")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A message in plain spelling; `starts` and `ends` are None where no character moved."""

    text: str
    original: str
    starts: list[int] | None
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of `text` to the code points of `original` that it was read from."""
        if self.starts is None or self.ends is None or end <= start:
            return start, end
        return self.starts[start], self.ends[end - 1]


class _Draft:
    """Text under way together with the origin of each of its characters."""

    def __init__(self, text: str, starts: list[int] | None, ends: list[int] | None) -> None:
        self.text, self.starts, self.ends = text, starts, ends

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> None:
        """Apply ordered, disjoint edits (start, end, new text)."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        old_starts = self.starts or list(range(len(self.text)))
        old_ends = self.ends or list(range(1, len(self.text) + 1))
        at = 0
        for start, end, new in edits:
            pieces += (self.text[at:start], new)
            starts += old_starts[at:start] + [old_starts[start]] * len(new)
            ends += old_ends[at:start] + [old_ends[end - 1]] * len(new)
            at = end
        if at == 0:
            return
        pieces.append(self.text[at:])
        self.text = "".join(pieces)
        self.starts, self.ends = starts + old_starts[at:], ends + old_ends[at:]

    def substitute(
        self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str | None]
    ) -> None:
        found = ((match, new(match)) for match in pattern.finditer(self.text))
        self.replace([(m.start(), m.end(), word) for m, word in found if word is not None])


def _read_pairs(name: str) -> dict[int, str]:
    lines = (_LEXICON / name).read_text(encoding="utf-8").splitlines()
    pairs = (pair for line in lines if not line.startswith("#") for pair in line.split())
    return {ord(pair[0]): pair[1] for pair in pairs}


TRADITIONAL: Final = _read_pairs("traditional.txt")
_SIMPLER: Final = TRADITIONAL | _read_pairs("dialect.txt")


class _Table(dict[int, str]):
    """A translation table that works out each new code point once and remembers it.

    It holds at most one entry a code point, so a hostile sender cannot make it grow without end.
    """

    def __missing__(self, code: int) -> str:
        self[code] = plain = plain_form(chr(code))
        return plain


def plain_form(character: str) -> str:
    """Return what a look-alike stands for; an invisible character stands for nothing."""
    if character in _KEPT_CONTROLS:
        return "\n"
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    folded = unicodedata.normalize("NFKC", character).lower()
    if folded == character:
        return character
    kept = (c for c in folded if unicodedata.category(c) not in _INVISIBLE)
    return "".join(_SIMPLER.get(ord(c), c) for c in kept)[:4]


_TABLE = _Table(_SIMPLER)


def normalise(original: str) -> Normalised:
    """Return `original` in plain spelling with a map back to its positions; never raises."""
    text = original
    if len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH // 2] + text[-MAX_LENGTH // 2 :]
    draft = _translated(text, len(original) - len(text))
    draft.substitute(_RUN, lambda match: match.group(1) * 2)
    draft.substitute(_APART, lambda match: _APART_MARK.sub("", match.group()))
    draft.replace(disguises.find(draft.text))
    if disguises.may_hold_initials(draft.text):
        for pattern, word in disguises.INITIALS:
            draft.substitute(pattern, lambda _match, word=word: word)  # type: ignore[misc]
    return Normalised(draft.text, original, draft.starts, draft.ends)


def _translated(text: str, skipped: int) -> _Draft:
    """Translate each code point; `skipped` characters were left out of the middle."""
    if _PLAIN.fullmatch(text) and not skipped:
        return _Draft(text.translate(_SIMPLER), None, None)
    forms = [_TABLE[ord(character)] for character in text]
    origins = range(len(text))
    if skipped:
        origins_list = [at if at < MAX_LENGTH // 2 else at + skipped for at in origins]
    else:
        origins_list = list(origins)
    plain = "".join(forms)
    if not skipped and len(plain) == len(text) and "" not in forms:
        return _Draft(plain, None, None)
    starts = [at for at, form in zip(origins_list, forms, strict=True) for _ in form]
    return _Draft(plain, starts, [at + 1 for at in starts])
