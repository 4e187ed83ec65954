"""Exercises in a talk: who offers them, what the teen tells back, and what the figures say."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from cloudfunctions.chat.cards import OFFERED_BY, PAUSE, WORDS
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from nlp.reply.library import library
from tests.contract.crew import CALM, at_once, error_of, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

ASKED = ("怎么办", "我该怎么办", "考试心慌怎么办", "怎么办才能好一点", "怎么才能睡着", "我该怎么做")
DAY = 24 * HOUR


@pytest.fixture
def listener(staff: Staffing) -> Staff:
    """A listener on duty."""
    return staff("listener").available()


@pytest.fixture
def held(running: Copy, listener: Staff) -> Teen:
    """A teen whose talk the listener holds."""
    teen = waiting_teen(running.address)
    assert listener.take() is not None
    return teen


def send_card(who: Staff, talk: str, exercise: str = "breath", cid: str = "") -> Body:
    """Send a card."""
    return who.call(
        "desk.send_card", conversation=talk, cid=cid or new_cid(), exercise=exercise
    )  # fmt: skip


def tell(teen: Teen, seq: int, helped: str = "yes") -> Body:
    """Tell whether it helped."""
    return teen.call("chat.card_done", conversation=teen.talk, seq=seq, helped=helped)


def offered(messages: list[Body]) -> list[Body]:
    """The messages that offer an exercise."""
    return [one for one in messages if "exercise" in one]


def anxious(teen: Teen, times: int = 30) -> list[Body]:
    """A teen who asks for advice again and again; what the AI offered."""
    teen.send("下周就要考试了，好紧张，心跳得好快")
    for number in range(times):
        teen.send(ASKED[number % len(ASKED)])
    return offered(teen.transcript())


@pytest.mark.parametrize("exercise", ["breath", "senses", "cold", "small"])
def test_a_member_sends_an_exercise_and_the_teen_has_it(
    held: Teen, listener: Staff, exercise: str
) -> None:
    sent = send_card(listener, held.talk, exercise)
    message = held.poll()["messages"][-1]
    assert message["exercise"] == sent["message"]["exercise"] == exercise
    assert (message["kind"], message["from"]) == ("text", "listener")
    assert message["text"] == WORDS[exercise]  # type: ignore[index]
    assert sent["conversation"]["exercises"] == [
        {"seq": message["seq"], "exercise": exercise, "by": "staff", "helped": ""}
    ]


def test_sent_again_it_is_the_same_and_another_is_a_conflict(held: Teen, listener: Staff) -> None:
    cid = new_cid()
    answers = at_once(4, lambda _: send_card(listener, held.talk, cid=cid))
    assert sorted(one["replayed"] for one in answers) == [False, True, True, True]
    assert len(offered(held.transcript())) == 1
    body = {"conversation": held.talk, "cid": cid, "exercise": "cold"}
    assert error_of(listener, "desk.send_card", body) == (409, "conflict")
    words = {"conversation": held.talk, "cid": cid, "text": WORDS["breath"]}
    assert error_of(listener, "desk.send", words) == (409, "conflict")


def test_it_counts_as_an_answer(held: Teen, listener: Staff, resources: Resources) -> None:
    held.send("你在吗")
    send_card(listener, held.talk)
    marks = stored(resources, held.talk)["clocks"]
    assert marks["unanswered"] is None
    assert marks["staff_last"] > marks["teen_last"]


def test_only_whoever_is_in_the_talk_sends_and_only_its_teen_tells(
    held: Teen, listener: Staff, staff: Staffing
) -> None:
    seq = send_card(listener, held.talk)["message"]["seq"]
    other, stranger = staff("counsellor").available(), Teen(held.address)
    body = {"conversation": held.talk, "cid": new_cid(), "exercise": "breath"}
    assert error_of(other, "desk.send_card", body) == (404, "not_found")
    assert error_of(held, "desk.send_card", body) == (403, "forbidden")
    told = {"conversation": held.talk, "seq": seq, "helped": "no"}
    assert error_of(stranger, "chat.card_done", told) == (404, "not_found")
    assert error_of(listener, "chat.card_done", told) == (403, "forbidden")
    assert "helped" not in held.poll()["messages"][-1]
    tell(held, seq)
    assert held.poll()["messages"][-1]["helped"] == "yes"


@pytest.mark.parametrize("helped", ["", "very", None, {"$gt": ""}])
def test_any_other_word_is_refused(held: Teen, listener: Staff, helped: object) -> None:
    seq = send_card(listener, held.talk)["message"]["seq"]
    body = {"conversation": held.talk, "seq": seq, "helped": helped}
    assert error_of(held, "chat.card_done", body) == (400, "bad_request")


def test_no_card_with_that_message(held: Teen, listener: Staff) -> None:
    send_card(listener, held.talk)
    for seq in (0, 1, 2**53):
        body = {"conversation": held.talk, "seq": seq, "helped": "yes"}
        assert error_of(held, "chat.card_done", body) == (404, "not_found")


def test_staff_hear_of_it_and_a_later_word_replaces_the_first(
    held: Teen, listener: Staff, resources: Resources
) -> None:
    sent = send_card(listener, held.talk)
    seq = sent["message"]["seq"]
    tell(held, seq, "a_bit")
    version = stored(resources, held.talk)["version"]
    tell(held, seq, "a_bit")
    assert stored(resources, held.talk)["version"] == version, "told before: nothing is written"
    tell(held, seq, "no")
    desk = listener.call("desk.poll", conversation=held.talk, after=seq - 1)
    assert desk["conversation"]["exercises"][0]["helped"] == "no"
    assert desk["messages"][0]["helped"] == "no"
    assert held.call("chat.enter")["messages"][-1]["helped"] == "no"


def test_the_desk_wakes_when_the_teen_tells(held: Teen, listener: Staff) -> None:
    seq = send_card(listener, held.talk)["message"]["seq"]
    before = listener.call("desk.poll", conversation=held.talk, after=seq)

    def either(number: int) -> Body:
        if number:
            return tell(held, seq)
        return listener.call(
            "desk.poll", conversation=held.talk, after=seq, version=before["version"], wait=10
        )  # fmt: skip

    woken = at_once(2, either)[0]
    assert woken["version"] != before["version"]
    assert woken["conversation"]["exercises"][0]["helped"] == "yes"


def test_told_after_the_end_and_after_the_message_was_spilled(
    held: Teen, listener: Staff, resources: Resources
) -> None:
    seq = send_card(listener, held.talk)["message"]["seq"]
    for number in range(80):
        held.send(f"{CALM} {number}")
    assert stored(resources, held.talk)["first"] > seq, "spilled"
    listener.close(held.talk)
    tell(held, seq)
    (found,) = offered(held.transcript())
    assert found["helped"] == "yes"
    old = held.call("chat.history", conversation=held.talk, before=seq + 1)["messages"]
    assert old[-1]["helped"] == "yes"


def test_the_ai_offers_what_its_words_offer_and_never_often(teen: Teen) -> None:
    found = anxious(teen)
    assert len(found) >= 2, "a talk like this has room for two"
    assert {one["from"] for one in found} == {"ai"}
    assert {one["exercise"] for one in found} <= set(WORDS)
    seqs = [one["seq"] for one in found]
    assert all(later - earlier > PAUSE for earlier, later in itertools.pairwise(seqs))
    tell(teen, seqs[0], "a_bit")
    assert offered(teen.transcript())[0]["helped"] == "a_bit"


def test_the_lines_that_offer_are_suggestions_of_the_library() -> None:
    lines = library().by_id
    assert {lines[name].moves[0] for name in OFFERED_BY} == {"suggestion"}
    assert set(OFFERED_BY.values()) == set(WORDS)


def test_figures_count_what_was_sent_and_told(
    running: Copy, listener: Staff, held: Teen, staff: Staffing, resources: Resources
) -> None:
    supervisor = staff("supervisor")
    since = resources.now()
    for exercise, helped in (("breath", "yes"), ("breath", "no"), ("cold", "a_bit"), ("cold", "")):
        seq = send_card(listener, held.talk, exercise)["message"]["seq"]
        if helped:
            tell(held, seq, helped)
    by_ai = anxious(Teen(running.address))
    until = resources.now() + 1
    body = {"from": since, "until": until}
    rows = supervisor.call("chat.figures", **body)["cards"]
    by_staff = [row for row in rows if row["by"] == "staff"]
    assert by_staff == [
        {"exercise": "breath", "by": "staff", "sent": 2, "told": 2, "yes": 1, "a_bit": 0, "no": 1},
        {"exercise": "cold", "by": "staff", "sent": 2, "told": 1, "yes": 0, "a_bit": 1, "no": 0},
    ]
    assert sum(row["sent"] for row in rows if row["by"] == "ai") == len(by_ai)
    for moved in ({"from": since - DAY, "until": since}, {"from": until, "until": until + DAY}):
        assert supervisor.call("chat.figures", **moved)["cards"] == []


def test_figures_are_for_whoever_leads(staff: Staffing, teen: Teen, resources: Resources) -> None:
    now = resources.now()
    body = {"from": now - DAY, "until": now}
    for other in (staff("listener"), staff("counsellor"), staff("coordinator"), teen):
        assert error_of(other, "chat.figures", body) == (403, "forbidden")
    supervisor = staff("supervisor")
    for wrong in ({"from": now, "until": now - 1}, {"from": 0, "until": now}):
        assert error_of(supervisor, "chat.figures", wrong) == (400, "bad_request")
    assert supervisor.call("chat.figures", **body)["cards"] == []
    staff("coordinator").call("desk.dismiss", member=supervisor.id)
    assert error_of(supervisor, "chat.figures", body) == (401, "unauthenticated")
