"""Check-ins, one document each, and what a teen has chosen about them.

`moods`: {_id: 'teen:cid', teen, cid, day, at, face, feelings, words: sealed or None, offer, safety,
worry?: {state: pending|done, level, types, due?}, removed_at?}. `worry.due` exists only while a
worry is pending, so its index stays as small as what is pending. Of a removed check-in nothing but
its id stays, so that a late repetition of it does not bring it back.
`mood_choices`: {_id: teen, shared, offered_at, offers: [{cid, at}]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {
    "moods": [
        IndexModel([("teen", ASCENDING), ("day", ASCENDING)], name="days"),
        IndexModel([("worry.due", ASCENDING)], name="worry", sparse=True),
    ],
}

KEPT_OFFERS = 100
THERE = {"removed_at": {"$exists": False}}


def mood_id(teen: str, cid: str) -> str:
    """The id of a check-in: two teens may use the same cid."""
    return f"{teen}:{cid}"


def find(database: Database, teen: str, cid: str) -> Document | None:
    """Return a check-in of this teen, also one that is removed."""
    return database.collection("moods").find_one({"_id": mood_id(teen, cid)})


def add(database: Database, document: Document) -> bool:
    """Insert a check-in; False if its cid is known already."""
    try:
        database.collection("moods").insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def between(database: Database, teen: str, first: str, last: str, limit: int) -> list[Document]:
    """Return the newest check-ins of these days, oldest first."""
    query = {"teen": teen, "day": {"$gte": first, "$lte": last}, **THERE}
    cursor = database.collection("moods").find(query).sort("day", DESCENDING).limit(limit)
    return sorted(cursor, key=lambda one: (one["day"], one["at"]))


def count_low(database: Database, teen: str, first: str, last: str, low: int) -> int:
    """Return how many check-ins of these days have a face of `low` or below."""
    query = {"teen": teen, "day": {"$gte": first, "$lte": last}, "face": {"$lte": low}, **THERE}
    return database.collection("moods").count_documents(query)


def hide(database: Database, teen: str, cid: str, at: int) -> None:
    """Mark a check-in as removed; one that has not come yet is refused when it does."""
    database.collection("moods").update_one(
        {"_id": mood_id(teen, cid)},
        {"$set": {"removed_at": at}, "$setOnInsert": {"teen": teen, "cid": cid}},
        upsert=True,
    )


def wipe(database: Database, mood: str) -> None:
    """Take everything out of a removed check-in, unless a worry of it is still pending."""
    gone = ("day", "at", "face", "feelings", "words", "offer", "safety", "worry")
    database.collection("moods").update_one(
        {"_id": mood, "removed_at": {"$exists": True}, "worry.due": {"$exists": False}},
        {"$unset": dict.fromkeys(gone, "")},
    )


def worried(database: Database, now: int, limit: int) -> list[Document]:
    """Return check-ins with a pending worry, the longest due first."""
    cursor = database.collection("moods").find({"worry.due": {"$lte": now}})
    return list(cursor.sort("worry.due", ASCENDING).limit(limit))


def worry_done(database: Database, mood: str) -> None:
    """The worry has reached the talk."""
    database.collection("moods").update_one(
        {"_id": mood}, {"$set": {"worry.state": "done"}, "$unset": {"worry.due": ""}}
    )


def worry_later(database: Database, mood: str, due: int) -> None:
    """Try a pending worry again at `due`, so that the others have their turn."""
    database.collection("moods").update_one(
        {"_id": mood, "worry.state": "pending"}, {"$set": {"worry.due": due}}
    )


def choices(database: Database, teen: str) -> Mapping[str, Any]:
    """Return what the teen has chosen; nothing chosen means not shared."""
    found = database.collection("mood_choices").find_one({"_id": teen})
    return found or {"shared": False, "offered_at": 0, "offers": []}


def set_shared(database: Database, teen: str, *, on: bool) -> None:
    """Keep whether the teen shares their moods."""
    database.collection("mood_choices").update_one(
        {"_id": teen},
        {"$set": {"shared": on}, "$setOnInsert": {"offered_at": 0, "offers": []}},
        upsert=True,
    )


def claim_offer(database: Database, teen: str, cid: str, now: int, before: int) -> bool:
    """Note that `cid` brings the offer, unless one came after `before`; one guarded write.

    Returns whether it is this check-in that brings it, also when asked again.
    """
    collection = database.collection("mood_choices")
    fresh = {"shared": False, "offered_at": 0, "offers": []}
    collection.update_one({"_id": teen}, {"$setOnInsert": fresh}, upsert=True)
    offer = {"$each": [{"cid": cid, "at": now}], "$slice": -KEPT_OFFERS}
    collection.update_one(
        {"_id": teen, "offered_at": {"$lte": before}, "offers.cid": {"$ne": cid}},
        {"$set": {"offered_at": now}, "$push": {"offers": offer}},
    )
    return any(one["cid"] == cid for one in choices(database, teen)["offers"])
