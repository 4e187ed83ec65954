"""The lint refuses what must never be said, and every authored line passes it."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from nlp.reply import lint
from nlp.reply.cues import _SITUATIONS, _TURNS, SCENES
from nlp.reply.evidence import fact_names
from nlp.reply.library import FOLDER, SLOT, library

from .talks import FEELINGS, TOPICS, TYPES

MOVES = {
    "open_question",
    "restatement",
    "reflection",
    "affirmation",
    "information",
    "suggestion",
}
STAGES = {"opening", "exploring", "small_step", "waiting", "closing"}
OWN_CUES = {
    *("risk", "crisis", "harmed", "friend", "desk", "waiting", "denial"),
    *(
        "aside",
        "ask_anew",
        "gentle",
        "followup",
        "after_risk",
        "first_check",
        "mild_after_risk",
        "calm_after_risk",
        "bye_after_risk",
    ),
    *("asked", "advice", "friend_check"),
    *("ai_reminder", "stop_after_risk", "open_hello", "open_people", "open_nobody", "open_secrecy"),
}

BAD = [
    ("diagnosis", "你这是得了抑郁症。"),
    ("diagnosis", "听起来你有点抑郁。"),
    ("diagnosis", "这是典型的焦虑症。"),
    ("diagnosis", "你可能是双相。"),
    ("diagnosis", "这些症状说明问题不小。"),
    ("diagnosis", "你心理有问题。"),
    ("diagnosis", "你属于轻度抑郁。"),
    ("diagnosis", "你不正常。"),
    ("treatment", "睡前吃点褪黑素。"),
    ("treatment", "可以吃一片安眠药。"),
    ("treatment", "这个药先停药看看。"),
    ("treatment", "建议加大剂量。"),
    ("treatment", "我来给你做治疗。"),
    ("treatment", "用认知疗法就能治好。"),
    ("treatment", "不用去看医生。"),
    ("treatment", "你该换药了。"),
    ("promise", "一定会好的。"),
    ("promise", "我保证没事。"),
    ("promise", "不会告诉任何人。"),
    ("promise", "我绝对不会告诉你爸妈。"),
    ("promise", "我会永远陪着你。"),
    ("promise", "放心，我替你保密。"),
    ("promise", "一切都会过去的。"),
    ("promise", "我会一直陪你。"),
    ("promise", "我发誓不说。"),
    ("promise", "谁也不会知道。"),
    ("blame", "你怎么不早说。"),
    ("blame", "都是你的错。"),
    ("blame", "你想太多了。"),
    ("blame", "你太敏感了。"),
    ("blame", "你不应该这样对妈妈。"),
    ("blame", "谁让你不写作业。"),
    ("blame", "一个巴掌拍不响。"),
    ("blame", "爸妈也是为你好。"),
    ("blame", "你自己也有问题。"),
    ("blame", "别闹了。"),
    ("cheer", "加油，你最棒。"),
    ("cheer", "开心点。"),
    ("cheer", "别难过了。"),
    ("cheer", "想开一点。"),
    ("cheer", "没什么大不了。"),
    ("cheer", "要坚强一点。"),
    ("cheer", "打起精神来。"),
    ("cheer", "明天会更好。"),
    ("cheer", "没有过不去的坎。"),
    ("cheer", "不要哭了。"),
    ("comparing", "比你惨的人多了。"),
    ("comparing", "别人都能做到。"),
    ("comparing", "大家都这样过来的。"),
    ("comparing", "谁都有压力。"),
    ("comparing", "山区的孩子连书都没有。"),
    ("kinship", "妈妈抱抱你。"),
    ("kinship", "哥哥陪你。"),
    ("kinship", "叫我姐姐就好。"),
    ("kinship", "宝贝，我在。"),
    ("kinship", "我是你的男朋友。"),
    ("kinship", "乖，听话。"),
    ("kinship", "爱你，么么哒。"),
    ("kinship", "只有我懂你。"),
    ("human", "我是真人。"),
    ("human", "我小时候也这样。"),
    ("human", "我是心理医生。"),
    ("contact", "加我微信聊。"),
    ("contact", "我们见个面吧。"),
    ("contact", "发张照片给我。"),
    ("contact", "看看 https://example.org"),
    ("name", "小明也经历过。"),
    ("name", "去找王老师说。"),
    ("number", "打13800000000找我。"),
    ("number", "拨4001619995。"),
    ("method", "去死算了。"),
    ("method", "割腕会很疼。"),
    ("method", "死了就解脱了。"),
    ("method", "节食三天就能瘦。"),
    ("command", "你必须告诉老师。"),
    ("command", "你应该去道歉。"),
    ("command", "忍一忍就过去了。"),
    ("secret_keeping", "先别告诉你妈。"),
    ("secret_keeping", "这是我们的小秘密。"),
    ("questions", "你在哪？你好吗？"),
    ("empty", "  "),
    ("length", "嗯" * 200),
]
GOOD = [
    "这不是你的错。",
    "你想从哪里说起？",
    "我是AI，不是真人。",
    "你没有做错什么。",
    "可以打12356，急的时候110、120。",
    "是不是病，我没法判断，要医生才行。",
    "你是不是有想结束自己生命的念头？",
    "只有当有人的安全有危险时，我才会请真人来帮忙。",
    "想哭就哭，不用忍着。",
    "你妈妈说那句话的时候，你心里是什么感觉？",
]


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_bad_sentence_is_refused(rule: str, text: str) -> None:
    assert rule in lint(text)


@pytest.mark.parametrize("text", GOOD)
def test_good_sentence_passes(text: str) -> None:
    assert lint(text) == []


def test_every_authored_line_passes() -> None:
    broken = {line.id: lint(line.text) for line in library().by_id.values() if lint(line.text)}
    assert broken == {}


def test_lines_are_short() -> None:
    for line in library().by_id.values():
        longest = 45 if line.levels <= {"0", "1"} else 70
        assert len(line.text.replace(SLOT, "")) <= longest, line.id


def test_lines_use_only_known_names() -> None:
    cues = set(json.loads(SCENES.read_text(encoding="utf-8"))) | OWN_CUES | set(TYPES)
    cues |= {name for name, _ in (*_SITUATIONS, *_TURNS)} | {
        "silence",
        "emoji",
        "foreign",
        "gibberish",
    }
    for line in library().by_id.values():
        assert set(line.moves) <= MOVES, line.id
        assert line.moves, line.id
        assert line.stage <= STAGES, line.id
        assert line.topics <= set(TOPICS), line.id
        assert line.feelings <= set(FEELINGS), line.id
        assert line.levels <= {"0", "1", "2", "3"}, line.id
        assert line.levels, line.id
        assert line.when <= cues, line.id
        assert line.facts <= fact_names(), line.id


def test_there_are_enough_lines() -> None:
    lines = list(library().by_id.values())
    assert len(lines) >= 600
    assert sum("3" in line.levels for line in lines) >= 12
    groups = Counter(group for line in lines if "2" in line.levels for group in line.when)
    for group in (*TYPES, "friend", "risk"):
        assert groups[group] >= 20, group


def test_files_are_one_line_a_row() -> None:
    """A row a line keeps a change to one sentence a change of one line."""
    for path in FOLDER.glob("*.json"):
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert len(path.read_text(encoding="utf-8").splitlines()) == len(rows) + 2
