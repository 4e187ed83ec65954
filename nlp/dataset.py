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
CONSENTED: Final = "consented"
"""Source of a line that a deployment exported with its writer's consent."""
IN_USE: Final = "in_use"
"""Kind of such a line."""
_COMMON: Final = 9
"""Sentences of up to this many characters are common property: two people type the same."""
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
    return [line for path in sorted(folder.glob("*.jsonl")) for line in read_file(path)]


def read_file(path: Path) -> list[Line]:
    """Return every line of one file."""
    rows = path.read_text(encoding="utf-8").splitlines()
    return [_parse(json.loads(row)) for row in rows if row.strip()]


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


def problems(folder: Path = CORPUS, outside: Path | None = None) -> list[str]:
    """Return one sentence for each fault of the corpus: keys, labels, doubles, personal data.

    `outside` is a folder of text that may only be measured on (`sos4k/*.jsonl`, `everyday/*.txt`):
    none of its rows of more than `_COMMON` characters may stand in the corpus.
    """
    faults: list[str] = []
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    foreign = _outside_rows(outside) if outside is not None else set()
    for path in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            faults += [f"{where} {fault}" for fault in _faults_of(text, "authored")]
            row = json.loads(text)
            key = (row.get("text", ""), tuple(row.get("context", ())))
            if key in seen:
                faults.append(f"{where} repeats {seen[key]}")
            seen.setdefault(key, where)
            if _bare(key[0]) in foreign:
                faults.append(f"{where} stands in the outside text")
    return faults


def faults_of_export(path: Path) -> list[str]:
    """Return one sentence for each fault of a file of consented lines from use."""
    rows = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [f"{path.name}:{at} {fault}" for at, row in rows for fault in _faults_of(row, CONSENTED)]


def outside_lines(folder: Path) -> list[Line]:
    """Return the training rows of outside text as lines, for a model that is measured, not shipped.

    Its levels 0–10 name a wish to die from about 4 on and a day from about 8 on; below they are
    sad posts.
    """
    posts = [
        json.loads(row)
        for row in (folder / "sos4k" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    rows = [
        (post["text"], 3 if post["level"] >= 8 else 2 if post["level"] >= 4 else 1)
        for post in posts
    ]
    chat = (folder / "everyday" / "more.txt").read_text(encoding="utf-8").splitlines()
    rows += [(text, 0) for text in chat if text.strip()]
    return [
        Line(
            text=text,
            level=level,
            types=("suicide",) if level >= 2 else (),
            topics=(),
            feelings=(),
            needs=(),
            kind=IN_USE,
            persona="",
            family=f"outside_{number}",
            context=(),
            source="outside",
        )
        for number, (text, level) in enumerate(rows)
    ]


def _outside_rows(folder: Path) -> set[str]:
    rows = [
        json.loads(row)["text"]
        for path in sorted(folder.glob("sos4k/*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
    ]
    for path in sorted(folder.glob("everyday/*.txt")):
        rows += path.read_text(encoding="utf-8").splitlines()
    return {bare for row in rows if len(bare := _bare(row)) > _COMMON}


def _bare(text: str) -> str:
    """The text without what differs between two ways of typing the same."""
    return "".join(character for character in text if character.isalnum())


def _faults_of(text: str, source: str) -> list[str]:
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
    if row["kind"] not in (labels.KINDS if source == "authored" else (IN_USE,)):
        faults.append("has an unknown kind")
    if row["source"] != source:
        faults.append(f"was not {source}")
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
