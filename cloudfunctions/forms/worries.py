"""Reading for risk what a teen writes in a form, and carrying what is grave into their talk."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import msgspec
from pymongo.errors import PyMongoError

import nlp
from cloudfunctions.chat import service as chat
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import definition, store
from cloudfunctions.forms.definition import Value
from cloudfunctions.forms.record import OVER, clear, opened

HIGH, IMMINENT = 2, 3
FIRST_SWEEP = 5 * SECOND
"""So long whoever keeps a worry has to carry it themselves before a sweep does."""
TRIED_AGAIN = MINUTE
SHUT = "（这段文字现在打不开。）"


def read(resources: Resources, words: str) -> Document:
    """Return what stands in the answer of what was read: whether it asks for the card, a worry."""
    if not words:
        return {}
    assessment = nlp.assess(words)
    found: Document = {"safety": assessment.level >= HIGH}
    if assessment.level >= IMMINENT:
        types = sorted(assessment.types)
        due = resources.now() + FIRST_SWEEP
        found["worry"] = {"state": "pending", "level": IMMINENT, "types": types, "due": due}
    return found


def is_worried(found: Document) -> bool:
    return bool(found.get("worry", {}).get("state") == "pending")


def try_to_carry(resources: Resources, found: Document) -> bool:
    """Carry a worry into the teen's talk; where it fails now, a sweep does it later."""
    try:
        _carry(resources, found)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("worry_waits", feature="forms", type=type(error).__name__)
        with contextlib.suppress(PyMongoError):
            # Should this one fail again and again, the others still have their turn.
            later = resources.now() + TRIED_AGAIN
            store.worry_later(resources.database, found["_id"], later)
        return False
    return True


def _carry(resources: Resources, found: Document) -> None:
    text = _words_for_people(resources, found)
    read = nlp.assess(text)
    grave = replace(
        read,
        level=max(read.level, found["worry"]["level"]),
        types=read.types | frozenset(found["worry"]["types"]),
    )
    chat.worry(resources, found["who"], {"kind": "form", "id": found["cid"]}, text, grave)
    store.worry_done(resources.database, found["_id"])
    if found["state"] in OVER:
        clear(resources, found)


def _words_for_people(resources: Resources, found: Document) -> str:
    """The words, or that they cannot be opened: a person is called in any case, and at once."""
    try:
        text = opened(resources, found)
    except Unreadable:
        return SHUT
    return definition.words_in(msgspec.json.decode(text, type=dict[str, Value]))


def carry_due(resources: Resources, limit: int) -> int:
    """Carry pending worries; returns how many were."""
    due = store.worried(resources.database, resources.now(), limit)
    return sum(try_to_carry(resources, found) for found in due)
