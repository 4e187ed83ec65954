"""Taking out of a text what could lead to a person, before it goes anywhere.

Used for lines that a deployment exports for training and for what an outside language model is
sent. Promise: numbers, addresses of every kind, names that are introduced as names, schools,
classes and places with a street's or a village's ending are replaced by a word in 〔〕. Assumption:
it cannot know every name; whoever reads an export reads it with that in mind.
"""

from __future__ import annotations

import re
from typing import Final

_HAN = "[\u4e00-\u9fff]"
_DIGITS = "[0-9０-９零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖]"

RULES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (f"〔{word}〕", re.compile(pattern, re.IGNORECASE))
    for word, pattern in (
        ("邮箱", r"[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"),
        (
            "网址",
            r"(?:https?://|www\.)\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org|top|xyz)\b\S*",
        ),
        (
            "账号",
            r"(?:微信|威信|v信|vx|wx|qq|扣扣|企鹅|抖音|快手|小红书|账号|id)"
            r"(?:号|号码)?(?:是|[:：\s])*[a-z0-9_-]{5,}",
        ),
        # Spaces, dashes and dots between digits do not make a number another number.
        ("号码", rf"{_DIGITS}(?:[\s.·-]?{_DIGITS}){{5,}}[xX]?"),
        ("名字", rf"(?<=我叫){_HAN}{{2,4}}(?=$|[\s,，。.!！;；、])|(?<=名字是){_HAN}{{2,4}}"),
        ("名字", rf"(?<=我是){_HAN}{{2,4}}(?=[,，\s](?:今年|男|女|\d))"),
        (
            "学校",
            rf"{_HAN}{{2,8}}?(?:第?[一二三四五六七八九十\d]{{0,3}}(?:中学|小学|高中|初中|实验学校|职校|技校))"
            r"|[一二三四五六七八九十\d]{1,3}中(?=学|$|[\s,，。的]|初|高)",
        ),
        (
            "班级",
            r"(?:初|高|小)?[一二三四五六七八九\d]{1,2}年级?[(（]?[一二三四五六七八九十\d]{1,2}[)）]?班"
            r"|(?:初|高)[一二三][(（]?[一二三四五六七八九十\d]{1,2}[)）]?班",
        ),
        (
            "地址",
            rf"{_HAN}{{2,6}}(?:省|自治区)(?:{_HAN}{{2,6}}(?:市|州))?(?:{_HAN}{{1,6}}(?:区|县))?"
            rf"|{_HAN}{{2,6}}(?:小区|家园|花园|大道|街道)(?:\d+(?:号|栋|幢|单元|室|弄))*"
            r"|\d+(?:号楼|栋|幢|单元|弄)(?:\d+(?:单元|室|号))*",
        ),
    )
)


def scrub(text: str) -> str:
    """Return `text` with whatever could lead to a person replaced."""
    for word, pattern in RULES:
        text = pattern.sub(word, text)
    return text
