"""The corpus keeps the label guide, holds nobody's data, and never stands on both sides."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nlp import dataset
from nlp.train import training_lines


def test_corpus_has_no_faults() -> None:
    assert dataset.problems() == []


def test_families_never_stand_on_both_sides() -> None:
    train, test = dataset.split(dataset.read())
    assert not {line.family for line in train} & {line.family for line in test}
    held = {(line.text, line.context) for line in test}
    assert not held & {(line.text, line.context) for line in training_lines()}
    assert 0.1 < len(test) / (len(train) + len(test)) < 0.3


def test_new_lines_move_nobody() -> None:
    assert dataset.bucket("everyday_ack_0001", 5, "test") == dataset.bucket(
        "everyday_ack_0001", 5, "test"
    )
    assert {dataset.bucket(f"family_{at}", 5, "test") for at in range(100)} == set(range(5))


GOOD = {
    "text": "好累",
    "level": 1,
    "types": [],
    "topics": ["study"],
    "feelings": ["tired"],
    "needs": ["be_heard"],
    "kind": "distress",
    "persona": "exam_year_boy_18",
    "family": "distress_tired",
    "source": "authored",
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"types": ["sadness"]}, "unknown types"),
        ({"level": 4}, "unknown level"),
        ({"kind": "odd"}, "unknown kind"),
        ({"source": "weibo"}, "not authored"),
        ({"text": "打我电话13812345678"}, "personal data"),
        ({"text": "加我qq12345678"}, "personal data"),
        ({"extra": 1}, "other keys"),
    ],
)
def test_checker_names_each_fault(tmp_path: Path, change: dict[str, object], fault: str) -> None:
    row = json.dumps(GOOD | change, ensure_ascii=False)
    (tmp_path / "own.jsonl").write_text(row + "\n", encoding="utf-8")
    found = dataset.problems(tmp_path)
    assert (found == []) if not fault else fault in found[0]


def test_checker_finds_rows_of_outside_text(tmp_path: Path) -> None:
    """What may only be measured on must not be trained on, however it was punctuated."""
    row = GOOD | {"text": "今天下午考完试之后一个人走回家"}
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "own.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    outside = tmp_path / "outside"
    (outside / "everyday").mkdir(parents=True)
    (outside / "everyday" / "val.txt").write_text("今天下午，考完试之后一个人走回家。\n", "utf-8")
    assert dataset.problems(corpus, outside) == ["own.jsonl:1 stands in the outside text"]
    assert dataset.problems(corpus) == []


def test_no_row_of_outside_text_is_here() -> None:
    folder = os.environ.get("NLP_EVAL_DATA")
    if not folder:
        pytest.skip("NLP_EVAL_DATA is not set: there is no outside text to compare with")
    assert dataset.problems(outside=Path(folder)) == []


def test_checker_finds_doubles(tmp_path: Path) -> None:
    row = json.dumps(GOOD, ensure_ascii=False)
    (tmp_path / "own.jsonl").write_text(f"{row}\n{row}\n", encoding="utf-8")
    assert dataset.problems(tmp_path) == ["own.jsonl:2 repeats own.jsonl:1"]
