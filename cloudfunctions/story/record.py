"""The single write of a story or an answer: read it, decide, write with a guard, or begin again.

`version` counts the writes. If someone else was faster, the guard refuses and the decision is made
anew on what is there now, so every decision must know its own effect when it sees it: a write whose
answer was lost is then found as done. Source: optimistic concurrency control (Kung and Robinson).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import PyMongoError

from cloudfunctions.common.database import Database, Document, outcome_unknown
from cloudfunctions.common.errors import Conflict, NotFound
from cloudfunctions.story import store

ATTEMPTS = 100
"""Far above what a teen and a few moderators can cause; the request's deadline ends it earlier."""


@dataclass(frozen=True)
class Change:
    """What one decision does: fields to set and fields to remove, all of the top level."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """The document afterwards, and whether anything was written."""

    document: Document
    changed: bool


Read = Callable[[], Document | None]
Decide = Callable[[Document], Change | None]


def change(database: Database, collection: str, read: Read, decide: Decide) -> Outcome:
    """Carry one decision out exactly once; None from `decide` says that it is so already.

    Raises:
        NotFound: `read` finds nothing for this caller.
        Conflict: others kept changing it for the whole of the request's time.
    """
    for attempt in range(ATTEMPTS):
        before = read()
        if before is None:
            raise NotFound
        wanted = decide(before)
        if wanted is None:
            return Outcome(before, changed=False)
        if _written(database, collection, before, wanted):
            return Outcome(_applied(before, wanted), changed=True)
        # The others go first, a little longer each time, but never in step with them.
        time.sleep(secrets.randbelow(1_000) / 1_000 * 0.002 * min(attempt + 1, 10))
    raise Conflict


def _written(database: Database, collection: str, before: Document, wanted: Change) -> bool:
    gone = [name for name in wanted.gone if name in before and name not in wanted.fields]
    try:
        return store.write(database, collection, before, wanted.fields, gone)
    except PyMongoError as error:
        if not outcome_unknown(error):
            raise
        # It may be written or not: reading again tells.
        return False


def _applied(before: Document, wanted: Change) -> Document:
    kept = {name: value for name, value in before.items() if name not in wanted.gone}
    return {**kept, **wanted.fields, "version": before["version"] + 1}
