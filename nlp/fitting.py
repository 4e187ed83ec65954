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
from threadpoolctl import threadpool_limits

from nlp import features, model, second

LEAST_DOCUMENTS: Final = {"w": 2, "c": 3, "k": 2}
STRENGTH: Final = {"level": 12.0, "label": 6.0}
SECOND_STRENGTH: Final = 0.3
# The weight of a label below this part of its output's largest is left out of the file.
KEPT_WEIGHT: Final = 0.1

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
        if column >= model.LEVEL_OUTPUTS:
            # Left out of the file, and so of everything that is learnt from these sums.
            small = np.abs(weights[column]) < KEPT_WEIGHT * np.abs(weights[column]).max()
            weights[column][small] = 0.0
    return Fitted(weights, bias)


@dataclass(slots=True)
class Second:
    """The second look as `nlp.second` uses it: weights (levels × inputs) and biases."""

    weights: Floats
    bias: Floats

    def levels(self, sums: Floats, spoke: Answers, heard: Sequence[int]) -> Floats:
        """Return the log-odds of the three levels, a row a message."""
        return np.asarray(second_inputs(sums, spoke, heard) @ self.weights.T) + self.bias

    def header(self, size: int) -> dict[str, dict[str, object]]:
        """Return the weights as the model file holds them; `size` outputs and rules are heard."""
        raw, single = second.LEVELS, second.LEVELS + size

        def rounded(values: Floats) -> list[float]:
            return [round(float(value), 5) for value in values]

        return {
            str(level): {
                "bias": round(float(self.bias[level - 1]), 6),
                "raw": rounded(self.weights[level - 1][:raw]),
                "single": rounded(self.weights[level - 1][raw:single]),
                "pair": rounded(self.weights[level - 1][single:]),
            }
            for level in range(1, second.LEVELS + 1)
        }


def second_inputs(sums: Floats, spoke: Answers, heard: Sequence[int]) -> Floats:
    """Return the inputs of the second look: log-odds, probabilities, rules, products of outputs.

    `spoke` (messages × rules) is 1 where a rule found something.
    """
    chance = 1.0 / (1.0 + np.exp(-sums[:, heard]))
    chance = np.where(chance > second.FLOOR, chance, 0.0)
    one, other = np.triu_indices(chance.shape[1], 1)
    products = chance[:, one] * chance[:, other]
    return np.hstack([sums[:, : second.LEVELS], chance, spoke, products])


def fit_second(
    sums: Floats, spoke: Answers, level: npt.NDArray[np.int64], heard: Sequence[int]
) -> Second:
    """Fit the second look on sums that the first gave to families it never saw."""
    inputs = second_inputs(sums, spoke, heard)
    weights = np.zeros((second.LEVELS, inputs.shape[1]))
    bias = np.full(second.LEVELS, -8.0)
    for place in range(second.LEVELS):
        answer = level >= place + 1
        if answer.any() and not answer.all():
            regression = LogisticRegression(C=SECOND_STRENGTH, solver="newton-cholesky")
            # One thread, or the order of the sums and so the last digits hang on the machine.
            with threadpool_limits(1):
                regression.fit(inputs, answer)
            weights[place], bias[place] = regression.coef_[0], regression.intercept_[0]
    return Second(weights, bias)


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
