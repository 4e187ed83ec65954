"""Telling on-call people through WeChat: who is on call, once for one yes, nothing of the teen."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from tests.contract.crew import IMMINENT, error_of, eventually, stored
from tests.fakes.wechat import SUBSCRIBE, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid
from tests.wechat.people import WeChatStaff

Staffing = Callable[..., Staff]


class OnCall:
    """A member who can be told."""

    def __init__(self, member: WeChatStaff, wechat: FakeWeChat) -> None:
        self.member, self.openid, self._wechat = member, member.openid, wechat

    def allows(self, cid: str = "") -> Body:
        """Say yes to one message, in WeChat and to us."""
        self._wechat.consent(self.openid, self._wechat.on_call_template)
        me: Body = self.member.call("desk.allow_notice", cid=cid or new_cid())["me"]
        return me


@pytest.fixture
def on_call(copy: Copy, door: Resources, wechat: FakeWeChat) -> Callable[[str], OnCall]:
    """Make a member of a role who is bound to WeChat."""

    def make(role: str) -> OnCall:
        member = WeChatStaff(copy.address, door, wechat, role)
        return OnCall(member, wechat)

    return make


def alarmed(copy: Copy) -> Teen:
    """A teen whose words have just raised an alert."""
    teen = Teen(copy.address)
    teen.send(IMMINENT)
    return teen


def delivered(door: Resources, talk: str) -> bool:
    """Whether nothing is left to tell."""
    return "wechat_at" not in stored(door, talk)


def test_who_is_on_call_is_told_and_nothing_of_the_teen(
    copy: Copy, on_call: Callable[[str], OnCall], door: Resources, wechat: FakeWeChat
) -> None:
    counsellor = on_call("counsellor")
    assert counsellor.member.call("desk.poll")["me"]["notice"] == wechat.on_call_template
    assert counsellor.allows()["notice"] == ""
    teen = alarmed(copy)
    (message,) = eventually(lambda: list(wechat.sent), seconds=15)
    assert (message["touser"], message["page"]) == (counsellor.openid, "pages/desk/index")
    said = json.dumps(message, ensure_ascii=False)
    for secret in (teen.id, teen.talk, "药", "risk"):
        assert secret not in said
    eventually(lambda: delivered(door, teen.talk))
    assert counsellor.member.call("desk.poll")["me"]["notice"] == wechat.on_call_template


def test_one_yes_is_one_message_and_the_same_yes_counts_once(
    copy: Copy, on_call: Callable[[str], OnCall], door: Resources, wechat: FakeWeChat
) -> None:
    counsellor, cid = on_call("counsellor"), new_cid()
    for _ in range(3):
        counsellor.allows(cid)
    first = alarmed(copy)
    eventually(lambda: delivered(door, first.talk), seconds=15)
    second = alarmed(copy)
    eventually(lambda: delivered(door, second.talk), seconds=15)
    assert len(wechat.sent) == 1


def test_only_those_on_call_for_the_step_are_told(
    copy: Copy, on_call: Callable[[str], OnCall], door: Resources, wechat: FakeWeChat
) -> None:
    counsellor, other = on_call("counsellor"), on_call("counsellor")
    lead = on_call("supervisor")
    for one in (counsellor, other):
        one.allows()
    now = door.now()
    shift = {"staff": other.member.id, "step": 1, "from": now - HOUR, "until": now + HOUR}
    lead.member.call("account.set_rota", entries=[shift])
    try:
        teen = alarmed(copy)
        eventually(lambda: delivered(door, teen.talk), seconds=15)
        assert [one["touser"] for one in wechat.sent] == [other.openid]
    finally:
        lead.member.call("account.set_rota", entries=[])


def test_a_yes_that_wechat_does_not_know_is_forgotten_and_the_alert_goes_on(
    copy: Copy, on_call: Callable[[str], OnCall], door: Resources, wechat: FakeWeChat
) -> None:
    counsellor = on_call("counsellor")
    counsellor.allows()
    wechat.consents.clear()
    teen = alarmed(copy)
    eventually(lambda: delivered(door, teen.talk), seconds=15)
    assert wechat.sent == []
    desk = counsellor.member.call("desk.poll")
    assert [one["conversation"] for one in desk["alerts"]] == [teen.talk]
    assert desk["me"]["notice"] == wechat.on_call_template


def test_a_changed_template_is_a_dead_letter_and_the_yes_is_kept(
    copy: Copy, on_call: Callable[[str], OnCall], door: Resources, wechat: FakeWeChat
) -> None:
    counsellor, lead = on_call("counsellor"), on_call("supervisor")
    counsellor.allows()
    wechat.mode[SUBSCRIBE] = "47003"
    teen = alarmed(copy)
    (letter,) = eventually(lambda: lead.member.call("desk.outbox")["letters"], seconds=15)
    assert letter["key"] == f"{teen.talk}:risk1:1:w"
    assert (letter["fault"], letter["tries"]) == ("bad_template", 1)
    wechat.mode.clear()
    lead.member.call("desk.outbox_retry", key=letter["key"])
    eventually(lambda: wechat.sent and delivered(door, teen.talk), seconds=15)
    assert error_of(lead.member, "desk.outbox_retry", {"key": letter["key"]})[0] == 404


def test_listeners_and_teens_have_no_such_yes(
    copy: Copy, staff: Staffing, wechat: FakeWeChat
) -> None:
    listener = staff("listener")
    body = {"cid": new_cid()}
    assert error_of(listener, "desk.allow_notice", body) == (403, "forbidden")
    assert error_of(Teen(copy.address), "desk.allow_notice", body) == (403, "forbidden")
    assert listener.call("desk.poll")["me"]["notice"] == ""
