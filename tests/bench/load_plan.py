"""The plan of a load day: who comes when, with what, and who is on duty.

Everything is drawn from one seed, so the same plan can be played again after a change. Times are
minutes since the day's start at 06:00 local time; a day is 24 hours from there, so that the night
after the surge is part of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import nlp
from nlp import dataset

DAY = 24 * 60
STARTS_AT = 6
"""Local hour at which the day begins."""
TALKS = 12_000
LISTENER_HOURS = 7_000 * 4 / 7
"""A day's hours of 7,000 listeners who give 4 hours a week: about 167 are there at a time."""
COUNSELLOR_HOURS = 12 * 24
LISTENER_SHIFT, COUNSELLOR_SHIFT = 120.0, 216.0
BY_HOUR = (3, 2, 1.2, 0.7, 0.6, 0.7, 1, 1.6, 2, 2.4, 2.8, 3.2, 4.4, 4.2, 3.4, 3.4, 4.2, 5.2, 6)
EVENING = (7.6, 9, 9.2, 8, 5.2)
CURVE = (*BY_HOUR, *EVENING)
"""Talks by local hour, 0 to 23, relative: what the coordinators plan the shifts by."""
SURGE = {19: 1.5, 20: 1.5, 21: 1.5, 22: 1.5}
"""What they did not plan for."""
LEVELS = ((0, 0.40), (1, 0.30), (2, 0.20), (3, 0.10))
VANISH, HANDED_OVER = 0.08, 0.06
"""Share of shifts whose listener is suddenly gone, and of claimed talks that are handed over."""


@dataclass
class PlannedTalk:
    """A teen who will come, what they will say first, and how long they wait for a person."""

    at: float
    level: int
    opening: str
    patience: float
    length: float
    handed_over: bool


@dataclass
class PlannedShift:
    """Somebody on duty; from `vanishes_at` on nothing is heard of them."""

    role: str
    begins: float
    ends: float
    vanishes_at: float | None


@dataclass
class Plan:
    """The whole day at a scale: both sides are a `share` of the real ones."""

    share: float
    talks: list[PlannedTalk]
    shifts: list[PlannedShift]
    calm: list[str]


def plan(share: float, seed: int) -> Plan:
    """Draw the day."""
    chance = random.Random(seed)
    lines = {level: _lines(level) for level, _ in LEVELS}
    surged = [weight * SURGE.get(hour, 1) for hour, weight in enumerate(CURVE)]
    arrive = _minute_of(surged)
    talks = [_talk(chance, arrive(chance.random()), lines) for _ in range(round(TALKS * share))]
    shifts = [
        *_shifts(chance, "listener", LISTENER_HOURS * share, LISTENER_SHIFT),
        *_shifts(chance, "counsellor", COUNSELLOR_HOURS * share, COUNSELLOR_SHIFT),
    ]
    return Plan(share, sorted(talks, key=lambda one: one.at), shifts, lines[0])


def _lines(level: int) -> list[str]:
    """Lines of the corpus that the reader, as it is now, reads as being of this level.

    Where it has only its rules, it may read none so; then the label of the corpus is good enough.
    """
    wanted = [line.text for line in dataset.read() if line.level == level and not line.context]
    found: list[str] = []
    for text in wanted:
        if nlp.assess(text).level == level:
            found.append(text)
        if len(found) == 60:
            break
    return found or wanted[:60]


def _minute_of(weights: list[float]) -> Callable[[float], float]:
    """Return the function from a share of the day's talks to the minute by which they came."""
    rotated = [*weights[STARTS_AT:], *weights[:STARTS_AT]]
    whole = sum(rotated)

    def minute(share: float) -> float:
        left = share * whole
        for hour, weight in enumerate(rotated):
            if left <= weight:
                return 60 * (hour + left / weight)
            left -= weight
        return DAY

    return minute


def _talk(chance: random.Random, at: float, lines: dict[int, list[str]]) -> PlannedTalk:
    (level,) = chance.choices([one for one, _ in LEVELS], [share for _, share in LEVELS])
    return PlannedTalk(
        at=at,
        level=level,
        opening=chance.choice(lines[level]),
        patience=chance.expovariate(1 / 45) if level < 2 else 120 + chance.expovariate(1 / 60),
        length=min(max(chance.lognormvariate(3.2, 0.5), 6), 50),
        handed_over=chance.random() < HANDED_OVER,
    )


def _shifts(chance: random.Random, role: str, hours: float, minutes: float) -> list[PlannedShift]:
    """Shifts that cover the day as the coordinators expect it, so without the surge."""
    count = max(round(hours * 60 / minutes), 1)
    expected = _minute_of(list(CURVE))
    shifts = []
    for number in range(count):
        middle = expected((number + 0.5) / count)
        begins = min(max(middle - minutes / 2, 0), DAY - minutes)
        gone = chance.random() < VANISH and role == "listener"
        vanishes = begins + minutes * chance.uniform(0.2, 0.9) if gone else None
        shifts.append(PlannedShift(role, begins, begins + minutes, vanishes))
    return shifts
