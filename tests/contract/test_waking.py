"""Long polls: they wait as long as they were asked to, and wake at once when there is news."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, eventually, waiting_teen, window_of
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

SOON = 1.0
"""Seconds from one person's word to the other's screen."""


class Waiter:
    """A long poll under way in a thread of its own."""

    def __init__(self, caller: Caller, action: str, body: Body) -> None:
        self._call = (caller, action, body)
        self.answer: requests.Response | None = None
        self.ended = 0.0
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        caller, action, body = self._call
        self.answer = caller.post(action, body)
        self.ended = time.monotonic()

    def start(self) -> None:
        """Begin, and give the server the time to fall asleep over it."""
        self._thread.start()
        time.sleep(0.4)
        assert self.answer is None, f"it did not wait: {self.answer.text if self.answer else ''}"

    def join(self) -> requests.Response:
        """Wait for the end."""
        self._thread.join(40)
        assert self.answer is not None
        return self.answer


@contextmanager
def waiting(caller: Caller, action: str, body: Body, within: float = SOON) -> Iterator[Waiter]:
    """While a poll waits, the block makes the news; it must arrive `within` seconds of it."""
    waiter = Waiter(window_of(caller), action, {**body, "wait": 20})
    waiter.start()
    yield waiter
    made = time.monotonic()
    waiter.join()
    assert waiter.ended - made <= within


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def version(counsellor: Staff) -> str:
    """What the desk of the counsellor stands at, once it has settled."""
    return str(settled(counsellor)["version"])


def settled(member: Staff) -> Body:
    """The desk once two looks at it show the same."""

    def look() -> Body | None:
        first = member.call("desk.poll", version="", after=0)
        time.sleep(0.1)
        second = member.call("desk.poll", version="", after=0)
        return first if first == second else None

    return eventually(look) or {}


def test_a_poll_of_a_teen_waits_as_long_as_it_was_asked_to(teen: Teen) -> None:
    seq = teen.poll()["conversation"]["seq"]
    started = time.monotonic()
    page = teen.poll(after=seq, wait=1)
    assert page["messages"] == []
    assert 0.9 <= time.monotonic() - started <= 2.5


def test_a_poll_of_a_teen_answers_at_once_if_there_is_something_newer(teen: Teen) -> None:
    started = time.monotonic()
    assert teen.poll(after=0, wait=20)["messages"]
    assert time.monotonic() - started <= SOON


def test_a_poll_of_a_closed_talk_does_not_wait(teen: Teen) -> None:
    seq = teen.call("chat.leave", conversation=teen.talk)["conversation"]["seq"]
    started = time.monotonic()
    assert teen.poll(after=seq, wait=20)["conversation"]["state"] == "closed"
    assert time.monotonic() - started <= SOON


def test_the_desk_waits_while_nothing_changes_and_its_version_stays(
    counsellor: Staff, version: str
) -> None:
    started = time.monotonic()
    answer = counsellor.call("desk.poll", version=version, after=0, wait=1)
    assert answer["version"] == version
    assert 0.9 <= time.monotonic() - started <= 2.5


def test_the_desk_answers_at_once_to_another_version(counsellor: Staff, version: str) -> None:
    started = time.monotonic()
    answer = counsellor.call("desk.poll", version="something else", after=0, wait=20)
    assert answer["version"] == version
    assert time.monotonic() - started <= SOON


def test_who_begins_to_wait_shows_on_a_waiting_desk(
    running: Copy, counsellor: Staff, version: str
) -> None:
    teen = Teen(running.address)
    with waiting(counsellor, "desk.poll", {"version": version, "after": 0}) as waiter:
        teen.call("chat.ask_person", conversation=teen.talk)
    heads = waiter.join().json()["data"]["queue"]["heads"]
    assert [head["id"] for head in heads] == [teen.talk]


def test_who_was_taken_leaves_a_waiting_desk(
    running: Copy, counsellor: Staff, staff: Staffing
) -> None:
    waiting_teen(running.address)
    other = staff("supervisor").available()
    body = {"version": settled(counsellor)["version"], "after": 0}
    with waiting(counsellor, "desk.poll", body) as waiter:
        assert other.take() is not None
    assert waiter.join().json()["data"]["queue"]["heads"] == []


def test_words_reach_a_waiting_desk_and_a_waiting_teen(running: Copy, counsellor: Staff) -> None:
    teen = waiting_teen(running.address)
    assert counsellor.take() is not None
    for number in range(3):
        body = {
            "version": settled(counsellor)["version"],
            "conversation": teen.talk,
            "after": teen.poll()["conversation"]["seq"],
        }
        with waiting(counsellor, "desk.poll", body) as waiter:
            teen.send(f"第{number}句")
        news = waiter.join().json()["data"]["messages"]
        assert [m["text"] for m in news] == [f"第{number}句"]
        body = {"conversation": teen.talk, "after": teen.poll()["conversation"]["seq"]}
        with waiting(teen, "chat.poll", body) as waiter:
            counsellor.say(teen.talk, f"回{number}")
        news = waiter.join().json()["data"]["messages"]
        assert [m["text"] for m in news] == [f"回{number}"]


def test_a_second_window_of_the_teen_hears_the_first(teen: Teen) -> None:
    body = {"conversation": teen.talk, "after": teen.poll()["conversation"]["seq"]}
    with waiting(teen, "chat.poll", body) as waiter:
        teen.send(CALM)
    assert [m["from"] for m in waiter.join().json()["data"]["messages"]] == ["teen", "ai"]


def test_a_claim_reaches_a_waiting_teen(running: Copy, counsellor: Staff) -> None:
    teen = waiting_teen(running.address)
    body = {"conversation": teen.talk, "after": teen.poll()["conversation"]["seq"]}
    with waiting(teen, "chat.poll", body) as waiter:
        counsellor.take()
    assert waiter.join().json()["data"]["conversation"]["speaker"] == "counsellor"


def test_a_desk_that_waits_keeps_its_lease(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = waiting_teen(running.address)
    assert counsellor.take() is not None
    soon_lost = resources.now() + 20_000
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        talks.update_one({"_id": teen.talk}, {"$set": {"claim.lease_until": soon_lost}})
        counsellor.call("desk.poll", version="", after=0)
        kept = talks.find_one({"_id": teen.talk})
    assert kept is not None
    assert kept["claim"]["lease_until"] > soon_lost + 30_000


def test_a_dismissed_member_hears_nothing_through_a_poll_that_waits_already(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = waiting_teen(running.address)
    assert counsellor.take() is not None
    body = {
        "version": settled(counsellor)["version"],
        "conversation": teen.talk,
        "after": teen.poll()["conversation"]["seq"],
    }
    with waiting(counsellor, "desk.poll", body) as waiter:
        with resources.database.deadline(10):
            account.dismiss(resources, counsellor.id)
        teen.send("这句话不该被看到")
    answer = waiter.join()
    assert answer.status_code == 401
    assert "这句话不该被看到" not in answer.text
