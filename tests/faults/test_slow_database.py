"""F4: a database whose every answer comes late, and how soon all is well again after."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import requests

from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.resources import Resources
from tests.bench.wire import percentile
from tests.contract.crew import window_of
from tests.faults.beside import Beside
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid
from tests.support.proxy import MongoProxy

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

LATE = sized((0.5, 0.8, 2.0, 10.0), (0.5, 0.8, 1.2, 2.0, 10.0))
"""Seconds; 0.8 is where an action with several deadlines one after the other takes longest."""
LASTS = sized(3.0, 20.0)
"""Seconds for which nothing new is begun after; what was begun may still take its time."""
WELL = 1.0
LONGEST = 5.0
BACK_WITHIN = 10.0
TIMES_AS_SLOW = 1.5
MEASURED = 30
"""Sends of which a 95th percentile is taken."""
TEENS = 2
FULL = "手上的倾诉已经够重了"
"""The answer to a member who has no room for another talk, which is no fault."""
SILENT = 20.0
"""A caller's own patience, so that an answer that never comes is told as one."""


@pytest.fixture(scope="module")
def proxy(host: Copy) -> Iterator[MongoProxy]:
    """What stands before the database."""
    with MongoProxy.before(host.state().database_uri) as found:
        yield found


@pytest.fixture(scope="module")
def service(
    host: Copy, proxy: MongoProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Beside]:
    """A service that reaches its database through the proxy alone."""
    folder = tmp_path_factory.mktemp("slow")
    uri = proxy.uri(host.state().database_uri)
    with Beside(host, folder, database_uri=uri) as found:
        yield found


@dataclass
class Seen:
    """The answers to one kind of call."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, answer: requests.Response, seconds: float) -> None:
        """Keep how long it took and whether it is ours."""
        self.seconds.append(seconds)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200 or FULL in answer.text:
            return
        error = answer.json()["error"]
        if (answer.status_code, error["code"]) != (503, "unavailable") or (
            "12356" not in error["hint"]
        ):
            self.wrong.append(answer.text)


class Acts(threading.Thread):
    """A window of somebody that makes the same call again and again until it is over."""

    def __init__(self, caller: Caller, action: str, body: Callable[[], Body]) -> None:
        super().__init__()
        self._window, self.action, self._body = window_of(caller), action, body
        self.over = threading.Event()
        self.seen = Seen()
        self.fault: Exception | None = None

    def run(self) -> None:
        """Call."""
        try:
            while not self.over.is_set():
                started = time.monotonic()
                answer = self._window.post(self.action, self._body(), timeout=SILENT)
                self.seen.note(answer, time.monotonic() - started)
        except requests.RequestException as error:
            self.fault = error


def acts_of(teen: Teen, member: Staff, other: Staff) -> list[Acts]:
    """Everything that the pages call all the time, each at once, so that none waits for another.

    The `other` member polls, so that nobody else notes for them that they were seen.
    """
    talk = {"conversation": teen.talk}
    return [
        Acts(teen, "chat.send", lambda: {**talk, "cid": new_cid(), "text": "今天写作业了"}),
        Acts(teen, "chat.poll", lambda: {**talk, "after": 0}),
        Acts(teen, "chat.enter", dict),
        Acts(teen, "chat.ask_person", lambda: talk),
        Acts(teen, "chat.history", lambda: {**talk, "before": 9}),
        Acts(teen, "account.sign_in", lambda: {"device": teen.device}),
        Acts(other, "desk.poll", dict),
        Acts(member, "desk.queue", dict),
        Acts(member, "desk.next", dict),
        Acts(member, "desk.status", lambda: {"status": "available"}),
        Acts(member, "account.staff_sign_in", lambda: {"device": member.device}),
    ]


def long_unseen(door: Resources, member: Staff) -> None:
    """Let the next call of this member be one that also has to note that they are here."""
    with door.database.deadline(10):
        presence = door.database.collection("presence")
        seen = {"$set": {"seen_at": door.now() - 30 * SECOND}}
        assert presence.update_one({"_id": member.id}, seen).matched_count == 1


@dataclass(frozen=True)
class Pace:
    """95th percentiles of sends in seconds: through the proxy, and at the same time beside it."""

    own: float
    beside: float

    def times_slower(self, than: Pace) -> float:
        """How many times slower sends are; what slows the whole machine is divided out."""
        return self.own / than.own / max(self.beside / than.beside, 1.0)


def pace(service: Beside, host: Copy) -> Pace:
    """Send by turns through the service behind the proxy, and through the copy itself."""
    taken: dict[str, list[float]] = {service.address: [], host.address: []}
    teens = [Teen(address) for address in taken for _ in range(TEENS)]
    for _ in range(MEASURED // TEENS):
        for teen in teens:
            started = time.monotonic()
            assert teen.send("今天写作业了", after=10_000)["replayed"] is False
            taken[teen.address].append(time.monotonic() - started)
    return Pace(*(percentile(seconds, 0.95) for seconds in taken.values()))


def back_after(service: Beside, host: Copy, usual: Pace) -> float:
    """Seconds until sends are as fast as they were; fails after `BACK_WITHIN`."""
    started, seen = time.monotonic(), list[float]()
    while (began := time.monotonic() - started) < BACK_WITHIN:
        try:
            seen.append(pace(service, host).times_slower(usual))
        except (AssertionError, requests.RequestException):
            continue  # Not served yet.
        if seen[-1] <= TIMES_AS_SLOW:
            return began
    raise AssertionError(f"still {seen} times slower after {BACK_WITHIN} s")


@pytest.mark.parametrize("late", LATE)
def test_a_slow_database_is_told_in_time_and_forgotten_soon(
    host: Copy, service: Beside, proxy: MongoProxy, door: Resources, late: float
) -> None:
    """No answer takes over 5 s, a fault is our 503 with the hotlines, p95 is back in 10 s."""
    members = [Staff(service.address, door, "listener") for _ in range(2)]
    pace(service, host)
    usual = pace(service, host)
    people = acts_of(Teen(service.address), *members)
    try:
        for one in people:
            one.start()
        time.sleep(WELL)  # Then there are open connections to the database for all of them.
        proxy.delay = late
        long_unseen(door, members[1])
        time.sleep(LASTS)
    finally:
        for one in people:
            one.over.set()
        for one in people:
            one.join(SILENT)
        proxy.delay = 0.0
    back = back_after(service, host, usual)
    check(people, late)
    print(f"p95 of a send before {usual.own:.3f} s, back to 1.5 x within {back:.1f} s")


def check(people: list[Acts], late: float) -> None:
    """Every answer in time, every fault in our shape."""
    assert [one.fault for one in people] == [None] * len(people)
    longest = {one.action: max(one.seen.seconds) for one in people}
    statuses: Counter[int] = Counter()
    for one in people:
        assert not one.seen.wrong, (one.action, one.seen.wrong[0])
        statuses += one.seen.statuses
    told = ", ".join(f"{action} {seconds:.1f}" for action, seconds in sorted(longest.items()))
    print(f"\nF4: {late} s late: answers {dict(statuses)}, longest s: {told}")
    assert max(longest.values()) <= LONGEST, longest
    assert max(longest.values()) >= min(late, 2.0), "the database was not slow"
