"""Whoever owns an alert sees it and may open its talk, and not a moment longer."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, error_of, eventually, stored, waiting_teen
from tests.contract.passing import let_pass, texts
from tests.contract.test_alerts import acknowledged, first_alert, held_by, seconds_until_woken, seen
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

REASON = "已经电话联系上"


@pytest.fixture
def teen(running: Copy) -> Teen:
    """A teen whose words have just raised an alert, and whom nobody holds."""
    teen = Teen(running.address)
    teen.send(IMMINENT)
    return teen


@pytest.fixture
def owner(teen: Teen, running: Copy, resources: Resources) -> Staff:
    """A counsellor who owns the alert and does not hold the talk."""
    member = Staff(running.address, resources, "counsellor", "小林").available()
    acknowledged(member, teen.talk)
    return member


@pytest.fixture
def holder(owner: Staff, teen: Teen, running: Copy, resources: Resources) -> Staff:
    """Another counsellor who has taken the talk meanwhile; the alert stays with its owner."""
    member = Staff(running.address, resources, "counsellor", "小鹿").available()
    taken = member.take()
    assert taken is not None
    assert taken["id"] == teen.talk
    return member


def opened(member: Staff, teen: Teen) -> Body | None:
    """The talk as the member's poll opens it; None where it does not."""
    found: Body | None = member.call("desk.poll", conversation=teen.talk)["conversation"]
    return found


def is_shut_out(member: Staff, teen: Teen) -> bool:
    """Whether the talk is to the member as one that does not exist."""
    bodies: dict[str, Body] = {
        "desk.send": {"cid": new_cid(), "text": "我在"},
        "desk.history": {"before": 9},
        "desk.hand_over": {"tier": "counsellor"},
        "desk.set_risk": {"level": 3, "reason": "听出来的"},
    }
    for action, more in bodies.items():
        own = member.post(action, {"conversation": teen.talk, **more})
        other = member.post(action, {"conversation": "A" * 22, **more})
        assert (own.status_code, own.content) == (404, other.content), action
    return opened(member, teen) is None


# Seen


def test_a_listener_who_holds_a_talk_sees_the_alert_of_it_and_closes_it_with_the_talk(
    running: Copy, staff: Staffing
) -> None:
    listener, other = staff("listener").available(), staff("listener").available()
    teen = held_by(running, listener)
    assert seconds_until_woken(listener, lambda: teen.send(IMMINENT)) <= 1
    (shown,) = seen(listener)
    assert (shown["conversation"], shown["id"], shown["mine"]) == (teen.talk, "risk1", True)
    assert seen(other) == []
    body = {"conversation": teen.talk, "alert": "risk1", "reason": REASON}
    assert error_of(listener, "desk.close_alert", body) == (403, "forbidden")
    talk = opened(listener, teen)
    assert talk is not None
    assert (talk["mine"], talk["watching"]) == (True, False)
    listener.close(teen.talk, risk="E")
    assert seen(listener) == []


def test_an_owner_sees_theirs_however_many_are_older(
    owner: Staff, teen: Teen, resources: Resources
) -> None:
    document = stored(resources, teen.talk)
    with resources.database.deadline(20):
        older = [_older(document, number) for number in range(100)]
        resources.database.collection("conversations").insert_many(older)
    assert [one["conversation"] for one in seen(owner) if one["mine"]] == [teen.talk]


def _older(document: object, number: int) -> Body:
    """A talk of somebody else's with an older alert that nobody owns."""
    found = dict(document)  # type: ignore[call-overload]
    (alert,) = found["alerts"]
    free = {name: value for name, value in alert.items() if name not in ("owner", "owned_at")}
    old = {**free, "at": alert["at"] - 1_000 - number}
    found |= {"_id": secrets.token_urlsafe(16), "teen": secrets.token_urlsafe(16)}
    found |= {"alerts": [old], "alarmed": old["at"]}
    for name in ("owners", "due", "waiting"):
        found.pop(name, None)
    return dict(found)


# Opened


