"""The rules of serving pages: who may see what is live, and what stands on it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from cloudfunctions.account import service as account
from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.identity import STAFF, Caller
from cloudfunctions.common.limits import Rate
from cloudfunctions.common.resources import Resources
from cloudfunctions.pages import store, views
from cloudfunctions.pages.bounds import components
from cloudfunctions.pages.faults import as_mapping

OPEN_AUDIENCES = ("teen", "anyone")
"""Pages for teens hold no secret: what they show is asked for with the viewer's own token."""
AUDIENCES = (*OPEN_AUDIENCES, "staff")
FORM = "Form"

RATE = Rate(times=3_000, seconds=60)
"""Of one address. A whole school may sit behind one, and each of its teens looks once a minute."""


def open_page(resources: Resources, caller: Caller, page: str, etag: str) -> views.Opened:
    """Return what is live of a page, without its content if the caller holds it.

    Raises:
        NotFound: no such page, nothing live, or not for this caller.
    """
    live = _live(resources, page, _audiences(resources, caller))
    if etag == live["etag"]:
        return views.Opened(page, live["version"], etag, None)
    content = _content(resources, page, live["version"])
    return views.Opened(page, live["version"], live["etag"], views.raw(content))


def open_by_name(resources: Resources, page: str, etags: frozenset[str]) -> views.Opened:
    """Return what is live of a page that anybody may see, without content if one etag is its own.

    Raises:
        NotFound: no such page, nothing live, or for staff.
    """
    live = _live(resources, page, OPEN_AUDIENCES)
    held = live["etag"] if live["etag"] in etags else ""
    content = None if held else views.raw(_content(resources, page, live["version"]))
    return views.Opened(page, live["version"], live["etag"], content)


def manifest(resources: Resources, caller: Caller) -> views.Manifest:
    """Return all pages that the caller may open, by name; templates are not among them."""
    found = store.live_for(resources.database, _audiences(resources, caller))
    pages = [
        views.Listed(one["_id"], one["live"]["etag"], one["live"]["title"], one["live"]["nav"])
        for one in found
        if not one["template"]
    ]
    return views.Manifest(sorted(pages, key=lambda one: one.page))


def live_form(resources: Resources, role: str, page: str, form: str) -> Mapping[str, Any]:
    """Return the attributes of a form on a live page, as somebody of this role sees it.

    Raises:
        NotFound: this role may not open the page, nothing is live, or it has no such form.
    """
    live = _live(resources, page, AUDIENCES if role in STAFF else OPEN_AUDIENCES)
    for component, _, _ in components(_parsed(_content(resources, page, live["version"]))):
        attributes = as_mapping(component.get("attributes"))
        if component.get("component") == FORM and attributes.get("formId") == form:
            return attributes
    raise NotFound


def _audiences(resources: Resources, caller: Caller) -> tuple[str, ...]:
    if caller.role not in STAFF:
        return OPEN_AUDIENCES
    # Looked up, so that a dismissal shuts the door at once.
    account.staff_member(resources, caller)
    return AUDIENCES


def _live(resources: Resources, page: str, audiences: tuple[str, ...]) -> Mapping[str, Any]:
    live = store.live_of(resources.database, page)
    if live is None or live["audience"] not in audiences:
        raise NotFound
    return live


def _content(resources: Resources, page: str, version: int) -> str:
    found = store.version(resources.database, page, version)
    if found is None:
        raise NotFound
    return str(found["content"])


@functools.lru_cache(maxsize=16)
def _parsed(content: str) -> Mapping[str, Any]:
    return as_mapping(json.loads(content))
