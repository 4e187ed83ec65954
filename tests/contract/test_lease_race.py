"""A sign of life and the sweep that takes the talk away race: one of the two wins whole.

Renewing a lease does not count `version` up, so the guard of the sweep has to hold the lease too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from cloudfunctions.chat import holding
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from tests.contract.crew import at_once, eventually, stored, waiting_teen, window_of
from tests.contract.passing import lose_lease, sweep_now, texts
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

ROUNDS, POLLS, SWEEPS = 40, 2, 3
LATER = 0.02
"""Seconds; about what a poll takes."""
EARLY = 30 * SECOND
"""As much earlier than in life a claim counts as silent, so that nobody else takes it meanwhile."""
KINDLY = "不是你的错"


@pytest.fixture
def member(staff: Staffing) -> Staff:
    """A listener on duty."""
    return staff("listener").available()


@pytest.fixture
def teen(running: Copy, member: Staff) -> Teen:
    """A teen in the listener's hands."""
    teen = waiting_teen(running.address)
    assert member.take() is not None
    return teen


def take_away(resources: Resources, talk: str, between: Callable[[], object]) -> bool:
    """Take the talk from its silent holder; `between` happens once, after it was read and before
    it is written. Silent is who has less than `EARLY` left: the copy's own sweep waits longer."""
    happened: list[object] = []

    def silent(before: Document) -> bool:
        lost = bool(before["claim"]["lease_until"] < resources.now() + EARLY)
        if lost and not happened:
            happened.append(between())
        return lost

    with resources.database.deadline(20):
        taken = holding.give_back(resources, talk, silent)
    assert happened, "nothing came between"
    return taken


def nearly_lose_lease(resources: Resources, talk: str) -> None:
    """Let the claim hold for a little less than `EARLY` more."""
    left = {"$set": {"claim.lease_until": resources.now() + EARLY - 5 * SECOND}}
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one({"_id": talk}, left)


@pytest.mark.parametrize("sign", ["desk.poll", "desk.background"])
def test_a_sign_of_life_between_reading_and_writing_keeps_the_talk(
    teen: Teen, member: Staff, resources: Resources, sign: str
) -> None:
    seq = teen.poll()["conversation"]["seq"]
    nearly_lose_lease(resources, teen.talk)
    assert take_away(resources, teen.talk, lambda: member.call(sign)) is False
    document = stored(resources, teen.talk)
    assert document["claim"]["by"] == member.id
    assert document["claim"]["lease_until"] > resources.now() + 50 * SECOND
    assert teen.poll(after=seq)["messages"] == [], "the teen is told nothing"
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["lost"]) == (1, [])


def test_without_one_the_talk_is_taken_though_others_are_renewed(
    running: Copy, teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    other = staff("listener").available()
    waiting_teen(running.address)
    assert other.take() is not None
    nearly_lose_lease(resources, teen.talk)
    assert take_away(resources, teen.talk, lambda: other.call("desk.poll")) is True
    assert "claim" not in stored(resources, teen.talk)
    # What comes after it finds nothing to renew, and says so.
    desk = eventually(lambda: _if_lost(member, teen))
    assert (desk["talks"], desk["me"]["talks"]) == ([], 0)
    assert "claim" not in stored(resources, teen.talk)


def _if_lost(member: Staff, teen: Teen) -> Body:
    desk = member.call("desk.poll")
    return desk if desk["me"]["lost"] == [teen.talk] else {}


def test_polls_and_sweeps_at_once_leave_it_held_or_lost_and_never_both(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    """Whoever was told that they hold the talk does; whoever was not has lost it."""
    windows = [window_of(member) for _ in range(POLLS)]
    lost = 0
    for number in range(ROUNDS):
        lose_lease(resources, teen.talk)

        def act(who: int, turn: int = number) -> bool:
            polls = who < POLLS
            # By turns the ones and the others are a little later, so that each wins sometimes.
            time.sleep(LATER if turn % 3 == int(polls) else 0)
            if polls:
                heads = windows[who].call("desk.poll")["talks"]
                return teen.talk in [head["id"] for head in heads]
            sweep_now(resources)
            return False

        told = at_once(POLLS + SWEEPS, act)[:POLLS]
        held = "claim" in stored(resources, teen.talk)
        assert all(told) if held else not any(told), f"round {number}: {told}, {held}"
        if not held:
            lost += 1
            eventually(lambda: member.call("desk.poll")["me"]["talks"] == 0)
            assert member.take() is not None
    print(f"\n{ROUNDS} rounds: kept {ROUNDS - lost}, lost {lost}")
    assert 0 < lost < ROUNDS, "only one side ever won"
    told_teen = [text for text in texts(teen.transcript()) if KINDLY in text]
    assert len(told_teen) == lost
