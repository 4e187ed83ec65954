"""The trained model as data: reading its file, and scoring a message without scikit-learn.

The file is gzip over a JSON header and flat arrays; its SHA-256 stands beside it. There is no
pickle: a model file can be wrong, but it cannot run code. Scoring is the sum that scikit-learn's
TF-IDF (sublinear, l2 for each block) and logistic regression compute, in the same order of blocks;
a second, small regression then looks at all of it together (`second.py`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nlp.features import BLOCKS
from nlp.second import SecondLook

FILE: Final = Path(__file__).parent / "models" / "reader.bin.gz"
SCHEMA: Final = 2
LEVEL_OUTPUTS: Final = 3
_LOG: Final = tuple(1.0 + math.log(count) if count else 0.0 for count in range(64))


class ModelUnusable(Exception):
    """The model file is absent, cut, altered, or of another schema."""


# What a feature carries: its idf, three weights of the levels, and (output, weight) of the labels.
_Row = tuple[float, float, float, float, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class Scores:
    """What one message scores.

    `levels` are the log-odds of level ≥ 1, 2, 3 after the second look, `sums` those of every output
    after the first, `entries` the features with their normalised values.
    """

    levels: tuple[float, float, float]
    sums: tuple[float, ...]
    entries: tuple[tuple[int, float], ...]


class Model:
    """Weights in memory; read-only after construction apart from a cache of decoded rows."""

    def __init__(self, header: dict[str, Any], sections: dict[str, bytes]) -> None:
        self.header = header
        self.version: str = header["version"]
        self.outputs: list[str] = header["outputs"]
        self.thresholds: dict[str, float] = header["thresholds"]
        # Rules that were right often enough to raise a level by themselves: name → level.
        self.alone: dict[str, int] = header["alone"]
        # Rules of level 3 that lift what is read as level 2.
        self.lifting: frozenset[str] = frozenset(header["lifting"])
        self._bias: list[float] = header["bias"]
        self._scale: list[float] = header["scale"]
        self._platt: list[tuple[float, float]] = [(a, b) for a, b in header["platt"]]
        self._second = SecondLook(header["second"], self.outputs)
        # A label is told where its raw sum reaches this; saves the exponential of all the others.
        self.cuts = [self._cut(at) for at in range(len(self.outputs))]
        self.names = sections["names"].decode("utf-8").split("\n")
        self._indexes = _indexes(self.names)
        self._idf = _array("d", sections["idf"])
        self._levels = [_array("h", sections[f"level{place}"]) for place in range(LEVEL_OUTPUTS)]
        self._starts = _array("I", sections["starts"])
        self._columns = _array("B", sections["columns"])
        self._values = _array("b", sections["values"])
        # Two threads may decode the same row at once; both write the same value.
        self._rows: list[_Row | None] = [None] * len(self.names)
        if len(self._idf) != len(self.names) or len(self._starts) != len(self.names) + 1:
            raise ModelUnusable("sections of unequal length")

    def score(self, blocks: Sequence[Sequence[str]], spoke: frozenset[str] = frozenset()) -> Scores:
        """Sum the features of one message; `blocks` come from `features.blocks`.

        `spoke` names the rules that found something in it.
        """
        first, second, third = self._bias[:LEVEL_OUTPUTS]
        rows = self._rows
        entries: list[tuple[int, float]] = []
        for index, block in zip(self._indexes, blocks, strict=True):
            counts: dict[int, int] = {}
            for feature in map(index.get, block):
                if feature is not None:
                    counts[feature] = counts.get(feature, 0) + 1
            if not counts:
                continue
            length = one = two = three = 0.0
            values = []
            for feature, count in counts.items():
                row = rows[feature] or self._row(feature)
                value = row[0]
                if count > 1:
                    value *= _LOG[count] if count < 64 else 1.0 + math.log(count)
                length += value * value
                one += value * row[1]
                two += value * row[2]
                three += value * row[3]
                values.append((feature, value))
            norm = 1.0 / math.sqrt(length)
            first += one * norm
            second += two * norm
            third += three * norm
            entries += [(feature, value * norm) for feature, value in values]
        sums = self._bias.copy()
        sums[:LEVEL_OUTPUTS] = first, second, third
        for feature, value in entries:
            for column, weight in (rows[feature] or self._row(feature))[4]:
                sums[column] += value * weight
        levels = self._second.levels(sums, spoke)
        return Scores(levels, tuple(sums), tuple(entries))

    def _row(self, feature: int) -> _Row:
        begin, end = self._starts[feature], self._starts[feature + 1]
        labels = tuple(
            (self._columns[at], self._values[at] * self._scale[self._columns[at]])
            for at in range(begin, end)
        )
        one, two, three = (
            weights[feature] * scale
            for weights, scale in zip(self._levels, self._scale, strict=False)
        )
        row = self._rows[feature] = (self._idf[feature], one, two, three, labels)
        return row

    def _cut(self, output: int) -> float:
        """Return the raw sum at which the calibrated chance reaches the output's threshold."""
        slope, offset = self._platt[output]
        chance = min(max(self.thresholds[self.outputs[output]], 1e-9), 1.0 - 1e-9)
        if slope <= 0.0:
            return math.inf  # A slope that is not positive means the output was never learnt.
        return (math.log(chance / (1.0 - chance)) - offset) / slope

    def probability(self, output: int, log_odds: float) -> float:
        """Return the calibrated probability (Platt) of one output."""
        slope, offset = self._platt[output]
        return _sigmoid(slope * log_odds + offset)

    def contributions(self, scores: Scores, level: int) -> list[tuple[str, float]]:
        """Return (feature, log-odds it added towards level ≥ `level`), largest first.

        A feature's share is exact in the first look, which is linear; the slope of the second look
        at this message carries it on.
        """
        slopes = self._second.slopes(scores.sums, level)

        def pull(feature: int) -> float:
            _, one, two, three, labels = self._rows[feature] or self._row(feature)
            total = one * slopes[0] + two * slopes[1] + three * slopes[2]
            return total + sum(slopes.get(column, 0.0) * weight for column, weight in labels)

        parts = ((self.names[f], value * pull(f)) for f, value in scores.entries)
        return sorted((part for part in parts if part[1] > 0), key=lambda part: (-part[1], part[0]))


