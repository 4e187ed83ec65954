"""What is pushed by WeChat is taken once, and what is not by WeChat, or late, or odd, never."""

from __future__ import annotations

import base64
import dataclasses
import json
import secrets
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from cloudfunctions.common import clock
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.wechat import verdict_of
from cloudfunctions.common.wechat.push import (
    BODY_BYTES,
    FRESH,
    SUCCESS,
    Challenge,
    Pushed,
    PushRefused,
    forget,
    open_push,
    seen_once,
)
from tests.contract.wechat_calls import settings_of
from tests.fakes.wechat import FakeWeChat, as_xml, encrypt

NOW = clock.now()
OPENID = "oCanary4openid8of2a7teen"
ACTION = {"action": "CheckContainerPath"}
Query = dict[str, str]

BOTH = pytest.mark.parametrize("xml", [False, True], ids=["json", "xml"])
MODES = pytest.mark.parametrize("secure", [True, False], ids=["secure", "plain"])


@pytest.fixture
def fake() -> Iterator[FakeWeChat]:
    """WeChat, which has been asked to look at a picture."""
    with FakeWeChat(lambda: NOW) as found:
        found.visit(OPENID)
        found.media["trace-1"] = {"openid": OPENID}
        yield found


def deployment(fake: FakeWeChat, *, secure: bool = True) -> WeChatSettings:
    """A deployment that takes pushes with a signature."""
    found = settings_of(fake, "service").wechat
    assert found is not None
    return found if secure else dataclasses.replace(found, push_key="")


def container(fake: FakeWeChat) -> WeChatSettings:
    """A deployment behind the gateway, without a signature."""
    return dataclasses.replace(deployment(fake), push_token="", push_key="", behind_gateway=True)


def taken(
    settings: WeChatSettings, query: Query, body: bytes, now: int = NOW, **headers: str
) -> Pushed:
    """The push in a request that is one."""
    found = open_push(settings, query, body, headers, now)
    assert isinstance(found, Pushed)
    return found


def refused(
    settings: WeChatSettings,
    query: Query,
    body: bytes,
    headers: dict[str, str] | None = None,
    now: int = NOW,
) -> str:
    """Why a request is refused; it shows nothing of what it brought."""
    with pytest.raises(PushRefused) as caught:
        open_push(settings, query, body, headers or {}, now)
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert OPENID not in said
    return caught.value.reason


def test_the_example_of_the_documents(fake: FakeWeChat) -> None:
    settings = dataclasses.replace(deployment(fake, secure=False), push_token="AAAAA")  # noqa: S106  of the documents
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    at = 1_714_036_504 * SECOND
    assert open_push(settings, query, b"", {}, at) == Challenge("4375120948345356249")
    for name in ("signature", "timestamp", "nonce"):
        changed = {**query, name: query[name][:-1] + "5"}
        assert refused(settings, changed, b"", now=at) == "signature"
        assert refused(settings, {**query, name: ""}, b"", now=at) == "signature"
    assert refused(settings, {**query, "signature": "签名"}, b"", now=at) == "signature"


@BOTH
@MODES
def test_a_verdict_on_a_picture_arrives(fake: FakeWeChat, secure: bool, xml: bool) -> None:
    event = fake.media_event("trace-1", "risky", 20002)
    query, body = fake.signed(event, secure=secure, xml=xml)
    pushed = taken(deployment(fake, secure=secure), query, body)
    assert pushed.event["Event"] == "wxa_media_check"
    assert pushed.event["FromUserName"] == OPENID
    verdict = verdict_of(pushed.event)
    assert (verdict.suggest, verdict.label, verdict.trace_id) == ("risky", 20002, "trace-1")
    assert OPENID not in repr(pushed)


