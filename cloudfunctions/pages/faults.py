"""A fault of a page: where, and why, in the words of whoever draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Step = str | int
Path = tuple[Step, ...]

MOST_FAULTS = 50


class Fault(msgspec.Struct, frozen=True):
    """`path` is like items[3].attributes.text, '' for the page as a whole; `reason` is Chinese."""

    path: str
    reason: str


def fault(path: Path, reason: str) -> Fault:
    """Return a fault at a place."""
    text = "".join(f"[{one}]" if isinstance(one, int) else f".{one[:60]}" for one in path)
    return Fault(text.lstrip("."), reason)


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else; its shape is told of elsewhere."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> Sequence[Any]:
    """Return a list, an empty one for anything else."""
    return value if isinstance(value, list) else ()


def as_text(value: Any) -> str:
    """Return a text, '' for anything else."""
    return value if isinstance(value, str) else ""
