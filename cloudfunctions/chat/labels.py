"""What people corrected, as labelled lines to learn from.

Two kinds of judgement are labels: a level that a person set on one message, and the risk code of
the closing form, which stands for the gravest message of the talk. Only talks of teens who agreed
are read, and every line is scrubbed of what could lead to a person before it leaves the house.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from cloudfunctions.account import service as account
from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import newer
from cloudfunctions.chat.risk import MACHINE
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from nlp.context import EARLIER
from nlp.dataset import CONSENTED, IN_USE
from nlp.scrub import scrub

LEVEL_OF_CODE = {"A": 0, "B": 1, "C": 2, "D": 2, "E": 3}
"""Risk of the closing form → level of the label guide."""


def labelled_lines(resources: Resources, since: int) -> Iterator[Document]:
    """Yield lines in the form of the corpus, from judgements made after `since` (milliseconds)."""
    for conversation in store.judged(resources.database, since):
        if account.consents_to_training(resources, conversation["teen"]):
            yield from _lines_of(conversation, _said_by_teen(resources, conversation))


def _said_by_teen(resources: Resources, conversation: Document) -> list[Document]:
    found: list[Document] = []
    after = 0
    while page := newer(resources.database, conversation, after, 100):
        found += [message for message in page if message["from"] == "teen"]
        after = page[-1]["seq"]
    return found


def _lines_of(conversation: Document, said: Sequence[Document]) -> Iterator[Document]:
    place = {message["seq"]: at for at, message in enumerate(said)}
    corrected = {
        event["seq"]: event["to"]
        for event in conversation["risk_events"]
        if event["by"] != MACHINE and event["seq"] in place
    }
    closing = conversation.get("closing")
    if closing is not None and said:
        gravest = max(said, key=lambda message: (message["risk"]["level"], message["seq"]))
        corrected.setdefault(gravest["seq"], LEVEL_OF_CODE[closing["risk"]])
    for seq, level in sorted(corrected.items()):
        at = place[seq]
        yield _line(conversation, said[at], said[max(at - EARLIER, 0) : at], level)


def _line(
    conversation: Document, message: Document, earlier: Sequence[Document], level: int
) -> Document:
    types = message["risk"].get("types") or conversation["risk"]["types"]
    context = [scrub(one["text"]) for one in earlier]
    # The family keeps a talk on one side of the split; nobody can get from it to the talk.
    family = hashlib.sha256(str(conversation["_id"]).encode()).hexdigest()[:16]
    return {
        "text": scrub(message["text"]),
        "level": level,
        "types": sorted(types) if level >= 2 else [],
        "topics": [],
        "feelings": [],
        "needs": [],
        "kind": IN_USE,
        "persona": "unknown",
        "family": f"in_use_{family}",
        **({"context": context} if context else {}),
        "source": CONSENTED,
    }
