"""Addresses of the net: e-mail, links, WeChat names and the names of other accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nlp.personal import cues
from nlp.personal.span import Span

_TOP: Final = (
    r"(?:com|cn|net|org|top|xyz|vip|cc|me|io|tv|club|shop|site|online|link|info|app|fun|icu|ltd|tech|hk"
    r"|tw|edu|gov|co)"
)
_DOT: Final = r"(?:\.|点|。|\s?(?:\[dot\]|\(dot\))\s?|\s(?:点|dot)\s|\sdot\s)"
_EMAIL: Final = re.compile(
    r"(?<![a-z0-9_.+-])[a-z0-9_.+-]{2,64}\s?(?:@|艾特|圈a|#|\[at\]|\(at\)|(?<=\s)at(?=\s))\s?"
    rf"(?:q\sq|[a-z0-9-]{{2,40}})\s?{_DOT}\s?(?:[a-z0-9-]{{2,20}}{_DOT}){{0,2}}{_TOP}(?![a-z0-9])"
)
_LINK: Final = re.compile(
    r"(?:h(?:tt|xx)ps?:/{1,2}|(?<![a-z0-9])www[.。·点])[a-z0-9_%&?=#./:;~+!,@。\-]{3,300}"
    rf"|(?<![a-z0-9@.-])(?:[a-z0-9-]{{2,40}}\.){{1,4}}{_TOP}(?![a-z0-9-]|\.[a-z])"
    r"(?:/[a-z0-9_%&?=#./:;~+!@\-]{0,300})?"
    rf"|(?<![a-z0-9@.-])[a-z0-9-]\.{_TOP}/[a-z0-9_%&?=#./\-]{{2,100}}"
)
_PLAIN_WORD: Final = frozenset(
    (
        *("wechat", "weixin", "iphone", "android", "emoji", "hello", "sorry", "please", "online"),
        *("offline", "windows", "youtube", "tiktok", "instagram", "facebook", "twitter"),
        *("bilibili", "python", "english"),
    )
)
_TRAIL: Final = ".,;:!?。"


def find(text: str) -> Iterator[Span]:
    """Yield e-mail addresses, links and names of accounts of a plain text."""
    for match in _EMAIL.finditer(text):
        yield Span(*match.span(), "email")
    for match in _LINK.finditer(text):
        yield Span(match.start(), match.start() + len(match.group().rstrip(_TRAIL)), "link")
    for kind, pattern in (("wechat", cues.WECHAT_ID), ("account", cues.ACCOUNT_ID)):
        for match in pattern.finditer(text):
            if _is_handle(match["found"]):
                yield Span(*match.span("found"), kind)
    for match in cues.NICKNAME.finditer(text):
        yield Span(*match.span("found"), "account")


def _is_handle(word: str) -> bool:
    """Digits alone are read as a number; a word of the language is no name of an account."""
    bare = re.sub(r"[ .]", "", word)
    if bare.strip("_-").isdigit() or bare in _PLAIN_WORD:
        return False
    letters = bare.isalpha()
    return not letters or len(bare) >= 6 or " " in word
