"""Who answers for an alert: its owner opens the talk, and loses it by doing nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, at_once, eventually, stored, window_of
from tests.contract.passing import let_pass, sweep_now
from tests.contract.test_alerts import (
    acknowledged,
    alerts_of,
    first_alert,
    held_by,
    kinds,
    seconds_until_woken,
    seen,
)
from tests.support.copy import Copy
from tests.support.people import Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

REASON = "已经电话联系上"


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """A supervisor on duty."""
    return staff("supervisor").available()


def set_risk(member: Staff, teen: Teen, level: int, reason: str = "语气不对") -> None:
    """See the level of a talk otherwise."""
    member.call("desk.set_risk", conversation=teen.talk, level=level, reason=reason)


# Raised by a person


def test_imminent_danger_that_a_person_sees_raises_the_alert_of_such_words(
    running: Copy, staff: Staffing, supervisor: Staff, resources: Resources
) -> None:
    listener = staff("listener").available()
    teen = held_by(running, listener)
    set_risk(listener, teen, 2)
    assert kinds(resources, teen.talk) == []
    set_risk(listener, teen, 3)
    (alert,) = alerts_of(resources, teen.talk)
    at = alert["at"]
    raised = {"id": "risk1", "kind": "risk", "level": 3, "at": at, "step": 1, "stepped_at": at}
    assert alert == {**raised, "owner": listener.id, "owned_at": at}
    assert [one["id"] for one in seen(supervisor)] == ["risk1"]
    assert stored(resources, teen.talk)["risk_events"][-1]["at"] == at, "one write"


def test_once_while_one_is_open_whoever_sees_the_danger(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor)
    at_once(4, lambda _: set_risk_beside(counsellor, teen))
    teen.send(IMMINENT)
    set_risk(counsellor, teen, 2)
    set_risk(counsellor, teen, 3)
    assert kinds(resources, teen.talk) == ["risk"]


def set_risk_beside(member: Staff, teen: Teen) -> None:
    """The same from another window of the member's."""
    body = {"conversation": teen.talk, "level": 3, "reason": "说了时间"}
    assert window_of(member).post("desk.set_risk", body).status_code == 200


def test_danger_seen_after_an_alert_was_closed_raises_another(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor, CALM)
    set_risk(counsellor, teen, 3)
    closing = {"conversation": teen.talk, "alert": "risk1", "reason": REASON}
    counsellor.call("desk.close_alert", **closing)
    teen.send(CALM)
    assert kinds(resources, teen.talk) == ["risk"]
    set_risk(counsellor, teen, 3, "又说了今晚")
    assert kinds(resources, teen.talk) == ["risk", "risk"]
    event = stored(resources, teen.talk)["risk_events"][-1]
    assert (event["from"], event["to"], event["reason"]) == (3, 3, "又说了今晚")


# Lost by who does nothing


@pytest.fixture
def alarmed(teen: Teen) -> Teen:
    """A teen whose words have just raised an alert, and nobody holds the talk."""
    teen.send(IMMINENT)
    return teen


def lost_alerts(member: Staff) -> list[str]:
    """The talks of which the member's desk says that they lost an alert."""
    found: list[str] = member.call("desk.poll")["me"]["lost_alerts"]
    return found


