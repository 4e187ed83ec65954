"""Waking who waits: a ring wakes its listeners, nobody else, and nobody is remembered for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from cloudfunctions.common.changes import QUEUE, Hub


class Stream:
    """A change stream that brings what the test gives it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.resume_token: Any = None

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def try_next(self) -> Any:
        """The next change; None where there is none, the fault where there is one."""
        time.sleep(0.002)
        if self._source.fault is not None:
            fault, self._source.fault = self._source.fault, None
            raise fault
        self._source.alive.set()
        self.resume_token = {"token": self._source.given}
        if not self._source.changes:
            return None
        self._source.given += 1
        return self._source.changes.pop(0)


class Source:
    """A database with one collection, and switches for its faults."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.fault: Exception | None = None
        self.given = 0
        self.alive = threading.Event()
        self.down = False
        self.resumed_after: list[Any] = []

    def collection(self, _: str) -> Source:
        """Itself."""
        return self

    def watch(self, _: Any, *, resume_after: Any, max_await_time_ms: int) -> Stream:
        """A stream that goes on after the token."""
        assert max_await_time_ms <= 1_000
        if self.down:
            raise AutoReconnect("nobody there")
        self.resumed_after.append(resume_after)
        return Stream(self)


@pytest.fixture
def source() -> Source:
    """A database that works."""
    return Source()


@pytest.fixture
def hub(source: Source) -> Iterator[Hub]:
    """A hub on it, stopped after the test."""
    made = Hub(source, "conversations")  # type: ignore[arg-type]  # a fake with switches
    yield made
    made.stop()


def inserted(key: str) -> dict[str, Any]:
    """A change as the pipeline of the hub projects it."""
    return {"documentKey": {"_id": key}}


def test_a_ring_wakes_only_its_own_listeners(hub: Hub) -> None:
    with hub.listen(["a", "b"]) as one, hub.listen(["b"]) as two:
        hub.ring("a")
        assert one.is_set()
        assert not two.is_set()
        hub.ring("b")
        assert two.is_set()
        hub.ring("nobody")


def test_listeners_are_forgotten(hub: Hub) -> None:
    with hub.listen(["a", "b"]), hub.listen(["a"]):
        assert set(hub._bells) == {"a", "b"}
    assert hub._bells == {}
    with pytest.raises(KeyError), hub.listen(["a"]):
        raise KeyError
    assert hub._bells == {}


def test_what_is_there_already_is_not_waited_for(hub: Hub) -> None:
    started = time.monotonic()
    hub.until(["a"], 20, lambda: True)
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize("seconds", [0, -1])
def test_without_time_it_looks_once_and_starts_no_stream(
    hub: Hub, source: Source, seconds: float
) -> None:
    looks: list[int] = []
    hub.until(["a"], seconds, lambda: bool(looks.append(1)))  # type: ignore[func-returns-value]
    assert looks == [1]
    assert source.resumed_after == []


def test_it_waits_no_longer_than_asked(hub: Hub) -> None:
    started = time.monotonic()
    hub.until(["a"], 0.3, lambda: False)
    assert 0.29 <= time.monotonic() - started < 1.5


def test_a_change_wakes_who_waits_for_that_document(hub: Hub, source: Source) -> None:
    looked: list[float] = []

    def look() -> bool:
        looked.append(time.monotonic())
        return len(looked) > 1

    waiter = threading.Thread(target=hub.until, args=(["talk"], 20, look))
    waiter.start()
    assert source.alive.wait(5)
    time.sleep(0.1)
    source.changes.append(inserted("another talk"))
    time.sleep(0.1)
    assert len(looked) == 1, "another talk wakes nobody here"
    source.changes.append(inserted("talk"))
    waiter.join(2)
    assert not waiter.is_alive()


@pytest.mark.parametrize(
    ("change", "rings"),
    [
        ({**inserted("talk")}, False),
        ({**inserted("talk"), "entered": 5}, True),
        ({**inserted("talk"), "removed": ["waiting", "x"]}, True),
        ({**inserted("talk"), "removed": ["claim"]}, False),
    ],
)
def test_the_queue_rings_when_a_talk_enters_or_leaves_it(
    hub: Hub, source: Source, change: dict[str, Any], rings: bool
) -> None:
    with hub.listen([QUEUE]) as queue, hub.listen(["talk"]) as talk:
        source.changes.append(change)
        assert talk.wait(5)
        time.sleep(0.01)
        assert queue.is_set() == rings


def test_a_lost_stream_goes_on_where_it_was(hub: Hub, source: Source) -> None:
    with hub.listen(["talk"]) as bell:
        source.changes.append(inserted("talk"))
        assert bell.wait(5)
        bell.clear()
        source.fault = AutoReconnect("cut")
        source.changes.append(inserted("talk"))
        assert bell.wait(5)
    assert source.resumed_after[0] is None
    assert source.resumed_after[1] is not None


def test_a_token_that_the_server_forgot_is_given_up(hub: Hub, source: Source) -> None:
    with hub.listen(["talk"]) as bell:
        assert source.alive.wait(5)
        time.sleep(0.05)
        source.fault = OperationFailure("history lost", 286)
        source.changes.append(inserted("talk"))
        assert bell.wait(5)
    assert source.resumed_after == [None, None]


def test_while_the_stream_is_lost_it_reads_again_by_itself(hub: Hub, source: Source) -> None:
    source.down = True
    looked: list[float] = []

    def look() -> bool:
        looked.append(time.monotonic())
        return len(looked) >= 3

    hub.until(["a"], 10, look)
    assert looked[2] - looked[0] < 3.0


def test_a_hub_that_stops_wakes_everybody_at_once_and_asks_the_database_no_more(hub: Hub) -> None:
    looked: list[float] = []

    def look() -> bool:
        looked.append(time.monotonic())
        return False

    waiters = [threading.Thread(target=hub.until, args=([key], 25, look)) for key in "abc"]
    for waiter in waiters:
        waiter.start()
    time.sleep(0.1)
    before = len(looked)
    hub.stop()
    for waiter in waiters:
        waiter.join(0.5)
    assert not any(waiter.is_alive() for waiter in waiters)
    assert len(looked) == before


def test_who_comes_after_the_stop_looks_once_and_does_not_wait(hub: Hub) -> None:
    hub.stop()
    looked: list[int] = []
    started = time.monotonic()
    hub.until(["a"], 25, lambda: bool(looked.append(1)))  # type: ignore[func-returns-value]
    assert looked == [1]
    assert time.monotonic() - started < 0.5
