"""The whole reading of a message: normalise, cut, score, apply the rules, combine.

Rules OR model: either may raise the level, nothing lowers it. Without a usable model the rules read
alone and every assessment says so (`degraded`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nlp import context as talk
from nlp import features, rules
from nlp.assessment import Assessment, Reason, Status
from nlp.context import ContextScorer
from nlp.model import FILE, Model, ModelUnusable, Scores, load
from nlp.normalise import Normalised, normalise
from nlp.segment import Segmenter

_log = logging.getLogger(__name__)

# The model reads this many characters at each end of a longer message; the rules read all of it.
WINDOW: Final = 600
# A long message is also read in parts, because one grave sentence drowns in many plain ones.
PART: Final = 120
MOST_PARTS: Final = 12
MOST_REASONS: Final = 6
MOST_LABELS: Final = {"topic": 3, "feeling": 3, "need": 2}


class _Reading:
    """One message (or a joined talk) as the model saw it."""

    __slots__ = ("flat", "scores")

    def __init__(self, flat: str, scores: Scores) -> None:
        self.flat, self.scores = flat, scores


class Reader:
    """Dictionary, model and rules together; safe to share, because nothing changes after loading."""

    def __init__(self, segmenter: Segmenter, model: Model | None, why: str = "") -> None:
        self._segmenter, self._model, self._why = segmenter, model, why
        self._context = ContextScorer(model.header["context"]) if model is not None else None
        self._version = model.version if model is not None else "rules-only"
        outputs = model.outputs if model is not None else []
        self._groups = {
            prefix: [at for at, name in enumerate(outputs) if name.startswith(prefix + ":")]
            for prefix in ("type", *MOST_LABELS)
        }

    @classmethod
    def load(cls, path: Path = FILE) -> Reader:
        """Load what is there; a missing or altered model is logged loudly and read without."""
        try:
            return cls(Segmenter(), load(path))
        except ModelUnusable as error:
            _log.error("the risk model is unusable (%s): rules read alone", error)
            return cls(Segmenter(), None, str(error))

    def status(self) -> Status:
        """Say whether the model stands behind the readings."""
        return Status(True, self._model is None, self._version, self._why)

    def assess(self, text: str, context: Sequence[str] = ()) -> Assessment:
        """Read `text` with the teen's earlier messages; see `nlp.assess`."""
        normal = normalise(text)
        earlier = [normalise(message).text for message in context[-talk.EARLIER :]]
        hits = rules.search(normal.text, " ".join(earlier))
        if self._model is None:
            return self._combine(normal, hits, None, 0, 0.0)
        reading, level, score = self._model_level(normal.text, earlier)
        return self._combine(normal, hits, reading, level, score)

    def _model_level(self, text: str, earlier: Sequence[str]) -> tuple[_Reading, int, float]:
        """Return the gravest reading, its level, and the probability of level 2 or more."""
        assert self._model is not None and self._context is not None
        readings = [self._read(part) for part in _parts(text)]
        best = max(readings, key=lambda reading: reading.scores.levels[1])
        level = max(self._level(reading.scores) for reading in readings)
        score = self._model.probability(1, best.scores.levels[1])
        if earlier:
            joined = self._read(talk.join(earlier, text)[-2 * WINDOW :])
            before = [self._read(message[:WINDOW]).scores.levels for message in earlier]
            inputs = talk.inputs(best.scores.levels, before, joined.scores.levels, len(text))
            raised, chance = self._context.level(inputs)
            level, score = max(level, raised), max(score, chance)
        return best, level, score

    def _read(self, text: str) -> _Reading:
        assert self._model is not None
        flat = features.flatten(text)
        return _Reading(flat, self._model.score(features.blocks(flat, self._segmenter)))

    def _level(self, scores: Scores) -> int:
        """Return the highest level whose own threshold is reached."""
        assert self._model is not None
        cuts = self._model.cuts
        for level in (3, 2, 1):
            if scores.levels[level - 1] >= cuts[level - 1]:
                return level
        return 0

    def _combine(
        self,
        normal: Normalised,
        hits: Sequence[rules.Hit],
        reading: _Reading | None,
        level: int,
        score: float,
    ) -> Assessment:
        model_level = level
        level = max([level, *(hit.rule.level for hit in hits)])
        score = max([score, *(hit.rule.weight for hit in hits)])
        types = {name for hit in hits for name in hit.rule.types}
        reasons = [
            Reason(*normal.span(hit.start, hit.end), "rule", hit.rule.name, hit.rule.weight)
            for hit in hits
        ]
        chosen: dict[str, tuple[str, ...]] = {"topic": (), "feeling": (), "need": ()}
        if self._model is not None and reading is not None:
            sums = self._model.label_sums(reading.scores)
            chosen = {prefix: self._told(sums, prefix) for prefix in MOST_LABELS}
            if level >= 2:
                types |= set(self._types(sums, bool(types)))
            if model_level >= 1:
                reasons += self._reasons(normal, reading, model_level)
        return Assessment(
            level=level,
            types=frozenset(types) if level >= 2 else frozenset(),
            score=min(max(score, 0.0), 1.0),
            reasons=tuple(reasons),
            topics=chosen["topic"],
            feelings=chosen["feeling"],
            needs=chosen["need"],
            model_version=self._version,
            degraded=self._model is None,
        )

    def _told(self, sums: Sequence[float], prefix: str) -> tuple[str, ...]:
        """Return the labels of one group that reach their thresholds, the clearest first."""
        assert self._model is not None
        cuts, outputs = self._model.cuts, self._model.outputs
        above = [(cuts[at] - sums[at], at) for at in self._groups[prefix] if sums[at] >= cuts[at]]
        above.sort()
        return tuple(outputs[at].partition(":")[2] for _, at in above[: MOST_LABELS[prefix]])

    def _types(self, sums: Sequence[float], told: bool) -> list[str]:
        """Return the types told by the model; the likeliest where neither rule nor model told any."""
        assert self._model is not None
        cuts = self._model.cuts
        found = [at for at in self._groups["type"] if sums[at] >= cuts[at]]
        if not found and not told:
            found = [max(self._groups["type"], key=lambda at: sums[at] - cuts[at])]
        return [self._model.outputs[at].partition(":")[2] for at in found]

    def _reasons(self, normal: Normalised, reading: _Reading, level: int) -> list[Reason]:
        """Return the features that added most, one for each place of the message."""
        assert self._model is not None
        offset = features.flatten(normal.text).find(reading.flat) if reading.flat else -1
        found: list[Reason] = []
        taken: list[tuple[int, int]] = []
        for name, weight in self._model.contributions(reading.scores, level)[:40]:
            span = features.locate(name[0], name[1:], reading.flat)
            if span is None or any(s <= span[0] and span[1] <= e for s, e in taken):
                continue
            taken.append(span)
            start, end = normal.span(span[0] + max(offset, 0), span[1] + max(offset, 0))
            found.append(Reason(start, end, "model", name[1:].strip("\x02\x03 "), round(weight, 6)))
            if len(found) == MOST_REASONS:
                break
        return found


def _parts(text: str) -> list[str]:
    """Return what the model reads of a text: all of it, and its parts where it is long."""
    if len(text) <= PART:
        return [text]
    if len(text) > 2 * WINDOW:
        text = text[:WINDOW] + text[-WINDOW:]
    size = max(PART, -(-len(text) // MOST_PARTS))
    return [text, *(text[at : at + size] for at in range(0, len(text), size))]
