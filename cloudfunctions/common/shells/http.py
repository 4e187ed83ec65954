"""Plain HTTP through Flask: a container, an HTTP function, one's own machine."""

from __future__ import annotations

from http import HTTPStatus

import flask
from werkzeug.exceptions import HTTPException

from cloudfunctions.common import telemetry
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
from cloudfunctions.common.shells import gateway
from cloudfunctions.common.shells.arriving import BODY_MAXIMUM, going_on, most_bytes


def mount(app: flask.Flask, registry: Registry, resources: Resources) -> None:
    """Answer `POST /api/<action>` on `app`, and every error below it in the one shape."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAXIMUM

    def call(action: str) -> flask.Response:
        flask.request.max_content_length = most_bytes(registry, action)
        headers = [(name.lower(), value) for name, value in flask.request.headers]
        proof = gateway.proof(dict(headers), resources.settings.wechat)
        request = Request(
            action=action,
            body=_body(),
            headers=going_on(headers),
            address=proof.address or flask.request.remote_addr or "",
            openid=proof.openid,
        )
        return _flask_response(dispatch(registry, resources, request))

    # Exactly POST and exactly this path: no OPTIONS made up by the framework, no redirect.
    app.url_map.merge_slashes = False
    app.add_url_rule(
        "/api/<path:action>", "action", call, methods=["POST"], provide_automatic_options=False
    )
    app.register_error_handler(Exception, _error_response)


def _body() -> bytes:
    try:
        return flask.request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  each server has its own word for a chunk that is none
        raise BadRequest from None


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
