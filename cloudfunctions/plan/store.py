"""Versions of plans, one document each, and beside them what a teen has chosen about their plan.

`plan_versions`: {_id: 'teen:version', teen, version, at, cid, sealed}. Nothing of it is ever
changed: the insert of the next number is the one write by which a plan changes, and of two at once
one wins. The newest version is the plan.
`plans`: {_id: teen, shared, open: n, suggestions: [{id, key, section, sealed, by, by_name, at,
answer: open|accepting|accepted|declined}]}. `open` counts the unanswered ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {
    "plan_versions": [
        IndexModel([("teen", ASCENDING), ("version", ASCENDING)], name="versions"),
        IndexModel([("teen", ASCENDING), ("cid", ASCENDING)], name="cids", unique=True),
    ],
}

FRESH: Document = {"shared": False, "open": 0, "suggestions": []}


def newest(database: Database, teen: str) -> Document | None:
    """Return the newest version of a teen's plan."""
    cursor = database.collection("plan_versions").find({"teen": teen})
    return next(iter(cursor.sort("version", DESCENDING).limit(1)), None)


def with_cid(database: Database, teen: str, cid: str) -> Document | None:
    """Return the version that was written under this cid."""
    return database.collection("plan_versions").find_one({"teen": teen, "cid": cid})


def numbered(database: Database, teen: str, version: int) -> Document | None:
    """Return one version."""
    return database.collection("plan_versions").find_one({"_id": version_id(teen, version)})


def version_id(teen: str, version: int) -> str:
    """The id of a version."""
    return f"{teen}:{version}"


def add(database: Database, document: Document) -> bool:
    """Insert a version; False if its number or its cid is taken."""
    try:
        database.collection("plan_versions").insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def listed(database: Database, teen: str, limit: int) -> list[Document]:
    """Return numbers and times of the newest versions, newest first."""
    fields = {"version": True, "at": True}
    cursor = database.collection("plan_versions").find({"teen": teen}, fields)
    return list(cursor.sort("version", DESCENDING).limit(limit))


def choices(database: Database, teen: str) -> Mapping[str, Any]:
    """Return what stands beside a plan; nothing chosen means not shared."""
    return database.collection("plans").find_one({"_id": teen}) or FRESH


def set_shared(database: Database, teen: str, *, on: bool) -> None:
    """Keep whether the teen shares their plan."""
    _make(database, teen)
    database.collection("plans").update_one({"_id": teen}, {"$set": {"shared": on}})


def add_suggestion(database: Database, teen: str, suggestion: Document, most: int) -> None:
    """Add a suggestion, unless its key is known or `most` are unanswered; one guarded write."""
    _make(database, teen)
    database.collection("plans").update_one(
        {"_id": teen, "suggestions.key": {"$ne": suggestion["key"]}, "open": {"$lt": most}},
        {"$push": {"suggestions": suggestion}, "$inc": {"open": 1}},
    )


def answer(
    database: Database, teen: str, suggestion: str, earlier: Sequence[str], answer: str, left: int
) -> bool:
    """Move a suggestion from one of the `earlier` answers to another; False if it has none of them.

    `left` is by how much the number of open ones changes.
    """
    one = {"$elemMatch": {"id": suggestion, "answer": {"$in": list(earlier)}}}
    result = database.collection("plans").update_one(
        {"_id": teen, "suggestions": one},
        {"$set": {"suggestions.$.answer": answer}, "$inc": {"open": left}},
    )
    return result.modified_count == 1


def _make(database: Database, teen: str) -> None:
    database.collection("plans").update_one({"_id": teen}, {"$setOnInsert": FRESH}, upsert=True)
