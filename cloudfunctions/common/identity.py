"""Who is calling.

Promise: an identity comes from a token that we signed, never from the body. A device's secret and
an invitation are stored under a keyed hash only, so a stolen database opens no door.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal, get_args

from itsdangerous import BadData, URLSafeTimedSerializer

from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.errors import Unauthenticated
from cloudfunctions.common.settings import Settings

Role = Literal["teen", "listener", "counsellor", "supervisor", "coordinator"]
StaffRole = Literal["listener", "counsellor", "supervisor", "coordinator"]
ROLES: tuple[str, ...] = get_args(Role)

ANYONE: frozenset[str] = frozenset({"anyone", *ROLES})
TEEN: frozenset[str] = frozenset({"teen"})
DESK: frozenset[str] = frozenset({"listener", "counsellor", "supervisor"})
STAFF: frozenset[str] = frozenset(get_args(StaffRole))
LEADS: frozenset[str] = frozenset({"coordinator", "supervisor"})
HALF_IN = "half_in"
"""Of the token of somebody who leads and has not shown their second factor yet. It is a role of its
own, so that every action refuses it but those that say otherwise."""

TOKEN_LIFE = 2 * HOUR
TOKEN_MAXIMUM = 2_048


@dataclass(frozen=True)
class Caller:
    """The person behind a request; `id` is '' for someone who has not come in yet."""

    id: str
    role: str


STRANGER = Caller("", "anyone")


class Identity:
    """Signs and opens tokens; hashes what must be found again but never read."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_keys[0].encode()
        # itsdangerous signs with the last key and opens with any, so keys can be rotated.
        self._serializer = URLSafeTimedSerializer(
            list(settings.secret_keys),
            salt="nuanxinmiao.token",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def issue(self, caller: Caller) -> str:
        """Return a signed token for `caller`, good for `TOKEN_LIFE` milliseconds."""
        return str(self._serializer.dumps([caller.id, caller.role]))

    def open(self, authorization: str) -> Caller:
        """Return the caller named by an Authorization header; '' is a stranger.

        Raises:
            Unauthenticated: the header is not `Bearer` and a token of ours that still lives.
        """
        if not authorization:
            return STRANGER
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > TOKEN_MAXIMUM:
            raise Unauthenticated
        try:
            person, role = self._serializer.loads(token, max_age=TOKEN_LIFE // 1000)
        except (BadData, ValueError, TypeError):
            raise Unauthenticated from None
        if not isinstance(person, str) or role not in (*ROLES, HALF_IN):
            raise Unauthenticated
        return Caller(person, role)

    def keyed_hash(self, purpose: str, value: str) -> str:
        """Return HMAC-SHA256 of `value` under our key as 64 hex digits, apart for each purpose."""
        return hmac.new(self._key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
