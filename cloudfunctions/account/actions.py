"""What may be called to come in."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cloudfunctions.account import service
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import ANYONE, STAFF, TEEN, StaffRole
from cloudfunctions.common.limits import Rate
from cloudfunctions.common.payload import DocumentId, RequestStruct, Secret, Seq

actions = Registry()

LEADS = frozenset({"coordinator", "supervisor"})

SIGN_IN_RATE = Rate(times=600, seconds=60)
"""Generous, because a whole school may stand behind one address."""
JOIN_RATE = Rate(times=30, seconds=60)

Invitation = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9 -]{8,32}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class SignIn(RequestStruct):
    """The device's own secret, made once and kept by the client."""

    device: Secret


class Join(RequestStruct):
    """An invitation, the device it is to be bound to, and the name teens will see."""

    invitation: Invitation
    device: Secret
    name: Name


class Renew(RequestStruct):
    """Nothing: the token says it all."""


class Invite(RequestStruct):
    """The role that the invited person will have."""

    role: StaffRole


@actions.action("account.sign_in", who=ANYONE, rate=SIGN_IN_RATE)
def sign_in(call: Call, request: SignIn) -> service.Session:
    """A teen's device comes in; the first time makes the account."""
    return service.sign_in_teen(call.resources, request.device)


@actions.action("account.join", who=ANYONE, rate=JOIN_RATE)
def join(call: Call, request: Join) -> service.Session:
    """A person with an invitation joins the staff."""
    return service.join(call.resources, request.invitation, request.device, request.name)


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
