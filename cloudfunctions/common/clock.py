"""Time, handed in so that a test can hold it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

CHINA = timezone(timedelta(hours=8))
"""All of China, all year."""

Clock = Callable[[], int]
"""Answers milliseconds since 1970 (UTC)."""


def now() -> int:
    """Milliseconds since 1970 (UTC). Order of messages never rests on it: `seq` does that."""
    return time.time_ns() // 1_000_000


def day_of(at: int) -> date:
    """Return the day in China in which a time lies."""
    return datetime.fromtimestamp(at / SECOND, CHINA).date()
