"""Who comes next: by risk, then by waiting time with ageing; weighed load; an honest wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.chat import holding, queue
from cloudfunctions.chat.conversation import HEAD_START
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, at_once, error_of, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Staff, Teen

Staffing = Callable[[str], Staff]
SAD = "奶奶走了 我好难过"
LEVEL_2 = "我不想活了"

pytestmark = pytest.mark.usefixtures("empty_queue")


def waits_since(resources: Resources, teen: Teen, earlier: int) -> None:
    """Let the teen have come `earlier` milliseconds before they did."""
    back = {"waiting.since": -earlier, "waiting.rank": -earlier}
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one(
            {"_id": teen.talk}, {"$inc": back}
        )


def order(staff: Staff) -> list[str]:
    """The ids of who waits, as the desk shows them."""
    heads = staff.call("desk.queue")["queue"]["heads"]
    return [head["id"] for head in heads]


def test_risk_first_then_who_came_first(running: Copy, staff: Staffing) -> None:
    calm, later = waiting_teen(running.address), waiting_teen(running.address)
    grave = waiting_teen(running.address, LEVEL_2)
    imminent = waiting_teen(running.address, IMMINENT)
    expected = [imminent.talk, grave.talk, calm.talk, later.talk]
    assert order(staff("counsellor")) == expected


def test_nobody_waits_for_ever(running: Copy, staff: Staffing, resources: Resources) -> None:
    """A calm talk that waited long enough stands before a grave one, never before danger."""
    calm = waiting_teen(running.address)
    grave = waiting_teen(running.address, LEVEL_2)
    imminent = waiting_teen(running.address, IMMINENT)
    counsellor = staff("counsellor")
    assert order(counsellor) == [imminent.talk, grave.talk, calm.talk]
    waits_since(resources, calm, HEAD_START[2] + MINUTE)
    assert order(counsellor) == [imminent.talk, calm.talk, grave.talk]


def test_a_talk_that_lost_its_listener_is_at_the_head_of_its_level(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    first = waiting_teen(running.address)
    member = staff("listener").available()
    assert member.take() is not None
    others = [waiting_teen(running.address) for _ in range(2)]
    waits_since(resources, others[0], 5 * MINUTE)
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one(
            {"_id": first.talk}, {"$set": {"claim.lease_until": 1}}
        )
        holding.return_lost(resources)
    assert order(staff("listener"))[0] == first.talk


def test_a_known_topic_is_preferred_and_never_required(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    waiting_teen(running.address)
    teen = waiting_teen(running.address)
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one(
            {"_id": teen.talk}, {"$set": {"understanding.topics": ["loss"]}}
        )
    member = staff("listener")
    me = member.call("desk.status", status="available", skills=["loss"])["me"]
    assert me["skills"] == ["loss"]
    claimed = member.take()
    assert claimed is not None
    assert claimed["id"] == teen.talk
    assert member.take() is not None, "what is not their topic is theirs too"


def test_danger_goes_before_any_preference(running: Copy, staff: Staffing) -> None:
    waiting_teen(running.address)
    imminent = waiting_teen(running.address, IMMINENT)
    member = staff("listener")
    member.call("desk.status", status="available", skills=["other", "study"])
    claimed = member.take()
    assert claimed is not None
    assert claimed["id"] == imminent.talk


@pytest.mark.parametrize("skill", ["Loss", "", "loss\n", "x" * 50])
def test_an_unknown_skill_is_refused(staff: Staffing, skill: str) -> None:
    body = {"status": "available", "skills": [skill]}
    assert error_of(staff("listener"), "desk.status", body) == (400, "bad_request")


def test_a_red_talk_fills_a_listener(running: Copy, staff: Staffing) -> None:
    """It counts three: nothing goes beside it, and it goes beside nothing."""
    for _ in range(2):
        waiting_teen(running.address)
    member = staff("listener").available()
    assert member.take() is not None
    imminent = waiting_teen(running.address, IMMINENT)
    lighter = member.take()
    assert lighter is not None
    assert lighter["id"] != imminent.talk, "the red one waits for somebody with free hands"
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["load"]) == (2, 2)
    free = staff("listener").available()
    taken = free.take()
    assert taken is not None
    assert taken["id"] == imminent.talk
    waiting_teen(running.address)
    assert error_of(free, "desk.next", {}) == (409, "conflict")


def test_a_talk_that_becomes_grave_becomes_heavier(running: Copy, staff: Staffing) -> None:
    teens = [waiting_teen(running.address) for _ in range(2)]
    member = staff("listener").available()
    for _ in teens:
        assert member.take() is not None
    teens[0].send(IMMINENT)
    waiting_teen(running.address)
    assert error_of(member, "desk.next", {}) == (409, "conflict")
    assert member.call("desk.poll")["me"]["load"] == 4
    member.close(teens[0].talk)
    assert member.call("desk.poll")["me"]["load"] == 1
    assert member.take() is not None


def test_the_load_is_never_more_than_the_limit_in_eight_windows(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    for number in range(8):
        waiting_teen(running.address, LEVEL_2 if number % 2 else CALM)
    member = staff("counsellor").available()
    at_once(8, lambda _: member.post("desk.next", {}).status_code)
    with resources.database.deadline(10):
        place = resources.database.collection("presence").find_one({"_id": member.id})
    assert place is not None
    assert place["load"] == sum(one["weight"] for one in place["talks"]) <= 6


def test_whoever_wishes_it_is_given_talks_at_once(running: Copy, staff: Staffing) -> None:
    """The queue drains the moment somebody comes free, without a button being pressed."""
    waiting = waiting_teen(running.address)
    member = staff("listener")
    member.call("desk.status", status="available", automatic=True)
    poll = member.call("desk.poll")
    assert [one["id"] for one in poll["talks"]] == [waiting.talk]
    version = poll["version"]
    later = waiting_teen(running.address)
    heard = member.call("desk.poll", version=version, wait=5)
    ids = {one["id"] for one in heard["talks"]}
    if later.talk not in ids:  # The poll may have answered to the first of two wake-ups.
        heard = member.call("desk.poll", version=heard["version"], wait=5)
        ids = {one["id"] for one in heard["talks"]}
    assert ids == {waiting.talk, later.talk}


def test_who_is_away_is_given_nothing(running: Copy, staff: Staffing) -> None:
    waiting_teen(running.address)
    member = staff("listener")
    member.call("desk.status", status="away", automatic=True)
    assert member.call("desk.poll")["talks"] == []


def test_the_wait_is_told_from_the_last_hour_or_not_at_all(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    with resources.database.deadline(10):
        resources.database.collection("claims").delete_many({})
    teen = waiting_teen(running.address)
    staff("listener").available()
    resources.recent.forget()
    with resources.database.deadline(10):
        assert queue.minutes_left(resources, "listener", 1) is None
        bucket = resources.now() // queue.BUCKET
        resources.database.collection("claims").insert_one(
            {"_id": f"listener:{bucket}", "count": 12}
        )
        resources.recent.forget()
        assert queue.minutes_left(resources, "listener", 1) == 5
        assert queue.minutes_left(resources, "listener", 3) == 15
    assert stored(resources, teen.talk)["waiting"]["tier"] == "listener"
