"""A claim holds while its holder gives signs of life, and is lost kindly and once when not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.chat.holding import BACKGROUND, LEASE
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, at_once, error_of, eventually, stored, waiting_teen
from tests.contract.passing import let_pass, lose_lease, sweep_now, texts
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

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


def lease_left(resources: Resources, talk: str) -> int:
    """Milliseconds that the claim still holds."""
    return int(stored(resources, talk)["claim"]["lease_until"]) - resources.now()


def set_lease(resources: Resources, talk: str, left: int) -> None:
    """Let the claim hold for `left` milliseconds more."""
    until = {"$set": {"claim.lease_until": resources.now() + left}}
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one({"_id": talk}, until)


def lost_by(member: Staff, *talks: Teen) -> bool:
    """Whether the member's desk says that they lost just these talks."""
    lost: list[str] = member.call("desk.poll")["me"]["lost"]
    return lost == [teen.talk for teen in talks]


def test_a_claim_holds_for_a_minute(teen: Teen, resources: Resources) -> None:
    assert 50 * SECOND < lease_left(resources, teen.talk) <= LEASE == 60 * SECOND


def test_a_poll_renews_every_talk_in_hand(
    running: Copy, member: Staff, teen: Teen, resources: Resources
) -> None:
    second = waiting_teen(running.address)
    assert member.take() is not None
    for talk in (teen.talk, second.talk):
        set_lease(resources, talk, 5 * SECOND)
    version = stored(resources, teen.talk)["version"]
    member.call("desk.poll", conversation=teen.talk)
    for talk in (teen.talk, second.talk):
        assert lease_left(resources, talk) > 50 * SECOND
    assert stored(resources, teen.talk)["version"] == version, "it is no news to anybody"


def test_only_the_holder_renews(teen: Teen, staff: Staffing, resources: Resources) -> None:
    set_lease(resources, teen.talk, 20 * SECOND)
    staff("listener").available().call("desk.poll", conversation=teen.talk)
    teen.poll()
    assert lease_left(resources, teen.talk) <= 20 * SECOND


