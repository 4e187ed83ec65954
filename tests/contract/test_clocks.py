"""What happens when time passes: answers that are late, talks that end, teens who fall silent."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, stored, waiting_teen
from tests.contract.passing import let_pass, sweep_now, texts
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

GRAVE = "我不想活了"
"""Level 2."""
DAY = 24 * 60
"""Minutes."""


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """A supervisor, who takes no talks."""
    return staff("supervisor")


def in_hand(running: Copy, member: Staff, text: str = CALM) -> Teen:
    """A teen whom `member` has just taken."""
    teen = waiting_teen(running.address, text)
    taken = member.take()
    assert taken is not None
    assert taken["id"] == teen.talk
    return teen


def answered(running: Copy, member: Staff, text: str = CALM) -> Teen:
    """A teen whom `member` holds and has answered; it is the teen's turn."""
    teen = in_hand(running, member, text)
    member.say(teen.talk, "我在，慢慢说")
    return teen


def head_of(member: Staff, talk: str) -> Body:
    """The head of a talk on a member's desk, waiting or in hand."""
    desk = member.call("desk.poll")
    heads: list[Body] = [*desk["queue"]["heads"], *desk["talks"]]
    return next(head for head in heads if head["id"] == talk)


def alerts_of(resources: Resources, talk: str, kind: str) -> list[Body]:
    """The alerts of one kind of a talk."""
    return [one for one in stored(resources, talk).get("alerts", []) if one["kind"] == kind]


# An answer by a person


@pytest.mark.parametrize(("text", "level", "minutes"), [(CALM, 0, 30), (GRAVE, 2, 5)])
def test_a_waiting_head_shows_by_when_somebody_should_have_come(
    running: Copy, counsellor: Staff, resources: Resources, text: str, level: int, minutes: int
) -> None:
    teen = waiting_teen(running.address, text)
    head = head_of(counsellor, teen.talk)
    since = stored(resources, teen.talk)["clocks"]["unanswered"]
    assert (head["level"], head["answer_due"]) == (level, since + minutes * MINUTE)
    assert abs(resources.now() - since) < 10_000


@pytest.mark.parametrize(("level", "minutes"), [(0, 30), (1, 15), (2, 5), (3, 2)])
def test_in_hand_the_time_follows_the_level(
    running: Copy, counsellor: Staff, resources: Resources, level: int, minutes: int
) -> None:
    teen = in_hand(running, counsellor, GRAVE)
    teen.send(CALM)
    counsellor.call("desk.set_risk", conversation=teen.talk, level=level, reason="再看一遍")
    since = stored(resources, teen.talk)["clocks"]["unanswered"]
    assert head_of(counsellor, teen.talk)["answer_due"] == since + minutes * MINUTE


