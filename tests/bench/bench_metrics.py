"""`python -m tests.bench.bench_metrics`: what counting and ids cost a call, on and off in one run.

One action that does nothing is dispatched in turns of three: uncounted; counted; counted and traced
to a collector on loopback that takes everything. Rounds alternate, so that a machine that slows
down slows all. Beside it stands what the workers spend on a `chat.send` over HTTP in the same run.
Times are those of a core, so other programs do not count. Budget: counting costs at most 2 % of a
send; no budget for tracing, which is off unless somebody asks.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from cloudfunctions.common import metrics, tracing
from cloudfunctions.common.function import Registry, Request, dispatch
from cloudfunctions.common.identity import ANYONE
from cloudfunctions.common.resources import Resources
from tests.fakes.otlp import FakeCollector
from tests.support.copy import Copy
from tests.support.people import Teen

CALLS, ROUNDS, SENDS, SCRAPES = 1_000, 7, 100, 30
BUDGET = 0.02
REGISTRY = Registry()
REQUEST = Request("bench.nothing", b"{}", {"content-type": "application/json"})


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Asks and answers nothing."""


@REGISTRY.action("bench.nothing", who=ANYONE)
def nothing(_call: object, _request: Nothing) -> Nothing:
    """Do nothing."""
    return Nothing()


def microseconds(resources: Resources) -> float:
    """What one call takes of a core: the time of this thread, whatever else the machine does."""
    started = time.thread_time()
    for _ in range(CALLS):
        if dispatch(REGISTRY, resources, REQUEST).status != 200:
            raise RuntimeError
    return (time.thread_time() - started) / CALLS * 1e6


def alternating(ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each way, after a first round that is not counted."""
    rounds = [{name: way() for name, way in ways.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


def worker_milliseconds(copy: Copy, times: int, call: Callable[[int], object]) -> float:
    """What the workers spend on one call; the rest of a call is the database's and the wire's."""
    before = _spent(copy)
    for number in range(times):
        call(number)
    return (_spent(copy) - before) / times * 1e3


def _spent(copy: Copy) -> float:
    times = [worker.cpu_times() for worker in copy.workers()]
    return sum(one.user + one.system for one in times)


def send_milliseconds(copy: Copy) -> float:
    """One `chat.send`."""
    teen = Teen(copy.address)
    return worker_milliseconds(copy, SENDS, lambda number: teen.send(f"今天写作业 {number}"))


def scrape_milliseconds(copy: Copy) -> float:
    """One scrape by this machine."""
    teen, url = Teen(copy.address), f"{copy.address}/metrics"
    return worker_milliseconds(
        copy, SCRAPES, lambda _: teen.http.get(url, timeout=5).raise_for_status()
    )


def main() -> int:
    """Print the figures; exit status 1 beyond the budget."""
    with tempfile.TemporaryDirectory() as name, FakeCollector() as collector:
        copy = Copy(Path(name) / "copy").start()
        resources = copy.resources()
        try:
            found = alternating(_ways(resources, Path(name) / "metrics", collector.url))
            send, scrape = send_milliseconds(copy), scrape_milliseconds(copy)
        finally:
            metrics.end()
            resources.database.close()
            copy.stop()
    off, counted, traced = found["off"], found["counted"], found["traced"]
    share = (counted - off) / (send * 1e3)
    print(f"a call of nothing: {off:.0f} µs, counted {counted:.0f} µs, traced {traced:.0f} µs")
    print(f"counting costs {counted - off:.1f} µs, spans {traced - counted:.1f} µs more")
    print(f"a chat.send takes a worker {send:.1f} ms: counting is {share:.2%} of it")
    print(f"a scrape takes one {scrape:.1f} ms")
    return int(share > BUDGET)


def _ways(resources: Resources, folder: Path, collector: str) -> dict[str, Callable[[], float]]:
    def off() -> float:
        metrics.end()
        tracing.end()
        return quiet()

    def counted() -> float:
        metrics.begin(folder)
        return quiet()

    def traced() -> float:
        tracing.begin(collector)
        return quiet()

    def quiet() -> float:
        # The line that every call logs is part of it, but not of what is read here.
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
            return microseconds(resources)

    return {"off": off, "counted": counted, "traced": traced}


if __name__ == "__main__":
    sys.exit(main())
