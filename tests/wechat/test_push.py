"""WeChat's pushes: believed from WeChat alone, taken once; pictures are shown by what they say."""

from __future__ import annotations

import base64
import dataclasses
import io
import struct
import zlib
from collections.abc import Callable

import pytest
import requests
from PIL import Image

from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.errors import Forbidden
from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.push import receive
from cloudfunctions.forms import service as forms
from tests.contract.crew import at_once, error_of, eventually
from tests.contract.formed import answer, page_of, publish
from tests.contract.test_forms_pictures import bring, drawn
from tests.fakes.wechat import CUSTOMER, MEDIA_CHECK, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid
from tests.wechat.people import visits

Staffing = Callable[..., Staff]

PHOTO: Body = {"name": "photo", "title": "照片", "type": "photo"}
WHO: Body = {"name": "who", "title": "怎么称呼你", "type": "text"}


@pytest.fixture
def coordinator(staff: Staffing) -> Staff:
    """Who reads what was answered."""
    return staff("coordinator")


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """Who may see more."""
    return staff("supervisor")


@pytest.fixture
def page(coordinator: Staff) -> str:
    """A page that asks for a photo."""
    return publish(coordinator, page_of({"fields": [WHO, PHOTO]}))


@pytest.fixture
def teen(copy: Copy, wechat: FakeWeChat, door: Resources) -> Teen:
    """Who sends one, from WeChat."""
    found = Teen(copy.address)
    visits(wechat, found)
    return found


class Sent:
    """An answer with a photo, on its way through the check."""

    def __init__(self, teen: Teen, page: str, door: Resources, reader: Staff) -> None:
        self.picture = drawn()
        body = answer(page, photo=[0])
        bring(teen, body["cid"], self.picture)
        teen.call("forms.send", **body)
        self.id = f"{teen.id}:{body['cid']}:0"
        self._door = door
        (found,) = reader.call("forms.answers", page=page, form="sign_up")["answers"]
        self.seen_as: Body = {"answer": found["answer"], "index": 0}

    @property
    def stored(self) -> Body:
        """The picture as it lies in the database."""
        with self._door.database.deadline(10):
            found = self._door.database.collection("form_pictures").find_one({"_id": self.id})
        assert found is not None
        return found

    @property
    def state(self) -> str:
        """How its check stands."""
        return str(self.stored["check"]["state"])

    def asked(self) -> Body:
        """Its check, once WeChat knows of it."""

        def look() -> Body | None:
            found: Body = self.stored["check"]
            return found if "trace" in found else None

        found = eventually(look, seconds=15)
        assert found is not None
        return found


@pytest.fixture
def sent(teen: Teen, page: str, door: Resources, coordinator: Staff) -> Sent:
    """The same."""
    return Sent(teen, page, door, coordinator)


def push_url(copy: Copy) -> str:
    """Where WeChat pushes to."""
    return f"{copy.address}/wechat/push"


def look(reader: Staff, sent: Sent) -> Body:
    """The picture as a member sees it."""
    return reader.call("forms.answer_picture", **sent.seen_as)


# What a push does


def test_a_picture_is_seen_by_coordinators_once_wechat_has_passed_it(
    copy: Copy, sent: Sent, coordinator: Staff, supervisor: Staff, wechat: FakeWeChat
) -> None:
    trace = sent.asked()["trace"]
    refused = coordinator.post("forms.answer_picture", sent.seen_as)
    assert refused.status_code == 409
    assert "微信" in refused.json()["error"]["message"]
    assert look(supervisor, sent)["check"] == "pending"
    told = wechat.push(push_url(copy), wechat.media_event(trace, "pass"))
    assert (told.status_code, told.text) == (200, "success")
    assert look(coordinator, sent)["check"] == "pass"
    assert not {"check_due"} & set(sent.stored)


