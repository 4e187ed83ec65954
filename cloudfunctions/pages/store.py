"""Documents and queries of pages.

`pages` holds one document a page: the draft, what is live, and what was done; `page_versions` holds
what was ever published, each never changed again. What is live moves by one guarded write on the
page's document, after its version is on disk: whatever fails before that, what was live stays so.

    pages {_id, label, audience, template, revision, draft: null | {content, at, by, by_name},
           versions_made, live: null | Live, published_revision, shipped, history: [{…}]}
    Live  {version, etag, label, audience, title, nav, at, by, by_name}
    page_versions {_id: page:version, page, version, content, etag, label, audience, title, nav,
                   at, by, by_name, note}

Contents are JSON as text: nothing in them is ever read as a query or as a field of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

INDEXES: Indexes = {
    "pages": [
        IndexModel([("audience", ASCENDING)]),
        IndexModel([("live.audience", ASCENDING)]),
    ],
    "page_versions": [IndexModel([("page", ASCENDING), ("version", ASCENDING)], unique=True)],
}

HISTORY = 100
"""Events kept of a page; its versions stay, however many there are."""


def version_key(page: str, version: int) -> str:
    """Return the id of a version."""
    return f"{page}:{version}"


def found(database: Database, page: str) -> Document | None:
    """Return the whole document of a page."""
    return database.collection("pages").find_one({"_id": page})


def live_of(database: Database, page: str) -> Document | None:
    """Return what is live of a page, without its content."""
    document = database.collection("pages").find_one({"_id": page}, {"live": True})
    return None if document is None else document.get("live")


def live_for(database: Database, audiences: Sequence[str]) -> list[Document]:
    """Return what is live for some audiences, in no order."""
    query = {"live.audience": {"$in": list(audiences)}}
    fields = {"live": True, "template": True}
    return list(database.collection("pages").find(query, fields))


def listed(database: Database, audiences: Sequence[str]) -> list[Document]:
    """Return all pages without their contents, in no order."""
    query = {"audience": {"$in": list(audiences)}}
    return list(database.collection("pages").find(query, {"draft.content": False}))


def version(database: Database, page: str, number: int) -> Document | None:
    """Return a version with its content."""
    return database.collection("page_versions").find_one({"_id": version_key(page, number)})


def versions(database: Database, page: str, limit: int) -> list[Document]:
    """Return the newest versions without their contents, newest first."""
    cursor = database.collection("page_versions").find({"page": page}, {"content": False})
    return list(cursor.sort("version", -1).limit(limit))


def add(database: Database, page: Document) -> bool:
    """Insert a page; False if its id is taken."""
    try:
        database.collection("pages").insert_one(page)
    except DuplicateKeyError:
        return False
    return True


def change(database: Database, page: str, guard: Document, fields: Document) -> bool:
    """Set fields of a page that still is as the guard says; False if it is not any more."""
    result = database.collection("pages").update_one({"_id": page, **guard}, {"$set": fields})
    return result.matched_count == 1


def put_live(
    database: Database, page: str, guard: Document, fields: Document, event: Document
) -> bool:
    """Move what is live, and write down who did so, in one guarded write."""
    pushed = {"history": {"$each": [event], "$slice": -HISTORY}}
    result = database.collection("pages").update_one(
        {"_id": page, **guard}, {"$set": fields, "$push": pushed}
    )
    return result.matched_count == 1


def add_version(database: Database, document: Document) -> bool:
    """Insert a version; False if its number is taken."""
    try:
        database.collection("page_versions").insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def remove(database: Database, page: str, revision: int) -> bool:
    """Remove a page that nobody has changed since; its versions go after it."""
    result = database.collection("pages").delete_one({"_id": page, "revision": revision})
    return result.deleted_count == 1


def remove_versions(database: Database, page: str) -> None:
    """Remove all versions of a page that is gone."""
    database.collection("page_versions").delete_many({"page": page})


def fresh(page: str, **fields: Any) -> Document:
    """Return the document of a page that has nothing yet."""
    return {
        "_id": page,
        "label": "",
        "audience": "teen",
        "template": False,
        "revision": 0,
        "draft": None,
        "versions_made": 0,
        "live": None,
        "published_revision": 0,
        "shipped": "",
        "history": [],
        **fields,
    }
