"""Alerts: raised with the words that caused them, seen by who is on call, owned until closed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import (
    CALM,
    IMMINENT,
    at_once,
    error_of,
    eventually,
    stored,
    waiting_teen,
    window_of,
)
from tests.contract.passing import let_pass, lose_lease, sweep_now
from tests.contract.test_danger import changes_until_quiet
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

GRAVE = "我不想活了"
"""Level 2."""
SOON = 1.0
"""Seconds from a teen's word to the screens of those on call."""
REASON = "已经电话联系上"


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """A supervisor on duty."""
    return staff("supervisor").available()


@pytest.fixture
def alarmed(teen: Teen) -> Teen:
    """A teen whose words have just raised an alert."""
    teen.send(IMMINENT)
    return teen


def alerts_of(resources: Resources, talk: str) -> list[Body]:
    """Every alert of a talk, closed ones too, once it is sure that somebody answers for it."""
    document = stored(resources, talk)
    assert_answered_for(resources, document)
    return list(document.get("alerts", []))


def assert_answered_for(resources: Resources, document: Any) -> None:
    """An open alert is a present member's, or a step is due, or it has reached everybody."""
    with resources.database.deadline(10):
        staff = {one["_id"] for one in resources.database.collection("staff").find({}, {"_id": 1})}
    is_open = [one for one in document.get("alerts", []) if "closed_at" not in one]
    assert document.get("alarmed") == min((one["at"] for one in is_open), default=None)
    for one in is_open:
        if "owner" in one:
            assert one["owner"] in staff, "owned by nobody who is still there"
        elif one["step"] < 3:
            assert document["due"] <= one["stepped_at"] + 2 * MINUTE, "it would never go up"


def first_alert(resources: Resources, talk: str) -> Body:
    """The alert that the words raised; after two minutes there is one for the late answer too."""
    return alerts_of(resources, talk)[0]


def seen(member: Staff) -> list[Body]:
    """The alerts on a member's desk."""
    found: list[Body] = member.call("desk.poll")["alerts"]
    return found


def kinds(resources: Resources, talk: str) -> list[str]:
    """The kinds of all alerts of a talk, in the order in which they were raised."""
    return [one["kind"] for one in alerts_of(resources, talk)]


def acknowledged(member: Staff, talk: str, alert: str = "risk1") -> list[Body]:
    """Own an alert; returns the alerts that the member then sees."""
    found: list[Body] = member.call("desk.acknowledge", conversation=talk, alert=alert)["alerts"]
    return found


def held_by(running: Copy, member: Staff, text: str = CALM) -> Teen:
    """A teen whom `member` holds, who asked for a person after `text`."""
    teen = waiting_teen(running.address, text)
    taken = member.take()
    assert taken is not None
    assert taken["id"] == teen.talk
    return teen


# Raised


def test_one_alert_in_the_write_that_stores_the_words(teen: Teen, resources: Resources) -> None:
    cid = new_cid()
    pipeline = [{"$match": {"documentKey._id": teen.talk}}]
    with resources.database.deadline(20):
        talks = resources.database.collection("conversations")
        with talks.watch(pipeline, max_await_time_ms=200) as stream:
            teen.send(IMMINENT, cid)
            written = changes_until_quiet(stream)
    assert len(written) == 1, "a kill between two writes would lose the alert"
    fields = {name.partition(".")[0] for name in written[0]["updateDescription"]["updatedFields"]}
    assert {"messages", "risk", "alerts", "alarmed", "due"} <= fields
    (alert,) = alerts_of(resources, teen.talk)
    at = alert["at"]
    expected = {"id": "risk1", "kind": "risk", "level": 3, "at": at, "step": 1, "stepped_at": at}
    assert alert == expected
    message = next(m for m in stored(resources, teen.talk)["messages"] if m["cid"] == cid)
    assert 0 <= at - message["at"] < 1_000


def test_the_same_message_sent_again_and_further_grave_words_raise_no_second(
    teen: Teen, resources: Resources
) -> None:
    cid = new_cid()
    at_once(4, lambda _: window_of(teen).post("chat.send", _sending(teen, cid)))
    teen.send(IMMINENT)
    teen.send(GRAVE)
    assert kinds(resources, teen.talk) == ["risk"]


