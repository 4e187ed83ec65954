"""Our cut gives the very words of jieba's own; its table is kept as data, in our own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nlp import dataset, dictionary
from nlp.features import flatten
from nlp.normalise import normalise
from nlp.segment import Segmenter


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """jieba itself, with our additions told to it."""
    tokenizer = dictionary.import_jieba().Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    for line in dictionary.USER_DICTIONARY.read_text(encoding="utf-8").splitlines():
        word, count, _part = line.split()
        tokenizer.add_word(word, int(count))
    return tokenizer


def test_same_words_as_jieba(segmenter: Segmenter, theirs: Any) -> None:
    for line in dataset.read()[::5]:
        text = flatten(normalise(line.text).text)
        assert segmenter.cut(text) == theirs.lcut(text, HMM=False)


@pytest.mark.parametrize("text", ["", " ", "abc123", "a b", "😭😭", "\x00我", "ok的 3.5分 c++"])
def test_nothing_is_lost(segmenter: Segmenter, theirs: Any, text: str) -> None:
    assert "".join(segmenter.cut(text)) == text
    assert segmenter.cut(text) == theirs.lcut(text, HMM=False)


def test_own_words_are_known(segmenter: Segmenter) -> None:
    assert segmenter.cut("跳楼价和紫砂壶") == ["跳楼价", "和", "紫砂壶"]


def test_the_table_is_kept_where_it_is_told_and_read_back(tmp_path: Path) -> None:
    built = dictionary.load(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [dictionary.NAME]
    assert dictionary.load(tmp_path / "cache") == built


@pytest.mark.parametrize("harm", ["cut", "one byte", "another jieba", "no line", "empty"])
def test_a_table_that_is_not_whole_is_built_anew(tmp_path: Path, harm: str) -> None:
    built = dictionary.load(tmp_path)
    path = tmp_path / dictionary.NAME
    good = path.read_bytes()
    path.write_bytes(
        {
            "cut": good[: len(good) // 2],
            "one byte": good[:-2_000_000] + b"\x07" + good[-1_999_999:],
            "another jieba": good.replace(b" jieba ", b" jieba 9", 1),
            "no line": good.replace(b"\n", b" "),
            "empty": b"",
        }[harm]
    )
    assert dictionary.load(tmp_path) == built
    assert path.read_bytes() == good


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    counts, total = dictionary.load(tmp_path / "file")
    assert counts["我"] > 0
    assert total > 0
