"""A code of wx.login opens one session; what WeChat says beside the openid goes nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from cloudfunctions.account import service as account
from cloudfunctions.common import clock
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.attack.bodies import is_our_error
from tests.contract.crew import Newcomer, at_once
from tests.fakes.wechat import FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Caller, new_openid

SIGN_IN, STAFF_SIGN_IN = "account.wechat_sign_in", "account.staff_wechat_sign_in"
ROUNDS = 20


def sessions(answers: list[requests.Response]) -> int:
    """How many of these answers let somebody in; every other is one of our errors."""
    for answer in answers:
        if answer.status_code != 200:
            is_our_error(answer, 401)
    return sum("token" in answer.text for answer in answers)


def test_a_code_opens_one_session_however_often_it_comes(
    wechat_copy: Copy, wechat: FakeWeChat
) -> None:
    for _ in range(ROUNDS):
        code = wechat.code_for(new_openid())
        told = [Caller(wechat_copy.address).post(SIGN_IN, {"code": code}) for _ in range(2)]
        assert [answer.status_code for answer in told] == [200, 401]


def test_ten_at_once_are_one_session(wechat_copy: Copy, wechat: FakeWeChat) -> None:
    for _ in range(ROUNDS):
        code = wechat.code_for(new_openid())
        callers = [Caller(wechat_copy.address) for _ in range(10)]

        def come(number: int, code: str = code, who: list[Caller] = callers) -> requests.Response:
            return who[number].post(SIGN_IN, {"code": code, "device": who[number].device})

        assert sessions(at_once(10, come)) == 1


def test_a_code_of_five_minutes_ago_opens_none(
    wechat_copy: Copy, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [wechat.code_for(new_openid()) for _ in range(ROUNDS)]
    monkeypatch.setattr(wechat, "now", lambda: clock.now() + 5 * MINUTE)
    told = [Caller(wechat_copy.address).post(SIGN_IN, {"code": code}) for code in codes]
    assert sessions(told) == 0


def test_a_code_that_was_used_by_a_teen_opens_no_desk(
    wechat_copy: Copy, wechat: FakeWeChat, wechat_door: Resources
) -> None:
    openid, member = new_openid(), Newcomer(wechat_copy.address)
    with wechat_door.database.deadline(10):
        invitation = account.invite(wechat_door, "listener", "test").invitation
    used = wechat.code_for(openid)
    Caller(wechat_copy.address).call(SIGN_IN, code=used)
    body = {"invitation": invitation, "name": "小雨", "code": used}
    is_our_error(member.post("account.join", body), 401)
    member.call("account.join", **{**body, "code": wechat.code_for(openid)})
    is_our_error(Caller(wechat_copy.address).post(STAFF_SIGN_IN, {"code": used}), 401)


def everything_kept(resources: Resources) -> Iterator[str]:
    """Every document of every collection."""
    with resources.database.deadline(20):
        names = resources.database.collection("teens").database.list_collection_names()
        for name in names:
            for document in resources.database.collection(name).find():
                yield repr(document)


def test_no_session_key_openid_code_or_secret_is_told_or_written_down(
    wechat_copy: Copy, wechat: FakeWeChat, wechat_door: Resources
) -> None:
    openids = [new_openid() for _ in range(ROUNDS)]
    codes = [wechat.code_for(one, unionid=new_openid()) for one in openids]
    answers = []
    for number, code in enumerate(codes):
        teen = Caller(wechat_copy.address)
        answers.append(teen.post(SIGN_IN, {"code": code, "device": teen.device}))
        answers.append(teen.post(SIGN_IN, {"code": code}))
        answers.append(teen.post(STAFF_SIGN_IN, {"code": codes[number - 1], "x": openids[number]}))
    assert sum(answer.status_code == 200 for answer in answers) == ROUNDS
    said = "".join(f"{answer.text}{answer.headers}" for answer in answers)
    logs = [*(wechat_copy.data / "log").iterdir(), wechat_copy.data / "launcher.log"]
    written = "".join(path.read_text("utf-8", "replace") for path in logs)
    kept = "".join(everything_kept(wechat_door))
    assert len(wechat.session_keys) >= ROUNDS
    unionids = [wechat.users[one] for one in openids]
    hidden = [*wechat.session_keys, *openids, *unionids, *codes, wechat.secret]
    found = [word for word in hidden for place in (said, written, kept) if word in place]
    assert not found, f"{len(found)} of {len(hidden)} stand somewhere"
