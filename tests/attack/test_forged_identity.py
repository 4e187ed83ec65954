"""A1: whoever says they are somebody else by any header, field or event is nobody."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.shells import answer_event
from tests.contract.test_ways import BEHIND
from tests.contract.ways import event
from tests.faults.beside import Beside
from tests.support import mirror
from tests.support.copy import Copy
from tests.support.function import APPID
from tests.support.wire import Lines, Raw, post

MINE, FORGED = b"o_of_the_one_who_calls_12345", b"o_of_somebody_else_123456789"
GENUINE: Lines = [
    (b"X-WX-SOURCE", b"wx_client"),
    (b"X-WX-APPID", APPID.encode()),
    (b"X-WX-OPENID", MINE),
    (b"X-Original-Forwarded-For", b"203.0.113.7"),
]
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

Forge = Callable[[random.Random], Lines]


def at_gateway(openid: bytes, source: bytes | None = b"wx_client") -> Lines:
    """Headers with this openid and source."""
    return [*([] if source is None else [(b"X-WX-SOURCE", source)]), (b"X-WX-OPENID", openid)]


def somebody(chance: random.Random) -> bytes:
    """An openid that could be one."""
    return b"o" + bytes(chance.choice(ALPHABET) for _ in range(27))


def underscored(name: bytes, chance: random.Random) -> bytes:
    """A name with at least one `_` for `-`, in mixed case."""
    parts = name.split(b"-")
    marks = [chance.choice((b"-", b"_")) for _ in parts[1:]]
    marks[chance.randrange(len(marks))] = b"_"
    joined = parts[0] + b"".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    return bytes(chance.choice((chr(c).lower(), chr(c).upper())).encode()[0] for c in joined)


def spoilt(chance: random.Random) -> bytes:
    """An openid with something in it that none has."""
    good, at = somebody(chance), chance.randrange(1, 27)
    odd = chance.choice(
        [b" ", b",", b";", b'"', b"'", b"\t", b"\xe4", b"\xff", b"%00", b"\x0b", b"$"]
    )
    return good[:at] + odd + good[at:]


def doubled(name: bytes, chance: random.Random) -> Lines:
    """The genuine headers, and one of them once more, before or behind."""
    value = somebody(chance) if name == b"X-WX-OPENID" else b"wx_client"
    both = [*GENUINE, (name, value)]
    chance.shuffle(both)
    return both


BEHIND_GATEWAY: dict[str, Forge] = {
    "no source": lambda chance: at_gateway(somebody(chance), None),
    "empty source": lambda chance: at_gateway(somebody(chance), b" " * chance.randrange(4)),
    "source twice": lambda chance: doubled(b"X-WX-SOURCE", chance),
    "sources in one": lambda chance: at_gateway(somebody(chance), b"wx_client,wx_http"),
    "openid twice": lambda chance: doubled(b"X-WX-OPENID", chance),
    "openids in one": lambda chance: at_gateway(somebody(chance) + b", " + somebody(chance)),
    "empty openid": lambda chance: at_gateway(b" " * chance.randrange(4)),
    "underscore": lambda chance: [
        (b"X-WX-SOURCE", b"wx_client"),
        (underscored(b"X-WX-OPENID", chance), somebody(chance)),
    ],
    "underscores": lambda chance: [
        (underscored(b"X-WX-SOURCE", chance), b"wx_client"),
        (underscored(b"X-WX-OPENID", chance), somebody(chance)),
    ],
    "source with underscore": lambda chance: [
        (underscored(b"X-WX-SOURCE", chance), b"wx_client"),
        (b"X-WX-OPENID", somebody(chance)),
    ],
    "no openid": lambda chance: at_gateway(spoilt(chance)),
    "too long": lambda chance: at_gateway(somebody(chance) * chance.randrange(5, 100)),
    "folded": lambda chance: at_gateway(somebody(chance) + b"\r\n " + somebody(chance)),
    "another app": lambda chance: [
        *at_gateway(somebody(chance)),
        (b"X-WX-APPID", b"wx" + bytes(chance.choice(b"0123456789abcdef") for _ in range(16))),
    ],
    "another name": lambda chance: [
        (b"X-WX-SOURCE", b"wx_client"),
        (
            chance.choice(
                [b"X-WX-FROM-OPENID", b"X-OPENID", b"WX-OPENID", b"Openid", b"X-WX-UNIONID"]
            ),
            somebody(chance),
        ),
    ],
    "cookie": lambda chance: [
        (b"X-WX-SOURCE", b"wx_client"),
        (b"Cookie", b"X-WX-OPENID=" + somebody(chance)),
    ],
}


@pytest.fixture(scope="module")
def gateway(running: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A container behind WeChat's gateway."""
    folder = tmp_path_factory.mktemp("gateway")
    with Beside(running, folder, mirror.ENTRY, WORKERS="1", **BEHIND) as found:
        yield found


