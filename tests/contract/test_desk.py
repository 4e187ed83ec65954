"""The desk: who waits, who takes whom, and how a talk leaves a person's hands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

NOWHERE = "A" * 22
"""An id of the right form that no conversation has."""


@pytest.fixture
def listener(staff: Staffing) -> Staff:
    """A listener on duty, with no counsellor about."""
    return staff("listener").available()


def held(teen: Teen, member: Staff) -> Body:
    """Let `member` take the talk of `teen`, who is the only one waiting."""
    teen.call("chat.ask_person", conversation=teen.talk)
    claimed = member.take()
    assert claimed is not None
    assert claimed["id"] == teen.talk
    return claimed


def test_status_is_what_the_desk_then_shows(staff: Staffing) -> None:
    member = staff("listener")
    assert member.call("desk.poll", version="", after=0)["me"]["status"] == "away"
    shown = member.call("desk.status", status="available")["me"]
    assert shown == member.call("desk.poll", version="", after=0)["me"]
    assert (shown["status"], shown["talks"], shown["limit"]) == ("available", 0, 3)
    assert (shown["id"], shown["role"], shown["name"]) == (member.id, "listener", "小鹿")


def test_a_teen_sees_how_many_people_are_here(teen: Teen, staff: Staffing) -> None:
    assert teen.poll()["conversation"]["people_online"] >= 0
    staff("listener").available()
    eventually(lambda: teen.poll()["conversation"]["people_online"] == 1)


def test_the_queue_has_the_highest_level_first_and_then_who_came_first(
    running: Copy, staff: Staffing
) -> None:
    calm = [waiting_teen(running.address) for _ in range(2)]
    urgent = Teen(running.address)
    urgent.send(IMMINENT)
    late = waiting_teen(running.address)
    order = [urgent.talk, calm[0].talk, calm[1].talk, late.talk]
    member = staff("supervisor").available()
    queue = member.call("desk.queue")["queue"]
    assert [head["id"] for head in queue["heads"]] == order
    assert (queue["counsellor"], queue["listener"]) == (1, 3)
    for expected in order[:3]:
        claimed = member.take()
        assert claimed is not None
        assert claimed["id"] == expected


def test_a_queue_head_carries_no_word_of_the_teen(teen: Teen, staff: Staffing) -> None:
    teen.send(IMMINENT)
    answer = staff("counsellor").post("desk.queue")
    assert teen.talk in answer.text
    assert IMMINENT not in answer.text


def test_taking_a_talk_shows_it_whole_and_tells_the_teen(teen: Teen, listener: Staff) -> None:
    teen.send("我和同桌吵架了")
    teen.call("chat.ask_person", conversation=teen.talk)
    before = teen.transcript()
    answer = listener.call("desk.next")
    talk = answer["conversation"]
    assert (talk["mine"], talk["speaker"], talk["state"]) == (True, "listener", "open")
    assert [m["text"] for m in answer["messages"][:-1]] == [m["text"] for m in before]
    assert len(talk["suggestions"]) == 3
    assert all(talk["suggestions"])
    assert set(talk["card"]) == {"happened", "felt", "asked", "helped", "quotes"}
    seen = teen.poll(after=before[-1]["seq"])
    assert seen["conversation"]["speaker"] == "listener"
    assert seen["conversation"]["speaker_name"] == "小鹿"
    assert seen["conversation"]["waiting"] is None
    assert [(m["from"], m["kind"]) for m in seen["messages"]] == [("system", "notice")]


def test_staff_see_the_risk_of_each_message_of_the_teen(teen: Teen, staff: Staffing) -> None:
    teen.send(IMMINENT)
    shown = staff("counsellor").available().call("desk.next")["messages"]
    said = next(m for m in shown if m["from"] == "teen")
    assert said["risk"]["level"] == 3
    for reason in said["risk"]["reasons"]:
        assert 0 <= reason["start"] <= reason["end"] <= len(said["text"])


def test_nobody_waits_then_there_is_nothing_to_take(listener: Staff) -> None:
    assert listener.call("desk.next") == {"conversation": None, "messages": [], "more": False}


def test_two_members_never_get_one_talk(running: Copy, staff: Staffing) -> None:
    teens = {waiting_teen(running.address).talk for _ in range(6)}
    members = [staff("listener").available() for _ in range(8)]
    taken = at_once(8, lambda number: members[number].take())
    claimed = [talk["id"] for talk in taken if talk is not None]
    assert len(claimed) == len(set(claimed)) == 6
    assert set(claimed) == teens


def test_one_member_in_eight_windows_gets_no_more_than_three(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    for _ in range(5):
        waiting_teen(running.address)
    member = staff("listener").available()

    answers = at_once(8, lambda _: window_of(member).post("desk.next"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        assert talks.count_documents({"claim.by": member.id}) <= 3
        places = resources.database.collection("presence").find_one({"_id": member.id})
    assert places is not None
    held = member.call("desk.poll", version="", after=0)["talks"]
    assert sorted(place["id"] for place in places["talks"]) == sorted(one["id"] for one in held)


def test_a_fourth_talk_is_a_conflict_until_one_is_closed(running: Copy, listener: Staff) -> None:
    for _ in range(4):
        waiting_teen(running.address)
    talks = [listener.take() for _ in range(3)]
    assert error_of(listener, "desk.next", {}) == (409, "conflict")
    assert talks[0] is not None
    listener.close(talks[0]["id"])
    assert listener.take() is not None


def test_the_ai_is_silent_while_a_person_holds_the_talk(teen: Teen, listener: Staff) -> None:
    held(teen, listener)
    sent = teen.send(CALM, after=teen.poll()["conversation"]["seq"])
    assert [m["from"] for m in sent["messages"]] == ["teen"]
    said = listener.say(teen.talk, "我在呢，慢慢说")
    assert said["message"]["from"] == "listener"
    assert teen.transcript()[-1]["text"] == "我在呢，慢慢说"


def test_a_counsellor_speaks_as_counsellor(teen: Teen, staff: Staffing) -> None:
    for role in ("counsellor", "supervisor"):
        member = staff(role).available()
        held(teen, member)
        assert member.say(teen.talk, "你好")["message"]["from"] == "counsellor"
        assert teen.poll()["conversation"]["speaker"] == "counsellor"
        member.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note="")


def test_a_cid_of_staff_is_sent_once_too(teen: Teen, listener: Staff) -> None:
    held(teen, listener)
    cid = new_cid()
    first, second = listener.say(teen.talk, "我在", cid), listener.say(teen.talk, "我在", cid)
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["message"] == second["message"]
    body = {"conversation": teen.talk, "cid": cid, "text": "别的话"}
    assert error_of(listener, "desk.send", body) == (409, "conflict")
    body["text"] = " "
    assert error_of(listener, "desk.send", body) == (400, "bad_request")


def test_the_time_of_the_last_word_is_right_in_the_answer_to_it(
    teen: Teen, listener: Staff
) -> None:
    held(teen, listener)
    said = listener.say(teen.talk, "我在")
    assert said["conversation"]["last_at"] == said["message"]["at"]


def test_a_hand_over_keeps_note_and_card_and_waits_with_its_first_time(
    teen: Teen, listener: Staff, staff: Staffing, resources: Resources
) -> None:
    teen.send("我和同桌吵架了，有点烦")
    first = held(teen, listener)
    since = stored(resources, teen.talk)["claim"]["waiting_since"]
    body = {"conversation": teen.talk, "tier": "counsellor", "note": "家里的事，想慢慢说"}
    head = listener.call("desk.hand_over", **body)["conversation"]
    assert (head["tier"], head["waiting_since"]) == ("counsellor", since)
    waiting = teen.poll()["conversation"]
    assert (waiting["speaker"], waiting["speaker_name"]) == ("ai", "")
    assert waiting["waiting"]["since"] == since
    second = staff("counsellor").available().take()
    assert second is not None
    assert (second["id"], second["note"]) == (teen.talk, "家里的事，想慢慢说")
    assert second["card"] == first["card"]


def test_after_a_hand_over_the_ai_answers_again(teen: Teen, listener: Staff) -> None:
    held(teen, listener)
    listener.call("desk.hand_over", conversation=teen.talk, tier="listener", note="")
    sent = teen.send(CALM, after=teen.poll()["conversation"]["seq"])
    assert [m["from"] for m in sent["messages"]] == ["teen", "ai"]


def test_a_listener_is_offered_counsellor_talks_only_while_no_counsellor_is_free(
    teen: Teen, listener: Staff, staff: Staffing
) -> None:
    def offered() -> list[str]:
        heads = listener.call("desk.queue")["queue"]["heads"]
        return [head["id"] for head in heads]

    teen.send(IMMINENT)
    eventually(lambda: offered() == [teen.talk])
    counsellor = staff("counsellor").available()
    eventually(lambda: offered() == [])
    assert listener.take() is None
    counsellor.call("desk.status", status="away")
    eventually(lambda: offered() == [teen.talk])
    assert listener.take() is not None


def test_closing_twice_is_closing_once(teen: Teen, listener: Staff, resources: Resources) -> None:
    held(teen, listener)
    form = {
        "risk": "B",
        "topics": ["学业"],
        "actions": ["倾听"],
        "referral": "12356",
        "note": "约好明天再来",
    }
    first = listener.call("desk.close", conversation=teen.talk, form=form)
    second = listener.call("desk.close", conversation=teen.talk, form={"risk": "A"})
    assert first == second
    kept = stored(resources, teen.talk)["closing"]
    assert {name: kept[name] for name in form} == form
    seen = teen.poll()["conversation"]
    assert (seen["state"], seen["closed_by"], seen["waiting"]) == ("closed", "staff", None)
    body = {"conversation": teen.talk, "cid": new_cid(), "text": CALM}
    assert error_of(teen, "chat.send", body) == (409, "closed")
    me = listener.call("desk.poll", version="", after=0)["me"]
    assert me["talks"] == 0


@pytest.mark.parametrize("end", ["hand_over", "close"])
def test_a_former_holder_hears_what_a_stranger_hears(
    teen: Teen, listener: Staff, staff: Staffing, end: str
) -> None:
    held(teen, listener)
    if end == "close":
        listener.close(teen.talk)
    else:
        listener.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note="")
    stranger = staff("listener")
    calls: list[tuple[str, Body]] = [
        ("desk.send", {"cid": new_cid(), "text": "还在吗"}),
        ("desk.history", {"before": 5}),
        ("desk.hand_over", {"tier": "listener", "note": ""}),
    ]
    seq = teen.poll()["conversation"]["seq"]
    for action, body in calls:
        answers = {
            who.post(action, {"conversation": talk, **body}).content
            for who in (listener, stranger)
            for talk in (teen.talk, NOWHERE)
        }
        assert len(answers) == 1, f"{action} tells a former holder from a stranger"
        assert b'"not_found"' in answers.pop()
    polled = listener.call("desk.poll", version="", after=0, conversation=teen.talk)
    assert (polled["conversation"], polled["messages"]) == (None, [])
    assert teen.poll()["conversation"]["seq"] == seq


def test_history_gives_the_holder_what_stands_further_back(teen: Teen, listener: Staff) -> None:
    held(teen, listener)
    everything = teen.transcript()
    before = everything[2]["seq"]
    page = listener.call("desk.history", conversation=teen.talk, before=before)
    assert [m["text"] for m in page["messages"]] == [m["text"] for m in everything[:2]]
    assert not page["more"]
