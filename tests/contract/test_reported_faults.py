"""What users of other help services report as broken, one test a fault, each named after it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import (
    CALM,
    IMMINENT,
    at_once,
    error_of,
    eventually,
    stored,
    waiting_teen,
    window_of,
)
from tests.contract.passing import let_pass, lose_lease, sweep_now, texts
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Named = Callable[[str, str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


@pytest.fixture
def named(running: Copy, resources: Resources) -> Named:
    """Make a member of a role and a name who is on duty."""
    return lambda role, name: Staff(running.address, resources, role, name).available()


def offer(giver: Staff, talk: str, person: Staff, **wish: object) -> None:
    """Offer a talk; the list of who is here may be two seconds old, so it is tried again."""
    body = {"conversation": talk, "person": person.id, **wish}
    eventually(lambda: giver.post("desk.hand_over", body).status_code == 200)


def holders(resources: Resources) -> dict[str, list[str]]:
    """Who holds what, as the database has it: member → talks."""
    found: dict[str, list[str]] = {}
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations").find({"claim.by": {"$gt": ""}})
        for talk in talks:
            found.setdefault(talk["claim"]["by"], []).append(talk["_id"])
    return found


def test_two_agents_on_one_talk(running: Copy, named: Named, resources: Resources) -> None:
    """Six listeners in two windows each reach for two talks by every way there is, at once."""
    offered = waiting_teen(running.address)
    giver = named("listener", "阿青")
    assert giver.take() is not None
    members = [named("listener", f"第{number}位") for number in range(6)]
    offer(giver, offered.talk, members[0])
    waits = waiting_teen(running.address)

    def reach(number: int) -> set[tuple[str, str]]:
        member = members[number // 2]
        action = "desk.accept" if number < 2 else "desk.next"
        body = {"conversation": offered.talk} if number < 2 else {}
        answer = window_of(member).post(action, body)
        got = answer.json()["data"]["conversation"] if answer.status_code == 200 else None
        return set() if got is None else {(member.id, got["id"])}

    # The second window of whoever accepted is told the same again: still one person, one talk.
    taken: set[tuple[str, str]] = set().union(*at_once(12, reach))
    assert sorted(talk for _, talk in taken) == sorted([offered.talk, waits.talk])
    held = holders(resources)
    assert {(one, talk) for one, talks in held.items() for talk in talks} == taken
    for member in [giver, *members]:
        desk = member.call("desk.poll")
        assert [one["id"] for one in desk["talks"]] == held.get(member.id, [])
        assert desk["me"]["talks"] == len(desk["talks"])


def test_capacity_overrun_under_load(running: Copy, named: Named, resources: Resources) -> None:
    """One listener with a free place is given an offer and a queue in eight windows at once."""
    giver, member = named("counsellor", "林老师"), named("listener", "阿青")
    given = waiting_teen(running.address)
    assert giver.take() is not None
    for _ in range(6):
        waiting_teen(running.address)
    for _ in range(2):
        assert member.take() is not None
    offer(giver, given.talk, member)

    def reach(number: int) -> tuple[int, str]:
        action = "desk.accept" if number % 2 else "desk.next"
        body = {"conversation": given.talk} if number % 2 else {}
        answer = window_of(member).post(action, body)
        got = answer.json()["data"]["conversation"]["id"] if answer.status_code == 200 else ""
        return answer.status_code, got

    answers = at_once(8, reach)
    assert {status for status, _ in answers} <= {200, 404, 409}
    # Where the offer won, its other windows are told the same again; the place is one.
    assert len({talk for _, talk in answers if talk}) == 1
    assert len(holders(resources)[member.id]) == 3
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["load"], me["limit"]) == (3, 3, 3)


def test_a_talk_stuck_with_an_offline_agent(
    running: Copy, named: Named, resources: Resources
) -> None:
    gone = named("listener", "阿青")
    teen = waiting_teen(running.address)
    assert gone.take() is not None
    lose_lease(resources, teen.talk)
    # Nobody sweeps by hand: the service finds it by itself.
    view = eventually(lambda: waiting_view(teen), seconds=10)
    assert (view["speaker"], view["waiting"]["position"]) == ("ai", 1)
    taken = named("listener", "小舟").take()
    assert taken is not None
    assert taken["id"] == teen.talk


def waiting_view(teen: Teen) -> Body:
    """The talk as its teen sees it once it waits; nothing before."""
    view: Body = teen.poll()["conversation"]
    return view if view["waiting"] else {}


@pytest.mark.parametrize("how", ["close", "hand_over", "silence"])
def test_the_queue_drains_when_someone_comes_free(
    running: Copy, named: Named, resources: Resources, how: str
) -> None:
    """Whoever is full and comes free, in whatever way, is given the next one within seconds."""
    member = named("listener", "阿青")
    held = [waiting_teen(running.address) for _ in range(3)]
    for _ in held:
        assert member.take() is not None
    member.call("desk.status", status="available", automatic=True)
    member.say(held[0].talk, "我在听")
    next_one = waiting_teen(running.address)
    desk = member.call("desk.poll")
    assert next_one.talk not in [one["id"] for one in desk["talks"]], "the hands are full"
    window, counsellor = window_of(member), named("counsellor", "林老师")

    def act(number: int) -> list[str]:
        if number == 0:
            return listen(window, desk["version"], next_one.talk)
        time.sleep(0.5)
        come_free(member, held[0].talk, resources, how, counsellor)
        return []

    assert next_one.talk in at_once(2, act)[0]
    assert next_one.poll()["conversation"]["speaker"] == "listener"


def listen(window: Caller, version: str, wanted: str) -> list[str]:
    """Poll as the desk does, at most 12 seconds, until `wanted` is in hand."""
    found: list[str] = []
    end = time.monotonic() + 12
    while wanted not in found and time.monotonic() < end:
        desk = window.call("desk.poll", version=version, wait=5)
        version, found = desk["version"], [one["id"] for one in desk["talks"]]
    return found


def come_free(member: Staff, talk: str, resources: Resources, how: str, counsellor: Staff) -> None:
    """One of the three talks leaves the member's hands."""
    if how == "close":
        member.close(talk)
    elif how == "hand_over":
        offer(member, talk, counsellor)
        counsellor.call("desk.accept", conversation=talk)
    else:
        for minutes in (16, 31):
            let_pass(resources, talk, minutes)


