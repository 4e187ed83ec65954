"""Teens, staff and invitations. Devices and invitations are kept as keyed hashes only."""

from __future__ import annotations

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {
    "teens": [IndexModel([("device", 1)], name="device", unique=True)],
    "staff": [IndexModel([("device", 1)], name="device", unique=True)],
    "presence": [IndexModel([("status", 1), ("seen_at", 1)], name="present")],
}


def find_teen(database: Database, device: str) -> Document | None:
    """Return the teen of a hashed device."""
    return database.collection("teens").find_one({"device": device})


def add_teen(database: Database, teen: str, device: str, at: int) -> Document:
    """Insert a teen; DuplicateKeyError if the device has one."""
    document: Document = {"_id": teen, "device": device, "joined_at": at}
    database.collection("teens").insert_one(document)
    return document


def teen_by_id(database: Database, teen: str) -> Document | None:
    """Return a teen by id."""
    return database.collection("teens").find_one({"_id": teen})


def set_consent(database: Database, teen: str, kind: str, said: Document) -> bool:
    """Keep one consent of a teen; False if there is no such teen."""
    result = database.collection("teens").update_one(
        {"_id": teen}, {"$set": {f"consents.{kind}": said}}
    )
    return result.matched_count == 1


def set_age(database: Database, teen: str, said: Document) -> bool:
    """Keep what a teen said of their age; False if there is no such teen."""
    result = database.collection("teens").update_one({"_id": teen}, {"$set": {"age": said}})
    return result.matched_count == 1


def find_staff(database: Database, member: str) -> Document | None:
    """Return a staff member by id."""
    return database.collection("staff").find_one({"_id": member})


def find_staff_by_device(database: Database, device: str) -> Document | None:
    """Return the staff member of a hashed device."""
    return database.collection("staff").find_one({"device": device})


def add_staff(database: Database, member: Document) -> Document:
    """Insert a staff member, or return the one that the same device got a moment before."""
    try:
        database.collection("staff").insert_one(member)
    except DuplicateKeyError:
        return find_staff_by_device(database, member["device"]) or member
    return member


def any_staff(database: Database) -> bool:
    """Whether there is a staff member."""
    return database.collection("staff").find_one({}, {"_id": True}) is not None


def remove_staff(database: Database, member: str) -> None:
    """Remove a staff member, and first the invitation that would let them come in again."""
    found = find_staff(database, member)
    if found is not None:
        database.collection("invitations").delete_one({"_id": found["invitation"]})
    database.collection("staff").delete_one({"_id": member})
    database.collection("presence").delete_one({"_id": member})


def add_invitation(database: Database, invitation: Document) -> None:
    """Insert an invitation."""
    database.collection("invitations").insert_one(invitation)


def use_invitation(database: Database, code: str, device: str, now: int) -> Document | None:
    """Mark an invitation as used by `device` and return it; None if it is not to be had.

    The mark is one guarded write, so two devices never share an invitation.
    """
    invitations = database.collection("invitations")
    invitations.update_one(
        {"_id": code, "device": {"$exists": False}, "expires_at": {"$gt": now}},
        {"$set": {"device": device, "used_at": now}},
    )
    found = invitations.find_one({"_id": code})
    return found if found is not None and found.get("device") == device else None


def presence(database: Database, member: str, role: str) -> Document:
    """Return the presence of a member, made on first use."""
    presences = database.collection("presence")
    found = presences.find_one({"_id": member})
    if found is not None and found["role"] == role:
        return found
    presences.update_one(
        {"_id": member},
        {
            "$set": {"role": role},
            "$setOnInsert": {
                "status": "away",
                "seen_at": 0,
                "talks": [],
                "load": 0,
                "skills": [],
                "automatic": False,
                "lost": [],
            },
        },
        upsert=True,
    )
    return presences.find_one({"_id": member}) or {}


def rota(database: Database) -> list[Document]:
    """Return who is on call when: [{staff, step, from, until}]."""
    found = database.collection("rota").find_one({"_id": "rota"})
    return [] if found is None else list(found["entries"])


def set_rota(database: Database, entries: list[Document], by: str, at: int) -> None:
    """Replace the rota."""
    database.collection("rota").update_one(
        {"_id": "rota"}, {"$set": {"entries": entries, "by": by, "at": at}}, upsert=True
    )


def staff_list(database: Database) -> list[Document]:
    """Return every member of the staff: [{_id, role, name}]."""
    return list(database.collection("staff").find({}, {"role": True, "name": True}))


def set_presence(database: Database, member: str, fields: Document) -> None:
    """Set fields of a presence."""
    database.collection("presence").update_one({"_id": member}, {"$set": fields})


def present(database: Database, since: int) -> list[Document]:
    """Return the presences of those available who were seen after `since`."""
    query = {"status": "available", "seen_at": {"$gt": since}}
    return list(database.collection("presence").find(query))


def reserve_place(database: Database, member: str, place: Document, room: int) -> bool:
    """Add a place {key, id, at, weight} if the load is at most `room`; one guarded write."""
    result = database.collection("presence").update_one(
        {"_id": member, "load": {"$lte": room}},
        {"$push": {"talks": place}, "$inc": {"load": place["weight"]}},
    )
    return result.modified_count == 1


def places(database: Database, member: str) -> list[Document]:
    """Return the places a member has taken: [{key, id, at, weight}]."""
    found = database.collection("presence").find_one({"_id": member})
    return [] if found is None else list(found["talks"])


def release_place(database: Database, member: str, place: Document) -> None:
    """Remove a place and its weight, once however often it is called."""
    database.collection("presence").update_one(
        {"_id": member, "talks.key": place["key"]},
        {"$pull": {"talks": {"key": place["key"]}}, "$inc": {"load": -place["weight"]}},
    )


def push_lost(database: Database, member: str, lost: Document) -> None:
    """Add a talk that a member lost; the newest ten are kept."""
    database.collection("presence").update_one(
        {"_id": member}, {"$push": {"lost": {"$each": [lost], "$slice": -10}}}
    )


def weigh_place(database: Database, member: str, place: Document, weight: int) -> None:
    """Give a place another weight, unless somebody else has just done so."""
    database.collection("presence").update_one(
        {"_id": member, "talks": {"$elemMatch": {"key": place["key"], "weight": place["weight"]}}},
        {"$set": {"talks.$.weight": weight}, "$inc": {"load": weight - place["weight"]}},
    )
