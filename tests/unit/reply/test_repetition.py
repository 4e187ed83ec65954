"""A talk of 300 messages never hears the same answer twice."""

from __future__ import annotations

from collections import Counter

import pytest

from .talks import FEELINGS, LOW, NOW, SAD, TIRED, TOPICS, TYPES, Said, hold, read

LENGTH = 300

MIXED: list[Said] = [
    ("我妈又骂我了", SAD),
    ("嗯", read(1)),
    ("作业写不完 好累", TIRED),
    ("今天吃了火锅", read(0)),
    ("没人懂我", read(1, feelings="lonely")),
    ("怎么办", read(1, topics="family", needs="advice")),
    ("？", read(0)),
    ("我和闺蜜吵架了", read(1, topics="peers", feelings="sad")),
    ("不知道", read(1)),
    ("你是机器人吗", read(0)),
]
CRISIS: list[Said] = [
    ("不想活了", LOW),
    ("药在手里", NOW),
    ("嗯", read(1)),
    ("我骗你的", read(0)),
    ("我在天台", NOW),
    ("好多了", read(0)),
]
TALKS: dict[str, list[Said]] = {
    "only hums": [("嗯", read(1))],
    "only dots": [("……", read(0))],
    "only question marks": [("？", read(0))],
    "is it a robot": [("你是机器人吗", read(0))],
    "secrecy": [("别告诉我妈", read(1, topics="family"))],
    "asks for a person": [("我要找真人", read(1, needs="person"))],
    "insults": [("你就是个垃圾", read(0))],
    "asks for advice only": [("我该怎么办", read(1, topics="study", needs="advice"))],
    "one sentence again and again": [("我真的好难过", SAD)],
    "everyday": [("今天体育课跑步了", read(0))],
    "no labels at all": [("就这样吧一天天的", read(1))],
    "stop asking": [("你别问了", read(1))],
    "mixed": MIXED,
    "crisis and calm": CRISIS,
    "level 2 without a type": [("我撑不住了", read(2))],
    "level 3 without a type": [("现在就要", read(3))],
    "harmed": [("我已经把药吃了", NOW)],
    "friend in danger": [("我朋友说她不想活了", LOW)],
    **{f"level 2 {kind}": [("我好怕", read(2, types=kind))] for kind in TYPES},
    **{f"level 3 {kind}": [("就是现在", read(3, types=kind))] for kind in TYPES},
}


@pytest.mark.parametrize(
    ("name", "waiting"), [*((name, False) for name in TALKS), ("mixed", True), ("only hums", True)]
)
def test_no_text_comes_twice(name: str, waiting: bool) -> None:
    messages = TALKS[name]
    replies, _ = hold((messages[place % len(messages)] for place in range(LENGTH)), waiting=waiting)
    texts = Counter(reply.text for reply in replies)
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_line_comes_twice_while_fresh_ones_are_left() -> None:
    feelings, topics = FEELINGS[:12], TOPICS[:12]
    messages = [
        ("我好难过 想多说一点这件事", read(1, topics=topics[n % 12], feelings=feelings[n % 12]))
        for n in range(60)
    ]
    replies, _ = hold(messages)
    lines = Counter(part for reply in replies for part in reply.line.split("+"))
    assert max(lines.values()) == 1


def test_lines_stored_without_their_id_are_known_by_their_text() -> None:
    from nlp.reply import Turn, plan

    history: list[Turn] = []
    seen: set[str] = set()
    for _ in range(40):
        reply = plan("嗯", read(1), history)
        assert reply.text not in seen
        seen.add(reply.text)
        history += [Turn("teen", "嗯", level=1), Turn("ai", reply.text)]