def test_who_owns_it_and_does_nothing_for_a_quarter_of_an_hour_loses_it(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    acknowledged(counsellor, alarmed.talk)
    let_pass(resources, alarmed.talk, 14.9)
    assert first_alert(resources, alarmed.talk)["owner"] == counsellor.id
    let_pass(resources, alarmed.talk, 0.2)
    alert = first_alert(resources, alarmed.talk)
    assert "owner" not in alert
    assert alert["step"] == 2
    assert [one["by"] for one in alert["left"]] == [counsellor.id]
    let_pass(resources, alarmed.talk, 2.1)
    assert first_alert(resources, alarmed.talk)["step"] == 3, "as one that nobody acknowledged"
    acknowledged(supervisor, alarmed.talk)
    assert first_alert(resources, alarmed.talk)["owner"] == supervisor.id


def test_both_are_told_on_the_desk_and_the_history_keeps_it(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    acknowledged(counsellor, alarmed.talk)

    def pass_by() -> None:
        let_pass(resources, alarmed.talk, 15.1)

    assert seconds_until_woken(supervisor, pass_by) <= 2
    (shown,) = [one for one in seen(supervisor) if one["id"] == "risk1"]
    assert (shown["owner"], shown["left_by"], shown["step"]) == ("", "小鹿", 2)
    eventually(lambda: lost_alerts(counsellor) == [alarmed.talk])
    me = counsellor.call("desk.poll")["me"]
    assert me["lost"] == [], "it was no talk of theirs"
    assert counsellor.call("desk.read_lost")["me"]["lost_alerts"] == []
    event = stored(resources, alarmed.talk)["risk_events"][-1]
    assert (event["from"], event["to"], event["by"]) == (3, 3, "machine")
    assert event["reason"] == f"alert risk1 left by {counsellor.id}"
    again = [one for one in acknowledged(counsellor, alarmed.talk) if one["id"] == "risk1"]
    assert [(one["mine"], one["left_by"]) for one in again] == [(True, "")]


@pytest.mark.parametrize("deed", ["send", "set_risk", "warm hand-over", "offer"])
def test_whatever_the_owner_does_in_the_talk_begins_the_time_anew(
    running: Copy, counsellor: Staff, supervisor: Staff, resources: Resources, deed: str
) -> None:
    teen = held_by(running, counsellor)
    teen.send(IMMINENT)
    let_pass(resources, teen.talk, 14)
    if deed == "send":
        counsellor.say(teen.talk, "我在")
    elif deed == "set_risk":
        set_risk(counsellor, teen, 2)
    elif deed == "offer":
        body = {"conversation": teen.talk, "person": supervisor.id}
        eventually(lambda: counsellor.post("desk.hand_over", body).status_code == 200)
    else:
        counsellor.call("desk.hand_over", conversation=teen.talk, tier="counsellor", warm=True)
    let_pass(resources, teen.talk, 14)
    assert first_alert(resources, teen.talk)["owner"] == counsellor.id
    let_pass(resources, teen.talk, 1.1)
    alert = first_alert(resources, teen.talk)
    assert ("owner" in alert, alert["step"]) == (False, 2)


def test_what_others_do_there_is_no_deed_of_the_owner(
    running: Copy, staff: Staffing, counsellor: Staff, resources: Resources
) -> None:
    """Neither the teen's words, nor a holder's, nor looking at the desk."""
    teen = Teen(running.address)
    teen.send(IMMINENT)
    acknowledged(counsellor, teen.talk)
    holder = staff("counsellor").available()
    assert holder.take() is not None
    for _ in range(3):
        let_pass(resources, teen.talk, 4.9)
        teen.send(CALM)
        holder.say(teen.talk, "我在")
        counsellor.call("desk.poll")
        acknowledged(counsellor, teen.talk)
    assert first_alert(resources, teen.talk)["owner"] == counsellor.id
    let_pass(resources, teen.talk, 0.4)
    assert "owner" not in first_alert(resources, teen.talk)


def test_lost_at_the_last_step_it_is_everybodys_again(
    alarmed: Teen, counsellor: Staff, resources: Resources
) -> None:
    for _ in range(2):
        let_pass(resources, alarmed.talk, 2.1)
    assert first_alert(resources, alarmed.talk)["step"] == 3
    for times in (1, 2):
        acknowledged(counsellor, alarmed.talk)
        let_pass(resources, alarmed.talk, 15.1)
        alert = first_alert(resources, alarmed.talk)
        assert ("owner" in alert, alert["step"], len(alert["left"])) == (False, 3, times)


def test_many_sweeps_and_late_ones_take_it_once(
    alarmed: Teen, counsellor: Staff, resources: Resources
) -> None:
    acknowledged(counsellor, alarmed.talk)
    let_pass(resources, alarmed.talk, 6 * 60, swept=False)
    at_once(6, lambda _: sweep_now(resources))
    alert = first_alert(resources, alarmed.talk)
    assert (alert["step"], len(alert["left"])) == (2, 1)
    eventually(lambda: lost_alerts(counsellor) == [alarmed.talk])
