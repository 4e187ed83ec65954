"""Only words that are surely safe, and surely a whole clause, are given back."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.reply.quote import _words, quotable

from .talks import SAD, hold

QUOTED = [
    ("我妈从来不听我说话", "我妈从来不听我说话"),
    ("没人懂我", "没人懂我"),
    ("但是我真的好累啊", "我真的好累"),
    ("今天下雨，我一个人躲在房间里哭", "我一个人躲在房间里哭"),
]
NEVER = [
    "我喜欢李小雨",
    "我和王浩吵架了",
    "张老师批评我了",
    "我在人民路的学校很难过",
    "我家在成都很难过",
    "我考了58分很难过",
    "我打了13800000000没人听",
    "我是废物很难过",
    "他是个傻逼很讨厌",
    "我好想死好累",
    "我想自杀很累",
    "我割了自己很难过",
    "我好胖好难过",
    "他摸我很害怕",
    "你能不能陪我",
    "难过的",
    "因为我觉得很难过是因为",
    "累",
    "",
    "hhhh好累lol",
]


@pytest.mark.parametrize(("text", "quote"), QUOTED)
def test_whole_safe_clause_is_quoted(text: str, quote: str) -> None:
    assert quotable(text) == quote


@pytest.mark.parametrize("text", NEVER)
def test_unsafe_words_are_not_quoted(text: str) -> None:
    assert quotable(text) == ""


def test_listed_words_hold_no_danger_number_or_insult() -> None:
    core, beside = _words()
    danger = re.compile(
        r"死|杀|割|跳|药|血|刀|滚|废|傻|蠢|笨|丑|胖|贱|婊|逼(?!$)|[0-9a-zA-Z]|[二三四五六七八九百千万]"
    )
    assert not [word for word in core | beside if danger.search(word)]


@given(st.text(max_size=60))
def test_a_quote_is_a_run_of_the_message(text: str) -> None:
    quote = quotable(text)
    assert quote in text
    assert not quote or 4 <= len(quote) <= 14


def test_quotes_are_of_this_message_and_not_too_often() -> None:
    messages = ["我妈从来不听我说话", "没人懂我", "我真的好累", "我一个人躲在房间里哭"] * 5
    replies, _ = hold([(text, SAD) for text in messages])
    places = []
    for place, (text, reply) in enumerate(zip(messages, replies, strict=True)):
        if reply.line.startswith("quote"):
            inside = re.findall("「(.+?)」", reply.text)[0]
            assert inside in text
            places.append(place)
    assert places
    assert all(after - before > 3 for before, after in pairwise(places))
