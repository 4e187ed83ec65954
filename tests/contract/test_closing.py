"""How a talk ends: by either side or by silence, never without a word, and nobody is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cloudfunctions.chat.closing import DAY
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
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

IN_A_DAY = {"risk": "D", "follow_up_days": 1, "follow_up_note": "问问药的事"}


@pytest.fixture
def member(staff: Staffing) -> Staff:
    """A listener on duty."""
    return staff("listener").available()


@pytest.fixture
def teen(running: Copy, member: Staff) -> Teen:
    """A teen in the listener's hands."""
    return in_hand(running, member)


def in_hand(running: Copy, member: Staff, text: str = CALM) -> Teen:
    """A teen whom `member` has just taken."""
    teen = waiting_teen(running.address, text)
    claimed = member.take()
    assert claimed is not None
    assert claimed["id"] == teen.talk
    return teen


def close(member: Staff, talk: str, **form: object) -> Body:
    """End a talk with this form."""
    head: Body = member.call("desk.close", conversation=talk, form=form)["conversation"]
    return head


def planned(member: Staff) -> list[str]:
    """Whom the member's list says to look after again."""
    return [one["conversation"] for one in member.call("desk.follow_ups")["follow_ups"]]


def ended_by_silence(teen: Teen, member: Staff, resources: Resources) -> None:
    """Let the teen be asked kindly after their silence, and the talk end when they stay silent."""
    member.say(teen.talk, "我在听")
    for minutes in (16, 31):
        let_pass(resources, teen.talk, minutes)
    assert teen.poll()["conversation"]["closed_by"] == "silence"


# By either side


def test_the_holder_ends_it_with_a_word_and_everybody_is_free(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    seq = teen.poll()["conversation"]["seq"]
    close(member, teen.talk, risk="A", note="约好下周再来")
    seen = teen.poll(after=seq)
    assert (seen["conversation"]["state"], seen["conversation"]["closed_by"]) == ("closed", "staff")
    (told,) = texts(seen["messages"])
    assert "谢谢你愿意说" in told
    desk = member.call("desk.poll", conversation=teen.talk)
    assert (desk["me"]["talks"], desk["me"]["load"], desk["talks"]) == (0, 0, [])
    assert not {"claim", "participants", "guests", "offer", "waiting"} & set(
        stored(resources, teen.talk)
    )


def test_the_teen_goes_while_somebody_is_there_and_it_stays_open_for_them(
    teen: Teen, member: Staff
) -> None:
    left = teen.call("chat.leave", conversation=teen.talk)["conversation"]
    assert left["state"] == "open"
    desk = member.call("desk.poll", conversation=teen.talk)
    assert desk["conversation"]["teen_left"] is True
    assert desk["conversation"]["mine"] is True
    close(member, teen.talk, risk="B")
    assert teen.poll()["conversation"]["closed_by"] == "staff"


def test_the_teen_ends_it_while_waiting(running: Copy, staff: Staffing) -> None:
    teen = waiting_teen(running.address)
    left = teen.call("chat.leave", conversation=teen.talk)["conversation"]
    assert (left["state"], left["closed_by"], left["waiting"]) == ("closed", "teen", None)
    assert staff("listener").available().take() is None


def test_an_end_closes_every_alert(running: Copy, member: Staff, resources: Resources) -> None:
    teen = in_hand(running, member)
    teen.send(IMMINENT)
    close(member, teen.talk, risk="E", follow_up_days=1)
    document = stored(resources, teen.talk)
    (alert,) = document["alerts"]
    assert (alert["closed_by"], alert["reason"]) == (member.id, "closing E")
    assert "alarmed" not in document


def test_guests_are_free_too(running: Copy, teen: Teen, member: Staff, staff: Staffing) -> None:
    other = staff("counsellor").available()
    member.call("desk.hand_over", conversation=teen.talk, tier="counsellor", warm=True)
    assert other.take() is not None
    close(other, teen.talk, risk="A")
    for one in (member, other):
        desk = one.call("desk.poll")
        assert (desk["me"]["talks"], desk["me"]["load"], desk["talks"]) == (0, 0, [])
    form = {"conversation": teen.talk, "form": {"risk": "B"}}
    assert error_of(member, "desk.close", form) == (404, "not_found")


# The form


@pytest.mark.parametrize("risk", ["A", "B"])
def test_a_calm_end_needs_no_follow_up(
    teen: Teen, member: Staff, resources: Resources, risk: str
) -> None:
    close(member, teen.talk, risk=risk)
    document = stored(resources, teen.talk)
    assert document["closing"]["risk"] == risk
    assert "follow_up" not in document


@pytest.mark.parametrize(("risk", "latest"), [("C", 14), ("D", 7), ("E", 3)])
def test_a_grave_end_needs_a_follow_up_in_time(
    teen: Teen, member: Staff, resources: Resources, risk: str, latest: int
) -> None:
    before = stored(resources, teen.talk)["version"]
    for days in (None, latest + 1, 60):
        body = {"conversation": teen.talk, "form": {"risk": risk, "follow_up_days": days}}
        assert error_of(member, "desk.close", body) == (400, "bad_request")
    assert stored(resources, teen.talk)["version"] == before
    assert teen.poll()["conversation"]["state"] == "open"
    close(member, teen.talk, risk=risk, follow_up_days=latest, follow_up_note="再看看")
    document = stored(resources, teen.talk)
    plan = document["follow_up"]
    assert plan["due_at"] == document["closed_at"] + latest * DAY
    assert (plan["tier"], plan["note"], plan["by"]) == ("counsellor", "再看看", member.id)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"risk": "F"},
        {"risk": "a"},
        {"risk": "A", "follow_up_days": -1},
        {"risk": "A", "follow_up_days": 61},
        {"risk": "A", "by": "me"},
        {"risk": "A", "note": "长" * 501},
        {"risk": "A", "topics": ["题"] * 21},
    ],
)
def test_a_form_that_is_none_changes_nothing(teen: Teen, member: Staff, form: Body) -> None:
    body = {"conversation": teen.talk, "form": form}
    assert error_of(member, "desk.close", body) == (400, "bad_request")
    assert teen.poll()["conversation"]["state"] == "open"


