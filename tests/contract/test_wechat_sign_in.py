"""Coming in by WeChat: its every answer is one of our errors, and nobody is two people."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.app import REGISTRY
from cloudfunctions.common.errors import HOTLINES
from cloudfunctions.common.function import Request, Response, dispatch
from cloudfunctions.common.limits import Limiter
from cloudfunctions.common.payload import encode
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChat
from tests.contract.crew import Newcomer, at_once, error_of
from tests.contract.wechat_calls import settings_of
from tests.fakes.wechat import LOGIN, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, new_openid

SIGN_IN = "account.wechat_sign_in"
STAFF_SIGN_IN = "account.staff_wechat_sign_in"
JOIN = "account.join"


@pytest.fixture
def copy(wechat_copy: Copy) -> Copy:
    """A copy of the service that has a mini-program."""
    return wechat_copy


@pytest.fixture
def door(wechat_door: Resources) -> Resources:
    """The test's own door to its database."""
    return wechat_door


def teens_of(resources: Resources, openid: str) -> list[Body]:
    """The documents of this openid."""
    hashed = resources.identity.keyed_hash("wechat-teen", openid)
    with resources.database.deadline(10):
        return list(resources.database.collection("teens").find({"wechat": hashed}))


def openid_of(resources: Resources, person: str) -> str:
    """What messages to this person would be sent to."""
    with resources.database.deadline(10):
        return account.openid_of(resources, person)


def new_code(resources: Resources, role: str) -> str:
    """An invitation."""
    with resources.database.deadline(10):
        return account.invite(resources, role, "test").invitation


