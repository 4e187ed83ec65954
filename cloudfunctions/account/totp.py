"""Codes of an authenticator app that change with time (RFC 6238, on the HOTP of RFC 4226).

Thirty lines of our own instead of a library: a library says whether a code is right, and we need to
know of which step it is, so that no code counts twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

from cloudfunctions.common.clock import SECOND

SECRET_BYTES = 20
"""160 bits, what RFC 4226 (section 4, R6) recommends."""
STEP = 30 * SECOND
DIGITS = 6
DRIFT = 1
"""Steps that a clock may be off in either direction (RFC 6238, section 5.2, suggests one)."""


def new_secret() -> str:
    """Return a fresh secret in base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def uri(secret: str, issuer: str, account: str) -> str:
    """Return the otpauth address that authenticator apps open."""
    asked = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{asked}"


def code_of(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the code of one step (number of 30-second steps since 1970)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(secret: str, code: str, now: int) -> int | None:
    """Return the step that `code` belongs to, or None; `now` in milliseconds since 1970."""
    present = now // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step), code):
            return step
    return None
