"""The rules of coming in.

A teen needs nothing but a device or their WeChat; a staff member needs an invitation once, which
then stands for the device or the WeChat account it was used on. Staff are looked up at every call,
so a dismissal works at once.

One openid is one teen, from however many phones. A phone that was let in by its device while
WeChat was down keeps that account: it is bound to the openid at the next sign-in. Where the openid
has another account already the teen has two, since a talk must not vanish from the phone it is held
on; and a teen who talked in a browser before is another one in WeChat.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import msgspec
from pymongo.errors import DuplicateKeyError

from cloudfunctions.account import names, second_factor, store
from cloudfunctions.account.second_factor import Needs
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound, Unauthenticated
from cloudfunctions.common.identity import DESK, HALF_IN, LEADS, TOKEN_LIFE, Caller
from cloudfunctions.common.resources import Resources

INVITATION_LIFE = 7 * 24 * HOUR
INVITATION_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
INVITATION_LENGTH = 12
PAGE = 100
CONSENT_VERSION = 1
"""Of the words that a teen agreed to; a new wording asks again."""


Band = Literal["under_14", "from_14"]
"""14 is where the law asks for a parent's consent (PIPL, article 31)."""


class Session(msgspec.Struct):
    """A token and whom it stands for; `expires_at` in milliseconds since 1970.

    While `needs` is not '', the token is good for the second factor and nothing else.
    """

    token: str
    expires_at: int
    role: str
    id: str
    name: str
    needs: Needs = ""


class NewInvitation(msgspec.Struct):
    """A code that opens one staff account; `expires_at` in milliseconds since 1970."""

    invitation: str
    role: str
    expires_at: int


class NewFactor(msgspec.Struct):
    """A secret for an authenticator app, shown once; `uri` is the same as such apps open it."""

    secret: str
    uri: str


class Member(msgspec.Struct):
    """A member of the staff as those who lead see them; `by` is what they come in by."""

    id: str
    name: str
    role: str
    by: Literal["device", "wechat"]
    second_factor: bool
    joined_at: int


class Named(msgspec.Struct):
    """A name, and whether it waits for WeChat's check before teens see it."""

    name: str
    waits: bool


class Members(msgspec.Struct):
    """A page of the staff, in the order of their ids."""

    members: list[Member]
    more: bool


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
    """A staff member as other features see them.

    `name` is what teens see; `own_name` what the member wished for, to themselves.
    """

    id: str
    role: str
    name: str
    own_name: str = ""


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


def sign_in_teen_by_wechat(resources: Resources, openid: str, device: str | None) -> Session:
    """Find or make the teen of this openid, and of the phone's device where one is told.

    The device lets the same teen in while WeChat is down.
    """
    hashed = resources.identity.keyed_hash("wechat-teen", openid)
    phone = None if device is None else resources.identity.keyed_hash("device", device)
    found = _teen_at_phone(resources, hashed, phone) or _teen_of_wechat(resources, hashed, phone)
    _keep_openid(resources, "teens", found, openid)
    return _session(resources, Caller(found["_id"], "teen"), "")


def _teen_at_phone(resources: Resources, wechat: str, phone: str | None) -> Document | None:
    """Return the teen whom this phone knows, bound to the openid if both are still free."""
    found = None if phone is None else store.find_teen(resources.database, phone)
    if found is None or found.get("wechat") not in (None, wechat):
        return None
    if "wechat" not in found:
        store.bind_wechat(resources.database, found["_id"], wechat)
    return found


def _teen_of_wechat(resources: Resources, wechat: str, phone: str | None) -> Document:
    database = resources.database
    found = store.find_teen_by_wechat(database, wechat)
    if found is not None:
        return found
    taken = phone is None or store.find_teen(database, phone) is not None
    door = wechat if phone is None or taken else phone
    try:
        return store.add_teen(database, _new_id(), door, resources.now(), wechat)
    except DuplicateKeyError:
        # The same person came in twice at once; the other call made the account.
        return _teen_of_wechat(resources, wechat, phone)


