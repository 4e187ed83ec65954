"""The animals under whose names stories are shown.

A name is chosen for each story anew, so that two stories of one teen have nothing in common. The
client carries the same list in `components/shared/animals.js`.
"""

from __future__ import annotations

ANIMALS = (
    "小鹿",
    "小猫",
    "小狗",
    "兔子",
    "小熊",
    "熊猫",
    "考拉",
    "狐狸",
    "松鼠",
    "刺猬",
    "企鹅",
    "海豚",
    "鲸鱼",
    "海龟",
    "小象",
    "长颈鹿",
    "小羊",
    "小马",
    "水獭",
    "猫头鹰",
    "小鸟",
    "蝴蝶",
    "蜗牛",
    "小鱼",
)


def other_animal(chosen: int, taken: str) -> str:
    """Return one of the animals by a number, never the one that is `taken` already."""
    free = [animal for animal in ANIMALS if animal != taken]
    return free[chosen % len(free)]
