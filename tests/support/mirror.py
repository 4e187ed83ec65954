"""gunicorn's entry for the whole service with one more action, which says whom the door proves."""

from __future__ import annotations

import flask
import msgspec

from cloudfunctions.app import REGISTRY, from_environment
from cloudfunctions.common.errors import Unauthenticated
from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import ANYONE
from cloudfunctions.common.payload import RequestStruct

mirror = Registry()

ENTRY = "tests.support.mirror:app()"


class Nothing(RequestStruct):
    """No fields."""


class Whom(msgspec.Struct):
    """What the door said."""

    openid: str
    address: str


@mirror.action("mirror.whom", who=ANYONE)
def whom(call: Call, request: Nothing) -> Whom:
    """Say it to whoever is proven; nobody else comes in, as at any door that asks for it."""
    if not call.openid:
        raise Unauthenticated
    return Whom(call.openid, call.address)


@mirror.action("mirror.where", who=ANYONE)
def where(call: Call, request: Nothing) -> Whom:
    """Say it to anybody."""
    return Whom(call.openid, call.address)


def app() -> flask.Flask:
    """The service with the mirror in it."""
    REGISTRY.actions.update(mirror.actions)
    return from_environment()