def test_an_answer_stops_the_clock_and_the_next_words_start_it_anew(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = in_hand(running, counsellor)
    let_pass(resources, teen.talk, 10)
    first = head_of(counsellor, teen.talk)["answer_due"]
    teen.send("在吗")
    assert head_of(counsellor, teen.talk)["answer_due"] == first, "from the first word on"
    counsellor.say(teen.talk, "在的")
    assert head_of(counsellor, teen.talk)["answer_due"] is None
    teen.send("好")
    again = head_of(counsellor, teen.talk)["answer_due"]
    assert abs(again - resources.now() - 30 * MINUTE) < 10_000


def test_nobody_is_waited_for_with_the_ai_alone(teen: Teen, resources: Resources) -> None:
    teen.send(CALM)
    assert "unanswered" not in stored(resources, teen.talk)["clocks"]
    let_pass(resources, teen.talk, 60)
    assert alerts_of(resources, teen.talk, "answer") == []


@pytest.mark.parametrize("held", [True, False])
def test_a_late_answer_is_told_to_the_supervisor_once(
    running: Copy, counsellor: Staff, supervisor: Staff, resources: Resources, held: bool
) -> None:
    teen = in_hand(running, counsellor) if held else waiting_teen(running.address)
    let_pass(resources, teen.talk, 29.8)
    assert alerts_of(resources, teen.talk, "answer") == []
    let_pass(resources, teen.talk, 0.3)
    (alert,) = alerts_of(resources, teen.talk, "answer")
    assert alert["step"] == 2
    (shown,) = supervisor.call("desk.poll")["alerts"]
    assert (shown["conversation"], shown["kind"], shown["mine"]) == (teen.talk, "answer", False)
    assert shown["owner"] == "", "whoever is late does not answer for it"
    assert counsellor.call("desk.poll")["alerts"] == []
    for _ in range(3):
        let_pass(resources, teen.talk, 31)
    assert len(alerts_of(resources, teen.talk, "answer")) == 1


def test_it_is_not_raised_again_once_closed_but_for_the_next_wait(
    running: Copy, counsellor: Staff, supervisor: Staff, resources: Resources
) -> None:
    teen = in_hand(running, counsellor)
    let_pass(resources, teen.talk, 30.1)
    (alert,) = alerts_of(resources, teen.talk, "answer")
    body = {"conversation": teen.talk, "alert": alert["id"], "reason": "已提醒"}
    supervisor.call("desk.close_alert", **body)
    let_pass(resources, teen.talk, 31)
    assert len(alerts_of(resources, teen.talk, "answer")) == 1
    counsellor.say(teen.talk, "对不起，来晚了")
    teen.send("没事")
    let_pass(resources, teen.talk, 30.1)
    assert len(alerts_of(resources, teen.talk, "answer")) == 2


# The length of a talk


def test_how_long_it_lasts_is_told_at_the_claim_and_ten_minutes_before_the_end_once(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    claim = stored(resources, teen.talk)["claim"]
    assert head_of(counsellor, teen.talk)["ends_at"] == claim["at"] + 50 * MINUTE
    assert teen.poll()["conversation"]["ends_at"] == claim["at"] + 50 * MINUTE
    assert "50分钟" in texts(teen.transcript())[-1]
    warned = []
    for minutes in (39.8, 0.3, 5, 10):
        teen.send("还想说")
        counsellor.say(teen.talk, "我听着")
        let_pass(resources, teen.talk, minutes)
        warned.append(sum("十分钟" in words for words in texts(teen.transcript())))
    assert warned == [0, 1, 1, 1]
    assert teen.poll()["conversation"]["speaker"] == "counsellor", "nobody is cut off"


def test_a_sweep_that_comes_after_the_end_does_not_say_that_it_is_near(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = in_hand(running, counsellor)
    let_pass(resources, teen.talk, 6 * 60)
    assert not [words for words in texts(teen.transcript()) if "十分钟" in words]


def test_whoever_takes_it_next_has_the_whole_time(
    running: Copy, counsellor: Staff, staff: Staffing, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    let_pass(resources, teen.talk, 40.1)
    counsellor.call("desk.hand_over", conversation=teen.talk, tier="counsellor")
    assert teen.poll()["conversation"]["ends_at"] is None
    other = staff("counsellor").available()
    assert other.take() is not None
    left = teen.poll()["conversation"]["ends_at"] - resources.now()
    assert 49 * MINUTE < left <= 50 * MINUTE


# A teen who does not write any more


def asked(teen: Teen) -> int:
    """How often the teen was asked whether they are there."""
    return sum("你还在吗" in words for words in texts(teen.transcript()))


@pytest.mark.parametrize("text", [CALM, GRAVE])
def test_after_a_quarter_of_an_hour_they_are_asked_once(
    running: Copy, counsellor: Staff, resources: Resources, text: str
) -> None:
    teen = answered(running, counsellor, text)
    told = []
    for minutes in (14.8, 0.3, 5, 5):
        let_pass(resources, teen.talk, minutes)
        told.append(asked(teen))
    assert told == [0, 1, 1, 1]
    teen.send("在的，刚去吃饭")
    counsellor.say(teen.talk, "好")
    let_pass(resources, teen.talk, 15.1)
    assert asked(teen) == 2, "each silence is one of its own"


def test_while_they_wait_for_an_answer_they_are_not_asked(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    teen.send("那我该怎么办")
    let_pass(resources, teen.talk, 60)
    assert asked(teen) == 0
    assert teen.poll()["conversation"]["state"] == "open"


def test_after_three_quarters_of_an_hour_a_calm_talk_ends_gently(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    for minutes in (15.1, 29.7):
        let_pass(resources, teen.talk, minutes)
        assert teen.poll()["conversation"]["state"] == "open"
    let_pass(resources, teen.talk, 0.4)
    seen = teen.poll()
    assert (seen["conversation"]["state"], seen["conversation"]["closed_by"]) == (
        "closed",
        "silence",
    )
    assert "随时回来" in texts(seen["messages"])[-1]
    me = counsellor.call("desk.poll")["me"]
    assert (me["talks"], me["load"]) == (0, 0)
    assert "due" not in stored(resources, teen.talk)
    counsellor.close(teen.talk)
    assert stored(resources, teen.talk)["closing"]["by"] == counsellor.id, "the form is still taken"


def test_who_writes_after_the_question_is_not_closed(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    let_pass(resources, teen.talk, 15.1)
    teen.send("在的")
    counsellor.say(teen.talk, "好")
    let_pass(resources, teen.talk, 44)
    assert teen.poll()["conversation"]["state"] == "open"


def test_a_late_sweep_asks_first_and_leaves_the_time_to_answer(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    """Else a teen would be asked and shut out within one second."""
    teen = answered(running, counsellor)
    let_pass(resources, teen.talk, 6 * 60)
    for _ in range(3):
        sweep_now(resources)
    assert (asked(teen), teen.poll()["conversation"]["state"]) == (1, "open")
    let_pass(resources, teen.talk, 29.8)
    assert teen.poll()["conversation"]["state"] == "open"
    let_pass(resources, teen.talk, 0.3)
    assert teen.poll()["conversation"]["state"] == "closed"


@pytest.mark.parametrize("text", [GRAVE, IMMINENT])
def test_a_grave_talk_is_never_closed_by_time(
    running: Copy, counsellor: Staff, resources: Resources, text: str
) -> None:
    teens = [answered(running, counsellor, text), Teen(running.address)]
    teens[1].send(text)
    for teen in teens:
        for minutes in (15.1, 31, 60, 3 * DAY):
            let_pass(resources, teen.talk, minutes)
            assert teen.poll()["conversation"]["state"] == "open"


def test_a_talk_with_the_ai_alone_ends_gently_after_a_day(teen: Teen, resources: Resources) -> None:
    teen.send(CALM)
    let_pass(resources, teen.talk, DAY - 1)
    assert teen.poll()["conversation"]["state"] == "open"
    let_pass(resources, teen.talk, 1.1)
    seen = teen.poll()
    assert seen["conversation"]["closed_by"] == "silence"
    assert "随时回来" in texts(seen["messages"])[-1]
    assert teen.call("chat.enter")["conversation"]["id"] != teen.talk, "they can come again"


def test_a_teen_who_waits_is_never_closed_by_time(running: Copy, resources: Resources) -> None:
    teen = waiting_teen(running.address)
    let_pass(resources, teen.talk, 3 * DAY)
    assert teen.poll()["conversation"]["waiting"]["position"] == 1


# The index of what is due


def test_due_is_the_earliest_clock_and_absent_where_none_runs(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = waiting_teen(running.address)
    document = stored(resources, teen.talk)
    assert document["due"] == document["clocks"]["unanswered"] + 30 * MINUTE
    let_pass(resources, teen.talk, 30.1)
    for _ in range(2):
        let_pass(resources, teen.talk, 2.1)
    document = stored(resources, teen.talk)
    assert document["alerts"][0]["step"] == 3
    assert "due" not in document, "everybody knows, nothing more will happen by itself"
    assert counsellor.take() is not None
    document = stored(resources, teen.talk)
    assert document["due"] == document["claim"]["at"] + 15 * MINUTE, "the alert is theirs now"
    counsellor.close(teen.talk)
    assert not {"due", "alarmed", "outbox_at"} & set(stored(resources, teen.talk))


# A clock that is wrong


def test_a_clock_set_back_by_an_hour_leaves_the_order_as_it_was(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    """What was written before seems to come from the future."""
    teen = in_hand(running, counsellor)
    said = []
    for number in range(6):
        if number in (2, 4):
            let_pass(resources, teen.talk, -60)
        said += [teen.send(f"第{number}句")["message"]["text"]]
        said += [counsellor.say(teen.talk, f"回{number}")["message"]["text"]]
    for page in (
        teen.transcript(),
        counsellor.call("desk.poll", conversation=teen.talk)["messages"],
    ):
        assert [m["text"] for m in page if m["from"] != "system"][-12:] == said
        seqs = [m["seq"] for m in page]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    times = [m["at"] for m in teen.transcript()]
    assert any(one > other for one, other in itertools.pairwise(times)), "the clock did go back"


def test_and_nothing_is_due_before_its_time(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = answered(running, counsellor)
    before = stored(resources, teen.talk)
    let_pass(resources, teen.talk, -60)
    after = stored(resources, teen.talk)
    assert (after["version"], after["state"], after["seq"]) == (
        before["version"],
        "open",
        before["seq"],
    )
