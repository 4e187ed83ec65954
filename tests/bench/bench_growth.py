"""`python -m tests.bench.bench_growth [--largest N]`: does a step stay as fast as the store grows?

Compared: entering, sending, polling, claiming and the desk's poll on a copy that grows from 10³ to
10⁴, 10⁵ (and 10⁶) stored conversations, with the same steps on a second copy that stays at 10³. The
rounds of the two alternate, so whatever else the machine does slows both, and the ratio of the two
medians is what the stored conversations cost. `/healthz`, which asks nothing of the database, and a
bare read of a collection with one document show how well that works. Budget: send, poll and claim
stay within 1.5 ×. Then, from the same store: bytes per message, per conversation, of indexes and of
what one send writes, and what 100 million conversations make of them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import bson
from pymongo import monitoring

from cloudfunctions.chat import service
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.service import sweep
from tests.bench.stored import MESSAGES, Document, Words, seed, talks
from tests.bench.wire import Answer, Wire, unwind_when_told
from tests.support.copy import Copy
from tests.support.people import Staff, new_cid

SMALL = 1_000
SIZES = (10_000, 100_000, 1_000_000)
LARGEST = 100_000
ROUNDS, WARM_UP, SENDS = 40, 6, 3
BACKDROP = 20
"""Teens who wait all the time, at every size the same number."""
BUDGET = 1.5
HELD_TO_IT = ("chat.send", "chat.poll", "desk.next")
CONVERSATIONS = 100_000_000
TALKS_A_DAY = 12_000

Times = dict[str, list[float]]


class Writes(monitoring.CommandListener):
    """Bytes of every update of a conversation: what an oplog would have to keep, or less."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note an update."""
        if event.command.get("update") == "conversations":
            self.sizes += [len(bson.encode(dict(one))) for one in event.command["updates"]]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


class Steps:
    """The steps that are measured, on one copy."""

    def __init__(self, copy: Copy, resources: Resources, words: Words) -> None:
        self._wire = Wire(copy.port)
        self._resources = resources
        self._words = words
        member = Staff(copy.address, resources, "counsellor").available()
        self._desk = str(member.http.headers["Authorization"]).removeprefix("Bearer ")

    def waiting(self, times: Times) -> None:
        """A new teen enters, writes, asks for a person and looks."""
        teen = Caller(f"growth_{new_cid()}", "teen")
        token = self._resources.identity.issue(teen)
        talk = self._timed(times, token, "chat.enter").data["conversation"]["id"]
        for _ in range(SENDS):
            body = {"conversation": talk, "cid": new_cid(), "text": self._words()}
            self._timed(times, token, "chat.send", **body)
        self._timed(times, token, "chat.ask_person", conversation=talk)
        self._timed(times, token, "chat.poll", conversation=talk, after=0)

    def served(self, times: Times) -> None:
        """The counsellor looks, claims the next talk and closes it."""
        self._timed(times, self._desk, "desk.poll")
        claimed = self._timed(times, self._desk, "desk.next").data["conversation"]
        assert claimed is not None, "somebody must be waiting"
        form = {"risk": "A"}
        self._timed(times, self._desk, "desk.close", conversation=claimed["id"], form=form)

    def beside(self, times: Times) -> None:
        """What is measured beside the steps: a sweep, and the machine itself."""
        started = time.perf_counter()
        with self._resources.database.deadline(60):
            sweep(self._resources)
        times["(sweep)"].append(time.perf_counter() - started)
        started = time.perf_counter()
        with self._resources.database.deadline(60):
            self._resources.database.collection("schema").find_one({"_id": "schema"})
        times["(bare read)"].append(time.perf_counter() - started)
        times["(healthz)"].append(self._wire.get("/healthz").seconds)

    def _timed(self, times: Times, token: str, action: str, **body: Any) -> Answer:
        answer = self._wire.call(token, action, **body)
        assert answer.good, f"{action}: {answer.status} {answer.data}"
        times[action].append(answer.seconds)
        return answer


class Grown:
    """A copy with as many closed conversations as it was told to have, and some who wait."""

    def __init__(self, copy: Copy, resources: Resources) -> None:
        self.copy, self.resources = copy, resources
        self.words = Words(random.Random(7))
        self.models = talks(copy, resources, self.words)
        self.steps = Steps(copy, resources, self.words)
        self._stored = 0
        for _ in range(BACKDROP):
            self.steps.waiting(defaultdict(list))

    def grow_to(self, size: int) -> None:
        """Store what is missing."""
        if size == self._stored:
            return
        started = time.monotonic()
        seed(self.resources, size - self._stored, self.models, self.words)
        rate = (size - self._stored) / (time.monotonic() - started)
        print(f"{size:,} stored ({rate:.0f} documents a second)", flush=True)
        self._stored = size


