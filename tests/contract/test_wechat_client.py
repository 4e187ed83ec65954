"""Each call to WeChat under each of its failures: a mapped fault, in time, telling nothing."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.common.wechat import Verdict, WeChat, breaker
from cloudfunctions.common.wechat.errcodes import KINDS, WHAT_TO_DO
from tests.contract.wechat_calls import (
    CALLS,
    NUMBER,
    OPENID,
    PICTURE,
    UNIONID,
    WORDS,
    Held,
    at_once,
    client,
    fault_in,
    seconds_of,
    settings_of,
    without_database,
)
from tests.fakes import wechat as fakes
from tests.fakes.wechat import FakeWeChat

BROKEN = ("500", "html", "cut", "odd", "redirect", "refuse", "lost")
CODES = {
    "-1": "busy",
    "40001": "misconfigured",
    "42001": "misconfigured",
    "40014": "misconfigured",
    "40013": "misconfigured",
    "40125": "misconfigured",
    "40029": "bad_code",
    "40163": "used_code",
    "40226": "risky_user",
    "45009": "quota",
    "45011": "too_often",
    "61010": "no_visit",
    "43101": "no_consent",
    "47003": "bad_template",
    "40037": "bad_template",
    "40003": "misconfigured",
    "40129": "misconfigured",
    "43104": "misconfigured",
    "44002": "misconfigured",
    "45015": "window_over",
    "45047": "window_over",
    "99999": "unreachable",
    "-99": "unreachable",
}
BUDGET = 3.0
MARGIN = 0.5
"""Seconds, for a machine that is busy with other tests."""


@pytest.fixture
def fake() -> Iterator[FakeWeChat]:
    """WeChat, with one person in the mini-program; calls need no token."""
    with FakeWeChat() as found:
        found.visit(OPENID, UNIONID)
        found.open_interface = True
        yield found


@pytest.fixture
def parts(fake: FakeWeChat) -> Iterator[Resources]:
    """The parts of a deployment behind the open-interface service."""
    found = without_database(settings_of(fake, "service"))
    yield found
    found.database.close()


@pytest.fixture
def held() -> Held:
    """The clock of the breakers."""
    return Held()


@pytest.fixture
def wechat(fake: FakeWeChat, parts: Resources, held: Held) -> WeChat:
    """A client of that deployment."""
    return client(fake, "service", parts, held)


def test_every_call_does_what_it_is_for(fake: FakeWeChat, parts: Resources) -> None:
    wechat = parts.wechat
    assert wechat is not None
    fake.ranks[OPENID] = 3
    found = {path: call(fake, wechat) for path, call in CALLS.items()}
    assert found[fakes.LOGIN] == OPENID
    assert found[fakes.TEXT_CHECK] == "pass"
    assert found[fakes.MEDIA_CHECK] in fake.media
    assert found[fakes.RISK_RANK] == 3
    assert found[fakes.PHONE] == NUMBER
    assert [one["touser"] for one in (*fake.sent, *fake.told)] == [OPENID, OPENID]
    assert fake.faults == []
    assert all(fake.calls(path) == 1 for path in CALLS)


def test_who_logged_in_has_the_unionid_where_there_is_one(fake: FakeWeChat, wechat: WeChat) -> None:
    assert wechat.code_to_session(fake.code_for(OPENID)).unionid == UNIONID
    assert wechat.code_to_session(fake.code_for("oSomeoneElse")).unionid == ""


def test_a_code_is_good_once_and_for_five_minutes(parts: Resources) -> None:
    held = Held()
    with FakeWeChat(held) as fake:
        wechat = client(fake, "service", parts, held)
        code, late = fake.code_for(OPENID), fake.code_for(OPENID)
        wechat.code_to_session(code)
        assert kind_of(lambda: wechat.code_to_session(code)) == "used_code"
        held.pass_by(fakes.CODE_LIFE)
        assert kind_of(lambda: wechat.code_to_session(late)) == "bad_code"
        fake.barred.add(OPENID)
        assert kind_of(lambda: wechat.code_to_session(fake.code_for(OPENID))) == "risky_user"


@pytest.mark.parametrize("code", ["", "x" * 129, "中文", "a\r\nb", "\x00"])
def test_what_cannot_be_a_code_is_not_sent(fake: FakeWeChat, wechat: WeChat, code: str) -> None:
    assert kind_of(lambda: wechat.code_to_session(code)) == "bad_code"
    assert fake.calls(fakes.LOGIN) == 0


def test_ten_at_once_with_one_code_are_one(fake: FakeWeChat, wechat: WeChat) -> None:
    code = fake.code_for(OPENID)
    found = at_once([lambda: wechat.code_to_session(code)] * 10)
    assert found.count(None) == 1
    assert {one.kind for one in found if one is not None} == {"used_code"}


def test_without_a_secret_nobody_logs_in_by_code(fake: FakeWeChat) -> None:
    settings = settings_of(fake, "service", WECHAT_SECRET="", WECHAT_GATEWAY="yes")
    parts = without_database(settings)
    wechat = parts.wechat
    assert wechat is not None
    assert kind_of(lambda: wechat.code_to_session("a-code")) == "misconfigured"
    assert fake.calls(fakes.LOGIN) == 0
    parts.database.close()


def test_the_check_tells_what_it_found(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.words.update({"坏话": ("risky", 20003), "怪话": ("review", 21000)})
    assert verdict(wechat, "天气很好") == ("pass", 100)
    assert verdict(wechat, "一句怪话") == ("review", 21000)
    assert verdict(wechat, "一句怪话，一句坏话") == ("risky", 20003)
    found = wechat.check_text(OPENID, "你好", 1, nickname="坏话王")
    assert (found.suggest, bool(found.trace_id)) == ("risky", True)


@pytest.mark.parametrize(
    "text",
    ["很" * 2_500, "🙂\n\"\\\t'", "\x00", "半个\ud83d字", "\u202e反", "</script>", "\\u4f60"],
    ids=["long", "emoji", "nul", "surrogate", "turned", "tag", "looks escaped"],
)
def test_a_text_arrives_as_it_is(fake: FakeWeChat, wechat: WeChat, text: str) -> None:
    assert verdict(wechat, text) == ("pass", 100)
    (body,) = fake.bodies(fakes.TEXT_CHECK)
    assert body["content"] == text.replace("\ud83d", "?")
    assert fake.faults == []
    assert b"\\u4f60" not in fake.asked[-1].raw.replace(b"\\\\u4f60", b"")


def test_an_answer_that_says_something_new_is_no_pass(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.words["新"] = ("approved", 100)
    assert kind_of(lambda: wechat.check_text(OPENID, "新的", 3)) == "unreachable"


def test_one_consent_is_one_message(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.consent(OPENID, fake.teen_template, 2)
    found = [kind_of(lambda: subscribe(fake, wechat)) for _ in range(3)]
    assert found == [None, None, "no_consent"]
    assert len(fake.sent) == 2


def test_a_template_that_was_changed_on_the_platform(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.consent(OPENID, fake.teen_template)
    fake.templates[fake.teen_template] = frozenset({"thing1", "phrase3"})
    assert kind_of(lambda: subscribe(fake, wechat)) == "bad_template"
    del fake.templates[fake.teen_template]
    assert kind_of(lambda: subscribe(fake, wechat)) == "bad_template"
    assert fake.sent == []


def test_customer_messages_go_while_the_window_is_open(parts: Resources) -> None:
    held = Held()
    with FakeWeChat(held, open_interface=True) as fake:
        wechat = client(fake, "service", parts, held)
        fake.visit(OPENID)
        assert kind_of(lambda: wechat.send_customer(OPENID, "你好")) == "window_over"
        fake.writes(OPENID)
        found = [kind_of(lambda: wechat.send_customer(OPENID, "你好")) for _ in range(6)]
        assert found == [None] * 5 + ["window_over"]
        fake.writes(OPENID)
        held.pass_by(fakes.WINDOW + 1)
        assert kind_of(lambda: wechat.send_customer(OPENID, "你好")) == "window_over"


@pytest.mark.parametrize("path", CALLS)
def test_every_errcode_is_mapped_for_every_call(
    fake: FakeWeChat, parts: Resources, path: str
) -> None:
    for code, kind in CODES.items():
        fake.mode[path] = code
        wechat = client(fake, "service", parts)
        fault = fault_in(lambda call=CALLS[path], one=wechat: call(fake, one))  # type: ignore[misc]
        assert fault is not None
        assert (fault.kind, fault.code) == (kind, int(code))


@pytest.mark.parametrize("mode", BROKEN)
@pytest.mark.parametrize("path", CALLS)
def test_every_broken_answer_is_unreachable_for_every_call(
    fake: FakeWeChat, wechat: WeChat, path: str, mode: str
) -> None:
    fake.mode[path] = mode
    assert kind_of(lambda: CALLS[path](fake, wechat)) == "unreachable"
    assert fake.calls("/elsewhere") == 0


@pytest.mark.parametrize("path", [fakes.LOGIN, fakes.PHONE])
def test_a_code_whose_answer_was_lost_is_a_used_one(
    fake: FakeWeChat, wechat: WeChat, path: str
) -> None:
    fake.mode[path] = "lost,ok"
    assert kind_of(lambda: CALLS[path](fake, wechat)) == "used_code"


def test_nobody_listens(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.listens(False)
    found = {path: kind_of(lambda c=call: c(fake, wechat)) for path, call in CALLS.items()}  # type: ignore[misc]
    assert set(found.values()) == {"unreachable"}
    fake.listens(True)


@pytest.mark.parametrize("mode", ["slow:30", "slow:5", "trickle"])
def test_a_slow_wechat_holds_nobody_longer_than_the_budget(
    fake: FakeWeChat, wechat: WeChat, mode: str
) -> None:
    fake.mode["*"] = mode
    calls = [lambda c=call: seconds_of(lambda: c(fake, wechat)) for call in CALLS.values()]
    took: list[float] = []
    assert at_once([lambda one=one: took.append(one()) for one in calls]) == [None] * len(CALLS)  # type: ignore[misc]
    fake.hurry()
    assert len(took) == len(CALLS)
    assert max(took) < BUDGET + MARGIN


def test_a_second_late_is_in_time(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.mode[fakes.TEXT_CHECK] = "slow:1"
    assert verdict(wechat, "你好") == ("pass", 100)


class TestAgain:
    """What is sent a second time, and what never is."""

    @pytest.mark.parametrize("mode", ["-1,ok", "-1,-1,ok", "500,html,ok", "refuse,500,ok"])
    @pytest.mark.parametrize("path", [fakes.TEXT_CHECK, fakes.LOGIN, fakes.RISK_RANK, fakes.PHONE])
    def test_a_call_that_may_be_repeated_gets_through(
        self, fake: FakeWeChat, wechat: WeChat, path: str, mode: str
    ) -> None:
        fake.mode[path] = mode
        assert kind_of(lambda: CALLS[path](fake, wechat)) is None
        assert fake.calls(path) == mode.count(",") + 1

    def test_not_more_than_three_times(self, fake: FakeWeChat, wechat: WeChat) -> None:
        fake.mode[fakes.TEXT_CHECK] = "-1"
        assert kind_of(lambda: verdict(wechat, "你好")) == "busy"
        assert fake.calls(fakes.TEXT_CHECK) == 3

    @pytest.mark.parametrize("code", [code for code in CODES if code != "-1"])
    def test_a_refusal_is_not_asked_again(
        self, fake: FakeWeChat, wechat: WeChat, code: str
    ) -> None:
        fake.mode[fakes.TEXT_CHECK] = code
        kind_of(lambda: verdict(wechat, "你好"))
        assert fake.calls(fakes.TEXT_CHECK) == 1

    @pytest.mark.parametrize("mode", ["lost", "refuse", "cut", "500", "-1", "html"])
    @pytest.mark.parametrize("path", [fakes.SUBSCRIBE, fakes.CUSTOMER, fakes.MEDIA_CHECK])
    def test_what_may_have_been_taken_is_not_sent_twice(
        self, fake: FakeWeChat, wechat: WeChat, path: str, mode: str
    ) -> None:
        fake.mode[path] = f"{mode},ok"
        assert kind_of(lambda: CALLS[path](fake, wechat)) in ("unreachable", "busy")
        assert fake.calls(path) == 1
        assert len(fake.sent) + len(fake.told) + len(fake.media) <= 1

    def test_what_never_left_is_tried_again(
        self, fake: FakeWeChat, wechat: WeChat, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Two messages into a closed port are more tries than the breaker takes."""
        fake.listens(False)
        for _ in range(2):
            assert kind_of(lambda: subscribe(fake, wechat)) == "unreachable"
        assert "wechat_left_alone" in capfd.readouterr().err


