"""Train the shipped model from the authored corpus alone: `python -m nlp train`.

The test families (one in five, by the hash of the family name) are never seen. Calibration and
thresholds come from cross-validation over the families of the rest; then one model is fitted on all
of them. Nothing is left to chance, so the same corpus gives the same file.
Source of the method: Frank & Hall (2001) for a level as ordered thresholds.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nlp import context, dataset, disguise, features, labels, model, rules, second
from nlp.dataset import Line
from nlp.fitting import (
    Answers,
    Fitted,
    Floats,
    Second,
    Tokens,
    Vectoriser,
    best_f1,
    fit_linear,
    fit_second,
    lowest_threshold,
    platt,
)
from nlp.normalise import normalise
from nlp.segment import Segmenter

_log = logging.getLogger(__name__)

Folds = npt.NDArray[np.int64]
"""The fold of each line."""
Levels = npt.NDArray[np.int64]
"""The level of each line."""

FOLDS: Final = 4
RIGHT_ALONE: Final = 0.86
"""A rule raises a level by itself if it was right in this share of its hits …"""
FEWEST_HITS: Final = 10
"""… and spoke at least so often; any other rule is evidence for the second look."""
RIGHT_LIFT: Final = 0.7
"""A rule of level 3 lifts what is read as level 2 if it was right in this share of such lines."""
# The share of cross-validated lines (safe: level 0, low: levels 0 and 1,
# plain: level 0 and no hard negative) that may reach a level.
FALSE_ALARMS: Final = {
    "level1 safe": 0.1,
    "level2 low": 0.028,
    "level3 low": 0.01,
    "level3 plain": 0.002,
}


PLAIN_KINDS: Final = ("everyday", "short", "ai_question", "joker", "study")


def outputs() -> list[str]:
    """Return the names of everything the model decides, in the order of its columns."""
    names = ["level1", "level2", "level3"]
    for prefix, group in _GROUPS:
        names += [f"{prefix}:{name}" for name in group]
    return names


_GROUPS: Final = (
    ("type", labels.TYPES),
    ("topic", labels.TOPICS),
    ("feeling", labels.FEELINGS),
    ("need", labels.NEEDS),
    # The types once more, learnt from all lines: signs of danger for the second look.
    ("sign", labels.TYPES),
)


def targets(lines: Sequence[Line]) -> Answers:
    """Return a row a line and a column an output, of 0 and 1."""
    rows = []
    for line in lines:
        row = [line.level >= level for level in (1, 2, 3)]
        told = (line.types, line.topics, line.feelings, line.needs, line.types)
        for names, (_, group) in zip(told, _GROUPS, strict=True):
            row += [name in names for name in group]
        rows.append(row)
    return np.array(rows, dtype=np.int8)


def learnt_from(wanted: Answers, labelled: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Say which rows each output learns from: a type only from grave lines, where it is told.

    `labelled` are the rows that carry topics, feelings and needs; lines from use do not.
    """
    rows = np.ones(wanted.shape[::-1], dtype=bool)
    for column, name in enumerate(outputs()):
        if name.startswith("type:"):
            rows[column] = wanted[:, 1] == 1
        elif column >= model.LEVEL_OUTPUTS and not name.startswith("sign:"):
            rows[column] = labelled
    return rows


def tokens_of(text: str, segmenter: Segmenter) -> Tokens:
    """Return the three blocks of features of a raw text."""
    return features.blocks(features.flatten(normalise(text).text), segmenter)


def documents_of(lines: Sequence[Line], segmenter: Segmenter) -> list[Tokens]:
    """Return the features of each line; a line with context is read joined with it."""
    return [tokens_of(context.join(line.context, line.text), segmenter) for line in lines]


def training_lines(folder: Path = dataset.CORPUS) -> list[Line]:
    """Return the training families without texts that stand twice or in a test family too."""
    train, test = dataset.split(dataset.read(folder))
    seen = {(line.text, line.context) for line in test}
    kept = []
    for line in train:
        key = (line.text, line.context)
        if key not in seen:
            seen.add(key)
            kept.append(line)
    return kept


def twins_of(lines: Sequence[Line]) -> list[Line]:
    """Return disguised twins of grave lines which still look different once normalised."""
    found = []
    for line in lines:
        if line.level < 2 or line.context:
            continue
        seen = {normalise(line.text).text}
        for kind in disguise.KINDS:
            other = disguise.twin(line.text, kind)
            if other is not None and normalise(other).text not in seen:
                seen.add(normalise(other).text)
                found.append(replace(line, text=other))
    return found


