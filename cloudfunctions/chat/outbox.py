"""Notices to the outside: posted in the write that causes them, delivered at least once.

A notice holds no text and nothing of the teen: {key, kind, level, step, at}. Delivered first and
removed after, so a crash between the two delivers it again under the same key. What fails is tried
again after 5, 10, 20 … seconds, at most ten minutes apart; after `MOST_TRIES` it becomes a dead
letter that the supervisor sees.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import Change, change
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.resources import Resources

MOST_TRIES = 10
FIRST_PAUSE = 5 * SECOND
LONGEST_PAUSE = 10 * MINUTE
AT_ONCE = 100
LONGEST = 2 * SECOND
"""After so long the next sweep goes on: a slow receiver must not keep the clocks from striking."""
SHOWN = ("key", "kind", "level", "step", "at")

Deliver = Callable[[Document], bool]
"""Hands one notice to the outside; True once it was taken."""


def deliver(resources: Resources, send: Deliver) -> int:
    """Deliver what is due; returns how many notices were taken."""
    taken, started = 0, time.monotonic()
    for head in store.posted(resources.database, resources.now(), AT_ONCE):
        for notice in head["outbox"]:
            if notice["next_try"] > resources.now():
                continue
            taken += _one(resources, head["_id"], notice, send)
            if (time.monotonic() - started) * SECOND > LONGEST:
                return taken
    return taken


def _one(resources: Resources, conversation: str, notice: Document, send: Deliver) -> bool:
    done = send({name: notice[name] for name in SHOWN})
    if not done and notice["tries"] + 1 >= MOST_TRIES:
        telemetry.note("dead_letter", kind=notice["kind"], step=notice["step"])
        store.add_dead_letter(resources.database, {**notice, "dead_at": resources.now()})
        _replace(resources, conversation, notice["key"], None)
        return False
    if done:
        _replace(resources, conversation, notice["key"], None)
        return True
    tries = notice["tries"] + 1
    pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    again = {**notice, "tries": tries, "next_try": resources.now() + pause}
    _replace(resources, conversation, notice["key"], again)
    return False


def _replace(resources: Resources, conversation: str, key: str, notice: Document | None) -> None:
    """Put `notice` in the place of the one with this key, or take that one out."""

    def decide(before: Document) -> Change | None:
        others = [one for one in before.get("outbox", []) if one["key"] != key]
        if len(others) == len(before.get("outbox", [])):
            return None
        left = [*others, *([notice] if notice is not None else [])]
        times = [int(one["next_try"]) for one in left]
        return Change(fields={"outbox": left, "outbox_at": min(times, default=None)})

    try:
        change(
            resources.database,
            conversation,
            lambda: store.by_id(resources.database, conversation),
            decide,
        )
    except NotFound:
        # Erased in the meantime, and its notices with it.
        return


def dead_letters(resources: Resources) -> list[Document]:
    """Return the notices that could not be delivered, newest first."""
    return store.dead_letters(resources.database, 100)


def forget_dead_letter(resources: Resources, key: str) -> bool:
    """A supervisor has dealt with it by hand; False if there is none with this key."""
    return store.remove_dead_letter(resources.database, key)
