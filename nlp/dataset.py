"""The authored corpus: reading it, checking it, and splitting it by family of sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nlp import labels

CORPUS: Final = Path(__file__).parent / "corpus"
FOLDS: Final = 5
_KEYS: Final = {
    "text",
    "level",
    "types",
    "topics",
    "feelings",
    "needs",
    "kind",
    "persona",
    "family",
    "source",
}
_PERSONAL: Final = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\d)|[\w.]+@[\w.]+\.\w+|(?:qq|QQ|微信号?)[:：]?\s*\d{6,}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled message of the corpus."""

    text: str
    level: int
    types: tuple[str, ...]
    topics: tuple[str, ...]
    feelings: tuple[str, ...]
    needs: tuple[str, ...]
    kind: str
    persona: str
    family: str
    context: tuple[str, ...]
    source: str


def _parse(row: dict[str, Any]) -> Line:
    lists = {name: tuple(row[name]) for name in ("types", "topics", "feelings", "needs")}
    return Line(
        text=row["text"],
        level=row["level"],
        kind=row["kind"],
        persona=row["persona"],
        family=row["family"],
        context=tuple(row.get("context", ())),
        source=row["source"],
        **lists,
    )


def read(folder: Path = CORPUS) -> list[Line]:
    """Return every line of every file, in the order of file name and line number."""
    lines = []
    for path in sorted(folder.glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            if text.strip():
                lines.append(_parse(json.loads(text)))
    return lines


def bucket(family: str, count: int, salt: str) -> int:
    """Give a family its place in 0 … count-1 by its name alone, so that new lines move nobody."""
    digest = hashlib.sha256(f"{salt}:{family}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def is_test(line: Line) -> bool:
    """Say whether the line is held out: one family in five is never trained on."""
    return bucket(line.family, 5, "test") == 0


def split(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """Return (train, test)."""
    train: list[Line] = []
    test: list[Line] = []
    for line in lines:
        (test if is_test(line) else train).append(line)
    return train, test


def problems(folder: Path = CORPUS) -> list[str]:
    """Return one sentence for each fault of the corpus: keys, labels, doubles, personal data."""
    faults: list[str] = []
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            faults += [f"{where} {fault}" for fault in _faults_of(text)]
            row = json.loads(text)
            key = (row.get("text", ""), tuple(row.get("context", ())))
            if key in seen:
                faults.append(f"{where} repeats {seen[key]}")
            seen.setdefault(key, where)
    return faults


def _faults_of(text: str) -> list[str]:
    row = json.loads(text)
    if set(row) - {"context"} != _KEYS:
        return ["has other keys than the label guide"]
    allowed: Sequence[tuple[str, Sequence[str]]] = (
        ("types", labels.TYPES),
        ("topics", labels.TOPICS),
        ("feelings", labels.FEELINGS),
        ("needs", labels.NEEDS),
    )
    faults = [f"has an unknown {name}" for name, names in allowed if set(row[name]) - set(names)]
    if row["level"] not in range(len(labels.LEVELS)):
        faults.append("has an unknown level")
    if row["kind"] not in labels.KINDS:
        faults.append("has an unknown kind")
    if row["source"] != "authored":
        faults.append("was not authored by the project")
    if any(_PERSONAL.search(part) for part in (row["text"], *row.get("context", ()))):
        faults.append("holds what looks like personal data")
    return faults


def counts(lines: Sequence[Line]) -> dict[str, Counter[str]]:
    """Count the lines by level, type, kind, topic, feeling and need."""
    return {
        "level": Counter(f"{line.level} {labels.LEVELS[line.level]}" for line in lines),
        "type": Counter(name for line in lines for name in line.types),
        "kind": Counter(line.kind for line in lines),
        "topic": Counter(name for line in lines for name in line.topics),
        "feeling": Counter(name for line in lines for name in line.feelings),
        "need": Counter(name for line in lines for name in line.needs),
    }
