"""HTTP access to an event function.

Contracts: SCF and CloudBase HTTP-access events, `{path, httpMethod, headers, body,
isBase64Encoded}` in, `{statusCode, headers, body, isBase64Encoded}` out. Such a door is public, so
it proves nobody: whoever comes here shows a token of ours.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudfunctions.common.errors import (
    BadRequest,
    MethodNotAllowed,
    ServiceError,
    TooLarge,
    body_of,
)
from cloudfunctions.common.function import Registry, Request, Response, dispatch
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells.arriving import Event, going_on, most_bytes, request_id


def answer(
    registry: Registry, resources: Resources, event: Event, context: object
) -> dict[str, Any]:
    """Carry an HTTP-access event through `dispatch`."""
    try:
        request = replace(_request(registry, event), id=request_id(context))
    except ServiceError as error:
        return _told(Response(int(error.status), body_of(error)))
    return _told(dispatch(registry, resources, request))


def _request(registry: Registry, event: Event) -> Request:
    if event.get("httpMethod") != "POST":
        raise MethodNotAllowed
    action = str(event.get("path", "")).rstrip("/").rsplit("/", 1)[-1]
    body = _body(event)
    if len(body) > most_bytes(registry, action):
        raise TooLarge
    headers = going_on((str(name), str(value)) for name, value in _part(event, "headers").items())
    source = _part(event, "requestContext").get("sourceIp", "")
    return Request(action=action, body=body, headers=headers, address=str(source))


def _part(event: Event, name: str) -> Mapping[str, Any]:
    part = event.get(name) or {}
    if not isinstance(part, Mapping):
        raise BadRequest
    return part


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise BadRequest
    try:
        return (
            base64.b64decode(body, validate=True)
            if event.get("isBase64Encoded")
            else (body.encode("utf-8"))
        )
    except ValueError:
        raise BadRequest from None


def _told(response: Response) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body.decode("utf-8"),
        "isBase64Encoded": False,
    }