class TestBreaker:
    """A WeChat that keeps failing is left alone, one family of APIs at a time."""

    def break_it(self, fake: FakeWeChat, wechat: WeChat) -> None:
        """Fail as often as it takes, and forget that it was asked."""
        fake.mode[fakes.SUBSCRIBE] = "500"
        for _ in range(breaker.FAULTS):
            assert kind_of(lambda: subscribe(fake, wechat)) == "unreachable"
        assert fake.calls(fakes.SUBSCRIBE) == breaker.FAULTS
        fake.asked.clear()

    def test_it_is_not_asked_while_it_rests(
        self, fake: FakeWeChat, wechat: WeChat, held: Held
    ) -> None:
        self.break_it(fake, wechat)
        fake.mode.clear()
        held.pass_by(int(breaker.REST * 1000) - 1)
        for path in (fakes.SUBSCRIBE, fakes.CUSTOMER):
            assert kind_of(lambda p=path: CALLS[p](fake, wechat)) == "unreachable"  # type: ignore[misc]
            assert fake.calls(path) == 0
        assert verdict(wechat, "你好") == ("pass", 100)

    def test_one_probes_and_a_good_probe_opens_the_way(
        self, fake: FakeWeChat, wechat: WeChat, held: Held
    ) -> None:
        self.break_it(fake, wechat)
        held.pass_by(int(breaker.REST * 1000))
        found = at_once([lambda: subscribe(fake, wechat)] * 20)
        assert None not in found
        assert fake.calls(fakes.SUBSCRIBE) == 1
        fake.mode.clear()
        fake.consent(OPENID, fake.teen_template, 2)
        assert kind_of(lambda: subscribe(fake, wechat)) == "unreachable"
        held.pass_by(int(breaker.REST * 1000))
        assert [kind_of(lambda: subscribe(fake, wechat)) for _ in range(2)] == [None, None]

    def test_refusals_are_answers(self, fake: FakeWeChat, wechat: WeChat) -> None:
        for _ in range(breaker.FAULTS + 1):
            assert kind_of(lambda: subscribe(fake, wechat)) == "no_consent"

    def test_slow_answers_open_it_too(self, fake: FakeWeChat, wechat: WeChat) -> None:
        fake.mode[fakes.CUSTOMER] = "slow:30"
        at_once([lambda: wechat.send_customer(OPENID, "你好")] * breaker.FAULTS)
        asked = fake.calls(fakes.CUSTOMER)
        assert kind_of(lambda: wechat.send_customer(OPENID, "你好")) == "unreachable"
        assert fake.calls(fakes.CUSTOMER) == asked
        fake.hurry()


