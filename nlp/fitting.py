"""The mathematics of training: TF-IDF, logistic regressions, calibration, thresholds.

Only `nlp.train` and `nlp.evaluate` import this module; nothing at run time does, because it needs
scikit-learn. Source of the method: Platt (1999) for calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlp import features, model

LEAST_DOCUMENTS: Final = {"w": 2, "c": 3, "k": 2}
STRENGTH: Final = {"level": 12.0, "label": 6.0}

Tokens = tuple[list[str], list[str], list[str]]
Floats = npt.NDArray[np.float64]
Answers = npt.NDArray[np.int8]


def _same(tokens: list[str]) -> list[str]:
    return tokens


@dataclass(slots=True)
class Vectoriser:
    """TF-IDF of the three blocks side by side."""

    parts: list[TfidfVectorizer]

    @classmethod
    def fit(cls, documents: Sequence[Tokens]) -> Vectoriser:
        parts = []
        for place, block in enumerate(features.BLOCKS):
            part = TfidfVectorizer(
                analyzer=_same, sublinear_tf=True, min_df=LEAST_DOCUMENTS[block], dtype=np.float64
            )
            parts.append(part.fit([document[place] for document in documents]))
        return cls(parts)

    def transform(self, documents: Sequence[Tokens]) -> csr_matrix:
        blocks = [
            part.transform([document[place] for document in documents])
            for place, part in enumerate(self.parts)
        ]
        return hstack(blocks).tocsr()

    def names(self) -> list[str]:
        """Return the features in the order of the columns, the block before each name."""
        return [
            block + str(name)
            for block, part in zip(features.BLOCKS, self.parts, strict=True)
            for name in part.get_feature_names_out()
        ]

    def idf(self) -> Floats:
        return np.concatenate([part.idf_ for part in self.parts])


@dataclass(slots=True)
class Fitted:
    """Linear weights (outputs × features) and biases."""

    weights: Floats
    bias: Floats

    def sums(self, matrix: csr_matrix) -> Floats:
        return np.asarray(matrix @ self.weights.T) + self.bias


def fit_linear(
    matrix: csr_matrix, wanted: Answers, only: npt.NDArray[np.bool_] | None = None
) -> Fitted:
    """Fit one logistic regression an output; an output never seen gets a bias that says 'no'.

    `only` (outputs × rows) leaves out rows that an output has nothing to learn from.
    """
    weights = np.zeros((wanted.shape[1], matrix.shape[1]))
    bias = np.full(wanted.shape[1], -8.0)
    for column in range(wanted.shape[1]):
        rows = np.ones(len(wanted), dtype=bool) if only is None else only[column]
        answer = wanted[rows, column]
        if answer.min() == answer.max():
            continue
        strength = STRENGTH["level" if column < model.LEVEL_OUTPUTS else "label"]
        regression = LogisticRegression(
            C=strength, solver="liblinear", dual=True, tol=1e-2, random_state=0
        )
        regression.fit(matrix[rows], answer)
        weights[column], bias[column] = regression.coef_[0], regression.intercept_[0]
    return Fitted(weights, bias)


def platt(sums: Floats, answer: Floats) -> tuple[float, float]:
    """Fit the slope and offset that turn log-odds into a calibrated probability."""
    if answer.min() == answer.max():
        return 1.0, 0.0
    fitted = LogisticRegression(C=1e4, solver="lbfgs").fit(sums.reshape(-1, 1), answer)
    return round(float(fitted.coef_[0][0]), 6), round(float(fitted.intercept_[0]), 6)


def lowest_threshold(score: Floats, allowed: float) -> float:
    """Return the lowest threshold that lets at most `allowed` (a share) of `score` reach it."""
    ordered = np.sort(score)[::-1]
    place = min(int(len(ordered) * allowed), len(ordered) - 1)
    return float(np.nextafter(ordered[place], np.inf))


def best_f1(score: Floats, answer: npt.NDArray[np.bool_]) -> float:
    """Return the threshold with the best F1; 0.99 where there is nothing to find."""
    if not answer.any():
        return 0.99
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(answer[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + answer.sum())
    return float(score[order][int(np.argmax(f1))])
