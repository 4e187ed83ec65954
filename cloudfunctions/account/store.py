"""Teens, staff, invitations and second factors.

`device` of a teen and of a member is the keyed hash of what they first came in by: a device's
secret, or an openid where they came by WeChat without one. `wechat` of a teen is the keyed hash of
their openid, and `openid` of both the openid itself, sealed with the person's own key.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

Kind = Literal["teens", "staff"]
KINDS: tuple[Kind, ...] = get_args(Kind)

INDEXES: Indexes = {
    "teens": [
        IndexModel([("device", 1)], name="device", unique=True),
        IndexModel([("wechat", 1)], name="wechat", unique=True, sparse=True),
    ],
    "staff": [
        IndexModel([("device", 1)], name="device", unique=True),
        IndexModel([("name_due", 1)], name="name", sparse=True),
    ],
    "presence": [IndexModel([("status", 1), ("seen_at", 1)], name="present")],
}


def find_teen(database: Database, device: str) -> Document | None:
    """Return the teen of a hashed device."""
    return database.collection("teens").find_one({"device": device})


def find_teen_by_wechat(database: Database, wechat: str) -> Document | None:
    """Return the teen of a hashed openid."""
    return database.collection("teens").find_one({"wechat": wechat})


def add_teen(
    database: Database, teen: str, device: str, at: int, wechat: str | None = None
) -> Document:
    """Insert a teen; DuplicateKeyError if the device or the openid has one."""
    document: Document = {"_id": teen, "device": device, "joined_at": at}
    if wechat is not None:
        document["wechat"] = wechat
    database.collection("teens").insert_one(document)
    return document


def bind_wechat(database: Database, teen: str, wechat: str) -> bool:
    """Give a teen who has none this hashed openid; False if another has it or they have one."""
    try:
        result = database.collection("teens").update_one(
            {"_id": teen, "wechat": {"$exists": False}}, {"$set": {"wechat": wechat}}
        )
    except DuplicateKeyError:
        return False
    return result.modified_count == 1


def keep_openid(database: Database, kind: Kind, person: str, sealed: bytes) -> None:
    """Keep the sealed openid of a person."""
    database.collection(kind).update_one({"_id": person}, {"$set": {"openid": sealed}})


def sealed_openid(database: Database, person: str) -> bytes | None:
    """Return the sealed openid of a teen or a member of the staff; None if there is none."""
    for kind in KINDS:
        found = database.collection(kind).find_one({"_id": person}, {"openid": True})
        if found is not None:
            return found.get("openid")
    return None


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


def set_name(database: Database, member: str, fields: Document) -> bool:
    """Set the fields of a name; False if there is no such member."""
    found = database.collection("staff").update_one({"_id": member}, {"$set": fields})
    return found.matched_count == 1


def names_due(database: Database, now: int, limit: int) -> list[Document]:
    """Return members whose name is to be asked about, the longest due first."""
    found = database.collection("staff").find({"name_due": {"$lte": now}})
    return list(found.sort("name_due", 1).limit(limit))


def note_name(database: Database, member: Document, fields: Document, due: int | None) -> bool:
    """Write down how the check of a name stands, if it is still this one; None: it has ended."""
    update: Document = {"$set": {**fields, **({} if due is None else {"name_due": due})}}
    if due is None:
        update["$unset"] = {"name_due": ""}
    query = {"_id": member["_id"], "wished.name": member["wished"]["name"]}
    query["name_due"] = member["name_due"]
    return database.collection("staff").update_one(query, update).matched_count == 1


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
    remove_second_factor(database, member)


def second_factor(database: Database, member: str) -> Document | None:
    """Return the factor of a member: {sealed, confirmed, step, tries, locked_until}."""
    return database.collection("second_factors").find_one({"_id": member})


def second_factors_on(database: Database, members: list[str]) -> set[str]:
    """Return who of these members has a factor that was shown once."""
    query = {"_id": {"$in": members}, "confirmed": True}
    return {one["_id"] for one in database.collection("second_factors").find(query, {"_id": True})}


def set_second_factor(database: Database, member: str, sealed: bytes, at: int) -> bool:
    """Keep a new secret that is still to be shown; False if one was shown already.

    Tries stay counted: making a secret anew must not open what wrong codes have shut.
    """
    try:
        database.collection("second_factors").update_one(
            {"_id": member, "confirmed": False},
            {
                "$set": {"sealed": sealed, "at": at, "step": 0},
                "$setOnInsert": {"tries": 0, "locked_until": 0},
            },
            upsert=True,
        )
    except DuplicateKeyError:
        return False
    return True


def take_try(database: Database, member: str, most: int, now: int, until: int) -> bool:
    """Count one more try, by one guarded write; False while they are used up.

    Used up they are until `locked_until`, which each try sets anew; then the count begins again.
    """
    factors = database.collection("second_factors")
    again = {"$set": {"locked_until": until}, "$inc": {"tries": 1}}
    if factors.update_one({"_id": member, "tries": {"$lt": most}}, again).modified_count:
        return True
    anew = {"$set": {"locked_until": until, "tries": 1}}
    over = {"_id": member, "tries": {"$gte": most}, "locked_until": {"$lte": now}}
    return factors.update_one(over, anew).modified_count == 1


def use_step(database: Database, member: str, sealed: bytes, step: int) -> bool:
    """Use the code of a step up and forget the tries; False if that step or a later one was used.

    `sealed` is the secret that the code was held against: one that was made anew meanwhile stays.
    """
    result = database.collection("second_factors").update_one(
        {"_id": member, "sealed": sealed, "step": {"$lt": step}},
        {"$set": {"step": step, "confirmed": True, "tries": 0}},
    )
    return result.modified_count == 1


def remove_second_factor(database: Database, member: str) -> None:
    """Remove the factor of a member."""
    database.collection("second_factors").delete_one({"_id": member})


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


def staff_page(database: Database, sought: str, after: str, most: int) -> list[Document]:
    """Return members whose name holds `sought`, in the order of their ids, those after `after`."""
    query: Document = {"_id": {"$gt": after}}
    if sought:
        # A name that waits for its check is known to whoever leads.
        holds = {"$regex": re.escape(sought)}
        query["$or"] = [{"name": holds}, {"wished.name": holds}]
    fields = {"role": True, "name": True, "wished": True, "by": True, "joined_at": True}
    return list(database.collection("staff").find(query, fields).sort("_id", 1).limit(most))


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
