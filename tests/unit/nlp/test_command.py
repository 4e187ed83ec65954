"""The commands answer, and evaluation skips what is absent with a clear word."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.__main__ import main
from nlp.evaluate import calibration_error, figure, outside_figures
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