def folds_of(lines: Sequence[Line]) -> Folds:
    """Return the fold of each line; a family stands in one fold."""
    return np.array([dataset.bucket(line.family, FOLDS, "fold") for line in lines])


@dataclass(slots=True)
class CrossValidated:
    """Sums of each line by a model that never saw its family, and the models of each fold.

    `levels` are those of the second look, which never saw the family either.
    """

    sums: Floats
    levels: Floats
    fold: Folds
    models: list[Fitted]
    seconds: list[Second]


def cross_validate(
    lines: Sequence[Line],
    matrix: csr_matrix,
    wanted: Answers,
    spoke: Answers,
    only: npt.NDArray[np.bool_],
    fold: Folds,
) -> CrossValidated:
    """Fit a model a fold and let it read the lines it did not see; `spoke`: lines × rules."""
    sums = np.zeros(wanted.shape)
    models = []
    for number in range(FOLDS):
        held = fold == number
        models.append(fit_linear(matrix[~held], wanted[~held], only[:, ~held]))
        sums[held] = models[-1].sums(matrix[held])
        _log.info("fold %d of %d", number + 1, FOLDS)
    heard, level = second.heard(outputs()), wanted[:, : model.LEVEL_OUTPUTS].sum(axis=1)
    levels, seconds = np.zeros((len(lines), second.LEVELS)), []
    for number in range(FOLDS):
        held = fold == number
        seconds.append(fit_second(sums[~held], spoke[~held], level[~held], heard))
        levels[held] = seconds[-1].levels(sums[held], spoke[held], heard)
    return CrossValidated(sums, levels, fold, models, seconds)


def level_thresholds(
    chances: Floats, heard: np.ndarray[Any, Any], level: Levels, kinds: Sequence[str]
) -> dict[str, float]:
    """Choose the lowest thresholds that keep the false alarms allowed.

    `heard` is the level that the rules give each line. The false alarms of level 2 are those of
    rules and model together; those of level 3 are the model's own, because there the rules alone
    may already use up what little is allowed.
    """
    safe, low = level == 0, level <= 1
    plain = safe & np.isin(kinds, PLAIN_KINDS)
    both = np.maximum(chances, heard[:, None] >= np.arange(1, chances.shape[1] + 1))

    def allowed(scores: Floats, rows: np.ndarray[Any, Any], name: str) -> float:
        return lowest_threshold(scores[rows], FALSE_ALARMS[name])

    return {
        "level1": max(best_f1(chances[:, 0], level >= 1), allowed(both[:, 0], safe, "level1 safe")),
        "level2": allowed(both[:, 1], low, "level2 low"),
        "level3": max(
            allowed(chances[:, 2], plain, "level3 plain"),
            allowed(chances[:, 2], low, "level3 low"),
            0.3,
        ),
    }


def talks(lines: Sequence[Line]) -> list[Line]:
    """Return lines with context, and plain chat set after each grave context.

    Plain chat after grave words is still plain chat; without such pairs the scorer would call
    everything grave that follows a grave word.
    """
    found = [line for line in lines if line.context]
    chats = [line for line in lines if not line.context and line.level == 0 and len(line.text) > 6]
    grave = [line for line in found if line.level >= 2]
    if chats:
        found += [
            replace(chats[number * 7 % len(chats)], context=line.context)
            for number, line in enumerate(grave)
        ]
    return found


def readings(
    lines: Sequence[Line],
    vectoriser: Vectoriser,
    fitted: Fitted,
    looked: Second,
    segmenter: Segmenter,
) -> list[list[float]]:
    """Return the inputs of the context scorer for lines with context."""
    heard = second.heard(outputs())

    def levels_of(texts: Sequence[str], spoke: Answers) -> list[list[float]]:
        documents = [tokens_of(text, segmenter) for text in texts]
        # The rules that spoke in the message count for it and for the joined text.
        flags = np.zeros((len(texts), spoke.shape[1]), dtype=np.int8)
        flags[:2] = spoke
        levels = looked.levels(fitted.sums(vectoriser.transform(documents)), flags, heard)
        return [[float(value) for value in row] for row in levels]

    rows = []
    for line, said in zip(lines, rules_that_spoke(lines), strict=True):
        earlier = line.context[-context.EARLIER :]
        texts = (line.text, context.join(earlier, line.text), *earlier)
        own, joined, *before = levels_of(texts, said[None, :])
        rows.append(context.inputs(own, before, joined, len(line.text)))
    return rows