def test_who_owns_no_alert_of_it_does_not_get_in(
    owner: Staff, teen: Teen, staff: Staffing, resources: Resources
) -> None:
    version = stored(resources, teen.talk)["version"]
    for role in ("counsellor", "supervisor", "listener"):
        assert is_shut_out(staff(role).available(), teen)
    assert stored(resources, teen.talk)["version"] == version
    assert opened(owner, teen) is not None


def test_its_owner_reads_it_and_writes_in_it_though_nobody_holds_it(
    owner: Staff, teen: Teen, resources: Resources
) -> None:
    desk = owner.call("desk.poll", conversation=teen.talk)
    assert (desk["conversation"]["mine"], desk["conversation"]["watching"]) == (False, True)
    assert IMMINENT in [one["text"] for one in desk["messages"]]
    assert (desk["talks"], desk["me"]["load"]) == ([], 0)
    assert owner.call("desk.history", conversation=teen.talk, before=3)["messages"]
    seq = teen.poll()["conversation"]["seq"]
    sent = owner.say(teen.talk, "我是小林，我看到了")
    assert sent["conversation"]["watching"] is True
    heard = teen.poll(after=seq)
    assert texts(heard["messages"], "counsellor") == ["我是小林，我看到了"]
    assert heard["conversation"]["waiting"] is not None, "the place in the queue stays"
    raised = owner.call("desk.set_risk", conversation=teen.talk, level=2, reason="约好了明天")
    assert raised["conversation"]["level"] == 2
    assert stored(resources, teen.talk)["waiting"]["tier"] == "counsellor"


def test_while_its_owner_writes_the_ai_leaves_it_to_them_and_not_for_long(
    owner: Staff, teen: Teen, resources: Resources
) -> None:
    assert _answered_by(teen) == ["ai"]
    owner.say(teen.talk, "我是小林，我看到了")
    assert _answered_by(teen) == []
    assert stored(resources, teen.talk)["clocks"]["unanswered"], "a person's answer is due"
    let_pass(resources, teen.talk, 5.1)
    assert _answered_by(teen) == ["ai"], "nobody is left alone"


def _answered_by(teen: Teen) -> list[str]:
    seq = teen.poll()["conversation"]["seq"]
    sent = teen.send(CALM, after=seq)["messages"]
    return [one["from"] for one in sent if one["from"] != "teen"]


def test_a_word_of_the_teen_wakes_an_owner_who_has_it_open(owner: Staff, teen: Teen) -> None:
    first = owner.call("desk.poll", conversation=teen.talk)
    assert seconds_until_woken(owner, lambda: teen.send("在吗")) <= 1
    after = first["conversation"]["seq"]
    news = owner.call("desk.poll", conversation=teen.talk, after=after)["messages"]
    assert news[0]["text"] == "在吗"


def test_its_owner_is_in_it_beside_whoever_holds_it(
    owner: Staff, holder: Staff, teen: Teen, resources: Resources
) -> None:
    talk = opened(owner, teen)
    assert talk is not None
    assert (talk["holder"], talk["mine"], talk["watching"]) == ("小鹿", False, True)
    owner.say(teen.talk, "小鹿，我也在")
    both = holder.call("desk.poll", conversation=teen.talk)["messages"]
    assert both[-1]["text"] == "小鹿，我也在"
    form = {"conversation": teen.talk, "form": {"risk": "A"}}
    assert error_of(owner, "desk.close", form) == (404, "not_found"), "its holder ends it"
    leaving = {"conversation": teen.talk}
    assert error_of(owner, "desk.leave_talk", leaving) == (404, "not_found")
    assert stored(resources, teen.talk)["participants"] == [holder.id]


# Given away