@BOTH
@pytest.mark.parametrize("words", ["你好🙂", "a]]b", "<b>&amp;", "", "很" * 5_000])
def test_a_message_is_what_the_person_wrote(fake: FakeWeChat, words: str, xml: bool) -> None:
    event = {"FromUserName": OPENID, "MsgType": "text", "Content": words, "MsgId": 4_711}
    query, body = fake.signed(event, xml=xml)
    assert taken(deployment(fake), query, body).event["Content"] == words


@MODES
def test_a_copy_has_the_same_key_and_another_push_another(fake: FakeWeChat, secure: bool) -> None:
    settings = deployment(fake, secure=secure)
    fake.media["trace-2"] = {"openid": OPENID}
    first, second = fake.media_event("trace-1", "pass"), fake.media_event("trace-2", "pass")
    keys = [taken(settings, *fake.signed(one, secure=secure)).key for one in (first, first, second)]
    assert keys[0] == keys[1] != keys[2]
    texts = [{"FromUserName": OPENID, "CreateTime": 1, "MsgId": n} for n in (1, 2, 1)]
    keys = [taken(settings, *fake.signed(one, secure=secure)).key for one in texts]
    assert keys[0] == keys[2] != keys[1]
    assert OPENID not in keys[0]


def test_each_is_seen_once(fake: FakeWeChat, resources: Resources) -> None:
    key = secrets.token_hex(32)
    with resources.database.deadline(20):
        assert [seen_once(resources.database, key, NOW) for _ in range(3)] == [True, False, False]
        forget(resources.database, key)
        assert seen_once(resources.database, key, NOW)
        marks = resources.database.collection("wechat_pushes")
        assert marks.index_information()["age"]["expireAfterSeconds"] * SECOND > 2 * FRESH


@MODES
@pytest.mark.parametrize("late", [FRESH + SECOND, -FRESH - SECOND, 24 * 60 * MINUTE])
def test_late_ones_and_ones_from_the_future_are_refused(
    fake: FakeWeChat, secure: bool, late: int
) -> None:
    query, body = fake.signed(fake.media_event("trace-1", "pass"), secure=secure, at=NOW - late)
    assert refused(deployment(fake, secure=secure), query, body) == "late"


@MODES
@pytest.mark.parametrize("late", [15 * SECOND, 9 * MINUTE, -9 * MINUTE])
def test_a_retry_and_a_clock_that_is_off_are_taken(
    fake: FakeWeChat, secure: bool, late: int
) -> None:
    query, body = fake.signed(fake.media_event("trace-1", "pass"), secure=secure, at=NOW - late)
    assert taken(deployment(fake, secure=secure), query, body)


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "1e9", "１７１４０３６５０４", "9" * 40, "1.5"])
def test_a_time_that_is_none(fake: FakeWeChat, stamp: str) -> None:
    body = json.dumps(fake.media_event("trace-1", "pass")).encode()
    query = {"timestamp": stamp, "nonce": "1", "signature": fake.signature(stamp, "1")}
    assert refused(deployment(fake, secure=False), query, body) == "late"


