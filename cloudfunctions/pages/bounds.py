"""What not even a draft may be: too large, too deep, without clear ids.

Nothing here recurses, so that no page, however deep, exhausts the stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudfunctions.pages.faults import Fault, Path, as_list, as_text, fault
from cloudfunctions.pages.language import FORBIDDEN

PAGE_BYTES = 307_200
MOST_COMPONENTS = 1_500
DEEPEST = 20
DEEPEST_VALUE = 100
"""Levels of JSON; a block at the greatest depth takes 40 of them."""

PAGE_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")

TOO_LARGE = f"页面太大，最多 {PAGE_BYTES // 1024} KB"
NOT_JSON = "有写不成 JSON 的东西"


def text_of(content: object) -> str:
    """Return a page as the one text that is kept of it.

    Raises:
        ValueError: it holds an infinite number.
        RecursionError: it is far too deep.
    """
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def components(content: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Path, int]]:
    """Every component with its place and depth, in the order of the page."""
    left: list[tuple[Mapping[str, Any], Path, int]] = [
        (one, ("items", n), 1) for n, one in _items(content)
    ]
    while left:
        component, path, depth = left.pop()
        yield component, path, depth
        for number, inner in _items(component):
            left.append((inner, (*path, "items", number), depth + 1))


def _items(holder: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    found = enumerate(as_list(holder.get("items")))
    return [(n, one) for n, one in found if isinstance(one, Mapping)][::-1]


def bounds(content: Mapping[str, Any], page: str | None = None) -> list[Fault]:
    """Return what keeps `content` from being stored at all, as the draft of `page`."""
    return _values(content) or [
        *_size(content),
        *_page_id(content, page),
        *_components(content),
    ]


def _values(content: Mapping[str, Any]) -> list[Fault]:
    left: list[tuple[Any, Path]] = [(content, ())]
    while left:
        value, path = left.pop()
        if len(path) > DEEPEST_VALUE:
            # The whole way would be longer than any screen.
            return [fault(path[:6], f"套得太深，一页最多套 {DEEPEST} 层积木")]
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in FORBIDDEN:
                    return [fault((*path, key), f"不能用 {key} 作名字")]
                left.append((inner, (*path, key)))
        elif isinstance(value, list):
            left.extend((inner, (*path, number)) for number, inner in enumerate(value))
    return []


def _size(content: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        size = len(text_of(content).encode())
    except ValueError:
        yield fault((), NOT_JSON)
        return
    if size > PAGE_BYTES:
        yield fault((), f"{TOO_LARGE}，现在 {size // 1024} KB")


def _page_id(content: Mapping[str, Any], page: str | None) -> Iterator[Fault]:
    found = as_text(content.get("id"))
    if not PAGE_ID.fullmatch(found):
        yield fault(("id",), "页面编号要用小写字母、数字和下划线，字母开头，2 到 40 个")
    elif page is not None and found != page:
        yield fault(("id",), f"页面编号要和 {page} 一样")


def _components(content: Mapping[str, Any]) -> Iterator[Fault]:
    seen: dict[str, Path] = {}
    count = 0
    for component, path, depth in components(content):
        count += 1
        if depth == DEEPEST + 1:
            yield fault(path, f"积木套得太深，最多 {DEEPEST} 层")
        name = as_text(component.get("id"))
        if not ID.fullmatch(name):
            yield fault((*path, "id"), "每块积木要有编号：字母开头，字母、数字、_ 和 -，最多 40 个")
        elif name in seen:
            first = fault(seen[name], "").path
            yield fault((*path, "id"), f"编号 {name} 用了两次，{first} 也是它")
        seen.setdefault(name, path)
    if count > MOST_COMPONENTS:
        yield fault(("items",), f"积木太多，最多 {MOST_COMPONENTS} 块，现在 {count} 块")
