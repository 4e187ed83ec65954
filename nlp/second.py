"""The second look: a regression over what the first one made of a message.

The first regressions hear words one by one; this one hears what they mean together. 'Home' and
'afraid' are each everyday, 'home × afraid' is not. Its inputs are the three log-odds of the first
look, the probabilities of every sign of danger, topic and feeling, the products of each two of
these, and which rules spoke. Source of the method: stacked generalisation (Wolpert, 1992), trained
on readings of families that the first look never saw.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, Final

FLOOR: Final = 0.05
"""A probability below this counts as none, so that few products have to be made."""
_LEAST: Final = math.log(FLOOR / (1.0 - FLOOR))
LEVELS: Final = 3


def heard(outputs: Sequence[str]) -> list[int]:
    """Return the places of the outputs that the second look hears, in its order."""
    wanted = ("level", "sign:", "topic:", "feeling:")
    return [at for at, name in enumerate(outputs) if name.startswith(wanted)]


class SecondLook:
    """The trained weights, read from the header of a model file; read-only.

    For each level: `bias`, `raw` (a weight for each log-odds of the first look), `single` (one for
    each output heard and then each rule) and `pair` (one for each two outputs heard, row by row
    above the diagonal).
    """

    def __init__(self, header: dict[str, Any], outputs: Sequence[str]) -> None:
        self.heard = heard(outputs)
        rules: list[str] = header["rules"]
        self._rules = {name: len(self.heard) + at for at, name in enumerate(rules)}
        parts = [header[str(level)] for level in range(1, LEVELS + 1)]
        self._bias = [part["bias"] for part in parts]
        self._raw = [part["raw"] for part in parts]
        self._single = list(zip(*(part["single"] for part in parts), strict=True))
        pairs = zip(*(part["pair"] for part in parts), strict=True)
        size = len(self.heard)
        self._pair: list[list[tuple[float, ...]]] = [
            [next(pairs) for _ in range(at + 1, size)] for at in range(size)
        ]

    def present(self, sums: Sequence[float]) -> list[tuple[int, float]]:
        """Return (place among those heard, probability) of what is there at all."""
        return [
            (place, 1.0 / (1.0 + math.exp(-sums[at])))
            for place, at in enumerate(self.heard)
            if sums[at] > _LEAST
        ]

    def levels(
        self, sums: Sequence[float], spoke: Collection[str] = ()
    ) -> tuple[float, float, float]:
        """Return the log-odds of level ≥ 1, 2 and 3 from the sums of all outputs.

        `spoke` names the rules that found something in the message.
        """
        one, two, three = (
            bias + sum(weight * value for weight, value in zip(raw, sums, strict=False))
            for bias, raw in zip(self._bias, self._raw, strict=True)
        )
        for name in spoke:
            a, b, c = self._single[self._rules[name]]
            one, two, three = one + a, two + b, three + c
        there = self.present(sums)
        for number, (place, chance) in enumerate(there):
            a, b, c = self._single[place]
            row = self._pair[place]
            for other, its in there[number + 1 :]:
                x, y, z = row[other - place - 1]
                a += x * its
                b += y * its
                c += z * its
            one += a * chance
            two += b * chance
            three += c * chance
        return one, two, three

    def slopes(self, sums: Sequence[float], level: int) -> dict[int, float]:
        """Return how much the log-odds of a level move with the sum of each output, by its place.

        With it a feature's share in the first look is carried through the second.
        """
        found = dict(enumerate(self._raw[level - 1]))
        there = self.present(sums)
        for place, chance in there:
            slope = self._single[place][level - 1]
            for other, its in there:
                if other != place:
                    low, high = sorted((place, other))
                    slope += self._pair[low][high - low - 1][level - 1] * its
            at = self.heard[place]
            found[at] = found.get(at, 0.0) + slope * chance * (1.0 - chance)
        return found