def _sending(teen: Teen, cid: str) -> Body:
    return {"conversation": teen.talk, "cid": cid, "text": IMMINENT, "after": 0}


def test_danger_after_an_alert_was_closed_raises_another(
    alarmed: Teen, supervisor: Staff, resources: Resources
) -> None:
    """The level stays where it was; what is new is the danger."""
    supervisor.call("desk.close_alert", conversation=alarmed.talk, alert="risk1", reason=REASON)
    alarmed.send(CALM)
    assert kinds(resources, alarmed.talk) == ["risk"]
    alarmed.send(IMMINENT)
    assert kinds(resources, alarmed.talk) == ["risk", "risk"]
    assert [one["id"] for one in seen(supervisor)] == ["risk2"]


@pytest.mark.parametrize("text", [CALM, GRAVE])
def test_lesser_words_raise_none(teen: Teen, resources: Resources, text: str) -> None:
    teen.send(text)
    assert kinds(resources, teen.talk) == []


# Seen


@pytest.mark.parametrize("role", ["counsellor", "supervisor"])
def test_who_is_on_call_sees_it_on_a_waiting_desk_within_a_second(
    teen: Teen, staff: Staffing, role: str
) -> None:
    member = staff(role).available()
    took = seconds_until_woken(member, lambda: teen.send(IMMINENT))
    assert took <= SOON
    (alert,) = seen(member)
    assert (alert["conversation"], alert["id"], alert["kind"]) == (teen.talk, "risk1", "risk")
    assert (alert["level"], alert["step"], alert["owner"]) == (3, 1, "")
    assert alert["mine"] is False
    assert IMMINENT not in member.post("desk.poll").text, "no word of the teen before a claim"


@pytest.mark.parametrize("event", ["raised in hand", "owned", "closed", "one step up"])
def test_whatever_happens_to_an_alert_wakes_a_waiting_desk(
    running: Copy, counsellor: Staff, supervisor: Staff, resources: Resources, event: str
) -> None:
    """Also where nobody enters or leaves the queue."""
    if event == "raised in hand":
        held = held_by(running, counsellor)
        assert seconds_until_woken(supervisor, lambda: held.send(IMMINENT)) <= SOON
        assert [one["owner"] for one in seen(supervisor)] == ["小鹿"]
        return
    teen = Teen(running.address)
    teen.send(IMMINENT)
    body = {"conversation": teen.talk, "alert": "risk1"}
    happening: dict[str, Callable[[], object]] = {
        "owned": lambda: counsellor.call("desk.acknowledge", **body),
        "closed": lambda: window_of(supervisor).call("desk.close_alert", **body, reason=REASON),
        "one step up": lambda: let_pass(resources, teen.talk, 2.1),
    }
    assert seconds_until_woken(supervisor, happening[event]) <= SOON


def seconds_until_woken(member: Staff, event: Callable[[], object]) -> float:
    """How long after `event` a desk that waits answers; it slept when it happened."""
    version = eventually(lambda: _settled(member))
    ended = [0.0]

    def either(number: int) -> float:
        if number == 0:
            window_of(member).call("desk.poll", version=version, wait=20)
            ended[0] = time.monotonic()
            return 0.0
        time.sleep(0.5)
        assert ended[0] == 0.0, "it did not wait"
        event()
        return time.monotonic()

    _, happened = at_once(2, either)
    return ended[0] - happened


def _settled(member: Staff) -> str:
    first = str(member.call("desk.poll")["version"])
    time.sleep(0.2)
    return first if first == member.call("desk.poll")["version"] else ""


def test_listeners_neither_see_nor_own_it(
    alarmed: Teen, staff: Staffing, resources: Resources
) -> None:
    listener = staff("listener").available()
    assert seen(listener) == []
    body = {"conversation": alarmed.talk, "alert": "risk1"}
    assert error_of(listener, "desk.acknowledge", body) == (403, "forbidden")
    closing = {**body, "reason": REASON}
    assert error_of(listener, "desk.close_alert", closing) == (403, "forbidden")
    (alert,) = alerts_of(resources, alarmed.talk)
    assert "owner" not in alert


# Owned, and one step up while it is not


