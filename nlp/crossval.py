"""What cross-validation over the training families says: `python -m nlp crossvalidate`.

Every line is read by a model that never saw its family, or with `--by voice` nothing of its writer.
The held-out families and outside text play no part, so this is the place to compare ways of
reading and to choose by. Lines with context and disguised twins are learnt from but not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.metrics import roc_auc_score

from nlp import dataset, rules, train
from nlp.dataset import Line
from nlp.fitting import Floats, Vectoriser, lowest_threshold
from nlp.segment import Segmenter

ALLOWED: Final = 0.03
"""False alarms on levels 0 and 1 at which recall is compared."""
BARS: Final = (0.0, 0.7, 0.8, 0.85, 0.89, 0.95, 1.1)
"""A rule raises alone if right in this share of its hits; 0 lets all, 1.1 lets none."""


def voices(folder: Path = dataset.CORPUS) -> dict[str, str]:
    """Return the file, which is one writer's, that each family stands in."""
    return {
        line.family: path.stem
        for path in sorted(folder.glob("*.jsonl"))
        for line in dataset.read_file(path)
    }


def folds(lines: Sequence[Line], by: str) -> train.Folds:
    """Return the fold of each line, by the hash of its family or of its writer."""
    if by == "family":
        return train.folds_of(lines)
    voice = voices()
    return np.array([dataset.bucket(voice[line.family], train.FOLDS, "voice") for line in lines])


def report(by: str = "family") -> str:
    """Cross-validate and return the table."""
    segmenter = Segmenter()
    lines = train.training_lines()
    plain = len(lines)
    lines += train.twins_of(lines)
    documents = train.documents_of(lines, segmenter)
    matrix, wanted = Vectoriser.fit(documents).transform(documents), train.targets(lines)
    only = train.learnt_from(wanted, np.ones(len(lines), dtype=bool))
    spoke = train.rules_that_spoke(lines)
    crossed = train.cross_validate(lines, matrix, wanted, spoke, only, folds(lines, by))
    counted = np.array([at < plain and not line.context for at, line in enumerate(lines)])
    level = np.array([line.level for line in lines])[counted]
    rows = [f"{counted.sum()} lines, folds by {by}", _HEAD]
    for name, sums in (("first look", crossed.sums), ("second look", crossed.levels)):
        rows.append(_row(name, sums[counted, 1], np.zeros(len(level)), level))
    for bar in BARS:
        alone = train.rules_alone(spoke, np.array([line.level for line in lines]), bar)
        raised = train.raised_alone(spoke, alone)[counted]
        name = f"second look or {len(alone)} of {len(rules.RULES)} rules (right ≥ {bar:.2f})"
        rows.append(_row(name, crossed.levels[counted, 1], raised >= 2, level))
    return "\n".join(rows)


_HEAD: Final = f"{'level ≥ 2':52}{'AUC':>7}{'recall':>8}  rules alone: recall, false alarms"


def _row(name: str, sums: Floats, raised: Floats, level: train.Levels) -> str:
    """Return recall at the false alarms that model and rules together are allowed."""
    high = level >= 2
    score = np.where(raised, np.inf, sums)
    found = score >= lowest_threshold(score[~high], ALLOWED)
    # Where the rules alone use up more than is allowed, no threshold can keep it.
    recall = found[high].mean() if raised[~high].mean() <= ALLOWED else np.nan
    alone = f"{raised[high].mean():.3f}, {raised[~high].mean():.3f}"
    return f"{name:52}{roc_auc_score(high, sums):7.3f}{recall:8.3f}  {alone}"
