"""`python -m tests.bench.bench_waiting [--waiting 2000]`: teens who wait cost little and hear soon.

2,000 teens hold a `chat.poll` of 25 seconds open on one copy, each over a connection of their own,
and ask again whenever it ends. Meanwhile another window of one of them sends a message, 200 times,
spread over all of them. Compared with the budgets: memory of the two workers with and without the
waiters (≤ 25 KB a waiter), and the time until the waiting poll has the message (p99 ≤ 100 ms). That
time is told twice: from the moment the send left, and from its acknowledgement, which is what the
hub itself adds. The client runs on the same two cores and so makes the figures worse, not better.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import secrets
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from cloudfunctions.common.identity import Caller
from tests.bench.wire import Wire, percentile, unwind_when_told
from tests.support.copy import Copy
from tests.support.people import new_cid

SENDS = 200
WAIT = 25
PAUSE = 0.1
SETTLE = 6.0
"""Seconds until every waiter has read again at least once."""
BYTES_EACH = 25_000
WAKE_MS = 100.0
SPREAD = float(WAIT)
"""Seconds over which the waiters come, so that they also ask again evenly."""
BACK_OFF = 2.0
"""Seconds after a poll that failed."""
MOST_FAILED = 10
"""After so many failed sends there is nothing more to learn."""
WARM_UP = 200

Body = dict[str, Any]


@dataclass
class Waiter:
    """A teen with an open poll."""

    token: str
    talk: str
    after: int
    heard: dict[str, float] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    polls: int = 0

    def hear(self, status: int, content: Body, at: float) -> None:
        """Note what an answer brought, and when."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        for message in content.get("data", {}).get("messages", ()):
            self.heard.setdefault(message["cid"], at)
            self.after = max(self.after, message["seq"])


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, action: str, body: Body
) -> tuple[int, Body]:
    """One POST over an open connection."""
    content = json.dumps(body).encode()
    head = (
        f"POST /api/{action} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
    answer = await reader.readexactly(int(lengths[0]))
    return int(status_line.split()[1]), json.loads(answer)


async def keep_waiting(port: int, waiter: Waiter, delay: float) -> None:
    """Poll again and again, over a new connection where the old one was closed."""
    await asyncio.sleep(delay)
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await _poll_on(reader, writer, waiter)
        except (OSError, asyncio.IncompleteReadError):
            waiter.statuses[0] = waiter.statuses.get(0, 0) + 1
            await asyncio.sleep(BACK_OFF)


async def _poll_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiter: Waiter
) -> None:
    try:
        while True:
            waiter.polls += 1
            body = {"conversation": waiter.talk, "after": waiter.after, "wait": WAIT}
            status, content = await ask(reader, writer, waiter.token, "chat.poll", body)
            waiter.hear(status, content, time.perf_counter())
            if status != 200:
                await asyncio.sleep(BACK_OFF)
    finally:
        writer.close()


class Refused(Exception):
    """A send was not answered with 200."""


