"""Telling a teen who is away, through WeChat, that somebody is there for them.

One consent is one message. Consents are counted in the talk for which they were given: `notices`
{left, cids: [of the client's own, so that one is counted once], open?: seq}. The write that brings
a person or their words uses one up and posts the message, due after `AWAY`. Where the teen has
heard of it by themselves before that, the message is taken back and the consent with it; so nobody
who looks at the talk is disturbed, and nothing about who looks has to be written down. Until they
have been back (`open`) no second message is posted.

The message says that somebody came, and never why: it may stand on a locked screen. Where the
consent is not there any more it is tried once as an answer of the customer service, which WeChat
allows for 48 hours after the teen wrote to it; where neither may be, nothing is lost: the words
wait in the talk.
"""

from __future__ import annotations

from cloudfunctions.account import service as account
from cloudfunctions.chat import outside
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChatFault

AWAY = 20 * SECOND
"""Whoever has the talk open hears of everything well within this."""
MOST_LEFT = 5
KEPT_CIDS = 20
KIND = "teen"
WORDS = "有人来陪你了"
PAGE = "pages/chat/index"

NONE: Document = {"left": 0, "cids": []}


def template_of(resources: Resources) -> str:
    """The id of the template that a teen is asked for, '' where there is none."""
    return outside.template_id(_setting(resources))


def _setting(resources: Resources) -> str:
    wechat = resources.settings.wechat
    return wechat.teen_template if wechat is not None and resources.wechat is not None else ""


def wanted(resources: Resources, talk: Document) -> str:
    """The template to ask the teen for now: they wait, and could not be told."""
    awaited = talk["state"] == "open" and "waiting" in talk
    return template_of(resources) if awaited and not _of(talk)["left"] else ""


def allowed(talk: Document, cid: str) -> Document | None:
    """Fields after one more consent; None where this one was counted before."""
    held = _of(talk)
    if cid in held["cids"]:
        return None
    cids = [*held["cids"], cid][-KEPT_CIDS:]
    return {"notices": {**held, "left": min(held["left"] + 1, MOST_LEFT), "cids": cids}}


def somebody_came(resources: Resources, talk: Document, seq: int) -> Document:
    """Fields that post the message about what has just been written under `seq`."""
    held = _of(talk)
    if not _setting(resources) or not held["left"] or "open" in held:
        return {}
    at = resources.now()
    message = {
        "key": f"{talk['_id']}:{KIND}{seq}:1",
        "kind": KIND,
        "level": 0,
        "step": 0,
        "at": at,
        "tries": 0,
        "next_try": at + AWAY,
        "way": outside.WECHAT,
    }
    posted = outside.with_times([*talk.get("outbox", []), message])
    return {"notices": {**held, "left": held["left"] - 1, "open": seq}, **posted}


def is_news(talk: Document, after: int) -> bool:
    """Whether a teen who holds everything up to `after` has just come back to what was told."""
    return bool(after >= _of(talk).get("open", after + 1))


def back(talk: Document) -> Document:
    """Fields after the teen has been back; what was not sent yet gives its consent back."""
    held = _of(talk)
    if "open" not in held:
        return {}
    notices = {name: value for name, value in held.items() if name != "open"}
    letters = talk.get("outbox", [])
    others = [one for one in letters if one["kind"] != KIND or not outside.is_live(one)]
    if len(others) == len(letters):
        return {"notices": notices}
    return {"notices": {**notices, "left": notices["left"] + 1}, **outside.with_times(others)}


def _of(talk: Document) -> Document:
    return {**NONE, **talk.get("notices", {})}


def tell(resources: Resources, talk: Document) -> str | None:
    """Hand the message to WeChat; None once nothing more is to be done, else why it failed.

    A talk that has ended or lost its person meanwhile is not told of.
    """
    openid, wechat = account.openid_of(resources, talk["teen"]), resources.wechat
    if not openid or wechat is None or "claim" not in talk:
        return None
    data = outside.data_for(_setting(resources), WORDS, resources.now())
    try:
        wechat.send_subscribe(openid, template_of(resources), data, PAGE)
    except WeChatFault as fault:
        if fault.kind not in ("no_consent", "bad_template"):
            return fault.kind
        if fault.kind == "no_consent" and _was_tried(talk):
            # The try before this one had its answer lost, and used the consent up.
            return None
        told = _as_customer_service(resources, openid)
        # A template that was changed on the platform is somebody's to mend, told or not.
        return fault.kind if fault.kind == "bad_template" or told == "later" else None
    return None


def _was_tried(talk: Document) -> bool:
    letters = [one for one in talk["outbox"] if one["kind"] == KIND and outside.is_live(one)]
    return any(one["tries"] for one in letters)


def _as_customer_service(resources: Resources, openid: str) -> str:
    """The second way: 'told', 'shut' where WeChat does not allow it, or 'later'."""
    try:
        if resources.wechat is not None:
            resources.wechat.send_customer(openid, f"{WORDS}，点开小程序就能看到。")
    except WeChatFault as fault:
        telemetry.note("teen_not_told", why=fault.kind)
        return "later" if fault.kind in ("busy", "unreachable") else "shut"
    return "told"