class TestPrivacy:
    """Nothing of a person and no secret leaves the module by a side door."""

    def all_that_is_said(self, fake: FakeWeChat, parts: Resources, mode: str) -> str:
        """Everything that every call under one failure shows of itself."""
        fake.mode["*"] = mode
        shown = []
        for call in CALLS.values():
            wechat = client(fake, "service", parts)
            fault = fault_in(lambda c=call, w=wechat: c(fake, w))  # type: ignore[misc]
            if fault is not None:
                assert fault.__context__ is None
                shown += [str(fault), repr(fault), *traceback.format_exception(fault)]
            shown += [repr(wechat), repr(vars(wechat))]
        return "".join(shown)

    @pytest.mark.parametrize("mode", ["ok", "40029", "500", "html", "cut", "refuse", "redirect"])
    def test_in_no_fault_and_no_log(
        self, fake: FakeWeChat, parts: Resources, mode: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        logged = io.StringIO()
        handler = logging.StreamHandler(logged)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            shown = self.all_that_is_said(fake, parts, mode)
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
        shown += logged.getvalue() + "".join(capfd.readouterr())
        codes = [str(body.get("js_code") or body.get("code")) for body in fake.bodies(fakes.LOGIN)]
        assert fake.asked
        for secret in (OPENID, UNIONID, fake.secret, WORDS, PICTURE, NUMBER, *codes):
            assert secret not in shown
        for secret in fake.session_keys:
            assert secret not in shown

    def test_who_logged_in_does_not_show(self, fake: FakeWeChat, wechat: WeChat) -> None:
        user = wechat.code_to_session(fake.code_for(OPENID, UNIONID))
        assert (OPENID in repr(user), UNIONID in str(user)) == (False, False)
        assert not any(fake.session_keys[0] in str(value) for value in vars(user).values())

    def test_neither_proxy_nor_password_of_the_machine_is_used(
        self, wechat: WeChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert verdict(wechat, "你好") == ("pass", 100)


def test_the_table_says_what_to_do_for_every_kind() -> None:
    assert set(KINDS.values()) | {"unreachable"} == set(WHAT_TO_DO)
    assert {code: KINDS.get(int(code), "unreachable") for code in CODES} == CODES


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import time
import gevent
from cloudfunctions.common.wechat.calls import Endpoint, Wire
import sys
wire, ticks, seen = Wire(sys.argv[1]), [], []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.01)
beside = gevent.spawn(tick)
slow = Endpoint("/wxa/msg_sec_check", "check", 3.0)
body = {"version": 2, "scene": 1, "openid": sys.argv[2], "content": "hello"}
def ask():
    seen.append(wire.ask(slow, {}, body, time.monotonic() + 3)["errcode"])
gevent.joinall([gevent.spawn(ask) for _ in range(50)])
print(len(seen), set(seen), len(ticks) > 20)
"""


def test_waiting_for_wechat_holds_up_no_other_greenlet(fake: FakeWeChat) -> None:
    """As gunicorn's gevent worker runs it: fifty wait a second at once, and the rest goes on."""
    fake.mode[fakes.TEXT_CHECK] = "slow:1"
    done = subprocess.run(
        [sys.executable, "-c", GREENLETS, fake.url, OPENID],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["50", "{0}", "True"]


def kind_of(call: Callable[[], Any]) -> str | None:
    """The kind of fault that a call raised, None if it went well."""
    fault = fault_in(call)
    return None if fault is None else fault.kind


def verdict(wechat: WeChat, text: str) -> tuple[str, int]:
    """What the check says of a text."""
    found: Verdict = wechat.check_text(OPENID, text, 3)
    return found.suggest, found.label


def subscribe(fake: FakeWeChat, wechat: WeChat) -> None:
    """Send one message, whether or not there is a consent."""
    wechat.send_subscribe(OPENID, fake.teen_template, {"thing1": "有人在等你"}, "pages/talk/index")
