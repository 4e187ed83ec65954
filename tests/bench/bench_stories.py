"""`python -m tests.bench.bench_stories [--largest N]`: is a page from 10⁵ as fast as from 10²?

Compared: pages of the feed (the newest, a topic's, one far back, one for the youngest), an opened
story and a page of one's own on a copy that grows from 10² to 10⁵ published stories, with the same
on a second copy that stays at 10². Stories come at the same pace in both, a hundred a day. The
rounds of the two alternate, so whatever else the machine does slows both; `/healthz` shows how well
that works. Budget: p95 of the feed's pages stays within 1.5 ×, and every query rides an index.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cloudfunctions.account import service as account
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import store
from cloudfunctions.story.animals import ANIMALS
from cloudfunctions.story.reading import read
from cloudfunctions.story.standing import PLACE_BITS, shown_fields
from nlp.labels import TOPICS
from tests.bench.wire import Wire, percentile, unwind_when_told
from tests.support.copy import Copy

SMALL = 100
SIZES = (1_000, 10_000, 100_000)
A_DAY = 100
"""Stories that are published in a day."""
BATCH = 500
ROUNDS, WARM_UP = 120, 10
BUDGET = 1.5
TEXT = "这学期搬了家，新班里还没有人和我说话。午饭我都一个人吃，有点想以前的同桌。" * 8
HELD_TO_IT = ("feed, newest", "feed, a topic", "feed, far back", "feed, under 14")

Times = dict[str, list[float]]


class Shelf:
    """A copy with as many published stories as it was told to have."""

    def __init__(self, copy: Copy, resources: Resources) -> None:
        self.resources = resources
        self._wire = Wire(copy.port)
        self._chance = random.Random(5)
        self._read = read({"title": "", "text": TEXT})
        self.size = 0
        self._old, self._young = self._teen("from_14"), self._teen("under_14")
        self._start = resources.now()
        self._public = ""

    def _teen(self, band: str) -> str:
        with self.resources.database.deadline(20):
            self.resources.database.prepare()
            session = account.sign_in_teen(self.resources, secrets.token_urlsafe(32))
        assert self._wire.call(session.token, "account.age", band=band).good
        return session.token

    def grow_to(self, size: int) -> None:
        """Store what is missing, each older than the one before."""
        started, before = time.monotonic(), self.size
        while self.size < size:
            numbers = range(self.size, min(self.size + BATCH, size))
            stories = [self._story(number) for number in numbers]
            with self.resources.database.deadline(60):
                self.resources.database.collection(store.STORIES).insert_many(stories)
            self.size = numbers.stop
            self._public = stories[0]["public"] if before == 0 else self._public
        rate = (size - before) / max(time.monotonic() - started, 0.001)
        if size > before:
            print(f"{size:,} stories ({rate:.0f} a second)", flush=True)

    def _story(self, number: int) -> Document:
        at = self._start - int(number * 24 * HOUR / A_DAY)
        wording = {"title": f"第{number}篇", "text": TEXT}
        topic, animal = self._chance.choice(TOPICS), self._chance.choice(ANIMALS)
        sent = {**wording, "topic": topic, "animal": animal, "edit": 1}
        teen = f"bench_{number % 997}"
        story: Document = {
            "_id": f"{teen}:{secrets.token_urlsafe(12)}",
            "schema": 1,
            "teen": teen,
            "cid": f"story_{number}",
            "version": 4,
            "draft": sent,
            "sent": sent,
            "sent_at": at,
            "at": at,
            "read": self._read,
            "public": f"s_{secrets.token_urlsafe(16)}",
            "judged": {"at": at, "took": HOUR},
        }
        flags = {"from_14": number % 4 == 0, "heavy": number % 5 == 0}
        return {**story, **shown_fields(story, wording, flags, at)}

    def round(self, times: Times) -> None:
        """Every step once."""
        back = self._start - int(self._chance.random() * SMALL * 24 * HOUR / A_DAY / 2)
        cursor = format(back << PLACE_BITS, "x")
        self._timed(times, "feed, newest", self._old, "story.feed")
        topic = self._chance.choice(TOPICS)
        self._timed(times, "feed, a topic", self._old, "story.feed", topic=topic, limit=3)
        self._timed(times, "feed, far back", self._old, "story.feed", before=cursor)
        self._timed(times, "feed, under 14", self._young, "story.feed")
        self._timed(times, "read", self._old, "story.read", story=self._public)
        self._timed(times, "mine", self._old, "story.mine")
        times["(healthz)"].append(self._wire.get("/healthz").seconds)

    def _timed(self, times: Times, name: str, token: str, action: str, **body: Any) -> None:
        answer = self._wire.call(token, action, **body)
        assert answer.good, f"{action}: {answer.status} {answer.data}"
        if action == "story.feed":
            assert answer.data["stories"], name
        times[name].append(answer.seconds)

    def plans(self) -> dict[str, str]:
        """How the server finds what the feed's steps ask for."""
        place = self._start << PLACE_BITS
        asked: dict[str, tuple[str, Document]] = {
            "shelf": (
                store.STORIES,
                {"shelves": "all", "place": {"$gt": place - (HOUR << PLACE_BITS), "$lt": place}},
            ),
            "public": (store.STORIES, {"public": self._public}),
            "author": (store.STORIES, {"teen": "bench_1", "at": {"$lt": self._start}}),
            "answers": (store.ANSWERS, {"shelf": {"$in": [self._public]}}),
            "hugged": (store.HUGS, {"_id": {"$in": [f"{self._public}:x"]}}),
            "hugs": (store.HUGS, {"story": self._public}),
            "queue": (store.STORIES, {"desk.order": {"$gt": 0}}),
        }
        return {name: self._plan(*one) for name, one in asked.items()}

    def _plan(self, collection: str, query: Document) -> str:
        database = self.resources.database.collection(collection).database
        with self.resources.database.deadline(20):
            answer = database.command("explain", {"find": collection, "filter": query})
        plan, stages = answer["queryPlanner"]["winningPlan"], []
        while plan is not None:
            stages.append(plan["stage"])
            plan = plan.get("inputStage")
        return " < ".join(stages)


