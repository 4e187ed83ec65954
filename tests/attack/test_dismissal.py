"""Who is dismissed is out within a second, by every action, in every worker and every shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from cloudfunctions.app import REGISTRY
from cloudfunctions.common.identity import ANYONE, STAFF
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells import answer_event
from tests.attack.bodies import ACTIONS, GOOD, is_our_error
from tests.contract.crew import at_once, window_of
from tests.support.people import Staff

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


def actions_of(role: str) -> list[str]:
    """What the role may call, and nobody without a name."""
    return [one.name for one in ACTIONS if role in one.who and one.who != ANYONE]


def by_event(resources: Resources, member: Staff, action: str) -> dict[str, Any]:
    """The call as an event function gets it, in a process of its own."""
    token = str(member.http.headers["Authorization"])
    headers = {"Content-Type": "application/json", "Authorization": token}
    path, body = f"/api/{action}", json.dumps(GOOD[action])
    event = {"httpMethod": "POST", "path": path, "headers": headers, "body": body}
    return answer_event(REGISTRY, resources, event)


@pytest.mark.parametrize("role", sorted(STAFF))
def test_every_action_refuses_them(staff: Staffing, resources: Resources, role: str) -> None:
    member, lead = staff(role), staff("coordinator")
    names = actions_of(role)
    assert len(names) >= 10
    lead.call("desk.dismiss", member=member.id)
    let_in = [name for name in names if member.post(name, GOOD[name]).status_code != 401]
    let_in += [n for n in names if by_event(resources, member, n)["statusCode"] != 401]
    assert let_in == []
    for name in ("account.staff_sign_in", "account.join"):
        body = {"device": member.device, "invitation": "AAAA-BBBB-CCCC", "name": "小雨"}
        wanted = {k: v for k, v in body.items() if name == "account.join" or k == "device"}
        is_our_error(member.post(name, wanted), 401)


def test_the_next_call_is_refused_in_every_worker_and_shell(
    staff: Staffing, resources: Resources
) -> None:
    member, lead = staff("counsellor").available(), staff("supervisor")
    windows = [window_of(member) for _ in range(16)]

    def look(number: int) -> requests.Response:
        return windows[number].post("desk.queue")

    assert {answer.status_code for answer in at_once(16, look)} == {200}
    assert by_event(resources, member, "desk.queue")["statusCode"] == 200
    lead.call("desk.dismiss", member=member.id)
    told = [answer.status_code for _ in range(4) for answer in at_once(16, look)]
    event = by_event(resources, member, "desk.queue")["statusCode"]
    assert {*told, event} == {401}
