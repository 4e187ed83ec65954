"""Taking out of a text what could lead to a person, before it goes anywhere.

Used for lines that a deployment exports for training and for what an outside language model is
sent. Promise: whatever `nlp.personal` finds is replaced by a word in 〔〕, and so are classes and
any six digits in a row, whatever they count. Assumption: it cannot know every name; whoever reads
an export reads it with that in mind.
"""

from __future__ import annotations

import re
from typing import Final

from nlp.personal import find

WORDS: Final = {
    "phone": "号码",
    "landline": "号码",
    "id_number": "号码",
    "qq": "账号",
    "wechat": "账号",
    "account": "账号",
    "email": "邮箱",
    "link": "网址",
    "address": "地址",
    "school": "学校",
    "name": "名字",
}
_NUMERAL: Final = r"[一二三四五六七八九十\d]"
_DIGIT: Final = "[0-9０-９零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖]"
_MORE: Final = (
    # The name of the service says where the account is.
    (
        "账号",
        r"(?:微信|威信|v信|vx|wx|qq|扣扣|企鹅|抖音|快手|小红书|账号|id)(?:号|号码)?(?:是|[:：\s])*〔账号〕",
    ),
    # Spaces, dashes and dots between digits do not make a number another number.
    ("号码", rf"{_DIGIT}(?:[\s.·-]?{_DIGIT}){{5,}}[xX]?"),
    (
        "班级",
        rf"(?:初|高|小)?{_NUMERAL}{{1,2}}年级?[(（]?{_NUMERAL}{{1,2}}[)）]?班"
        rf"|(?:初|高)[一二三][(（]?{_NUMERAL}{{1,2}}[)）]?班",
    ),
)
_RULES: Final = tuple(
    (f"〔{word}〕", re.compile(pattern, re.IGNORECASE)) for word, pattern in _MORE
)


def scrub(text: str) -> str:
    """Return `text` with whatever could lead to a person replaced."""
    pieces: list[str] = []
    at = 0
    for span in find(text):
        pieces += (text[at : span.start], f"〔{WORDS[span.kind]}〕")
        at = span.end
    text = "".join((*pieces, text[at:]))
    for word, pattern in _RULES:
        text = pattern.sub(word, text)
    return text
