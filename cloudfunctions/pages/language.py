"""The small language of page expressions: what it refuses, and how an answer to that is shaped.

The parser stands in `expressions`; the walker that evaluates is the mini-program's. Both are held
to `miniprogram_schema/cals/expressions.json`, which also names the helpers and the limits.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

CHARACTERS = 2_000
NODES = 200
DEPTH = 40
NESTING = 60
"""Brackets within brackets; they make no node of the tree, and still cost stack."""

FORBIDDEN = frozenset(
    {
        *("__proto__", "constructor", "prototype", "caller", "callee", "arguments"),
        *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    }
)
"""Names that lead from a value to the machinery behind it."""

HELPERS: dict[str, tuple[int, int]] = {
    "filter": (3, 3),
    "find": (3, 3),
    "map": (2, 2),
    "join": (1, 2),
    "count": (1, 1),
    "first": (1, 1),
    "last": (1, 1),
    "slice": (2, 3),
    "sort": (2, 3),
    "includes": (2, 2),
    "text": (1, 1),
    "number": (1, 1),
    "round": (1, 2),
    "min": (1, 20),
    "max": (1, 20),
    "date": (1, 2),
    "empty": (1, 1),
    "lower": (1, 1),
    "range": (1, 1),
}
"""What may be called, with the least and the most arguments."""
TAKES_FIELD = frozenset({"filter", "find", "map", "sort"})
"""Helpers whose second argument names a field."""

WORDS = frozenset({"true", "false", "null"})

Code = Literal["syntax", "operator", "word", "call", "arity", "forbidden", "limit", "name"]


class Refused(Exception):
    """An expression that may not stand in a page; `reason` is Chinese, `offset` counts from 0."""

    def __init__(self, code: Code, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.offset = offset

    def __str__(self) -> str:
        return f"第 {self.offset + 1} 个字：{self.reason}"


@dataclass(frozen=True)
class Names:
    """What an expression may speak of at its place; None means any name.

    Attributes:
        states, params, queries: what the page declares.
        loop: names that the `:for` around it gives.
        event: whether `$event` is there, as it is in a listener.
    """

    states: Collection[str] | None = None
    params: Collection[str] | None = None
    queries: Collection[str] | None = None
    loop: frozenset[str] = field(default_factory=frozenset)
    event: bool = False

    def fault(self, root: str, first: str | None, second: str | None) -> str:
        """Return why `root.first.second` leads nowhere, '' if it does not.

        A member is None where there is none, or where it is only known at run time.
        """
        if root in self.loop:
            return ""
        if root == "$event":
            return "" if self.event else "$event 只在“点了之后做什么”里有"
        if root == "$viewer":
            return "" if first == "role" else "$viewer 只有 role"
        if root == "$query":
            return _missing("查询", first, self.queries)
        if root == "$page":
            return self._of_page(first, second)
        if root in HELPERS:
            return f"{root} 后面要有括号"
        return f"没有叫“{root[:40]}”的东西"

    def _of_page(self, first: str | None, second: str | None) -> str:
        if first == "state":
            return "" if second is None else _missing("变量", second, self.states)
        if first == "params":
            return "" if second is None else _missing("页面参数", second, self.params)
        return "$page 只有 state 和 params"


def _missing(kind: str, name: str | None, known: Collection[str] | None) -> str:
    if name is None:
        return f"要写明是哪个{kind}"
    if known is None or name in known:
        return ""
    return f"没有叫“{name[:40]}”的{kind}"