@pytest.fixture(scope="module")
def public(running: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """The same container where anybody can reach it."""
    folder = tmp_path_factory.mktemp("public")
    settings = {**BEHIND, "WECHAT_GATEWAY": ""}
    with Beside(running, folder, mirror.ENTRY, WORKERS="1", **settings) as found:
        yield found


@pytest.fixture
def wechat() -> WeChatSettings:
    """The mini-program of the event files."""
    return WeChatSettings(APPID, "s" * 32, "", "stable", False, "", "", "", "")


@pytest.fixture
def served(resources: Resources, wechat: WeChatSettings) -> Resources:
    """What a function of that mini-program works with."""
    return replace(resources, settings=replace(resources.settings, wechat=wechat))


def test_the_gateway_itself_is_believed(gateway: Beside) -> None:
    answer = post(gateway.port, "mirror.whom", GENUINE)
    assert json.loads(answer.body) == {"data": {"openid": MINE.decode(), "address": "203.0.113.7"}}
    lower = [(name.lower(), value) for name, value in GENUINE]
    assert post(gateway.port, "mirror.whom", lower).status == 200


def test_an_underscored_name_beside_the_genuine_one_changes_nothing(gateway: Beside) -> None:
    for headers in ([(b"X_WX_OPENID", FORGED), *GENUINE], [*GENUINE, (b"X-WX_OPENID", FORGED)]):
        assert MINE in post(gateway.port, "mirror.whom", headers).body


def refused(answer: Raw) -> int:
    """The status of a refusal in our shape, which repeats nothing."""
    assert answer.status in (400, 401), (answer.status, answer.body)
    assert set(json.loads(answer.body)) == {"error"}
    return answer.status


@pytest.mark.parametrize("kind", BEHIND_GATEWAY)
def test_no_forgery_gets_past_the_gateway(gateway: Beside, kind: str) -> None:
    """16 kinds, 36 of each."""
    chance = random.Random(f"7 {kind}")
    statuses = Counter(
        refused(post(gateway.port, "mirror.whom", BEHIND_GATEWAY[kind](chance))) for _ in range(36)
    )
    print(f"\nA1: {kind}: accepted 0 of {statuses.total()}, {dict(statuses)}")


def test_the_body_and_the_address_line_say_nothing(gateway: Beside) -> None:
    chance = random.Random(7)
    for number in range(64):
        forged = somebody(chance).decode()
        field = chance.choice(["openid", "openId", "userInfo", "OPENID", "X-WX-OPENID", "unionid"])
        body = json.dumps({field: {"openId": forged} if field == "userInfo" else forged}).encode()
        path = f"/api/mirror.whom?openid={forged}&X-WX-OPENID={forged}"
        answer = (
            post(gateway.port, "mirror.whom", GENUINE, body)
            if number % 2
            else post(gateway.port, "", [(b"X-WX-SOURCE", b"wx_client")], path=path)
        )
        assert refused(answer) == (400 if number % 2 else 401)


def test_where_anybody_can_come_the_gateways_headers_are_not_believed(public: Beside) -> None:
    chance = random.Random(7)
    for _ in range(60):
        headers = [*at_gateway(somebody(chance)), (b"X-Original-Forwarded-For", b"203.0.113.7")]
        assert refused(post(public.port, "mirror.whom", headers)) == 401
    seen = json.loads(post(public.port, "mirror.where", GENUINE).body)["data"]
    assert seen == {"openid": "", "address": "127.0.0.1"}


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (b"203.0.113.7", "203.0.113.7"),
        (b"198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (b"2001:db8::7", "2001:db8::7"),
        (b"nowhere", "127.0.0.1"),
        (b"203.0.113.7,", "127.0.0.1"),
        (b"", "127.0.0.1"),
        (b"203.0.113.7:443", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_nearest_proxy_saw(
    gateway: Beside, told: bytes, address: str
) -> None:
    answer = post(gateway.port, "mirror.where", [(b"X-Original-Forwarded-For", told)])
    assert json.loads(answer.body)["data"]["address"] == address
    assert json.loads(post(gateway.port, "mirror.where", []).body)["data"]["openid"] == ""


def test_http_access_proves_nobody(served: Resources) -> None:
    """A public door: neither headers nor the context of the call say who it is."""
    chance = random.Random(7)
    for _ in range(100):
        name = chance.choice(["X-WX-OPENID", "x-wx-openid", "X_WX_OPENID"])
        headers = {"X-WX-SOURCE": "wx_client", name: somebody(chance).decode()}
        asked = event("http_access_cloudbase", path="/mirror.whom", body="{}")
        asked["headers"] |= headers
        context = event("callfunction_context")
        answer = answer_event(mirror.mirror, served, asked, context)
        assert answer["statusCode"] == 401


def called(served: Resources, context: Any, **changed: Any) -> tuple[int, Any]:
    """The answer to a callFunction of the mirror."""
    asked = event("callfunction", **{"action": "mirror.whom", "body": {}, **changed})
    answer = answer_event(mirror.mirror, served, asked, context)
    return answer["statusCode"], answer["data"]


def context_of(**changed: str | None) -> dict[str, Any]:
    """A context whose two forms say the same, with some names changed or taken out."""
    found = event("callfunction_context")
    named = {**json.loads(found["environment"]), **changed}
    kept = {name: value for name, value in named.items() if value is not None}
    pairs = ";".join(f"{name}={value}" for name, value in kept.items())
    return {**found, "environment": json.dumps(kept), "environ": pairs}


@pytest.mark.parametrize("left_out", ["", "environment", "environ"])
@pytest.mark.parametrize("source", ["wx_client", "wx_client,scf"])
def test_the_context_of_a_function_is_believed(
    served: Resources, left_out: str, source: str
) -> None:
    context = context_of(TCB_SOURCE=source)
    context.pop(left_out, None)
    status, content = called(served, context)
    known = {"openid": "o_event_context_1234567890ab", "address": "203.0.113.7"}
    assert (status, content) == (200, {"data": known})


def contexts(chance: random.Random) -> list[Any]:
    """Contexts that prove nobody."""
    forged = somebody(chance).decode()
    good = context_of()
    odd = chance.choice(["wx_http", "scf,wx_client", "wx_client2", "", "WX_CLIENT", " wx_client"])
    twice = f"{good['environ']};WX_OPENID={forged}"
    pairs = json.dumps([["TCB_SOURCE", "wx_client"], ["WX_OPENID", forged]])
    double = good["environment"][:-1] + f', "WX_OPENID": "{forged}"}}'
    return [
        context_of(TCB_SOURCE=odd),
        context_of(TCB_SOURCE=None),
        context_of(WX_OPENID=None, wx_openid=forged, OPENID=forged),
        context_of(WX_OPENID=spoilt(chance).decode("latin-1")),
        context_of(WX_OPENID=forged, WX_APPID="wx" + forged[:16]),
        {**good, "environ": twice},
        {**good, "environment": double},
        {**good, "environ": context_of(WX_OPENID=forged)["environ"]},
        {**good, "environment": pairs, "environ": ""},
        {**good, "environment": "{" * 9_000, "environ": ""},
        {**good, "environment": {"TCB_SOURCE": "wx_client", "WX_OPENID": forged}, "environ": ""},
        {"TCB_SOURCE": "wx_client", "WX_OPENID": forged},
        [good],
        chance.choice([None, "", 7, json.dumps(good)]),
    ]


def test_no_event_and_no_other_context_is_believed(
    served: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    # Left over from whoever set the function up: it must not make everybody one person.
    monkeypatch.setenv("WX_OPENID", FORGED.decode())
    monkeypatch.setenv("TCB_SOURCE", "wx_client")
    tried = 0
    for _ in range(16):
        forged = {"userInfo": {"openId": somebody(chance).decode(), "appId": APPID}}
        for context in contexts(chance):
            assert called(served, context, **forged)[0] == 401, context
            tried += 1
    assert tried == 224
    assert called(served, context_of(), body={"openid": "x"})[0] == 400
    without = replace(served, settings=replace(served.settings, wechat=None))
    assert called(without, context_of())[0] == 401
