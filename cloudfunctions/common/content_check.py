"""Asking WeChat whether words may be shown to others, and when to ask again.

For what is published (stories, words under them, names), never for what is said in private. A long
text is read in pieces that overlap a little, so that nothing hides at a border; the gravest verdict
counts. Limits and scenes: WeChat's document of msgSecCheck, version 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from cloudfunctions.common.clock import HOUR, MINUTE, SECOND
from cloudfunctions.common.wechat import Verdict, WeChat

PROFILE, COMMENT, FORUM = 1, 2, 3
"""Scenes: a name, words under something, something of one's own."""
LONGEST = 2_500
"""Characters that WeChat reads at once."""
OVERLAP = 50
GRAVITY = ("pass", "review", "risky")

FIRST_PAUSE = 5 * SECOND
LONGEST_PAUSE = 10 * MINUTE
ABSENT_PAUSE = HOUR
"""Whoever wrote it has to come by first; asking every few minutes would not bring them."""
ABSENT = ("no_visit", "not_wechat")
"""Why it cannot be asked at all now: not seen in the last two hours, or not a user of WeChat."""


def read(wechat: WeChat, openid: str, text: str, scene: int, title: str = "") -> Verdict:
    """Return the gravest verdict over the pieces of a text.

    Raises:
        WeChatFault: one of them was not read; none counts then.
    """
    verdicts = [
        wechat.check_text(openid, piece, scene, title=title if number == 0 else "")
        for number, piece in enumerate(pieces(text))
    ]
    return max(verdicts, key=lambda one: GRAVITY.index(one.suggest))


def pieces(text: str) -> Iterator[str]:
    """What is read at once; at least one piece."""
    for start in range(0, max(len(text) - OVERLAP, 1), LONGEST - OVERLAP):
        yield text[start : start + LONGEST]


def again_at(now: int, tries: int, why: str) -> int:
    """When to ask once more after `tries` in vain, the last because of `why`; milliseconds."""
    if why in ABSENT:
        return now + ABSENT_PAUSE
    return now + int(min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE))