def test_what_is_risky_is_for_supervisors_and_the_answer_stands(
    copy: Copy, teen: Teen, sent: Sent, coordinator: Staff, supervisor: Staff, wechat: FakeWeChat
) -> None:
    trace = sent.asked()["trace"]
    wechat.push(push_url(copy), wechat.media_event(trace, "risky", 20002))
    assert error_of(coordinator, "forms.answer_picture", sent.seen_as) == (409, "conflict")
    assert look(supervisor, sent)["check"] == "risky"
    assert [one["pending"] for one in teen.call("forms.mine")["answers"]] == [False]


def test_wechat_fetches_the_picture_by_a_ticket_that_names_nobody_and_ends(
    copy: Copy, teen: Teen, sent: Sent, wechat: FakeWeChat
) -> None:
    trace = sent.asked()["trace"]
    url = wechat.media[trace]["media_url"]
    assert url.startswith(f"{copy.address}/wechat/picture/")
    assert teen.id not in url
    found = requests.get(url, timeout=10)
    assert found.headers["Content-Type"] == "image/jpeg"
    assert found.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(found.content)).size == (40, 30)
    wechat.push(push_url(copy), wechat.media_event(trace, "pass"))
    for gone in (url, f"{url}x", f"{copy.address}/wechat/picture/{sent.id}"):
        assert requests.get(gone, timeout=10).status_code == 404


def test_doubled_it_is_taken_once(
    copy: Copy, sent: Sent, coordinator: Staff, wechat: FakeWeChat
) -> None:
    trace = sent.asked()["trace"]
    event = wechat.media_event(trace, "pass")
    told = at_once(6, lambda _: wechat.push(push_url(copy), event))
    assert {one.status_code for one in told} <= {200, 503}
    assert wechat.push(push_url(copy), event).text == "success"
    later = {**event, "result": {"suggest": "risky", "label": 20002}}
    wechat.push(push_url(copy), later)
    assert sent.state == "pass"


def test_a_push_that_is_faster_than_our_answer_is_asked_for_again(
    copy: Copy, wechat: FakeWeChat
) -> None:
    trace = "a-trace-that-nobody-knows-yet"
    wechat.media[trace] = {"openid": "o-somebody"}
    event = wechat.media_event(trace, "pass")
    assert [wechat.push(push_url(copy), event).status_code for _ in range(2)] == [503, 503]


def test_where_wechat_could_not_look_it_is_asked_again(
    copy: Copy, sent: Sent, wechat: FakeWeChat
) -> None:
    first = sent.asked()["trace"]
    event = {**wechat.media_event(first, "pass"), "errcode": -1011}
    del event["result"]
    wechat.push(push_url(copy), event)
    eventually(lambda: sent.stored["check"].get("trace", first) != first, seconds=20)


def test_without_a_push_it_is_asked_again_and_never_shown(
    door: Resources, sent: Sent, coordinator: Staff
) -> None:
    first = sent.asked()["trace"]
    assert 30 * MINUTE < sent.stored["check_due"] - door.now() <= 35 * MINUTE
    with door.database.deadline(10):
        past = {"$set": {"check_due": door.now() - 1}}
        door.database.collection("form_pictures").update_one({"_id": sent.id}, past)
    eventually(lambda: sent.stored["check"].get("trace", first) != first, seconds=15)
    assert error_of(coordinator, "forms.answer_picture", sent.seen_as) == (409, "conflict")


@pytest.mark.parametrize("mode", ["500", "61010", "refuse"])
def test_while_the_check_is_down_the_answer_stands_and_the_picture_is_held(
    teen: Teen,
    page: str,
    door: Resources,
    coordinator: Staff,
    wechat: FakeWeChat,
    mode: str,
) -> None:
    wechat.mode[MEDIA_CHECK] = mode
    sent = Sent(teen, page, door, coordinator)
    eventually(lambda: "why" in sent.stored["check"], seconds=15)
    assert error_of(coordinator, "forms.answer_picture", sent.seen_as) == (409, "conflict")
    assert teen.call("forms.mine")["answers"][0]["pending"] is False
    wechat.mode.clear()

    def hurried() -> bool:
        with door.database.deadline(10):
            door.database.collection("form_pictures").update_one(
                {"_id": sent.id, "check.state": "pending"}, {"$set": {"check_due": door.now()}}
            )
        return "trace" in sent.stored["check"]

    eventually(hurried, seconds=30)


