"""Disguises are undone, innocent look-alikes stay, and every character keeps its origin."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.normalise import TRADITIONAL, normalise

UNDONE = {
    "我想紫砂": "我想自杀",
    "想zs": "想自杀",
    "自鲨": "自杀",
    "自s": "自杀",
    "zi杀": "自杀",
    "自sha": "自杀",
    "想4了": "想死了",
    "好想鼠": "好想死",
    "想似": "想死",
    "想亖": "想死",
    "想💀": "想死",
    "想。死": "想死",
    "自/杀": "自杀",
    "我 不 想 活 了": "我不想活了",
    "wo bu xiang huo le": "wo 不想活 le",
    "割wan": "割腕",
    "跳lou": "跳楼",
    "想跳🏢": "想跳楼",
    "自殺": "自杀",
    "ｗｘｓ": "我想死",
    "想噶": "想死",
    "噶了算了": "死了算了",
    "吃安棉药": "吃安眠药",
    "自\u200b杀": "自杀",
    "自\u0336杀\u0336": "自杀",
    "想想死死": "想死",
    "唔想活": "不想活",
    "一把💊": "一把药",
}
LEFT_ALONE = (
    "买了个紫砂壶",
    "做紫砂杯子",
    "zs是我同桌",
    "想zs家玩",
    "想4点走",
    "想去4楼",
    "重开一局",
    "松鼠好可爱",
    "买了新鼠标",
    "跳楼价",
    "来自沙特",
    "嘎腰子",
    "晚上 吊打你",
    "xiang sikao",
    "想似乎也对",
)


@pytest.mark.parametrize(("typed", "meant"), UNDONE.items())
def test_disguise_is_undone(typed: str, meant: str) -> None:
    assert normalise(typed).text == meant


@pytest.mark.parametrize("typed", LEFT_ALONE)
def test_innocent_spelling_stays(typed: str) -> None:
    assert normalise(typed).text == typed


def test_traditional_table_is_broad() -> None:
    assert len(TRADITIONAL) >= 300


def test_span_points_at_what_was_typed() -> None:
    typed = "真的😭想\u200b4了！！！"
    normal = normalise(typed)
    at = normal.text.index("死")
    start, end = normal.span(at - 1, at + 1)
    assert typed[start:end] == "想\u200b4"


@given(st.text(st.characters(codec=None), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_keeps_spans_in_bounds(text: str) -> None:
    normal = normalise(text)
    for at in range(len(normal.text)):
        start, end = normal.span(at, at + 1)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "unit", ["啊", "想", "自 ", "想4", "\ud800", "\0", "a\u0301\u0302", "z s ", "😭", "噶"]
)
def test_hostile_length_is_cheap(unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    normalise(unit)
    started = time.process_time()
    normalise(text)
    assert time.process_time() - started < 0.1
