"""Where a story or an answer stands: on the desk, before readers, or gone; as fields of one write.

Here alone a wording becomes visible: `shown_fields` is called where a person has just approved that
very wording (a moderator who publishes, an author who agrees to what the moderator offered).
"""

from __future__ import annotations

import secrets

from cloudfunctions.common.clock import HOUR, day_of
from cloudfunctions.common.database import Document
from cloudfunctions.story.record import Change
from cloudfunctions.story.views import id_of

DUE = 24 * HOUR
DUE_SOON = 2 * HOUR
CLASSES = {3: 0, 2: 1, 1: 3, 0: 4}
"""By level, the place in the queue; reports stand between high risk and the rest."""
REPORTS = 2
CLASS_BITS, CHANCE_BITS, PLACE_BITS = 60, 18, 20
"""A place in a line is a time with chance below it, so that no two are the same."""

DESK = ("desk", "lease", "check_due")
"""What belongs to waiting for a decision; a check that nobody waits for any more is not made."""
VISIBLE = ("shown", "shelves", "place", "shelf", "hidden", "shown_at")
"""What makes a thing visible; removing it takes the thing from every reader in one write."""

ALL, YOUNG = "all", "young"


def shelf_of(topic: str, *, young: bool) -> str:
    """The shelf on which a reader looks; '' is every topic."""
    if not young:
        return topic or ALL
    return f"{YOUNG}:{topic}" if topic else YOUNG


def waits(kind: str, level: int, now: int) -> Document:
    """The place of something in the moderators' queue."""
    rank = REPORTS if kind == "report" else CLASSES[level]
    due = now + (DUE_SOON if kind == "report" or level >= 2 else DUE)
    chance = secrets.randbelow(1 << CHANCE_BITS)
    order = (rank << CLASS_BITS) + (due << CHANCE_BITS) + chance
    return {"kind": kind, "order": order, "due_at": due, "since": now}


def order_range(rank: int) -> Document:
    """A filter for one class of the queue."""
    return {"desk.order": {"$gte": rank << CLASS_BITS, "$lt": (rank + 1) << CLASS_BITS}}


def shown_fields(before: Document, wording: Document, flags: Document, now: int) -> Document:
    """Fields that bring an approved wording before readers."""
    sent = before["sent"]
    shown = {
        "title": wording["title"],
        "text": wording["text"],
        "topic": sent["topic"],
        "animal": sent["animal"],
        "day": str(day_of(now)),
    }
    fields: Document = {"state": "published", "shown": shown, "shown_at": now, **flags}
    return {**fields, **visible_fields({**before, **fields}, now)}


def visible_fields(before: Document, now: int) -> Document:
    """Fields by which readers find what is shown."""
    if "story" in before:
        return {"shelf": before["story"]}
    topic = before["shown"]["topic"]
    shelves = [shelf_of("", young=False), shelf_of(topic, young=False)]
    if for_young(before):
        shelves += [shelf_of("", young=True), shelf_of(topic, young=True)]
    place = (now << PLACE_BITS) + secrets.randbelow(1 << PLACE_BITS)
    return {"shelves": shelves, "place": before.get("place", place)}


def for_young(document: Document) -> bool:
    """Whether under-14s may read a story: neither marked as not for them, nor as heavy to read."""
    return not (document.get("from_14") or document.get("heavy"))


def is_visible(document: Document) -> bool:
    """Whether readers may see it now."""
    return "shelves" in document or "shelf" in document


def untold(before: Document, now: int, *, final: bool) -> Document:
    """Fields that say: whoever has it on the screen is still to be told that it is gone.

    Args:
        final: it never comes back under this id.
    """
    mark = f"{id_of(before)}:{before['version']}"
    gone = {"id": id_of(before), "mark": mark, "final": final}
    at = max(now, before.get("untold_at", 0) + 1)
    return {"untold": [*before.get("untold", []), gone], "untold_at": at}


def hidden(before: Document, now: int) -> Change:
    """Away from readers until a moderator has decided, though it stays published."""
    fields = {"hidden": True, **untold(before, now, final=False)}
    return Change(fields, ["shelves", "shelf"])


def taken_away(before: Document, fields: Document, now: int) -> Change:
    """Gone for readers for good, and from the desk; `fields` say what it is from now on."""
    gone = [*DESK, *VISIBLE, "offered"]
    if "shown" not in before:
        return Change(fields, gone)
    return Change({**fields, **untold(before, now, final=True)}, gone)
