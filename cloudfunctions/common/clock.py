"""Time, handed in so that a test can hold it."""

from __future__ import annotations

import time
from collections.abc import Callable

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Clock = Callable[[], int]
"""Answers milliseconds since 1970 (UTC)."""


def now() -> int:
    """Milliseconds since 1970 (UTC). Order of messages never rests on it: `seq` does that."""
    return time.time_ns() // 1_000_000
