"""The name of a member: shown to teens once WeChat has passed it, held until then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.contract.crew import error_of, eventually, waiting_teen
from tests.fakes.wechat import TEXT_CHECK, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Staff, Teen
from tests.wechat.people import WeChatStaff

Staffing = Callable[..., WeChatStaff]


def name_of(member: Staff, door: Resources) -> str:
    """The name by which others know a member."""
    with door.database.deadline(10):
        found = account.colleague(door, member.id)
    assert found is not None
    return found.name


def own_name(member: Staff) -> str:
    """The name by which a member goes at their own desk."""
    found: str = member.call("desk.poll")["me"]["name"]
    return found


def hurry(door: Resources) -> None:
    """Let the pause before the next try be over."""
    with door.database.deadline(10):
        door.database.collection("staff").update_many(
            {"name_due": {"$gt": 0}}, {"$set": {"name_due": door.now()}}
        )


def met(copy: Copy, member: Staff) -> str:
    """What a teen reads when this member comes."""
    teen = waiting_teen(copy.address)
    member.available().take()
    return str([one["text"] for one in teen.transcript() if one["from"] == "system"])


def test_a_name_that_passes_is_the_one_teens_see(
    copy: Copy, staff: Staffing, door: Resources, wechat: FakeWeChat
) -> None:
    member = staff("listener", "青禾")
    eventually(lambda: name_of(member, door) == "青禾", seconds=15)
    assert "暖心师青禾来了" in met(copy, member)
    (asked,) = [one for one in wechat.bodies(TEXT_CHECK) if one.get("nickname") == "青禾"]
    assert (asked["scene"], asked["openid"]) == (1, member.openid)


def test_until_it_was_checked_teens_see_a_neutral_one(
    copy: Copy, staff: Staffing, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[TEXT_CHECK] = "500"
    member, lead = staff("listener", "青山"), staff("supervisor")
    assert name_of(member, door).startswith("小暖")
    assert own_name(member) == "青山"
    assert "青山" not in met(copy, member)
    listed = lead.call("account.staff")["members"]
    assert "青山" in {one["name"] for one in listed}, "whoever leads knows who it is"
    wechat.mode.clear()

    def passed() -> bool:
        hurry(door)
        return name_of(member, door) == "青山"

    eventually(passed, seconds=40)


@pytest.mark.parametrize("suggest", ["risky", "review"])
def test_what_is_risky_is_never_shown_and_another_may_be_taken(
    copy: Copy, staff: Staffing, door: Resources, wechat: FakeWeChat, suggest: str
) -> None:
    wechat.words["免费"] = (suggest, 10001)
    member = staff("listener", "免费领取")

    def judged() -> bool:
        with door.database.deadline(10):
            found = door.database.collection("staff").find_one({"_id": member.id}) or {}
        return bool(found["wished"]["state"] == suggest)

    # Where a test before this one had WeChat fail, it is left alone for a while.
    eventually(judged, seconds=40)
    assert (name_of(member, door) == "免费领取") is (suggest == "review")
    assert member.call("account.rename", name=" 青草 ") == {"name": "青草", "waits": True}
    eventually(lambda: name_of(member, door) == "青草", seconds=15)


def test_who_came_by_a_browser_alone_stays_neutral(copy: Copy, door: Resources) -> None:
    member = Staff(copy.address, door, "listener", "青石")

    def asked() -> bool:
        with door.database.deadline(10):
            found = door.database.collection("staff").find_one({"_id": member.id}) or {}
        return bool(found["wished"].get("why") == "not_wechat")

    eventually(asked, seconds=15)
    assert name_of(member, door).startswith("小暖")


def test_without_wechat_a_name_stands_at_once(running: Copy, resources: Resources) -> None:
    member = Staff(running.address, resources, "listener", "青苔")
    assert name_of(member, resources) == "青苔"
    assert member.call("account.rename", name="青藤") == {"name": "青藤", "waits": False}
    assert name_of(member, resources) == "青藤"
    assert error_of(member, "account.rename", {"name": "  "}) == (400, "bad_request")
    assert error_of(Teen(running.address), "account.rename", {"name": "我"})[0] == 403