def test_a_picture_from_before_wechat_is_looked_at_when_somebody_wants_it(
    door: Resources, sent: Sent, coordinator: Staff
) -> None:
    sent.asked()
    with door.database.deadline(10):
        gone = {"$unset": {"check": "", "check_due": ""}}
        door.database.collection("form_pictures").update_one({"_id": sent.id}, gone)
    assert error_of(coordinator, "forms.answer_picture", sent.seen_as) == (409, "conflict")
    sent.asked()


# Who is believed


def bad_signature(query: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Signed by somebody who has not our token."""
    return {**query, "msg_signature": "0" * 40, "signature": "0" * 40}, body


def other_body(query: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Something else under a good signature."""
    return query, body.replace(b'"Encrypt": "', b'"Encrypt": "AAAA')


def nothing_signed(query: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Without any signature."""
    return {}, body


def no_json(query: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Not a push at all."""
    return query, b"\xff\xfe{"


@pytest.mark.parametrize("spoil", [bad_signature, other_body, nothing_signed, no_json])
def test_what_is_not_from_wechat_is_refused_and_changes_nothing(
    copy: Copy,
    sent: Sent,
    wechat: FakeWeChat,
    spoil: Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]],
) -> None:
    trace = sent.asked()["trace"]
    query, body = spoil(*wechat.signed(wechat.media_event(trace, "pass")))
    found = requests.post(push_url(copy), params=query, data=body, timeout=10)
    assert (found.status_code, found.json()["error"]["code"]) == (403, "forbidden")
    assert sent.state == "asked"
    assert wechat.push(push_url(copy), wechat.media_event(trace, "pass")).status_code == 200
    assert sent.state == "pass"


@pytest.mark.parametrize("minutes", [-60, -11, 11])
def test_a_late_push_is_refused_and_the_picture_stays_held(
    copy: Copy, sent: Sent, coordinator: Staff, wechat: FakeWeChat, minutes: int
) -> None:
    trace = sent.asked()["trace"]
    at = wechat.now() + minutes * MINUTE
    found = wechat.push(push_url(copy), wechat.media_event(trace, "pass"), at=at)
    assert found.status_code == 403
    assert error_of(coordinator, "forms.answer_picture", sent.seen_as) == (409, "conflict")


def test_a_push_for_another_program_or_in_the_open_is_refused(
    copy: Copy, sent: Sent, wechat: FakeWeChat
) -> None:
    event = wechat.media_event(sent.asked()["trace"], "pass")
    for how in ({"appid": "wx00000000000000ff"}, {"secure": False}):
        assert wechat.push(push_url(copy), event, **how).status_code == 403
    headers = {"X-WX-SOURCE": "wx_client"}
    found = requests.post(push_url(copy), json=event, headers=headers, timeout=10)
    assert found.status_code == 403, "this copy does not stand behind the gateway"
    assert sent.state == "asked"


