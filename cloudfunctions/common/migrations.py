"""Bringing documents of an older shape to the one that this code knows.

A step brings every document from one schema number to the next. Its writes are guarded by the old
shape, one document each, so that it may be killed anywhere and run again, and two may run at once;
the number in the database moves when the step is whole, by a guarded write of its own. While it is
under way `toward` keeps older code from starting on documents that are half of each shape. Code
that was started before goes on, so a step only adds what that code does not mind; what it would
mind goes in a later release, when none of it runs any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cloudfunctions.common import telemetry
from cloudfunctions.common.database import MARKS, Database, SchemaBehind, SchemaTooNew

BATCH_SECONDS = 60.0
"""Time that one batch of a step may take on the database."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """The way to schema `number` from the one below.

    `run` does one batch of documents after another and yields how many each changed; it ends when
    none of the old shape is left.
    """

    number: int
    name: str
    run: Callable[[Database], Iterator[int]]


STEPS: tuple[Step, ...] = ()
"""In order, one for each number from 2 to `database.SCHEMA`; none has been needed yet."""


def migrate(database: Database, steps: Sequence[Step] = STEPS, tell: Tell = print) -> int:
    """Do what is still to be done, and return the schema number that stands then.

    An empty database needs nothing: it gets its number with its first use.

    Raises:
        SchemaTooNew: newer code has been here.
        SchemaBehind: a restore was cut off.
    """
    number = _number(database, steps)
    for step in steps:
        if step.number > number:
            _carry_out(database, step, tell)
            number = step.number
    return number


def _number(database: Database, steps: Sequence[Step]) -> int:
    newest = steps[-1].number if steps else 1
    with database.deadline(BATCH_SECONDS):
        mark = database.collection(MARKS).find_one({"_id": "schema"})
    if mark is None:
        return newest
    if mark.get("restoring"):
        raise SchemaBehind("a backup was not restored to its end; restore the same file again")
    if max(mark["number"], mark.get("toward", 0)) > newest:
        raise SchemaTooNew(f"database has schema {mark['number']}, this code knows {newest}")
    return int(mark["number"])


def _carry_out(database: Database, step: Step, tell: Tell) -> None:
    marks, before = database.collection(MARKS), step.number - 1
    with database.deadline(BATCH_SECONDS):
        marks.update_one({"_id": "schema", "number": before}, {"$set": {"toward": step.number}})
    done, batches = 0, step.run(database)
    while True:
        with database.deadline(BATCH_SECONDS):
            changed = next(batches, None)
        if changed is None:
            break
        done += changed
        tell(f"schema {step.number}, {step.name}: {done} documents")
    with database.deadline(BATCH_SECONDS):
        marks.update_one(
            {"_id": "schema", "number": before},
            {"$set": {"number": step.number}, "$unset": {"toward": ""}},
        )
    telemetry.note("migrated", number=step.number, documents=done)
