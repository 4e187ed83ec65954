"""The limiter: so many in a window, by action and address, and not forgotten by a flood."""

from __future__ import annotations

import threading

import pytest

from cloudfunctions.common import limits
from cloudfunctions.common.errors import TooManyRequests
from cloudfunctions.common.limits import REMEMBERED, Limiter, Rate

RATE = Rate(times=3, seconds=60)


class Clock:
    """Time that a test holds."""

    def __init__(self, at: float) -> None:
        self.at = at

    def time(self) -> float:
        """As `time.time`."""
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The limiter's clock, at the beginning of a window."""
    held = Clock(6_000.0)
    monkeypatch.setattr(limits, "time", held)
    return held


def used_up(limiter: Limiter, action: str, address: str) -> TooManyRequests | None:
    """Count one call; what was raised, if anything."""
    try:
        limiter.check(action, address, RATE)
    except TooManyRequests as error:
        return error
    return None


def test_the_next_after_the_last_is_refused_until_the_window_ends(clock: Clock) -> None:
    limiter = Limiter()
    clock.at += 20
    assert [used_up(limiter, "a", "x") for _ in range(3)] == [None] * 3
    refused = used_up(limiter, "a", "x")
    assert refused is not None
    assert refused.retry_after == 41
    clock.at += refused.retry_after
    assert used_up(limiter, "a", "x") is None


def test_addresses_and_actions_are_counted_apart(clock: Clock) -> None:
    limiter = Limiter()
    for _ in range(4):
        used_up(limiter, "a", "x")
    assert used_up(limiter, "a", "x") is not None
    assert used_up(limiter, "a", "y") is None
    assert used_up(limiter, "b", "x") is None


def test_a_flood_of_addresses_neither_fills_memory_nor_frees_the_guesser(clock: Clock) -> None:
    limiter = Limiter()
    for number in range(REMEMBERED + 100):
        used_up(limiter, "a", f"old-{number}")
    clock.at += 60
    for _ in range(4):
        used_up(limiter, "a", "guesser")
    assert len(limiter._counts) < 10, "what is over is forgotten"
    for number in range(REMEMBERED + 100):
        used_up(limiter, "a", f"new-{number}")
    assert used_up(limiter, "a", "guesser") is not None


def test_threads_are_all_counted(clock: Clock) -> None:
    limiter, refused = Limiter(), list[bool]()

    def knock() -> None:
        refused.extend(used_up(limiter, "a", "x") is not None for _ in range(50))

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused.count(False) == RATE.times