def test_a_follow_up_survives_others_who_write_at_the_same_moment(
    running: Copy, member: Staff, resources: Resources
) -> None:
    """The form's write is then decided anew, and must be decided the same."""
    form = {"risk": "E", "follow_up_days": 3, "follow_up_note": "明天"}
    for _ in range(5):
        teen = in_hand(running, member)
        with written_all_the_time(resources, teen.talk):
            close(member, teen.talk, **form)
        document = stored(resources, teen.talk)
        assert document["closing"]["risk"] == "E"
        assert document["follow_up"]["note"] == "明天"


@contextmanager
def written_all_the_time(resources: Resources, talk: str) -> Iterator[None]:
    """Meanwhile somebody else counts the version up, with a breath in between now and then."""
    ended = threading.Event()

    def write() -> None:
        with resources.database.deadline(20):
            talks = resources.database.collection("conversations")
            for number in range(10_000):
                talks.update_one({"_id": talk}, {"$inc": {"version": 1}})
                if number % 5 == 4 and ended.wait(0.01):
                    return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_words_that_meet_the_end_are_kept_or_refused(teen: Teen, member: Staff) -> None:
    cids = [new_cid() for _ in range(6)]

    def act(number: int) -> int:
        if number == 6:
            body: Body = {"conversation": teen.talk, "form": {"risk": "A"}}
            return window_of(member).post("desk.close", body).status_code
        body = {"conversation": teen.talk, "cid": cids[number], "text": CALM}
        return window_of(teen).post("chat.send", body).status_code

    statuses = at_once(7, act)
    assert statuses[6] == 200
    kept = [m["cid"] for m in teen.transcript() if m["cid"] in cids]
    accepted = [cid for cid, status in zip(cids, statuses, strict=False) if status == 200]
    assert sorted(kept) == sorted(accepted)
    assert set(statuses) <= {200, 409}


# The two questions


def test_the_two_questions_are_answered_once_each(teen: Teen, resources: Resources) -> None:
    def answer(when: str, hard: int) -> list[str]:
        body = {"when": when, "hard": hard, "heard": 3}
        view = teen.call("chat.survey", conversation=teen.talk, **body)["conversation"]
        found: list[str] = view["surveyed"]
        return found

    assert answer("before", 5) == ["before"]
    assert answer("before", 4) == ["before"]
    assert answer("after", 2) == ["after", "before"]
    kept = stored(resources, teen.talk)["survey"]
    assert (kept["before"]["hard"], kept["after"]["hard"]) == (4, 2)
    assert (kept["before"]["heard"], kept["after"]["heard"]) == (3, 3)


