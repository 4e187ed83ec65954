"""How the queues and the outbox stand at this moment: figures for whoever runs the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pymongo.errors import PyMongoError

from cloudfunctions.chat import outbox, store
from cloudfunctions.chat.holding import TITLE
from cloudfunctions.common import metrics, telemetry
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources

AGE = 5.0
"""Seconds that the figures may be old, so that many who ask cost the database one look."""
LOOK_SECONDS = 2.0
LEVELS = range(4)
COUNTED = 10_000
"""Above so many in one queue the figures stop counting; nobody needs them to know then."""


@dataclass(frozen=True)
class Standing:
    """Who waits, by tier and level, and what of the outbox is not delivered.

    Attributes:
        waiting: how many, by (tier, level); every tier and level is in it.
        longest_wait: seconds, by tier; 0 where nobody waits.
        undelivered: notices that are still being tried; at most those of 1,000 talks.
        oldest_notice: seconds since the oldest of these was posted; 0 without one.
        dead_letters: notices that were given up and not set aside; at most those of 101 talks.
    """

    waiting: Mapping[tuple[str, int], int]
    longest_wait: Mapping[str, float]
    undelivered: int
    oldest_notice: float
    dead_letters: int


def standing(resources: Resources) -> Standing | None:
    """Return the figures, a few seconds old at most; None where the database does not tell."""

    def look() -> Standing | None:
        try:
            with resources.database.deadline(LOOK_SECONDS):
                return _look(resources)
        except PyMongoError as error:
            metrics.database_fault(error)
            telemetry.note("standing_unknown", type=type(error).__name__)
            return None

    return resources.recent.get("standing", AGE, look)


def _look(resources: Resources) -> Standing:
    now = resources.now()
    waiting: dict[tuple[str, int], int] = {}
    longest: dict[str, float] = {}
    for tier in TITLE:
        groups = store.waiting_by_level(resources.database, tier, COUNTED)
        by_level = {int(group["_id"]): int(group["n"]) for group in groups}
        waiting |= {(tier, level): by_level.get(level, 0) for level in LEVELS}
        longest[tier] = _age(groups, "since", now)
    posted = outbox.undelivered(resources)
    return Standing(
        waiting=waiting,
        longest_wait=longest,
        undelivered=len(posted),
        oldest_notice=_age(posted, "at", now),
        dead_letters=len(outbox.dead_letters(resources)),
    )


def _age(found: list[Document], name: str, now: int) -> float:
    """Seconds since the earliest time under `name`."""
    return max(0.0, max((now - int(one[name]) for one in found), default=0) / SECOND)
