"""Which staff are here, and how many talks each may take.

Promise: nobody carries more than their limit, because a place with its weight is reserved by one
guarded write before a talk is claimed, and given back if the claim fails. A place that a crash left
behind is given back at the member's next claim.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from cloudfunctions.account import store
from cloudfunctions.account.service import Staff
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict
from cloudfunctions.common.resources import Resources

LIMIT = {"listener": 3, "counsellor": 6, "supervisor": 6}
"""The load a member may carry: calm talks count 1, graver ones more. Whoever holds nothing may take
any one talk."""
GONE_AFTER = 90 * SECOND
SEEN_EVERY = 20 * SECOND
PRESENT_AGE = 2.0
"""Seconds that a process keeps the list of who is here."""
RESERVATION = 10 * SECOND
"""A place reserved this long ago without a talk belongs to a claim that never came."""


def of(resources: Resources, staff: Staff) -> Document:
    """Return the presence of a member, made at the first look."""
    return store.presence(resources.database, staff.id, staff.role)


def seen(resources: Resources, staff: Staff) -> Document:
    """Note that the member is here; written at most every `SEEN_EVERY`."""
    current = of(resources, staff)
    now = resources.now()
    if current["seen_at"] < now - SEEN_EVERY:
        store.set_presence(resources.database, staff.id, {"seen_at": now})
        current["seen_at"] = now
    return current


def set_status(resources: Resources, staff: Staff, status: str, wishes: Document) -> Document:
    """Set 'available' or 'away', and what the member wishes: skills, automatic."""
    fields = {"status": status, "seen_at": resources.now(), **wishes}
    current = of(resources, staff)
    store.set_presence(resources.database, staff.id, fields)
    return {**current, **fields}


def people_online(resources: Resources) -> int:
    """How many are here and available."""
    return len(_present(resources))


def counsellor_free(resources: Resources) -> bool:
    """Whether a counsellor or supervisor is here, available, and below their limit."""
    return any(
        one["role"] in ("counsellor", "supervisor") and one["load"] < LIMIT[one["role"]]
        for one in _present(resources)
    )


def look_again(resources: Resources) -> None:
    """Let the next question about who is here be answered from the database."""
    resources.recent.forget("present")


def _present(resources: Resources) -> list[Document]:
    def read() -> list[Document]:
        return store.present(resources.database, resources.now() - GONE_AFTER)

    return resources.recent.get("present", PRESENT_AGE, read)


def reserve(resources: Resources, staff: Staff, conversation: str, weight: int) -> str:
    """Take a place of this weight and return its key.

    Raises:
        Conflict: the member carries too much for it.
    """
    place = {
        "key": secrets.token_urlsafe(8),
        "id": conversation,
        "at": resources.now(),
        "weight": weight,
    }
    room = max(LIMIT[staff.role] - weight, 0)
    if not store.reserve_place(resources.database, staff.id, place, room):
        raise Conflict("手上的倾诉已经够重了。", hint="先把其中一段登记结束或转接，再接下一位。")
    return str(place["key"])


def cancel(resources: Resources, staff: str, key: str) -> None:
    """Give back the place of a claim that failed; another window's place for the talk stays."""
    for place in store.places(resources.database, staff):
        if place["key"] == key:
            store.release_place(resources.database, staff, place)


def release(resources: Resources, staff: str, conversation: str) -> None:
    """Give back the place of a talk that has left the member's hands."""
    for place in store.places(resources.database, staff):
        if place["id"] == conversation:
            store.release_place(resources.database, staff, place)


def is_here(resources: Resources, member: str) -> bool:
    """Whether a member is on duty and was heard of lately."""
    return any(one["_id"] == member for one in _present(resources))


def colleagues(resources: Resources) -> list[Document]:
    """Return the presences of everybody on duty."""
    return _present(resources)


def tell_lost(resources: Resources, staff: str, conversation: str) -> None:
    """Note for a member that a talk has left their hands without their doing."""
    store.push_lost(resources.database, staff, {"id": conversation, "at": resources.now()})


def tell_alert_lost(resources: Resources, staff: str, conversation: str) -> None:
    """Note for a member that an alert went on to others because they did nothing about it."""
    lost = {"id": conversation, "at": resources.now(), "what": "alert"}
    store.push_lost(resources.database, staff, lost)


def read_lost(resources: Resources, staff: str) -> None:
    """The member has read what they lost."""
    store.set_presence(resources.database, staff, {"lost": []})


def settle(resources: Resources, staff: Staff, held: Mapping[str, int]) -> Document:
    """Make the places those of `held` (talk → weight now), and return the presence.

    A place that was reserved just now is left alone: its claim is under way.
    """
    current = of(resources, staff)
    settled = set[str]()
    for place in current["talks"]:
        weight = held.get(place["id"])
        # Two windows may have reserved one talk; where one of them died, its place is nobody's.
        needless = weight is None or place["id"] in settled
        if needless and place["at"] < resources.now() - RESERVATION:
            store.release_place(resources.database, staff.id, place)
        elif weight is not None and weight != place["weight"]:
            store.weigh_place(resources.database, staff.id, place, weight)
        if weight is not None:
            settled.add(place["id"])
    return current