def test_the_address_is_verified_by_a_get(copy: Copy, wechat: FakeWeChat) -> None:
    stamp = str(wechat.now() // SECOND)
    query = {"timestamp": stamp, "nonce": "n", "echostr": "4242"}
    good = {**query, "signature": wechat.signature(stamp, "n")}
    found = requests.get(push_url(copy), params=good, timeout=10)
    assert (found.status_code, found.text) == (200, "4242")
    bad = {**query, "signature": "0" * 40}
    assert requests.get(push_url(copy), params=bad, timeout=10).status_code == 403
    assert requests.put(push_url(copy), timeout=10).status_code == 405


def test_in_a_container_the_gateway_vouches(door: Resources) -> None:
    settings = door.settings
    assert settings.wechat is not None
    inside = dataclasses.replace(settings.wechat, push_token="", push_key="", behind_gateway=True)
    there = dataclasses.replace(door, settings=dataclasses.replace(settings, wechat=inside))
    check = b'{"action": "CheckContainerPath"}'
    assert receive(there, {}, check, {"x-wx-source": "wx_client"}) == "success"
    with pytest.raises(Forbidden):
        receive(there, {}, check, {})


def test_without_wechat_there_is_no_such_address(running: Copy) -> None:
    for method in (requests.get, requests.post):
        assert method(push_url(running), timeout=10).status_code == 404


# Customer service


def test_who_writes_to_customer_service_is_told_where_somebody_is(
    copy: Copy, wechat: FakeWeChat, door: Resources
) -> None:
    openid = visits(wechat, Teen(copy.address))
    wechat.writes(openid)
    event = {
        "ToUserName": "gh_1",
        "FromUserName": openid,
        "CreateTime": 1714036504,
        "MsgType": "text",
        "Content": "我不想活了",
        "MsgId": int(door.now()),
    }
    for _ in range(3):
        assert wechat.push(push_url(copy), event).text == "success"
    (told,) = [one for one in wechat.told if one["touser"] == openid]
    assert "12356" in told["text"]["content"]
    with door.database.deadline(10):
        kept = list(door.database.collection("wechat_pushes").find({}))
    assert openid not in str(kept)
    assert "我不想活了" not in str(kept) + copy.log("service")
    wechat.mode[CUSTOMER] = "500"
    assert wechat.push(push_url(copy), {**event, "MsgId": 2}).status_code == 200


# Hostile pictures


def png(width: int, height: int, *chunks: tuple[bytes, bytes], rows: bytes = b"") -> bytes:
    """A PNG of zeros that says it is so large."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    inner = b"".join(chunk(*one) for one in chunks)
    data = zlib.compress(rows or b"\0" * ((width // 8 + 1) * height), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + inner
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


BOMBS = {
    "a square of 50,000": png(50_000, 50_000, rows=b"\0" * 48_000_000),
    "a line of 2^31 - 1": png(2**31 - 1, 1, rows=b"\0" * 1_000_000),
    "packed zeros": zlib.compress(b"\0" * 10_000_000),
    "a zip": b"PK\x03\x04" + b"\0" * 1_000,
}
"""Small files that would be huge once opened."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_as_picture_is_refused_and_nothing_of_it_stays(
    teen: Teen, door: Resources, name: str
) -> None:
    cid, bomb = new_cid(), BOMBS[name]
    assert len(bomb) < 51_200, name
    body = {"cid": cid, "index": 0, "part": 0, "parts": 1, "data": base64.b64encode(bomb).decode()}
    assert error_of(teen, "forms.picture", body) == (400, "bad_request")
    with door.database.deadline(10):
        left = door.database.collection("form_pictures").count_documents({"who": teen.id})
    assert left == 0


def test_what_is_packed_beside_the_picture_is_not_kept(
    teen: Teen, page: str, door: Resources, coordinator: Staff, supervisor: Staff
) -> None:
    """Compressed texts and profiles may hold a bomb of their own: they are dropped unopened."""
    packed = zlib.compress(b"\0" * 10_000_000, 9)
    picture = png(8, 8, (b"zTXt", b"Comment\0\0" + packed), (b"iCCP", b"icc\0\0" + packed))
    body = answer(page, photo=[0])
    bring(teen, body["cid"], picture)
    teen.call("forms.send", **body)
    (found,) = coordinator.call("forms.answers", page=page, form="sign_up")["answers"]
    shown = supervisor.call("forms.answer_picture", answer=found["answer"], index=0)
    assert len(base64.b64decode(shown["data"])) < 200


def test_the_check_of_a_picture_belongs_to_its_asking(door: Resources) -> None:
    with door.database.deadline(10):
        assert forms.picture_told(door, "", None) is False
