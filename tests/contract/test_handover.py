"""Giving a talk to others: nobody is left alone, nothing hangs, nothing has to be told twice."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from cloudfunctions.chat.conversation import HEAD_START
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

Named = Callable[[str, str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

NOWHERE = "A" * 22
NOTE = "家里的事，想慢慢说"


@pytest.fixture
def named(running: Copy, resources: Resources) -> Named:
    """Make a member of a role and a name who is on duty."""
    return lambda role, name: Staff(running.address, resources, role, name).available()


@pytest.fixture
def giver(named: Named) -> Staff:
    """The listener who holds the talk."""
    return named("listener", "阿青")


@pytest.fixture
def teen(running: Copy, giver: Staff) -> Teen:
    """A teen in the giver's hands."""
    return in_hand(running, giver)


@pytest.fixture
def other(named: Named) -> Staff:
    """The counsellor to whom it goes."""
    return named("counsellor", "林老师")


def in_hand(running: Copy, member: Staff, text: str = CALM) -> Teen:
    """A teen whom `member` has just taken."""
    teen = waiting_teen(running.address, text)
    claimed = member.take()
    assert claimed is not None
    assert claimed["id"] == teen.talk
    return teen


def opened(member: Staff, talk: str) -> Body:
    """The talk as the member's desk shows it."""
    shown: Body = member.call("desk.poll", conversation=talk)["conversation"]
    return shown


def offer(giver: Staff, talk: str, person: Staff, **wish: object) -> None:
    """Offer a talk; the list of who is here may be two seconds old, so it is tried again."""
    body = {"conversation": talk, "person": person.id, **wish}
    eventually(lambda: giver.post("desk.hand_over", body).status_code == 200)


def beside(giver: Staff, talk: str, other: Staff) -> None:
    """Hand over warmly to the counsellors, one of whom takes it: the giver is then a guest."""
    giver.call("desk.hand_over", conversation=talk, tier="counsellor", warm=True)
    claimed = other.take()
    assert claimed is not None
    assert claimed["id"] == talk


def load_of(member: Staff) -> tuple[int, int]:
    """How many talks a member has, and how much they weigh."""
    me = member.call("desk.poll")["me"]
    return me["talks"], me["load"]


# To a tier


def test_cold_the_giver_goes_and_the_ai_stays_until_somebody_comes(
    teen: Teen, giver: Staff
) -> None:
    seq = teen.poll()["conversation"]["seq"]
    giver.call("desk.hand_over", conversation=teen.talk, tier="counsellor", note=NOTE)
    assert load_of(giver) == (0, 0)
    seen = teen.poll(after=seq)
    assert seen["conversation"]["speaker"] == "ai"
    assert seen["conversation"]["waiting"]["position"] == 1
    (told,) = texts(seen["messages"])
    assert "咨询师" in told
    assert "不用从头讲" in told
    sent = teen.send(CALM, after=seq + 1)
    assert [m["from"] for m in sent["messages"]] == ["teen", "ai"]


def test_warm_the_giver_stays_and_the_teen_goes_on_talking_to_a_person(
    teen: Teen, giver: Staff
) -> None:
    giver.call("desk.hand_over", conversation=teen.talk, tier="counsellor", warm=True)
    seen = teen.poll()["conversation"]
    assert (seen["speaker"], seen["speaker_name"]) == ("listener", "阿青")
    assert seen["waiting"]["position"] == 1
    sent = teen.send("我等她", after=seen["seq"])
    assert [m["from"] for m in sent["messages"]] == ["teen"], "the AI is silent beside a person"
    assert giver.say(teen.talk, "我也在等")["message"]["from"] == "listener"
    assert opened(giver, teen.talk)["mine"] is True


def test_who_stays_does_not_take_the_talk_back_by_chance(teen: Teen, giver: Staff) -> None:
    giver.call("desk.hand_over", conversation=teen.talk, tier="listener", warm=True)
    assert giver.take() is None
    assert load_of(giver) == (1, 1)
    assert opened(giver, teen.talk)["mine"] is True


def test_a_claim_by_another_makes_the_giver_a_guest(teen: Teen, giver: Staff, other: Staff) -> None:
    seq = teen.poll()["conversation"]["seq"]
    beside(giver, teen.talk, other)
    for member, mine in ((other, True), (giver, False)):
        shown = opened(member, teen.talk)
        assert (shown["holder"], shown["mine"], shown["guests"]) == ("林老师", mine, ["阿青"])
    seen = teen.poll(after=seq)
    assert (seen["conversation"]["speaker"], seen["conversation"]["speaker_name"]) == (
        "counsellor",
        "林老师",
    )
    assert seen["conversation"]["waiting"] is None
    assert len(texts(seen["messages"])) == 2, "one word that somebody is asked, one that they came"