def test_a_lease_with_a_second_left_is_not_lost(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    set_lease(resources, teen.talk, 20 * SECOND)
    sweep_now(resources)
    assert stored(resources, teen.talk)["claim"]["by"] == member.id


def test_silent_for_a_minute_the_talk_goes_back_and_everybody_is_told(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    since = stored(resources, teen.talk)["claim"]["waiting_since"]
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    seen = teen.poll()
    view = seen["conversation"]
    assert (view["state"], view["speaker"], view["speaker_name"]) == ("open", "ai", "")
    assert (view["waiting"]["position"], view["waiting"]["since"]) == (1, since)
    assert KINDLY in texts(seen["messages"])[-1]
    eventually(lambda: lost_by(member, teen))
    assert teen.send(CALM, after=view["seq"])["messages"][-1]["from"] == "ai", "not left alone"


def test_lost_it_stands_at_the_head_of_its_level(
    running: Copy, teen: Teen, staff: Staffing, resources: Resources
) -> None:
    later = waiting_teen(running.address)
    urgent = waiting_teen(running.address, IMMINENT)
    let_pass(resources, later.talk, 5)  # They have waited longer, and have not been let down.
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    heads = staff("counsellor").call("desk.queue")["queue"]["heads"]
    assert [head["id"] for head in heads] == [urgent.talk, teen.talk, later.talk]


def test_a_grave_talk_that_a_listener_lost_goes_to_the_counsellors(
    teen: Teen, resources: Resources
) -> None:
    teen.send(IMMINENT)
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    document = stored(resources, teen.talk)
    assert document["waiting"]["tier"] == "counsellor"
    (alert,) = document["alerts"]
    assert "owner" not in alert, "whoever vanished does not keep the alarm"


def test_who_comes_back_finds_the_truth(teen: Teen, member: Staff, resources: Resources) -> None:
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    body = {"conversation": teen.talk, "cid": new_cid(), "text": "我回来了"}
    seq = teen.poll()["conversation"]["seq"]
    assert error_of(member, "desk.send", body) == (404, "not_found")
    form = {"conversation": teen.talk, "form": {"risk": "A"}}
    assert error_of(member, "desk.close", form) == (404, "not_found")
    desk = eventually(lambda: desk_if_lost(member, teen))
    assert (desk["talks"], desk["conversation"], desk["messages"]) == ([], None, [])
    assert (desk["me"]["talks"], desk["me"]["load"]) == (0, 0)
    assert teen.poll()["conversation"]["seq"] == seq
    again = member.take()
    assert again is not None
    assert again["id"] == teen.talk


def desk_if_lost(member: Staff, teen: Teen) -> Body:
    """The desk once it says that the talk was lost; nothing before."""
    desk = member.call("desk.poll", conversation=teen.talk)
    return desk if desk["me"]["lost"] == [teen.talk] else {}


def test_what_was_lost_is_told_until_it_was_read(
    running: Copy, teen: Teen, member: Staff, resources: Resources
) -> None:
    second = waiting_teen(running.address)
    assert member.take() is not None
    for lost in (teen, second):
        lose_lease(resources, lost.talk)
        sweep_now(resources)
    eventually(lambda: lost_by(member, teen, second))
    assert lost_by(member, teen, second), "hearing it once is not reading it"
    assert member.call("desk.read_lost")["me"]["lost"] == []
    assert lost_by(member)


def test_a_loss_reaches_a_desk_that_waits(teen: Teen, member: Staff, staff: Staffing) -> None:
    """Another member's queue shows the talk without being asked again."""
    other = staff("listener").available()
    version = other.call("desk.poll")["version"]
    lead = staff("supervisor")

    def act(number: int) -> list[str]:
        if number == 0:
            heads = other.call("desk.poll", version=version, wait=20)["queue"]["heads"]
            return [head["id"] for head in heads]
        lead.call("desk.dismiss", member=member.id)
        return []

    assert at_once(2, act)[0] == [teen.talk]


def test_in_the_background_it_holds_for_five_minutes(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    assert member.call("desk.background")["me"]["talks"] == 1
    assert BACKGROUND - 10 * SECOND < lease_left(resources, teen.talk) <= BACKGROUND
    let_pass(resources, teen.talk, 4.5, polling=False)
    assert stored(resources, teen.talk)["claim"]["by"] == member.id
    let_pass(resources, teen.talk, 0.6, polling=False)
    assert "claim" not in stored(resources, teen.talk)
    eventually(lambda: lost_by(member, teen))


def test_back_from_the_background_polls_hold_it_again(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    member.call("desk.background")
    let_pass(resources, teen.talk, 4.5, polling=False)
    member.call("desk.poll")
    assert 50 * SECOND < lease_left(resources, teen.talk) <= LEASE


def test_a_guest_inherits(running: Copy, teen: Teen, member: Staff, resources: Resources) -> None:
    heir = member
    holder = Staff(running.address, resources, "counsellor", "林老师").available()
    heir.call("desk.hand_over", conversation=teen.talk, tier="counsellor", warm=True)
    assert holder.take() is not None
    teen.send(IMMINENT)
    seq = teen.poll()["conversation"]["seq"]
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    seen = teen.poll(after=seq)
    view = seen["conversation"]
    assert (view["speaker"], view["speaker_name"], view["waiting"]) == ("listener", "小鹿", None)
    (told,) = texts(seen["messages"])
    assert "林老师" in told
    assert "小鹿在" in told
    document = stored(resources, teen.talk)
    assert (document["participants"], document["guests"]) == ([heir.id], [])
    assert document["alerts"][0]["owner"] == heir.id, "who answers for the talk owns its alarm"
    assert lease_left(resources, teen.talk) > 50 * SECOND
    eventually(lambda: lost_by(holder, teen))
    assert (holder.call("desk.poll")["me"]["talks"], lost_by(heir)) == (0, True)


def test_eight_sweeps_at_once_return_it_once(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    lose_lease(resources, teen.talk)
    assert sum(at_once(8, lambda _: sweep_now(resources))) <= 1
    assert sum(KINDLY in text for text in texts(teen.transcript())) == 1
    eventually(lambda: lost_by(member, teen))
    assert sweep_now(resources) == 0
    assert lost_by(member, teen)


def test_a_sweep_six_hours_late_does_no_harm(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    member.say(teen.talk, "我在")
    let_pass(resources, teen.talk, 6 * 60, polling=False)
    at_once(2, lambda _: sweep_now(resources))
    after = stored(resources, teen.talk)
    assert (after["state"], after["speaker"], "claim" in after) == ("open", "ai", False)
    assert sum(KINDLY in text for text in texts(teen.transcript())) == 1
    for _ in range(3):
        sweep_now(resources)
    settled = stored(resources, teen.talk)
    assert settled["seq"] == after["seq"], "nothing is said to the teen again"
    assert settled["waiting"] == after["waiting"]
    taken = staff("listener").available().take()
    assert taken is not None
    assert taken["id"] == teen.talk


def test_a_talk_taken_by_another_is_not_touched_by_a_late_sweep(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    other = staff("listener").available()
    assert other.take() is not None
    before = stored(resources, teen.talk)
    at_once(4, lambda _: sweep_now(resources))
    assert stored(resources, teen.talk) == before
    assert before["claim"]["by"] == other.id


def test_after_a_loss_the_place_is_free(running: Copy, member: Staff, resources: Resources) -> None:
    teens = [waiting_teen(running.address) for _ in range(3)]
    for _ in teens:
        assert member.take() is not None
    waiting_teen(running.address)
    assert error_of(member, "desk.next", {}) == (409, "conflict")
    lose_lease(resources, teens[1].talk)
    sweep_now(resources)
    eventually(lambda: lost_by(member, teens[1]))
    assert member.take() is not None
