"""How often one address may knock at a door that is open to anyone.

Counts live in the process: with n workers an address gets n times as many. That is enough against
guessing, since what is guessed (device secret, invitation) has 60 bits and more. A teen's words
never pass through here.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from cloudfunctions.common.errors import TooManyRequests

REMEMBERED = 10_000


@dataclass(frozen=True)
class Rate:
    """At most `times` calls in each window of `seconds`, for one address."""

    times: int
    seconds: int


class Limiter:
    """Fixed windows by (action, address)."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._lock = threading.Lock()

    def check(self, action: str, address: str, rate: Rate) -> None:
        """Count this call.

        Raises:
            TooManyRequests: the window is full; `retry_after` says when the next one begins.
        """
        now = time.time()
        window = int(now // rate.seconds)
        key = (action, address, window)
        with self._lock:
            if len(self._counts) > REMEMBERED:
                self._counts = {k: n for k, n in self._counts.items() if k[2] == window}
            self._counts[key] = self._counts.get(key, 0) + 1
            if self._counts[key] <= rate.times:
                return
        raise TooManyRequests(retry_after=int((window + 1) * rate.seconds - now) + 1)
