"""Waking requests that wait for something new.

One change stream a process feeds a hub; a request listens to a few keys and sleeps until one of
them rings. What is watched, and which keys a change rings, is handed in. A stream that was cut
goes on from its token; where it cannot, everybody is woken once. Assumption: a wake-up may be lost
all the same, so whoever listens reads again now and then: a lost one delays, it never loses.
Source: `db.collection.watch`, resumed by token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError

from cloudfunctions.common import telemetry
from cloudfunctions.common.database import Database

QUEUE = "queue"
"""Rings when a conversation enters, leaves or moves in the queue."""

RE_READ_SECONDS = 5.0
RE_READ_SECONDS_UNWATCHED = 0.5

Change = Mapping[str, Any]
Pipeline = Sequence[Mapping[str, Any]]
Keys = Callable[[Change], Iterable[str]]

OF_TALKS: list[dict[str, Any]] = [
    {
        "$match": {
            "$or": [
                {"operationType": {"$in": ["insert", "replace"]}},
                {"updateDescription.updatedFields.version": {"$exists": True}},
            ]
        }
    },
    {
        "$project": {
            "documentKey": 1,
            "entered": "$updateDescription.updatedFields.waiting.since",
            "offered": "$updateDescription.updatedFields.offer.to",
            "alerts": {"$type": "$updateDescription.updatedFields.alerts"},
            "removed": "$updateDescription.removedFields",
        }
    },
]
"""Only a guarded write counts `version` up; renewing a lease wakes nobody. No text is fetched."""

WHOLE_COLLECTION: list[dict[str, Any]] = [{"$project": {"documentKey": 1}}]
"""Every write of a collection in which there are few."""


def keys_of_talk(change: Change) -> Iterator[str]:
    """Whom a write of a conversation concerns."""
    yield str(change["documentKey"]["_id"])
    moved = "entered" in change or "waiting" in change.get("removed", ())
    if moved or change.get("alerts") == "array":
        # Whoever is on call listens to no conversation of their own: they hear the queue.
        yield QUEUE
    if "offered" in change:
        # Whoever it is offered to does not listen to that conversation yet.
        yield str(change["offered"])


def keys_of_document(change: Change) -> Iterator[str]:
    """The written document alone."""
    yield str(change["documentKey"]["_id"])


class Hub:
    """Bells by key; the stream starts with the first listener, so after the fork.

    Args:
        pipeline: which changes of the collection come, and what of each.
        keys: which bells a change rings.
    """

    def __init__(
        self,
        database: Database,
        collection: str,
        pipeline: Pipeline = OF_TALKS,
        keys: Keys = keys_of_talk,
    ) -> None:
        self._database = database
        self._collection = collection
        self._pipeline = pipeline
        self._keys = keys
        self._bells: dict[str, set[threading.Event]] = {}
        self._lock = threading.Lock()
        self._started = False
        self._watching = False
        self._token: Mapping[str, Any] | None = None
        self._stopped = False

    @contextmanager
    def listen(self, keys: Iterable[str]) -> Iterator[threading.Event]:
        """Yield an event that is set when one of `keys` rings; listen first, then read."""
        self._start()
        bell, wanted = threading.Event(), list(keys)
        with self._lock:
            for key in wanted:
                self._bells.setdefault(key, set()).add(bell)
        try:
            yield bell
        finally:
            with self._lock:
                for key in wanted:
                    self._forget(key, bell)

    def until(
        self,
        keys: Iterable[str],
        seconds: float,
        found: Callable[[], bool],
        re_read: float = RE_READ_SECONDS,
    ) -> None:
        """Return when `found()` is true, `seconds` are over or the hub has stopped.

        `found` is called at least once.

        Args:
            re_read: seconds after which it is called though nothing rang, while the stream runs.
        """
        if seconds <= 0:
            found()
            return
        end = time.monotonic() + seconds
        with self.listen(keys) as bell:
            while not found():
                left = end - time.monotonic()
                if left <= 0 or self._stopped:
                    return
                pause = re_read if self._watching else RE_READ_SECONDS_UNWATCHED
                bell.wait(min(left, pause))
                bell.clear()
                if self._stopped:
                    # Without another look: thousands may be woken so, and each asks again anyway.
                    return

    def stop(self) -> None:
        """Let nobody wait any more: who does is woken now, who comes later looks once."""
        self._stopped = True
        self._ring_all()

    def ring(self, key: str) -> None:
        """Wake whoever listens to `key`."""
        with self._lock:
            bells = list(self._bells.get(key, ()))
        for bell in bells:
            bell.set()

    def _ring_all(self) -> None:
        with self._lock:
            bells = {bell for listeners in self._bells.values() for bell in listeners}
        for bell in bells:
            bell.set()

    def _forget(self, key: str, bell: threading.Event) -> None:
        bells = self._bells.get(key)
        if bells is None:
            return
        bells.discard(bell)
        if not bells:
            del self._bells[key]

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._watch, name="changes", daemon=True).start()

    def _watch(self) -> None:
        while not self._stopped:
            try:
                self._follow()
            except PyMongoError as error:
                telemetry.note("change_stream_lost", type=type(error).__name__)
                if isinstance(error, OperationFailure):
                    # The server answered and knows the token no more: begin anew from now.
                    self._token = None
            self._watching = False
            time.sleep(1)

    def _follow(self) -> None:
        stream = self._database.collection(self._collection).watch(
            self._pipeline, resume_after=self._token, max_await_time_ms=1_000
        )
        with stream:
            self._watching = True
            if self._token is None:
                # Nobody can tell what was written before the stream began.
                self._ring_all()
            while not self._stopped:
                change = stream.try_next()
                if change is None:
                    # Under gevent this also lets the others run when the server answers at once.
                    time.sleep(0)
                else:
                    self._announce(change)
                self._token = stream.resume_token

    def _announce(self, change: Change) -> None:
        for key in self._keys(change):
            self.ring(key)
