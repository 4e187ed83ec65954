"""Full names: a family name and one or two more characters, in a place where a name stands.

Each candidate is scored: how much its characters are those of given names, what introduces it
(我叫, 同桌, 班主任), what follows (同学, 打我). A name found once in a text is found wherever it
stands again, and so is one that stands in a list beside a found one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nlp.personal.beside import NAMED, ROLE, Beside
from nlp.personal.span import Span

_LEXICON: Final = Path(__file__).parent.parent / "lexicon" / "people"


def _words(name: str) -> list[str]:
    lines = (_LEXICON / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def _weights() -> dict[str, int]:
    weights: dict[str, int] = {}
    weight = 0
    for word in _words("given.txt"):
        if word.endswith(":"):
            weight = 2 if word == "sure:" else 1
        else:
            weights[word] = max(weight, weights.get(word, 0))
    return weights


_ALL: Final = _words("surnames.txt")
_DOUBLE: Final = [word for word in _ALL if len(word) == 2]
_SINGLE: Final = "".join(word for word in _ALL if len(word) > 2 and word != "rare:")
_RARE: Final = frozenset(_ALL[-1])
_GIVEN: Final = _weights()
FAMOUS: Final = frozenset(_words("famous.txt"))
WORDS: Final = frozenset(_words("words.txt"))
ENDINGS: Final = frozenset(_words("endings.txt"))
_SKIP: Final = WORDS | {name[:2] for name in FAMOUS}
_INSIDE: Final = ENDINGS | {name[at : at + 2] for name in FAMOUS for at in range(len(name) - 1)}
# Family names that are far oftener ordinary words; they need more of a cue.
_WEAK: Final = frozenset(
    "和都从全家别于时明成乐水车房单应强向终步满关游干通连皮红印解付班农牧山谷边冲祝谈闻计封双东方万幸后国容台经支滑管"
)
# No name goes on with these.
_NEVER: Final = (
    "的了是我你他她它们在有不没就也还又很太跟与吗呢吧啊呀么着过把被让给对从到去来上下里外这那哪谁什怎为因所会要说话打骂哭看见听吃喝睡走跑做干问答道觉得"
    "个次些点时候年号分块叫带拿堵偷扔约收拉扣总最再当每只才便却但或而死命样种边面手脚头脸眼身钱班校课题卷钟车房门饭床药病医师爸妈爷奶哥姐弟妹叔姨"
)
_FAMILY: Final = f"(?:{'|'.join(_DOUBLE)}|[{_SINGLE}])"
_CANDIDATE: Final = re.compile(
    rf"(?=(?P<family>{_FAMILY})(?!刚刚|知道|于是|同学|老师|先生|女士|阿姨|叔叔|校长|主任|医生|同志)(?P<sep>[·.\s]?)(?P<one>[^\W\d_a-z{_NEVER}])"
    rf"(?:(?P=sep)(?P<two>[^\W\d_a-z{_NEVER}]))?)"
)
# The least score of a name of three characters, and of two.
_LONG, _SHORT = 5, 4
# So much less is enough for a name in a list of names.
_LISTED: Final = 3
_BETWEEN: Final = frozenset(("、", "和", ",", " ", "跟", ", ", "，", "\n"))


def find(text: str) -> Iterator[Span]:
    """Yield the full names of a plain text."""
    beside = Beside(text)
    scored = [
        (match.start(), *read)
        for match in _CANDIDATE.finditer(text)
        if (read := _read(text, match, beside)) is not None
    ]
    known = {text[start:end] for start, end, score in scored if score >= 0}
    last = -1
    for start, end, score in scored:
        if start < last:
            continue
        listed = score >= -_LISTED and last >= 0 and text[last:start] in _BETWEEN
        if score >= 0 or listed or text[start:end] in known:
            last = end
            yield Span(start, end, "name")


def _read(text: str, match: re.Match[str], beside: Beside) -> tuple[int, int] | None:
    """Return the end of the likeliest reading of a candidate and its score above the bound."""
    start = match.start()
    before = beside.before(start)
    if before < NAMED and text[start : start + 2] in _SKIP and _is_word(text, start):
        return None
    if text[start - 1 : start + 1] in _INSIDE and _is_inside(text, start):
        return None
    family, one, two = match.group("family", "one", "two")
    if before < ROLE and family in _WEAK:
        return None
    weight, end = _GIVEN.get(one, 0), match.end("one")
    score = _score(family, weight, len(family) == 2, before + beside.after(end))
    if two:
        last = match.end("two")
        longer = _score(family, weight + _GIVEN.get(two, 0), True, before + beside.after(last))
        if longer >= score:
            return last, longer
    return end, score


def _is_word(text: str, start: int) -> bool:
    """Tell whether an ordinary word or a name that everybody knows begins here."""
    return text[start : start + 2] in WORDS or any(
        text[start : start + size] in FAMOUS for size in (2, 3, 4)
    )


def _is_inside(text: str, start: int) -> bool:
    """Tell whether the family name is a later part of a word or of a name that everybody knows."""
    return text[start - 1 : start + 1] in ENDINGS or any(
        text[start - back : start - back + size] in FAMOUS
        for back in (1, 2)
        for size in (2, 3, 4)
        if size > back
    )


def _score(family: str, weight: int, long: bool, around: int) -> int:
    if family in _WEAK:
        weight -= 1 if weight >= 3 else 3
    elif family in _RARE:
        weight += 1 + (long and weight >= 2)
    return weight + long + around - (_LONG if long else _SHORT)