def test_they_can_be_answered_after_the_end_and_add_no_word(teen: Teen, member: Staff) -> None:
    close(member, teen.talk, risk="A")
    before = teen.transcript()
    answers = {"when": "after", "hard": 2, "heard": 5}
    seen = teen.call("chat.survey", conversation=teen.talk, **answers)["conversation"]
    assert (seen["state"], seen["surveyed"]) == ("closed", ["after"])
    assert teen.transcript() == before


@pytest.mark.parametrize(
    "answers",
    [
        {"when": "during", "hard": 1, "heard": 1},
        {"when": "after", "hard": 0, "heard": 1},
        {"when": "after", "hard": 1, "heard": 6},
        {"when": "after", "hard": 1},
        {"when": "after", "hard": "1", "heard": 1},
    ],
)
def test_an_answer_is_one_of_five(teen: Teen, resources: Resources, answers: Body) -> None:
    body = {"conversation": teen.talk, **answers}
    assert error_of(teen, "chat.survey", body) == (400, "bad_request")
    assert "survey" not in stored(resources, teen.talk)


def test_another_teen_answers_nothing_here(running: Copy, teen: Teen, resources: Resources) -> None:
    body = {"conversation": teen.talk, "when": "after", "hard": 1, "heard": 1}
    assert error_of(Teen(running.address), "chat.survey", body) == (404, "not_found")
    assert "survey" not in stored(resources, teen.talk)


# By silence