def test_unacknowledged_it_goes_up_after_two_and_four_minutes_and_never_further(
    alarmed: Teen, resources: Resources
) -> None:
    steps = []
    for minutes in (1.9, 0.2, 1.7, 0.4, 2.1, 30):
        let_pass(resources, alarmed.talk, minutes)
        sweep_now(resources)
        steps.append(first_alert(resources, alarmed.talk)["step"])
    assert steps == [1, 2, 2, 3, 3, 3]


def test_acknowledged_it_is_owned_and_stays_where_it_is(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    (mine,) = acknowledged(counsellor, alarmed.talk)
    assert (mine["owner"], mine["mine"]) == ("小鹿", True)
    (theirs,) = seen(supervisor)
    assert (theirs["owner"], theirs["mine"]) == ("小鹿", False)
    let_pass(resources, alarmed.talk, 4.5)
    alert = first_alert(resources, alarmed.talk)
    assert (alert["step"], alert["owner"]) == (1, counsellor.id)


def test_what_one_owns_another_cannot_take_and_does_not_see(
    alarmed: Teen, counsellor: Staff, staff: Staffing, supervisor: Staff, resources: Resources
) -> None:
    other = staff("counsellor").available()
    acknowledged(counsellor, alarmed.talk)
    body = {"conversation": alarmed.talk, "alert": "risk1"}
    for member in (other, supervisor):
        assert error_of(member, "desk.acknowledge", body) == (409, "conflict")
    assert seen(other) == []
    version = stored(resources, alarmed.talk)["version"]
    acknowledged(counsellor, alarmed.talk)
    assert stored(resources, alarmed.talk)["version"] == version, "once more changes nothing"
    assert first_alert(resources, alarmed.talk)["owner"] == counsellor.id


def test_of_eight_who_acknowledge_at_once_one_owns_it(
    running: Copy, alarmed: Teen, resources: Resources
) -> None:
    members = [Staff(running.address, resources, "counsellor") for _ in range(8)]
    body = {"conversation": alarmed.talk, "alert": "risk1"}
    statuses = at_once(8, lambda n: members[n].post("desk.acknowledge", body).status_code)
    assert sorted(statuses) == [200, *[409] * 7]
    (alert,) = alerts_of(resources, alarmed.talk)
    assert alert["owner"] == members[statuses.index(200)].id


@pytest.mark.parametrize("alert", ["risk2", "silence1"])
def test_an_alert_that_is_not_there(alarmed: Teen, counsellor: Staff, alert: str) -> None:
    for action, more in (("desk.acknowledge", {}), ("desk.close_alert", {"reason": REASON})):
        body = {"conversation": alarmed.talk, "alert": alert, **more}
        assert error_of(counsellor, action, body) == (404, "not_found")
        nowhere = {**body, "conversation": "A" * 22}
        assert error_of(counsellor, action, nowhere) == (404, "not_found")


@pytest.mark.parametrize("role", ["listener", "counsellor", "supervisor"])
def test_whoever_claims_the_talk_owns_the_alert(
    alarmed: Teen, staff: Staffing, resources: Resources, role: str
) -> None:
    member = staff(role).available()
    assert member.take() is not None
    (alert,) = alerts_of(resources, alarmed.talk)
    assert alert["owner"] == member.id
    let_pass(resources, alarmed.talk, 2.5)
    assert first_alert(resources, alarmed.talk)["step"] == 1


def test_a_claim_does_not_take_the_alert_from_who_acknowledged_it(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    acknowledged(supervisor, alarmed.talk)
    assert counsellor.take() is not None
    assert first_alert(resources, alarmed.talk)["owner"] == supervisor.id


@pytest.mark.parametrize("way", ["lost", "handed over", "shift ended", "dismissed"])
def test_who_loses_the_talk_loses_the_alert_and_it_goes_up_anew(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources, way: str
) -> None:
    assert counsellor.take() is not None
    let_pass(resources, alarmed.talk, 3)
    if way == "lost":
        lose_lease(resources, alarmed.talk)
        sweep_now(resources)
    elif way == "handed over":
        counsellor.call("desk.hand_over", conversation=alarmed.talk, tier="counsellor")
    elif way == "shift ended":
        counsellor.call("desk.end_shift")
    else:
        supervisor.call("desk.dismiss", member=counsellor.id)
    alert = first_alert(resources, alarmed.talk)
    assert "owner" not in alert
    assert (alert["step"], alert["stepped_at"] > alert["at"]) == (1, True)
    let_pass(resources, alarmed.talk, 1.9)
    assert first_alert(resources, alarmed.talk)["step"] == 1, "two minutes from the loss on"
    let_pass(resources, alarmed.talk, 0.2)
    assert first_alert(resources, alarmed.talk)["step"] == 2


@pytest.mark.parametrize("way", ["dismissed", "shift ended"])
def test_who_acknowledged_and_has_gone_owns_nothing_any_more(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources, way: str
) -> None:
    """They never held the talk, so no lease of theirs can run out."""
    acknowledged(counsellor, alarmed.talk)
    if way == "dismissed":
        supervisor.call("desk.dismiss", member=counsellor.id)
    else:
        counsellor.call("desk.end_shift")
    assert "owner" not in first_alert(resources, alarmed.talk)
    let_pass(resources, alarmed.talk, 2.1)
    assert first_alert(resources, alarmed.talk)["step"] == 2
    acknowledged(supervisor, alarmed.talk)


def test_danger_in_a_held_talk_is_its_holders_from_the_start(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor)
    teen.send(IMMINENT)
    (alert,) = alerts_of(resources, teen.talk)
    assert (alert["owner"], alert["owned_at"]) == (counsellor.id, alert["at"])


# Closed


def test_closing_wants_a_reason_and_its_owner(
    alarmed: Teen, counsellor: Staff, staff: Staffing, resources: Resources
) -> None:
    body = {"conversation": alarmed.talk, "alert": "risk1", "reason": REASON}
    assert error_of(counsellor, "desk.close_alert", body) == (409, "conflict"), "nobody's yet"
    acknowledged(counsellor, alarmed.talk)
    for reason in ("", "   "):
        blank = {**body, "reason": reason}
        assert error_of(counsellor, "desk.close_alert", blank) == (400, "bad_request")
    assert error_of(staff("counsellor"), "desk.close_alert", body) == (409, "conflict")
    assert "closed_at" not in first_alert(resources, alarmed.talk)
    assert counsellor.call("desk.close_alert", **body)["alerts"] == []
    (alert,) = alerts_of(resources, alarmed.talk)
    assert (alert["closed_by"], alert["reason"]) == (counsellor.id, REASON)
    assert alert["owner"] == counsellor.id
    assert error_of(counsellor, "desk.close_alert", body) == (404, "not_found")


@pytest.mark.parametrize("owned", [True, False])
def test_a_supervisor_closes_any(
    alarmed: Teen, counsellor: Staff, supervisor: Staff, resources: Resources, owned: bool
) -> None:
    if owned:
        acknowledged(counsellor, alarmed.talk)
    supervisor.call("desk.close_alert", conversation=alarmed.talk, alert="risk1", reason=REASON)
    (alert,) = alerts_of(resources, alarmed.talk)
    assert alert["closed_by"] == supervisor.id
    let_pass(resources, alarmed.talk, 2.1)
    assert first_alert(resources, alarmed.talk)["step"] == 1


def test_closing_the_talk_closes_all_of_them(
    running: Copy, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor)
    teen.send(IMMINENT)
    let_pass(resources, teen.talk, 5.1)
    assert sorted(kinds(resources, teen.talk)) == ["answer", "risk", "silence"]
    counsellor.close(teen.talk, risk="D")
    for alert in alerts_of(resources, teen.talk):
        assert (alert["closed_by"], alert["reason"]) == (counsellor.id, "closing D")
    assert seen(supervisor) == seen(counsellor) == []
    assert "due" not in stored(resources, teen.talk)


def test_every_change_of_the_level_is_kept(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor, GRAVE)
    teen.send(IMMINENT)
    for level, reason in ((1, "说的是歌词"), (2, "还是不放心")):
        counsellor.call("desk.set_risk", conversation=teen.talk, level=level, reason=reason)
    teen.send(IMMINENT)
    events = stored(resources, teen.talk)["risk_events"]
    assert [(one["from"], one["to"]) for one in events] == [(0, 2), (2, 3), (3, 1), (1, 2), (2, 3)]
    people = ["machine", "machine", counsellor.id, counsellor.id, "machine"]
    assert [one["by"] for one in events] == people
    assert [one["reason"] for one in events[2:4]] == ["说的是歌词", "还是不放心"]
    assert all(one["at"] <= other["at"] for one, other in itertools.pairwise(events))
