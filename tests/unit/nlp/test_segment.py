"""Our cut gives the very words of jieba's own, and its cache stays in our folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp import dataset
from nlp.features import flatten
from nlp.normalise import normalise
from nlp.segment import Segmenter


def test_same_words_as_jieba(segmenter: Segmenter) -> None:
    for line in dataset.read()[::5]:
        text = flatten(normalise(line.text).text)
        theirs = segmenter._tokenizer.lcut(text, HMM=False)
        assert segmenter.cut(text) == theirs


@pytest.mark.parametrize("text", ["", " ", "abc123", "a b", "😭😭", "\x00我", "ok的 3.5分 c++"])
def test_nothing_is_lost(segmenter: Segmenter, text: str) -> None:
    assert "".join(segmenter.cut(text)) == text
    assert segmenter.cut(text) == segmenter._tokenizer.lcut(text, HMM=False)


def test_own_words_are_known(segmenter: Segmenter) -> None:
    assert segmenter.cut("跳楼价和紫砂壶") == ["跳楼价", "和", "紫砂壶"]


def test_cache_goes_where_it_is_told(tmp_path: Path) -> None:
    Segmenter(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["jieba.cache"]