def _keep_openid(resources: Resources, kind: store.Kind, person: Document, openid: str) -> None:
    """Seal the openid once, for the messages that WeChat sends by it."""
    if "openid" in person:
        return
    try:
        sealed = resources.vault.seal(person["_id"], "openid", openid)
    except Unreadable:
        # Without a key no message will reach them, which is no reason to shut the door.
        telemetry.note("openid_not_kept", kind=kind)
        return
    store.keep_openid(resources.database, kind, person["_id"], sealed)


def openid_of(resources: Resources, person: str) -> str:
    """Return the openid of a teen or a member of the staff; '' where none is known or readable."""
    sealed = store.sealed_openid(resources.database, person)
    if sealed is None:
        return ""
    try:
        return resources.vault.open(person, "openid", sealed)
    except Unreadable:
        telemetry.note("openid_unreadable")
        return ""


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
    return _staff_session(resources, _member_at(resources, "device", device, "这台设备"))


def sign_in_staff_by_wechat(resources: Resources, openid: str) -> Session:
    """Find the staff member of this WeChat account.

    Raises:
        Unauthenticated: the account is nobody's, or its owner was dismissed.
    """
    found = _member_at(resources, "wechat-staff", openid, "这个微信")
    _keep_openid(resources, "staff", found, openid)
    return _staff_session(resources, found)


def _member_at(resources: Resources, purpose: str, door: str, what: str) -> Document:
    """The member who comes by this door, which is kept as a keyed hash only."""
    hashed = resources.identity.keyed_hash(purpose, door)
    found = store.find_staff_by_device(resources.database, hashed)
    if found is None:
        raise Unauthenticated(f"{what}还没有登记。", hint="请用邀请码登记。")
    return found


def join(resources: Resources, invitation: str, device: str, name: str) -> Session:
    """Use `invitation` up for `device`; the same device may repeat a join whose answer was lost.

    Raises:
        BadRequest: the name is blank.
        Conflict: the device belongs to a staff member already.
        Unauthenticated: the invitation is unknown, used by another device, or too old.
    """
    door = resources.identity.keyed_hash("device", device)
    return _staff_session(resources, _joined(resources, invitation, door, name, "device"))


def join_by_wechat(resources: Resources, invitation: str, openid: str, name: str) -> Session:
    """Use `invitation` up for this WeChat account, by the same rules as for a device."""
    door = resources.identity.keyed_hash("wechat-staff", openid)
    member = _joined(resources, invitation, door, name, "wechat")
    _keep_openid(resources, "staff", member, openid)
    return _staff_session(resources, member)


def _joined(
    resources: Resources, invitation: str, door: str, name: str, by: Literal["device", "wechat"]
) -> Document:
    _check_name(name)
    code = _invitation_id(resources, invitation)
    member = store.find_staff_by_device(resources.database, door)
    if member is None:
        member = _add_member(resources, code, door, name.strip(), by)
    if member["invitation"] != code:
        what = "这个微信" if by == "wechat" else "这台设备"
        raise Conflict(f"{what}已经登记过了。", hint="请直接进入工作台。")
    return member


def _add_member(resources: Resources, code: str, door: str, name: str, by: str) -> Document:
    found = store.use_invitation(resources.database, code, door, resources.now())
    if found is None:
        raise Unauthenticated("邀请码不对，或者已经用过、过期了。", hint="请向运营要一个新的。")
    member = {
        "_id": _new_id(),
        "device": door,
        "by": by,
        "role": found["role"],
        **names.of_new(resources, name),
        "invitation": code,
        "joined_at": resources.now(),
    }
    return store.add_staff(resources.database, member)


def renew(resources: Resources, caller: Caller) -> Session:
    """Give a fresh token to someone who holds a good one."""
    if caller.role == "teen":
        return _session(resources, caller, "")
    member = _member_document(resources, caller)
    # A factor that was taken away, or became a duty, is asked for; one that was shown is not again.
    is_due = second_factor.needed(resources, member) == "enrol"
    return _staff_session(resources, member) if is_due else _full_session(resources, member)


