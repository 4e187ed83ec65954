"""The whole reading: the lines that must not be missed, and input that must not break it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp
from nlp.reader import Reader

LEVELS = {
    "我把药都攒够了，今晚就吃": 3,
    "遗书写好了 再见这个世界": 3,
    "我站在天台上": 3,
    "有没有一起烧炭的": 3,
    "刀在书包里了 放学就动手": 3,
    "我爸正在打我妈": 3,
    "我不想活了": 2,
    "我想zs": 2,
    "我想4": 2,
    "昨晚又割手了": 2,
    "叔叔一直摸我": 2,
}
# Nothing of this may call a person; whether it is 0 or 1 only changes the tone of the answer.
HARMLESS = (
    "我没有想死，就是累",
    "今晚准备好了吗 开黑",
    "哈哈哈哈晚安",
    "跳楼价大甩卖",
    "买了个紫砂壶",
    "笑死我了",
    "想死你了喵",
)


@pytest.mark.parametrize(("text", "level"), LEVELS.items())
def test_level(reader: Reader, text: str, level: int) -> None:
    assert reader.assess(text).level == level


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(reader: Reader, text: str) -> None:
    assert reader.assess(text).level <= 1


def test_context_decides(reader: Reader) -> None:
    assert reader.assess("都准备好了", ["我攒了好多安眠药"]).level == 3
    assert reader.assess("都准备好了", ["明天期末考试好紧张"]).level <= 1


def test_types_only_from_level_two(reader: Reader) -> None:
    assert reader.assess("我不想活了").types == {"suicide"}
    assert reader.assess("好累").types == frozenset()


def test_reasons_point_into_the_message(reader: Reader) -> None:
    text = "真的😭我想\u200b4了，不想活"
    found = reader.assess(text)
    assert found.reasons
    for reason in found.reasons:
        assert 0 <= reason.start < reason.end <= len(text)
    assert any(reason.source == "rule" for reason in found.reasons)


@given(
    st.text(st.characters(codec=None), max_size=80),
    st.lists(st.text(st.characters(codec=None), max_size=20), max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_read(text: str, context: list[str]) -> None:
    found = nlp.assess(text, context)
    assert 0 <= found.level <= 3
    assert 0.0 <= found.score <= 1.0
    for reason in found.reasons:
        assert 0 <= reason.start < reason.end <= len(text)


@pytest.mark.parametrize(
    "unit",
    ["啊", "\0", "\ud800", "z\u0301\u0302", "我想死", "今晚我好难过", "药都", "想4"],
)
def test_hostile_length_is_cheap(reader: Reader, unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    reader.assess(unit)
    started = time.process_time()
    reader.assess(text)
    # The budget is 50 ms on a quiet core; tests share theirs.
    assert time.process_time() - started < 0.2


GRAVE = ("我今晚就去死。", "药我都攒够了，今晚就吃。", "我现在站在楼顶。")


@pytest.mark.parametrize("grave", GRAVE)
@pytest.mark.parametrize("times", [4, 300])
def test_grave_words_in_a_long_message_are_heard(reader: Reader, grave: str, times: int) -> None:
    chat = "今天食堂的鸡腿很好吃，下午上了体育课，跑了八百米。" * times
    assert reader.assess(chat + grave + chat).level == 3


def test_degraded_without_model(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reader = Reader.load(tmp_path / "absent.bin.gz")
    assert "rules read alone" in caplog.text
    found = reader.assess("我把药都攒够了，今晚就吃")
    assert (found.level, found.degraded, found.model_version) == (3, True, "rules-only")
    assert reader.status().degraded
    assert reader.assess("今晚准备好了吗 开黑").level == 0


def test_status_is_ready(reader: Reader) -> None:
    status = reader.status()
    assert (status.ready, status.degraded, status.reason) == (True, False, "")
    assert status.model_version == reader.assess("嗯").model_version


def test_many_threads_read_the_same(reader: Reader) -> None:
    texts = list(LEVELS) * 5
    alone = [reader.assess(text) for text in texts]
    together: dict[int, list[nlp.Assessment]] = {}

    def read(number: int) -> None:
        together[number] = [nlp.assess(text) for text in texts]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found == alone for found in together.values())


def test_run_time_needs_no_training_library() -> None:
    code = (
        "import sys, nlp; nlp.assess('我不想活了', ['好累']);"
        "heavy = {'sklearn', 'scipy', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
