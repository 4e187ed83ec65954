"""The rules of drawing pages: drafts, publishing, rolling back.

Promise: of two who work on one page none overwrites the other unseen; what is published has no
fault; and what is live changes in one write, or stays what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from cloudfunctions.account import service as account
from cloudfunctions.account.service import Staff
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.pages import catalogue, store, views
from cloudfunctions.pages.bounds import bounds, text_of
from cloudfunctions.pages.checking import faults_of
from cloudfunctions.pages.faults import MOST_FAULTS, Fault, as_mapping, as_text
from cloudfunctions.pages.service import AUDIENCES

MOST_PAGES = 500
LISTED_VERSIONS = 200
ATTEMPTS = 20
RESERVED = "template_"
ETAG_LENGTH = 32

CHANGED = "这一页在别的地方改过了。"
CHANGED_HINT = "两份都在：可以看看别人改的，再决定用哪一份。"


UNFINISHED = "这一页还有要改的地方，现在用着的没有变。"


def bad_page(faults: list[Fault]) -> BadRequest:
    """Return the error that tells every fault of a page, the first of them also as its hint."""
    first = faults[0]
    where = f"{first.path}：" if first.path else ""
    details = {"faults": faults[:MOST_FAULTS]}
    return BadRequest(UNFINISHED, hint=f"{where}{first.reason}。", details=details)


def listing(resources: Resources, caller: Caller) -> views.Rows:
    """Return all pages but the templates, by id."""
    account.staff_member(resources, caller)
    found = store.listed(resources.database, AUDIENCES)
    rows = [views.row(one) for one in found if not one["template"]]
    return views.Rows(sorted(rows, key=lambda one: one.page))


def read(resources: Resources, caller: Caller, page: str, version: int) -> views.Reading:
    """Return the draft, else what is live; or one version, whatever there is beside it.

    Raises:
        NotFound: no such page or version.
    """
    account.staff_member(resources, caller)
    document = _known(resources, page)
    live = (document["live"] or {"version": 0})["version"]
    draft = document["draft"]
    if version == 0 and draft is not None:
        return _reading(document, draft, 0, live)
    found = store.version(resources.database, page, version or live)
    if found is None:
        raise NotFound
    return _reading(document, found, found["version"], live)


def _reading(document: Document, text: Document, version: int, live: int) -> views.Reading:
    return views.Reading(
        page=document["_id"],
        content=views.raw(text["content"]),
        revision=document["revision"],
        version=version,
        live_version=live,
        at=text["at"],
        by=text["by_name"],
        faults=[] if version else faults_of(msgspec.json.decode(text["content"])),
    )


def save(
    resources: Resources, caller: Caller, page: str, content: Mapping[str, Any], revision: int
) -> views.Saved:
    """Keep a draft that was made from `revision` (0: a new page); it may still have faults.

    Raises:
        BadRequest: it is too large, too deep, its ids are not ids, or the id is that of a template;
            nothing was kept.
        Conflict: somebody else saved since; `theirs` says who and when.
    """
    member = account.staff_member(resources, caller)
    if page.startswith(RESERVED):
        raise BadRequest("模板不能改。", hint="请用它新建一页。")
    barred = bounds(content, page)
    if barred:
        raise bad_page(barred)
    draft = {"content": text_of(content), **_stamp(resources, member)}
    fields = {"draft": draft, "revision": revision + 1, **_told(content)}
    if not _kept(resources, page, revision, fields):
        _tell_conflict(resources, page, revision, draft)
    return views.Saved(revision + 1, faults_of(content))


def _stamp(resources: Resources, member: Staff) -> Document:
    return {"at": resources.now(), "by": member.id, "by_name": member.name}


def _told(content: Mapping[str, Any]) -> Document:
    """What lists say of a page, of whatever shape it is."""
    audience = as_text(as_mapping(content.get("attributes")).get("audience"))
    return {
        "label": as_text(content.get("label"))[:40],
        "audience": audience if audience in AUDIENCES else "teen",
    }


def _kept(resources: Resources, page: str, revision: int, fields: Document) -> bool:
    if revision > 0:
        return store.change(resources.database, page, {"revision": revision}, fields)
    if len(store.listed(resources.database, AUDIENCES)) >= MOST_PAGES:
        raise Conflict(f"页面太多了，最多 {MOST_PAGES} 个。", hint="请先删掉不用的。")
    return store.add(resources.database, store.fresh(page, **fields))


def _tell_conflict(resources: Resources, page: str, revision: int, draft: Document) -> None:
    """Raise, unless what stands there is this very draft, whose first answer was lost."""
    document = store.found(resources.database, page)
    there = (document or {}).get("draft") or {}
    mine = all(there.get(name) == draft[name] for name in ("content", "by"))
    if document is None or not mine or document["revision"] != revision + 1:
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=views.theirs(document))


def publish(
    resources: Resources, caller: Caller, page: str, revision: int, note: str
) -> views.Published:
    """Make the draft live as a new version; the same again answers the same.

    Raises:
        BadRequest: it has faults (what is live stays), or there is no draft.
        Conflict: the draft is not at `revision` any more.
        NotFound: no such page.
    """
    member = account.staff_member(resources, caller)
    document = _at_revision(resources, page, revision)
    done = _published(document)
    if done is not None:
        return done
    if document["draft"] is None:
        raise BadRequest("没有草稿可以发布。", hint="先改一改，再发布。")
    version = _version(document, document["draft"]["content"], _stamp(resources, member), note)
    try:
        return make_live(resources, document, version, "published")
    except Conflict:
        # Perhaps the same was asked twice at once, and the other was faster.
        done = _published(_at_revision(resources, page, revision))
        if done is None:
            raise
        return done


def _published(document: Document) -> views.Published | None:
    """Return what was made live of this very revision, None if nothing was."""
    if document["draft"] is not None or document["live"] is None:
        return None
    if document["published_revision"] != document["revision"]:
        return None
    return views.Published(document["live"]["version"])


def _version(document: Document, text: str, stamp: Document, note: str) -> Document:
    """Return a version of a draft, without its number yet."""
    content = msgspec.json.decode(text)
    faults = faults_of(content)
    if faults:
        raise bad_page(faults)
    return version_of(document["_id"], content, stamp, note)


def version_of(page: str, content: Mapping[str, Any], stamp: Document, note: str) -> Document:
    """Return what is kept of a version but its number."""
    text = text_of(content)
    attributes = content["attributes"]
    return {
        "page": page,
        "content": text,
        "etag": hashlib.sha256(f"{page}\n{text}".encode()).hexdigest()[:ETAG_LENGTH],
        "label": as_text(content.get("label")),
        "audience": attributes["audience"],
        "title": attributes["title"],
        "nav": attributes.get("nav", ""),
        "note": note,
        **stamp,
    }


def make_live(
    resources: Resources, document: Document, version: Document, did: str, **more: Any
) -> views.Published:
    """Number a version, store it, and then move what is live to it in one write.

    The number is taken first, by compare-and-set, so two who publish at once have two versions, and
    only the later number can go live. A number whose version never came is a gap, no more.

    Raises:
        Conflict: the page changed meanwhile; what is live is what it was.
    """
    page, revision = document["_id"], document["revision"]
    number = _store_version(resources, document, version)
    fields = {
        "live": {"version": number, **_live_fields(version)},
        "draft": None,
        "published_revision": revision,
        "label": version["label"],
        "audience": version["audience"],
        **more,
    }
    guard = {**_seen(document), "versions_made": number}
    event = {"did": did, "version": number, "at": version["at"], "by_name": version["by_name"]}
    if not store.put_live(resources.database, page, guard, fields, event):
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=_theirs(resources, page))
    return views.Published(number)


def _seen(document: Document) -> Document:
    """What must still be so for a page to be published as it was read."""
    return {name: document[name] for name in ("revision", "published_revision", "shipped")}


def _live_fields(version: Document) -> Document:
    names = ("etag", "label", "audience", "title", "nav", "at", "by", "by_name")
    return {name: version[name] for name in names}


def _store_version(resources: Resources, document: Document, version: Document) -> int:
    page, number = document["_id"], int(document["versions_made"])
    for _ in range(ATTEMPTS):
        guard = {**_seen(document), "versions_made": number}
        number += 1
        if not store.change(resources.database, page, guard, {"versions_made": number}):
            break
        key = store.version_key(page, number)
        if store.add_version(resources.database, {"_id": key, "version": number, **version}):
            return number
    raise Conflict(CHANGED, hint=CHANGED_HINT, details=_theirs(resources, page))


def roll_back(resources: Resources, caller: Caller, page: str, number: int) -> views.Published:
    """Make an earlier version live again; the draft stays. The same again changes nothing.

    Raises:
        Conflict: what is live changed meanwhile.
        NotFound: no such page or version.
    """
    member = account.staff_member(resources, caller)
    document = _known(resources, page)
    version = store.version(resources.database, page, number)
    if version is None or document["live"] is None:
        raise NotFound
    if document["live"]["version"] == number:
        return views.Published(number)
    stamp = _stamp(resources, member)
    live = {"version": number, **_live_fields({**version, **stamp})}
    event = {"did": "rolled_back", "version": number, **stamp}
    guard = {"live.version": document["live"]["version"]}
    if not store.put_live(resources.database, page, guard, {"live": live}, event):
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=_theirs(resources, page))
    return views.Published(number)


def versions(resources: Resources, caller: Caller, page: str) -> views.Versions:
    """Return what was published, and when which version came to be live.

    Raises:
        NotFound: no such page.
    """
    account.staff_member(resources, caller)
    document = _known(resources, page)
    live = (document["live"] or {"version": 0})["version"]
    marks = [
        views.VersionMark(
            one["version"], one["at"], one["by_name"], one["note"], one["version"] == live
        )
        for one in store.versions(resources.database, page, LISTED_VERSIONS)
    ]
    events = [
        views.Event(one["did"], one["version"], one["at"], one["by_name"])
        for one in reversed(document["history"])
    ]
    return views.Versions(marks, events)


def discard(resources: Resources, caller: Caller, page: str, revision: int) -> views.Revision:
    """Drop the draft; the same again changes nothing.

    Raises:
        Conflict: the draft is not at `revision` any more.
        NotFound: no such page.
    """
    account.staff_member(resources, caller)
    document = _known(resources, page)
    if document["draft"] is None and document["revision"] in (revision, revision + 1):
        return views.Revision(document["revision"])
    if not _dropped(resources, document, revision):
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=_theirs(resources, page))
    return views.Revision(revision + 1)


def _dropped(resources: Resources, document: Document, revision: int) -> bool:
    page, live = document["_id"], document["live"]
    if live is None and not document["shipped"]:
        # A page that was never published is its draft, and nothing else.
        return store.remove(resources.database, page, revision)
    fields: Document = {"draft": None, "revision": revision + 1}
    if live is not None:
        fields.update({name: live[name] for name in ("label", "audience")})
    return store.change(resources.database, page, {"revision": revision}, fields)


def remove(resources: Resources, caller: Caller, page: str) -> views.Removed:
    """Remove a page of one's own with all its versions.

    Raises:
        BadRequest: it is one that we ship.
        Conflict: somebody changed it meanwhile.
        NotFound: no such page.
    """
    account.staff_member(resources, caller)
    document = _known(resources, page)
    if document["shipped"]:
        raise BadRequest("自带的页面不能删。", hint="可以退回到原来的版本。")
    if not store.remove(resources.database, page, document["revision"]):
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=_theirs(resources, page))
    store.remove_versions(resources.database, page)
    return views.Removed(page)


def check(resources: Resources, caller: Caller, content: Mapping[str, Any]) -> views.Checked:
    """Return every fault of a page, nothing kept."""
    account.staff_member(resources, caller)
    return views.Checked(faults_of(content))


def templates(resources: Resources, caller: Caller) -> views.Templates:
    """Return the pages to begin from, by id."""
    account.staff_member(resources, caller)
    found = store.live_for(resources.database, AUDIENCES)
    chosen = sorted((one for one in found if one["template"]), key=lambda one: str(one["_id"]))
    return views.Templates([_template(resources, one) for one in chosen])


def _template(resources: Resources, document: Document) -> views.Template:
    live = document["live"]
    found = store.version(resources.database, document["_id"], live["version"])
    if found is None:
        raise NotFound
    return views.Template(
        document["_id"], live["label"], found.get("description", ""), views.raw(found["content"])
    )


def source(resources: Resources, caller: Caller) -> views.Source:
    """Return the data-source document."""
    account.staff_member(resources, caller)
    return views.Source(views.raw(catalogue.source_text().decode()))


def _known(resources: Resources, page: str) -> Document:
    document = store.found(resources.database, page)
    if document is None:
        raise NotFound
    return document


def _at_revision(resources: Resources, page: str, revision: int) -> Document:
    document = _known(resources, page)
    if document["revision"] != revision:
        raise Conflict(CHANGED, hint=CHANGED_HINT, details=views.theirs(document))
    return document


def _theirs(resources: Resources, page: str) -> dict[str, object]:
    return views.theirs(store.found(resources.database, page))
