"""A message of level 3: card, queue and desk in the one write that stores it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.chat.conversation import HEAD_START
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


def test_the_answer_to_it_is_the_safety_card(teen: Teen) -> None:
    sent = teen.send(IMMINENT, after=teen.poll()["conversation"]["seq"])
    assert [(m["from"], m["kind"]) for m in sent["messages"]] == [
        ("teen", "text"),
        ("ai", "safety_card"),
    ]
    assert sent["conversation"]["safety"] is True
    assert sent["conversation"]["waiting"]["position"] == 1


def test_a_calm_message_brings_no_card_and_no_place_in_the_queue(teen: Teen) -> None:
    sent = teen.send(CALM)
    assert {m["kind"] for m in sent["messages"]} == {"text"}
    assert sent["conversation"]["safety"] is False
    assert sent["conversation"]["waiting"] is None


def test_it_stands_before_everyone_else_on_the_counsellors_desk(
    running: Copy, teen: Teen, staff: Staffing
) -> None:
    for _ in range(2):
        waiting_teen(running.address)
    teen.send(IMMINENT)
    heads = staff("counsellor").call("desk.queue")["queue"]["heads"]
    assert (heads[0]["id"], heads[0]["level"], heads[0]["tier"]) == (teen.talk, 3, "counsellor")
    assert heads[0]["types"]


def test_who_waits_for_a_listener_moves_up_and_keeps_the_time(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    teen = waiting_teen(running.address)
    since = stored(resources, teen.talk)["waiting"]["since"]
    teen.send(IMMINENT)
    waiting = stored(resources, teen.talk)["waiting"]
    assert (waiting["tier"], waiting["since"]) == ("counsellor", since)
    assert waiting["rank"] == since - HEAD_START[3]


def test_text_answer_risk_and_queue_are_one_write(teen: Teen, resources: Resources) -> None:
    cid = new_cid()
    pipeline = [{"$match": {"documentKey._id": teen.talk}}]
    with resources.database.deadline(20):
        talks = resources.database.collection("conversations")
        with talks.watch(pipeline, max_await_time_ms=200) as stream:
            teen.send(IMMINENT, cid)
            seen = changes_until_quiet(stream)
    assert len(seen) == 1, "a reader between two writes would see half of it"
    written = seen[0]["updateDescription"]["updatedFields"]
    fields = {name.partition(".")[0] for name in written}
    assert {"messages", "seq", "risk", "waiting", "tier", "clocks"} <= fields
    document = stored(resources, teen.talk)
    assert [m["kind"] for m in document["messages"][-2:]] == ["text", "safety_card"]
    assert document["messages"][-2]["cid"] == cid
    assert document["seq"] == document["messages"][-1]["seq"] == written["seq"]


def changes_until_quiet(stream: Any) -> list[Any]:
    """Everything the stream brings until it has brought nothing for half a second."""
    found: list[Any] = []
    last = time.monotonic()
    while time.monotonic() - last < (0.5 if found else 5):
        change = stream.try_next()
        if change is not None:
            found.append(change)
            last = time.monotonic()
    return found


def test_while_a_person_is_there_the_card_comes_and_the_ai_stays_silent(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    member = staff("counsellor").available()
    teen = waiting_teen(running.address)
    assert member.take() is not None
    sent = teen.send(IMMINENT, after=teen.poll()["conversation"]["seq"])
    assert [(m["from"], m["kind"]) for m in sent["messages"]] == [
        ("teen", "text"),
        ("system", "safety_card"),
    ]
    desk = member.call("desk.poll", version="", after=0, conversation=teen.talk)
    assert (desk["conversation"]["level"], desk["talks"][0]["level"]) == (3, 3)
    assert "waiting" not in stored(resources, teen.talk), "whom someone holds need not wait again"


def test_the_card_does_not_come_twice_in_a_row_while_a_person_is_there(
    running: Copy, staff: Staffing
) -> None:
    member = staff("counsellor").available()
    teen = waiting_teen(running.address)
    assert member.take() is not None
    teen.send(IMMINENT)
    again = teen.send(IMMINENT)["messages"]
    assert [m["kind"] for m in again].count("safety_card") == 1


def test_a_level_survives_the_hand_over(running: Copy, staff: Staffing) -> None:
    member = staff("listener").available()
    teen = waiting_teen(running.address)
    assert member.take() is not None
    teen.send(IMMINENT)
    member.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note="")
    heads = staff("supervisor").call("desk.queue")["queue"]["heads"]
    assert [(head["id"], head["level"]) for head in heads] == [(teen.talk, 3)]
