"""A text in plain spelling for the search of personal data, with the origin of each character.

Other than `nlp.normalise`, which reads for risk, this keeps every digit and every repetition, cuts
nothing however long the text, and undoes no disguise of risk words (4 stays 4, never 死).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from nlp.normalise import TRADITIONAL, plain_form


def _enclosed() -> dict[int, str]:
    """Digits in circles, brackets and with a dot, which Unicode calls no plain digit's variant."""
    table = {0x24FF: "0", 0x24EA: "0", ord("З"): "3", ord("з"): "3"}
    # ❶ ➀ ➊ ⓵, then ⑴ and ⒈ each run from one to nine.
    for first in (0x2776, 0x2780, 0x278A, 0x24F5, 0x2474, 0x2488, 0x3220, 0x3280):
        table |= {first + at: str(at + 1) for at in range(9)}
    return table


class _Table(dict[int, str]):
    """A translation table that works out each new code point once and remembers it."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _form(chr(code))
        return plain


def _form(character: str) -> str:
    if character in "\r\u2028\u2029\x0b\x0c":
        return "\n"
    plain = plain_form(character)
    if len(plain) == 1 and "\xc0" <= plain <= "\u024f":
        return unicodedata.normalize("NFD", plain)[0]
    return plain


_MARKS: Final = frozenset(("Mn", "Me"))
_TABLE = _Table(TRADITIONAL | _enclosed())


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain spelling; `origins` is None where no character moved."""

    text: str
    original: str
    origins: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the plain text to the code points it was read from."""
        if self.origins is None:
            return start, end
        stop = self.origins[end - 1] + 1
        # The frame of a digit in a box belongs to the digit.
        while stop < len(self.original) and unicodedata.category(self.original[stop]) in _MARKS:
            stop += 1
        return self.origins[start], stop


def plainly(original: str) -> Plain:
    """Return `original` in plain spelling; any string is accepted."""
    if all(len(_TABLE[ord(character)]) == 1 for character in set(original)):
        return Plain(original.translate(_TABLE), original, None)
    forms = [_TABLE[ord(character)] for character in original]
    origins = [at for at, form in enumerate(forms) for _ in form]
    return Plain("".join(forms), original, origins)


# One character for one: the view keeps every position of the plain text.
_DIGITS: Final = str.maketrans(
    "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两洞拐勾", "0012345678911234567892079"
)
# Characters that only sound like a digit; believed only among many that are digits.
_SOUNDS: Final = str.maketrans(
    "灵玲铃林依衣伊妖腰尔儿伞散山思斯寺死吾舞武溜流柳期其起奇爸吧罢扒久酒救就",
    "000011111223334444555666777788889999",
)


def digits(text: str) -> str:
    """Return `text` with Chinese numerals as digits, position for position."""
    return text.translate(_DIGITS)


def sounds(view: str) -> str:
    """Return a view of `digits` with characters that sound like a digit read as one."""
    return view.translate(_SOUNDS)
