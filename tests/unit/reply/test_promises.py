"""The same talk gets the same answer, whatever is typed gets one, and soon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.reply import Turn, lint, plan
from nlp.reply.library import library

from .talks import FEELINGS, SAD, TOPICS, TYPES, Reading, hold, read

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
from tests.unit.reply.test_repetition import MIXED, CRISIS
from tests.unit.reply.talks import hold
print([reply.text for reply in hold((MIXED + CRISIS) * 4)[0]])
"""


def _in_a_new_process(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode()


def test_the_same_talk_gets_the_same_answers_in_every_process() -> None:
    assert _in_a_new_process("1") == _in_a_new_process("2")


def test_different_talks_are_answered_differently() -> None:
    first = {
        plan(text, SAD, []).text for text in ("我好难过", "很难受", "心里堵", "唉好烦", "想哭")
    }
    assert len(first) >= 4


readings = st.builds(
    Reading,
    st.integers(0, 3),
    st.frozensets(st.sampled_from(TYPES), max_size=2),
    st.frozensets(st.sampled_from(TOPICS), max_size=3),
    st.frozensets(st.sampled_from(FEELINGS), max_size=3),
    st.frozensets(st.sampled_from(["be_heard", "advice", "person", "information", "nothing"])),
)
words = st.text(st.characters(codec="utf-8"), max_size=40) | st.lists(
    st.sampled_from(
        [
            "我",
            "你",
            "她",
            "妈",
            "爸",
            "骂",
            "说",
            "别",
            "告诉",
            "是",
            "机器人",
            "吗",
            "难过",
            "死",
            "药",
            "老师",
            "抱抱",
            "？",
            "。",
            "哈",
            "嗯",
            "帮",
            "题",
            "走",
        ]
    )
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(words, readings), max_size=12), st.booleans())
def test_whatever_is_typed_gets_a_sound_answer(
    messages: list[tuple[str, Reading]], waiting: bool
) -> None:
    replies, _ = hold(messages, waiting=waiting)
    assert len({reply.text for reply in replies}) == len(replies)
    for reply, (_, reading) in zip(replies, messages, strict=True):
        broken = set(lint(reply.text)) - ({"questions"} if reading.level == 3 else set())
        assert not broken, (reply.text, broken)
        assert (reply.kind == "safety_card") == (reading.level == 3)


def test_answers_are_quick() -> None:
    """The aim is 1 ms on a quiet core; the ceiling leaves room for a busy machine."""
    _, history = hold([("我妈又骂我了 作业也写不完", SAD)] * 60)
    spent = []
    for _ in range(50):
        start = time.process_time()
        plan("她从来不听我说话", SAD, history)
        spent.append(time.process_time() - start)
    print(f"plan after 60 exchanges: {1e3 * median(spent):.2f} ms")
    assert median(spent) < 0.005


def test_lines_load_quickly() -> None:
    """The aim is 20 ms on a quiet core."""
    library.cache_clear()
    start = time.process_time()
    library()
    spent = time.process_time() - start
    print(f"lines loaded in {1e3 * spent:.1f} ms")
    assert spent < 0.08


def test_a_very_long_message_is_no_burden() -> None:
    text = "我今天又跟我妈吵架了然后她说我不懂事" * 500
    plan(text, read(1), [Turn("teen", text, level=1), Turn("ai", "嗯。")])
    start = time.process_time()
    plan(text, read(1), [Turn("teen", text, level=1), Turn("ai", "嗯。")])
    assert time.process_time() - start < 0.05