def enrol_second_factor(resources: Resources, caller: Caller) -> NewFactor:
    """Make a secret for an authenticator app.

    Raises:
        Conflict: there is a factor already, or the member comes by WeChat.
    """
    return NewFactor(*second_factor.enrol(resources, _lead(resources, caller)))


def show_second_factor(resources: Resources, caller: Caller, code: str) -> Session:
    """Come in whole with a code of the second factor; raises what `second_factor.show` does."""
    member = _lead(resources, caller)
    second_factor.show(resources, member, code)
    return _full_session(resources, member)


def reset_second_factor(resources: Resources, member: str, by: Staff) -> Member:
    """Take the factor of another member away, so that they can set up a new one.

    Raises:
        Conflict: it is one's own; a lost phone needs a second person who knows its owner.
        NotFound: there is no such member.
    """
    if member == by.id:
        raise Conflict("自己的第二步验证，要请另一位来重置。", hint="请找另一位督导或运营。")
    found = store.find_staff(resources.database, member)
    if found is None:
        raise NotFound
    second_factor.reset(resources, member)
    return _member(found, has_factor=False)


def members(resources: Resources, sought: str, after: str) -> Members:
    """Return the staff whose name holds `sought`, 100 at a time."""
    found = store.staff_page(resources.database, sought.strip(), after, PAGE + 1)
    shown = found[:PAGE]
    on = store.second_factors_on(resources.database, [one["_id"] for one in shown])
    listed = [_member(one, has_factor=one["_id"] in on) for one in shown]
    return Members(listed, more=len(found) > PAGE)


def _member(found: Document, *, has_factor: bool) -> Member:
    return Member(
        id=found["_id"],
        name=names.own(found),
        role=found["role"],
        by=found.get("by", "device"),
        second_factor=has_factor,
        joined_at=found["joined_at"],
    )


def rename(resources: Resources, caller: Caller, name: str) -> Named:
    """Take another name; teens see it once WeChat's check has passed it.

    Raises:
        BadRequest: the name is blank.
    """
    member = staff_member(resources, caller)
    _check_name(name)
    fields = names.changed(resources, name.strip())
    store.set_name(resources.database, member.id, fields)
    return Named(name.strip(), waits="name_due" in fields)


def _check_name(name: str) -> None:
    if not name.strip():
        raise BadRequest("名字不能是空白。", hint="请写一个大家看得到的称呼。")


def check_names(resources: Resources) -> int:
    """Ask WeChat about the names that are due; returns how many verdicts came."""
    if resources.wechat is None:
        return 0
    found = store.names_due(resources.database, resources.now(), names.AT_ONCE)
    return sum(names.ask(resources, one, openid_of(resources, one["_id"])) for one in found)


def _lead(resources: Resources, caller: Caller) -> Document:
    """Return the document of somebody who leads, whole or half in."""
    found = store.find_staff(resources.database, caller.id)
    roles = LEADS if caller.role == HALF_IN else {caller.role}
    if found is None or found["role"] not in roles:
        raise Unauthenticated(hint="请重新登录工作台。")
    return found


def staff_member(resources: Resources, caller: Caller) -> Staff:
    """Return the staff member behind a token, as the database knows them now.

    Raises:
        Unauthenticated: dismissed, or of another role since the token was signed.
    """
    found = _member_document(resources, caller)
    return Staff(found["_id"], found["role"], found["name"], names.own(found))


def _member_document(resources: Resources, caller: Caller) -> Document:
    found = store.find_staff(resources.database, caller.id)
    if found is None or found["role"] != caller.role:
        raise Unauthenticated(hint="请重新登录工作台。")
    return found


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
    # Their openid and second factor were sealed with it.
    resources.vault.forget(member)


def _staff_session(resources: Resources, member: Document) -> Session:
    """Return the session of a member who has just come in, half a one if a factor is due."""
    needs = second_factor.needed(resources, member)
    if not needs:
        return _full_session(resources, member)
    half = _session(resources, Caller(member["_id"], HALF_IN), names.own(member))
    half.role, half.needs = member["role"], needs
    return half


def _full_session(resources: Resources, member: Document) -> Session:
    return _session(resources, Caller(member["_id"], member["role"]), names.own(member))


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
