"""What an event by callFunction may look like, and what it may pass itself off as."""

from __future__ import annotations

import json
from typing import Any

import pytest

import nlp
from cloudfunctions.app import REGISTRY
from cloudfunctions.common.errors import HOTLINES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells import BODY_MAXIMUM, answer_event
from tests.contract.ways import event

OddEvent = Any


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """A warm instance, with its reader loaded: these calls run in the process of the test."""
    nlp.load()


def refused(resources: Resources, asked: OddEvent, context: object = None) -> tuple[int, str]:
    """Status and code of an error, after looking at its shape."""
    answer = answer_event(REGISTRY, resources, asked, context, on_timer=_never)
    assert set(answer) == {"statusCode", "header", "data"}
    json.dumps(answer).encode("ascii")
    error = answer["data"]["error"]
    assert error["hint"].endswith(HOTLINES)
    return answer["statusCode"], error["code"]


def _never(_: Resources) -> dict[str, int]:
    raise AssertionError("no caller may sweep")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"action": None}, (400, "bad_request")),
        ({"action": 7}, (400, "bad_request")),
        ({"action": ["account.sign_in"]}, (400, "bad_request")),
        ({"action": ""}, (404, "not_found")),
        ({"action": "no.such"}, (404, "not_found")),
        ({"action": "a\x00b"}, (404, "not_found")),
        ({"body": None}, (400, "bad_request")),
        ({"body": []}, (400, "bad_request")),
        ({"body": "{}"}, (400, "bad_request")),
        ({"body": {}}, (400, "bad_request")),
        ({"body": {"device": "\ud800"}}, (400, "bad_request")),
        ({"body": {"\udfff": 1}}, (400, "bad_request")),
        ({"body": {"device": float("nan")}}, (400, "bad_request")),
        ({"body": {"device": 2**64}}, (400, "bad_request")),
        ({"body": {"device": b"x"}}, (400, "bad_request")),
        ({"body": {"device": "x" * BODY_MAXIMUM}}, (413, "too_large")),
        ({"token": 7}, (400, "bad_request")),
        ({"token": {"$gt": ""}}, (400, "bad_request")),
        ({"token": "x"}, (401, "unauthenticated")),
        ({"token": "x\r\ny"}, (401, "unauthenticated")),
    ],
)
def test_an_odd_event_gets_an_answer_in_the_one_shape(
    resources: Resources, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refused(resources, event("callfunction", **changed)) == expected


@pytest.mark.parametrize("asked", [None, [], "", "x", 7, {}, [{"action": "account.sign_in"}]])
def test_what_is_no_event_at_all_is_a_bad_request(resources: Resources, asked: OddEvent) -> None:
    assert refused(resources, asked) == (400, "bad_request")


def test_a_body_too_deep_is_a_bad_request(resources: Resources) -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    assert refused(resources, event("callfunction", body=deep)) == (400, "bad_request")


@pytest.mark.parametrize("added", ["userInfo", "tcbContext"])
@pytest.mark.parametrize("shape", ["timer", "http_access_scf", "http_access_cloudbase"])
def test_a_caller_cannot_make_it_look_like_a_timer_or_like_http(
    resources: Resources, shape: str, added: str
) -> None:
    asked = {**event(shape), added: {}}
    assert refused(resources, asked, event("timer_context")) == (400, "bad_request")


def test_what_stands_beside_action_body_and_token_changes_nothing(resources: Resources) -> None:
    plain = answer_event(REGISTRY, resources, event("callfunction"))
    more = {"role": "supervisor", "openid": "o" * 28, "headers": {"authorization": "Bearer x"}}
    answer = answer_event(REGISTRY, resources, event("callfunction", **more))
    assert answer["statusCode"] == 200
    assert answer["data"]["data"]["id"] == plain["data"]["data"]["id"]
    assert answer["data"]["data"]["role"] == "teen"
