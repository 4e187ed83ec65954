"""Every way in which a call can come, each made from its file in tests/events."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.support.function import Event, Function
from tests.support.people import Body

EVENTS = Path(__file__).parents[1] / "events"

Told = tuple[int, Body]
Way = Callable[[str, Any, str], Told]
"""Called with an action, a body and a token ('' for none); answers status and content."""
Functions = Callable[[str], Function]
"""The instance of a feature's function."""


def event(name: str, **changed: Any) -> Event:
    """The event of a file, with some fields changed."""
    return {**json.loads((EVENTS / f"{name}.json").read_text("utf-8")), **changed}


def by_http(name: str, address: str) -> Way:
    """Plain HTTP with the headers of a file."""

    def call(action: str, body: Any, token: str) -> Told:
        found = event(name)
        headers = {**found["headers"], **({"Authorization": f"Bearer {token}"} if token else {})}
        answer = requests.request(
            found["method"],
            f"{address}{found['path'].rpartition('/')[0]}/{action}",
            data=json.dumps(body),
            headers={**headers, "Connection": "close"},
            timeout=20,
        )
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status_code, answer.json()

    return call


def access_event(name: str, action: str, body: Any, token: str) -> Event:
    """The HTTP-access event of a file as a call of `action` would cause it."""
    found = event(name)
    content = json.dumps(body)
    if found.get("isBase64Encoded"):
        content = base64.b64encode(content.encode()).decode()
    if token:
        found["headers"]["Authorization"] = f"Bearer {token}"
    found["path"] = f"{found['path'].rpartition('/')[0]}/{action}"
    return {**found, "body": content}


def by_access(name: str, functions: Functions) -> Way:
    """HTTP access to the event functions, one a feature."""

    def call(action: str, body: Any, token: str) -> Told:
        function = functions(action.partition(".")[0])
        answer = function(access_event(name, action, body, token), {})
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["isBase64Encoded"] is False
        return answer["statusCode"], json.loads(answer["body"])

    return call


def by_callfunction(functions: Functions, **changed: Any) -> Way:
    """`wx.cloud.callFunction` to the same functions."""

    def call(action: str, body: Any, token: str) -> Told:
        function = functions(action.partition(".")[0])
        asked = event("callfunction", action=action, body=body, token=token)
        answer = function(asked, event("callfunction_context", **changed))
        assert set(answer) == {"statusCode", "header", "data"}
        return answer["statusCode"], answer["data"]

    return call