class TestForged:
    """Requests that WeChat did not make."""

    @pytest.fixture
    def settings(self, fake: FakeWeChat) -> WeChatSettings:
        """A deployment in secure mode."""
        return deployment(fake)

    @pytest.fixture
    def good(self, fake: FakeWeChat) -> tuple[Query, bytes]:
        """A push that would be taken."""
        return fake.signed(fake.media_event("trace-1", "pass"))

    @pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
    def test_a_part_of_the_signature(
        self, settings: WeChatSettings, good: tuple[Query, bytes], name: str
    ) -> None:
        query, body = good
        assert taken(settings, query, body)
        turned = "0" if query[name][-1] != "0" else "1"
        for other in (query[name][:-1] + turned, "", query[name] + "0", "签名"):
            assert refused(settings, {**query, name: other}, body) == "signature"
        assert refused(settings, {k: v for k, v in query.items() if k != name}, body) == "signature"

    def test_the_plain_signature_does_not_do_for_an_encrypted_body(
        self, settings: WeChatSettings, good: tuple[Query, bytes]
    ) -> None:
        query, body = good
        query["msg_signature"] = query["signature"]
        assert refused(settings, query, body) == "signature"

    def test_a_body_that_is_not_encrypted(self, fake: FakeWeChat, settings: WeChatSettings) -> None:
        event = fake.media_event("trace-1", "pass")
        assert refused(settings, *fake.signed(event, secure=False)) == "plain"
        query, body = fake.signed(event)
        both = json.dumps({**event, "Encrypt": json.loads(body)["Encrypt"]}).encode()
        assert taken(settings, query, both).event == event

    def test_every_turned_bit_of_the_body(
        self, settings: WeChatSettings, good: tuple[Query, bytes]
    ) -> None:
        query, body = good
        outer = json.loads(body)
        content = base64.b64decode(outer["Encrypt"])
        for place in range(0, len(content), 7):
            turned = bytearray(content)
            turned[place] ^= 1 << (place % 8)
            outer["Encrypt"] = base64.b64encode(bytes(turned)).decode()
            assert refused(settings, query, json.dumps(outer).encode()) == "signature"

    @pytest.mark.parametrize("cut", [1, 2, 16, 100])
    def test_a_cut_body(
        self, settings: WeChatSettings, good: tuple[Query, bytes], cut: int
    ) -> None:
        query, body = good
        assert refused(settings, query, body[:-cut]) == "shape"

    def test_another_mini_program(self, fake: FakeWeChat, settings: WeChatSettings) -> None:
        event = fake.media_event("trace-1", "pass")
        for appid in ("wxffffffffffffffff", f"{fake.appid}0", fake.appid[:-1]):
            assert refused(settings, *fake.signed(event, appid=appid)) == "appid"

    def test_another_token_or_key(self, fake: FakeWeChat, good: tuple[Query, bytes]) -> None:
        other = dataclasses.replace(deployment(fake), push_token=fake.push_token[::-1] + "0")
        assert refused(other, *good) == "signature"
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        assert refused(dataclasses.replace(deployment(fake), push_key=key), *good) in (
            "cipher",
            "appid",
        )

    @pytest.mark.parametrize("content", [b"", b"x" * 15, b"x" * 16, b"x" * 48, bytes(range(64))])
    def test_rightly_signed_but_no_cipher_of_ours(
        self, fake: FakeWeChat, settings: WeChatSettings, content: bytes
    ) -> None:
        encrypted = base64.b64encode(content).decode()
        assert refused(settings, *self.signed_cipher(fake, encrypted)) in ("cipher", "appid")
        assert refused(settings, *self.signed_cipher(fake, "不是 base64")) == "cipher"

    @pytest.mark.parametrize("message", [b"", b"[]", b"{", b"\xff", b"{}", b"null", b"<xml>"])
    def test_rightly_encrypted_but_no_push(
        self, fake: FakeWeChat, settings: WeChatSettings, message: bytes
    ) -> None:
        encrypted = encrypt(fake.push_key, message, fake.appid)
        assert refused(settings, *self.signed_cipher(fake, encrypted)) == "shape"

    def signed_cipher(self, fake: FakeWeChat, encrypted: str) -> tuple[Query, bytes]:
        """A request in secure mode, rightly signed, with whatever as its content."""
        stamp = str(NOW // SECOND)
        query = {"timestamp": stamp, "nonce": "1"}
        query["msg_signature"] = fake.signature(stamp, "1", encrypted)
        return query, json.dumps({"Encrypt": encrypted}).encode()


class TestShapes:
    """Bodies that are signed, in plain mode, and would hurt a careless reader."""

    def refused(self, fake: FakeWeChat, body: bytes) -> str:
        """Why it is refused."""
        query, _ = fake.signed({}, secure=False)
        return refused(deployment(fake, secure=False), query, body)

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 5_000,
            b'{"a":' * 5_000,
            b"1" * 5_000,
            b"[]",
            b'"text"',
            b"{}",
            b"\xff\xfe{}",
            b"\x00",
            b"   ",
            b"<",
            b"<xml/>",
            b"<xml>text</xml>",
            b"<xml><a></xml>",
            b"<other><MsgId>1</MsgId></other>",
            b"<a>" * 1_000,
            b"<xml>" + b"<a>" * 20 + b"</a>" * 20 + b"</xml>",
        ],
        ids=range(16),
    )
    def test_no_push(self, fake: FakeWeChat, body: bytes) -> None:
        assert self.refused(fake, body) == "shape"

    @pytest.mark.parametrize(
        "head",
        [
            '<!DOCTYPE xml [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/a.dtd">',
            "<!DOCTYPE xml>",
        ],
    )
    @pytest.mark.parametrize("entity", ["&a;", "1"])
    def test_a_document_type(self, fake: FakeWeChat, head: str, entity: str) -> None:
        body = f"{head}<xml><MsgId>{entity}</MsgId></xml>".encode()
        assert self.refused(fake, body) == "shape"

    def test_an_entity_of_its_own(self, fake: FakeWeChat) -> None:
        assert self.refused(fake, b"<xml><MsgId>&a;</MsgId></xml>") == "shape"

    def test_too_large(self, fake: FakeWeChat) -> None:
        assert self.refused(fake, b" " * (BODY_BYTES + 1)) == "large"

    def test_what_comes_twice_is_a_list(self, fake: FakeWeChat) -> None:
        event: dict[str, Any] = {"MsgId": 1, "a": [{"b": "1"}, {"b": "2"}, {"b": "3"}]}
        query, _ = fake.signed({}, secure=False)
        pushed = taken(deployment(fake, secure=False), query, as_xml(event).encode())
        assert pushed.event == {"MsgId": "1", "a": [{"b": "1"}, {"b": "2"}, {"b": "3"}]}


