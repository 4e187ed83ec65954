"""A cry for help in another feature's document, until it has reached the teen's talk.

That there is one is written down in the same write as the words (`read`), so a crash in between
delays it until the next sweep and never loses it. `worry`: {state: pending|done, level, types,
due?}; `due` exists only while it is pending.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from pymongo.errors import PyMongoError

import nlp
from cloudfunctions.chat import service
from cloudfunctions.chat.brought import Kind, Origin
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.database import Database, Document
from cloudfunctions.common.errors import ServiceError
from cloudfunctions.common.resources import Resources

HIGH, IMMINENT = 2, 3
FIRST_SWEEP = 5 * SECOND
"""So long whoever keeps a worry has to carry it themselves before a sweep does."""
TRIED_AGAIN = MINUTE
AT_ONCE = 50
SHUT = "（这段文字现在打不开。）"


class Store(Protocol):
    """What a feature's store does about its worries."""

    def worried(self, database: Database, now: int, limit: int, /) -> list[Document]:
        """Return documents with a pending worry, the longest due first."""

    def worry_done(self, database: Database, key: str, /) -> None:
        """The worry has reached the talk."""

    def worry_later(self, database: Database, key: str, due: int, /) -> None:
        """Try a pending worry again at `due`."""


@dataclass(frozen=True)
class Keeper:
    """A feature whose documents {_id, cid, <teen>, worry?} may hold a worry.

    `words` opens what was written and may raise `Unreadable`; `carried` is called once the worry
    has reached the talk; `teen` names the field with the teen's id.
    """

    kind: Kind
    store: Store
    words: Callable[[Resources, Document], str]
    carried: Callable[[Resources, Document], None]
    teen: str = "teen"


def read(words: str, now: int) -> Document:
    """Return what the document keeps of what was read: whether to show the card, and a worry."""
    assessment = nlp.assess(words)
    found: Document = {"safety": assessment.level >= HIGH}
    if assessment.level >= IMMINENT:
        types = sorted(assessment.types)
        due = now + FIRST_SWEEP
        found["worry"] = {"state": "pending", "level": IMMINENT, "types": types, "due": due}
    return found


def carry(resources: Resources, keeper: Keeper, found: Document) -> bool:
    """Carry a pending worry into the teen's talk; where it fails now, a sweep does it later."""
    if found.get("worry", {}).get("state") != "pending":
        return False
    try:
        _carry(resources, keeper, found)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("worry_waits", feature=keeper.kind, type=type(error).__name__)
        with contextlib.suppress(PyMongoError):
            # Should this one fail again and again, the others still have their turn.
            later = resources.now() + TRIED_AGAIN
            keeper.store.worry_later(resources.database, found["_id"], later)
        return False
    return True


def _carry(resources: Resources, keeper: Keeper, found: Document) -> None:
    text = _words_for_people(resources, keeper, found)
    now_read, then = nlp.assess(text), found["worry"]
    grave = replace(
        now_read,
        level=max(now_read.level, then["level"]),
        types=now_read.types | frozenset(then["types"]),
    )
    origin: Origin = {"kind": keeper.kind, "id": found["cid"]}
    service.worry(resources, found[keeper.teen], origin, text, grave)
    keeper.store.worry_done(resources.database, found["_id"])
    keeper.carried(resources, found)


def _words_for_people(resources: Resources, keeper: Keeper, found: Document) -> str:
    """The words, or that they cannot be opened: a person is called in any case, and at once."""
    try:
        return keeper.words(resources, found)
    except Unreadable:
        return SHUT


def sweep(resources: Resources, keeper: Keeper) -> int:
    """Carry what is due; returns how many. Run twice, at once or late, no harm."""
    due = keeper.store.worried(resources.database, resources.now(), AT_ONCE)
    return sum(carry(resources, keeper, found) for found in due)
