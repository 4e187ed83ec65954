"""Figures for the supervisor. Every count is one range of one index, and nothing names anybody."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from cloudfunctions.chat import service as chat
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import store

STATES = (
    *("draft", "waiting", "mask_offered", "change_asked", "published", "withheld", "withdrawn"),
)
AGES = (("0–2", 0, 2), ("2–8", 2, 8), ("8–24", 8, 24), ("24+", 24, None))
LONGEST = 400 * 24 * HOUR
MOST = 20_000
"""Decisions that one answer looks at; a period with more is a matter for a shorter one."""


class Waiting(msgspec.Struct):
    """How many have waited for so many hours."""

    hours: str
    n: int


class Decided(msgspec.Struct):
    """From sending to a person's decision, in minutes; None where there was none."""

    median_minutes: float | None
    p90_minutes: float | None
    n: int


class Withheld(msgspec.Struct):
    """How many were withheld for a reason."""

    reason: str
    n: int


class Figures(msgspec.Struct):
    """Stories of a period by state, who waits now, how long people took, and what came of it."""

    states: dict[str, int]
    waiting_ages: list[Waiting]
    decided: Decided
    withheld: list[Withheld]
    talks_begun: int


def figures(resources: Resources, since: int, until: int) -> Figures:
    """Return the figures of a period in milliseconds; `until` itself is outside.

    Raises:
        BadRequest: it ends before it begins, or is longer than 400 days.
    """
    if not since < until <= since + LONGEST:
        raise BadRequest("这段时间不对。", hint="请选不超过 400 天的一段时间。")
    period = {"$gte": since, "$lt": until}
    return Figures(
        states=_states(resources, period),
        waiting_ages=_waiting(resources),
        decided=_decided(resources, period),
        withheld=_withheld(resources, period),
        talks_begun=sum(
            chat.brought_count(resources, kind, since, until) for kind in ("story", "answer")
        ),
    )


def _states(resources: Resources, period: Document) -> dict[str, int]:
    return {
        state: store.count(resources.database, store.STORIES, {"state": state, "sent_at": period})
        for state in STATES
    }


def _waiting(resources: Resources) -> list[Waiting]:
    now, found = resources.now(), list[Waiting]()
    for label, youngest, oldest in AGES:
        since: Document = {"$lte": now - youngest * HOUR}
        if oldest is not None:
            since["$gt"] = now - oldest * HOUR
        n = sum(
            store.count(resources.database, name, {"desk.since": since})
            for name in (store.STORIES, store.ANSWERS)
        )
        found.append(Waiting(label, n))
    return found


def _decided(resources: Resources, period: Document) -> Decided:
    judged = {"judged": True}
    found = store.find(resources.database, store.STORIES, {"judged.at": period}, judged, MOST)
    took = sorted(one["judged"]["took"] / MINUTE for one in found)
    return Decided(_share(took, 0.5), _share(took, 0.9), len(took))


def _share(took: Sequence[float], share: float) -> float | None:
    if not took:
        return None
    return round(took[max(math.ceil(len(took) * share) - 1, 0)], 1)


def _withheld(resources: Resources, period: Document) -> list[Withheld]:
    query, reason = {"state": "withheld", "sent_at": period}, {"reason": True}
    found = store.find(resources.database, store.STORIES, query, reason, MOST)
    counts = Counter(one["reason"] for one in found)
    return [Withheld(reason, n) for reason, n in sorted(counts.items())]
