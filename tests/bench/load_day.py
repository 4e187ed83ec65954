"""`python -m tests.bench.load_day [--share 40] [--seed 1]`: a whole day against the real service.

12,000 talks with a daily curve and an evening surge meet the shifts of 7,000 listeners and 100
counsellors, both sides at the same share (1/40 by default, some minutes on two cores). Listeners
vanish, hand over, go home; teens lose patience. The service runs on a held clock (`held_clock`):
every 15 simulated seconds all who are due act at the same time, over HTTP and through eight
threads, then the clock moves on; every second time the sweep comes. So no time of the service is
changed, people still race each other, and a slow machine makes the run longer, not the waits.

Written: `reports/load_day.md` and `reports/load_day.svg`. Exit status 1 if two held a talk at a
time, an acknowledged message is missing or doubled, or somebody carried more than their limit.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import requests

from cloudfunctions.app import INDEXES
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.clock import now as real_now
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT, Settings
from cloudfunctions.duty.service import sweep
from cloudfunctions.local.place import Place, any_free_port
from tests.bench.held_clock import VARIABLE, HeldClock
from tests.bench.load_people import Day, StaffToday, Step, TeenToday
from tests.bench.load_plan import DAY, STARTS_AT, Plan, plan
from tests.bench.load_report import Result, Sample, markdown, picture
from tests.bench.wire import Wire, unwind_when_told
from tests.support.copy import Copy
from tests.support.people import Staff

REPORTS = Path(__file__).parent / "reports"
TICK = 0.25
"""Minutes."""
SWEPT = 2
"""Ticks from one sweep to the next, here 30 seconds; the true one comes every second."""
SAMPLED = 10.0
THREADS = 8
DAYS_AHEAD = 2
"""The held day lies in the future, where the copy's own sweep, on the true clock, sees nothing."""
BEIJING = 8 * HOUR


class Service:
    """The service on a held clock, beside a copy that gives it the database."""

    def __init__(self, copy: Copy, folder: Path) -> None:
        self.clock = HeldClock(folder / "clock")
        self.midnight = (real_now() + BEIJING) // (24 * HOUR) * 24 * HOUR - BEIJING
        self.port = any_free_port()
        environment = Place.from_environment(copy.environment).environment(
            copy.state().database_uri
        )
        environment |= {"PORT": str(self.port), VARIABLE: str(folder / "clock")}
        self.resources = Resources.build(
            Settings.from_environment(environment), INDEXES, self.clock
        )
        self.move(0)
        command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudfunctions.gunicorn_conf"]
        self._log = folder / "service.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "tests.bench.held_clock:app()"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def move(self, minute: float) -> None:
        """Let it be this minute of the day."""
        start = self.midnight + DAYS_AHEAD * 24 * HOUR + STARTS_AT * HOUR
        self.clock.move(start + round(minute * MINUTE))

    def wait_ready(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise TimeoutError("the service on the held clock did not become ready")

    def sweep(self) -> None:
        """What is overdue is put right; the line that it logs goes where the service's own go."""
        deadline = self.resources.database.deadline(30)
        with self._log.open("a") as log, redirect_stderr(log), deadline:
            sweep(self.resources)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)
        self.resources.database.close()


@contextmanager
def service() -> Iterator[Service]:
    """A service of the run's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = Copy(folder / "copy").start()
        try:
            found = Service(copy, folder)
            try:
                found.wait_ready()
                yield found
            finally:
                found.stop()
        finally:
            copy.stop()


class Today:
    """The day as it passes: who acts when."""

    def __init__(self, found: Service, day: Day, planned: Plan) -> None:
        self._service, self._day = found, day
        self._numbers = itertools.count()
        self._queue: list[tuple[float, int, Step]] = []
        self.samples: list[Sample] = []
        for at, step in _people(found, day, planned):
            self._plan(at, step)

    def _plan(self, at: float, step: Step) -> None:
        heapq.heappush(self._queue, (at, next(self._numbers), step))

    def pass_whole(self) -> None:
        """Play from the first minute to the last."""
        with ThreadPoolExecutor(THREADS) as pool:
            for tick in range(round(DAY / TICK)):
                self._pass_tick(tick, pool)

    def _pass_tick(self, tick: int, pool: ThreadPoolExecutor) -> None:
        now = tick * TICK
        self._service.move(now)
        due = []
        while self._queue and self._queue[0][0] <= now:
            due.append(heapq.heappop(self._queue)[2])
        self._day.chance.shuffle(due)
        for step, later in zip(due, pool.map(lambda step: step(now), due), strict=True):
            if later is not None:
                self._plan(later, step)
        if tick % SWEPT == 0:
            self._service.sweep()
        if now % SAMPLED == 0:
            self.samples.append(Sample(now, self._day.waiting(), self._day.on_duty))
        if now % 60 == 0:
            print(f"{(STARTS_AT + now / 60) % 24:02.0f}:00  {self.samples[-1]}", flush=True)


class Person:
    """Somebody whose next step changes from one to the next."""

    def __init__(self, inner: TeenToday | StaffToday) -> None:
        self._inner = inner

    def __call__(self, now: float) -> float | None:
        """Do what is due."""
        return self._inner.step(now)


def _people(found: Service, day: Day, planned: Plan) -> Iterator[tuple[float, Step]]:
    for talk in planned.talks:
        yield talk.at, Person(TeenToday(day, talk))
    for shift in planned.shifts:
        member = Staff(f"http://127.0.0.1:{found.port}", found.resources, shift.role)
        token = str(member.http.headers["Authorization"]).removeprefix("Bearer ")
        yield shift.begins, Person(StaffToday(day, shift, token, member.id))


def compare(day: Day) -> tuple[list[str], list[str]]:
    """Read every talk as its teen; returns acknowledged cids that are missing, and doubled ones."""
    missing: list[str] = []
    doubled: list[str] = []
    for talk, known in day.talks.items():
        stored = Counter(_cids(day, talk, known.token))
        missing += [cid for cid in known.acknowledged if stored[cid] == 0]
        doubled += [cid for cid in known.acknowledged if stored[cid] > 1]
    return missing, doubled


def _cids(day: Day, talk: str, token: str) -> Iterator[str]:
    after, more = 0, True
    while more:
        answer = day.wire.call(token, "chat.poll", conversation=talk, after=after)
        assert answer.good, f"a talk cannot be read: {answer}"
        yield from (message["cid"] for message in answer.data["messages"])
        more = answer.data["more"]
        after = answer.data["messages"][-1]["seq"] if more else after


def main() -> int:
    """Play, compare, write."""
    unwind_when_told()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--share", type=int, default=40, help="1/SHARE of both sides")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    planned = plan(1 / chosen.share, chosen.seed)
    with service() as found:
        day = Day(Wire(found.port), planned.calm, chosen.seed)
        started = time.monotonic()
        today = Today(found, day, planned)
        today.pass_whole()
        seconds = time.monotonic() - started
        lost, doubled = compare(day)
    command = f"python -m tests.bench.load_day --share {chosen.share} --seed {chosen.seed}"
    result = Result(command, planned, day, today.samples, seconds, lost, doubled)
    REPORTS.mkdir(exist_ok=True)
    report = markdown(result)
    (REPORTS / "load_day.md").write_text(report, "utf-8")
    picture(result, REPORTS / "load_day.svg")
    print(report)
    return 0 if result.sound else 1


if __name__ == "__main__":
    sys.exit(main())
