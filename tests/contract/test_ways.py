"""One scenario through every way in which a call can come: the same answers, word for word."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.common.errors import HOTLINES
from tests.contract.crew import CALM
from tests.contract.ways import EVENTS, Functions, Told, Way, by_access, by_callfunction, by_http
from tests.faults.beside import Beside
from tests.support.copy import Copy
from tests.support.function import APPID, Function, environment_of
from tests.support.people import new_cid

BEHIND = {"WECHAT_APPID": APPID, "WECHAT_SECRET": "s" * 32, "WECHAT_GATEWAY": "yes"}
FILES = {
    "http_function": "http_function",
    "container": "container",
    "http_access_scf": "http_access_scf",
    "http_access_cloudbase": "http_access_cloudbase",
    "http_access_base64": "http_access_base64",
    "callfunction": "callfunction",
}
"""Each way, and the file it is made from."""
NOT_CALLS = {"http_access_get", "callfunction_context", "timer", "timer_context"}
OURS = ("token", "id", "cid", "conversation", "at", "since", "expires_at", "people_online")
"""Fields that differ from one teen or moment to the next."""

Transcript = list[tuple[str, int, Any]]


@pytest.fixture(scope="module")
def functions(running: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """An instance of every feature that is called, on the database of the running copy."""
    folder = tmp_path_factory.mktemp("functions")
    environment = environment_of(running, **BEHIND)
    started: dict[str, Function] = {}

    def of(feature: str) -> Function:
        if feature not in started:
            started[feature] = Function(feature, environment, folder / f"{feature}.log")
        return started[feature]

    yield of
    for one in started.values():
        one.end()


@pytest.fixture(scope="module")
def ways(
    running: Copy, functions: Functions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Way]]:
    """All of them; those by HTTP reach real workers."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("container")
        container = stack.enter_context(Beside(running, folder, WORKERS="1", **BEHIND))
        yield {
            "http_function": by_http("http_function", running.address),
            "container": by_http("container", container.address),
            "callfunction": by_callfunction(functions),
            **{name: by_access(name, functions) for name in FILES if name.startswith("http_acc")},
        }


def test_every_file_of_a_call_is_a_way() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {*FILES.values(), *NOT_CALLS}


def scenario(way: Way) -> Transcript:
    """A teen comes in, talks and polls, sends what is wrong, and tries what is not for teens."""
    transcript: Transcript = []

    def step(action: str, body: Any, token: str = "") -> Any:
        status, content = way(action, body, token)
        transcript.append((action, status, comparable(content)))
        return content.get("data")

    device, cid = secrets.token_urlsafe(32), new_cid()
    token = step("account.sign_in", {"device": device})["token"]
    talk = step("chat.enter", {}, token)["conversation"]["id"]
    said = {"conversation": talk, "cid": cid, "text": f"{CALM}😀", "after": 3}
    sent = step("chat.send", said, token)
    step("chat.send", said, token)
    step("chat.send", {**said, "text": "别的话"}, token)
    step("chat.poll", {"conversation": talk, "after": sent["message"]["seq"]}, token)
    step("chat.poll", {"conversation": talk, "after": 0, "wait": 0}, token)
    for body in (
        {**said, "text": 7},
        {**said, "text": ""},
        {**said, "text": "字" * 2_001},
        {**said, "openid": "o_somebody_else_0123456789ab"},
        {**said, "conversation": {"$ne": ""}},
        {**said, "after": 2**64},
        {"conversation": talk},
        [said],
        "说",
        None,
    ):
        step("chat.send", body, token)
    step("chat.send", {**said, "conversation": "A" * 22}, token)
    step("chat.send", {**said, "text": "字" * 20_000}, token)
    step("chat.send", {**said, "text": "字" * 60_000}, token)
    step("chat.nothing", {}, token)
    step("desk.next", {}, token)
    step("desk.next", {})
    step("chat.enter", {})
    step("chat.enter", {}, token[:-2])
    step("account.staff_sign_in", {"device": device})
    return transcript


def comparable(value: Any) -> Any:
    """Without what differs between two teens: ids, times and the AI's choice of words."""
    if isinstance(value, dict):
        hidden = (*OURS, "text") if value.get("from") in ("ai", "system") else OURS
        return {k: "…" if k in hidden and v else comparable(v) for k, v in value.items()}
    return [comparable(one) for one in value] if isinstance(value, list) else value


EXPECTED = [200] * 4 + [409] + [200] * 2 + [400] * 10 + [404, 413, 413, 404, 403] + [401] * 4


@pytest.fixture(scope="module")
def first(ways: dict[str, Way]) -> Transcript:
    """The scenario by plain HTTP, to which every other way is held."""
    return scenario(ways["http_function"])


def test_the_scenario_is_what_it_should_be(first: Transcript) -> None:
    assert [status for _, status, _ in first] == EXPECTED
    sent, replayed = first[2][2]["data"], first[3][2]["data"]
    assert (sent["message"]["text"], sent["replayed"]) == (f"{CALM}😀", False)
    assert [m["from"] for m in sent["messages"]] == ["teen", "ai"]
    assert replayed == {**sent, "replayed": True}
    assert [m["from"] for m in first[5][2]["data"]["messages"]] == ["ai"]
    for _, status, content in first:
        if status != 200:
            assert set(content) == {"error"}
            assert content["error"]["hint"].endswith(HOTLINES)


@pytest.mark.parametrize("name", [name for name in FILES if name != "http_function"])
def test_every_way_gives_the_same_answers(
    ways: dict[str, Way], first: Transcript, name: str
) -> None:
    for expected, found in zip(first, scenario(ways[name]), strict=True):
        assert found == expected


def test_the_ways_lead_into_one_talk(ways: dict[str, Way]) -> None:
    device = secrets.token_urlsafe(32)
    talks, tokens, teens = set(), {}, set()
    for name, way in ways.items():
        data = way("account.sign_in", {"device": device}, "")[1]["data"]
        tokens[name] = data["token"]
        teens.add(data["id"])
        talks.add(way("chat.enter", {}, tokens[name])[1]["data"]["conversation"]["id"])
    assert (len(talks), len(teens)) == (1, 1)
    (talk,) = talks
    for name, way in ways.items():
        body = {"conversation": talk, "cid": new_cid(), "text": f"从{name}来"}
        assert way("chat.send", body, tokens["container"])[0] == 200, "a token opens every way"
    page = ways["callfunction"](
        "chat.poll", {"conversation": talk, "after": 0}, tokens["container"]
    )
    said = [m["text"] for m in page[1]["data"]["messages"] if m["from"] == "teen"]
    assert said == [f"从{name}来" for name in ways]


def test_functions_log_requests_and_no_word_of_them(
    functions: Functions, tmp_path: Path, running: Copy
) -> None:
    way = by_callfunction(functions)
    token = way("account.sign_in", {"device": secrets.token_urlsafe(32)}, "")[1]["data"]["token"]
    told: Told = way("chat.send", {"text": "canary-words", "canary-field": 1}, token)
    assert told[0] == 400
    logs = [path.read_text() for path in tmp_path.parent.glob("functions*/*.log")]
    lines = [json.loads(line) for log in logs for line in log.splitlines()]
    assert {line["event"] for line in lines} == {"request"}
    assert not any("canary" in log or token in log for log in logs)