def test_a_guest_hears_speaks_and_leaves(teen: Teen, giver: Staff, other: Staff) -> None:
    beside(giver, teen.talk, other)
    teen.send("你们都在吗")
    heard = giver.call("desk.poll", conversation=teen.talk)["messages"]
    assert texts(heard, "teen")[-1] == "你们都在吗"
    assert giver.say(teen.talk, "我还在")["message"]["from"] == "listener"
    seq = teen.poll()["conversation"]["seq"]
    giver.call("desk.leave_talk", conversation=teen.talk)
    assert load_of(giver) == (0, 0)
    assert opened(other, teen.talk)["guests"] == []
    (told,) = texts(teen.poll(after=seq)["messages"])
    assert "阿青" in told
    assert "林老师" in told
    body = {"conversation": teen.talk, "cid": new_cid(), "text": "我又来了"}
    assert error_of(giver, "desk.send", body) == (404, "not_found")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("desk.close", {"form": {"risk": "A"}}),
        ("desk.hand_over", {"tier": "listener"}),
        ("desk.hand_over", {"tier": "listener", "warm": True}),
    ],
)
def test_a_guest_decides_nothing_for_the_holder(
    teen: Teen, giver: Staff, other: Staff, resources: Resources, action: str, body: Body
) -> None:
    beside(giver, teen.talk, other)
    before = stored(resources, teen.talk)
    body = {"conversation": teen.talk, **body}
    assert error_of(giver, action, body) == (403, "forbidden")
    assert stored(resources, teen.talk)["version"] == before["version"]
    assert other.call(action, **body)["conversation"]["id"] == teen.talk


def test_a_guest_cannot_offer_the_talk_to_a_person(
    teen: Teen, giver: Staff, other: Staff, named: Named, resources: Resources
) -> None:
    beside(giver, teen.talk, other)
    third = named("listener", "小舟")
    body = {"conversation": teen.talk, "person": third.id}
    eventually(lambda: error_of(giver, "desk.hand_over", body) == (403, "forbidden"))
    assert "offer" not in stored(resources, teen.talk)


def test_the_holder_does_not_just_leave(teen: Teen, giver: Staff, other: Staff) -> None:
    body = {"conversation": teen.talk}
    assert error_of(giver, "desk.leave_talk", body) == (403, "forbidden")
    beside(giver, teen.talk, other)
    assert error_of(other, "desk.leave_talk", body) == (403, "forbidden")
    assert teen.poll()["conversation"]["speaker"] == "counsellor"


def test_danger_while_a_warm_hand_over_waits_moves_it_to_the_head(
    running: Copy, teen: Teen, giver: Staff, resources: Resources, other: Staff
) -> None:
    """The giver is there, yet whoever was asked for has to come at once."""
    giver.call("desk.hand_over", conversation=teen.talk, tier="listener", warm=True)
    since = stored(resources, teen.talk)["waiting"]["since"]
    teen.send(IMMINENT)
    waiting = stored(resources, teen.talk)["waiting"]
    assert (waiting["tier"], waiting["since"]) == ("counsellor", since)
    assert waiting["rank"] == since - HEAD_START[3]
    taken = other.take()
    assert taken is not None
    assert (taken["id"], taken["guests"]) == (teen.talk, ["阿青"])


def test_a_level_raised_by_hand_moves_a_warm_hand_over_up_too(
    teen: Teen, giver: Staff, resources: Resources
) -> None:
    giver.call("desk.hand_over", conversation=teen.talk, tier="listener", warm=True)
    since = stored(resources, teen.talk)["waiting"]["since"]
    giver.call("desk.set_risk", conversation=teen.talk, level=2, reason="语气不对")
    waiting = stored(resources, teen.talk)["waiting"]
    assert (waiting["tier"], waiting["rank"]) == ("counsellor", since - HEAD_START[2])


def test_a_cold_hand_over_leaves_no_place_taken_by_a_guest(
    teen: Teen, giver: Staff, other: Staff
) -> None:
    beside(giver, teen.talk, other)
    other.call("desk.hand_over", conversation=teen.talk, tier="counsellor")
    assert (load_of(giver), load_of(other)) == ((0, 0), (0, 0))
    assert giver.call("desk.poll")["me"]["lost"] == [teen.talk], "it left without their doing"


