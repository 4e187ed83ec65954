"""What WeChat tells us by itself: verdicts on pictures, and that somebody wrote to its service.

A push is believed, and taken once, as `common/wechat/push.py` says; whatever is not from WeChat is
answered 403 with nothing. A verdict is kept by the trace of what was asked, so taking one twice
would change nothing either. Where it cannot be taken now, the mark of its key goes and WeChat sends
it again.

What people write to customer service is not read and not kept: nobody sits there. They are told so
at once, and where somebody does.
"""

from __future__ import annotations

from typing import Any

import flask
from pymongo.errors import PyMongoError

from cloudfunctions.common import telemetry
from cloudfunctions.common.errors import Forbidden, NotFound, ServiceError, Unavailable
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import Verdict, WeChatFault, verdict_of
from cloudfunctions.common.wechat.push import (
    SUCCESS,
    Challenge,
    Pushed,
    PushRefused,
    forget,
    open_push,
    seen_once,
)
from cloudfunctions.forms import service as forms

ELSEWHERE = (
    "这里没有人看消息。想说说话，请回到小程序里：AI 随时在，也可以请一位真人来。"
    "很急的话，现在就能打：12356 心理援助，110 报警，120 急救。"
)
"""Told to whoever writes to customer service."""
WRITTEN = ("text", "image", "voice", "miniprogrampage")


def receive(
    resources: Resources, query: dict[str, str], body: bytes, headers: dict[str, str]
) -> str:
    """Take one request to the push address and return what WeChat wants to read.

    Args:
        query, headers: header names are lower-case.

    Raises:
        Forbidden: it is not from WeChat, or too late.
        NotFound: the service runs without WeChat.
        Unavailable: it could not be taken; WeChat sends it again.
    """
    settings = resources.settings.wechat
    if settings is None:
        raise NotFound
    try:
        found = open_push(settings, query, body, headers, resources.now())
    except PushRefused as refused:
        telemetry.note("push_refused", reason=refused.reason)
        raise Forbidden from None
    if isinstance(found, Challenge):
        return found.answer
    with resources.database.deadline():
        resources.database.prepare()
        return _once(resources, found)


def _once(resources: Resources, pushed: Pushed) -> str:
    if not seen_once(resources.database, pushed.key, resources.now()):
        return SUCCESS
    try:
        taken = _taken(resources, pushed.event)
    except (PyMongoError, ServiceError):
        forget(resources.database, pushed.key)
        raise
    if not taken:
        # It may have been faster than the answer to our asking: WeChat sends it again.
        forget(resources.database, pushed.key)
        raise Unavailable
    return SUCCESS


def _taken(resources: Resources, event: dict[str, Any]) -> bool:
    if event.get("Event") == "wxa_media_check":
        return forms.picture_told(resources, str(event.get("trace_id", "")), _verdict(event))
    if event.get("MsgType") in WRITTEN and resources.wechat is not None:
        try:
            resources.wechat.send_customer(str(event.get("FromUserName", "")), ELSEWHERE)
        except WeChatFault as fault:
            telemetry.note("customer_not_told", why=fault.kind)
    return True


def _verdict(event: dict[str, Any]) -> Verdict | None:
    """What WeChat saw; None where it could not look."""
    try:
        return verdict_of(event)
    except WeChatFault:
        return None


def mount(app: flask.Flask, resources: Resources) -> None:
    """Answer the push address, and WeChat where it fetches a picture that it looks at."""

    def pushed() -> flask.Response:
        request = flask.request
        headers = {name.lower(): value for name, value in request.headers}
        body = request.get_data(cache=False)
        answer = receive(resources, request.args.to_dict(), body, headers)
        return _plain(answer.encode(), "text/plain; charset=utf-8")

    def picture(ticket: str) -> flask.Response:
        with resources.database.deadline():
            resources.database.prepare()
            kind, content = forms.picture_for_wechat(resources, ticket)
        return _plain(content, f"image/{kind}")

    app.add_url_rule("/wechat/push", "wechat_push", pushed, methods=["GET", "POST"])
    app.add_url_rule("/wechat/picture/<ticket>", "wechat_picture", picture, methods=["GET"])


def _plain(body: bytes, kind: str) -> flask.Response:
    answer = flask.Response(body, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
