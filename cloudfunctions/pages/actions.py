"""What may be called about pages."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import ANYONE
from cloudfunctions.common.payload import RequestStruct
from cloudfunctions.pages import drawing, service, views

actions = Registry()

DRAWS = frozenset({"coordinator"})
LOOKS = frozenset({"coordinator", "supervisor"})

PAGE_BYTES = 716_800
"""Of a request: a page of 300 KB whose characters are written as escapes, of twice the length."""

PageId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_]{1,39}\Z")]
Etag = Annotated[str, msgspec.Meta(max_length=64)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Note = Annotated[str, msgspec.Meta(max_length=200)]


class Open(RequestStruct):
    """A page, and the etag of what the caller holds of it."""

    page: PageId
    etag: Etag = ""


class Read(RequestStruct):
    """A page; its draft, or else what is live, or the version that is named."""

    page: PageId
    version: Number = 0


class Save(RequestStruct):
    """A draft and the revision that it was made from, 0 for a new page."""

    page: PageId
    content: dict[str, Any]
    revision: Number


class Publish(RequestStruct):
    """A draft at a revision, and what to remember of it."""

    page: PageId
    revision: Number
    note: Note = ""


class OfVersion(RequestStruct):
    """A version of a page."""

    page: PageId
    version: Number


class OfRevision(RequestStruct):
    """A page at a revision."""

    page: PageId
    revision: Number


class OfPage(RequestStruct):
    """A page."""

    page: PageId


class Check(RequestStruct):
    """A page as it might be saved."""

    content: dict[str, Any]


class Nothing(RequestStruct):
    """No fields."""


@actions.action("pages.open", who=ANYONE, rate=service.RATE)
def open_page(call: Call, request: Open) -> views.Opened:
    """Read a live page."""
    return service.open_page(call.resources, call.caller, request.page, request.etag)


@actions.action(
    "pages.manifest",
    who=ANYONE,
    rate=service.RATE,
    bindable=True,
    title="所有页面",
    intent="get-list",
)
def manifest(call: Call, request: Nothing) -> views.Manifest:
    """See which pages there are, and whether what one holds of them is still so."""
    return service.manifest(call.resources, call.caller)


@actions.action("pages.list", who=LOOKS)
def listing(call: Call, request: Nothing) -> views.Rows:
    """See all pages with their drafts."""
    return drawing.listing(call.resources, call.caller)


@actions.action("pages.read", who=LOOKS)
def read(call: Call, request: Read) -> views.Reading:
    """Read a page to work on it."""
    return drawing.read(call.resources, call.caller, request.page, request.version)


@actions.action("pages.save", who=DRAWS, body_bytes=PAGE_BYTES)
def save(call: Call, request: Save) -> views.Saved:
    """Keep a draft."""
    return drawing.save(
        call.resources, call.caller, request.page, request.content, request.revision
    )


@actions.action("pages.publish", who=DRAWS)
def publish(call: Call, request: Publish) -> views.Published:
    """Make a draft live."""
    return drawing.publish(
        call.resources, call.caller, request.page, request.revision, request.note
    )


@actions.action("pages.roll_back", who=DRAWS)
def roll_back(call: Call, request: OfVersion) -> views.Published:
    """Make an earlier version live again."""
    return drawing.roll_back(call.resources, call.caller, request.page, request.version)


@actions.action("pages.versions", who=LOOKS)
def versions(call: Call, request: OfPage) -> views.Versions:
    """See what was live when, and by whom."""
    return drawing.versions(call.resources, call.caller, request.page)


@actions.action("pages.discard", who=DRAWS)
def discard(call: Call, request: OfRevision) -> views.Revision:
    """Drop a draft."""
    return drawing.discard(call.resources, call.caller, request.page, request.revision)


@actions.action("pages.remove", who=DRAWS)
def remove(call: Call, request: OfPage) -> views.Removed:
    """Remove a page of one's own."""
    return drawing.remove(call.resources, call.caller, request.page)


@actions.action("pages.check", who=DRAWS, body_bytes=PAGE_BYTES)
def check(call: Call, request: Check) -> views.Checked:
    """Find every fault of a page without keeping it."""
    return drawing.check(call.resources, call.caller, request.content)


@actions.action("pages.templates", who=LOOKS)
def templates(call: Call, request: Nothing) -> views.Templates:
    """See the pages to begin from."""
    return drawing.templates(call.resources, call.caller)


@actions.action("pages.source", who=LOOKS)
def source(call: Call, request: Nothing) -> views.Source:
    """Read which actions a page may call, and with what."""
    return drawing.source(call.resources, call.caller)
