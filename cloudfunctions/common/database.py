"""The one door to MongoDB.

Promise: every connection asks for majority writes with journal, so an acknowledged write is on
disk; no operation outlives the deadline of its request; indexes and the schema number stand before
the first document does. Assumption: hot writes are guarded (`seq`, `cid`, state), so that a write
whose answer was lost can be repeated by hand; the driver's own retries stay off.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pymongo
from pymongo import IndexModel, MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure, PyMongoError

from cloudfunctions.common import metrics, telemetry, tracing
from cloudfunctions.common.settings import Settings

Document = dict[str, Any]
Indexes = Mapping[str, Sequence[IndexModel]]

SCHEMA = 1
"""Raised by one with every change of the documents' shape that older code cannot read."""


class SchemaTooNew(telemetry.OwnWords):
    """The database was written by newer code; starting would damage it."""


class Database:
    """A pool of connections and the collections behind it; one a process, made after the fork."""

    def __init__(self, settings: Settings, indexes: Indexes) -> None:
        self._client: MongoClient[Document] = MongoClient(
            settings.database_uri,
            retryWrites=False,
            retryReads=True,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            serverSelectionTimeoutMS=int(settings.request_seconds * 1000),
            connectTimeoutMS=1_000,
            maxPoolSize=100,
            appname="nuanxinmiao",
            event_listeners=tracing.listeners(),
        )
        self._data = self._client[settings.database_name]
        self._indexes = indexes
        self._seconds = settings.request_seconds
        self._prepared = False
        self._preparing = threading.Lock()

    def collection(self, name: str) -> Collection[Document]:
        """Return the collection `name`."""
        return self._data[name]

    def deadline(self, seconds: float | None = None) -> Any:
        """Context in which all operations together must end, in seconds (a request's by default).

        Source: pymongo client-side operation timeout.
        """
        return pymongo.timeout(self._seconds if seconds is None else seconds)

    def prepare(self) -> None:
        """Set up indexes and the schema number, once a process; safe to repeat, also in parallel.

        Raises:
            SchemaTooNew: the documents were written by newer code.
        """
        if self._prepared:
            return
        with self._preparing:
            if self._prepared:
                return
            self._check_schema()
            for name, models in self._indexes.items():
                self._data[name].create_indexes(list(models))
            self._prepared = True

    def _check_schema(self) -> None:
        marks = self._data["schema"]
        marks.update_one({"_id": "schema"}, {"$setOnInsert": {"number": SCHEMA}}, upsert=True)
        mark = marks.find_one({"_id": "schema"})
        if mark is not None and mark["number"] > SCHEMA:
            raise SchemaTooNew(f"database has schema {mark['number']}, this code knows {SCHEMA}")

    def reachable(self) -> bool:
        """Whether a real read succeeds; a ping also answers where the disk is full."""
        try:
            with self.deadline():
                self.prepare()
                self._data["schema"].find_one({"_id": "schema"})
        except (PyMongoError, SchemaTooNew) as error:
            telemetry.note("database_unreachable", type=type(error).__name__)
            if isinstance(error, PyMongoError):
                metrics.database_fault(error)
            return False
        return True

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def outcome_unknown(error: PyMongoError) -> bool:
    """Whether a write that failed so may still have happened, and has to be looked up."""
    return isinstance(error, ConnectionFailure) or error.timeout
