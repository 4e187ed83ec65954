"""Whether a model may come into use: `python -m nlp gate [MODEL]`.

`models/bounds.json` holds, for figures of `nlp.evaluate`, the least or the most that the model in
use may show. A candidate must keep every bound and must not find fewer level-3 lines than the model
in use does on the same held-out families. A bound is only ever made stricter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nlp import model
from nlp.evaluate import Figure, outside_figures, own_figures, read_test
from nlp.reader import Reader
from nlp.slices import by_slice

BOUNDS: Final = Path(__file__).parent / "models" / "bounds.json"
NEVER_LOWER: Final = ("own test: level 3 found as ≥ 2", "own test: level 3 found as 3")


def broken_bounds(
    figures: Sequence[Figure], bounds: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Return a sentence for each bound that the figures break, or that no figure stands for."""
    values = {one.name: one.value for one in figures}
    faults = []
    for name, bound in bounds.items():
        if name not in values:
            faults.append(f"{name}: there is no such figure")
            continue
        if values[name] < bound.get("least", 0.0):
            faults.append(f"{name}: {values[name]:.4f} is below {bound['least']}")
        if values[name] > bound.get("most", 1.0):
            faults.append(f"{name}: {values[name]:.4f} is above {bound['most']}")
    return faults


def lowered(candidate: Sequence[Figure], in_use: Sequence[Figure]) -> list[str]:
    """Return a sentence for each figure of `NEVER_LOWER` in which the candidate finds less."""
    before = {one.name: one.value for one in in_use}
    after = {one.name: one.value for one in candidate}
    return [
        f"{name}: {after[name]:.4f}, the model in use has {before[name]:.4f}"
        for name in NEVER_LOWER
        if after[name] < before[name]
    ]


def refusals(path: Path = model.FILE, bounds: Path = BOUNDS) -> list[str]:
    """Return why the model at `path` may not come into use; nothing where it may."""
    reader = Reader.load(path)
    if reader.status().degraded:
        return [f"{path.name}: {reader.status().reason}"]
    figures = own_figures(read_test(reader))
    faults = broken_bounds(figures, json.loads(bounds.read_text(encoding="utf-8")))
    if path.resolve() != model.FILE.resolve():
        faults += lowered(figures, own_figures(read_test(Reader.load())))
    return faults


def shadow(path: Path, cut: str = "kind", outside: Path | None = None) -> dict[str, Any]:
    """Compare the candidate at `path` with the model in use on the held-out families.

    `outside` is a folder of outside text to compare on as well. Returns both sets of figures, how
    many lines each raises or drops, by level, and a table by slice. No line is shown: the numbers
    are for a decision, the lines are in the corpus.
    """
    in_use, candidate = Reader.load(), Reader.load(path)
    ours, theirs = read_test(in_use), read_test(candidate)
    moves = {
        str(level): {
            "raised": sum(b.level > a.level for (line, a), (_, b) in pairs if line.level == level),
            "dropped": sum(b.level < a.level for (line, a), (_, b) in pairs if line.level == level),
        }
        for pairs in [list(zip(ours, theirs, strict=True))]
        for level in range(4)
    }
    return {
        "figures": [
            {"name": a.name, "in use": a.value, "candidate": b.value, "aim": a.aim}
            for a, b in zip(
                own_figures(ours) + outside_figures(outside, in_use)[0],
                own_figures(theirs) + outside_figures(outside, candidate)[0],
                strict=True,
            )
        ],
        "moves": moves,
        "slice": cut,
        "slices": {"in use": by_slice(ours, cut), "candidate": by_slice(theirs, cut)},
        "refusals": refusals(path),
    }


def shadow_text(result: Mapping[str, Any]) -> str:
    """Return the result of `shadow` as plain tables."""
    lines = [f"{'figure':54} {'in use':>7} {'candidate':>9}"]
    lines += [
        f"{one['name']:54} {one['in use']:7.3f} {one['candidate']:9.3f}"
        for one in result["figures"]
    ]
    lines += ["", "lines that the candidate reads otherwise"]
    lines += [
        f"  level {level}: {row['raised']} higher, {row['dropped']} lower"
        for level, row in result["moves"].items()
    ]
    lines += ["", f"{result['slice']:20} {'recall':>15} {'false alarms':>15}"]
    before, after = result["slices"]["in use"], result["slices"]["candidate"]
    for name, row in before.items():
        shown = (
            f"{row[key]:.3f} → {after[name][key]:.3f}" if key in row else ""
            for key in ("recall", "false alarms")
        )
        lines.append(f"{name:20} " + " ".join(f"{part:>15}" for part in shown))
    verdict = result["refusals"] or ["the candidate may come into use"]
    return "\n".join([*lines, "", *verdict])
