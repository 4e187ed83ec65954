"""A listener who is not heard of any more: the talk goes back, and the teen is told kindly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.service import sweep
from tests.contract.crew import at_once, error_of, eventually, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


@pytest.fixture
def gone(staff: Staffing) -> Staff:
    """A listener who is about to vanish."""
    return staff("listener").available()


@pytest.fixture
def lost(running: Copy, gone: Staff, resources: Resources) -> Teen:
    """A teen whose listener's lease has just run out."""
    teen = waiting_teen(running.address)
    assert gone.take() is not None
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        past = {"$set": {"claim.lease_until": resources.now() - 1}}
        assert talks.update_one({"_id": teen.talk}, past).modified_count == 1
    return teen


def sweep_now(resources: Resources) -> int:
    """A sweep of the test's own; the copy's own may come before it and leave nothing to do."""
    with resources.database.deadline(10):
        return sweep(resources).returned


def test_a_lost_talk_waits_again_with_its_first_time(lost: Teen, resources: Resources) -> None:
    since = stored(resources, lost.talk).get("claim", {}).get("waiting_since")
    sweep_now(resources)
    document = stored(resources, lost.talk)
    assert "claim" not in document
    assert document["speaker"] == "ai"
    assert since in (None, document["waiting"]["since"])
    seen = lost.poll()
    assert seen["conversation"]["waiting"]["position"] == 1
    told = seen["messages"][-1]
    assert (told["from"], told["kind"]) == ("system", "notice")
    assert "不是你的错" in told["text"]


def test_who_vanished_has_the_place_free_and_the_talk_gone(
    lost: Teen, gone: Staff, resources: Resources
) -> None:
    sweep_now(resources)
    body = {"conversation": lost.talk, "cid": new_cid(), "text": "我回来了"}
    assert error_of(gone, "desk.send", body) == (404, "not_found")
    desk = gone.call("desk.poll", version="", after=0)
    assert (desk["me"]["talks"], desk["talks"]) == (0, [])


def test_eight_sweeps_at_once_return_a_talk_once(lost: Teen, resources: Resources) -> None:
    at_once(8, lambda _: sweep_now(resources))
    notices = [m for m in lost.transcript() if "不是你的错" in m["text"]]
    assert len(notices) == 1
    assert sweep_now(resources) == 0


def test_a_held_talk_is_left_alone(running: Copy, gone: Staff, resources: Resources) -> None:
    teen = waiting_teen(running.address)
    gone.take()
    before = stored(resources, teen.talk)
    sweep_now(resources)
    assert stored(resources, teen.talk) == before


def test_the_service_sweeps_by_itself(lost: Teen) -> None:
    eventually(lambda: lost.poll()["conversation"]["waiting"], seconds=10)
