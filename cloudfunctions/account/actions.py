"""What may be called to come in."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cloudfunctions.account import service
from cloudfunctions.account.by_wechat import openid_at_door
from cloudfunctions.common.errors import BadRequest
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import ANYONE, HALF_IN, LEADS, STAFF, TEEN, StaffRole
from cloudfunctions.common.limits import Rate
from cloudfunctions.common.payload import DocumentId, RequestStruct, Secret, Seq

actions = Registry()

SIGN_IN_RATE = Rate(times=600, seconds=60)
"""Generous, because a whole school may stand behind one address."""
JOIN_RATE = Rate(times=30, seconds=60)

Invitation = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9 -]{8,32}\Z")]
LoginCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._~-]{1,128}\Z")]
"""What wx.login gives; good once, for five minutes."""
FactorCode = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class SignIn(RequestStruct):
    """The device's own secret, made once and kept by the client."""

    device: Secret


class WeChatSignIn(RequestStruct):
    """The code of wx.login, unless the door proves who it is; and the device of the phone."""

    code: LoginCode | None = None
    device: Secret | None = None


class StaffWeChatSignIn(RequestStruct):
    """The code of wx.login, unless the door proves who it is."""

    code: LoginCode | None = None


class Join(RequestStruct):
    """An invitation, what it is to be bound to, and the name teens will see.

    It is bound to the WeChat account of `code` or of the door, and without one to `device`.
    """

    invitation: Invitation
    name: Name
    device: Secret | None = None
    code: LoginCode | None = None


class Renew(RequestStruct):
    """Nothing: the token says it all."""


class Invite(RequestStruct):
    """The role that the invited person will have."""

    role: StaffRole


@actions.action("account.sign_in", who=ANYONE, rate=SIGN_IN_RATE)
def sign_in(call: Call, request: SignIn) -> service.Session:
    """A teen's device comes in; the first time makes the account."""
    return service.sign_in_teen(call.resources, request.device)


@actions.action("account.wechat_sign_in", who=ANYONE, rate=SIGN_IN_RATE, waits=True)
def wechat_sign_in(call: Call, request: WeChatSignIn) -> service.Session:
    """A teen comes in by WeChat; the first time makes the account."""
    openid = openid_at_door(call.resources, request.code or "", call.openid)
    with call.resources.database.deadline():
        return service.sign_in_teen_by_wechat(call.resources, openid, request.device)


@actions.action("account.join", who=ANYONE, rate=JOIN_RATE, waits=True)
def join(call: Call, request: Join) -> service.Session:
    """A person with an invitation joins the staff."""
    if request.code or call.openid:
        openid = openid_at_door(call.resources, request.code or "", call.openid)
        with call.resources.database.deadline():
            return service.join_by_wechat(call.resources, request.invitation, openid, request.name)
    if request.device is None:
        raise BadRequest("少了这台设备或微信的凭据。", hint="请重新打开页面。")
    with call.resources.database.deadline():
        return service.join(call.resources, request.invitation, request.device, request.name)


@actions.action("account.staff_wechat_sign_in", who=ANYONE, rate=SIGN_IN_RATE, waits=True)
def staff_wechat_sign_in(call: Call, request: StaffWeChatSignIn) -> service.Session:
    """A staff member comes in again by their WeChat account."""
    openid = openid_at_door(call.resources, request.code or "", call.openid)
    with call.resources.database.deadline():
        return service.sign_in_staff_by_wechat(call.resources, openid)


@actions.action("account.staff_sign_in", who=ANYONE, rate=SIGN_IN_RATE)
def staff_sign_in(call: Call, request: SignIn) -> service.Session:
    """A staff member's device comes in again."""
    return service.sign_in_staff(call.resources, request.device)


@actions.action("account.renew", who=TEEN | STAFF)
def renew(call: Call, request: Renew) -> service.Session:
    """A fresh token for someone who still has a good one."""
    return service.renew(call.resources, call.caller)


