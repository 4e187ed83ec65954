"""Consents of staff to be told of alerts through WeChat: {_id: member, left, cids}.

`left` exists only while there is one, so that whoever is told is found by its index.
"""

from __future__ import annotations

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {"staff_notices": [IndexModel([("left", ASCENDING)], name="left", sparse=True)]}
KEPT_CIDS = 20


def add(database: Database, member: str, cid: str, most: int) -> None:
    """Count one more consent, once for every cid and up to `most`."""
    consents = database.collection("staff_notices")
    query = {"_id": member, "cids": {"$ne": cid}}
    push = {"cids": {"$each": [cid], "$slice": -KEPT_CIDS}}
    try:
        consents.update_one(query, {"$inc": {"left": 1}, "$push": push}, upsert=True)
    except DuplicateKeyError:
        # The document stands and this cid is in it: counted before.
        return
    consents.update_one({"_id": member, "left": {"$gt": most}}, {"$set": {"left": most}})


def left(database: Database, member: str) -> int:
    """How many messages this member has consented to."""
    found = database.collection("staff_notices").find_one({"_id": member})
    return int((found or {}).get("left", 0))


def who(database: Database, limit: int) -> list[str]:
    """Return members who have consented to a message."""
    found = database.collection("staff_notices").find({"left": {"$gt": 0}}, {"_id": True})
    return [str(one["_id"]) for one in found.limit(limit)]


def use_up(database: Database, member: str) -> bool:
    """Take one consent; False if there was none."""
    query: Document = {"_id": member, "left": {"$gt": 0}}
    consents = database.collection("staff_notices")
    return consents.update_one(query, {"$inc": {"left": -1}}).modified_count == 1


def give_back(database: Database, member: str) -> None:
    """A consent was not used after all."""
    database.collection("staff_notices").update_one({"_id": member}, {"$inc": {"left": 1}})


def none_left(database: Database, member: str) -> None:
    """WeChat knows of no consent: neither do we."""
    database.collection("staff_notices").update_one({"_id": member}, {"$unset": {"left": ""}})