def test_its_owner_gives_it_to_a_queue_though_somebody_else_holds_it(
    owner: Staff, holder: Staff, teen: Teen, staff: Staffing, resources: Resources
) -> None:
    since = stored(resources, teen.talk)["claim"]["waiting_since"]
    owner.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note="换个人看看")
    document = stored(resources, teen.talk)
    assert "claim" not in document
    assert (document["waiting"]["tier"], document["waiting"]["since"]) == ("counsellor", since)
    assert "owner" not in first_alert(resources, teen.talk), "given away with the talk"
    eventually(lambda: holder.call("desk.poll")["me"]["lost"] == [teen.talk])
    assert holder.call("desk.poll")["me"]["load"] == 0
    assert is_shut_out(owner, teen)
    taker = staff("supervisor").available()
    taken = taker.take()
    assert taken is not None
    assert (taken["id"], taken["note"]) == (teen.talk, "换个人看看")
    assert first_alert(resources, teen.talk)["owner"] == taker.id


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_its_owner_offers_it_to_a_person(
    owner: Staff,
    teen: Teen,
    request: pytest.FixtureRequest,
    staff: Staffing,
    resources: Resources,
    *,
    held: bool,
    warm: bool,
) -> None:
    there: Staff | None = request.getfixturevalue("holder") if held else None
    taker = staff("counsellor").available()
    body = {"conversation": teen.talk, "person": taker.id, "warm": warm, "note": "她信得过你"}
    eventually(lambda: owner.post("desk.hand_over", body).status_code == 200)
    (offer,) = taker.call("desk.poll")["offers"]
    assert (offer["by_name"], offer["note"]) == ("小林", "她信得过你")
    taker.call("desk.accept", conversation=teen.talk)
    document = stored(resources, teen.talk)
    assert document["claim"]["by"] == taker.id
    assert "waiting" not in document
    if warm:
        assert first_alert(resources, teen.talk)["owner"] == owner.id
        assert opened(owner, teen) is not None
    else:
        assert first_alert(resources, teen.talk)["owner"] == taker.id
        assert is_shut_out(owner, teen)
    if there is not None:
        stays = [taker.id, there.id] if warm else [taker.id]
        assert document["participants"] == stays
        lost = [] if warm else [teen.talk]
        eventually(lambda: there.call("desk.poll")["me"]["lost"] == lost)
        assert there.call("desk.poll")["me"]["talks"] == int(warm)


def test_it_is_not_offered_to_who_holds_it(owner: Staff, holder: Staff, teen: Teen) -> None:
    body = {"conversation": teen.talk, "person": holder.id}
    eventually(lambda: "手上" in owner.post("desk.hand_over", body).json()["error"]["message"])
    assert holder.call("desk.poll")["offers"] == []


# Over at once


@pytest.mark.parametrize(
    ("end", "held"),
    [
        *itertools.product(("closed", "closed by another", "stale", "shift"), (False, True)),
        ("talk closed", True),
    ],
)
def test_with_the_alert_the_right_ends_at_once(
    owner: Staff,
    teen: Teen,
    request: pytest.FixtureRequest,
    staff: Staffing,
    resources: Resources,
    end: str,
    *,
    held: bool,
) -> None:
    there: Staff | None = request.getfixturevalue("holder") if held else None
    assert opened(owner, teen) is not None
    body = {"conversation": teen.talk, "alert": "risk1", "reason": REASON}
    if end == "closed":
        owner.call("desk.close_alert", **body)
    elif end == "closed by another":
        staff("supervisor").call("desk.close_alert", **body)
    elif end == "stale":
        let_pass(resources, teen.talk, 15.1)
    elif end == "shift":
        owner.call("desk.end_shift")
    else:
        assert there is not None
        there.close(teen.talk)
    assert is_shut_out(owner, teen)


@pytest.mark.parametrize("end", ["closed", "shift"])
def test_an_offer_falls_with_the_alert_of_who_made_it(
    owner: Staff, holder: Staff, teen: Teen, staff: Staffing, resources: Resources, end: str
) -> None:
    asked = staff("counsellor").available()
    body = {"conversation": teen.talk, "person": asked.id}
    eventually(lambda: owner.post("desk.hand_over", body).status_code == 200)
    assert len(asked.call("desk.poll")["offers"]) == 1
    if end == "closed":
        owner.call("desk.close_alert", conversation=teen.talk, alert="risk1", reason=REASON)
    else:
        owner.call("desk.end_shift")
    assert asked.call("desk.poll")["offers"] == []
    assert error_of(asked, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")
    assert stored(resources, teen.talk)["claim"]["by"] == holder.id


def test_an_alert_of_one_talk_opens_no_other(owner: Staff, running: Copy) -> None:
    assert is_shut_out(owner, waiting_teen(running.address))
