"""What the tests of forms share: a page with a form, made live the way a coordinator does."""

from __future__ import annotations

import secrets
from typing import Any

from tests.support.people import Body, Caller, new_cid

FIELDS: list[Body] = [
    {"name": "who", "title": "怎么称呼你", "type": "text", "required": True, "most": 20},
    {"name": "more", "title": "还想说的", "type": "long"},
]


def page_of(*forms: Body, audience: str = "teen") -> Body:
    """A page with forms."""
    items = [
        {
            "id": f"f{number}",
            "component": "Form",
            "module": "nuanxinmiao",
            "attributes": {"formId": "sign_up", "fields": FIELDS, **form},
        }
        for number, form in enumerate(forms)
    ]
    return {
        "type": "PAGE",
        "component": "Page",
        "module": "nuanxinmiao",
        "id": f"own_{secrets.token_hex(6)}",
        "label": "报名",
        "attributes": {"title": "报名", "audience": audience, "nav": "", "fill": False},
        "dataset": {"state": {}, "params": {}, "query": {}},
        "items": items,
        "listeners": [],
    }


def publish(coordinator: Caller, content: Body) -> str:
    """Make a page live; returns its id."""
    page: str = content["id"]
    saved = coordinator.call("pages.save", page=page, content=content, revision=0)
    coordinator.call("pages.publish", page=page, revision=saved["revision"])
    return page


def answer(page: str, form: str = "sign_up", **values: Any) -> Body:
    """An answer as a client sends it."""
    return {"cid": new_cid(), "page": page, "form": form, "values": {"who": "小雨", **values}}
