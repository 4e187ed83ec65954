"""Someone else's talk looks like one that does not exist; then its owner does the same and may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from tests.attack.bodies import NOWHERE, is_our_error
from tests.contract.crew import CALM, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

OF_A_TEEN: dict[str, Body] = {
    "chat.send": {"cid": "stranger-cid", "text": CALM},
    "chat.poll": {"after": 0, "wait": 0},
    "chat.history": {"before": 9},
    "chat.ask_person": {},
    "chat.leave": {},
}
OF_A_HOLDER: dict[str, Body] = {
    "desk.send": {"cid": "stranger-cid", "text": CALM},
    "desk.history": {"before": 9},
    "desk.hand_over": {"tier": "counsellor", "note": "x"},
    "desk.close": {"form": {"risk": "A"}},
}


def hidden(caller: Caller, action: str, body: Body, talk: str) -> None:
    """The talk of someone else and one that is not there give the same bytes and headers."""
    real = caller.post(action, {"conversation": talk, **body})
    absent = caller.post(action, {"conversation": NOWHERE, **body})
    is_our_error(real, 404)
    assert real.content == absent.content
    unlike = {"Date", "X-Request-Id"}
    assert {k: v for k, v in real.headers.items() if k not in unlike} == {
        k: v for k, v in absent.headers.items() if k not in unlike
    }


@pytest.mark.parametrize("action", OF_A_TEEN)
def test_another_teen_finds_nothing_and_changes_nothing(
    running: Copy, resources: Resources, teen: Teen, action: str
) -> None:
    stranger = Teen(running.address)
    before = stored(resources, teen.talk)
    hidden(stranger, action, OF_A_TEEN[action], teen.talk)
    assert stored(resources, teen.talk) == before
    assert teen.call(action, conversation=teen.talk, **OF_A_TEEN[action])["messages"]


@pytest.mark.parametrize("action", OF_A_TEEN)
def test_a_closed_talk_of_another_teen_is_hidden_too(
    running: Copy, resources: Resources, teen: Teen, action: str
) -> None:
    teen.call("chat.leave", conversation=teen.talk)
    stranger = Teen(running.address)
    before = stored(resources, teen.talk)
    hidden(stranger, action, OF_A_TEEN[action], teen.talk)
    assert stored(resources, teen.talk) == before


@pytest.mark.parametrize("action", OF_A_HOLDER)
def test_staff_who_do_not_hold_a_talk_find_nothing_and_change_nothing(
    running: Copy, resources: Resources, staff: Staffing, people: dict[str, Caller], action: str
) -> None:
    holder = staff("counsellor").available()
    waiting = waiting_teen(running.address)
    hidden(people["counsellor"], action, OF_A_HOLDER[action], waiting.talk)
    assert holder.take() is not None
    before = stored(resources, waiting.talk)
    for role in ("listener", "counsellor", "supervisor"):
        stranger = people[role]
        hidden(stranger, action, OF_A_HOLDER[action], waiting.talk)
        polled = stranger.call("desk.poll", version="", after=0, conversation=waiting.talk)
        assert (polled["conversation"], polled["messages"]) == (None, [])
    assert stored(resources, waiting.talk) == before
    assert holder.call(action, conversation=waiting.talk, **OF_A_HOLDER[action])


def test_the_teen_of_a_talk_has_no_way_to_the_desk_and_staff_none_to_the_chat(
    teen: Teen, people: dict[str, Caller]
) -> None:
    is_our_error(teen.post("desk.poll", {"conversation": teen.talk}), 403)
    for role in ("listener", "counsellor", "supervisor", "coordinator"):
        body = {"conversation": teen.talk, "after": 0}
        is_our_error(people[role].post("chat.poll", body), 403)


def test_a_cid_of_another_talk_is_free_to_use(running: Copy, teen: Teen) -> None:
    other, cid = Teen(running.address), new_cid()
    assert not teen.send("我的话", cid)["replayed"]
    said = other.send("别人的话", cid)
    assert (said["replayed"], said["message"]["text"]) == (False, "别人的话")
