"""What is told of pages."""

from __future__ import annotations

from typing import Literal

import msgspec

from cloudfunctions.common.database import Document
from cloudfunctions.pages.faults import Fault


class Opened(msgspec.Struct):
    """A live page; `content` is None where the caller holds this very one."""

    page: str
    version: int
    etag: str
    content: msgspec.Raw | None


class Listed(msgspec.Struct):
    """A live page by its name; a client whose etag is another one opens it anew."""

    page: str
    etag: str
    title: str
    nav: str


class Manifest(msgspec.Struct):
    """The pages that the caller may open."""

    pages: list[Listed]


class LiveMark(msgspec.Struct):
    """What is live, since when, and by whom."""

    version: int
    at: int
    by: str


class DraftMark(msgspec.Struct):
    """A draft, when it was saved last, and by whom."""

    revision: int
    at: int
    by: str


class Row(msgspec.Struct):
    """A page as the studio lists it."""

    page: str
    label: str
    audience: str
    live: LiveMark | None
    draft: DraftMark | None
    is_shipped: bool


class Rows(msgspec.Struct):
    """All pages."""

    pages: list[Row]


class Reading(msgspec.Struct):
    """A page to work on; `version` is 0 where `content` is the draft, and `faults` are its own."""

    page: str
    content: msgspec.Raw
    revision: int
    version: int
    live_version: int
    at: int
    by: str
    faults: list[Fault]


class Saved(msgspec.Struct):
    """The draft's new revision, and what keeps it from being published."""

    revision: int
    faults: list[Fault]


class Published(msgspec.Struct):
    """What is live now."""

    version: int


class VersionMark(msgspec.Struct):
    """A version: when, by whom, and what was said of it."""

    version: int
    at: int
    by: str
    note: str
    is_live: bool


class Event(msgspec.Struct):
    """When a version came to be live, how, and by whom."""

    did: Literal["published", "rolled_back", "shipped"]
    version: int
    at: int
    by: str


class Versions(msgspec.Struct):
    """The newest versions and events, newest first."""

    versions: list[VersionMark]
    events: list[Event]


class Revision(msgspec.Struct):
    """The page's revision."""

    revision: int


class Removed(msgspec.Struct):
    """The page is gone."""

    removed: str


class Checked(msgspec.Struct):
    """The faults of a page; none means that it may be published."""

    faults: list[Fault]


class Template(msgspec.Struct):
    """A page to begin from."""

    template: str
    label: str
    description: str
    content: msgspec.Raw


class Templates(msgspec.Struct):
    """All of them."""

    templates: list[Template]


class Source(msgspec.Struct):
    """The data-source document."""

    source: msgspec.Raw


def raw(text: str) -> msgspec.Raw:
    """Return a stored content as it goes into an answer."""
    return msgspec.Raw(text.encode())


def row(document: Document) -> Row:
    """Return a page for the list."""
    live, draft = document["live"], document["draft"]
    return Row(
        page=document["_id"],
        label=document["label"],
        audience=document["audience"],
        live=live and LiveMark(live["version"], live["at"], live["by_name"]),
        draft=draft and DraftMark(document["revision"], draft["at"], draft["by_name"]),
        is_shipped=bool(document["shipped"]),
    )


def theirs(document: Document | None) -> dict[str, object]:
    """Return what a conflict tells of the page as somebody else left it."""
    if document is None:
        return {"theirs": None}
    draft = document["draft"] or document["live"] or {"at": 0, "by_name": ""}
    # The driver's 64-bit numbers are plain ones here, since errors are encoded as they are.
    mark = DraftMark(int(document["revision"]), int(draft["at"]), draft["by_name"])
    return {"theirs": mark}
