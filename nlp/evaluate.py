"""Measure a reader: `python -m nlp evaluate [--data DIR] [--slice kind] [--json]`.

Every figure is measured by the whole reader (rules and model together), on families it never saw or
on outside text, with a 95 % bootstrap interval over families (over rows for outside text). Outside
rows are read, counted and forgotten: none is printed or stored.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from nlp import dataset, disguise, labels
from nlp.assessment import Assessment
from nlp.dataset import Line
from nlp.reader import Reader
from nlp.slices import by_slice

ROUNDS: Final = 1000
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured share with its interval, and the figure to reach."""

    name: str
    value: float
    low: float
    high: float
    rows: int
    aim: str


def figure(name: str, hits: Sequence[bool], families: Sequence[str], aim: str) -> Figure:
    """Return the share of `hits` with a 95 % interval from resampling whole families."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for hit, family in zip(hits, families, strict=True):
        sums[family][0] += hit
        sums[family][1] += 1
    if not sums:
        return Figure(name, float("nan"), float("nan"), float("nan"), 0, aim)
    pairs = np.array(list(sums.values()), dtype=float)
    chance = np.random.default_rng(0)
    drawn = chance.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=ROUNDS) @ pairs
    shares = drawn[:, 0] / np.maximum(drawn[:, 1], 1)
    low, high = np.percentile(shares, (2.5, 97.5))
    total = pairs.sum(axis=0)
    return Figure(name, float(total[0] / total[1]), float(low), float(high), len(hits), aim)


def own_figures(read: Sequence[tuple[Line, Assessment]]) -> list[Figure]:
    """Return the figures of the held-out families by level."""

    def share(name: str, wanted: Callable[[Line], bool], least: int, aim: str) -> Figure:
        chosen = [(line, found) for line, found in read if wanted(line)]
        hits = [found.level >= least for _, found in chosen]
        return figure(name, hits, [line.family for line, _ in chosen], aim)

    chat = ("everyday", "short", "ai_question", "joker")
    return [
        share("own test: level ≥ 2 found", lambda line: line.level >= 2, 2, "≥ .95"),
        share("own test: levels 0–1 called ≥ 2", lambda line: line.level <= 1, 2, "≤ .03"),
        share("own test: level 0 called ≥ 2", lambda line: line.level == 0, 2, ""),
        share("own test: level 1 called ≥ 2", lambda line: line.level == 1, 2, ""),
        share("own test: level 3 found as ≥ 2", lambda line: line.level == 3, 2, "≥ .99"),
        share("own test: level 3 found as 3", lambda line: line.level == 3, 3, "≥ .85"),
        share("own test: level 2 called 3", lambda line: line.level == 2, 3, ""),
        share(
            "own test: everyday chat called 3",
            lambda line: line.level == 0 and line.kind in chat,
            3,
            "≤ .001",
        ),
        share("own test: level 0 called 3", lambda line: line.level == 0, 3, ""),
        share("own test: level 1 found as ≥ 1", lambda line: line.level == 1, 1, ""),
        share("own test: level 0 called ≥ 1", lambda line: line.level == 0, 1, ""),
    ]


def twin_figures(lines: Sequence[Line], reader: Reader) -> list[Figure]:
    """Return recall on plain lines that have a twin, on the twins, and the loss of each kind."""
    plain: list[tuple[bool, str]] = []
    twins: list[tuple[bool, str]] = []
    losses: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for line in lines:
        if line.level < 2 or line.context:
            continue
        found = reader.assess(line.text).level >= 2
        for kind in disguise.KINDS:
            other = disguise.twin(line.text, kind)
            if other is None:
                continue
            seen = reader.assess(other).level >= 2
            plain.append((found, line.family))
            twins.append((seen, line.family))
            losses[kind].append((found and not seen, line.family))
    parts = [
        ("plain", plain, ""),
        ("disguised", twins, ""),
        *((f"lost: {k}", v, "≤ .05") for k, v in losses.items()),
    ]
    return [
        figure(f"twins: {name}", [hit for hit, _ in part], [family for _, family in part], aim)
        for name, part, aim in parts
    ]


def f1(pairs: Sequence[tuple[set[str], set[str]]], name: str) -> float | None:
    """Return the F1 of one label over (wanted, found) pairs; None where it is never wanted."""
    right = sum(name in wanted and name in found for wanted, found in pairs)
    wanted_count = sum(name in wanted for wanted, _ in pairs)
    found_count = sum(name in found for _, found in pairs)
    return 2 * right / (wanted_count + found_count) if wanted_count else None


def macro_f1(
    name: str, rows: Sequence[tuple[set[str], set[str], str]], names: Sequence[str], aim: str
) -> tuple[Figure, dict[str, float]]:
    """Return the mean F1 over labels with an interval, and the F1 of each label."""
    families: dict[str, list[tuple[set[str], set[str]]]] = defaultdict(list)
    for wanted, found, family in rows:
        families[family].append((wanted, found))
    counts = np.array(
        [
            [
                [
                    sum(n in w and n in f for w, f in part),
                    sum(n in w for w, _ in part),
                    sum(n in f for _, f in part),
                ]
                for n in names
            ]
            for part in families.values()
        ],
        dtype=float,
    )
    chance = np.random.default_rng(0)
    size = len(families)
    drawn = chance.multinomial(size, np.full(size, 1 / size), size=ROUNDS)
    sums = np.tensordot(drawn, counts, axes=1)
    means = np.array([_mean_f1(one) for one in sums])
    pairs = [(wanted, found) for wanted, found, _ in rows]
    each = {n: round(value, 3) for n in names if (value := f1(pairs, n)) is not None}
    low, high = np.percentile(means, (2.5, 97.5))
    mean = _mean_f1(counts.sum(axis=0))
    return Figure(name, mean, float(low), float(high), len(rows), aim), each


def _mean_f1(counts: Any) -> float:
    asked = counts[counts[:, 1] > 0]
    return float((2 * asked[:, 0] / (asked[:, 1] + asked[:, 2])).mean())


def calibration_error(scores: Sequence[float], answers: Sequence[bool]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    score, answer = np.array(scores), np.array(answers, dtype=float)
    place = np.minimum((score * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(score[place == at].mean() - answer[place == at].mean()) * (place == at).mean()
        for at in range(_BINS)
        if (place == at).any()
    ]
    return float(sum(gaps))


def outside_figures(folder: Path | None, reader: Reader) -> tuple[list[Figure], list[str]]:
    """Return figures on text from outside the repository, and a word on what was skipped."""
    figures: list[Figure] = []
    skipped: list[str] = []
    if folder is None:
        return figures, ["outside text: skipped, NLP_EVAL_DATA and --data are not set"]
    posts = folder / "sos4k" / "val.jsonl"
    if posts.is_file():
        rows = [json.loads(row) for row in posts.read_text(encoding="utf-8").splitlines() if row]
        found = [(row["level"], reader.assess(row["text"]).level) for row in rows]
        for least, aim in ((6, "≥ .90"), (4, "≥ .85")):
            hits = [level >= 2 for wanted, level in found if wanted >= least]
            figures.append(_outside(f"outside posts, level ≥ {least}: found as ≥ 2", hits, aim))
        low = [level >= 2 for wanted, level in found if wanted < 4]
        figures.append(_outside("outside posts, level < 4 (sad posts): called ≥ 2", low, ""))
    else:
        skipped.append("outside posts: skipped, sos4k/val.jsonl is absent")
    chat = folder / "everyday" / "val.txt"
    if chat.is_file():
        texts = [row for row in chat.read_text(encoding="utf-8").splitlines() if row.strip()]
        levels = [reader.assess(row).level for row in texts]
        figures.append(
            _outside("outside everyday text: called ≥ 2", [lv >= 2 for lv in levels], "≤ .015")
        )
        figures.append(
            _outside("outside everyday text: called 3", [lv >= 3 for lv in levels], "≤ .001")
        )
        figures.append(
            _outside("outside everyday text: called ≥ 1", [lv >= 1 for lv in levels], "")
        )
    else:
        skipped.append("outside everyday text: skipped, everyday/val.txt is absent")
    return figures, skipped


def _outside(name: str, hits: Sequence[bool], aim: str) -> Figure:
    return figure(name, hits, [str(place) for place in range(len(hits))], aim)


def read_test(reader: Reader) -> list[tuple[Line, Assessment]]:
    """Let `reader` read the held-out families, each line with its context."""
    _, test = dataset.split(dataset.read())
    return [(line, reader.assess(line.text, line.context)) for line in test]


def more_figures(lines: Sequence[Line], reader: Reader) -> list[Figure]:
    """Return the figures of lines from use, whose levels people corrected."""
    found = [(line, reader.assess(line.text, line.context).level) for line in lines]
    low = [level >= 2 for line, level in found if line.level < 2]
    return [
        *(
            _outside(f"from use, level ≥ {least}: found as it", hits, "")
            for least in (2, 3)
            if (hits := [level >= least for line, level in found if line.level >= least])
        ),
        *([_outside("from use, levels 0–1: called ≥ 2", low, "")] if low else []),
    ]


def evaluate(
    data: Path | None,
    reader: Reader | None = None,
    cut: str = "kind",
    more: Sequence[Line] = (),
) -> dict[str, Any]:
    """Return every figure, a table by slice `cut`, the F1 of each label, and what was skipped."""
    reader = reader or Reader.load()
    read = read_test(reader)
    figures = own_figures(read) + twin_figures([line for line, _ in read], reader)
    label_f1: dict[str, dict[str, float]] = {}
    for name, group, aim, least in (
        ("types", labels.TYPES, "≥ .85", 2),
        ("topics", labels.TOPICS, "≥ .80", 0),
        ("feelings", labels.FEELINGS, "≥ .70", 0),
        ("needs", labels.NEEDS, "", 0),
    ):
        rows = [
            (set(getattr(line, name)), set(getattr(found, name)), line.family)
            for line, found in read
            if line.level >= least
        ]
        one, label_f1[name] = macro_f1(f"own test: macro-F1 of {name}", rows, group, aim)
        figures.append(one)
    error = calibration_error(
        [found.score for _, found in read], [line.level >= 2 for line, _ in read]
    )
    figures.append(
        Figure("own test: calibration error of score", error, error, error, len(read), "≤ .05")
    )
    outside, skipped = outside_figures(data, reader)
    return {
        "model": reader.status().model_version,
        "lines": Counter(str(line.level) for line, _ in read),
        "figures": [asdict(one) for one in (*figures, *outside, *more_figures(more, reader))],
        "slice": cut,
        "slices": by_slice(read, cut),
        "labels": label_f1,
        "skipped": skipped,
    }


def as_text(result: dict[str, Any]) -> str:
    """Return the result of `evaluate` as tables of plain text."""
    lines = [
        f"model {result['model']}",
        "",
        f"{'figure':58} {'value':>6}  {'95 % interval':15} {'rows':>6}  aim",
    ]
    for one in result["figures"]:
        interval = f"{one['low']:.3f} – {one['high']:.3f}"
        lines.append(
            f"{one['name']:58} {one['value']:6.3f}  {interval:15} {one['rows']:6}  {one['aim']}"
        )
    lines += ["", f"{result['slice']:20} {'lines':>6} {'recall':>7} {'false alarms':>13}"]
    for kind, row in result["slices"].items():
        recall, alarms = row.get("recall", ""), row.get("false alarms", "")
        lines.append(f"{kind:20} {row['lines']:6} {recall:>7} {alarms:>13}")
    for name, each in result["labels"].items():
        lines += [
            "",
            f"F1 of {name}: " + ", ".join(f"{n} {value:.2f}" for n, value in each.items()),
        ]
    return "\n".join([*lines, "", *result["skipped"]])