def test_mobile_in_background_counted_as_offline(
    running: Copy, named: Named, resources: Resources
) -> None:
    """A listener looks something up in another app for four minutes, then answers."""
    member = named("listener", "阿青")
    teen = waiting_teen(running.address)
    assert member.take() is not None
    seq = teen.poll()["conversation"]["seq"]
    member.call("desk.background")
    for _ in range(4):
        let_pass(resources, teen.talk, 1, polling=False)
    seen = teen.poll(after=seq)
    assert (seen["conversation"]["speaker"], seen["messages"]) == ("listener", [])
    assert member.say(teen.talk, "我查到了")["conversation"]["mine"] is True
    assert member.call("desk.poll")["me"]["lost"] == []


def test_a_transfer_that_repeats_the_greeting_or_hangs_on_return(
    running: Copy, named: Named, resources: Resources
) -> None:
    """There and back again, twice: every person comes with one line, and nothing is left open."""
    giver, other = named("listener", "阿青"), named("counsellor", "林老师")
    teen = waiting_teen(running.address, "我和同桌吵架了")
    opening = [m["text"] for m in teen.transcript() if m["from"] == "ai"]
    assert giver.take() is not None
    for reason in ("在忙", "还在忙"):
        offer(giver, teen.talk, other)
        other.call("desk.decline", conversation=teen.talk, reason=reason)
        assert giver.say(teen.talk, "我在")["conversation"]["returned"]["reason"] == reason
    offer(giver, teen.talk, other)
    let_pass(resources, teen.talk, 2.1)
    assert giver.say(teen.talk, "还是我")["conversation"]["returned"]["reason"] == "没有回应"
    offer(giver, teen.talk, other)
    other.call("desk.accept", conversation=teen.talk)
    offer(other, teen.talk, giver)
    giver.call("desk.accept", conversation=teen.talk)
    told = teen.transcript()
    assert [m["text"] for m in told if m["from"] == "ai"] == opening, "no greeting again"
    came = [text for text in texts(told) if "来了，前面说的都看得到" in text]
    assert ["阿青" in text for text in came] == [True, False, True]
    document = stored(resources, teen.talk)
    assert not {"offer", "waiting", "returned"} & set(document)
    loads = [member.call("desk.poll")["me"]["talks"] for member in (giver, other)]
    assert loads == [1, 0]


def test_a_waiting_talk_is_invisible(running: Copy, named: Named, resources: Resources) -> None:
    """Whoever waits, for whatever reason, is on the desk; and waiting too long is an alarm."""
    members = [named("listener", f"第{number}位") for number in range(2)]
    held = [waiting_teen(running.address) for _ in members]
    for one in members:
        assert one.take() is not None
    asked = waiting_teen(running.address)
    grave = Teen(running.address)
    grave.send(IMMINENT)
    lost, handed = held
    lose_lease(resources, lost.talk)
    sweep_now(resources)
    members[1].call("desk.hand_over", conversation=handed.talk, tier="listener")
    counsellor, lead = named("counsellor", "林老师"), named("supervisor", "主管")
    expected = {asked.talk, grave.talk, lost.talk, handed.talk}
    for one in (counsellor, lead):
        queue = one.call("desk.poll")["queue"]
        assert {head["id"] for head in queue["heads"]} == expected
        assert queue["listener"] + queue["counsellor"] == 4
    let_pass(resources, asked.talk, 31)
    late = [a for a in lead.call("desk.poll")["alerts"] if a["conversation"] == asked.talk]
    assert [(a["kind"], a["owner"]) for a in late] == [("answer", "")]


