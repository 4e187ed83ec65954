"""The teen's own words, given back in 「…」 only when nothing can go wrong.

A clause is quoted only if every character of it belongs to a listed everyday word
(`quote_words.json`). A name, a place, a number, an insult or a word of danger is not
in that list, so it cannot be quoted: the list says what is safe, nothing tries to
guess what is not.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

WORDS = Path(__file__).with_name("quote_words.json")
SHORTEST, LONGEST = 4, 14
_LONGEST_WORD = 4
_CLAUSES = re.compile(r"[^\u4e00-\u9fff]+")
_LEAD = re.compile(r"^(但是|可是|然后|因为|所以|反正|而且|不过|其实|就是|结果|虽然|可)+")
_TRAIL = re.compile(r"[啊呀呢吧哦啦嘛呜哎唉]+$")
_BAD_START = tuple("的了得着过吗和跟被")
_BAD_END = (
    *"的和跟被给让是想要会能在很太都也还就比把对向从",
    *("因为", "如果", "的时候", "一直", "总是"),
)


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], frozenset[str]]:
    """(core words that make a clause say something, words that may stand beside them)."""
    table: dict[str, str] = json.loads(WORDS.read_text(encoding="utf-8"))
    return frozenset(table["core"].split()), frozenset(table["beside"].split())


def quotable(text: str) -> str:
    """The best clause of `text` to give back, or '' when none is surely safe and whole."""
    clauses = [_trimmed(clause) for clause in _CLAUSES.split(text)]
    found = [clause for clause in clauses if _safe(clause)]
    return max(found, key=len, default="")


def _trimmed(clause: str) -> str:
    return _TRAIL.sub("", _LEAD.sub("", clause))


def _safe(clause: str) -> bool:
    if not SHORTEST <= len(clause) <= LONGEST:
        return False
    if clause.startswith(_BAD_START) or clause.endswith(_BAD_END):
        return False
    return _covered(clause)


def _covered(clause: str) -> bool:
    """Whether listed words cover the clause without a gap, a core word among them."""
    core, beside = _words()
    reach: list[int] = [-1] * (len(clause) + 1)  # core words on the best way to each place
    reach[0] = 0
    for end in range(1, len(clause) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            word = clause[start:end]
            if reach[start] < 0 or (word not in core and word not in beside):
                continue
            reach[end] = max(reach[end], reach[start] + (word in core))
    return reach[-1] > 0
