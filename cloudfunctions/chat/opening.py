"""How a talk begins: one open talk for every teen, however many of their calls come at once."""

from __future__ import annotations

import secrets

from cloudfunctions.account import presence
from cloudfunctions.chat import clocks, store
from cloudfunctions.chat.conversation import stamped
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict
from cloudfunctions.common.resources import Resources
from nlp import reply

NO_RISK: Document = {"level": 0, "peak": 0, "types": [], "at": 0}
NOTHING_UNDERSTOOD: Document = {"topics": [], "feelings": [], "needs": []}


def open_talk(resources: Resources, teen: str) -> Document:
    """Return the teen's open talk; the first call opens one.

    Raises:
        Conflict: it was opened and ended by others while this call looked.
    """
    conversation = store.open_of_teen(resources.database, teen)
    if conversation is None:
        store.add(resources.database, _new_talk(resources, teen))
        conversation = store.open_of_teen(resources.database, teen)
    if conversation is None:
        raise Conflict
    return conversation


def _new_talk(resources: Resources, teen: str) -> Document:
    conversation = secrets.token_urlsafe(16)
    words = reply.opening(presence.people_online(resources) > 0, conversation)
    messages = [
        {"seq": number, **stamped(resources, {"from": "ai", "kind": "text", "text": text})}
        for number, text in enumerate(words, start=1)
    ]
    now = resources.now()
    fresh: Document = {
        "_id": conversation,
        "schema": 1,
        "teen": teen,
        "state": "open",
        "speaker": "ai",
        "tier": "listener",
        "seq": len(messages),
        "version": 1,
        "first": 1,
        "messages": messages,
        "risk": NO_RISK,
        "risk_events": [],
        "understanding": NOTHING_UNDERSTOOD,
        "clocks": {"opened": now, "teen_last": now, "staff_last": 0, "ai_since": now},
    }
    return {**fresh, "due": clocks.next_due(fresh)}
