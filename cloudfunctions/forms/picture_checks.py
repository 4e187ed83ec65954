"""WeChat's look at the pictures of an answer: asked once the answer stands, told by a push.

`check` of a picture: {state: pending | asked | pass | review | risky, tries, why?, ticket?, until?,
trace?, label?, at?}. WeChat fetches the picture itself, from an address that nobody can guess and
that ends with the asking: a ticket, no id of anybody. `check_due` is when to ask, or to ask once
more because no push came. A push is about a `trace`; one that is doubled changes nothing, one about
an earlier asking finds nobody.

Until a verdict is there, and where it is 'risky', coordinators do not see the picture. Supervisors
do, with how it stands: it may show what has been done to somebody. The answer itself waits for none
of this.
"""

from __future__ import annotations

import base64
import secrets
import time

from pymongo.errors import PyMongoError

from cloudfunctions.account import service as account
from cloudfunctions.common import content_check, telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, NotFound, ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import Verdict, WeChatFault
from cloudfunctions.forms import pictures, store

AT_ONCE = 20
LONGEST = 5 * SECOND
"""After so long the next sweep goes on."""
PUSHED_WITHIN = 35 * MINUTE
"""WeChat tells within 30 minutes."""
PASSED = ("pass", "review")
VERDICTS = (*PASSED, "risky")
PATH = "/wechat/picture/"

NOT_YET = "这张图片微信还没有检查完。"
NOT_YET_HINT = "过一阵再来看；急的话，请督导来看。"
RISKY = "微信的检查说这张图片可能不合适。"
RISKY_HINT = "请督导来看，再决定怎么做。"


def begun(resources: Resources) -> Document:
    """Fields of a picture that is to be looked at; none without WeChat."""
    if resources.wechat is None:
        return {}
    return {"check": {"state": "pending", "tries": 0}, "check_due": resources.now()}


def state_for(resources: Resources, picture: Document, *, leads: bool) -> str:
    """How the check of a picture stands, '' without WeChat, for somebody who may see it so.

    Raises:
        Conflict: it is for supervisors alone as long as it stands so.
    """
    if resources.wechat is None:
        return ""
    if "check" not in picture:
        # It came while the service ran without WeChat.
        store.begin_check(resources.database, picture["_id"], begun(resources))
    state = str(picture.get("check", {}).get("state", "pending"))
    if not leads and state == "risky":
        raise Conflict(RISKY, hint=RISKY_HINT)
    if not leads and state not in PASSED:
        raise Conflict(NOT_YET, hint=NOT_YET_HINT)
    return state if state in VERDICTS else "pending"


def sweep(resources: Resources) -> int:
    """Ask about what is due; returns how many were asked about. Run twice, it does no harm."""
    if resources.wechat is None:
        return 0
    done, started = 0, time.monotonic()
    for found in store.checks_due(resources.database, resources.now(), AT_ONCE):
        done += _tried(resources, found)
        if (time.monotonic() - started) * SECOND > LONGEST:
            break
    return done


def _tried(resources: Resources, found: Document) -> bool:
    try:
        return _one(resources, found)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("picture_check_left", type=type(error).__name__)
        return False


def _one(resources: Resources, found: Document) -> bool:
    now, tries = resources.now(), found["check"]["tries"] + 1
    # The ticket is there before WeChat can come with it.
    until = now + PUSHED_WITHIN
    check: Document = {
        "state": "asked",
        "tries": tries,
        "ticket": secrets.token_urlsafe(24),
        "until": until,
    }
    before = found["check_due"]
    if not store.note_check(resources.database, found["_id"], before, check, until):
        # Another sweep asks.
        return False
    asked = _asked(resources, found["who"], check["ticket"])
    if "trace" in asked:
        store.note_check(resources.database, found["_id"], until, {**check, **asked}, until)
        return True
    due = content_check.again_at(now, tries, asked["why"])
    waits = {"state": "pending", "tries": tries, **asked}
    store.note_check(resources.database, found["_id"], until, waits, due)
    return False


def _asked(resources: Resources, who: str, ticket: str) -> Document:
    """The trace under which a push will tell, or why there will be none."""
    openid, wechat = account.openid_of(resources, who), resources.wechat
    settings = resources.settings.wechat
    if not openid or wechat is None or settings is None:
        return {"why": "not_wechat"}
    if not settings.public_url:
        return {"why": "misconfigured"}
    try:
        url = f"{settings.public_url}{PATH}{ticket}"
        return {"trace": wechat.check_media(openid, url, content_check.COMMENT)}
    except WeChatFault as fault:
        return {"why": fault.kind}


def fetched(resources: Resources, ticket: str) -> tuple[str, bytes]:
    """What WeChat fetches with a ticket: kind and bytes of the picture.

    Raises:
        NotFound: no such ticket, or not any more.
    """
    found = store.picture_of_ticket(resources.database, ticket)
    if found is None or found["check"]["until"] < resources.now():
        raise NotFound
    try:
        shown = pictures.opened(resources, found)
    except Unreadable:
        raise NotFound from None
    return shown.kind, base64.b64decode(shown.data)


def told(resources: Resources, trace: str, verdict: Verdict | None) -> bool:
    """Keep what a push says of a picture; None where WeChat could not look, so it is asked anew.

    Returns whether there is a picture that is being asked about under this trace.
    """
    found = store.picture_of_trace(resources.database, trace)
    if found is None:
        return False
    now, tries = resources.now(), found["check"]["tries"]
    if verdict is None:
        check: Document = {"state": "pending", "tries": tries, "why": "unreachable"}
        due = content_check.again_at(now, tries, "unreachable")
        return store.note_check(resources.database, found["_id"], found["check_due"], check, due)
    check = {"state": verdict.suggest, "tries": tries, "label": verdict.label, "at": now}
    return store.note_check(resources.database, found["_id"], found["check_due"], check, None)
