"""A talk that ended by silence wants its form from whoever held it, and holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cloudfunctions.chat.closing import DAY
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, error_of, eventually, stored, window_of
from tests.contract.passing import let_pass
from tests.contract.test_closing import IN_A_DAY, close, ended_by_silence, in_hand
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

A_DAY = 24 * 60.0
FORM = {"risk": "B", "topics": ["study"], "actions": ["listened"], "referral": "", "note": "睡得少"}


@pytest.fixture
def member(staff: Staffing) -> Staff:
    """A listener on duty."""
    return staff("listener").available()


@pytest.fixture
def teen(running: Copy, member: Staff, resources: Resources) -> Teen:
    """A teen whose talk has ended by silence in the listener's hands."""
    found = in_hand(running, member)
    ended_by_silence(found, member, resources)
    return found


def to_write(member: Staff) -> list[Body]:
    """What the member's desk says is to be written up."""
    found: list[Body] = member.call("desk.poll")["write_ups"]
    return found


def test_its_holder_is_asked_for_the_form_until_it_is_written(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    (asked,) = to_write(member)
    ended = stored(resources, teen.talk)["closed_at"]
    assert asked == {
        "conversation": teen.talk,
        "level": 0,
        "types": [],
        "topics": stored(resources, teen.talk)["understanding"]["topics"],
        "ended_at": ended,
        "due_at": ended + DAY,
        "overdue": False,
        "by_name": "小鹿",
        "mine": True,
    }
    seq = teen.poll()["conversation"]["seq"]
    close(member, teen.talk, **IN_A_DAY)
    assert to_write(member) == []
    assert "write_up" not in stored(resources, teen.talk)
    assert teen.poll()["conversation"]["seq"] == seq, "the teen is not told a second time"
    close(member, teen.talk, risk="A")
    assert stored(resources, teen.talk)["closing"]["risk"] == "D", "the same call again, or another"


def test_it_is_stored_like_a_form_written_at_the_end(
    running: Copy, teen: Teen, member: Staff, resources: Resources
) -> None:
    close(member, teen.talk, **FORM)
    other = in_hand(running, member)
    close(member, other.talk, **FORM)
    late, usual = (dict(stored(resources, one.talk)["closing"]) for one in (teen, other))
    assert late.pop("at") <= usual.pop("at")
    assert late == usual
    assert late["participants"] == [member.id]


def test_a_form_that_is_none_leaves_it_to_be_written(teen: Teen, member: Staff) -> None:
    body = {"conversation": teen.talk, "form": {"risk": "E"}}
    assert error_of(member, "desk.close", body) == (400, "bad_request")
    assert [one["conversation"] for one in to_write(member)] == [teen.talk]


def test_a_desk_that_waits_hears_of_it_at_once(
    running: Copy, member: Staff, resources: Resources
) -> None:
    teen = in_hand(running, member)
    member.say(teen.talk, "我在听")
    let_pass(resources, teen.talk, 16)
    heard = [member.call("desk.poll")]
    desk = window_of(member)

    def wait_for_the_end() -> None:
        while heard[-1]["talks"]:
            body = {"conversation": teen.talk, "version": heard[-1]["version"], "after": 99}
            heard.append(desk.call("desk.poll", **body, wait=20))

    waiting = threading.Thread(target=wait_for_the_end)
    waiting.start()
    let_pass(resources, teen.talk, 31)
    waiting.join(15)
    assert heard[-1]["talks"] == []
    assert [one["conversation"] for one in heard[-1]["write_ups"]] == [teen.talk]


def test_nothing_keeps_its_holder_from_the_next_claims(
    running: Copy, member: Staff, resources: Resources
) -> None:
    quiet = [in_hand(running, member) for _ in range(3)]
    for teen in quiet:
        ended_by_silence(teen, member, resources)
    eventually(lambda: member.call("desk.poll")["me"]["load"] == 0)
    for _ in range(3):
        in_hand(running, member)
    desk = member.call("desk.poll")
    assert (desk["me"]["talks"], len(desk["talks"])) == (3, 3)
    assert [one["conversation"] for one in desk["write_ups"]] == [teen.talk for teen in quiet]


def test_after_a_day_the_supervisor_sees_that_it_is_overdue(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    supervisor, others = staff("supervisor"), [staff("counsellor"), staff("listener")]
    let_pass(resources, teen.talk, A_DAY - 1)
    assert to_write(supervisor) == []
    assert [one["overdue"] for one in to_write(member)] == [False]
    let_pass(resources, teen.talk, 2)
    (seen,) = to_write(supervisor)
    assert (seen["conversation"], seen["by_name"]) == (teen.talk, "小鹿")
    assert (seen["overdue"], seen["mine"]) == (True, False)
    assert 0 < resources.now() - seen["due_at"] < 3 * MINUTE
    assert [one["overdue"] for one in to_write(member)] == [True]
    for other in others:
        assert to_write(other) == []
    body = {"conversation": teen.talk, "form": IN_A_DAY}
    for stranger in (supervisor, *others):
        assert error_of(stranger, "desk.close", body) == (404, "not_found")
    close(member, teen.talk, risk="A")
    assert to_write(supervisor) == to_write(member) == []


def test_the_supervisors_own_is_theirs_from_the_start_and_told_once(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    supervisor = staff("supervisor").available()
    teen = in_hand(running, supervisor)
    ended_by_silence(teen, supervisor, resources)
    assert [one["mine"] for one in to_write(supervisor)] == [True]
    let_pass(resources, teen.talk, A_DAY + 1)
    assert [(one["mine"], one["overdue"]) for one in to_write(supervisor)] == [(True, True)]


def test_what_a_dismissed_member_left_is_seen_after_a_day(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    supervisor = staff("supervisor")
    supervisor.call("desk.dismiss", member=member.id)
    let_pass(resources, teen.talk, A_DAY + 1)
    assert [one["by_name"] for one in to_write(supervisor)] == ["已离开的同事"]


def test_only_who_held_it_is_asked(
    running: Copy, staff: Staffing, member: Staff, resources: Resources
) -> None:
    teen, other = in_hand(running, member), staff("counsellor").available()
    member.call("desk.hand_over", conversation=teen.talk, tier="counsellor", warm=True)
    assert other.take() is not None
    ended_by_silence(teen, other, resources)
    assert to_write(member) == []
    assert [one["conversation"] for one in to_write(other)] == [teen.talk]
    close(other, teen.talk, risk="A")
    closing = stored(resources, teen.talk)["closing"]
    assert closing["participants"] == [other.id, member.id]


def test_no_other_end_asks_for_a_form(
    running: Copy, member: Staff, staff: Staffing, resources: Resources
) -> None:
    """By a form, by the teen, or by silence with the AI alone."""
    written = in_hand(running, member)
    close(member, written.talk, risk="A")
    left, alone = Teen(running.address), Teen(running.address)
    left.send(CALM)
    left.call("chat.leave", conversation=left.talk)
    alone.send(CALM)
    let_pass(resources, alone.talk, A_DAY + 1)
    for teen in (written, left, alone):
        document = stored(resources, teen.talk)
        assert (document["state"], "write_up" in document) == ("closed", False)
    assert to_write(member) == to_write(staff("supervisor")) == []


def test_opened_again_its_form_is_the_next_holders(
    running: Copy, member: Staff, staff: Staffing, resources: Resources
) -> None:
    teen = in_hand(running, member)
    close(member, teen.talk, **IN_A_DAY)
    member.call("desk.reopen", conversation=teen.talk)
    ended_by_silence(teen, member, resources)
    assert [one["conversation"] for one in to_write(member)] == [teen.talk]
    counsellor = staff("counsellor").available()
    counsellor.call("desk.reopen", conversation=teen.talk)
    assert to_write(member) == to_write(counsellor) == []
    body = {"conversation": teen.talk, "form": {"risk": "A"}}
    assert error_of(member, "desk.close", body) == (404, "not_found")
    close(counsellor, teen.talk, risk="A")
    assert stored(resources, teen.talk)["closing"]["by"] == counsellor.id
