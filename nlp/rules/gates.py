"""A cheap test that a pattern cannot match: the characters of which every match needs one.

Most messages hold none of a pattern's characters, and a set comparison is many times cheaper than a
search. The characters are worked out from Python's own parse of the pattern, so they cannot drift
from it. Where that parse is not to be had, the gate is left out and the pattern is always tried.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

_COMMON: Final = frozenset("我的了不是在有人这他她你们就都会要说好也和到去来没一个想 ,，")
_WIDEST: Final = 60


def _parser() -> Any:
    for name in ("re._parser", "sre_parse"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def gate(pattern: str) -> frozenset[str]:
    """Return characters of which every match of `pattern` holds at least one; empty if unknown."""
    parser = _parser()
    if parser is None:
        return frozenset()
    return _needed(parser.parse(pattern)) or frozenset()


def _needed(sequence: Any) -> frozenset[str] | None:
    """Return the rarest set of characters that some part of the sequence cannot do without."""
    found = [chars for chars in (_of(item) for item in sequence) if chars]
    return min(found, key=_commonness) if found else None


def _commonness(characters: frozenset[str]) -> int:
    return len(characters) + 20 * len(characters & _COMMON)


def _of(item: Any) -> frozenset[str] | None:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return frozenset(chr(value))
    if kind == "IN":
        return _of_class(value)
    if kind == "SUBPATTERN":
        return _needed(value[-1])
    if kind == "BRANCH":
        parts = [_needed(branch) for branch in value[1]]
        known = [part for part in parts if part]
        return frozenset().union(*known) if len(known) == len(parts) else None
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        return _needed(value[2]) if value[0] > 0 else None
    return None


def _of_class(items: Any) -> frozenset[str] | None:
    characters: set[str] = set()
    for kind, value in items:
        if str(kind) == "LITERAL":
            characters.add(chr(value))
        elif str(kind) == "RANGE" and value[1] - value[0] < _WIDEST:
            characters.update(map(chr, range(value[0], value[1] + 1)))
        elif str(kind) == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
            characters.update("0123456789")
        else:
            return None
    return frozenset(characters)
