"""A backup into an empty database.

The whole file is read and proven before the first write. Then the mark of the schema says
'restoring', with number 0, so that no service starts on half of it; the indexes stand before their
documents, every document goes in by its own id, and the number comes last. So a restore that was
cut off is run again with the same file, and goes on; into anything else than an empty database, or
the rest of this very restore, nothing is written.

A unique index may refuse a document: one that came into being while the backup ran, where the one
it took the place of was saved before. It is left out, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import bson
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ConnectionFailure

from cloudfunctions.common.database import MARKS, SCHEMA, Database, Document
from cloudfunctions.common.migrations import Tell
from cloudfunctions.common.resources import Resources
from cloudfunctions.operations import CannotGoOn
from cloudfunctions.operations.dumping import BATCH_SECONDS, RAW, Progress, fingerprint
from cloudfunctions.operations.sealed_file import Damaged, parts

ATTEMPTS = 10
DOUBLE = 11_000


@dataclass
class Contents:
    """What a file says of itself, read to its end."""

    begin: Document = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)


@dataclass
class Restored:
    """How many documents came in of each collection, and how many were left out."""

    counts: Counter[str]
    left_out: int


def load(resources: Resources, file: IO[bytes], tell: Tell = print) -> tuple[int, Restored]:
    """Prove `file`, then write it into the database; returns when it was made, and what came in.

    Raises:
        NotOurs, Damaged: the file cannot be used (`sealed_file`); nothing was written.
        CannotGoOn: it does not fit this deployment, or the database is in use; nothing was written.
        PyMongoError: the database went away; run it again with the same file.
    """
    contents = look(resources, file)
    known = {one.id for one in resources.settings.master_keys}
    if missing := [key for key in contents.keys if key not in known]:
        raise CannotGoOn(
            f"keys of teens in this backup are wrapped with {', '.join(missing)}, which MASTER_KEY "
            "does not name; without it nobody could read what they have kept",
            "add that master key behind the others in MASTER_KEY",
        )
    if contents.begin["schema"] > SCHEMA:
        raise CannotGoOn(
            f"the backup has schema {contents.begin['schema']}, this code knows {SCHEMA}",
            "restore it with the newer version of this project",
        )
    if contents.begin["secret"] != fingerprint(resources):
        tell(
            "NOTE: SECRET_KEY is not the one of this backup. No device will be known again: "
            "teens come in as new, staff need new invitations. Better: restore with the old one"
        )
    mark = _begun(resources.database, contents)
    restored = _write_all(resources, file, Progress(tell, "restored"))
    with resources.database.deadline(BATCH_SECONDS):
        resources.database.collection(MARKS).update_one(
            {"_id": "schema", "restoring": mark},
            {"$set": {"number": contents.begin["schema"]}, "$unset": {"restoring": ""}},
        )
    return int(contents.begin["at"]), restored


def look(resources: Resources, file: IO[bytes]) -> Contents:
    """Read the file to its end, and return what it says of itself.

    Raises:
        NotOurs, Damaged: as `load`.
    """
    contents, seen = Contents(), Counter[str]()
    for head, documents in _records(resources, file):
        if "begin" in head:
            contents.begin = head["begin"]
        elif "end" in head:
            contents.counts, contents.keys = head["end"]["counts"], head["end"]["keys"]
        else:
            seen[head["collection"]] += len(documents)
    if not contents.begin or +seen != Counter(contents.counts):
        raise Damaged("it does not hold what it says")
    return contents


def _records(
    resources: Resources, file: IO[bytes]
) -> Iterator[tuple[Document, list[RawBSONDocument]]]:
    for part in parts(file, resources.settings.master_keys):
        try:
            head, *documents = bson.decode_all(part, RAW)
            yield bson.decode(head.raw), documents
        except (InvalidBSON, ValueError):
            raise Damaged("a part of it is not what a backup holds") from None


def _begun(database: Database, contents: Contents) -> str:
    """Mark the database as being restored from this very file."""
    # Two backups of one service are told from each other by their times and what they hold.
    total = sum(contents.counts.values())
    mark = f"{contents.begin['secret']}:{contents.begin['at']}:{total}"
    with database.deadline(BATCH_SECONDS):
        marks = database.collection(MARKS)
        found = marks.find_one({"_id": "schema"}) or {}
        if found.get("restoring") == mark:
            return mark
        if "restoring" in found:
            raise CannotGoOn(
                "another backup was half restored into this database",
                "restore that one again, or take an empty database",
            )
        used = [name for name in database.collections() if name != MARKS]
        if any(database.collection(name).find_one({}, {"_id": True}) for name in used):
            raise CannotGoOn(
                "the database is not empty, and a backup is never mixed with what is there",
                "choose an empty one with DATABASE_NAME, or another DATA_DIR",
            )
        marks.update_one({"_id": "schema"}, {"$set": {"number": 0, "restoring": mark}}, upsert=True)
    return mark


def _write_all(resources: Resources, file: IO[bytes], progress: Progress) -> Restored:
    left_out = 0
    for head, documents in _records(resources, file):
        name = head.get("collection")
        if name is None:
            continue
        if head.get("indexes"):
            with resources.database.deadline(BATCH_SECONDS):
                models = [_index(one) for one in head["indexes"]]
                resources.database.collection(name).create_indexes(models)
        if documents:
            refused = _insert(resources.database, name, documents)
            left_out += refused
            progress.add(name, len(documents) - refused)
    return Restored(progress.counts, left_out)


def _index(one: Document) -> IndexModel:
    options = {name: value for name, value in one.items() if name != "fields"}
    return IndexModel([(field, order) for field, order in one["fields"]], **options)


def _insert(database: Database, name: str, documents: Sequence[RawBSONDocument]) -> int:
    """Insert what is not there yet; returns how many a unique index refused."""
    collection: Collection[Any] = database.collection(name).with_options(codec_options=RAW)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with database.deadline(BATCH_SECONDS):
                collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return _refused(database, name, documents, error)
        except ConnectionFailure:
            # Each goes in by its own id, so what came in before the connection broke stays single.
            if attempt == ATTEMPTS:
                raise
        else:
            break
    return 0


def _refused(
    database: Database, name: str, documents: Sequence[RawBSONDocument], error: BulkWriteError
) -> int:
    faults = (error.details or {}).get("writeErrors", [])
    if not faults or any(fault["code"] != DOUBLE for fault in faults):
        raise error
    ids = [documents[fault["index"]]["_id"] for fault in faults]
    with database.deadline(BATCH_SECONDS):
        there = database.collection(name).count_documents({"_id": {"$in": ids}})
    return len(ids) - there