def measured(shelves: Sequence[Shelf], rounds: int) -> list[Times]:
    """Seconds of every step by its name, on each copy; their rounds alternate."""
    found: list[Times] = [defaultdict(list) for _ in shelves]
    for _ in range(rounds):
        for shelf, times in zip(shelves, found, strict=True):
            shelf.round(times)
    return found


def print_times(found: dict[int, list[Times]]) -> bool:
    """Print the table; returns whether the budget is kept."""
    heads = "".join(f"{f'{size:,} | {SMALL:,}':>20}   ratio" for size in found)
    print(f"{'p95, ms':16}{heads}")
    kept = True
    for name in next(iter(found.values()))[0]:
        line = f"{name:16}"
        for pair in found.values():
            small, grown = (percentile(times[name], 0.95) * 1000 for times in pair)
            kept = kept and (name not in HELD_TO_IT or grown / small <= BUDGET)
            line += f"{f'{grown:.1f} | {small:.1f}':>20}{grown / small:8.2f}"
        print(line)
    return kept


def main() -> int:
    """Seed, measure, print; exit status 1 where the budget is not kept."""
    unwind_when_told()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--largest", type=int, default=SIZES[-1], help="1000 … 100000")
    largest = arguments.parse_args().largest
    with ExitStack() as stack:
        return _run(_shelf(stack), _shelf(stack), [size for size in SIZES if size <= largest])


def _shelf(stack: ExitStack) -> Shelf:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    copy = Copy(folder / "copy").start()
    stack.callback(copy.stop)
    resources = copy.resources()
    stack.callback(resources.database.close)
    return Shelf(copy, resources)


def _run(small: Shelf, grown: Shelf, sizes: Sequence[int]) -> int:
    found: dict[int, list[Times]] = {}
    small.grow_to(SMALL)
    for size in (SMALL, *sizes):
        grown.grow_to(size)
        measured((small, grown), WARM_UP)
        found[size] = measured((small, grown), ROUNDS)
    kept = print_times(found)
    plans = grown.plans()
    for name, plan in plans.items():
        print(f"{name:16}{plan}")
    return 0 if kept and all("IXSCAN" in plan for plan in plans.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
