"""F14: what a worker holds after thousands of requests of all kinds."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudfunctions.common.resources import Resources
from tests.faults.beside import Beside
from tests.faults.sizes import LARGER, sized
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

WARM, REQUESTS = 2_000, sized(2_000, 10_000)
MOST_BYTES = 256 * 1024 * 1024
GROWTH = 1.05
TEENS, THREADS = 100, 4
MIX = ("chat.send", "chat.send", "chat.poll", "chat.poll", "chat.enter", "desk.poll")


class Crowd:
    """Teens and a member of the staff who call one worker."""

    def __init__(self, service: Beside, door: Resources) -> None:
        self._member = Staff(service.address, door, "supervisor")
        self._teens = [Teen(service.address) for _ in range(TEENS)]
        for one in (self._member, *self._teens):
            # A connection that was idle is closed by the server, perhaps just as it is used again.
            one.http.headers["Connection"] = "close"
        self.statuses: Counter[tuple[str, int]] = Counter()

    def call(self, number: int) -> None:
        """The request of this number."""
        chance = random.Random(number)
        action, teen = chance.choice(MIX), chance.choice(self._teens)
        bodies: dict[str, Body] = {
            "chat.send": {"conversation": teen.talk, "cid": new_cid(), "text": f"第{number}件小事"},
            "chat.poll": {"conversation": teen.talk, "after": 0},
        }
        caller = self._member if action == "desk.poll" else teen
        self.statuses[action, caller.post(action, bodies.get(action)).status_code] += 1


def test_a_worker_stays_small(host: Copy, door: Resources, tmp_path: Path) -> None:
    """At most 256 MB; from the 2,000th request to the last at most 5 % more."""
    with Beside(host, tmp_path, WORKERS="1") as service:
        (worker,) = service.workers()
        crowd = Crowd(service, door)
        sizes = [worker.memory_info().rss]
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, REQUESTS, WARM):
                list(pool.map(crowd.call, range(start, start + WARM)))
                sizes.append(worker.memory_info().rss)
        assert worker.is_running()
    assert {status for _, status in crowd.statuses} == {200}, crowd.statuses
    shown = ", ".join(f"{size / 1024 / 1024:.0f}" for size in sizes)
    print(f"\nF14: MB of a worker before, and after every {WARM:,} of {REQUESTS:,}: {shown}")
    assert max(sizes) <= MOST_BYTES
    if LARGER:
        assert sizes[-1] <= sizes[1] * GROWTH
