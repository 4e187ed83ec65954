"""What the tests of pages share: coordinators, and pages of any shape."""

from __future__ import annotations

import copy
import json
import secrets
from typing import Any

import requests

from tests.support.people import Body, Caller


def new_page() -> str:
    """An id that no other test uses."""
    return f"teen_{secrets.token_hex(6)}"


def block(name: str, component: str = "Text", **more: Any) -> Body:
    """A component."""
    return {"id": name, "component": component, "module": "nuanxinmiao", **more}


def text(name: str, words: str = "你好", **attributes: Any) -> Body:
    """A text."""
    return block(name, attributes={"text": words, **attributes})


def button(name: str, *listeners: Body, **attributes: Any) -> Body:
    """A button that does something."""
    return block(
        name, "ActionButton", attributes={"text": "按", **attributes}, listeners=list(listeners)
    )


def listener(name: str, event: str, module: str, handler: str, **params: Any) -> Body:
    """What happens at an event; `x__` stands for `:x`."""
    given = {f":{k[:-2]}" if k.endswith("__") else k: v for k, v in params.items()}
    return {
        "id": name,
        "eventName": event,
        "handler": {"module": module, "name": handler, "params": given},
    }


def query(name: str, action: str, trigger: str = "auto", **params: Any) -> Body:
    """A query."""
    return {
        "id": name,
        "name": name,
        "type": "apis",
        "trigger": trigger,
        "dataSourceName": "actions",
        "method": {"name": action, "params": params},
    }


def page(name: str, *items: Body, audience: str = "teen", **more: Any) -> Body:
    """A page."""
    return {
        "type": "PAGE",
        "component": "Page",
        "module": "nuanxinmiao",
        "id": name,
        "label": "试试",
        "attributes": {"title": "试试", "audience": audience, "nav": "", "fill": False},
        "dataset": {"state": {}, "params": {}, "query": {}},
        "items": list(items),
        "listeners": [],
        **more,
    }


def with_dataset(content: Body, **dataset: Any) -> Body:
    """The same page with variables, params or queries."""
    changed = copy.deepcopy(content)
    changed["dataset"].update(dataset)
    return changed


def state(kind: str = "string", value: Any = "") -> Body:
    """A variable."""
    return {"varType": "state", "dataType": kind, "initialValue": value}


def save(caller: Caller, content: Body, revision: int = 0) -> Body:
    """Keep a draft."""
    return caller.call("pages.save", page=content["id"], content=content, revision=revision)


def put_live(caller: Caller, content: Body, revision: int = 0) -> int:
    """Save and publish; returns the version."""
    saved = save(caller, content, revision)
    assert saved["faults"] == []
    answer = caller.call("pages.publish", page=content["id"], revision=saved["revision"])
    number: int = answer["version"]
    return number


def opened(caller: Caller, name: str) -> Body:
    """What is live of a page, for this caller."""
    return caller.call("pages.open", page=name)


def faults(caller: Caller, content: Body) -> dict[str, str]:
    """Reasons by path."""
    return by_path(caller.call("pages.check", content=content)["faults"])


def by_path(found: list[Body]) -> dict[str, str]:
    """Reasons by path; several of one place are joined."""
    reasons: dict[str, str] = {}
    for one in found:
        told = reasons.get(one["path"])
        reasons[one["path"]] = f"{told}；{one['reason']}" if told else one["reason"]
    return reasons


def post_text(caller: Caller, action: str, body: str) -> requests.Response:
    """POST a body that is written already."""
    return caller.http.post(
        f"{caller.address}/api/{action}",
        data=body.encode(),
        headers={"Content-Type": "application/json"},
        timeout=40,
    )


def refused(answer: requests.Response, status: int = 400) -> Body:
    """The error of an answer that was refused, with its faults."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    error: Body = answer.json()["error"]
    return error


def compact(content: Body) -> str:
    """As a client writes it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