def test_an_answer_stops_the_clock_of_a_waiting_talk(
    running: Copy, named: Named, resources: Resources
) -> None:
    """An alarm that rings although somebody answered teaches people not to listen to it."""
    member, lead = named("listener", "阿青"), named("supervisor", "主管")
    teen = waiting_teen(running.address)
    assert member.take() is not None
    assert member.call("desk.poll")["talks"][0]["answer_due"] is not None
    member.say(teen.talk, "我在")
    assert member.call("desk.poll")["talks"][0]["answer_due"] is None
    let_pass(resources, teen.talk, 31)
    assert lead.call("desk.poll")["alerts"] == []
    teen.send(CALM)
    due = member.call("desk.poll")["talks"][0]["answer_due"]
    assert 29 * MINUTE < due - resources.now() <= 30 * MINUTE


def test_abrupt_ending(running: Copy, named: Named, resources: Resources) -> None:
    """The length is told at the start, the end before it comes, and the last word is kind."""
    member = named("listener", "阿青")
    teen = waiting_teen(running.address)
    assert member.take() is not None
    view = teen.poll()["conversation"]
    assert "50分钟" in texts(teen.transcript())[-1]
    assert 49 * MINUTE < view["ends_at"] - resources.now() <= 50 * MINUTE
    member.say(teen.talk, "我在听")
    let_pass(resources, teen.talk, 41)
    said = texts(teen.transcript())
    assert sum("还有大约十分钟" in text for text in said) == 1
    assert sum("你还在吗" in text for text in said) == 1
    assert teen.poll()["conversation"]["state"] == "open"
    teen.send("在的，谢谢")
    let_pass(resources, teen.talk, 20)
    assert teen.poll()["conversation"]["state"] == "open", "nobody is cut off at the minute"
    member.close(teen.talk)
    assert "随时可以再来" in texts(teen.transcript())[-1]
    body = {"conversation": teen.talk, "cid": "c" * 12, "text": "还有一句"}
    assert error_of(teen, "chat.send", body) == (409, "closed")
    assert teen.call("chat.enter")["conversation"]["state"] == "open", "and the next one is there"


def test_unknown_wait(running: Copy, named: Named, resources: Resources) -> None:
    """Place and time are told, and move; where nobody could say honestly, no time is told."""
    member = named("listener", "阿青")
    for _ in range(3):
        done = waiting_teen(running.address)
        assert member.take() is not None
        member.close(done.talk)
    teens = [waiting_teen(running.address) for _ in range(3)]
    # The pace of the last hour may be ten seconds old.
    eventually(lambda: all(wait_of(teen)["minutes"] for teen in teens), seconds=15)
    waits = [wait_of(teen) for teen in teens]
    assert [wait["position"] for wait in waits] == [1, 2, 3]
    minutes = [wait["minutes"] for wait in waits]
    assert minutes == sorted(minutes)
    assert minutes[0] >= 1
    # Who is here may be two seconds old.
    eventually(lambda: teens[2].poll()["conversation"]["people_online"] == 1)
    assert member.take() is not None
    assert [wait_of(teen)["position"] for teen in teens[1:]] == [1, 2]
    member.call("desk.status", status="away")
    eventually(lambda: wait_of(teens[2])["minutes"] is None, seconds=15)
    eventually(lambda: teens[2].poll()["conversation"]["people_online"] == 0)


def wait_of(teen: Teen) -> Body:
    """Place and time as the teen sees them."""
    found: Body = teen.poll()["conversation"]["waiting"]
    return found


def test_having_to_tell_it_all_again(running: Copy, named: Named, resources: Resources) -> None:
    """From the AI to a listener, to a counsellor, lost, and back: everybody reads what was said."""
    said = ["我和同桌吵架了", "她把我的事告诉别人了", "我不想去学校"]
    teen = Teen(running.address)
    for text in said:
        teen.send(text)
    teen.call("chat.ask_person", conversation=teen.talk)
    first = named("listener", "阿青")
    knows(first.call("desk.next"), said)
    first.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note="先别问学校")
    second = named("counsellor", "林老师")
    assert knows(second.call("desk.next"), said)["note"] == "先别问学校"
    said.append("我妈还不知道")
    teen.send(said[-1])
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    third = named("counsellor", "周老师")
    assert knows(third.call("desk.next"), said)["note"] == "先别问学校"
    assert sum("不用再讲一遍" in text for text in texts(teen.transcript())) == 3


def knows(taken: Body, said: list[str]) -> Body:
    """Check that whoever took the talk has every word and a card of it; returns the talk."""
    assert texts(taken["messages"], "teen") == said
    card = taken["conversation"]["card"]
    assert card["happened"]
    assert set(card["quotes"]) <= set(said)
    talk: Body = taken["conversation"]
    return talk
