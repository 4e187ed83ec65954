"""Reading a message together with what was said before it.

Three readings are made: the message alone, the gravest of the earlier messages, and all of them as
one text. A small logistic regression of its own weighs them, so that '都准备好了' is grave after
pills and nothing after an exam, while plain chat after a grave message stays plain chat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

EARLIER: Final = 4
INPUTS: Final = (
    "own2",
    "own3",
    "earlier2",
    "earlier3",
    "joined2",
    "joined3",
    "gain2",
    "gain3",
    "short",
)


def join(context: Sequence[str], text: str) -> str:
    """Return the last earlier messages and the message itself as one text."""
    return " ".join((*context[-EARLIER:], text))


def inputs(
    own: Sequence[float],
    earlier: Sequence[Sequence[float]],
    joined: Sequence[float],
    length: int,
) -> list[float]:
    """Return the inputs of the context scorer, in the order of `INPUTS`.

    `own`, `joined` and each of `earlier` are log-odds of level ≥ 1, 2, 3; `length` counts the
    characters of the message.
    """
    before2 = max(levels[1] for levels in earlier)
    before3 = max(levels[2] for levels in earlier)
    return [
        own[1],
        own[2],
        before2,
        before3,
        joined[1],
        joined[2],
        joined[1] - max(own[1], before2),
        joined[2] - max(own[2], before3),
        1.0 / (1.0 + length / 4.0),
    ]


class ContextScorer:
    """The trained weights of the second reading."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._levels = [
            (
                level,
                header[str(level)]["weights"],
                header[str(level)]["bias"],
                header[str(level)].get("threshold", 1.1),
            )
            for level in (2, 3)
        ]

    def level(self, values: Sequence[float]) -> tuple[int, float]:
        """Return the level the talk raises the message to (0: none) and the chance of level ≥ 2."""
        raised, chance_of_two = 0, 0.0
        for level, weights, bias, threshold in self._levels:
            total = bias + sum(
                weight * value for weight, value in zip(weights, values, strict=True)
            )
            chance = 1.0 / (1.0 + math.exp(-min(max(total, -60.0), 60.0)))
            if chance >= threshold:
                raised = level
            if level == 2:
                chance_of_two = chance
        return raised, chance_of_two
