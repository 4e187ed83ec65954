"""A talk of many hundred messages spills its oldest into transcripts, and nobody notices."""

from __future__ import annotations

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import error_of, stored
from tests.support.copy import Copy
from tests.support.people import Body, Teen

SENT = 160


@pytest.fixture(scope="module")
def talker(running: Copy) -> Teen:
    """A teen who has said `SENT` things, each of which was answered."""
    teen = Teen(running.address)
    for number in range(SENT):
        teen.send(f"第{number}句", f"long-cid-{number:04d}", after=2**30)
    return teen


def test_page_by_page_it_is_everything_that_was_sent(talker: Teen) -> None:
    everything = talker.transcript()
    assert len(everything) > 2 * SENT
    assert [m["seq"] for m in everything] == list(range(1, len(everything) + 1))
    said = [m for m in everything if m["from"] == "teen"]
    assert [m["text"] for m in said] == [f"第{number}句" for number in range(SENT)]
    assert [m["cid"] for m in said] == [f"long-cid-{number:04d}" for number in range(SENT)]


def test_a_page_has_at_most_100_messages_and_says_whether_there_is_more(talker: Teen) -> None:
    everything = talker.transcript()
    for after in range(0, len(everything), 7):
        page = talker.poll(after=after)
        got = page["messages"]
        assert 1 <= len(got) <= 100
        assert got == everything[after : after + len(got)]
        assert page["more"] == (after + len(got) < len(everything))


def test_history_backwards_is_everything_too(talker: Teen) -> None:
    found: list[Body] = []
    entered = talker.call("chat.enter")
    found = entered["messages"]
    more = True
    while more:
        page = talker.call("chat.history", conversation=talker.talk, before=found[0]["seq"])
        found = [*page["messages"], *found]
        more = page["more"]
    assert found == talker.transcript()


def test_the_document_stays_below_100_messages(talker: Teen, resources: Resources) -> None:
    document = stored(resources, talker.talk)
    assert len(document["messages"]) < 100
    assert document["first"] == document["messages"][0]["seq"] > 1


@pytest.mark.parametrize("number", [0, 1, 15, 40])
def test_a_spilled_message_is_still_known_by_its_cid(talker: Teen, number: int) -> None:
    cid, text = f"long-cid-{number:04d}", f"第{number}句"
    first = next(m for m in talker.transcript() if m["cid"] == cid)
    again = talker.send(text, cid)
    assert (again["replayed"], again["message"]) == (True, first)
    body = {"conversation": talker.talk, "cid": cid, "text": "别的话"}
    assert error_of(talker, "chat.send", body) == (409, "conflict")
