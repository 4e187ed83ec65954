"""A circuit breaker: what has failed several times in a row is left alone for a while.

Promise: while it is open no caller waits for it; after the rest one caller probes, the others go on
being refused until the probe has come back well. A probe that never comes back is followed by
another one after one more rest, so it cannot stay open for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

FAULTS = 5
REST = 15.0
"""Seconds."""

Steady = Callable[[], float]
"""Seconds that only ever go forward; unlike a clock they do not jump."""


class Breaker:
    """For one family of endpoints in one process; safe to share between threads."""

    def __init__(self, steady: Steady) -> None:
        self._steady = steady
        self._faults = 0
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def lets_through(self) -> bool:
        """Whether a call may be made now; after a rest true for one caller, the probe."""
        with self._lock:
            if self._faults < FAULTS:
                return True
            now = self._steady()
            if now < self._rests_until:
                return False
            self._rests_until = now + REST
            return True

    def well(self) -> None:
        """A call was answered, be it with a refusal of what was asked."""
        with self._lock:
            self._faults = 0

    def failed(self) -> bool:
        """A call got no usable answer; whether this opened the breaker."""
        with self._lock:
            self._faults += 1
            if self._faults < FAULTS:
                return False
            self._rests_until = self._steady() + REST
            return self._faults == FAULTS
