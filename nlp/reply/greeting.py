"""The first lines of a talk: who speaks, that a person can come, where secrecy ends."""

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


def _one(cue: str, seed: str) -> str:
    pool = library().cell(0, "tell", cue)
    return pool[zlib.crc32(f"{cue}/{seed}".encode()) % len(pool)].text
