"""The second factor of those who lead and come in by a browser's device secret.

Promises: no code counts twice, whichever process it reaches; after five wrong ones in a row nobody
tries for 15 minutes, which the database keeps; a secret lies sealed under the member's own key.
A secret is shown once. Until its first right code it can be made anew, from then on only another
lead can take it away.

Assumes: who comes by WeChat has shown WeChat's own factors, so none is asked of them here.
"""

from __future__ import annotations

from typing import Literal

from cloudfunctions.account import store, totp
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, NotFound, TooManyRequests, Unauthenticated
from cloudfunctions.common.identity import LEADS
from cloudfunctions.common.resources import Resources

TRIES = 5
LOCKED = 15 * MINUTE
ISSUER = "暖心喵"
PLACE = "second_factor"
"""What the seal of a secret is bound to."""


Needs = Literal["", "enrol", "code"]
"""What a member who signs in still has to do: nothing, set a factor up, show a code of it."""


class WrongCode(Unauthenticated):
    """A code that is not of now, or was used before."""

    code = "wrong_code"
    message, hint = "验证码不对，或者已经用过了。", "请等手机上换了下一个，再填。"


def needed(resources: Resources, member: Document) -> Needs:
    """Return what is still asked of a member who has just come in by their own door.

    In production whoever leads must have one; elsewhere it is asked of those who have.
    """
    if member["role"] not in LEADS or member.get("by") == "wechat":
        return ""
    if is_on(store.second_factor(resources.database, member["_id"])):
        return "code"
    return "enrol" if resources.settings.production else ""


def is_on(kept: Document | None) -> bool:
    """Whether a factor is set up and was shown once."""
    return kept is not None and bool(kept["confirmed"])


def enrol(resources: Resources, member: Document) -> tuple[str, str]:
    """Make a secret, and return it with its otpauth address.

    Raises:
        Conflict: there is a factor already, or the member comes by WeChat.
    """
    if member.get("by") == "wechat":
        raise Conflict("你从微信进来，不用再设第二步验证。", hint="直接用就好。")
    secret = totp.new_secret()
    sealed = resources.vault.seal(member["_id"], PLACE, secret)
    if not store.set_second_factor(resources.database, member["_id"], sealed, resources.now()):
        raise Conflict(
            "第二步验证已经设好了。", hint="手机丢了的话，请另一位督导或运营替你重置，再设一次。"
        )
    return secret, totp.uri(secret, ISSUER, member["name"])


def show(resources: Resources, member: Document, code: str) -> None:
    """Accept a code of the member's factor; the first right one sets it up.

    Raises:
        NotFound: no factor was begun.
        TooManyRequests: five wrong ones in a row; `retry_after` says how long it is shut.
        WrongCode: it is wrong, too old, or was used before.
    """
    database, now = resources.database, resources.now()
    kept = store.second_factor(database, member["_id"])
    if kept is None:
        raise NotFound("还没有设第二步验证。", hint="请先设好，再填验证码。")
    # Counted before it is looked at, so that many at once are no more tries than one by one.
    if not store.take_try(database, member["_id"], TRIES, now, now + LOCKED):
        telemetry.note("second_factor_locked", role=member["role"])
        wait = max(kept["locked_until"] - now, SECOND)
        raise TooManyRequests(
            "验证码错得太多次了，先停一停。",
            hint="15 分钟后再试，或请另一位督导、运营替你重置。",
            retry_after=-(-wait // SECOND),
        )
    secret = resources.vault.open(member["_id"], PLACE, kept["sealed"])
    step = totp.step_of(secret, code, now)
    if step is None or not store.use_step(database, member["_id"], kept["sealed"], step):
        raise WrongCode


def reset(resources: Resources, member: str) -> None:
    """Take the factor of a member away; where one is asked for, they set up a new one."""
    store.remove_second_factor(resources.database, member)
