"""The whole reading of a message: normalise, score, apply the rules, combine.

Rules OR model: either may raise the level, nothing lowers it. A rule raises by itself where it was
right often enough on the training families (`Model.alone`); any other is evidence that the second
look of the model weighs, and some lift a message that the model reads as level 2 to 3. Without a
usable model all rules raise, read alone, and every assessment says so (`degraded`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from nlp import rules
from nlp.assessment import Assessment, Reason, Status
from nlp.context import EARLIER
from nlp.model import FILE, ModelUnusable, load
from nlp.normalise import Normalised, normalise
from nlp.scorer import Reading, Scorer
from nlp.segment import Segmenter

_log = logging.getLogger(__name__)
_RULES_ONLY = "rules-only"
_HIGH, _IMMINENT = 2, 3


class Reader:
    """Rules and, if there is one, the model; safe to share, nothing changes after loading."""

    def __init__(self, scorer: Scorer | None, why: str = "") -> None:
        self._scorer, self._why = scorer, why
        self._version = scorer.model.version if scorer is not None else _RULES_ONLY

    @classmethod
    def load(cls, path: Path = FILE) -> Reader:
        """Load what is there; a missing or altered model is logged loudly and done without."""
        try:
            return cls(Scorer(load(path), Segmenter()))
        except ModelUnusable as error:
            _log.error("the risk model is unusable (%s): rules read alone", error)
            return cls(None, str(error))

    def status(self) -> Status:
        """Say whether the model stands behind the readings."""
        return Status(True, self._scorer is None, self._version, self._why)

    def assess(self, text: str, context: Sequence[str] = ()) -> Assessment:
        """Read `text` with the teen's earlier messages; see `nlp.assess`."""
        normal = normalise(text)
        earlier = [normalise(message).text for message in context[-EARLIER:]]
        hits = rules.search(normal.text, " ".join(earlier))
        reading = None
        if self._scorer is not None:
            places = [(hit.start, hit.end) for hit in hits]
            reading = self._scorer.read(normal.text, earlier, _names(hits), places)
        return self._combine(normal, hits, reading)

    def chances(self, text: str) -> tuple[float, ...]:
        """Return what the model alone gives level ≥ 1, 2 and 3 as calibrated probabilities.

        All are 0 without a model. `evaluate` draws its curves from this.
        """
        if self._scorer is None:
            return (0.0, 0.0, 0.0)
        plain = normalise(text).text
        levels = self._scorer.read(plain, (), _names(rules.search(plain))).scores.levels
        return tuple(self._scorer.model.probability(at, sums) for at, sums in enumerate(levels))

    def ruled(self, text: str) -> int:
        """Return the level that the rules alone give."""
        return self._raised(rules.search(normalise(text).text))

    def _raised(self, hits: Sequence[rules.Hit]) -> int:
        """Return the level to which rules raise by themselves."""
        if self._scorer is None:
            return max((hit.rule.level for hit in hits), default=0)
        alone = self._scorer.model.alone
        return max((alone.get(hit.rule.name, 0) for hit in hits), default=0)

    def _combine(
        self, normal: Normalised, hits: Sequence[rules.Hit], reading: Reading | None
    ) -> Assessment:
        """Let the gravest voice count, and gather what each of them found."""
        level = self._raised(hits)
        score = max((hit.rule.weight for hit in hits), default=0.0) if level else 0.0
        types = {name for hit in hits for name in hit.rule.types}
        reasons = [
            Reason(*normal.span(hit.start, hit.end), "rule", hit.rule.name, hit.rule.weight)
            for hit in hits
        ]
        labels: dict[str, tuple[str, ...]] = {}
        if self._scorer is not None and reading is not None:
            # Two voices are needed: a rule never lifts what it has raised by itself.
            lifted = not self._scorer.model.lifting.isdisjoint(_names(hits))
            own = _IMMINENT if lifted and reading.level == _HIGH else reading.level
            level, score = max(level, own), max(score, reading.chance)
            labels = self._scorer.labels(reading, bool(types))
            types.update(labels["type"])
            reasons += self._scorer.reasons(normal, reading)
        return Assessment(
            level=level,
            types=frozenset(types) if level >= 2 else frozenset(),
            score=score,
            reasons=tuple(reasons) if level else (),
            topics=labels.get("topic", ()),
            feelings=labels.get("feeling", ()),
            needs=labels.get("need", ()),
            model_version=self._version,
            degraded=self._scorer is None,
        )


def _names(hits: Sequence[rules.Hit]) -> frozenset[str]:
    return frozenset(hit.rule.name for hit in hits)
