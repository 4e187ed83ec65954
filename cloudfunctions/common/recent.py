"""A value that may be a few seconds old, so that many requests share one read of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Recent:
    """Values by name with the time they were made; one a process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, name: str, seconds: float, make: Callable[[], T]) -> T:
        """Return the value of `name`, made anew by `make` when older than `seconds`."""
        kept = self._kept.get(name)
        if kept is None or time.monotonic() - kept[0] > seconds:
            kept = (time.monotonic(), make())
            self._kept[name] = kept
        return cast(T, kept[1])

    def forget(self, name: str = "") -> None:
        """Let one value be made anew, or every one."""
        if name:
            self._kept.pop(name, None)
        else:
            self._kept.clear()
