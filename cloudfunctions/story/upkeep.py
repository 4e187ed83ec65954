"""What follows a write and must happen although a process may die in between.

A cry for help is carried into a talk, screens are told of what is gone, answers to what is gone
leave the desk, an erasure is finished. Each is marked in the very write that makes it necessary and
the mark is removed when it is done; the request does it at once, and `sweep` does what was left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pymongo.errors import PyMongoError

from cloudfunctions.chat import service as chat
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import NotFound, ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import reading, store
from cloudfunctions.story.record import Change, Decide, change
from cloudfunctions.story.standing import taken_away
from cloudfunctions.story.wording import whole

AT_ONCE = 50
"""As much as one sweep takes of a kind; the next one follows within seconds."""
BATCH = 100
ERASING = 30 * SECOND
"""An erasure that was begun so long ago is nobody's any more."""
GONE = "gone"
"""Rings when something has gone from readers."""


def kind_of(document: Document) -> Literal["story", "answer"]:
    """What a document is: 'story' or 'answer'."""
    return "answer" if "story" in document else "story"


def collection_of(document: Document) -> str:
    """Where a document lies."""
    return store.ANSWERS if "story" in document else store.STORIES


def follow_up(resources: Resources, document: Document) -> None:
    """Do what a write made necessary; whatever fails is left to the sweep and not to the caller."""
    _tried(resources, document, "worry_at", carry_worry)
    _tried(resources, document, "untold_at", tell)


Step = Callable[[Resources, Document], None]


def _tried(resources: Resources, document: Document, mark: str, step: Step) -> bool:
    if mark not in document:
        return False
    try:
        step(resources, document)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("story_step_left", step=mark, type=type(error).__name__)
        return False
    return True


def carry_worry(resources: Resources, document: Document) -> None:
    """Bring grave words into the author's talk, and note that they have arrived."""
    worry = document["worry"]
    chat.worry(
        resources,
        document["teen"],
        {"kind": kind_of(document), "id": document["cid"]},
        worry["text"],
        reading.as_read(worry["read"]),
    )
    store.worry_done(resources.database, collection_of(document), document)


def worried(sent: Document, read: Document, now: int) -> Document:
    """Fields that keep a cry for help until it has arrived, whatever becomes of the story."""
    worry = {"state": "pending", "text": whole(sent), "read": read}
    return {"worry": worry, "worry_at": now}


def tell(resources: Resources, document: Document) -> None:
    """Log what is gone, for every screen that shows it, and clear away what hung on it."""
    for gone in document["untold"]:
        _log(resources, gone)
        if gone["final"] and kind_of(document) == "story":
            _retire_answers(resources, gone["id"])
            store.forget_hugs(resources.database, "story", gone["id"])
    store.done(resources.database, collection_of(document), document, "untold_at", "untold")


def _log(resources: Resources, gone: Document) -> None:
    while True:
        last, entries = store.gone_entries(resources.database)
        if any(entry["mark"] == gone["mark"] for entry in entries):
            return
        entry = {"n": max(last + 1, resources.now()), "id": gone["id"], "mark": gone["mark"]}
        if store.log_gone(resources.database, last, entry):
            return


def _retire_answers(resources: Resources, public: str) -> None:
    """What was answered to a story that is gone waits for nobody any more."""

    def decide(before: Document) -> Change | None:
        if before["state"] == "withdrawn":
            return None
        return taken_away(before, {"state": "withdrawn"}, resources.now())

    for answer in store.answers_of_story(resources.database, public, BATCH * BATCH):
        retired = _changed(resources, store.ANSWERS, answer["_id"], decide)
        # Nobody can have it on the screen any longer than its story, which is told.
        if retired is not None and "untold_at" in retired:
            store.done(resources.database, store.ANSWERS, retired, "untold_at", "untold")


def _changed(resources: Resources, collection: str, key: str, decide: Decide) -> Document | None:
    """Carry a decision out; None if the document has been deleted meanwhile."""
    database = resources.database
    try:
        return change(
            database, collection, lambda: store.by_id(database, collection, key), decide
        ).document
    except NotFound:
        return None


def erase_all(resources: Resources, teen: str) -> int:
    """Erase every story, answer and hug of a teen; reports stay without who made them.

    Returns how many stories and answers there were.
    """
    database = resources.database
    store.begin_erasure(database, teen, resources.now())
    erased = 0
    while found := [
        *store.of_teen(database, teen, 2**53, BATCH),
        *store.answers_of_teen(database, teen, BATCH),
    ]:
        erased += sum(_erased(resources, document) for document in found)
    store.forget_hugs(database, "teen", teen)
    for collection in (store.STORIES, store.ANSWERS):
        for document in store.reported_by(database, collection, teen):
            _forget_reporter(resources, collection, document["_id"], teen)
    store.end_erasure(database, teen)
    return erased


def _erased(resources: Resources, found: Document) -> bool:
    """Take one document from readers, finish what hangs on it, and only then delete it."""
    database, collection = resources.database, collection_of(found)

    def decide(before: Document) -> Change | None:
        if before["state"] == "withdrawn":
            return None
        return taken_away(before, {"state": "withdrawn"}, resources.now())

    document = _changed(resources, collection, found["_id"], decide)
    if document is None:
        return False
    if "worry_at" in document:
        carry_worry(resources, document)
    if "untold_at" in document:
        tell(resources, document)
    if public := document.get("public"):
        _delete_answers(resources, public)
    return store.delete(database, collection, document)


def _delete_answers(resources: Resources, public: str) -> None:
    for answer in store.answers_of_story(resources.database, public, BATCH * BATCH):
        _erased(resources, answer)


def _forget_reporter(resources: Resources, collection: str, key: str, teen: str) -> None:
    def decide(before: Document) -> Change | None:
        reports = before.get("reports", [])
        if all(one["by"] != teen for one in reports):
            return None
        kept = [{**one, "by": ""} if one["by"] == teen else one for one in reports]
        return Change({"reports": kept})

    _changed(resources, collection, key, decide)


def sweep(resources: Resources) -> int:
    """Do what was left undone; returns how much that was. Run twice or late, it does no harm."""
    done, database = 0, resources.database
    for collection in (store.STORIES, store.ANSWERS):
        for mark, step in (("worry_at", carry_worry), ("untold_at", tell)):
            found = store.due_for(database, collection, mark, AT_ONCE)
            done += sum(_tried(resources, document, mark, step) for document in found)
    left = store.erasures(database, resources.now() - ERASING, AT_ONCE)
    return done + sum(_erasure_ended(resources, one) for one in left)


def _erasure_ended(resources: Resources, erasure: Document) -> bool:
    try:
        erase_all(resources, erasure["_id"])
    except ServiceError as error:
        telemetry.note("story_erasure_left", type=type(error).__name__)
        return False
    return True
