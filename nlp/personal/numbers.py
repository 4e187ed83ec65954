"""Numbers that lead to a person: of phones, identity cards, QQ, WeChat, accounts.

What a run of digits is follows from its length, its first digits, the way it is grouped and the cue
beside it. Scores, dates, times and prices are runs too; they have another form and no cue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nlp.personal import cues
from nlp.personal.plain import sounds
from nlp.personal.runs import GAP, Run, runs
from nlp.personal.span import Span

_PLAIN_MOBILE: Final = re.compile(r"(?<!\d)1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)")
_HIDDEN_MOBILE: Final = re.compile(rf"1{GAP}{{0,4}}[3-9](?:{GAP}{{0,4}}\d){{9}}")
_PINYIN: Final = {
    "yao": "1", "yi": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7",
    "ba": "8", "jiu": "9", "ling": "0", "dong": "0", "liang": "2",
}  # fmt: skip
_SYLLABLE: Final = re.compile(rf"(?<![a-z])(?:{'|'.join(_PINYIN)})(?![a-z])")
_LETTERS: Final = re.compile(r"(?<![a-z])[lo]+(?![a-z])")
_FORMS: Final = (
    ("id_number", re.compile(
        r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3,4}")),
    ("phone", re.compile(r"(?:0?0?86)?1[3-9]\d{9}")),
    ("landline", re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")),
    ("account", re.compile(r"62\d{14,17}")),
)  # fmt: skip
_UNIT: Final = re.compile(
    r"\s?(?:元|块|分|岁|年|月|日|号楼|楼|次|个|名|天|点|米|斤|公里|级|条|本|页|遍|场|秒|人|度|班|届|万|千|百|cm|kg|%|:)"
)
_LETTERS_BEFORE: Final = re.compile(r"[a-z_]+$")
_CUE_LETTERS: Final = frozenset(("q", "qq", "v", "vx", "wx", "w", "x", "tel", "qun", "uid", "id"))
# Help lines are for everybody; so is whatever begins with 400 or 800.
PUBLIC: Final = frozenset(("01082951332", "02164387250", "075525629459", "82951332"))
# How a number that needs no cue is grouped when it stands among other numbers.
_GROUPS: Final = frozenset(
    ((11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (18,), (17,), (6, 8, 4), (6, 8, 3), (6, 4, 4, 4))
)
_FIRST: Final = frozenset(group[0] for group in _GROUPS)
_MOST_PARTS: Final = 5
_LOOK: Final = 24
# Kind, cue before it, fewest and most digits.
_CUED: Final = (
    ("id_number", cues.ID_NUMBER, 15, 18),
    ("qq", cues.QQ, 5, 12),
    ("wechat", cues.WECHAT, 6, 13),
    ("account", cues.ACCOUNT, 6, 20),
    ("phone", cues.PHONE, 7, 13),
    ("qq", cues.ADD_ME, 6, 11),
)


def find(text: str, view: str) -> Iterator[Span]:
    """Yield the numbers of a plain text; `view` is the text with numerals as digits."""
    taken = [m.span() for m in _PLAIN_MOBILE.finditer(text) if _stands_free(text, m.start())]
    yield from (Span(start, end, "phone") for start, end in taken)
    for run in runs(_without(view, taken)):
        yield from _read(text, run)
    yield from _hidden(text, view)


def _without(view: str, taken: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in taken:
        pieces += (view[at:start], "\0" * (end - start))
        at = end
    return "".join((*pieces, view[at:]))


def _stands_free(text: str, start: int) -> bool:
    """Digits within a Latin word belong to the word, unless the word is their cue."""
    letters = _LETTERS_BEFORE.search(text[max(start - 8, 0) : start])
    return letters is None or letters.group() in _CUE_LETTERS


def _read(text: str, run: Run) -> Iterator[Span]:
    if not _stands_free(text, run.at[0]):
        return
    whole = _form(run.value)
    if whole and not _is_list(text, run):
        yield run.span(whole, text)
        return
    cued = _cued(text, run)
    if cued is not None:
        yield cued
        return
    yield from _among(text, run)


def _is_list(text: str, run: Run) -> bool:
    """Scores, page numbers and decimals are in a row too."""
    between = text[run.at[0] : run.at[-1]]
    decimal = run.parts[0] == 1 and len(run.parts) == 2 and "." in between
    return decimal or run.counted() or (len(run.parts) not in (3, 11) and "、" in between)


def _form(value: str) -> str | None:
    if value in PUBLIC or value.startswith(("400", "800")):
        return None
    return next((kind for kind, form in _FORMS if form.fullmatch(value)), None)


def _among(text: str, run: Run) -> Iterator[Span]:
    """Look for whole numbers among the parts of a longer run."""
    first = 0
    while first < len(run.parts):
        if run.parts[first] not in _FIRST:
            first += 1
            continue
        for last in range(first + 1, min(first + _MOST_PARTS, len(run.parts) + 1)):
            piece = run.cut(first, last) if tuple(run.parts[first:last]) in _GROUPS else None
            kind = piece and _form(piece.value)
            if piece and kind:
                yield piece.span(kind, text)
                first = last - 1
                break
        first += 1


def _cued(text: str, run: Run) -> Span | None:
    start, end = run.at[0], run.at[-1] + 1
    before = text[max(start - _LOOK, 0) : start]
    for kind, cue, least, most in _CUED:
        if cue.search(before):
            piece = _announced(text, run, most)
            if piece is None or len(piece.value) < least:
                return None
            return piece.span(_sort(kind, piece.value), text)
    if len(run.value) <= 11 and cues.QQ_AFTER.match(text, end):
        return run.span("qq", text)
    return None


def _sort(kind: str, value: str) -> str:
    """A number without an area code is a landline's; a mobile number stays one in any place."""
    if _form(value) == "phone":
        return "phone"
    return "landline" if kind == "phone" and len(value) <= 8 else kind


def _announced(text: str, run: Run, most: int) -> Run | None:
    """Return the parts that a cue announces: up to `most` digits, without what a unit follows."""
    if run.value.startswith(("400", "800")) or run.value in PUBLIC:
        return None
    if run.parts[0] >= 7:
        last = 1
    else:
        last, total = 0, 0
        while last < len(run.parts) and total + run.parts[last] <= most:
            total += run.parts[last]
            last += 1
    if last and _UNIT.match(text, run.cut(0, last).at[-1] + 1):
        last -= 1
    return run.cut(0, last) if last else None


def _hidden(text: str, view: str) -> Iterator[Span]:
    """Mobile numbers some of whose digits are letters, syllables or characters of like sound."""
    other = _SYLLABLE.sub(_syllable, view)
    other = _LETTERS.sub(lambda m: m.group().replace("l", "1").replace("o", "0"), other)
    other = sounds(other)
    if other == view:
        return
    for match in _HIDDEN_MOBILE.finditer(other):
        start, end = match.span()
        typed = sum(character.isdigit() for character in view[start:end])
        spelt = len(_SYLLABLE.findall(text, start, end + 4))
        if typed == 11 or typed + spelt < 7:
            continue
        if view[start - 1 : start].isdigit() or view[end : end + 1].isdigit():
            continue
        yield Span(start, _syllable_end(text, end), "phone")


def _syllable(match: re.Match[str]) -> str:
    return _PINYIN[match.group()].ljust(len(match.group()), "§")


def _syllable_end(text: str, end: int) -> int:
    while end < len(text) and "a" <= text[end - 1] <= "z" and "a" <= text[end] <= "z":
        end += 1
    return end
