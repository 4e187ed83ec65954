"""Everything in the database into one sealed file, while it is in use.

Parts of the file (`sealed_file`) are BSON documents one behind another. The first of a part says
what follows: {begin: {schema, secret, at}}, {collection, indexes} with nothing, {collection} with
documents as they lie in the database, {end: {counts, keys}} with nothing. Nothing is held in memory
but one part.

Consistent how: every read is a majority read, so what was acknowledged before is in it. A talk is
one document and so is never torn. Of its spilled messages those chunks are taken that this very
document says are spilled (`first`): they were written before it and are never changed, so together
they are exactly the messages 1 to `seq`, none missing, none twice. Across collections what points
comes before what it points to (a story before its answers, a seal before its key, all before the
teens), so nothing points to what only came later. What is created and what is erased while it runs
may be in the file or not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

from cloudfunctions.chat import store as chat_store
from cloudfunctions.common.clock import Clock
from cloudfunctions.common.database import MARKS, SCHEMA, Database, Document
from cloudfunctions.common.migrations import Tell
from cloudfunctions.common.resources import Resources
from cloudfunctions.operations.sealed_file import Writer

RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
AT_ONCE = 50
"""Documents of one part: a larger read or write keeps the embedded database from its heartbeat."""
PART_BYTES = 1_000_000
BATCH_SECONDS = 60.0
TELL_EVERY = 2.0

FIRST = (
    *("transcripts", "conversations", "brought", "claims"),
    *("stories", "story_answers", "story_hugs", "story_gone", "story_erasures"),
    *("form_answers", "form_places", "form_once", "form_pictures"),
    *("moods", "mood_choices", "plans", "plan_versions", "pages", "page_versions"),
    *("presence", "rota", "staff", "invitations"),
)
LAST = ("teens", "data_keys")
"""Whatever else there is stands between the two, by name."""


class Progress:
    """Counts documents, and says now and then how far it is."""

    def __init__(self, tell: Tell, verb: str) -> None:
        self.counts: Counter[str] = Counter()
        self._tell, self._verb, self._next = tell, verb, time.monotonic() + TELL_EVERY

    def add(self, collection: str, number: int) -> None:
        """So many documents more."""
        self.counts[collection] += number
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TELL_EVERY
            self._tell(f"{self._verb} {collection}: {self.counts.total()} documents so far")


def save(resources: Resources, file: IO[bytes], tell: Tell = print) -> Counter[str]:
    """Write everything to `file` and return how many documents of each collection are in it.

    Raises:
        PyMongoError: the database went away; the file is not whole then.
    """
    writer = Writer(file, resources.settings.master_keys[0], resources.now())
    progress, keys = Progress(tell, "saved"), set[str]()
    writer.add(bson.encode(begin(resources, resources.now)))
    for name in _order(resources.database):
        indexes = _indexes(resources.database, name)
        writer.add(bson.encode({"collection": name, "indexes": indexes}))
        if name == "transcripts":
            continue  # Its documents go with their conversations.
        for documents in _batches(resources.database, name):
            _write(writer, progress, name, documents)
            if name == "conversations":
                _spilled(resources.database, writer, progress, documents)
            if name == "data_keys":
                keys.update(str(one["key"]) for one in documents)
    counts = dict(progress.counts)
    writer.end(bson.encode({"end": {"counts": counts, "keys": sorted(keys)}}))
    return progress.counts


def begin(resources: Resources, now: Clock) -> Document:
    """What the file says of the service that it comes from.

    `secret` tells another SECRET_KEY from this one and nothing else of it.
    """
    with resources.database.deadline(BATCH_SECONDS):
        mark = resources.database.collection(MARKS).find_one({"_id": "schema"})
    number = SCHEMA if mark is None else mark["number"]
    return {"begin": {"schema": number, "secret": fingerprint(resources), "at": now()}}


def fingerprint(resources: Resources) -> str:
    """Return what stays the same as long as devices are known again."""
    return resources.identity.keyed_hash("backup", "secret")


def _order(database: Database) -> list[str]:
    with database.deadline(BATCH_SECONDS):
        there = set(database.collections()) - {MARKS}
    between = sorted(there - {*FIRST, *LAST})
    return [name for name in (*FIRST, *between, *LAST) if name in there]


def _indexes(database: Database, name: str) -> list[Document]:
    """The indexes of a collection, with the fields in order."""
    with database.deadline(BATCH_SECONDS):
        found = database.collection(name).index_information()
    kept = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression")
    return [
        {
            "name": index,
            "fields": [[field, order] for field, order in one["key"]],
            **{option: one[option] for option in kept if option in one},
        }
        for index, one in sorted(found.items())
        if index != "_id_"
    ]


def _batches(database: Database, name: str) -> Iterator[list[RawBSONDocument]]:
    """The documents of a collection in the order in which they lie there."""
    collection: Collection[Any] = database.collection(name).with_options(codec_options=RAW)
    with database.deadline(BATCH_SECONDS):
        cursor = collection.find({}, batch_size=AT_ONCE)
    with cursor:
        batch = list[RawBSONDocument]()
        while True:
            with database.deadline(BATCH_SECONDS):
                document = next(cursor, None)
            if document is None:
                break
            batch.append(document)
            if len(batch) == AT_ONCE or sum(len(one.raw) for one in batch) > PART_BYTES:
                yield batch
                batch = []
    if batch:
        yield batch


def _spilled(
    database: Database, writer: Writer, progress: Progress, talks: Iterable[RawBSONDocument]
) -> None:
    chunks = [chunk for talk in talks for chunk in chat_store.chunk_ids(talk)]
    collection: Collection[Any] = database.collection("transcripts").with_options(codec_options=RAW)
    for start in range(0, len(chunks), AT_ONCE):
        with database.deadline(BATCH_SECONDS):
            found = list(collection.find({"_id": {"$in": chunks[start : start + AT_ONCE]}}))
        _write(writer, progress, "transcripts", found)


def _write(
    writer: Writer, progress: Progress, name: str, documents: Sequence[RawBSONDocument]
) -> None:
    if documents:
        raw = b"".join(one.raw for one in documents)
        writer.add(bson.encode({"collection": name}) + raw)
        progress.add(name, len(documents))
