"""The rules of coming in.

A teen needs nothing but a device; a staff member needs an invitation once, which then stands for
the device it was used on. Staff are looked up at every call, so a dismissal works at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import msgspec
from pymongo.errors import DuplicateKeyError

from cloudfunctions.account import store
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, Unauthenticated
from cloudfunctions.common.identity import DESK, TOKEN_LIFE, Caller
from cloudfunctions.common.resources import Resources

INVITATION_LIFE = 7 * 24 * HOUR
INVITATION_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
INVITATION_LENGTH = 12
CONSENT_VERSION = 1
"""Of the words that a teen agreed to; a new wording asks again."""


Band = Literal["under_14", "from_14"]
"""14 is where the law asks for a parent's consent (PIPL, article 31)."""


class Session(msgspec.Struct):
    """A token and whom it stands for; `expires_at` in milliseconds since 1970."""

    token: str
    expires_at: int
    role: str
    id: str
    name: str


class NewInvitation(msgspec.Struct):
    """A code that opens one staff account; `expires_at` in milliseconds since 1970."""

    invitation: str
    role: str
    expires_at: int


class Consents(msgspec.Struct):
    """What a teen has agreed to."""

    training: bool


class AgeBand(msgspec.Struct):
    """What a teen has said of their age."""

    band: Band


class Rota(msgspec.Struct):
    """Who is on call when: [{staff, step, from, until}]."""

    entries: list[Document]


@dataclass(frozen=True)
class Staff:
    """A staff member as other features see them."""

    id: str
    role: str
    name: str


def sign_in_teen(resources: Resources, device: str) -> Session:
    """Find or make the teen of this device."""
    hashed = resources.identity.keyed_hash("device", device)
    found = store.find_teen(resources.database, hashed)
    if found is None:
        try:
            found = store.add_teen(resources.database, _new_id(), hashed, resources.now())
        except DuplicateKeyError:
            # The same device came in twice at once; the other call made the account.
            return sign_in_teen(resources, device)
    return _session(resources, Caller(found["_id"], "teen"), "")


def set_consent(resources: Resources, teen: str, *, training: bool) -> Consents:
    """Keep what the teen says about training, with the version of the words and the time."""
    said = {"given": training, "version": CONSENT_VERSION, "at": resources.now()}
    if not store.set_consent(resources.database, teen, "training", said):
        raise Unauthenticated
    return Consents(training)


def consents_to_training(resources: Resources, teen: str) -> bool:
    """Whether the teen's corrected lines may be used to teach the reader; no word means no."""
    found = store.teen_by_id(resources.database, teen) or {}
    return bool(found.get("consents", {}).get("training", {}).get("given", False))


def set_age(resources: Resources, teen: str, band: Band) -> AgeBand:
    """Keep what the teen says of their age, with the time; nobody is kept from talking by it."""
    said = {"band": band, "at": resources.now()}
    if not store.set_age(resources.database, teen, said):
        raise Unauthenticated
    return AgeBand(band)


def age_band(resources: Resources, teen: str) -> Band:
    """Return what the teen has said of their age; no word counts as under 14."""
    found = store.teen_by_id(resources.database, teen) or {}
    return "from_14" if found.get("age", {}).get("band") == "from_14" else "under_14"


def sign_in_staff(resources: Resources, device: str) -> Session:
    """Find the staff member of this device.

    Raises:
        Unauthenticated: the device is nobody's, or its owner was dismissed.
    """
    hashed = resources.identity.keyed_hash("device", device)
    found = store.find_staff_by_device(resources.database, hashed)
    if found is None:
        raise Unauthenticated("这台设备还没有登记。", hint="请用邀请码登记。")
    return _session(resources, Caller(found["_id"], found["role"]), found["name"])


def join(resources: Resources, invitation: str, device: str, name: str) -> Session:
    """Use `invitation` up for `device`; the same device may repeat a join whose answer was lost.

    Raises:
        BadRequest: the name is blank.
        Conflict: the device belongs to a staff member already.
        Unauthenticated: the invitation is unknown, used by another device, or too old.
    """
    if not name.strip():
        raise BadRequest("名字不能是空白。", hint="请写一个大家看得到的称呼。")
    hashed = resources.identity.keyed_hash("device", device)
    code = _invitation_id(resources, invitation)
    member = store.find_staff_by_device(resources.database, hashed)
    if member is None:
        member = _add_member(resources, code, hashed, name.strip())
    if member["invitation"] != code:
        raise Conflict("这台设备已经登记过了。", hint="请直接进入工作台。")
    return _session(resources, Caller(member["_id"], member["role"]), member["name"])