class Consent(RequestStruct):
    """Whether corrected lines of this teen's talks may be used to teach the reader."""

    training: bool


@actions.action("account.consent", who=TEEN)
def consent(call: Call, request: Consent) -> service.Consents:
    """Agree, or take it back: from then on nothing more is exported."""
    return service.set_consent(call.resources, call.caller.id, training=request.training)


class Age(RequestStruct):
    """What the teen says of their age, no more exactly than it is needed."""

    band: service.Band


@actions.action("account.age", who=TEEN)
def age(call: Call, request: Age) -> service.AgeBand:
    """Say whether one is under 14; what is marked as not for under-14s rests on it."""
    return service.set_age(call.resources, call.caller.id, request.band)


class Shift(RequestStruct):
    """Somebody on call for a step of escalation (1–3); times in milliseconds since 1970."""

    staff: DocumentId
    step: Annotated[int, msgspec.Meta(ge=1, le=3)]
    from_: Seq = msgspec.field(name="from")
    until: Seq


class SetRota(RequestStruct):
    """The whole rota, replaced."""

    entries: Annotated[list[Shift], msgspec.Meta(max_length=500)]


class Nothing(RequestStruct):
    """No fields."""


@actions.action("account.rota", who=LEADS)
def rota(call: Call, request: Nothing) -> service.Rota:
    """See who is on call when."""
    service.staff_member(call.resources, call.caller)
    return service.Rota(service.rota(call.resources))


@actions.action("account.set_rota", who=LEADS)
def set_rota(call: Call, request: SetRota) -> service.Rota:
    """Say who is on call when."""
    service.staff_member(call.resources, call.caller)
    entries = [msgspec.to_builtins(one) for one in request.entries]
    return service.Rota(service.set_rota(call.resources, entries, call.caller.id))


@actions.action("account.invite", who=LEADS)
def invite(call: Call, request: Invite) -> service.NewInvitation:
    """A one-time invitation, shown once."""
    service.staff_member(call.resources, call.caller)
    return service.invite(call.resources, request.role, call.caller.id)


class Rename(RequestStruct):
    """The name teens will see."""

    name: Name


@actions.action("account.rename", who=STAFF)
def rename(call: Call, request: Rename) -> service.Named:
    """Go by another name."""
    return service.rename(call.resources, call.caller, request.name)


class OfMember(RequestStruct):
    """A member of the staff."""

    member: DocumentId


class ReadStaff(RequestStruct):
    """Part of a name ('' for everybody), and the id of the last one held."""

    sought: Annotated[str, msgspec.Meta(max_length=20)] = ""
    after: Annotated[str, msgspec.Meta(pattern=r"\A([A-Za-z0-9_-]{8,64})?\Z")] = ""


@actions.action("account.staff", who=LEADS)
def staff(call: Call, request: ReadStaff) -> service.Members:
    """See the whole staff, here or not."""
    service.staff_member(call.resources, call.caller)
    return service.members(call.resources, request.sought, request.after)


class ShowSecondFactor(RequestStruct):
    """Six digits of an authenticator app."""

    code: FactorCode


@actions.action("account.enrol_second_factor", who=LEADS | {HALF_IN})
def enrol_second_factor(call: Call, request: Nothing) -> service.NewFactor:
    """A secret for an authenticator app; it counts from its first right code on."""
    return service.enrol_second_factor(call.resources, call.caller)


@actions.action("account.show_second_factor", who=LEADS | {HALF_IN})
def show_second_factor(call: Call, request: ShowSecondFactor) -> service.Session:
    """Come in whole; the first right code of a new secret sets it up."""
    return service.show_second_factor(call.resources, call.caller, request.code)


@actions.action("account.reset_second_factor", who=LEADS)
def reset_second_factor(call: Call, request: OfMember) -> service.Member:
    """Take the factor of another member away, whose phone is lost."""
    by = service.staff_member(call.resources, call.caller)
    return service.reset_second_factor(call.resources, request.member, by)