def _indexes(names: Sequence[str]) -> list[dict[str, int]]:
    """Return for each block the place of its features; a name begins with its block."""
    found: dict[str, dict[str, int]] = {block: {} for block in BLOCKS}
    for place, name in enumerate(names):
        found[name[0]][name[1:]] = place
    return list(found.values())


def _sigmoid(value: float) -> float:
    if value < -60.0:
        return 0.0
    return 1.0 / (1.0 + math.exp(-value))


def _array(code: str, raw: bytes) -> array[Any]:
    values: array[Any] = array(code)
    if len(raw) % values.itemsize:
        raise ModelUnusable("a section is cut")
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def pack(header: dict[str, Any], sections: dict[str, bytes]) -> bytes:
    """Return the bytes of a model file; the same input always gives the same bytes."""
    header = header | {"schema": SCHEMA, "sections": {n: len(raw) for n, raw in sections.items()}}
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    body = len(head).to_bytes(4, "little") + head + b"".join(sections.values())
    return gzip.compress(body, compresslevel=9, mtime=0)


def unpack(packed: bytes) -> Model:
    """Build a model from the bytes of a file; raise `ModelUnusable` if they make no sense."""
    try:
        body = gzip.decompress(packed)
        size = int.from_bytes(body[:4], "little")
        header = json.loads(body[4 : 4 + size])
        if header["schema"] != SCHEMA:
            raise ModelUnusable("a model of another schema")
        sections, at = {}, 4 + size
        for name, length in header["sections"].items():
            sections[name] = body[at : at + length]
            at += length
        return Model(header, sections)
    except ModelUnusable:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelUnusable(f"unreadable: {type(error).__name__}") from error


def sha_file(path: Path) -> Path:
    """Return where the SHA-256 of a model file stands."""
    return path.with_name(path.name + ".sha256")


def save(path: Path, header: dict[str, Any], sections: dict[str, bytes]) -> str:
    """Write a model and its SHA-256; return the latter."""
    packed = pack(header, sections)
    digest = hashlib.sha256(packed).hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    sha_file(path).write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return digest


def load(path: Path = FILE) -> Model:
    """Read a model file after checking its SHA-256; raise `ModelUnusable` on any doubt."""
    try:
        packed = path.read_bytes()
        expected = sha_file(path).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError) as error:
        raise ModelUnusable("no model file or no hash beside it") from error
    if hashlib.sha256(packed).hexdigest() != expected:
        raise ModelUnusable("the hash does not match the file")
    return unpack(packed)
