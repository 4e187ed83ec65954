"""Which staff are here, and how many talks each may take.

Promise: nobody holds more places than their limit, because a place is reserved by one guarded write
before a talk is claimed, and given back if the claim fails. A place that a crash left behind is
given back at the member's next claim.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

from cloudfunctions.account import store
from cloudfunctions.account.service import Staff
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict
from cloudfunctions.common.resources import Resources

LIMIT = 3
"""Talks at once."""
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


def set_status(resources: Resources, staff: Staff, status: str) -> Document:
    """Set 'available' or 'away'."""
    fields = {"status": status, "seen_at": resources.now()}
    current = of(resources, staff)
    store.set_presence(resources.database, staff.id, fields)
    return {**current, **fields}


def people_online(resources: Resources) -> int:
    """How many are here and available."""
    return len(_present(resources))


def counsellor_free(resources: Resources) -> bool:
    """Whether a counsellor or supervisor is here, available, and below their limit."""
    return any(
        one["role"] in ("counsellor", "supervisor") and len(one["talks"]) < LIMIT
        for one in _present(resources)
    )


def _present(resources: Resources) -> list[Document]:
    def read() -> list[Document]:
        return store.present(resources.database, resources.now() - GONE_AFTER)

    return resources.recent.get("present", PRESENT_AGE, read)


def reserve(resources: Resources, staff: str, conversation: str) -> str:
    """Take one of the member's places and return its key.

    Raises:
        Conflict: all are taken.
    """
    place = {"key": secrets.token_urlsafe(8), "id": conversation, "at": resources.now()}
    if not store.reserve_place(resources.database, staff, place, LIMIT):
        raise Conflict(
            f"手上已经有 {LIMIT} 段倾诉了。", hint="先把其中一段登记结束或转接，再接下一位。"
        )
    return str(place["key"])


def cancel(resources: Resources, staff: str, key: str) -> None:
    """Give back the place of a claim that failed; another window's place for the talk stays."""
    store.release_place(resources.database, staff, {"key": key})


def release(resources: Resources, staff: str, conversation: str) -> None:
    """Give back the place of a talk that has left the member's hands."""
    store.release_place(resources.database, staff, {"id": conversation})


def keep_only(resources: Resources, staff: str, held: Collection[str]) -> None:
    """Give back every place whose talk is not in `held`, unless it was reserved just now."""
    for place in store.places(resources.database, staff):
        if place["id"] not in held and place["at"] < resources.now() - RESERVATION:
            store.release_place(resources.database, staff, {"key": place["key"]})
