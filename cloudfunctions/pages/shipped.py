"""The pages that we ship, put into the database at start, idempotently.

A shipped page is version 1 at first. When what we ship changed, it becomes a new version and goes
live, but only where what is live is still ours: a coordinator's page is never replaced by ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudfunctions.common import telemetry
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.pages import drawing, store
from cloudfunctions.pages.bounds import text_of
from cloudfunctions.pages.checking import faults_of
from cloudfunctions.pages.faults import as_text

FOLDER = ROOT / "miniprogram_schema" / "pages"
TEMPLATES = "templates"
OURS = "nuanxinmiao"
OUR_NAME = "暖心喵"


def seed(resources: Resources, folder: Path = FOLDER) -> list[str]:
    """Put in what is new or changed of ours; returns the ids of what went live.

    A page with a fault is left out (a test looks for that before it can come here): what was live
    of it stays so, and the service starts.
    """
    fresh = list[str]()
    for path in sorted(folder.glob("*/*.json")):
        content = _without_fault(path)
        if content is None:
            telemetry.note("shipped_page_refused", page=path.stem)
        elif _seed(resources, path.parent.name == TEMPLATES, content):
            fresh.append(path.stem)
    return fresh


def _without_fault(path: Path) -> Mapping[str, Any] | None:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError:
        return None
    return None if faults_of(content) or content["id"] != path.stem else content


def _seed(resources: Resources, is_template: bool, content: Mapping[str, Any]) -> bool:
    page, mark = content["id"], hashlib.sha256(text_of(content).encode()).hexdigest()
    document = store.found(resources.database, page) or _fresh(resources, page, is_template)
    live = document["live"]
    if document["shipped"] == mark or (live is not None and live["by"] != OURS):
        return False
    version = _version(resources, content)
    try:
        drawing.make_live(
            resources, document, version, "shipped", shipped=mark, draft=document["draft"]
        )
    except Conflict:
        # Another machine that starts at the same time has put it in.
        return False
    return True


def _fresh(resources: Resources, page: str, is_template: bool) -> Document:
    # Revision 0 is how a client says that it makes a new page.
    document = store.fresh(page, template=is_template, revision=1)
    store.add(resources.database, document)
    return store.found(resources.database, page) or document


def _version(resources: Resources, content: Mapping[str, Any]) -> Document:
    stamp = {"at": resources.now(), "by": OURS, "by_name": OUR_NAME}
    version = drawing.version_of(content["id"], content, stamp, "")
    return {**version, "description": as_text(content["attributes"].get("description"))}