async def send_to(port: int, waiter: Waiter) -> tuple[float, float]:
    """Send from another window; returns milliseconds to the poll's answer, from send and from ack.

    Raises:
        Refused: the service did not take it.
        TimeoutError: the waiting poll did not bring it within ten seconds.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cid = new_cid()
    body = {"conversation": waiter.talk, "cid": cid, "text": "今天写作业了"}
    started = time.perf_counter()
    status, content = await ask(reader, writer, waiter.token, "chat.send", body)
    acknowledged = time.perf_counter()
    writer.close()
    if status != 200:
        raise Refused(status, content["error"]["code"])
    async with asyncio.timeout(10):
        while cid not in waiter.heard:
            await asyncio.sleep(0.001)
    heard = waiter.heard[cid]
    return (heard - started) * 1000, (heard - acknowledged) * 1000


async def send_to_all(
    port: int, waiters: list[Waiter]
) -> tuple[list[tuple[float, float]], Counter[str]]:
    """Send to one after the other; returns the times, and what failed by its kind."""
    times: list[tuple[float, float]] = []
    failed: Counter[str] = Counter()
    for waiter in waiters:
        if failed.total() >= MOST_FAILED:
            break
        try:
            times.append(await send_to(port, waiter))
        except (Refused, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            failed[f"{type(error).__name__}{error.args}"] += 1
        await asyncio.sleep(PAUSE)
    return times, failed


def talks_of(copy: Copy, count: int) -> list[Waiter]:
    """Teens with an open talk each; their tokens come beside HTTP, where signing in is rated."""
    resources, wire = copy.resources(), Wire(copy.port)
    waiters = []
    for _ in range(count):
        token = resources.identity.issue(Caller(secrets.token_urlsafe(16), "teen"))
        answer = wire.call(token, "chat.enter")
        assert answer.good, answer
        conversation = answer.data["conversation"]
        waiters.append(Waiter(token, conversation["id"], conversation["seq"]))
    for waiter in waiters[:WARM_UP]:
        wire.call(waiter.token, "chat.poll", conversation=waiter.talk, after=0, wait=0)
    for waiter in waiters[:4]:  # The change stream starts with the first who waits.
        wire.call(waiter.token, "chat.poll", conversation=waiter.talk, after=waiter.after, wait=1)
    resources.database.close()
    return waiters


def memory(copy: Copy) -> list[int]:
    """Resident bytes of each worker."""
    return sorted(worker.memory_info().rss for worker in copy.workers())


def processors(copy: Copy) -> dict[str, float]:
    """Seconds of processor time used so far, of the database, of the workers, of this client."""

    def used(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    return {
        "database": used(psutil.Process(copy.state().processes["database"])),
        "workers": sum(used(worker) for worker in copy.workers()),
        "this client": used(psutil.Process()),
    }


async def measure(copy: Copy, waiters: list[Waiter]) -> bool:
    """Let them wait, send, print; returns whether the budgets are kept."""
    before = memory(copy)
    chance = random.Random(11)
    tasks = [
        asyncio.create_task(keep_waiting(copy.port, one, chance.random() * SPREAD))
        for one in waiters
    ]
    await asyncio.sleep(SPREAD + SETTLE)
    busy = processors(copy)
    await asyncio.sleep(WAIT)
    busy = {name: (after - busy[name]) / WAIT for name, after in processors(copy).items()}
    during = memory(copy)
    each = (sum(during) - sum(before)) / len(waiters)
    print(f"workers, MB, nobody waits      {[round(one / 1e6) for one in before]}")
    print(f"workers, MB, {len(waiters):,} wait       {[round(one / 1e6) for one in during]}")
    print(f"bytes a waiter                 {each:,.0f}")
    shares = ", ".join(f"{name} {share:.0%}" for name, share in busy.items())
    print(f"of one processor, only waiting {shares}", flush=True)
    chosen = chance.sample(waiters, min(SENDS, len(waiters)))
    times, refused = await send_to_all(copy.port, chosen)
    print(f"workers, MB, after the sends   {[round(one / 1e6) for one in memory(copy)]}")
    print(f"change streams lost            {copy.log('service').count('change_stream_lost')}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(f"sends heard {len(times)} of {len(chosen)}, refused or never heard: {refused or 'none'}")
    return _told(waiters, times) and each <= BYTES_EACH and not refused


def _told(waiters: list[Waiter], times: list[tuple[float, float]]) -> bool:
    if not times:
        return False
    for place, name in enumerate(("from the send", "from its acknowledgement")):
        values = [one[place] for one in times]
        shares = "  ".join(f"p{s}: {percentile(values, s / 100):.0f}" for s in (50, 90, 99))
        print(f"to the waiting poll, ms, {name:26}{shares}  most: {max(values):.0f}")
    statuses: dict[int, int] = {}
    for one in waiters:
        for status, count in one.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    print(f"polls answered, by status: {statuses}")
    return percentile([one[1] for one in times], 0.99) <= WAKE_MS and set(statuses) == {200}


def main() -> int:
    """Exit status 1 where a budget is not kept."""
    unwind_when_told()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--waiting", type=int, default=2_000)
    count = arguments.parse_args().waiting
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * count + 200:
        print(f"this machine allows {hard} open files, too few for {count} waiters")
        return 1
    # The copy inherits it, and its workers need as many again.
    wanted = max(2 * count + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory() as name:
        copy = Copy(Path(name) / "copy").start()
        try:
            return 0 if asyncio.run(measure(copy, talks_of(copy, count))) else 1
        finally:
            copy.stop()


if __name__ == "__main__":
    sys.exit(main())