def test_who_falls_silent_is_asked_kindly_before_it_ends(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    member.say(teen.talk, "我在听")
    seq = teen.poll()["conversation"]["seq"]
    let_pass(resources, teen.talk, 16)
    seen = teen.poll(after=seq)
    assert seen["conversation"]["state"] == "open"
    (asked,) = texts(seen["messages"])
    assert "还在吗" in asked
    let_pass(resources, teen.talk, 31)
    seen = teen.poll(after=seq + 1)
    assert (seen["conversation"]["state"], seen["conversation"]["closed_by"]) == (
        "closed",
        "silence",
    )
    assert "随时回来" in texts(seen["messages"])[-1]
    eventually(lambda: member.call("desk.poll")["me"]["talks"] == 0)


def test_who_answers_in_time_is_not_ended(teen: Teen, member: Staff, resources: Resources) -> None:
    member.say(teen.talk, "我在听")
    let_pass(resources, teen.talk, 16)
    teen.send("在的")
    member.say(teen.talk, "好，慢慢来")
    let_pass(resources, teen.talk, 31)
    assert teen.poll()["conversation"]["state"] == "open"


def test_the_form_of_a_talk_that_ended_by_silence_is_its_last_holders(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    ended_by_silence(teen, member, resources)
    stranger = staff("listener")
    body = {"conversation": teen.talk, "form": IN_A_DAY}
    assert error_of(stranger, "desk.close", body) == (404, "not_found")
    seq = teen.poll()["conversation"]["seq"]
    close(member, teen.talk, **IN_A_DAY)
    close(member, teen.talk, risk="A")
    document = stored(resources, teen.talk)
    assert (document["closing"]["risk"], document["closed_by"]) == ("D", "silence")
    assert planned(member) == [teen.talk]
    assert teen.poll()["conversation"]["seq"] == seq, "the teen is not told twice"


# Looking after them again


def test_a_follow_up_shows_when_its_day_comes(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    close(member, teen.talk, risk="C", follow_up_days=14, follow_up_note="下周问药")
    counsellor = staff("counsellor")
    assert planned(counsellor) == planned(member) == []
    let_pass(resources, teen.talk, 7 * 24 * 60 - 1)
    assert planned(counsellor) == planned(member) == []
    let_pass(resources, teen.talk, 1)
    (shown,) = counsellor.call("desk.follow_ups")["follow_ups"]
    assert (shown["conversation"], shown["risk"], shown["note"]) == (teen.talk, "C", "下周问药")
    assert shown["open"] is False
    assert 6 * DAY < shown["due_at"] - resources.now() <= 7 * DAY
    let_pass(resources, teen.talk, 30 * 24 * 60)
    assert planned(counsellor) == [teen.talk], "overdue it is not forgotten"


def test_a_listener_sees_only_their_own(
    running: Copy, teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    other = staff("listener").available()
    theirs = in_hand(running, other)
    close(other, theirs.talk, **IN_A_DAY)
    assert (planned(member), planned(other)) == ([teen.talk], [theirs.talk])
    assert planned(staff("counsellor")) == [teen.talk, theirs.talk]
    body = {"conversation": teen.talk, "reason": "联系上了"}
    assert error_of(other, "desk.follow_up_done", body) == (404, "not_found")
    assert error_of(other, "desk.reopen", {"conversation": teen.talk}) == (404, "not_found")
    assert stored(resources, teen.talk)["state"] == "closed"
    assert other.call("desk.poll")["me"]["talks"] == 0


def test_done_it_is_kept_with_what_came_of_it(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    counsellor = staff("counsellor")
    body = {"conversation": teen.talk, "reason": "  "}
    assert error_of(counsellor, "desk.follow_up_done", body) == (400, "bad_request")
    assert planned(counsellor) == [teen.talk]
    body["reason"] = "和妈妈谈过了"
    assert counsellor.call("desk.follow_up_done", **body) == {"follow_ups": [], "more": False}
    assert planned(member) == []
    (done,) = stored(resources, teen.talk)["followed_up"]
    assert (done["outcome"], done["done_by"]) == ("和妈妈谈过了", counsellor.id)
    assert done["note"] == IN_A_DAY["follow_up_note"]
    assert error_of(counsellor, "desk.follow_up_done", body) == (404, "not_found")


def test_opened_again_the_teen_is_greeted_where_they_were(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    before = teen.transcript()
    counsellor = staff("counsellor").available()
    answer = counsellor.call("desk.reopen", conversation=teen.talk)
    assert (answer["conversation"]["mine"], answer["conversation"]["state"]) == (True, "open")
    seen = teen.call("chat.enter")
    view = seen["conversation"]
    assert (view["id"], view["state"], view["speaker"]) == (teen.talk, "open", "counsellor")
    assert (view["closed_by"], view["waiting"]) == (None, None)
    assert teen.transcript()[: len(before)] == before
    assert "再来看看你" in teen.transcript()[-1]["text"]
    (shown,) = counsellor.call("desk.follow_ups")["follow_ups"]
    assert (shown["open"], shown["risk"]) == (True, "D")
    assert counsellor.say(teen.talk, "这几天怎么样")["message"]["from"] == "counsellor"
    close(counsellor, teen.talk, risk="B")
    assert stored(resources, teen.talk)["closings"][0]["risk"] == "D"
    assert counsellor.call("desk.poll")["me"]["talks"] == 0


def test_a_listener_opens_their_own_again_and_once(
    teen: Teen, member: Staff, staff: Staffing
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    member.call("desk.reopen", conversation=teen.talk)
    another = staff("counsellor").available()
    assert error_of(another, "desk.reopen", {"conversation": teen.talk}) == (409, "conflict")
    assert member.call("desk.poll")["me"]["talks"] == 1


@pytest.mark.parametrize("others", [0, 2])
def test_opened_again_twice_after_a_lost_answer_gives_the_same(
    running: Copy, teen: Teen, member: Staff, resources: Resources, others: int
) -> None:
    """Also with full hands, where another place would be too much."""
    close(member, teen.talk, **IN_A_DAY)
    for _ in range(others):
        in_hand(running, member)
    body = {"conversation": teen.talk}
    first = member.post("desk.reopen", body)
    version = stored(resources, teen.talk)["version"]
    again = member.post("desk.reopen", body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert stored(resources, teen.talk)["version"] == version, "nothing happens twice"
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["load"]) == (others + 1, others + 1)
    member.call("desk.hand_over", conversation=teen.talk, tier="listener")
    assert error_of(member, "desk.reopen", body) == (409, "conflict"), "it waits for somebody else"


def test_two_who_open_it_at_once_do_not_both_get_it(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    people = [staff("counsellor").available() for _ in range(4)]
    body = {"conversation": teen.talk}
    statuses = at_once(4, lambda n: people[n].post("desk.reopen", body).status_code)
    assert sorted(statuses) == [200, 409, 409, 409]
    holding = [one.call("desk.poll")["me"]["talks"] for one in people]
    assert holding == [1 if status == 200 else 0 for status in statuses]


def test_it_is_not_opened_while_the_teen_is_in_another_talk(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    fresh = teen.call("chat.enter")["conversation"]["id"]
    version = stored(resources, teen.talk)["version"]
    assert error_of(member, "desk.reopen", {"conversation": teen.talk}) == (409, "conflict")
    assert stored(resources, teen.talk)["version"] == version
    assert member.call("desk.poll")["me"]["talks"] == 0
    teen.call("chat.leave", conversation=fresh)
    assert member.call("desk.reopen", conversation=teen.talk)["conversation"]["mine"] is True


def test_who_carries_too_much_does_not_open_it(
    running: Copy, teen: Teen, member: Staff, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    for _ in range(3):
        in_hand(running, member)
    version = stored(resources, teen.talk)["version"]
    assert error_of(member, "desk.reopen", {"conversation": teen.talk}) == (409, "conflict")
    assert stored(resources, teen.talk)["version"] == version
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["load"]) == (3, 3)


def test_opened_again_a_red_talk_weighs_what_it_weighs(running: Copy, member: Staff) -> None:
    red = in_hand(running, member)
    red.send(IMMINENT)
    close(member, red.talk, risk="E", follow_up_days=1)
    calm = in_hand(running, member)
    assert error_of(member, "desk.reopen", {"conversation": red.talk}) == (409, "conflict")
    close(member, calm.talk, risk="A")
    member.call("desk.reopen", conversation=red.talk)
    me = member.call("desk.poll")["me"]
    assert (me["talks"], me["load"]) == (1, 3)


def test_full_hands_do_not_tell_what_is_there(
    running: Copy, teen: Teen, member: Staff, staff: Staffing
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    other = staff("listener").available()
    for _ in range(3):
        in_hand(running, other)
    for talk in (teen.talk, "A" * 22):
        assert error_of(other, "desk.reopen", {"conversation": talk}) == (404, "not_found")


def test_opened_again_and_ended_by_silence_it_can_be_opened_once_more(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    close(member, teen.talk, **IN_A_DAY)
    member.call("desk.reopen", conversation=teen.talk)
    ended_by_silence(teen, member, resources)
    eventually(lambda: member.call("desk.poll")["me"]["talks"] == 0)
    assert planned(member) == [teen.talk]
    member.call("desk.reopen", conversation=teen.talk)
    assert teen.poll()["conversation"]["state"] == "open"


@pytest.mark.parametrize("then", ["held", "lost"])
def test_who_ended_it_once_has_no_say_when_it_is_open_again(
    teen: Teen, member: Staff, staff: Staffing, resources: Resources, then: str
) -> None:
    """The same form sent again, by a slow network, meets a talk that is somebody else's."""
    close(member, teen.talk, **IN_A_DAY)
    staff("counsellor").available().call("desk.reopen", conversation=teen.talk)
    if then == "lost":
        lose_lease(resources, teen.talk)
        sweep_now(resources)
    answers = {
        member.post("desk.close", {"conversation": talk, "form": IN_A_DAY}).content
        for talk in (teen.talk, "A" * 22)
    }
    assert len(answers) == 1
    assert b'"not_found"' in answers.pop()
    assert stored(resources, teen.talk)["state"] == "open"


def test_days_later_opening_it_raises_no_old_alarm(
    running: Copy, member: Staff, resources: Resources
) -> None:
    """The silence of the days between is no news to whoever has just come for that reason."""
    teen = in_hand(running, member)
    teen.send(IMMINENT)
    close(member, teen.talk, risk="E", follow_up_days=1)
    let_pass(resources, teen.talk, 24 * 60)
    member.call("desk.reopen", conversation=teen.talk)
    sweep_now(resources)
    kinds = [alert["kind"] for alert in stored(resources, teen.talk)["alerts"]]
    assert kinds == ["risk"]


def test_the_time_of_a_talk_is_told_at_its_start_and_before_its_end(
    teen: Teen, member: Staff, resources: Resources
) -> None:
    view = teen.poll()["conversation"]
    assert 49 * MINUTE < view["ends_at"] - resources.now() <= 50 * MINUTE
    assert "50分钟" in texts(teen.transcript())[-1]
    let_pass(resources, teen.talk, 41)
    (warned,) = [text for text in texts(teen.transcript()) if "还有大约十分钟" in text]
    assert "下次接着说" in warned
    let_pass(resources, teen.talk, 20)
    assert teen.poll()["conversation"]["state"] == "open", "nobody is cut off at the minute"