class TestContainer:
    """Behind the gateway there is no signature, only where it says it comes from."""

    def test_the_path_is_checked(self, fake: FakeWeChat) -> None:
        headers = {"x-wx-source": "wx_client"}
        body = json.dumps(ACTION).encode()
        assert open_push(container(fake), {}, body, headers, NOW) == Challenge(SUCCESS)

    def test_an_event(self, fake: FakeWeChat) -> None:
        event = fake.media_event("trace-1", "pass")
        body = json.dumps(event).encode()
        headers = {"x-wx-source": "wx_client"}
        found = open_push(container(fake), {}, body, headers, NOW)
        assert isinstance(found, Pushed)
        assert found.event == event

    @pytest.mark.parametrize("source", [None, "", "wx_client,wx_client", ","])
    def test_not_through_the_gateway(self, fake: FakeWeChat, source: str | None) -> None:
        headers = {} if source is None else {"x-wx-source": source}
        for content in (ACTION, fake.media_event("trace-1", "pass")):
            body = json.dumps(content).encode()
            assert refused(container(fake), {}, body, headers) == "source"

    def test_the_header_does_not_stand_in_for_a_signature(self, fake: FakeWeChat) -> None:
        settings = dataclasses.replace(deployment(fake), behind_gateway=True)
        body = json.dumps(fake.media_event("trace-1", "pass")).encode()
        assert refused(settings, {}, body, {"x-wx-source": "wx_client"}) == "plain"
        plain = dataclasses.replace(settings, push_key="")
        assert refused(plain, {}, body, {"x-wx-source": "wx_client"}) == "signature"

    def test_where_nothing_is_set_up_nothing_is_taken(self, fake: FakeWeChat) -> None:
        settings = dataclasses.replace(container(fake), behind_gateway=False)
        headers = {"x-wx-source": "wx_client"}
        assert refused(settings, {}, json.dumps(ACTION).encode(), headers) == "off"
