"""Whether an answer is taken, where only so many are, or one from each.

It stands as pending until that is settled. Whoever was cut off in between settles it by the same
cid, and else a sweep does; however often and by whomever it is done, it ends one way.
"""

from __future__ import annotations

import contextlib

from pymongo.errors import PyMongoError

from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import picture_checks, store
from cloudfunctions.forms.record import OVER, clear, form_key

CUT_OFF = MINUTE
"""So long an answer may be pending before a sweep settles it."""
TRIED_AGAIN = MINUTE
FULL, ONCE = "full", "once"


class Full(Conflict):
    """All places are taken."""

    code = "full"
    message = "名额已经满了，谢谢你想来。"
    hint = "你写的还在这台设备上；有人退出时会空出位置，可以过两天再来看看。"


class AlreadyAnswered(Conflict):
    """One answer from each is all that is taken, and there is one."""

    code = "already_answered"
    message = "你已经交过一份了。"
    hint = "想改的话，先把那一份收回来，再交一次。"


REFUSALS: dict[str, type[Conflict]] = {FULL: Full, ONCE: AlreadyAnswered}


def refusal_of(found: Document) -> Conflict:
    """What is told of an answer that is over."""
    if found["state"] == "withdrawn":
        return Conflict("这一份已经收回了。", hint="想交的话，可以再填一份。")
    return REFUSALS[found["why"]]()


def settled(resources: Resources, found: Document) -> Document:
    """Give a pending answer its place, or refuse it; done twice or at once, it ends one way."""
    database, answer = resources.database, found["_id"]
    why = _refusal(resources, found)
    if not why and found["pictures"]:
        store.keep_pictures(database, answer, picture_checks.begun(resources))
    fields = {"state": "refused", "why": why} if why else {"state": "sent"}
    if store.move(database, answer, "pending", fields):
        return {**found, **fields}
    # Another call settled it, or its writer took it back meanwhile: then it holds nothing.
    now = store.find(database, answer) or found
    if now["state"] in OVER:
        store.give_place_back(database, form_key(found), answer)
        store.drop_pictures(database, answer)
    return now


def _refusal(resources: Resources, found: Document) -> str:
    """Why a pending answer is not taken; '' where it now holds what it needs."""
    if found["once"] and not _stands_alone(resources, found):
        return ONCE
    places, answer = found["places"], found["_id"]
    if places and not store.take_place(resources.database, form_key(found), answer, places):
        return FULL
    return ""


def _stands_alone(resources: Resources, found: Document) -> bool:
    """Whether this answer is the one that stands for its writer."""
    database, answer = resources.database, found["_id"]
    once = f"{form_key(found)}:{found['who']}"
    standing = store.stands(database, once, answer)
    if standing == answer:
        return True
    other = store.find(database, standing)
    if other is not None and other["state"] in ("pending", "sent"):
        return False
    return store.replace_standing(database, once, standing, answer)


def settle_due(resources: Resources, limit: int) -> None:
    """Settle what was cut off."""
    for found in store.pending(resources.database, resources.now(), limit):
        _try_to_settle(resources, found)


def _try_to_settle(resources: Resources, found: Document) -> None:
    try:
        now = settled(resources, found)
        if now["state"] in OVER:
            clear(resources, now)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("form_waits", type=type(error).__name__)
        with contextlib.suppress(PyMongoError):
            store.later(resources.database, found["_id"], resources.now() + TRIED_AGAIN)