def fit_context(
    lines: Sequence[Line], vectoriser: Vectoriser, crossed: CrossValidated, segmenter: Segmenter
) -> dict[str, Any]:
    """Fit the context scorer on readings by models that never saw the families read."""
    rows: list[list[float]] = []
    levels: list[int] = []
    for number, (fitted, looked) in enumerate(zip(crossed.models, crossed.seconds, strict=True)):
        part = talks([line for line, at in zip(lines, crossed.fold, strict=True) if at == number])
        rows += readings(part, vectoriser, fitted, looked, segmenter)
        levels += [line.level for line in part]
    found: dict[str, Any] = {}
    for level in (2, 3):
        answer = np.array(levels) >= level
        if not answer.any() or answer.all():
            found[str(level)] = {"weights": [0.0] * len(context.INPUTS), "bias": -20.0}
            continue
        regression = LogisticRegression(C=1.0, max_iter=2000).fit(np.array(rows), answer)
        chances = regression.predict_proba(np.array(rows))[:, 1]
        low = np.array(levels) <= (1 if level == 2 else 2)
        found[str(level)] = {
            "weights": [round(float(weight), 6) for weight in regression.coef_[0]],
            "bias": round(float(regression.intercept_[0]), 6),
            "threshold": round(max(0.5, lowest_threshold(chances[low], 0.03)), 6),
        }
    return found


def _scales(fitted: Fitted) -> Floats:
    """Return the value of one step of each output's whole numbers: 16 bits for levels, else 8."""
    largest = np.abs(fitted.weights).max(axis=1)
    steps = np.where(np.arange(len(largest)) < model.LEVEL_OUTPUTS, 32_000.0, 120.0)
    return np.where(largest > 0, largest / steps, 1.0)


def pack_weights(
    fitted: Fitted, names: Sequence[str], idf: Floats
) -> tuple[dict[str, bytes], list[float]]:
    """Return the sections of the model file and the scale of each output."""
    scales = np.array([float(f"{scale:.8g}") for scale in _scales(fitted)])
    whole = np.rint(fitted.weights / scales[:, None]).astype(np.int32)
    labels_part = whole[model.LEVEL_OUTPUTS :]
    starts, columns, values = array("I", [0]), array("B"), array("b")
    for feature in range(whole.shape[1]):
        for column in np.flatnonzero(labels_part[:, feature]):
            columns.append(int(column) + model.LEVEL_OUTPUTS)
            values.append(int(labels_part[column, feature]))
        starts.append(len(columns))
    sections = {"names": "\n".join(names).encode("utf-8"), "idf": _raw("d", idf)}
    for place in range(model.LEVEL_OUTPUTS):
        sections[f"level{place}"] = _raw("h", whole[place])
    sections |= {"starts": _bytes(starts), "columns": _bytes(columns), "values": _bytes(values)}
    return sections, [float(scale) for scale in scales]


def _raw(code: str, values: np.ndarray[Any, Any]) -> bytes:
    return _bytes(array(code, values.tolist()))


