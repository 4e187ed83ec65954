"""F10: workers whose clocks differ by twenty minutes, and one that goes back an hour meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from cloudfunctions.common.clock import HOUR, MINUTE
from tests.bench.held_clock import HeldClock
from tests.faults.beside import Beside
from tests.faults.sizes import sized
from tests.faults.skewed_clock import VARIABLE
from tests.faults.test_order import Poller, same_person, send_until_stored
from tests.support.copy import Copy
from tests.support.people import Body, Teen

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

WRITERS, EACH = 4, sized(30, 250)
APART = 10 * MINUTE


@dataclass
class Worker:
    """A service of one worker with a clock of its own."""

    service: Beside
    error: HeldClock


@pytest.fixture
def workers(host: Copy, tmp_path: Path) -> Iterator[list[Worker]]:
    """One is ten minutes ahead, the other ten minutes behind."""
    with ExitStack() as stack:
        found = []
        for number, error in enumerate((APART, -APART)):
            path = tmp_path / f"error{number}"
            clock = HeldClock(path)
            clock.move(error)
            entry, variables = "tests.faults.skewed_clock:app()", {VARIABLE: str(path)}
            service = Beside(host, tmp_path, entry, WORKERS="1", **variables)
            found.append(Worker(stack.enter_context(service), clock))
        yield found


def at(teen: Teen, worker: Worker) -> Teen:
    """The same teen, who from now on reaches this worker."""
    other = same_person(teen)
    other.address = worker.service.address
    return other


def write(teen: Teen, workers: list[Worker], number: int) -> list[str]:
    """Write, each message through the other worker; halfway the first one's clock goes back."""
    windows = [at(teen, worker) for worker in workers]
    sent = []
    for index in range(EACH):
        if (number, index) == (0, EACH // 2):
            workers[0].error.move(APART - HOUR)
        sent.append(f"clock{number}-{index:04d}")
        send_until_stored(windows[(number + index) % 2], sent[-1])
    return sent


def test_order_never_rests_on_a_clock(workers: list[Worker]) -> None:
    """Through whichever worker one reads: missed 0, doubled 0, inversions 0 by seq."""
    teen, done = Teen(workers[0].service.address), threading.Event()
    pollers = [Poller(at(teen, worker), done) for worker in workers for _ in range(2)]
    for poller in pollers:
        poller.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(lambda number: write(teen, workers, number), range(WRITERS)))
    done.set()
    for poller in pollers:
        poller.join(60)
    for poller in pollers:
        check(poller.heard, written)
    times = [message["at"] for message in pollers[0].heard]
    back = [latest - one for latest, one in zip(accumulate(times, max), times, strict=True)]
    assert max(back) > HOUR - MINUTE, "the clocks were not apart"
    turns = sum(after < before for before, after in pairwise(times))
    print(
        f"\nF10: {WRITERS} x {EACH} through clocks {2 * APART // MINUTE} min and an hour apart, "
        f"the time went back {turns} times: by seq inversions 0"
    )


def check(heard: list[Body], written: list[list[str]]) -> None:
    """Everything was heard once, in one order that keeps every writer's own."""
    seqs = [message["seq"] for message in heard]
    assert seqs == list(range(1, len(seqs) + 1)), "missed, doubled or out of order"
    own = [message["cid"] for message in heard if message["from"] == "teen"]
    for sent in written:
        assert [cid for cid in own if cid in set(sent)] == sent
    assert len(own) == sum(map(len, written))
