"""The words that were brought into talks from elsewhere: one document for the same words."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {
    "brought": [
        IndexModel([("kind", ASCENDING), ("at", ASCENDING)], name="kind"),
    ],
}


def keep(database: Database, document: Document) -> None:
    """Keep words that are to be brought into a talk; the same again is kept once."""
    guard = {"_id": document["_id"], "teen": document["teen"]}
    kept = {name: value for name, value in document.items() if name not in guard}
    database.collection("brought").update_one(guard, {"$setOnInsert": kept}, upsert=True)


def by_keys(database: Database, teen: str, keys: Sequence[str]) -> list[Document]:
    """Return words of this teen that were brought into a talk, in no order."""
    query = {"_id": {"$in": list(keys)}, "teen": teen}
    return list(database.collection("brought").find(query))


def count(database: Database, kind: str, since: int, until: int) -> int:
    """Return how many of `kind` were brought with `since` <= at < `until`."""
    query = {"kind": kind, "at": {"$gte": since, "$lt": until}}
    return database.collection("brought").count_documents(query)
