"""The shapes in which a call arrives, made one: HTTP (Flask) now, events of a cloud function.

Contracts: SCF and CloudBase HTTP-access events, `{path, httpMethod, headers, body,
isBase64Encoded}` in, `{statusCode, headers, body, isBase64Encoded}` out.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from cloudfunctions.common import telemetry
from cloudfunctions.common.database import Indexes
from cloudfunctions.common.errors import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    ServiceError,
    TooLarge,
    as_service_error,
    body_of,
)
from cloudfunctions.common.function import (
    HEADERS,
    REQUEST_ID,
    Registry,
    Request,
    Response,
    dispatch,
)
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings

BODY_MAXIMUM = 102_400
"""Bytes; callContainer takes no more either. An action that says so takes more by other doors."""

Event = Mapping[str, Any]


def mount(app: flask.Flask, registry: Registry, resources: Resources) -> None:
    """Answer `POST /api/<action>` on `app`, and every error below it in the one shape."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAXIMUM

    def call(action: str) -> flask.Response:
        flask.request.max_content_length = _maximum(registry, action)
        request = Request(
            action=action,
            body=flask.request.get_data(cache=False),
            headers={name.lower(): value for name, value in flask.request.headers},
            address=flask.request.remote_addr or "",
        )
        return _flask_response(dispatch(registry, resources, request))

    # Exactly POST and exactly this path: no OPTIONS made up by the framework, no redirect.
    app.url_map.merge_slashes = False
    app.add_url_rule(
        "/api/<path:action>", "action", call, methods=["POST"], provide_automatic_options=False
    )
    app.register_error_handler(Exception, _error_response)


def _maximum(registry: Registry, action: str) -> int:
    known = registry.actions.get(action)
    return BODY_MAXIMUM if known is None else max(BODY_MAXIMUM, known.body_bytes)


def _flask_response(response: Response) -> flask.Response:
    return flask.Response(response.body, response.status, dict(response.headers))


def _error_response(error: Exception) -> flask.Response:
    with telemetry.request(flask.request.headers.get(REQUEST_ID, "")) as call:
        answer = _error_answer(error)
    answer.headers[REQUEST_ID] = call
    return answer


def _error_answer(error: Exception) -> flask.Response:
    if isinstance(error, HTTPException):
        known = _from_http(error)
    else:
        known, expected = as_service_error(error)
        if not expected:
            telemetry.fault(error)
    headers = dict(HEADERS)
    if known.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ["POST"])
    return flask.Response(body_of(known), int(known.status), headers)


def _from_http(error: HTTPException) -> ServiceError:
    by_status = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
    kind = by_status.get(error.code or 500)
    if kind is not None:
        return kind()
    return BadRequest() if (error.code or 500) < 500 else ServiceError()


def event_handler(
    registry: Registry, indexes: Indexes
) -> Callable[[Event, object], dict[str, Any]]:
    """Return `main_handler(event, context)` for one feature.

    Resources are made at the first call and kept, since an instance serves many, one at a time.
    """
    kept: list[Resources] = []

    def main_handler(event: Event, _context: object) -> dict[str, Any]:
        if not kept:
            settings = Settings.from_environment(os.environ)
            kept.append(Resources.build(settings, indexes))
        return answer_event(registry, kept[0], event)

    return main_handler


def answer_event(registry: Registry, resources: Resources, event: Event) -> dict[str, Any]:
    """Carry an HTTP-access event through `dispatch`."""
    try:
        request = _event_request(registry, event)
    except ServiceError as error:
        return _event_answer(Response(int(error.status), body_of(error)))
    return _event_answer(dispatch(registry, resources, request))


def _event_request(registry: Registry, event: Event) -> Request:
    if event.get("httpMethod") != "POST":
        raise MethodNotAllowed
    action = str(event.get("path", "")).rstrip("/").rsplit("/", 1)[-1]
    body = _event_body(event)
    if len(body) > _maximum(registry, action):
        raise TooLarge
    headers = {str(k).lower(): str(v) for k, v in _part(event, "headers").items()}
    source = _part(event, "requestContext").get("sourceIp", "")
    return Request(action=action, body=body, headers=headers, address=str(source))


def _part(event: Event, name: str) -> Mapping[str, Any]:
    part = event.get(name) or {}
    if not isinstance(part, Mapping):
        raise BadRequest
    return part


def _event_body(event: Event) -> bytes:
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


def _event_answer(response: Response) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body.decode("utf-8"),
        "isBase64Encoded": False,
    }
