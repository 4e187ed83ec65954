"""What is said whatever the teen says: the first lines of a talk, and that this is an AI."""

from __future__ import annotations

import zlib

from .library import library


def opening(now_open: bool, seed: str = "") -> tuple[str, ...]:
    """Three short messages to open a talk with.

    `now_open` says whether listeners are on duty; `seed` (such as the talk's id) varies
    the wording between talks while one talk always opens alike. The three parts are a
    greeting that names the AI, the word about people, and the limit of secrecy.
    """
    people = "open_people" if now_open else "open_nobody"
    return tuple(_one(cue, seed) for cue in ("open_hello", people, "open_secrecy"))


def reminder(seed: str = "") -> str:
    """The word after two hours that this is an AI, with a small rest offered.

    The duty comes from 人工智能拟人化互动服务管理暂行办法; `seed` varies the wording.
    """
    return _one("ai_reminder", seed)


def _one(cue: str, seed: str) -> str:
    pool = library().cell(0, "tell", cue)
    return pool[zlib.crc32(f"{cue}/{seed}".encode()) % len(pool)].text