class TestATeen:
    """A teen comes in."""

    def test_one_openid_is_one_teen_from_every_phone(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid = new_openid()
        first, second = Caller(copy.address), Caller(copy.address)
        one = first.call(SIGN_IN, code=wechat.code_for(openid), device=first.device)
        two = second.call(SIGN_IN, code=wechat.code_for(openid), device=second.device)
        three = second.call(SIGN_IN, code=wechat.code_for(openid))
        assert one["id"] == two["id"] == three["id"]
        assert (one["role"], one["needs"]) == ("teen", "")
        assert first.call("chat.enter")["conversation"]["state"] == "open"
        assert len(teens_of(door, openid)) == 1

    def test_two_phones_at_once_are_one_teen(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid = new_openid()
        codes = [wechat.code_for(openid) for _ in range(16)]

        def come(number: int) -> Any:
            caller = Caller(copy.address)
            device = caller.device if number % 2 else None
            return caller.call(SIGN_IN, code=codes[number], device=device)["id"]

        assert len(set(at_once(16, come))) == 1
        assert len(teens_of(door, openid)) == 1

    def test_the_device_opens_the_same_account_while_wechat_is_down(
        self, copy: Copy, wechat: FakeWeChat
    ) -> None:
        teen = Caller(copy.address)
        known = teen.call(SIGN_IN, code=wechat.code_for(new_openid()), device=teen.device)
        wechat.mode[LOGIN] = "500"
        assert teen.call("account.sign_in", device=teen.device)["id"] == known["id"]

    def test_an_account_that_the_device_opened_first_is_bound_afterwards(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid, teen = new_openid(), Caller(copy.address)
        code = wechat.code_for(openid)
        wechat.mode[LOGIN] = "500"
        answer = teen.post(SIGN_IN, {"code": code, "device": teen.device})
        assert answer.status_code == 503
        alone = teen.call("account.sign_in", device=teen.device)
        talk = teen.call("chat.enter")["conversation"]["id"]
        assert openid_of(door, alone["id"]) == ""
        wechat.mode.clear()
        bound = teen.call(SIGN_IN, code=wechat.code_for(openid), device=teen.device)
        assert bound["id"] == alone["id"]
        assert teen.call("chat.enter")["conversation"]["id"] == talk
        other_phone = Caller(copy.address)
        found = other_phone.call(SIGN_IN, code=wechat.code_for(openid), device=other_phone.device)
        assert found["id"] == alone["id"]
        assert openid_of(door, alone["id"]) == openid

    def test_a_phone_keeps_its_account_where_the_openid_has_another(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid = new_openid()
        first, second = Caller(copy.address), Caller(copy.address)
        one = first.call(SIGN_IN, code=wechat.code_for(openid), device=first.device)
        alone = second.call("account.sign_in", device=second.device)
        kept = second.call(SIGN_IN, code=wechat.code_for(openid), device=second.device)
        assert kept["id"] == alone["id"] != one["id"]
        assert openid_of(door, alone["id"]) == openid_of(door, one["id"]) == openid

    def test_another_persons_wechat_on_the_same_device_is_another_teen(
        self, copy: Copy, wechat: FakeWeChat
    ) -> None:
        phone = Caller(copy.address)
        one = phone.call(SIGN_IN, code=wechat.code_for(new_openid()), device=phone.device)
        openid = new_openid()
        two = phone.call(SIGN_IN, code=wechat.code_for(openid), device=phone.device)
        again = phone.call(SIGN_IN, code=wechat.code_for(openid), device=phone.device)
        assert one["id"] != two["id"] == again["id"]

    def test_what_is_kept_of_an_openid_is_a_keyed_hash_and_a_seal(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid, unionid = new_openid(), new_openid()
        teen = Caller(copy.address)
        known = teen.call(SIGN_IN, code=wechat.code_for(openid, unionid), device=teen.device)
        with door.database.deadline(20):
            names = door.database._data.list_collection_names()
            kept = "\n".join(
                repr(document)
                for name in names
                for document in door.database.collection(name).find()
            )
        assert known["id"] in kept
        assert openid not in kept
        assert unionid not in kept
        with door.database.deadline(10):
            door.vault.forget(known["id"])
        assert openid_of(door, known["id"]) == ""
        assert teen.call(SIGN_IN, code=wechat.code_for(openid))["id"] == known["id"]

    def test_neither_code_nor_proof_is_no_identity(self, copy: Copy) -> None:
        caller = Caller(copy.address)
        assert error_of(caller, SIGN_IN, {}) == (400, "bad_request")
        assert error_of(caller, STAFF_SIGN_IN, {}) == (400, "bad_request")
        assert error_of(caller, SIGN_IN, {"device": caller.device}) == (400, "bad_request")
        assert error_of(caller, SIGN_IN, {"code": "x" * 129}) == (400, "bad_request")


ANSWERS: list[tuple[str, int, str]] = [
    ("-1", 503, "微信那边现在很忙，登录要等一等。"),
    ("45009", 503, "微信那边现在很忙，登录要等一等。"),
    ("40029", 401, "这次微信登录没有成功。"),
    ("40163", 401, "这次微信登录没有成功。"),
    ("45011", 429, "微信说登录得太频繁了。"),
    ("40226", 403, "微信没有让这次登录通过。"),
    ("40013", 503, "现在连不上微信的登录。"),
    ("40125", 503, "现在连不上微信的登录。"),
    ("500", 503, "现在连不上微信的登录。"),
    ("html", 503, "现在连不上微信的登录。"),
    ("cut", 503, "现在连不上微信的登录。"),
    ("odd", 503, "现在连不上微信的登录。"),
    ("refuse", 503, "现在连不上微信的登录。"),
]


@pytest.fixture
def by_itself(door: Resources, wechat: FakeWeChat) -> Callable[..., Response]:
    """Call an action where no breaker has seen anything yet, and as whom the door proves."""
    settings = settings_of(wechat, "stable").wechat
    assert settings is not None
    fresh = WeChat(settings, door.database, door.now, door.vault)
    own = replace(door, wechat=fresh, limiter=Limiter())

    def call(action: str, body: Body, openid: str = "") -> Response:
        headers = {"content-type": "application/json"}
        return dispatch(REGISTRY, own, Request(action, encode(body), headers, openid=openid))

    return call


class TestWhatWeChatSays:
    """Each fault of WeChat is told in Chinese, and lets a teen in by another door."""

    @pytest.mark.parametrize(("mode", "status", "message"), ANSWERS)
    @pytest.mark.parametrize("action", [SIGN_IN, STAFF_SIGN_IN])
    def test_is_one_of_our_errors(
        self,
        wechat: FakeWeChat,
        by_itself: Callable[..., Response],
        action: str,
        mode: str,
        status: int,
        message: str,
    ) -> None:
        code = wechat.code_for(new_openid())
        wechat.mode[LOGIN] = mode
        answer = by_itself(action, {"code": code})
        assert answer.status == status, answer.body
        said = answer.body.decode()
        assert message in said
        assert HOTLINES in said
        assert ("Retry-After" in answer.headers) == (status == 429)
        device = secrets.token_urlsafe(32)
        assert by_itself("account.sign_in", {"device": device}).status == 200

    def test_a_barred_person_who_seeks_help_comes_in_by_the_device(
        self, copy: Copy, wechat: FakeWeChat
    ) -> None:
        openid, teen = new_openid(), Caller(copy.address)
        wechat.barred.add(openid)
        body = {"code": wechat.code_for(openid), "device": teen.device}
        assert error_of(teen, SIGN_IN, body) == (403, "forbidden")
        teen.call("account.sign_in", device=teen.device)
        assert teen.call("chat.enter")["conversation"]["state"] == "open"
        with_log = [line for line in copy.log("service").splitlines() if "risky_user" in line]
        assert with_log
        assert openid not in copy.log("service")

    def test_without_a_mini_program_there_is_no_such_door(self, running: Copy) -> None:
        caller = Caller(running.address)
        assert error_of(caller, SIGN_IN, {"code": "some-code"}) == (404, "not_found")
        assert error_of(caller, STAFF_SIGN_IN, {"code": "some-code"}) == (404, "not_found")


class TestTheDoorItself:
    """Whom WeChat's gateway or a function's context proves needs no code."""

    def test_is_asked_first_and_wechat_not_at_all(
        self, wechat: FakeWeChat, by_itself: Callable[..., Response], door: Resources
    ) -> None:
        openid, asked = new_openid(), wechat.calls(LOGIN)
        code = wechat.code_for(new_openid())
        for body in ({}, {"code": code}, {"device": secrets.token_urlsafe(32)}):
            assert by_itself(SIGN_IN, body, openid=openid).status == 200
        assert len(teens_of(door, openid)) == 1
        assert wechat.calls(LOGIN) == asked

    def test_binds_an_invitation(self, by_itself: Callable[..., Response], door: Resources) -> None:
        openid, invitation = new_openid(), new_code(door, "listener")
        body = {"invitation": invitation, "name": "小雨", "device": secrets.token_urlsafe(32)}
        assert by_itself(JOIN, body, openid=openid).status == 200
        assert by_itself(STAFF_SIGN_IN, {}, openid=openid).status == 200
        device = {"device": body["device"]}
        assert by_itself("account.staff_sign_in", device).status == 401


class TestStaff:
    """A member is bound to their WeChat account by an invitation that works once."""

    def test_an_invitation_is_bound_to_the_account_it_was_first_used_by(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid, invitation = new_openid(), new_code(door, "counsellor")
        body = {"invitation": invitation, "name": " 小雨 "}
        member = Newcomer(copy.address)
        joined = member.call(JOIN, **body, code=wechat.code_for(openid))
        assert (joined["role"], joined["name"], joined["needs"]) == ("counsellor", "小雨", "")
        again = member.call(JOIN, **body, code=wechat.code_for(openid))
        assert again["id"] == joined["id"]
        back = member.call(STAFF_SIGN_IN, code=wechat.code_for(openid))
        assert back["id"] == joined["id"]
        assert member.call("desk.queue")
        assert openid_of(door, joined["id"]) == openid
        other = Newcomer(copy.address)
        stolen = {**body, "code": wechat.code_for(new_openid())}
        assert error_of(other, JOIN, stolen) == (401, "unauthenticated")
        by_device = {**body, "device": other.device}
        assert error_of(other, JOIN, by_device) == (401, "unauthenticated")
        second = {"invitation": new_code(door, "supervisor"), "name": "小雨"}
        second["code"] = wechat.code_for(openid)
        assert error_of(other, JOIN, second) == (409, "conflict")

    def test_eight_accounts_at_once_share_no_invitation(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        invitation = new_code(door, "listener")
        codes = [wechat.code_for(new_openid()) for _ in range(8)]

        def join(number: int) -> int:
            body = {"invitation": invitation, "code": codes[number], "name": "小雨"}
            return Newcomer(copy.address).post(JOIN, body).status_code

        assert sorted(at_once(8, join)) == [200] + [401] * 7

    def test_a_teen_and_a_member_of_one_openid_have_nothing_in_common(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid = new_openid()
        member, teen = Newcomer(copy.address), Caller(copy.address)
        body = {"invitation": new_code(door, "listener"), "name": "小雨"}
        joined = member.call(JOIN, **body, code=wechat.code_for(openid))
        came = teen.call(SIGN_IN, code=wechat.code_for(openid), device=teen.device)
        assert came["id"] != joined["id"]
        with door.database.deadline(10):
            one = door.database.collection("staff").find_one({"_id": joined["id"]})
            two = door.database.collection("teens").find_one({"_id": came["id"]})
        assert one is not None
        assert two is not None
        values = {str(value) for value in one.values()} & {str(value) for value in two.values()}
        assert not {value for value in values if len(value) > 16}

    def test_somebody_whom_no_invitation_brought_is_nobody(
        self, copy: Copy, wechat: FakeWeChat
    ) -> None:
        body = {"code": wechat.code_for(new_openid())}
        assert error_of(Caller(copy.address), STAFF_SIGN_IN, body) == (401, "unauthenticated")

    def test_who_is_dismissed_is_out_at_once_and_the_seal_with_them(
        self, copy: Copy, wechat: FakeWeChat, door: Resources
    ) -> None:
        openid, member = new_openid(), Newcomer(copy.address)
        lead = Staff(copy.address, door, "coordinator")
        body = {"invitation": new_code(door, "listener"), "name": "小雨"}
        joined = member.call(JOIN, **body, code=wechat.code_for(openid))
        lead.call("desk.dismiss", member=joined["id"])
        assert error_of(member, "desk.queue", {}) == (401, "unauthenticated")
        again = {"code": wechat.code_for(openid)}
        assert error_of(member, STAFF_SIGN_IN, again) == (401, "unauthenticated")
        retry = {**body, "code": wechat.code_for(openid)}
        assert error_of(member, JOIN, retry) == (401, "unauthenticated")
        assert openid_of(door, joined["id"]) == ""
        with door.database.deadline(10):
            keys = door.database.collection("data_keys")
            assert keys.find_one({"_id": joined["id"]}) is None

    def test_neither_device_nor_wechat_joins_nobody(self, copy: Copy, door: Resources) -> None:
        body = {"invitation": new_code(door, "listener"), "name": "小雨"}
        assert error_of(Newcomer(copy.address), JOIN, body) == (400, "bad_request")
