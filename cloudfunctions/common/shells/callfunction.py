"""`wx.cloud.callFunction`: a mini-program calls the function without HTTP.

Contract: the event is what the caller gave as `data`, here `{action, body, token}`, beside
`userInfo` and `tcbContext`, which the platform adds. The answer has the shape of wx.request's,
`{statusCode, header, data}`, so that one client reads both.

Promise: who calls comes from the environment in the function's context, never from the event: of
`userInfo` it is nowhere said that a caller from elsewhere cannot write it, and everything beside it
is the caller's own. Whatever is odd about that environment proves nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudfunctions.common.errors import BadRequest, ServiceError, TooLarge, body_of
from cloudfunctions.common.function import Registry, Request, Response, dispatch
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.shells.arriving import (
    NOBODY,
    Event,
    Proof,
    address_in,
    is_openid,
    most_bytes,
    request_id,
)

CLIENT = "wx_client"
BELIEVED = ("TCB_SOURCE", "WX_OPENID", "WX_APPID", "WX_CLIENTIP")
ADDED = ("userInfo", "tcbContext")
"""What the platform adds to every such event."""


def is_call(event: Event) -> bool:
    """Whether `event` came by callFunction, whatever else the caller made it look like."""
    return any(name in event for name in ADDED)


def answer(
    registry: Registry, resources: Resources, event: Event, context: object
) -> dict[str, Any]:
    """Carry a callFunction event through `dispatch`."""
    try:
        request = _request(registry, event, proof(context, resources.settings.wechat))
        request = replace(request, id=request_id(context))
    except ServiceError as error:
        return _told(Response(int(error.status), body_of(error)))
    return _told(dispatch(registry, resources, request))


def proof(context: object, wechat: WeChatSettings | None) -> Proof:
    """Return whom the platform proves by the function's context."""
    known = _environment(context)
    # A chain of calls is comma-joined; the first of it is where it began.
    if wechat is None or known.get("TCB_SOURCE", "").split(",")[0] != CLIENT:
        return NOBODY
    if not is_openid(known.get("WX_OPENID")) or known.get("WX_APPID", wechat.appid) != wechat.appid:
        return NOBODY
    return Proof(known["WX_OPENID"], address_in(known.get("WX_CLIENTIP")))


def _request(registry: Registry, event: Event, proven: Proof) -> Request:
    action, token = event.get("action"), event.get("token", "")
    if not isinstance(action, str) or not isinstance(token, str):
        raise BadRequest
    body = _body(event.get("body", {}))
    if len(body) > most_bytes(registry, action):
        raise TooLarge
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return Request(action, body, headers, proven.address, proven.openid)


def _body(given: object) -> bytes:
    # To bytes and, in `dispatch`, back again: one parser decides what is taken, whatever the door.
    try:
        return json.dumps(given, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise BadRequest from None


def _told(response: Response) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "header": dict(response.headers),
        "data": json.loads(response.body),
    }


def _environment(context: object) -> dict[str, str]:
    """Return what we believe of the context's environment; nothing where its two forms differ."""
    if not isinstance(context, Mapping):
        return {}
    forms = (_from_json(context.get("environment")), _from_pairs(context.get("environ")))
    told = [found for form in forms if (found := _believed(form)) != {}]
    return told[0] or {} if told and all(one == told[0] for one in told) else {}


def _believed(form: list[tuple[str, Any]]) -> dict[str, str] | None:
    """Return what a form says of the names that count; None where it names one twice."""
    found = [(name, value) for name, value in form if name in BELIEVED and isinstance(value, str)]
    known = dict(found)
    return known if len(known) == len(found) else None


def _from_json(written: object) -> list[tuple[str, Any]]:
    if not isinstance(written, str):
        return []
    try:
        pairs = json.loads(written, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    # A list of the caller's own making would look alike, and is none of ours.
    return pairs if written.lstrip().startswith("{") else []


def _from_pairs(written: object) -> list[tuple[str, Any]]:
    if not isinstance(written, str):
        return []
    return [(name, value) for name, _, value in (one.partition("=") for one in written.split(";"))]
