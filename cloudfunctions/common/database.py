"""The one door to MongoDB.

Promise: every connection asks for majority writes with journal, so an acknowledged write is on
disk; no operation outlives the deadline of its request; indexes and the schema number stand before
the first document does, and documents of another shape are left alone (`migrations` changes them).
Assumption: hot writes are guarded (`seq`, `cid`, state), so that a write whose answer was lost can
be repeated by hand; the driver's own retries stay off.
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
from cloudfunctions.common.errors import OutOfService
from cloudfunctions.common.settings import Settings

Document = dict[str, Any]
Indexes = Mapping[str, Sequence[IndexModel]]

SCHEMA = 1
"""Raised by one with every change of the documents' shape that older code cannot read."""

MARKS = "schema"
"""Holds one document: {_id: 'schema', number, toward?, restoring?}.

`toward` stands there while a migration to that number is under way, `restoring` while a backup is
being written (with number 0): code of any number keeps its hands off until they are gone.
"""


class SchemaUnfit(OutOfService):
    """The documents have another shape than this code knows; serving would damage them."""


class SchemaTooNew(SchemaUnfit):
    """The database was written by newer code, or is being migrated to it."""


class SchemaBehind(SchemaUnfit):
    """The database was written by older code and not migrated yet, or a restore was cut off."""


class Database:
    """A pool of connections and the collections behind it; one a process, made after the fork."""

    def __init__(self, settings: Settings, indexes: Indexes, schema: int = SCHEMA) -> None:
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
        self._schema = schema
        self._seconds = settings.request_seconds
        self._prepared = False
        self._preparing = threading.Lock()

    def collection(self, name: str) -> Collection[Document]:
        """Return the collection `name`."""
        return self._data[name]

    def collections(self) -> list[str]:
        """Return the names of all collections that there are, sorted."""
        names = self._data.list_collection_names()
        return sorted(name for name in names if not name.startswith("system."))

    def hello(self) -> Document:
        """Return what the server says of itself: {setName?, msg?, localTime, …}."""
        return self._client.admin.command("hello")

    def deadline(self, seconds: float | None = None) -> Any:
        """Context in which all operations together must end, in seconds (a request's by default).

        Source: pymongo client-side operation timeout.
        """
        return pymongo.timeout(self._seconds if seconds is None else seconds)

    def prepare(self) -> None:
        """Set up indexes and the schema number, once a process; safe to repeat, also in parallel.

        Raises:
            SchemaTooNew: the documents were written by newer code.
            SchemaBehind: they were written by older code; `./deploy.sh migrate` comes first.
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
        marks = self._data[MARKS]
        marks.update_one({"_id": "schema"}, {"$setOnInsert": {"number": self._schema}}, upsert=True)
        mark = marks.find_one({"_id": "schema"}) or {"number": self._schema}
        number, known = mark["number"], self._schema
        if mark.get("restoring"):
            raise SchemaBehind("a backup was not restored to its end; restore the same file again")
        if max(number, mark.get("toward", 0)) > known:
            newest = max(number, mark.get("toward", 0))
            raise SchemaTooNew(f"database has schema {newest}, this code knows {known}")
        if number < known:
            raise SchemaBehind(f"database has schema {number}, this code needs {known}")

    def reachable(self) -> bool:
        """Whether a real read succeeds; a ping also answers where the disk is full."""
        try:
            with self.deadline():
                self.prepare()
                self._data[MARKS].find_one({"_id": "schema"})
        except (PyMongoError, SchemaUnfit) as error:
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