def _bytes(values: array[Any]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def corpus_hash(folder: Path = dataset.CORPUS) -> str:
    """Return the SHA-256 over all corpus files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train(folder: Path = dataset.CORPUS, path: Path = model.FILE, more: Sequence[Line] = ()) -> str:
    """Train, write the model file, and return its SHA-256.

    `more` are consented lines from use; their families are split like those of the corpus.
    """
    segmenter = Segmenter()
    lines = [*training_lines(folder), *dataset.split(more)[0]]
    lines += twins_of(lines)
    _log.info("%d lines of training families, disguised twins with them", len(lines))
    documents = documents_of(lines, segmenter)
    vectoriser = Vectoriser.fit(documents)
    matrix, wanted = vectoriser.transform(documents), targets(lines)
    _log.info("%d features", matrix.shape[1])
    rows = learnt_from(wanted, np.array([line.kind != dataset.IN_USE for line in lines]))
    spoke = rules_that_spoke(lines)
    crossed = cross_validate(lines, matrix, wanted, spoke, rows, folds_of(lines))
    final = crossed.sums.copy()
    final[:, : second.LEVELS] = crossed.levels
    calibration = [
        platt(final[rows[at], at], wanted[rows[at], at]) for at in range(wanted.shape[1])
    ]
    chances = calibrated(final, calibration)
    level = np.array([line.level for line in lines])
    heard = second.heard(outputs())
    alone = rules_alone(spoke, level)
    thresholds = level_thresholds(
        chances, raised_alone(spoke, alone), level, [line.kind for line in lines]
    )
    for column, name in enumerate(outputs()[model.LEVEL_OUTPUTS :], model.LEVEL_OUTPUTS):
        thresholds[name] = best_f1(chances[rows[column], column], wanted[rows[column], column] == 1)
    fitted = fit_linear(matrix, wanted, rows)
    _log.info("fitted on all training families")
    sections, scale = pack_weights(fitted, vectoriser.names(), vectoriser.idf())
    header = {
        "version": f"{model.SCHEMA}-{corpus_hash(folder)[:10]}{f'+{len(more)}' if more else ''}",
        "outputs": outputs(),
        "bias": [round(float(value), 6) for value in fitted.bias],
        "scale": scale,
        "platt": calibration,
        "thresholds": {name: round(value, 6) for name, value in thresholds.items()},
        "chosen_by": chosen_by(chances, level, thresholds),
        "second": {
            "rules": [rule.name for rule in rules.RULES],
            **fit_second(crossed.sums, spoke, level, heard).header(len(heard) + spoke.shape[1]),
        },
        "alone": alone,
        "lifting": rules_lifting(spoke, level),
        "context": fit_context(lines, vectoriser, crossed, segmenter),
    }
    digest = model.save(path, header, sections)
    _log.info("%s %.2f MB sha256 %s", path.name, path.stat().st_size / 1e6, digest)
    return digest


def rules_that_spoke(lines: Sequence[Line]) -> Answers:
    """Return a row a line and a column a rule: 1 where the rule found something."""
    found = np.zeros((len(lines), len(rules.RULES)), dtype=np.int8)
    places = {rule.name: at for at, rule in enumerate(rules.RULES)}
    for row, line in zip(found, lines, strict=True):
        before = " ".join(normalise(message).text for message in line.context)
        for hit in rules.search(normalise(line.text).text, before):
            row[places[hit.rule.name]] = 1
    return found


def rules_alone(spoke: Answers, level: Levels, right: float = RIGHT_ALONE) -> dict[str, int]:
    """Return the rules that may raise a level by themselves, with the level.

    A rule may where it was seldom wrong on the training families, whose hard negatives make it look
    worse than everyday chat does.
    """
    found = {}
    for at, rule in enumerate(rules.RULES):
        reached = level[spoke[:, at] == 1]
        for least in range(rule.level, 1, -1):
            if len(reached) >= FEWEST_HITS and (reached >= least).mean() >= right:
                found[rule.name] = least
                break
    return found


def rules_lifting(spoke: Answers, level: Levels) -> list[str]:
    """Return the rules of level 3 that lift a message which is read as level 2 without them."""
    found = []
    for at, rule in enumerate(rules.RULES):
        grave = level[(spoke[:, at] == 1) & (level >= 2)]
        if rule.level == 3 and len(grave) >= FEWEST_HITS and (grave == 3).mean() >= RIGHT_LIFT:
            found.append(rule.name)
    return found


def raised_alone(spoke: Answers, alone: Mapping[str, int]) -> np.ndarray[Any, Any]:
    """Return the level to which the rules raise each line by themselves."""
    levels = np.array([alone.get(rule.name, 0) for rule in rules.RULES])
    return np.asarray((spoke * levels).max(axis=1))


def calibrated(sums: Floats, calibration: Sequence[tuple[float, float]]) -> Floats:
    """Return Platt's probability of each sum."""
    slope, offset = np.array(calibration).T
    return np.asarray(1.0 / (1.0 + np.exp(-(sums * slope + offset))))


def chosen_by(chances: Floats, level: Levels, thresholds: dict[str, float]) -> dict[str, float]:
    """Return the cross-validated figures that the level thresholds were chosen by."""
    figures = {}
    for column, least in enumerate((1, 2, 3)):
        reached = chances[:, column] >= thresholds[f"level{least}"]
        figures[f"recall of level {least} or more"] = float(reached[level >= least].mean())
        figures[f"level 0 called {least} or more"] = float(reached[level == 0].mean())
        figures[f"below level {least} called it"] = float(reached[level < least].mean())
    return {name: round(value, 4) for name, value in figures.items()}
