"""What every shape has in common: how much may come, what goes on from here, who may be proven."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudfunctions.common.function import Registry

BODY_MAXIMUM = 102_400
"""Bytes; callContainer takes no more either. An action that says so takes more by other doors."""

GOES_ON = frozenset({"authorization", "content-encoding", "content-type", "x-request-id"})
"""Headers that something behind the door reads. No other one can be logged or echoed there; of a
request's id only one made of hex digits is (`telemetry.request`)."""

OPENID = re.compile(r"[A-Za-z0-9_-]{6,128}")

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Proof:
    """Whom the door itself proves, and from which address they call; '' for neither."""

    openid: str = field(default="", repr=False)
    address: str = ""


NOBODY = Proof()


def most_bytes(registry: Registry, action: str) -> int:
    """Return how many bytes a body for `action` may have at this door."""
    known = registry.actions.get(action)
    return BODY_MAXIMUM if known is None else max(BODY_MAXIMUM, known.body_bytes)


def going_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return those headers that go on, by lower-case name."""
    named = ((name.lower(), value) for name, value in headers)
    return {name: value for name, value in named if name in GOES_ON}


def is_openid(value: object) -> bool:
    """Whether `value` looks like one: no comma of two headers in one, no space, no line end."""
    return isinstance(value, str) and OPENID.fullmatch(value) is not None


def address_in(value: object) -> str:
    """Return the address that the nearest proxy saw, '' where there is none.

    In a list of several, each proxy adds the one it saw at the end; what stands before was told to
    it by the caller.
    """
    last = str(value or "").rsplit(",", 1)[-1].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return ""


def request_id(context: object) -> str:
    """Return what the platform calls this request in the function's context; '' for nothing."""
    found = context.get("request_id") if isinstance(context, Mapping) else None
    return found if isinstance(found, str) else ""
