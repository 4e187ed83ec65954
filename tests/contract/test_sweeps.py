"""Sweeps three times, two at once, six hours late: a talk ends in the same state (F12)."""

from __future__ import annotations

import json
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from cloudfunctions.chat import clocks
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.duty.service import sweep
from cloudfunctions.local.place import Place
from tests.contract.crew import CALM, IMMINENT, eventually, stored, waiting_teen
from tests.contract.passing import A_TIME
from tests.contract.test_clocks import GRAVE, answered, in_hand
from tests.contract.ways import event
from tests.support.copy import Copy
from tests.support.function import Function, Raised, environment_of
from tests.support.people import Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

ROUNDS = 100


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def still(running: Copy) -> Iterator[None]:
    """The copy's own sweeps rest, so that the test knows how often it was swept."""
    duty = psutil.Process(running.state().processes["duty"])
    duty.suspend()
    yield
    duty.resume()


@pytest.fixture
def patterns(
    running: Copy, counsellor: Staff, staff: Staffing, resources: Resources, still: None
) -> list[Document]:
    """Talks of every kind, as they lie in the database before any clock of theirs has struck."""
    held = [answered(running, counsellor, text) for text in (GRAVE, CALM)]
    unanswered = in_hand(running, counsellor)
    offered = answered(running, counsellor)
    body = {"conversation": offered.talk, "person": staff("counsellor").available().id}
    eventually(lambda: counsellor.post("desk.hand_over", body).status_code == 200)
    alarmed = answered(running, staff("counsellor").available())
    alarmed.send(IMMINENT)
    alone = [Teen(running.address) for _ in range(3)]
    for teen, text in zip(alone, (CALM, GRAVE, IMMINENT), strict=True):
        teen.send(text)
    teens = [*alone, *held, unanswered, offered, alarmed, waiting_teen(running.address)]
    return [dict(stored(resources, teen.talk)) for teen in teens]


def copies(resources: Resources, patterns: Sequence[Document], late: Sequence[int]) -> list[str]:
    """Insert a copy of each pattern whose first clock struck so many milliseconds ago."""
    documents = []
    for pattern, by in zip(patterns, late, strict=True):
        document = _moved(pattern, resources.now() - pattern["due"] - by)
        fresh = {"_id": secrets.token_urlsafe(16), "teen": secrets.token_urlsafe(16)}
        if "claim" in document:
            document["claim"]["lease_until"] = resources.now() + HOUR
        documents.append({**document, **fresh})
    with resources.database.deadline(20):
        resources.database.collection("conversations").insert_many(documents)
    return [str(document["_id"]) for document in documents]


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    return value + by if isinstance(value, int) and value > A_TIME else value


def states(resources: Resources, talks: Sequence[str]) -> list[Any]:
    """What stands in the talks, but for ids and for times, which differ between twins."""
    with resources.database.deadline(20):
        found = resources.database.collection("conversations").find({"_id": {"$in": list(talks)}})
        by_id = {one["_id"]: _without_times(one) for one in found}
    return [by_id[talk] for talk in talks]


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in ("_id", "teen", "cid")}
        return {name: _without_times(inner) for name, inner in kept.items()}
    if isinstance(value, list):
        return [_without_times(inner) for inner in value]
    return "a time" if isinstance(value, int) and value > A_TIME else value


def sweep_all(resources: Resources) -> None:
    """One sweep with the time that a hundred talks take."""
    with resources.database.deadline(60):
        sweep(resources)


def two_at_once(running: Copy) -> None:
    """Two further processes of `duty` sweep together until nothing is due."""
    place = Place.from_environment(running.environment)
    environment = place.environment(running.state().database_uri)
    command = [sys.executable, "-m", "cloudfunctions.duty"]
    duties = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    resources = running.resources()
    try:
        eventually(lambda: _none_due(resources), seconds=60)
    finally:
        for one in duties:
            one.send_signal(signal.SIGTERM)
        for one in duties:
            one.wait(20)
        resources.database.close()


def _none_due(resources: Resources) -> bool:
    with resources.database.deadline(10):
        due = {"due": {"$lte": resources.now()}}
        return resources.database.collection("conversations").find_one(due) is None


