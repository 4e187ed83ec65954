"""Coming in: teens by their device, staff by an invitation that works once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from tests.contract.crew import Newcomer, at_once, error_of
from tests.support.copy import Copy
from tests.support.people import Caller, Staff, Teen

Staffing = Callable[[str], Staff]
JOIN = "account.join"


@pytest.fixture
def code(resources: Resources) -> str:
    """An invitation for a listener."""
    return new_code(resources, "listener")


def new_code(resources: Resources, role: str) -> str:
    with resources.database.deadline(10):
        return account.invite(resources, role, "test").invitation


def test_the_same_device_is_the_same_teen(running: Copy) -> None:
    first, second = Caller(running.address), Caller(running.address)
    one = first.call("account.sign_in", device=first.device)
    two = second.call("account.sign_in", device=first.device)
    assert one["id"] == two["id"]
    assert one["role"] == "teen"


def test_a_device_that_signs_in_16_times_at_once_is_one_teen(
    running: Copy, resources: Resources
) -> None:
    device = Caller(running.address).device
    ids = at_once(16, lambda _: Caller(running.address).call("account.sign_in", device=device))
    assert len({one["id"] for one in ids}) == 1
    hashed = resources.identity.keyed_hash("device", device)
    with resources.database.deadline(10):
        assert resources.database.collection("teens").count_documents({"device": hashed}) == 1


def test_another_device_is_another_teen(running: Copy) -> None:
    assert Teen(running.address).id != Teen(running.address).id


def test_a_session_lasts_two_hours(running: Copy) -> None:
    caller = Caller(running.address)
    before = time.time() * 1000
    session = caller.call("account.sign_in", device=caller.device)
    assert session["expires_at"] - before == pytest.approx(2 * HOUR, abs=30_000)


def test_an_invitation_opens_a_staff_account_and_the_same_device_may_repeat_it(
    running: Copy, code: str
) -> None:
    caller = Newcomer(running.address)
    joined = caller.call(JOIN, invitation=code, device=caller.device, name=" 小雨 ")
    assert (joined["role"], joined["name"]) == ("listener", "小雨")
    again = caller.call(JOIN, invitation=code, device=caller.device, name="别的名字")
    assert (again["id"], again["name"]) == (joined["id"], "小雨")
    back = caller.call("account.staff_sign_in", device=caller.device)
    assert (back["id"], back["role"]) == (joined["id"], "listener")


def test_an_invitation_may_be_typed_by_hand(running: Copy, code: str) -> None:
    caller = Newcomer(running.address)
    typed = code.lower().replace("-", " ")
    assert caller.call(JOIN, invitation=typed, device=caller.device, name="小雨")["id"]


def test_another_device_cannot_use_a_used_invitation(running: Copy, code: str) -> None:
    first, second = Newcomer(running.address), Newcomer(running.address)
    first.call(JOIN, invitation=code, device=first.device, name="小雨")
    body = {"invitation": code, "device": second.device, "name": "小雨"}
    assert error_of(second, JOIN, body) == (401, "unauthenticated")
    body = {"device": second.device}
    assert error_of(second, "account.staff_sign_in", body) == (401, "unauthenticated")


def test_eight_devices_at_once_share_no_invitation(running: Copy, code: str) -> None:
    def join(_: int) -> int:
        caller = Newcomer(running.address)
        body = {"invitation": code, "device": caller.device, "name": "小雨"}
        return caller.post(JOIN, body).status_code

    assert sorted(at_once(8, join)) == [200] + [401] * 7


def test_a_device_that_has_joined_cannot_use_a_second_invitation(
    running: Copy, resources: Resources, code: str
) -> None:
    caller = Newcomer(running.address)
    caller.call(JOIN, invitation=code, device=caller.device, name="小雨")
    second = new_code(resources, "supervisor")
    body = {"invitation": second, "device": caller.device, "name": "小雨"}
    assert error_of(caller, JOIN, body) == (409, "conflict")
    assert caller.call("account.renew")["role"] == "listener"


@pytest.mark.parametrize("name", ["", " ", "　\n\t", "很" * 21])
def test_a_blank_or_long_name_is_refused_and_the_invitation_stays_good(
    running: Copy, code: str, name: str
) -> None:
    caller = Newcomer(running.address)
    body = {"invitation": code, "device": caller.device, "name": name}
    assert error_of(caller, JOIN, body) == (400, "bad_request")
    assert caller.call(JOIN, invitation=code, device=caller.device, name="小雨")["id"]


def test_an_expired_invitation_is_refused(running: Copy, resources: Resources, code: str) -> None:
    caller = Newcomer(running.address)
    hashed = resources.identity.keyed_hash("invitation", code.replace("-", ""))
    with resources.database.deadline(10):
        invitations = resources.database.collection("invitations")
        result = invitations.update_one({"_id": hashed}, {"$set": {"expires_at": 1}})
    assert result.modified_count == 1
    body = {"invitation": code, "device": caller.device, "name": "小雨"}
    assert error_of(caller, JOIN, body) == (401, "unauthenticated")


def test_only_a_coordinator_or_supervisor_invites(staff: Staffing, teen: Teen) -> None:
    for role in ("coordinator", "supervisor"):
        given = staff(role).call("account.invite", role="counsellor")
        newcomer = Newcomer(teen.address)
        joined = newcomer.call(
            JOIN, invitation=given["invitation"], device=newcomer.device, name="小雨"
        )
        assert joined["role"] == given["role"] == "counsellor"
    for nobody in (teen, staff("listener"), staff("counsellor")):
        body = {"role": "supervisor"}
        assert error_of(nobody, "account.invite", body) == (403, "forbidden")
    assert error_of(staff("coordinator"), "account.invite", {"role": "teen"})[0] == 400


def test_renew_gives_a_fresh_token_to_teen_and_staff(teen: Teen, staff: Staffing) -> None:
    for caller in (teen, staff("listener"), staff("coordinator")):
        who = caller.id
        renewed = caller.call("account.renew")
        assert renewed["id"] == who
        assert caller.call("account.renew")["id"] == who


def test_a_dismissal_works_at_the_next_call(staff: Staffing, resources: Resources) -> None:
    member = staff("counsellor").available()
    with resources.database.deadline(10):
        account.dismiss(resources, member.id)
    for action in ("desk.queue", "desk.next", "desk.poll", "account.renew"):
        assert error_of(member, action, {}) == (401, "unauthenticated")
    assert error_of(member, "account.staff_sign_in", {"device": member.device})[0] == 401


def test_a_dismissed_coordinator_invites_nobody(staff: Staffing, resources: Resources) -> None:
    member = staff("coordinator")
    with resources.database.deadline(10):
        account.dismiss(resources, member.id)
    assert error_of(member, "account.invite", {"role": "listener"})[0] == 401


def test_who_was_dismissed_cannot_join_again_with_the_old_invitation(
    running: Copy, resources: Resources, code: str
) -> None:
    caller = Newcomer(running.address)
    joined = caller.call(JOIN, invitation=code, device=caller.device, name="小雨")
    with resources.database.deadline(10):
        account.dismiss(resources, joined["id"])
    body = {"invitation": code, "device": caller.device, "name": "小雨"}
    assert error_of(caller, JOIN, body) == (401, "unauthenticated")


def test_a_change_of_role_ends_the_old_token_and_signing_in_gives_the_new_role(
    staff: Staffing, resources: Resources
) -> None:
    member = staff("listener")
    with resources.database.deadline(10):
        people = resources.database.collection("staff")
        people.update_one({"_id": member.id}, {"$set": {"role": "counsellor"}})
    assert error_of(member, "desk.queue", {}) == (401, "unauthenticated")
    assert error_of(member, "account.renew", {}) == (401, "unauthenticated")
    assert member.call("account.staff_sign_in", device=member.device)["role"] == "counsellor"
    assert member.call("desk.status", status="away")["me"]["role"] == "counsellor"


def test_a_teen_says_whether_they_are_under_14_and_no_word_means_so(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    def band() -> str:
        with resources.database.deadline(10):
            return account.age_band(resources, teen.id)

    assert band() == "under_14"
    for said in ("from_14", "under_14", "from_14"):
        assert teen.call("account.age", band=said) == {"band": said}
        assert band() == said
    assert error_of(teen, "account.age", {"band": "14"}) == (400, "bad_request")
    assert error_of(staff("listener"), "account.age", {"band": "from_14"}) == (403, "forbidden")
    assert band() == "from_14"