def _add_member(resources: Resources, code: str, device: str, name: str) -> Document:
    found = store.use_invitation(resources.database, code, device, resources.now())
    if found is None:
        raise Unauthenticated("邀请码不对，或者已经用过、过期了。", hint="请向运营要一个新的。")
    member = {
        "_id": _new_id(),
        "device": device,
        "role": found["role"],
        "name": name,
        "invitation": code,
        "joined_at": resources.now(),
    }
    return store.add_staff(resources.database, member)


def renew(resources: Resources, caller: Caller) -> Session:
    """Give a fresh token to someone who holds a good one."""
    if caller.role == "teen":
        return _session(resources, caller, "")
    member = staff_member(resources, caller)
    return _session(resources, Caller(member.id, member.role), member.name)


def staff_member(resources: Resources, caller: Caller) -> Staff:
    """Return the staff member behind a token, as the database knows them now.

    Raises:
        Unauthenticated: dismissed, or of another role since the token was signed.
    """
    found = store.find_staff(resources.database, caller.id)
    if found is None or found["role"] != caller.role:
        raise Unauthenticated(hint="请重新登录工作台。")
    return Staff(found["_id"], found["role"], found["name"])


def colleague(resources: Resources, member: str) -> Staff | None:
    """Return another member of the desk by id."""
    found = store.find_staff(resources.database, member)
    if found is None or found["role"] not in DESK:
        return None
    return Staff(found["_id"], found["role"], found["name"])


def colleagues(resources: Resources) -> list[Staff]:
    """Return the whole staff."""
    return [
        Staff(one["_id"], one["role"], one["name"]) for one in store.staff_list(resources.database)
    ]


def rota(resources: Resources) -> list[Document]:
    """Return who is on call when: [{staff, step, from, until}]."""
    return store.rota(resources.database)


def set_rota(resources: Resources, entries: list[Document], by: str) -> list[Document]:
    """Replace the rota.

    Raises:
        BadRequest: a shift ends before it begins, or names nobody who may be on call.
    """
    known = {one.id for one in colleagues(resources) if one.role in FALLS_TO[LAST_STEP]}
    for entry in entries:
        if entry["until"] <= entry["from"] or entry["staff"] not in known:
            raise BadRequest("排班里有一行不对。", hint="请检查人和起止时间。")
    store.set_rota(resources.database, entries, by, resources.now())
    return entries


def on_call_for(resources: Resources, staff: Staff) -> frozenset[int]:
    """Return the steps of escalation that this member is on call for now.

    Where nobody stands in the rota for a step, everybody whose role it falls to is: counsellors for
    the first, supervisors for the second, all of them for the third.
    """
    now = resources.now()
    current = [one for one in rota(resources) if one["from"] <= now < one["until"]]
    steps = {one["step"] for one in current if one["staff"] == staff.id}
    # A step whose only people were dismissed is nobody's, so it falls to everybody again.
    known = {one.id for one in colleagues(resources)} if current else set()
    filled = {one["step"] for one in current if one["staff"] in known}
    return frozenset(
        steps | {s for s, roles in FALLS_TO.items() if s not in filled and staff.role in roles}
    )


LAST_STEP = 3
FALLS_TO = {
    1: ("counsellor", "supervisor"),
    2: ("supervisor",),
    3: ("counsellor", "supervisor"),
}


def invite(resources: Resources, role: str, by: str) -> NewInvitation:
    """Make a one-time invitation; only its keyed hash is stored."""
    code = "".join(secrets.choice(INVITATION_ALPHABET) for _ in range(INVITATION_LENGTH))
    expires_at = resources.now() + INVITATION_LIFE
    store.add_invitation(
        resources.database,
        {
            "_id": _invitation_id(resources, code),
            "role": role,
            "by": by,
            "expires_at": expires_at,
        },
    )
    shown = "-".join(code[i : i + 4] for i in range(0, INVITATION_LENGTH, 4))
    return NewInvitation(shown, role, expires_at)


def anyone_joined(resources: Resources) -> bool:
    """Whether the service has any staff."""
    return store.any_staff(resources.database)


def dismiss(resources: Resources, member: str) -> None:
    """End a membership; every later call with their token is refused."""
    store.remove_staff(resources.database, member)


def _session(resources: Resources, caller: Caller, name: str) -> Session:
    return Session(
        token=resources.identity.issue(caller),
        expires_at=resources.now() + TOKEN_LIFE,
        role=caller.role,
        id=caller.id,
        name=name,
    )


def _invitation_id(resources: Resources, code: str) -> str:
    plain = code.replace("-", "").replace(" ", "").upper()
    return resources.identity.keyed_hash("invitation", plain)


def _new_id() -> str:
    return secrets.token_urlsafe(16)
