"""N6: alerts while those who deliver them are killed, in the catalogue's own number.

The suite has the same with 100 alerts beside the other tests of the outbox; this is the larger run.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter

import pytest

from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.resources import Resources
from tests.bench.wire import percentile
from tests.contract.crew import IMMINENT, eventually, stored
from tests.fakes.notify import FakeNotify
from tests.faults.sizes import LARGER
from tests.support.copy import Copy
from tests.support.people import Teen

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(not LARGER, reason="the larger run alone; the suite has 100 in contract"),
]

ALERTS = 1_000
MOST_TOLD = 12
"""A sweep is killed once it has handed over at most so many notices, and at least one."""


class Killer(threading.Thread):
    """Kills one `duty` after the other, when it has just handed over a notice."""

    def __init__(self, copy: Copy, receiver: FakeNotify) -> None:
        super().__init__()
        self._copy, self._receiver = copy, receiver
        self.over = threading.Event()
        self.kills = 0

    def run(self) -> None:
        """Kill until it is over; one that has not begun to deliver is left alone."""
        chance, killed = random.Random(6), 0
        while not self.over.wait(0.05):
            duty = self._copy.state().processes["duty"]
            if duty != killed and self._has_told(chance.randint(1, MOST_TOLD)):
                os.kill(duty, signal.SIGKILL)
                killed, self.kills = duty, self.kills + 1

    def _has_told(self, more: int) -> bool:
        wanted = len(self._receiver.received) + more
        while len(self._receiver.received) < wanted:
            if self.over.wait(0.002):
                return False
        return True


def test_a_thousand_alerts_under_kills(host: Copy, receiver: FakeNotify, door: Resources) -> None:
    """Lost 0 of 1,000, and each is told in the very words of its first try."""
    receiver.received.clear()
    killer = Killer(host, receiver)
    killer.start()
    sent: dict[str, int] = {}
    try:
        for number in range(ALERTS):
            receiver.mode = "lost" if number % 5 == 0 else "ok"
            teen = Teen(host.address)
            at = door.now()
            teen.send(IMMINENT)
            sent[teen.talk] = at
            killer.over.wait(0.1)
    finally:
        receiver.mode = "ok"
        killer.over.set()
        killer.join(30)
    keys = {f"{talk}:risk1:1" for talk in sent}
    eventually(lambda: keys <= set(receiver.told()), seconds=120)
    eventually(lambda: not any(stored(door, talk).get("outbox") for talk in sent), seconds=600)
    tell(receiver, sent, keys, killer.kills)


def tell(receiver: FakeNotify, sent: dict[str, int], keys: set[str], kills: int) -> None:
    """Print how soon and how often; a notice never changes from one try to the next."""
    received = [one for one in receiver.received if one.key in keys]
    assert len({one.raw for one in received}) == ALERTS
    first: dict[str, int] = {}
    for one in received:
        first.setdefault(one.key.partition(":")[0], one.at)
    took = [(first[talk] - at) / SECOND for talk, at in sent.items()]
    again = Counter(one.key for one in received).total() - ALERTS
    assert kills >= ALERTS // 50
    print(
        f"\nN6: {ALERTS} alerts, {kills} kills of duty, every fifth answer lost: lost 0, "
        f"told again {again}, p50 {percentile(took, 0.5):.1f} s, p99 {percentile(took, 0.99):.1f} s"
    )
