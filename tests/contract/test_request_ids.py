"""Every call has an id: in its answer, in each of its log lines, and what a person may read out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import flask
import pytest
import requests

from cloudfunctions.app import REGISTRY, create_app
from cloudfunctions.common.errors import HOTLINES
from cloudfunctions.common.function import Request, dispatch
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.telemetry import REQUEST_ID
from tests.contract.crew import CALM, at_once
from tests.support.copy import Copy
from tests.support.people import Caller, Teen, new_cid


def lines(running: Copy) -> list[dict[str, Any]]:
    """The service's log; each line is one JSON object."""
    return [json.loads(line) for line in running.log("service").splitlines()]


def lines_of(running: Copy, call: str) -> list[dict[str, Any]]:
    """The lines of one call."""
    return [line for line in lines(running) if line.get("request") == call]


def test_an_answer_tells_the_id_that_stands_in_the_log(running: Copy, teen: Teen) -> None:
    body = {"conversation": teen.talk, "cid": new_cid(), "text": CALM}
    good = teen.post("chat.send", body)
    bad = teen.post("chat.send", {**body, "text": ""})
    none = Caller(running.address).post("no.such", {})
    for answer, code in ((good, "ok"), (bad, "bad_request"), (none, "not_found")):
        call = answer.headers["X-Request-Id"]
        assert REQUEST_ID.fullmatch(call)
        assert call not in answer.text
        assert [line["code"] for line in lines_of(running, call)] == [code]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/chat.send", 405), ("GET", "/no-such-page", 404), ("PUT", "/healthz", 405)],
)
def test_what_is_no_call_has_one_where_it_fails(
    running: Copy, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, f"{running.address}{path}", timeout=5)
    assert answer.status_code == status
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


def test_the_id_of_the_door_is_kept(running: Copy) -> None:
    given = secrets.token_hex(16)
    answer = Caller(running.address).post("no.such", {}, headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
    assert len(lines_of(running, given)) == 1


def test_the_id_of_a_function_s_context_comes_first(resources: Resources) -> None:
    given = "6f1c2a9e-0b7d-4c1e-9f00-123456789abc"
    headers = {"x-request-id": secrets.token_hex(16)}
    answer = dispatch(REGISTRY, resources, Request("no.such", b"{}", headers, id=given))
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["oX7Qz_5sAbCdEfGhIjKlMnOpQrSt", "wo bu xiang huo le", "a" * 33, "A" * 32, "1,2"]
)
def test_no_other_word_gets_into_the_log_that_way(running: Copy, given: str) -> None:
    answer = Caller(running.address).post("no.such", {}, headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert given not in running.log("service")


def test_calls_at_once_on_kept_connections_keep_their_own(running: Copy) -> None:
    teens = [Teen(running.address) for _ in range(8)]

    def calls(number: int) -> list[str]:
        body = {"conversation": teens[number].talk, "after": 0, "wait": 0}
        found = [teens[number].post("chat.poll", body) for _ in range(10)]
        return [answer.headers["X-Request-Id"] for answer in found]

    ids = [call for found in at_once(8, calls) for call in found]
    assert len(set(ids)) == 80
    told = [line["request"] for line in lines(running) if line.get("action") == "chat.poll"]
    assert all(told.count(call) == 1 for call in ids)


@pytest.fixture
def broken(resources: Resources) -> Iterator[flask.Flask]:
    """The app without a database."""
    nobody = "mongodb://127.0.0.1:9/"
    app = create_app(replace(resources.settings, database_uri=nobody, request_seconds=0.3))
    yield app
    app.extensions["resources"].database.close()


def test_where_it_is_our_fault_a_person_can_say_which_call(broken: flask.Flask) -> None:
    answer = broken.test_client().post("/api/account.sign_in", json={"device": "d" * 32})
    call, hint = answer.headers["X-Request-Id"], answer.get_json()["error"]["hint"]
    assert answer.status_code == 503
    assert f"编号 {call[:8]} " in hint
    assert hint.endswith(HOTLINES)