def measured(copies: Sequence[Steps], rounds: int) -> list[Times]:
    """Seconds of every step by its name, of each copy; their rounds alternate."""
    found: list[Times] = [defaultdict(list) for _ in copies]
    for _ in range(rounds):
        for steps, times in zip(copies, found, strict=True):
            steps.waiting(times)
            steps.served(times)
            steps.beside(times)
    return found


def oplog_bytes(copy: Copy, words: Words) -> list[int]:
    """Bytes of the update of each teen's message in a talk that goes from 0 to `MESSAGES`."""
    writes = Writes()
    monitoring.register(writes)
    resources = copy.resources()
    teen = f"oplog_{new_cid()}"
    with resources.database.deadline(60):
        resources.database.prepare()
        page = service.enter(resources, teen, None)
        while page.conversation.seq < MESSAGES:
            conversation = page.conversation.id
            service.send(resources, teen, conversation, new_cid(), words(), 0)
            page = service.enter(resources, teen, None)
    resources.database.close()
    return writes.sizes


def print_times(found: dict[int, list[Times]]) -> bool:
    """Print the table; returns whether the budget is kept."""
    heads = "".join(f"{f'{size:,} | {SMALL:,}':>22}   ratio" for size in found)
    print(f"{'median, ms':16}{heads}")
    kept = True
    for name in next(iter(found.values()))[0]:
        line = f"{name:16}"
        for pair in found.values():
            small, grown = (statistics.median(times[name]) * 1000 for times in pair)
            kept = kept and (name not in HELD_TO_IT or grown / small <= BUDGET)
            line += f"{f'{grown:.2f} | {small:.2f}':>22}{grown / small:8.2f}"
        print(line)
    return kept


def print_storage(resources: Resources, models: tuple[Document, Document], sent: list[int]) -> None:
    """Print the bytes, and what 100 million conversations make of them."""
    stored = resources.database.collection("conversations")
    with resources.database.deadline(120):
        stats = stored.database.command("collStats", "conversations")
    message = statistics.mean(len(bson.encode(m)) for one in models for m in one["messages"])
    document = float(stats["avgObjSize"])
    index = stats["totalIndexSize"] / stats["count"]
    print(f"bytes a message                 {message:10.0f}   ({MESSAGES} in a talk)")
    print(f"bytes a conversation document   {document:10.0f}")
    print(f"index bytes a conversation      {index:10.0f}")
    for name, size in sorted(stats["indexSizes"].items()):
        print(f"    {name:28}{size / stats['count']:10.2f}")
    print(f"bytes that one send writes      {statistics.median(sent):10.0f}   (update command)")
    whole = (document + index) * CONVERSATIONS / 1e9
    print(f"100 million conversations: {document * CONVERSATIONS / 1e9:,.0f} GB of documents and")
    print(
        f"    {index * CONVERSATIONS / 1e9:,.0f} GB of indexes, {whole:,.0f} GB before compression"
    )
    oplog = statistics.median(sent) * MESSAGES * TALKS_A_DAY / 1e9
    print(f"a day of {TALKS_A_DAY:,} talks: about {oplog:.2f} GB of oplog")


def main() -> int:
    """Seed, measure, print; exit status 1 where the budget is not kept."""
    unwind_when_told()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--largest", type=int, default=LARGEST, help="10000 … 1000000")
    largest = arguments.parse_args().largest
    sizes = [size for size in SIZES if size <= largest]
    with ExitStack() as stack:
        return _run(_copy(stack), _copy(stack), sizes)


def _copy(stack: ExitStack) -> Grown:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    copy = Copy(folder / "copy").start()
    stack.callback(copy.stop)
    resources = copy.resources()
    stack.callback(resources.database.close)
    return Grown(copy, resources)


def _run(small: Grown, grown: Grown, sizes: Sequence[int]) -> int:
    found: dict[int, list[Times]] = {}
    sent = oplog_bytes(small.copy, small.words)
    for one in (small, grown):
        one.grow_to(SMALL)
    for size in (SMALL, *sizes):
        grown.grow_to(size)
        measured((small.steps, grown.steps), WARM_UP)
        found[size] = measured((small.steps, grown.steps), ROUNDS)
    kept = print_times(found)
    print_storage(grown.resources, grown.models, sent)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
