"""The picture of the model card: recall against false alarms, a curve a level.

Needs matplotlib, a tool of the tests: `pip install -r tests/requirements.txt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from nlp import dataset, labels
from nlp.dataset import Line
from nlp.reader import Reader

_SEED: Final = "nuanxinmiao"  # Makes the names inside the picture, and so the file, the same.
_WIDEST: Final = 0.3  # False alarms beyond this share are of no use to anybody.
Flags = npt.NDArray[np.bool_]


def draw(path: Path, reader: Reader | None = None) -> None:
    """Write the picture as SVG; the same reader and corpus give the same file."""
    reader = reader or Reader.load()
    lines = [line for line in dataset.split(dataset.read())[1] if not line.context]
    with mpl.rc_context({"svg.hashsalt": _SEED, "svg.fonttype": "none", "font.size": 11}):
        figure = Figure(figsize=(7.2, 4.8), layout="constrained")
        axes = figure.subplots()
        for level, colour in ((1, "#7a9e7e"), (2, "#d08c3f"), (3, "#b3483c")):
            _curve(axes, reader, lines, level, colour)
        axes.set(xlim=(0, _WIDEST), ylim=(0, 1), xlabel="false alarms (lines below the level)")
        axes.set_ylabel("recall (lines of the level or above)")
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right", frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _curve(axes: Any, reader: Reader, lines: Sequence[Line], level: int, colour: str) -> None:
    """Draw what rules and model find together at every threshold, and where the reader stands."""
    chance = np.array([reader.chances(line.text)[level - 1] for line in lines])
    found = np.array([reader.assess(line.text).level >= level for line in lines])
    ruled = np.array([reader.ruled(line.text) >= level for line in lines])
    wanted = np.array([line.level >= level for line in lines])
    score = np.where(ruled, 2.0, chance)
    edges = np.unique(np.quantile(score, np.linspace(0, 1, 400)))[::-1]
    points = np.array([_shares(score >= edge, wanted) for edge in edges])
    name = f"{labels.LEVELS[level]} or above" if level < 3 else labels.LEVELS[level]
    axes.plot(points[:, 0], points[:, 1], color=colour, label=name)
    axes.plot(*_shares(found, wanted), "o", color=colour)


def _shares(found: Flags, wanted: Flags) -> tuple[float, float]:
    return float(found[~wanted].mean()), float(found[wanted].mean())
