"""Every action, from the registry: without a token, with a wrong role, and by a wrong door."""

from __future__ import annotations

import pytest
import requests

from cloudfunctions.common.function import Action
from cloudfunctions.common.identity import ANYONE, ROLES
from tests.attack.bodies import ACTIONS, GOOD, caller_for, is_our_error, raw, roles_for
from tests.support.copy import Copy
from tests.support.people import Caller

OPEN_TO_ANYONE = {
    *("account.sign_in", "account.join", "account.staff_sign_in"),
    *("account.wechat_sign_in", "account.staff_wechat_sign_in"),
    # What is drawn for teens is there before they have come in; it holds no secret.
    *("pages.open", "pages.manifest"),
}

every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: str(action.name))


def test_every_action_has_a_good_body_here() -> None:
    assert set(GOOD) == {action.name for action in ACTIONS}


def test_only_coming_in_and_looking_is_open_to_anyone() -> None:
    assert {action.name for action in ACTIONS if action.who == ANYONE} == OPEN_TO_ANYONE
    assert all("anyone" not in a.who for a in ACTIONS if a.name not in OPEN_TO_ANYONE)


@pytest.mark.parametrize(
    "action",
    [action for action in ACTIONS if action.name not in OPEN_TO_ANYONE],
    ids=lambda action: str(action.name),
)
@pytest.mark.usefixtures("nothing_changes")
class TestWhoMayNotCall:
    """The permission table, every cell of it that says no."""

    def test_without_a_token(self, running: Copy, action: Action) -> None:
        for body in (GOOD[action.name], {"nonsense": 1}):
            answer = Caller(running.address).post(action.name, body)
            is_our_error(answer, 401)

    def test_with_a_wrong_role(self, people: dict[str, Caller], action: Action) -> None:
        for role in set(ROLES) - action.who:
            is_our_error(people[role].post(action.name, GOOD[action.name]), 403)


@every_action
@pytest.mark.usefixtures("nothing_changes")
def test_a_field_of_the_body_gives_no_rights(people: dict[str, Caller], action: Action) -> None:
    for field in ("role", "seq", "risk", "openid", "teen", "staff", "id", "token", "_id", "by"):
        if field in action.request_type.__struct_fields__:
            continue
        body = {**GOOD[action.name], field: "supervisor"}
        is_our_error(caller_for(action, people).post(action.name, body), 400)


@every_action
@pytest.mark.usefixtures("nothing_changes")
def test_anything_but_post_is_refused(people: dict[str, Caller], action: Action) -> None:
    caller = people[roles_for(action)[0]]
    url = f"{caller.address}/api/{action.name}"
    for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE"):
        answer = caller.http.request(method, url, json=GOOD[action.name], timeout=10)
        is_our_error(answer, 405)
    assert caller.http.head(url, timeout=10).status_code == 405


@pytest.mark.parametrize(
    "name",
    ["no.such", "chat.enter2", "CHAT.ENTER", "chat", "chat.", "__class__", "a" * 2_000, "%00"],
)
def test_an_unknown_action_is_not_found(people: dict[str, Caller], name: str) -> None:
    for caller in (Caller(people["teen"].address), people["teen"], people["supervisor"]):
        is_our_error(caller.post(name), 404)


@pytest.mark.parametrize("path", ["/api", "/api/", "/nowhere", "/chat.enter", "/.git/config"])
def test_any_other_path_is_refused_in_the_one_shape(running: Copy, path: str) -> None:
    is_our_error(requests.post(f"{running.address}{path}", json={}, timeout=10), 404, 405)
    is_our_error(requests.get(f"{running.address}{path}", timeout=10), 404, 405)


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/html, application/json",
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_another_content_type_is_refused(people: dict[str, Caller], kind: str) -> None:
    # A browser sends these across origins without asking first, so they must not work.
    is_our_error(raw(people["teen"], "chat.enter", b"{}", Content_Type=kind), 415)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_an_encoded_body_is_refused(people: dict[str, Caller], coding: str) -> None:
    answer = raw(people["teen"], "chat.enter", b"{}", Content_Encoding=coding)
    is_our_error(answer, 415)
