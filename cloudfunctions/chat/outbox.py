"""Notices to the outside: posted in the write that causes them, delivered at least once.

A notice tells no text and nothing of the teen: {key, kind, level, step, at}. Delivered first and
removed after, so a crash between the two delivers it again under the same key. What fails is tried
again after 5, 10, 20 … seconds, at most ten minutes apart; after `MOST_TRIES` it is a dead letter.

A dead letter stays in the outbox of its talk with `dead_at` and the class of the last `fault`, so
that every step of its life is one guarded write. A supervisor has it tried once more, or sets it
aside with a reason: then it is kept as {…, closed_at, closed_by, reason} and shown to nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cloudfunctions.account.service import Staff
from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import Change, change
from cloudfunctions.chat.outside import DUE, is_dead, is_live, way_of, with_times
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources

MOST_TRIES = 10
FIRST_PAUSE = 5 * SECOND
LONGEST_PAUSE = 10 * MINUTE
AT_ONCE = 100
LONGEST = 2 * SECOND
"""After so long the next sweep goes on: a slow receiver must not keep the clocks from striking."""
SHOWN = ("key", "kind", "level", "step", "at")
SHOWN_AT_ONCE = 100
"""Dead letters that are shown together; the next ones show once these have found their end."""

HOPELESS = ("bad_template",)
"""Classes of faults that no further try mends: a person has to."""
COUNTED = 1_000
FOREVER = 2**53
"""Later than any notice is to be tried, in milliseconds."""

Deliver = Callable[[Document, Document], str | None]
"""Hands one notice of a talk to the outside: the talk without texts, and the notice as it is told.
None once nothing more is to be done, else the class of the fault."""


def deliver(resources: Resources, send: Deliver, way: str = "") -> int:
    """Deliver what is due by one way; returns how many notices were taken."""
    taken, started = 0, time.monotonic()
    for head in store.posted(resources.database, DUE[way], resources.now(), AT_ONCE):
        for notice in filter(is_live, head["outbox"]):
            if way_of(notice) != way or notice["next_try"] > resources.now():
                continue
            taken += _one(resources, head, notice, send)
            if (time.monotonic() - started) * SECOND > LONGEST:
                return taken
    return taken


def _one(resources: Resources, head: Document, notice: Document, send: Deliver) -> bool:
    fault = send(head, {name: notice[name] for name in SHOWN})
    if fault is None:
        _settle(resources, head["_id"], notice["key"], None)
        return True
    _settle(resources, head["_id"], notice["key"], _failed(resources, notice, fault))
    return False


def _failed(resources: Resources, notice: Document, fault: str) -> Document:
    """The notice after one more try in vain."""
    tries, now = notice["tries"] + 1, resources.now()
    failed = {**notice, "tries": tries, "fault": fault}
    if tries >= MOST_TRIES or fault in HOPELESS:
        telemetry.note("dead_letter", kind=notice["kind"], step=notice["step"], fault=fault)
        return {**failed, "dead_at": now}
    pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    return {**failed, "next_try": now + pause}


def _settle(resources: Resources, conversation: str, key: str, failed: Document | None) -> None:
    """Write down how a try ended; two sweeps that try at once may each have one to tell.

    What was delivered goes, also where the other try was its last one in vain; what a supervisor
    has set aside stays as it was put.
    """

    def decide(before: Document) -> Change | None:
        found = _find(before, key)
        if found is None or not (is_live(found) or (failed is None and is_dead(found))):
            return None
        return Change(fields=_replaced(before, key, failed))

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


def _find(talk: Document, key: str) -> Document | None:
    return next((one for one in talk.get("outbox", []) if one["key"] == key), None)


def _replaced(talk: Document, key: str, notice: Document | None) -> Document:
    """Fields after `notice` took the place of the one with this key, or that one went."""
    others = [one for one in talk["outbox"] if one["key"] != key]
    return with_times([*others, *([notice] if notice is not None else [])])


def dead_letters(resources: Resources) -> list[Document]:
    """Return the notices that were given up and not set aside, newest first.

    They come of one talk more than `SHOWN_AT_ONCE`, so a list that is longer tells that there is
    more.
    """
    heads = store.dead_lettered(resources.database, SHOWN_AT_ONCE + 1)
    found = [one for head in heads for one in head["outbox"] if is_dead(one)]
    return sorted(found, key=lambda one: -int(one["dead_at"]))


def undelivered(resources: Resources) -> list[Document]:
    """Return notices that are still to be delivered, those of the first `COUNTED` talks."""
    return [
        one
        for way, due in DUE.items()
        for head in store.posted(resources.database, due, FOREVER, COUNTED)
        for one in head["outbox"]
        if is_live(one) and way_of(one) == way
    ]


def try_again(resources: Resources, key: str) -> None:
    """Let the next sweep try a dead letter once more; in vain, it is a dead letter again.

    Asked twice it is tried once.

    Raises:
        Conflict: somebody has set it aside.
        NotFound: there is no such notice (any more).
    """

    def decide(found: Document) -> Document | None:
        if "closed_at" in found:
            raise Conflict("这条已经放到一边了。", hint="看看列表里下一条。")
        if is_live(found):
            return None
        alive = {name: value for name, value in found.items() if name != "dead_at"}
        return {**alive, "next_try": resources.now()}

    _change_letter(resources, key, decide)


def set_aside(resources: Resources, staff: Staff, key: str, reason: str) -> None:
    """Put a dead letter away for good; the reason is kept. Done before by the caller, it stays.

    Raises:
        BadRequest: no reason.
        Conflict: it is being tried again, or somebody else has set it aside.
        NotFound: there is no such notice (any more).
    """
    if not reason.strip():
        raise BadRequest("请写下理由。", hint="一句话就好，例如已经打电话告诉了值班的人。")

    def decide(found: Document) -> Document | None:
        if found.get("closed_by") == staff.id:
            return None
        if "closed_at" in found:
            raise Conflict("别的督导已经放到一边了。", hint="看看列表里下一条。")
        if is_live(found):
            raise Conflict("这条正在再送一次。", hint="过几秒看看结果。")
        end = {"closed_at": resources.now(), "closed_by": staff.id, "reason": reason.strip()}
        return {**found, **end}

    _change_letter(resources, key, decide)


def _change_letter(
    resources: Resources, key: str, decide: Callable[[Document], Document | None]
) -> None:
    """Change one notice in its talk, whose id is the first part of the key."""
    conversation = key.partition(":")[0]

    def of_talk(before: Document) -> Change | None:
        found = _find(before, key)
        wanted = None if found is None else decide(found)
        return None if wanted is None else Change(fields=_replaced(before, key, wanted))

    change(
        resources.database,
        conversation,
        lambda: store.access_as_posted(resources.database, conversation, key),
        of_talk,
    )
