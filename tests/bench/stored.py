"""Closed conversations in any number, in the very shape that the service leaves behind.

Two talks are really held over HTTP and closed with their forms, a calm one and one that was
followed up; every seeded document is one of them with an id, a teen, cids, times and words of its
own. So a change of the document's shape changes what is seeded, without anybody thinking of it.
"""

from __future__ import annotations

import itertools
import random
import secrets
import time
from collections.abc import Iterator
from typing import Any

from pymongo.errors import BulkWriteError, ConnectionFailure

from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from nlp import dataset
from tests.support.copy import Copy
from tests.support.people import Staff, Teen

Document = dict[str, Any]

MESSAGES = 27
LETTERS = 72
"""Characters of a message, about: with its other fields it then has some 300 bytes."""
FOLLOWED_UP = 0.15
"""Share of the talks that were followed up."""
BATCH = 50
"""A larger one keeps the embedded database from answering the driver's heartbeat in time."""
ATTEMPTS = 10
DOUBLE = 11_000
"""Code of a document that is there already, here from an attempt whose answer was lost."""
THREE_YEARS = 3 * 365 * 24 * HOUR
A_TIME = 10**12
"""Any whole number above it, in a conversation, is milliseconds since 1970."""


class Words:
    """Texts put together from calm lines of the corpus."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lines = [line.text for line in dataset.read() if line.level == 0]

    def __call__(self, letters: int = LETTERS) -> str:
        """A text of about so many characters."""
        text = ""
        while len(text) < letters * 0.75:
            text += self._chance.choice(self._lines) + "，"
        return text[: round(letters * 1.3)]


def talks(copy: Copy, resources: Resources, words: Words) -> tuple[Document, Document]:
    """Hold a calm talk and one that was followed up; returns both documents as they now lie."""
    # A counsellor takes from both queues, whatever the reader makes of a line of the corpus.
    member = Staff(copy.address, resources, "counsellor").available()
    calm, grave = _held(copy, member, words, "A"), _held(copy, member, words, "C")
    member.call("desk.follow_up_done", conversation=grave, reason="已经电话联系上，一切都好")
    member.call("desk.status", status="away")
    with resources.database.deadline(10):
        found = [
            resources.database.collection("conversations").find_one({"_id": talk})
            for talk in (calm, grave)
        ]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def _held(copy: Copy, member: Staff, words: Words, risk: str) -> str:
    teen = Teen(copy.address)
    for _ in range(4):
        teen.send(words())
    teen.call("chat.ask_person", conversation=teen.talk)
    taken = member.take()
    assert taken is not None
    assert taken["id"] == teen.talk
    seq = taken["seq"]
    while seq < MESSAGES - 2:
        seq = teen.send(words())["conversation"]["seq"]
        seq = member.say(teen.talk, words())["conversation"]["seq"]
    member.close(teen.talk, risk)
    return teen.talk


def seed(resources: Resources, count: int, models: tuple[Document, Document], words: Words) -> None:
    """Store `count` further closed conversations."""
    chance = random.Random(count)
    documents = _documents(count, models, words, chance)
    while batch := list(itertools.islice(documents, BATCH)):
        _insert(resources, batch)


def _insert(resources: Resources, batch: list[Document]) -> None:
    """Insert a batch; on a busy machine the driver may give up waiting, and then it is repeated."""
    stored = resources.database.collection("conversations")
    for _ in range(ATTEMPTS):
        try:
            with resources.database.deadline(120):
                stored.insert_many(batch, ordered=False)
        except ConnectionFailure:
            time.sleep(1)
            continue
        except BulkWriteError as error:
            if any(one["code"] != DOUBLE for one in error.details["writeErrors"]):
                raise
        return
    raise TimeoutError(f"the database took no batch in {ATTEMPTS} attempts")


def _documents(
    count: int, models: tuple[Document, Document], words: Words, chance: random.Random
) -> Iterator[Document]:
    for _ in range(count):
        model = models[chance.random() < FOLLOWED_UP]
        document = _moved(model, chance.randrange(THREE_YEARS))
        document["_id"], document["teen"] = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        for message in document["messages"]:
            message["cid"] = secrets.token_urlsafe(12)
            if message["from"] != "system":
                message["text"] = words(len(message["text"]))
        yield document


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    return value - by if isinstance(value, int) and value > A_TIME else value
