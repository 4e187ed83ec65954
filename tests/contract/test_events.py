"""The same actions through the events of a cloud function; one JSON file a trigger shape."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import nlp
from cloudfunctions.app import REGISTRY
from cloudfunctions.common.errors import HOTLINES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells import BODY_MAXIMUM, answer_event
from tests.contract.crew import CALM
from tests.support.people import Body, Teen, new_cid

EVENTS = Path(__file__).parents[1] / "events"
POSTS = ("http_access_scf", "http_access_cloudbase", "http_access_base64")

Event = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """A warm instance, with its reader loaded: these calls run in the process of the test."""
    nlp.load()


def event(name: str, **changed: Any) -> Event:
    """The event of a file, with some fields changed."""
    return {**json.loads((EVENTS / f"{name}.json").read_text("utf-8")), **changed}


def for_action(name: str, action: str, body: Body, teen: Teen) -> Event:
    """The event of a file as `teen` would cause it by calling `action`."""
    found = event(name)
    content = json.dumps(body, ensure_ascii=False)
    if found.get("isBase64Encoded"):
        content = base64.b64encode(content.encode()).decode()
    found["headers"]["Authorization"] = str(teen.http.headers["Authorization"])
    found["path"] = f"{found['path'].rpartition('/')[0]}/{action}"
    return {**found, "body": content}


def refused(answer: Event) -> tuple[int, str]:
    """Status and code of an error answer, after looking at its shape."""
    error = json.loads(answer["body"])["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["hint"].endswith(HOTLINES)
    return answer["statusCode"], error["code"]


@pytest.mark.parametrize("name", POSTS)
def test_a_teen_comes_in_and_speaks(name: str, teen: Teen, resources: Resources) -> None:
    came_in = answer_event(REGISTRY, resources, event(name))
    assert came_in["statusCode"] == 200
    assert came_in["headers"]["Cache-Control"] == "no-store"
    assert came_in["isBase64Encoded"] is False
    assert json.loads(came_in["body"])["data"]["role"] == "teen"
    body = {"conversation": teen.talk, "cid": new_cid(), "text": f"{CALM}😀"}
    said = answer_event(REGISTRY, resources, for_action(name, "chat.send", body, teen))
    assert said["statusCode"] == 200
    assert json.loads(said["body"])["data"]["message"]["text"] == f"{CALM}😀"
    assert teen.transcript()[-2]["text"] == f"{CALM}😀", "HTTP and event share one talk"


def test_every_event_file_is_tried() -> None:
    names = {path.stem for path in EVENTS.glob("http_access_*.json")}
    assert names == {*POSTS, "http_access_get"}


def test_only_post_is_answered(resources: Resources) -> None:
    found = refused(answer_event(REGISTRY, resources, event("http_access_get")))
    assert found == (405, "method_not_allowed")


@pytest.mark.parametrize("name", POSTS)
def test_no_token_is_refused_here_too(name: str, teen: Teen, resources: Resources) -> None:
    asked = for_action(name, "chat.enter", {}, teen)
    del asked["headers"]["Authorization"]
    assert refused(answer_event(REGISTRY, resources, asked)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"body": None}, (400, "bad_request")),
        ({"body": ""}, (400, "bad_request")),
        ({"body": {"device": "x"}}, (400, "bad_request")),
        ({"body": "\ud800"}, (400, "bad_request")),
        ({"body": "===", "isBase64Encoded": True}, (400, "bad_request")),
        ({"body": "好", "isBase64Encoded": True}, (400, "bad_request")),
        ({"body": "x" * (BODY_MAXIMUM + 1)}, (413, "too_large")),
        ({"headers": None}, (415, "unsupported_media_type")),
        ({"headers": {}}, (415, "unsupported_media_type")),
        ({"path": "/api/no.such"}, (404, "not_found")),
        ({"path": ""}, (404, "not_found")),
        ({"path": None}, (404, "not_found")),
        ({"httpMethod": None}, (405, "method_not_allowed")),
        ({"httpMethod": "post"}, (405, "method_not_allowed")),
    ],
)
def test_an_odd_event_gets_an_answer_in_the_one_shape(
    resources: Resources, changed: Event, expected: tuple[int, str]
) -> None:
    asked = event("http_access_cloudbase", **changed)
    assert refused(answer_event(REGISTRY, resources, asked)) == expected


@pytest.mark.parametrize("context", [None, {}, {"sourceIp": None}, {"sourceIp": 7}])
def test_an_event_without_an_address_is_served(resources: Resources, context: Event) -> None:
    asked = event("http_access_scf", requestContext=context)
    assert answer_event(REGISTRY, resources, asked)["statusCode"] == 200
