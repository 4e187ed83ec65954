"""The commands answer, and evaluation skips what is absent with a clear word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp import dataset, model, talk
from nlp.__main__ import main
from nlp.evaluate import Figure, calibration_error, figure, outside_figures
from nlp.gate import BOUNDS, broken_bounds, lowered, refusals
from nlp.reader import Reader


def test_try_prints_reasons_and_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", "我不想活了"]) == 0
    printed = capsys.readouterr().out
    assert "level    2 high" in printed
    assert "rule wish_to_die" in printed
    assert "answer" in printed


def test_corpus_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus"]) == 0
    assert "families" in capsys.readouterr().out


def test_outside_text_is_skipped_by_name(reader: Reader, tmp_path: Path) -> None:
    assert "skipped" in outside_figures(None, reader)[1][0]
    figures, skipped = outside_figures(tmp_path, reader)
    assert figures == []
    assert len(skipped) == 2


def test_interval_resamples_families() -> None:
    one = figure("x", [True] * 9 + [False], ["a"] * 9 + ["b"], "")
    assert one.value == 0.9
    assert one.low == 0.0
    assert one.high == 1.0


def test_calibration_error_of_a_perfect_and_a_blind_reader() -> None:
    assert calibration_error([0.0, 1.0], [False, True]) == 0.0
    assert calibration_error([1.0, 1.0], [False, False]) == 1.0


def test_the_shipped_model_keeps_every_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """The gate that a candidate has to pass stands open for the model in use."""
    assert main(["gate"]) == 0
    assert "keeps every bound" in capsys.readouterr().out
    assert json.loads(BOUNDS.read_text(encoding="utf-8"))


def shown(value: float, name: str = "own test: level 3 found as ≥ 2") -> list[Figure]:
    """A figure of that value, and the other one that may never fall."""
    other = Figure("own test: level 3 found as 3", 0.5, 0.0, 1.0, 9, "")
    return [Figure(name, value, 0.0, 1.0, 9, ""), other]


def test_a_candidate_that_finds_less_danger_is_refused() -> None:
    assert lowered(shown(0.80), shown(0.80)) == []
    assert len(lowered(shown(0.79), shown(0.80))) == 1


def test_a_bound_is_broken_from_either_side() -> None:
    bounds = {"own test: level 3 found as ≥ 2": {"least": 0.7, "most": 0.9}}
    assert broken_bounds(shown(0.8), bounds) == []
    assert "below" in broken_bounds(shown(0.6), bounds)[0]
    assert "above" in broken_bounds(shown(0.95), bounds)[0]
    assert "no such figure" in broken_bounds([], bounds)[0]


def test_a_cut_model_does_not_come_into_use(tmp_path: Path) -> None:
    path = tmp_path / "reader.bin.gz"
    path.write_bytes(model.FILE.read_bytes()[:-50])
    model.sha_file(path).write_text(model.sha_file(model.FILE).read_text())
    assert "hash" in refusals(path)[0]
    assert main(["gate", str(path)]) == 1


def test_a_candidate_is_compared_in_the_shadow(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--shadow", str(model.FILE), "--slice", "level"]) == 0
    printed = capsys.readouterr().out
    assert "level 3: 0 higher, 0 lower" in printed
    assert "may come into use" in printed


def test_a_talk_in_the_terminal_calls_a_person_once_it_is_grave() -> None:
    lines: list[str] = []
    turns = talk.converse(["今天下雨了", "我不想活了", "嗯"], lines.append)
    assert [turn.speaker for turn in turns[-2:]] == ["teen", "ai"]
    assert any("2 high" in line and "calls a person" in line for line in lines)
    assert "AI" in lines[0]


EXPORTED = {
    "text": "我又划手了",
    "level": 2,
    "types": ["self_harm"],
    "topics": [],
    "feelings": [],
    "needs": [],
    "kind": dataset.IN_USE,
    "persona": "unknown",
    "family": "in_use_0001",
    "source": dataset.CONSENTED,
}


def test_lines_from_use_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "more.jsonl"
    path.write_text(json.dumps(EXPORTED, ensure_ascii=False) + "\n", encoding="utf-8")
    assert main(["evaluate", "--more", str(path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert [one["rows"] for one in figures if one["name"].startswith("from use")] == [1]


def test_lines_that_are_no_export_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "more.jsonl"
    path.write_text(json.dumps({**EXPORTED, "source": "weibo"}) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="not consented"):
        main(["train", "--more", str(path), "--out", str(tmp_path / "model")])


def test_outside_text_never_goes_into_the_shipped_model(tmp_path: Path) -> None:
    before = model.FILE.read_bytes()
    with pytest.raises(SystemExit, match="--out"):
        main(["train", "--outside", str(tmp_path)])
    assert model.FILE.read_bytes() == before


def test_outside_training_rows_get_our_levels(tmp_path: Path) -> None:
    (tmp_path / "sos4k").mkdir()
    (tmp_path / "everyday").mkdir()
    rows = [{"text": f"第{level}级", "level": level} for level in (2, 4, 8)]
    (tmp_path / "sos4k" / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "everyday" / "more.txt").write_text("吃了吗\n\n")
    lines = dataset.outside_lines(tmp_path)
    assert [line.level for line in lines] == [1, 2, 3, 0]
    assert len({line.family for line in lines}) == 4
