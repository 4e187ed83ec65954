"""What the model says of a message: its level, its labels, and the words that carried them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nlp import context as talk
from nlp import features
from nlp.assessment import Reason
from nlp.context import ContextScorer
from nlp.model import Model, Scores
from nlp.normalise import Normalised
from nlp.segment import Segmenter

# A message longer than twice this is read in parts only, and of the longest only both ends; the
# rules read all of it. Parts are read of any long message: one grave sentence drowns in many plain.
WINDOW: Final = 400
PART: Final = 160
MOST_PARTS: Final = 14
# Of the sentence around what a rule found, so much at most is read on either side.
AROUND: Final = 40
MOST_REASONS: Final = 6
MOST_LABELS: Final = {"topic": 3, "feeling": 3, "need": 2}
_LOOKED_AT: Final = 40
_END: Final = re.compile("[。！？!?\\n]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the model saw it, with the level and the chance of level 2 or more."""

    flat: str
    scores: Scores
    level: int
    chance: float


class Scorer:
    """The model with its dictionary; read-only, so any number of threads may share it."""

    def __init__(self, model: Model, segmenter: Segmenter) -> None:
        self.model = model
        self._segmenter = segmenter
        self._context = ContextScorer(model.header["context"])
        self._groups = {
            prefix: [at for at, name in enumerate(model.outputs) if name.startswith(prefix + ":")]
            for prefix in ("type", *MOST_LABELS)
        }

    def read(
        self,
        text: str,
        earlier: Sequence[str] = (),
        spoke: frozenset[str] = frozenset(),
        places: Sequence[tuple[int, int]] = (),
    ) -> Reading:
        """Read a normalised text, alone and then with the earlier ones; the gravest reading counts.

        `spoke` names the rules that found something in it, `places` are the spans of that: in a
        long text the sentences they stand in are read by themselves as well.

        A talk that raises the level is returned as one joined reading, because the joined words
        tell what it is about.
        """
        readings = [self._read_part(part, spoke) for part in _parts(text, places)]
        own = max(readings, key=lambda reading: (reading.level, reading.chance))
        if not earlier:
            return own
        joined = self._read_part(talk.join(earlier, text)[-2 * WINDOW :], spoke)
        before = [self._read_part(message[:WINDOW]).scores.levels for message in earlier]
        inputs = talk.inputs(own.scores.levels, before, joined.scores.levels, len(text))
        level, chance = self._context.level(inputs)
        chosen = joined if level > own.level else own
        return Reading(chosen.flat, chosen.scores, max(level, own.level), max(chance, own.chance))

    def _read_part(self, text: str, spoke: frozenset[str] = frozenset()) -> Reading:
        flat = features.flatten(text)
        scores = self.model.score(features.blocks(flat, self._segmenter), spoke)
        cuts = self.model.cuts
        reached = (level for level in (3, 2, 1) if scores.levels[level - 1] >= cuts[level - 1])
        chance = self.model.probability(1, scores.levels[1])
        return Reading(flat, scores, next(reached, 0), chance)

    def labels(self, reading: Reading, typed: bool) -> dict[str, tuple[str, ...]]:
        """Return topics, feelings and needs, the clearest first, and the types.

        `typed` says that a rule already named a type; without it the likeliest type is always told.
        """
        sums, cuts = reading.scores.sums, self.model.cuts
        found = {}
        for prefix, columns in self._groups.items():
            above = sorted((cuts[at] - sums[at], at) for at in columns if sums[at] >= cuts[at])
            if prefix == "type" and not above and not typed:
                above = [min((cuts[at] - sums[at], at) for at in columns)]
            names = tuple(self.model.outputs[at].partition(":")[2] for _, at in above)
            found[prefix] = names[: MOST_LABELS.get(prefix)]
        return found

    def reasons(self, normal: Normalised, reading: Reading) -> list[Reason]:
        """Return the features that added most to the level, one for each place of the message."""
        if reading.level == 0:
            return []
        # A part of a long message begins further on; a joined talk is longer than the message.
        whole = features.flatten(normal.text)
        offset = whole.find(reading.flat) if len(reading.flat) <= len(whole) else -1
        flat = reading.flat if offset >= 0 else whole[:WINDOW]
        concepts = features.find_concepts(flat)
        found: list[Reason] = []
        taken: list[tuple[int, int]] = []
        for name, weight in self.model.contributions(reading.scores, reading.level)[:_LOOKED_AT]:
            span = features.locate(name[0], name[1:], flat, concepts)
            if span is None or any(s <= span[0] and span[1] <= e for s, e in taken):
                continue
            taken.append(span)
            start, end = normal.span(span[0] + max(offset, 0), span[1] + max(offset, 0))
            found.append(Reason(start, end, "model", features.plain(name), round(weight, 6)))
            if len(found) == MOST_REASONS:
                break
        return found


def _parts(text: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """Return what the model reads of a text: of a long one, its parts and what a rule spoke of."""
    if len(text) <= PART:
        return [text]
    parts = [text[at : at + PART] for at in range(0, len(text), PART)]
    if len(text) <= 2 * WINDOW:
        parts.append(text)
    if len(parts) > MOST_PARTS:
        parts = parts[: MOST_PARTS // 2] + parts[-MOST_PARTS // 2 :]
    sentences = {_sentence(text, start, end) for start, end in places}
    return [*parts, *sorted(sentences)]


def _sentence(text: str, start: int, end: int) -> str:
    """Return the sentence that a span stands in: more would drown it."""
    before = _END.split(text[max(0, start - AROUND) : start])[-1]
    return before + text[start:end] + _END.split(text[end : end + AROUND])[0]
