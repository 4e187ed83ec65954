"""What reading one message yields: a level with its reasons, and what the message is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that carried the level.

    `start` and `end` are code points of the original text (end is exclusive). `weight` is in
    log-odds for a model feature (exact, because the model is linear) and in [0, 1] for a rule.
    """

    start: int
    end: int
    source: Literal["model", "rule"]
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a message was read.

    `level` is 0 safe, 1 distress, 2 high, 3 imminent. `score` in [0, 1] is the calibrated
    probability of level 2 or more, raised to a rule's weight where a rule spoke. `types` is empty
    below level 2. `degraded` says that the model was missing and the rules read alone.
    """

    level: int
    types: frozenset[str]
    score: float
    reasons: tuple[Reason, ...]
    topics: tuple[str, ...]
    feelings: tuple[str, ...]
    needs: tuple[str, ...]
    model_version: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the reader can work: `ready` is always reached, `reason` says what is missing."""

    ready: bool
    degraded: bool
    model_version: str
    reason: str
