"""`python -m tests.bench.load_talks [--talks 200] [--minutes 10]`: L1, a load that is kept up.

So many teens and listeners talk on one copy, each saying something every 5 to 15 seconds, and every
one of them hears the other over a poll that waits, as the pages do: listeners hold three talks
each. After that 2,000 teens who only wait come beside them, then everybody speaks ten times as
often for 20 seconds, whether or not the last word was answered, and at last as often as before.
What is not taken is sent again under the same cid, as the client does.

Compared with the bounds: send p95 <= 300 ms and p99 <= 800 ms, errors 0 while they talk and while
the others wait; in the spike no refusal but our 503 with the hotlines; at the end every talk is
read again: nothing acknowledged is missing or doubled, and nobody heard a gap or an inversion. Exit
status 1 beyond a bound. The clients run on the same cores and so make the figures worse.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.bench_waiting import Waiter, ask, keep_waiting, talks_of
from tests.bench.load_plan import plan
from tests.bench.wire import Wire, percentile, unwind_when_told
from tests.support.copy import Copy
from tests.support.people import Staff, new_cid

P95, P99 = 0.3, 0.8
"""Seconds."""
PAUSE = (5.0, 15.0)
"""Seconds from one word of somebody to their next one."""
HELD = 3
WAIT = 25
TIMES, SPIKE = 10, 20.0
BESIDE, AFTER = 60.0, 40.0
"""Seconds of talking beside those who wait, and after the spike."""
PATIENCE = 40.0
AGAIN = (0.5, 2.0)
"""Seconds until what was not taken is sent again."""
GIVEN_UP_AFTER = 120.0
FILES = 20_000
HOTLINE = "12356"

Body = dict[str, Any]
STEADY = ("talking", "beside waiters")


@dataclass
class Phase:
    """What happened to the sends that began in one phase."""

    seconds: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    lasted: float = 0.0


@dataclass
class Window:
    """One side of a talk: what came in over its polls, and up to where."""

    seqs: list[int]
    cids: list[str] = field(default_factory=list)

    def hear(self, messages: list[Body]) -> None:
        """Note what an answer brought."""
        self.seqs += [message["seq"] for message in messages]
        self.cids += [message["cid"] for message in messages]

    @property
    def after(self) -> int:
        """The newest that is known."""
        return self.seqs[-1]

    def faults(self) -> int:
        """Steps from one message to the next that are not the next number."""
        return sum(b != a + 1 for a, b in itertools.pairwise(self.seqs))


@dataclass
class Listener:
    """Somebody with up to three talks in hand."""

    token: str
    windows: dict[str, Window] = field(default_factory=dict)
    version: str = ""


class Evening:
    """Everybody who talks, and what is counted."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.lines = plan(1 / 1_000, seed).calm
        self.teens: list[Waiter] = []
        self.windows: dict[str, Window] = {}
        self.listeners: list[Listener] = []
        self.acknowledged: dict[str, set[str]] = {}
        self.given_up: list[str] = []
        self.polls: Counter[str] = Counter()
        self.phases: dict[str, Phase] = {}
        self.times = 1
        self._phase = Phase()
        self._sends: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self, token: str, action: str, body: Body) -> tuple[str, Body, float]:
        """One call over a connection of its own; the outcome is 'ok' or what went wrong."""
        started = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                work = ask(reader, writer, token, action, body)
                status, content = await asyncio.wait_for(work, PATIENCE)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            return type(error).__name__, {}, time.perf_counter() - started
        took = time.perf_counter() - started
        if status == 200:
            return "ok", content["data"], took
        told = "with" if HOTLINE in content["error"]["hint"] else "without"
        return f"{status} {told} hotlines", {}, took

    def begin(self) -> None:
        """Everybody speaks and listens from now on."""
        for teen in self.teens:
            body = {"conversation": teen.talk}
            self._start(self._speak(teen.token, "chat.send", body))
            self._start(self._listen_as_teen(teen))
        for listener in self.listeners:
            self._start(self._listen_as_staff(listener))
            for talk in listener.windows:
                self._start(self._speak(listener.token, "desk.send", {"conversation": talk}))

    def _start(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def pass_phase(self, name: str, seconds: float, times: int = 1) -> None:
        """Go on for so long, speaking `times` as often as usual."""
        self._phase = self.phases[name] = Phase(lasted=seconds)
        self.times = times
        await asyncio.sleep(seconds)
        self.times = 1

    async def _speak(self, token: str, action: str, body: Body) -> None:
        # Often enough to see that everybody speaks faster now.
        at = time.monotonic() + self.chance.uniform(0, PAUSE[1])
        while True:
            await asyncio.sleep(min(max(at - time.monotonic(), 0), 0.5))
            if time.monotonic() >= at or self.times > 1:
                said = {**body, "cid": new_cid(), "text": self.chance.choice(self.lines)}
                task = asyncio.create_task(self._send(token, action, said, self._phase))
                self._sends.add(task)
                task.add_done_callback(self._sends.discard)
                pause = self.chance.uniform(*PAUSE)
                at = time.monotonic() + pause
                if self.times > 1:
                    await asyncio.sleep(pause / self.times)

    async def _send(self, token: str, action: str, body: Body, phase: Phase) -> None:
        phase.sent += 1
        end = time.monotonic() + GIVEN_UP_AFTER
        while time.monotonic() < end:
            outcome, _, took = await self.call(token, action, body)
            phase.seconds.append(took)
            if outcome == "ok":
                self.acknowledged.setdefault(body["conversation"], set()).add(body["cid"])
                return
            phase.refused[outcome] += 1
            await asyncio.sleep(self.chance.uniform(*AGAIN))
        self.given_up.append(body["cid"])

    async def _listen_as_teen(self, teen: Waiter) -> None:
        window = self.windows[teen.talk]
        while True:
            body = {"conversation": teen.talk, "after": window.after, "wait": WAIT}
            outcome, data, _ = await self.call(teen.token, "chat.poll", body)
            await self._heard("chat.poll", outcome)
            window.hear(data.get("messages", []))

    async def _listen_as_staff(self, listener: Listener) -> None:
        for talk in itertools.cycle(listener.windows):
            window = listener.windows[talk]
            body = {"conversation": talk, "after": window.after, "wait": WAIT}
            body |= {"version": listener.version}
            outcome, data, _ = await self.call(listener.token, "desk.poll", body)
            await self._heard("desk.poll", outcome)
            listener.version = data.get("version", listener.version)
            window.hear(data.get("messages", []))

    async def _heard(self, action: str, outcome: str) -> None:
        self.polls[f"{action} {outcome}"] += 1
        if outcome != "ok":
            await asyncio.sleep(self.chance.uniform(*AGAIN))

    async def end(self) -> None:
        """Nobody says anything more; what is under way is sent until it is taken."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._sends)


def prepare(copy: Copy, evening: Evening, talks: int) -> None:
    """Let so many talks be in the hands of listeners."""
    wire, resources = Wire(copy.port), copy.resources()
    evening.teens = talks_of(copy, talks)
    for number in range(-(-talks // HELD)):
        member = Staff(copy.address, resources, "listener", f"第{number}位").available()
        token = str(member.http.headers["Authorization"]).removeprefix("Bearer ")
        evening.listeners.append(Listener(token))
    for teen in evening.teens:
        answer = wire.call(teen.token, "chat.ask_person", conversation=teen.talk)
        evening.windows[teen.talk] = Window([answer.data["conversation"]["seq"]])
    for listener in evening.listeners:
        for _ in range(HELD):
            data = wire.call(listener.token, "desk.next").data
            if data.get("conversation") is not None:
                taken = data["conversation"]
                listener.windows[taken["id"]] = Window([taken["seq"]])
    held = sum(len(listener.windows) for listener in evening.listeners)
    assert held == talks, f"only {held} of {talks} talks are in somebody's hands"
    resources.database.close()


async def play(evening: Evening, waiters: list[Waiter], minutes: float) -> Counter[int]:
    """Pass every phase; returns how the polls of those who wait were answered."""
    evening.begin()
    await asyncio.sleep(PAUSE[1])
    await evening.pass_phase("talking", minutes * 60)
    idle = [
        asyncio.create_task(keep_waiting(evening.port, one, evening.chance.random() * WAIT))
        for one in waiters
    ]
    await asyncio.sleep(WAIT)
    await evening.pass_phase("beside waiters", BESIDE)
    calm = statuses(waiters)
    await evening.pass_phase("spike", SPIKE, TIMES)
    await evening.pass_phase("after it", AFTER)
    await evening.end()
    for task in idle:
        task.cancel()
    await asyncio.gather(*idle, return_exceptions=True)
    return calm


def statuses(waiters: list[Waiter]) -> Counter[int]:
    """How the polls of those who wait were answered so far."""
    found: Counter[int] = Counter()
    for one in waiters:
        found.update(one.statuses)
    return found


@dataclass
class Compared:
    """What reading every talk again showed."""

    acknowledged: int = 0
    missing: int = 0
    doubled: int = 0
    gaps: int = 0


def compare(evening: Evening, port: int) -> Compared:
    """Read every talk as its teen."""
    wire, found = Wire(port), Compared()
    for teen in evening.teens:
        messages = list(_transcript(wire, teen))
        stored = Counter(message["cid"] for message in messages)
        known = evening.acknowledged.get(teen.talk, set())
        found.acknowledged += len(known)
        found.missing += sum(stored[cid] == 0 for cid in known)
        found.doubled += sum(count > 1 for count in stored.values())
        found.gaps += Window([0, *(message["seq"] for message in messages)]).faults()
        listened = [one.windows[teen.talk] for one in evening.listeners if teen.talk in one.windows]
        for window in (evening.windows[teen.talk], *listened):
            found.gaps += window.faults()
            by_seq = {message["seq"]: message["cid"] for message in messages}
            heard = zip(window.seqs[1:], window.cids, strict=True)
            found.missing += sum(by_seq[seq] != cid for seq, cid in heard)
    return found


def _transcript(wire: Wire, teen: Waiter) -> Iterator[Body]:
    after, more = 0, True
    while more:
        answer = wire.call(teen.token, "chat.poll", conversation=teen.talk, after=after)
        assert answer.good, f"a talk cannot be read: {answer}"
        yield from answer.data["messages"]
        more = answer.data["more"]
        after = answer.data["messages"][-1]["seq"] if more else after


def tell(evening: Evening, found: Compared, calm: Counter[int], waiting: Counter[int]) -> bool:
    """Print the table; returns whether every bound is kept."""
    print(f"\nload while it ran (1, 5, 15 min): {os.getloadavg()}, {os.cpu_count()} cores")
    heads = "".join(f"{one:>9}" for one in ("sends", "a second", "p50 ms", "p95", "p99", "most"))
    print(f"{'phase':16}{heads}  not taken")
    for name, phase in evening.phases.items():
        shares = [percentile(phase.seconds, one) * 1_000 for one in (0.5, 0.95, 0.99, 1)]
        figures = "".join(f"{one:9.0f}" for one in shares)
        pace = phase.sent / phase.lasted
        print(f"{name:16}{phase.sent:9}{pace:9.1f}{figures}  {dict(phase.refused) or 0}")
    print(f"polls of those who talk: {dict(evening.polls)}")
    print(
        f"polls of those who wait, by status: before the spike {dict(calm)}, in all {dict(waiting)}"
    )
    rows = [*_steady(evening), *_spike(evening, found, calm)]
    print(f"\n{'bound':66}{'found':>10}  kept")
    for words, value, kept in rows:
        print(f"{words:66}{value:>10}  {'yes' if kept else 'NO'}")
    return all(kept for _, _, kept in rows)


Row = tuple[str, str, bool]


def _steady(evening: Evening) -> Iterator[Row]:
    for name in STEADY:
        phase = evening.phases[name]
        for share, bound in ((0.95, P95), (0.99, P99)):
            found = percentile(phase.seconds, share)
            words = f"{name}: send p{share * 100:.0f} <= {bound * 1_000:.0f} ms"
            yield words, f"{found * 1_000:.0f} ms", found <= bound
        errors = phase.refused.total()
        yield f"{name}: errors 0", str(errors), errors == 0


def _spike(evening: Evening, found: Compared, calm: Counter[int]) -> Iterator[Row]:
    others = Counter[str]()
    for phase in evening.phases.values():
        others += phase.refused
    shed = others.pop("503 with hotlines", 0)
    failed = calm.total() - calm[200]
    lost = found.missing + len(evening.given_up)
    yield "those who wait: polls not answered with 200, before the spike 0", str(failed), not failed
    yield "spike: what is not taken is a 503 with the hotlines", f"{shed} shed", not others
    words = f"lost of {found.acknowledged:,} acknowledged, and never acknowledged: 0"
    yield words, str(lost), lost == 0
    yield "doubled 0", str(found.doubled), found.doubled == 0
    yield "gaps and inversions in any transcript or poll 0", str(found.gaps), found.gaps == 0


def main() -> int:
    """Exit status 1 where a bound is not kept."""
    unwind_when_told()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--talks", type=int, default=200)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--waiting", type=int, default=2_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory() as name:
        copy = Copy(Path(name) / "copy").start()
        try:
            evening = Evening(copy.port, chosen.seed)
            prepare(copy, evening, chosen.talks)
            waiters = talks_of(copy, chosen.waiting)
            calm = asyncio.run(play(evening, waiters, chosen.minutes))
            found = compare(evening, copy.port)
            return 0 if tell(evening, found, calm, statuses(waiters)) else 1
        finally:
            copy.stop()


if __name__ == "__main__":
    sys.exit(main())