def test_sweeps_thrice_twice_at_once_and_six_hours_late_leave_the_same_state(
    running: Copy, resources: Resources, patterns: list[Document]
) -> None:
    """100 talks, each with three twins: swept once, thrice, and by two processes at once."""
    chance = random.Random(7)
    chosen = [chance.choice(patterns) for _ in range(ROUNDS)]
    late = [chance.choice((1_000, 6 * HOUR)) for _ in range(ROUNDS)]
    untouched = states(resources, copies(resources, chosen, late))
    with resources.database.deadline(10):
        resources.database.collection("conversations").delete_many({})

    once = copies(resources, chosen, late)
    sweep_all(resources)
    expected = states(resources, once)
    assert sum(a != b for a, b in zip(untouched, expected, strict=True)) == ROUNDS

    thrice = copies(resources, chosen, late)
    for _ in range(3):
        sweep_all(resources)
    same = _same(resources, thrice, expected)
    assert same == ROUNDS

    together = copies(resources, chosen, late)
    two_at_once(running)
    assert _same(resources, together, expected) == ROUNDS
    print(f"\nswept thrice {same}/{ROUNDS} and by two at once {ROUNDS}/{ROUNDS} as swept once")


def test_timer_events_thrice_twice_at_once_and_six_hours_late_leave_the_same_state(
    running: Copy, resources: Resources, patterns: list[Document], tmp_path: Path
) -> None:
    """The same 100 talks, swept by instances of the function `duty`."""
    chance = random.Random(11)
    chosen = [chance.choice(patterns) for _ in range(ROUNDS)]
    late = [chance.choice((1_000, 6 * HOUR)) for _ in range(ROUNDS)]
    environment = environment_of(running)
    context = event("timer_context")
    now = time.time()
    punctual, tardy = (
        event("timer", Time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - by)))
        for by in (0, 6 * 3_600)
    )
    one, other = (Function("duty", environment, tmp_path / f"{n}.log") for n in "ab")
    try:
        once = copies(resources, chosen, late)
        struck = one(punctual, context)["struck"]
        assert struck >= ROUNDS
        expected = states(resources, once)
        thrice = copies(resources, chosen, late)
        for asked in (tardy, tardy, punctual):
            one(asked, context)
        assert _same(resources, thrice, expected) == ROUNDS
        together = copies(resources, chosen, late)
        one.begin(tardy, context)
        other.begin(tardy, context)
        shared = [one.answer()["struck"], other.answer()["struck"]]
        assert _same(resources, together, expected) == ROUNDS
        assert one(punctual, context)["struck"] == 0, "nothing is left to do"
    finally:
        one.end()
        other.end()
    print(
        f"\nF12: by timer {struck} struck at once; three events, and two instances at once "
        f"({shared[0]} + {shared[1]}), late or not: same state {ROUNDS}/{ROUNDS} each"
    )


def test_a_timer_that_cannot_do_its_work_fails_without_a_word_of_it(
    running: Copy, tmp_path: Path
) -> None:
    nowhere = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    environment = environment_of(running, MONGODB_URI=nowhere, REQUEST_SECONDS="0.2")
    duty = Function("duty", environment, tmp_path / "duty.log")
    try:
        for _ in range(2):
            with pytest.raises(Raised, match="TimerFailed"):
                duty(event("timer"), event("timer_context"))
    finally:
        duty.end()
    told = (tmp_path / "duty.log").read_text()
    assert [json.loads(line)["event"] for line in told.splitlines()] == ["timer_failed"] * 2
    assert "127.0.0.1" not in told


def test_a_timer_of_another_function_fails_so_that_somebody_notices(
    running: Copy, tmp_path: Path
) -> None:
    account = Function("account", environment_of(running), tmp_path / "account.log")
    try:
        with pytest.raises(Raised, match="TimerFailed"):
            account(event("timer"), event("timer_context"))
    finally:
        account.end()


def _same(resources: Resources, talks: Sequence[str], expected: Sequence[Any]) -> int:
    found = states(resources, talks)
    for one, other in zip(found, expected, strict=True):
        assert one == other
    return len(found)


def test_a_clock_does_the_same_on_time_and_six_hours_late(
    resources: Resources, patterns: list[Document]
) -> None:
    """Where one clock runs; where several do, more of them have struck after six hours."""
    for pattern in patterns:
        if "claim" in pattern:
            pattern["claim"]["warned"] = True
    alone = [one for one in patterns if len(clocks.running(one)) == 1]
    kinds = [next(iter(clocks.running(one))) for one in alone]
    assert sorted(kinds) == ["answer", "answer", "gone", "still there"]
    for one in alone:
        one["due"] = clocks.next_due(one)
    on_time = copies(resources, alone, [1_000] * len(alone))
    late = copies(resources, alone, [6 * HOUR] * len(alone))
    sweep_all(resources)
    assert states(resources, on_time) == states(resources, late)
