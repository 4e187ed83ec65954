"""Write a message the way teens get words past a filter, by code: for training and evaluation.

Each kind changes only words that a filter would look for; a message without such a word has no
twin. Training sees twins of training families only.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from nlp.normalise import TRADITIONAL

_TO_TRADITIONAL: Final = {
    ord(plain): chr(code) for code, plain in sorted(TRADITIONAL.items(), reverse=True)
}
_PINYIN: Final = {
    "自杀": "zisha", "想死": "xiangsi", "去死": "qusi", "不想活": "buxianghuo", "跳楼": "tiaolou",
    "割腕": "gewan", "自残": "zican", "安眠药": "anmianyao", "遗书": "yishu", "强奸": "qiangjian",
    "上吊": "shangdiao", "农药": "nongyao", "离家出走": "lijiachuzou", "活不下去": "huobuxiaqu",
}  # fmt: skip
_MIXED: Final = {
    "自杀": "自sha", "想死": "想si", "跳楼": "跳lou", "割腕": "割wan", "自残": "自can",
    "遗书": "遗shu",
    "安眠药": "安mian药", "不想活": "不想huo", "去死": "去si", "强奸": "强jian",
}  # fmt: skip
_INITIALS: Final = {
    "想自杀": "想zs",
    "要自杀": "要zs",
    "想自残": "想zc",
    "想割腕": "想gw",
    "想跳楼": "想tl",
}
_HOMOPHONES: Final = {
    "自杀": "紫砂", "想死": "想鼠", "去死": "去鼠", "割腕": "割碗", "自残": "自惨",
    "安眠药": "安棉药",
    "跳楼": "跳搂", "上吊": "上钓", "强奸": "强尖", "猥亵": "猥谢",
}  # fmt: skip
_DIGITS: Final = {"想死": "想4", "去死": "去4", "自杀": "自s"}
_EMOJI: Final = {"想死": "想💀", "跳楼": "跳🏢", "药": "💊", "刀": "🔪", "血": "🩸", "去死": "去💀"}
_HALVES: Final = {"想死": "想歹匕", "自杀": "自乂木", "割腕": "害刂腕", "药": "艹约"}
_SPACED: Final = (
    "自杀", "想死", "去死", "不想活", "跳楼", "割腕", "自残", "安眠药", "遗书",
    "上吊", "农药", "强奸", "性侵", "离家出走",
)  # fmt: skip


def _swap(table: dict[str, str]) -> Callable[[str, random.Random], str]:
    def change(text: str, _chance: random.Random) -> str:
        for word, other in table.items():
            text = text.replace(word, other)
        return text

    return change


def _space(text: str, chance: random.Random) -> str:
    mark = chance.choice((" ", ".", "/", "*", "·", "_"))
    for word in _SPACED:
        text = text.replace(word, mark.join(word))
    return text


def _double(text: str, _chance: random.Random) -> str:
    for word in _SPACED:
        text = text.replace(word, "".join(character * 2 for character in word))
    return text


def _traditional(text: str, _chance: random.Random) -> str:
    return text.translate(_TO_TRADITIONAL)


def _invisible(text: str, _chance: random.Random) -> str:
    for word in _SPACED:
        text = text.replace(word, "\u200b".join(word))
    return text


KINDS: Final[dict[str, Callable[[str, random.Random], str]]] = {
    "pinyin": _swap(_PINYIN),
    "mixed": _swap(_MIXED),
    "initial": _swap(_INITIALS),
    "homophone": _swap(_HOMOPHONES),
    "digit": _swap(_DIGITS),
    "emoji": _swap(_EMOJI),
    "halves": _swap(_HALVES),
    "spacing": _space,
    "doubled": _double,
    "traditional": _traditional,
    "invisible": _invisible,
}


def twin(text: str, kind: str) -> str | None:
    """Return `text` disguised in one way, or None where there is nothing to disguise."""
    other = KINDS[kind](text, random.Random(text))  # noqa: S311  # repeatable, not secret
    return other if other != text else None
