"""The single write of a conversation: read it, decide, write with a guard, or begin again.

`version` counts the writes. Who decides gets the document as it was read and answers with a
`Change`; if someone else was faster, the guard refuses and the decision is made anew on what is
there now. So order, exactly-once, escalation and the place in the queue are one atomic step without
a transaction. Source: optimistic concurrency control (Kung and Robinson, 1981).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import PyMongoError

from cloudfunctions.chat import clocks, store, views
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.database import Database, Document, outcome_unknown
from cloudfunctions.common.errors import Conflict, NotFound
from cloudfunctions.common.resources import Resources

ATTEMPTS = 200
"""Far above what two people in one talk can cause; the deadline of the request ends it earlier."""
LOCKS = tuple(threading.Lock() for _ in range(1_024))
"""One process does not race against itself; other processes are held off by the guard."""


@dataclass(frozen=True)
class Change:
    """What one decision does: messages to add, fields to set and to remove.

    `resting_on` names what it rests on although it may change without `version`: the lease.
    """

    messages: Sequence[Document] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    gone: Sequence[str] = ()
    resting_on: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """The conversation afterwards, what was added, and whether anything was written."""

    conversation: Document
    added: Sequence[Document]
    changed: bool


Read = Callable[[], Document | None]
Decide = Callable[[Document], Change | None]


def change(database: Database, conversation: str, read: Read, decide: Decide) -> Outcome:
    """Carry one decision out exactly once.

    Args:
        read: an `access_*` function of the store, bound to its caller.
        decide: looks at the document and answers with a change, or None where it is so already.

    Raises:
        NotFound: `read` finds nothing for this caller.
        Conflict: others kept changing it for the whole of the request's time.
    """
    with LOCKS[hash(conversation) % len(LOCKS)]:
        for attempt in range(ATTEMPTS):
            before = read()
            if before is None:
                raise NotFound
            wanted = decide(before)
            if wanted is None:
                return Outcome(before, (), changed=False)
            if (after := _try(database, before, wanted)) is not None:
                return after
            _pause(attempt)
    raise Conflict


def _pause(attempt: int) -> None:
    """Let the others go first, a little longer each time, but never in step with them."""
    share = secrets.randbelow(1_000) / 1_000
    time.sleep(share * 0.002 * min(attempt + 1, 10))


def _try(database: Database, before: Document, wanted: Change) -> Outcome | None:
    added = [
        {"seq": before["seq"] + number, **message}
        for number, message in enumerate(wanted.messages, start=1)
    ]
    after = _applied(before, added, wanted)
    fields, gone = _with_clocks(after, wanted)
    try:
        if not store.write(database, before, added, fields, gone, wanted.resting_on):
            return None
    except PyMongoError as error:
        if not outcome_unknown(error):
            raise
        # It may be written or not. Reading again tells: a repeated cid is then a replay.
        return None
    return Outcome(after, added, changed=True)


SPARSE = ("due", "alarmed", "owners", "outbox_at", "wechat_at", "dead_at")
"""Fields that exist only where there is something to do, so that their indexes stay small."""


def _with_clocks(after: Document, wanted: Change) -> tuple[Document, list[str]]:
    """The fields to set and to remove, with `due` as the clocks stand after the change."""
    after["due"] = clocks.next_due(after)
    fields = {**wanted.fields, "due": after["due"]}
    gone = [*wanted.gone, *(name for name in SPARSE if name in fields and fields[name] is None)]
    return {name: value for name, value in fields.items() if name not in gone}, gone


def _applied(before: Document, added: Sequence[Document], wanted: Change) -> Document:
    after = {
        **before,
        "seq": before["seq"] + len(added),
        "version": before["version"] + 1,
        "messages": [*before["messages"], *added],
    }
    for name, value in wanted.fields.items():
        # A dotted name sets one field of a part, as the database does.
        part, _, inner = name.partition(".")
        after[part] = {**after[part], inner: value} if inner else value
    for name in wanted.gone:
        after.pop(name, None)
    return after


def message_with(database: Database, conversation: Document, cid: str) -> Document | None:
    """Return the message with this cid, also where the talk is long and it was spilled."""
    for message in conversation["messages"]:
        if message["cid"] == cid:
            return dict(message)
    if conversation["first"] == 1:
        return None
    return store.spilled_cid(database, conversation["_id"], cid)


def newer(database: Database, conversation: Document, after: int, limit: int) -> list[Document]:
    """Return up to `limit` messages with seq above `after`, oldest first."""
    inside = [m for m in conversation["messages"] if m["seq"] > after]
    if after + 1 < conversation["first"]:
        older = store.spilled(database, conversation["_id"], after, conversation["first"])
        # What was read from transcripts may end before what is inside begins.
        joins = not older or older[-1]["seq"] + 1 == conversation["first"]
        inside = [*older, *inside] if joins else older
    return _with_told(conversation, inside[:limit])


def _with_told(conversation: Document, messages: Sequence[Document]) -> list[Document]:
    """The messages with what the teen told of their cards: it stands in `cards`, not in them."""
    told = {one["seq"]: one["helped"] for one in conversation.get("cards", []) if "helped" in one}
    return [{**m, "helped": told[m["seq"]]} if m["seq"] in told else m for m in messages]


def replay(
    resources: Resources, before: Document, cid: str, text: str, sender: str
) -> Document | None:
    """Return the stored message if this very one was sent before.

    Raises:
        Conflict: the cid belongs to another text, or to someone else's message.
    """
    found = message_with(resources.database, before, cid)
    if found is None:
        return None
    if found["text"] != text or found["from"] != sender:
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再发。")
    return found


def notice(resources: Resources, text: str) -> Document:
    """A line that the service itself adds to a talk."""
    return stamped(resources, {"from": "system", "kind": "notice", "text": text})


def stamped(resources: Resources, message: Document) -> Document:
    """Give a message of ours its own cid and the time."""
    return {"cid": f"s_{secrets.token_urlsafe(9)}", "at": resources.now(), **message}


HEAD_START = (0, 20 * MINUTE, 2 * HOUR, 365 * 24 * HOUR)
"""How much earlier a talk of each level counts as having come, in milliseconds.

So the order is by risk first and by waiting time with ageing: whoever is in imminent danger stands
before everyone else, and yet a calm talk that has waited two hours stands before a grave one that
has just come. One number orders the queue, and it never has to be written again as time passes.
"""
RETURNED = 10 * MINUTE
"""What a talk that lost its listener gains on those of its level, so that it is at their head."""


def waiting_fields(
    before: Document, tier: str, level: int, since: int, *, returned: bool = False
) -> Document:
    """Fields that let a conversation wait; who waits already keeps the time they came."""
    earlier = before.get("waiting", {})
    since = earlier.get("since", since)
    returned = returned or earlier.get("returned", False)
    rank = since - HEAD_START[level] - (RETURNED if returned else 0)
    waiting = {"tier": tier, "rank": rank, "since": since, "returned": returned}
    return {"tier": tier, "waiting": waiting}


def older(resources: Resources, current: Document, before: int, *, for_staff: bool) -> views.Older:
    """Return up to a chunk of messages below `before` of a conversation at hand."""
    after = store.chunk_start(max(before - 1, 1)) - 1
    found = [m for m in newer(resources.database, current, after, views.PAGE) if m["seq"] < before]
    return views.Older(views.messages(found, for_staff=for_staff), more=after > 0)