# To a person


def test_an_offer_is_seen_and_the_giver_keeps_the_talk(
    teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    seq = teen.poll()["conversation"]["seq"]
    offer(giver, teen.talk, other, note=NOTE)
    (seen,) = other.call("desk.poll")["offers"]
    assert (seen["conversation"], seen["by_name"], seen["note"]) == (teen.talk, "阿青", NOTE)
    assert 110_000 < seen["expires_at"] - resources.now() <= 120_000
    assert CALM not in other.post("desk.poll").text, "no word of the teen before it is accepted"
    mine = opened(giver, teen.talk)
    assert (mine["mine"], mine["offered_to"]) == (True, "林老师")
    assert giver.say(teen.talk, "我在")["message"]["from"] == "listener"
    assert texts(teen.poll(after=seq)["messages"]) == [], "the teen hears of it when it happens"


def test_an_offer_reaches_a_waiting_desk_at_once(teen: Teen, giver: Staff, other: Staff) -> None:
    version = other.call("desk.poll")["version"]
    window, sent = window_of(other), [0.0]

    def first(number: int) -> float:
        if number == 0:
            window.call("desk.poll", version=version, wait=20)
            return time.monotonic()
        time.sleep(3)  # The list of who is here is fresh by then, and the poll asleep.
        sent[0] = time.monotonic()
        giver.call("desk.hand_over", conversation=teen.talk, person=other.id)
        return 0.0

    heard, _ = at_once(2, first)
    assert 0 <= heard - sent[0] < 1.5
    assert len(other.call("desk.poll")["offers"]) == 1


def test_accepted_cold_the_giver_is_gone(teen: Teen, giver: Staff, other: Staff) -> None:
    offer(giver, teen.talk, other, note=NOTE)
    taken = other.call("desk.accept", conversation=teen.talk)
    talk = taken["conversation"]
    assert (talk["holder"], talk["mine"], talk["guests"]) == ("林老师", True, [])
    assert (talk["note"], talk["offered_to"]) == (NOTE, "")
    assert texts(taken["messages"], "teen") == [CALM]
    assert (load_of(giver), load_of(other)) == ((0, 0), (1, 1))
    assert giver.call("desk.poll")["talks"] == other.call("desk.poll")["offers"] == []
    seen = teen.poll()["conversation"]
    assert (seen["speaker"], seen["speaker_name"]) == ("counsellor", "林老师")


def test_accepted_warm_the_giver_is_a_guest(teen: Teen, giver: Staff, other: Staff) -> None:
    offer(giver, teen.talk, other, warm=True)
    talk = other.call("desk.accept", conversation=teen.talk)["conversation"]
    assert (talk["holder"], talk["guests"]) == ("林老师", ["阿青"])
    assert (load_of(giver), load_of(other)) == ((1, 1), (1, 1))
    assert giver.say(teen.talk, "我陪着")["message"]["from"] == "listener"


def test_accepted_cold_another_guest_stays(
    teen: Teen, giver: Staff, other: Staff, named: Named
) -> None:
    """Who goes is the giver, not whoever else keeps the teen company."""
    beside(giver, teen.talk, other)
    third = named("counsellor", "周老师")
    offer(other, teen.talk, third)
    talk = third.call("desk.accept", conversation=teen.talk)["conversation"]
    assert (talk["holder"], talk["guests"]) == ("周老师", ["阿青"])
    assert (load_of(giver), load_of(other), load_of(third)) == ((1, 1), (0, 0), (1, 1))


def test_a_guest_who_accepts_carries_the_talk_once(teen: Teen, giver: Staff, other: Staff) -> None:
    beside(giver, teen.talk, other)
    offer(other, teen.talk, giver, warm=True)
    talk = giver.call("desk.accept", conversation=teen.talk)["conversation"]
    assert (talk["holder"], talk["guests"]) == ("阿青", ["林老师"])
    assert (load_of(giver), load_of(other)) == ((1, 1), (1, 1))


@pytest.mark.parametrize("warm", [True, False])
def test_an_alert_goes_with_the_talk(
    running: Copy, giver: Staff, other: Staff, resources: Resources, warm: bool
) -> None:
    """Else it would stay with somebody who is not answerable for the teen any more."""
    teen = in_hand(running, giver)
    teen.send(IMMINENT)
    assert stored(resources, teen.talk)["alerts"][0]["owner"] == giver.id
    offer(giver, teen.talk, other, warm=warm)
    other.call("desk.accept", conversation=teen.talk)
    (alert,) = other.call("desk.poll")["alerts"]
    assert (alert["conversation"], alert["mine"]) == (teen.talk, True)


def test_declined_it_comes_back_with_the_reason(teen: Teen, giver: Staff, other: Staff) -> None:
    seq = teen.poll()["conversation"]["seq"]
    offer(giver, teen.talk, other)
    body = {"conversation": teen.talk, "reason": " "}
    assert error_of(other, "desk.decline", body) == (400, "bad_request")
    other.call("desk.decline", conversation=teen.talk, reason="手上有急的")
    mine = opened(giver, teen.talk)
    assert mine["returned"] == {"by_name": "林老师", "reason": "手上有急的"}
    assert (mine["mine"], mine["offered_to"]) == (True, "")
    assert other.call("desk.poll")["offers"] == []
    assert error_of(other, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")
    assert teen.poll()["conversation"]["seq"] == seq, "the teen is not told of a refusal"


def test_a_refusal_is_not_shown_to_whoever_comes_next(
    teen: Teen, giver: Staff, other: Staff
) -> None:
    offer(giver, teen.talk, other)
    other.call("desk.decline", conversation=teen.talk, reason="手上有急的")
    giver.call("desk.hand_over", conversation=teen.talk, tier="counsellor")
    taken = other.take()
    assert taken is not None
    assert taken["returned"] is None


def test_unanswered_for_two_minutes_it_comes_back(
    teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    offer(giver, teen.talk, other)
    let_pass(resources, teen.talk, 1.9)
    assert opened(giver, teen.talk)["offered_to"] == "林老师"
    let_pass(resources, teen.talk, 0.2)
    mine = opened(giver, teen.talk)
    assert (mine["mine"], mine["offered_to"]) == (True, "")
    assert mine["returned"] == {"by_name": "林老师", "reason": "没有回应"}
    assert error_of(other, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")
    assert load_of(other) == (0, 0)


def test_a_new_offer_takes_the_place_of_the_last(
    teen: Teen, giver: Staff, other: Staff, named: Named
) -> None:
    third = named("counsellor", "周老师")
    offer(giver, teen.talk, other)
    other.call("desk.decline", conversation=teen.talk, reason="在忙")
    offer(giver, teen.talk, other)
    assert opened(giver, teen.talk)["returned"] is None
    offer(giver, teen.talk, third)
    assert error_of(other, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")
    assert third.call("desk.accept", conversation=teen.talk)["conversation"]["mine"] is True


def test_nobody_is_offered_a_talk_while_away(
    running: Copy, teen: Teen, giver: Staff, resources: Resources
) -> None:
    away = Staff(running.address, resources, "counsellor", "不在")
    coordinator = Staff(running.address, resources, "coordinator", "运营")
    for person in (away.id, coordinator.id, teen.id, NOWHERE):
        body = {"conversation": teen.talk, "person": person}
        assert error_of(giver, "desk.hand_over", body) == (409, "conflict")
    assert "offer" not in stored(resources, teen.talk)
    assert opened(giver, teen.talk)["mine"] is True


def test_a_talk_goes_to_a_tier_or_to_another_person(
    teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    before = stored(resources, teen.talk)["version"]
    wishes: list[Body] = [
        {},
        {"person": giver.id},
        {"person": other.id, "tier": "counsellor"},
        {"tier": "supervisor"},
    ]
    for wish in wishes:
        body = {"conversation": teen.talk, **wish}
        assert error_of(giver, "desk.hand_over", body) == (400, "bad_request")
    assert stored(resources, teen.talk)["version"] == before


def test_who_carries_too_much_cannot_accept_and_the_giver_still_has_it(
    running: Copy, teen: Teen, giver: Staff, named: Named
) -> None:
    full = named("listener", "小舟")
    others = [in_hand(running, full) for _ in range(3)]
    offer(giver, teen.talk, full)
    body = {"conversation": teen.talk}
    assert error_of(full, "desk.accept", body) == (409, "conflict")
    assert load_of(full) == (3, 3)
    assert opened(giver, teen.talk)["mine"] is True
    full.close(others[0].talk)
    assert full.call("desk.accept", **body)["conversation"]["mine"] is True
    assert (load_of(full), load_of(giver)) == ((3, 3), (0, 0))


@pytest.mark.parametrize("windows", [2, 8])
def test_accepted_in_several_windows_at_once_it_is_taken_once(
    teen: Teen, giver: Staff, other: Staff, windows: int
) -> None:
    offer(giver, teen.talk, other)
    seq = teen.poll()["conversation"]["seq"]

    def accept(_: int) -> int:
        body = {"conversation": teen.talk}
        return window_of(other).post("desk.accept", body).status_code

    statuses = at_once(windows, accept)
    # Every window hears that it is theirs; one may be told that its place is still being given.
    assert 200 in statuses
    assert set(statuses) <= ({200} if windows == 2 else {200, 409})
    assert (load_of(other), load_of(giver)) == ((1, 1), (0, 0))
    assert len(texts(teen.poll(after=seq)["messages"])) == 1, "one word that somebody came"


@pytest.mark.parametrize("warm", [False, True])
def test_accepting_again_after_a_lost_answer_gives_the_same(
    teen: Teen, giver: Staff, other: Staff, resources: Resources, *, warm: bool
) -> None:
    body = {"conversation": teen.talk}
    offer(giver, teen.talk, other, warm=warm)
    first = other.post("desk.accept", body)
    version = stored(resources, teen.talk)["version"]
    again = other.post("desk.accept", body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert stored(resources, teen.talk)["version"] == version, "nothing happens twice"
    assert load_of(other) == (1, 1)
    assert error_of(giver, "desk.accept", body) == (404, "not_found")
    other.call("desk.hand_over", conversation=teen.talk, tier="counsellor")
    assert error_of(other, "desk.accept", body) == (404, "not_found"), "given away, it is no more"


def test_accepting_what_was_taken_from_the_queue_is_no_repetition(teen: Teen, giver: Staff) -> None:
    assert error_of(giver, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")


def test_with_full_hands_accepting_again_gives_the_same(
    running: Copy, teen: Teen, giver: Staff, named: Named
) -> None:
    """The place for it is taken already, so another one would be too much."""
    full = named("listener", "满满")
    for _ in range(2):
        waiting_teen(running.address)
        assert full.take() is not None
    offer(giver, teen.talk, full)
    body = {"conversation": teen.talk}
    first = full.post("desk.accept", body)
    again = full.post("desk.accept", body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert load_of(full) == (3, 3)


def test_a_stranger_cannot_tell_an_offer_from_nothing(
    teen: Teen, giver: Staff, other: Staff, named: Named, resources: Resources
) -> None:
    offer(giver, teen.talk, other)
    before = stored(resources, teen.talk)["version"]
    stranger = named("counsellor", "路过")
    for action, more in (("desk.accept", {}), ("desk.decline", {"reason": "不"})):
        answers = {
            who.post(action, {"conversation": talk, **more}).content
            for who, talk in ((stranger, teen.talk), (stranger, NOWHERE), (giver, teen.talk))
        }
        assert len(answers) == 1
        assert b'"not_found"' in answers.pop()
    assert stored(resources, teen.talk)["version"] == before
    assert load_of(stranger) == (0, 0)
    assert other.call("desk.accept", conversation=teen.talk)["conversation"]["mine"] is True


@pytest.mark.parametrize("end", ["close", "tier", "lost"])
def test_an_offer_ends_with_the_holding(
    teen: Teen, giver: Staff, other: Staff, resources: Resources, end: str
) -> None:
    offer(giver, teen.talk, other)
    if end == "close":
        giver.close(teen.talk)
    elif end == "tier":
        giver.call("desk.hand_over", conversation=teen.talk, tier="listener")
    else:
        lose_lease(resources, teen.talk)
        sweep_now(resources)
    assert error_of(other, "desk.accept", {"conversation": teen.talk}) == (404, "not_found")
    assert other.call("desk.poll")["offers"] == []
    assert load_of(other) == (0, 0)


# The end of a shift, and of a membership


def test_at_the_end_of_a_shift_everything_waits_again(
    running: Copy, giver: Staff, named: Named, resources: Resources
) -> None:
    teens = [in_hand(running, giver) for _ in range(2)]
    first = [stored(resources, teen.talk)["claim"]["waiting_since"] for teen in teens]
    me = giver.call("desk.end_shift", note=NOTE)["me"]
    assert (me["status"], me["talks"], me["load"], me["lost"]) == ("away", 0, 0, [])
    for teen, since in zip(teens, first, strict=True):
        assert teen.poll()["conversation"]["waiting"]["since"] == since
        assert stored(resources, teen.talk)["tier"] == "listener"
    taken = named("listener", "小舟").take()
    assert taken is not None
    assert (taken["id"], taken["note"]) == (teens[0].talk, NOTE)


def test_at_the_end_of_a_shift_a_guest_just_leaves(teen: Teen, giver: Staff, other: Staff) -> None:
    beside(giver, teen.talk, other)
    assert giver.call("desk.end_shift")["me"]["talks"] == 0
    mine = opened(other, teen.talk)
    assert (mine["mine"], mine["guests"], mine["waiting_since"]) == (True, [], None)


def test_a_talk_that_became_grave_goes_to_the_counsellors_at_the_end_of_a_shift(
    teen: Teen, giver: Staff, resources: Resources
) -> None:
    teen.send(IMMINENT)
    giver.call("desk.end_shift")
    assert stored(resources, teen.talk)["waiting"]["tier"] == "counsellor"


def test_ending_a_shift_with_empty_hands_or_twice_does_no_harm(teen: Teen, giver: Staff) -> None:
    giver.call("desk.end_shift")
    seq = teen.poll()["conversation"]["seq"]
    assert giver.call("desk.end_shift")["me"]["talks"] == 0
    assert teen.poll()["conversation"]["seq"] == seq


@pytest.mark.parametrize("role", ["coordinator", "supervisor"])
def test_what_a_dismissed_member_held_waits_again_at_once(
    running: Copy, teen: Teen, giver: Staff, resources: Resources, role: str
) -> None:
    since = stored(resources, teen.talk)["claim"]["waiting_since"]
    lead = Staff(running.address, resources, role, "主管")
    assert lead.call("desk.dismiss", member=giver.id) == {"member": giver.id}
    seen = teen.poll()
    assert seen["conversation"]["speaker"] == "ai"
    assert seen["conversation"]["waiting"]["since"] == since
    assert "不是你的错" in texts(seen["messages"])[-1]
    body = {"conversation": teen.talk, "cid": new_cid(), "text": "我还在"}
    for action, wish in (("desk.poll", {}), ("desk.send", body), ("desk.next", {})):
        assert error_of(giver, action, wish) == (401, "unauthenticated")


def test_a_guest_takes_over_from_who_was_dismissed(
    running: Copy, teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    beside(giver, teen.talk, other)
    lead = Staff(running.address, resources, "supervisor", "主管")
    lead.call("desk.dismiss", member=other.id)
    mine = opened(giver, teen.talk)
    assert (mine["holder"], mine["mine"], mine["guests"]) == ("阿青", True, [])
    seen = teen.poll()["conversation"]
    assert (seen["speaker"], seen["speaker_name"], seen["waiting"]) == ("listener", "阿青", None)
    giver.close(teen.talk)
    assert load_of(giver) == (0, 0)


def test_a_dismissed_guest_is_out_of_the_talk(
    running: Copy, teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    """Else the talk would fall to somebody who cannot come in when its holder is lost."""
    beside(giver, teen.talk, other)
    lead = Staff(running.address, resources, "supervisor", "主管")
    lead.call("desk.dismiss", member=giver.id)
    mine = opened(other, teen.talk)
    assert (mine["holder"], mine["guests"]) == ("林老师", [])
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    assert teen.poll()["conversation"]["speaker"] == "ai"


def test_card_and_note_outlive_a_dismissal(
    running: Copy, giver: Staff, named: Named, resources: Resources
) -> None:
    teen = in_hand(running, giver, "我和同桌吵架了，有点烦")
    card = opened(giver, teen.talk)["card"]
    giver.call("desk.hand_over", conversation=teen.talk, tier="listener", note=NOTE)
    second = named("listener", "小舟")
    assert second.take() is not None
    lead = Staff(running.address, resources, "coordinator", "运营")
    lead.call("desk.dismiss", member=second.id)
    third = named("listener", "小满").take()
    assert third is not None
    assert (third["id"], third["note"], third["card"]) == (teen.talk, NOTE, card)


def test_only_those_who_lead_dismiss(
    teen: Teen, giver: Staff, other: Staff, resources: Resources
) -> None:
    for member in (giver, other):
        body = {"member": giver.id}
        assert error_of(member, "desk.dismiss", body) == (403, "forbidden")
    assert stored(resources, teen.talk)["claim"]["by"] == giver.id
