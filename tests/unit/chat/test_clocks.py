"""When what is due: read off the document alone, so every row here is a document and a time."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cloudfunctions.chat import clocks
from cloudfunctions.common.clock import HOUR, MINUTE

T0 = 1_700_000_000_000
"""When the talk was opened."""


def talk(level: int = 0, last: float = 0, **parts: Any) -> dict[str, Any]:
    """An open talk with the AI alone, whose teen last wrote `last` minutes after it was opened."""
    marks = {"opened": T0, "teen_last": at(last), "staff_last": 0, "ai_since": T0}
    marks |= parts.pop("marks", {})
    return {"state": "open", "risk": {"level": level}, "clocks": marks, **parts}


def at(minutes: float) -> int:
    """So many minutes after the talk was opened."""
    return T0 + round(minutes * MINUTE)


def claimed(minutes: float = 0, **more: Any) -> dict[str, Any]:
    """A claim made so many minutes after the talk was opened."""
    return {"by": "staff", "at": at(minutes), **more}


def alert(**more: Any) -> dict[str, Any]:
    """An open alert that nobody owns, raised when the talk was opened."""
    return {"id": "risk1", "kind": "risk", "at": T0, "step": 1, "stepped_at": T0, **more}


WAITING = {"tier": "listener", "since": T0}
ANSWERED = {"staff_last": at(1)}
OWNED = {"owner": "somebody", "owned_at": at(1)}


@pytest.mark.parametrize(("level", "minutes"), [(0, 30), (1, 15), (2, 5), (3, 2)])
@pytest.mark.parametrize("who", [{"waiting": WAITING}, {"claim": claimed()}])
def test_an_answer_is_due_by_level(level: int, minutes: int, who: dict[str, Any]) -> None:
    asked = talk(level, marks={"unanswered": at(3)}, **who)
    assert clocks.answer_due(asked) == at(3 + minutes)
    assert clocks.running(asked)["answer"] == at(3 + minutes)


@pytest.mark.parametrize(
    "nobody",
    [
        talk(marks={"unanswered": at(3)}),
        talk(waiting=WAITING),
        talk(waiting=WAITING, marks={"unanswered": None}),
        talk(claim=claimed(), marks={"unanswered": None}),
    ],
)
def test_no_answer_is_due_where_nobody_is_waited_for(nobody: dict[str, Any]) -> None:
    assert clocks.answer_due(nobody) is None
    assert "answer" not in clocks.running(nobody)


@pytest.mark.parametrize(("raised", "again"), [(3.0, False), (9.0, False), (2.9, True)])
def test_an_overdue_answer_is_told_once_for_each_wait(raised: float, again: bool) -> None:
    earlier = alert(id="answer1", kind="answer", at=at(raised), closed_at=at(raised))
    asked = talk(waiting=WAITING, marks={"unanswered": at(3)}, alerts=[earlier])
    assert ("answer" in clocks.running(asked)) is again


@pytest.mark.parametrize(("level", "minutes"), [(0, None), (1, None), (2, 15), (3, 5)])
def test_silence_after_grave_words(level: int, minutes: int | None) -> None:
    struck = clocks.running(talk(level, last=7)).get("silence")
    assert struck == (None if minutes is None else at(7 + minutes))


@pytest.mark.parametrize(("raised", "again"), [(7.0, False), (30.0, False), (6.9, True)])
def test_one_alarm_for_each_silence(raised: float, again: bool) -> None:
    earlier = alert(id="silence1", kind="silence", at=at(raised), closed_at=at(raised))
    assert ("silence" in clocks.running(talk(3, last=7, alerts=[earlier]))) is again


@pytest.mark.parametrize(
    ("raised", "step_at"),
    [
        (alert(), 2),
        (alert(step=2, stepped_at=at(2)), 4),
        (alert(step=3, stepped_at=at(4)), None),
        (alert(**OWNED), None),
        (alert(closed_at=at(1)), None),
        (alert(**OWNED, closed_at=at(1)), None),
    ],
)
@pytest.mark.parametrize("state", ["open", "closed"])
def test_an_alert_that_nobody_owns_goes_up_to_the_third_step(
    raised: dict[str, Any], step_at: int | None, state: str
) -> None:
    stepping = clocks.running({**talk(3, alerts=[raised]), "state": state}).get("step risk1")
    assert stepping == (None if step_at is None else at(step_at))


@pytest.mark.parametrize(
    ("acted", "stale_at"),
    [
        ({}, 16),
        ({"somebody": at(0.5)}, 16),
        ({"somebody": at(9)}, 24),
        ({"another": at(9)}, 16),
    ],
)
@pytest.mark.parametrize("step", [1, 3])
def test_an_owner_loses_it_a_quarter_of_an_hour_after_their_last_deed(
    acted: dict[str, int], stale_at: float, step: int
) -> None:
    owned = talk(3, alerts=[alert(**OWNED, step=step)], acted=acted)
    assert clocks.running(owned)["stale risk1"] == at(stale_at)


def test_what_is_nobodys_or_closed_goes_stale_for_nobody() -> None:
    for one in (alert(), alert(**OWNED, closed_at=at(2))):
        assert "stale risk1" not in clocks.running(talk(3, alerts=[one]))


@pytest.mark.parametrize("claim", [claimed(5), claimed(5, warned=True)])
def test_a_talk_with_a_person_lasts_fifty_minutes_and_ten_before_it_is_told(
    claim: dict[str, Any],
) -> None:
    held = talk(claim=claim)
    assert clocks.ends_at(held) == at(55)
    assert clocks.running(held).get("length") == (None if claim.get("warned") else at(45))
    assert clocks.ends_at(talk()) is None


@pytest.mark.parametrize(
    ("level", "marks", "expected"),
    [
        (0, {}, {}),
        (0, {"staff_last": at(-1)}, {}),
        (0, ANSWERED, {"still there": at(15)}),
        (2, ANSWERED, {"still there": at(15)}),
        (0, {**ANSWERED, "asked": at(15)}, {"gone": at(45)}),
        (1, {**ANSWERED, "asked": at(15)}, {"gone": at(45)}),
        (2, {**ANSWERED, "asked": at(15)}, {}),
        (3, {**ANSWERED, "asked": at(15)}, {}),
        # Asked in an earlier silence, or by whoever was there before: it is asked anew.
        (0, {**ANSWERED, "asked": at(-1)}, {"still there": at(15)}),
        # Asked six hours too late: half an hour is left to answer in, as ever.
        (0, {**ANSWERED, "asked": at(375)}, {"gone": at(405)}),
    ],
)
def test_a_silent_teen_is_asked_and_a_calm_talk_then_closed(
    level: int, marks: dict[str, int], expected: dict[str, int]
) -> None:
    held = talk(level, claim=claimed(), marks=marks)
    found = clocks.running(held)
    assert {n: t for n, t in found.items() if n in ("still there", "gone")} == expected


def test_the_silence_of_a_teen_counts_from_the_claim_on() -> None:
    held = talk(claim=claimed(20), marks={"staff_last": at(21)})
    assert clocks.running(held)["still there"] == at(35)


@pytest.mark.parametrize(
    ("alone", "expected"),
    [
        (talk(0, last=10), at(10) + 24 * HOUR),
        (talk(1, last=10), at(10) + 24 * HOUR),
        (talk(2, last=10), None),
        (talk(3, last=10), None),
        (talk(0, last=10, waiting=WAITING), None),
        (talk(0, last=10, claim=claimed()), None),
    ],
)
def test_a_calm_talk_with_the_ai_alone_ends_after_a_day(
    alone: dict[str, Any], expected: int | None
) -> None:
    assert clocks.running(alone).get("gone") == expected


def test_an_offer_ends_when_it_says() -> None:
    offered = talk(claim=claimed(warned=True), offer={"expires_at": at(2)})
    assert clocks.running(offered) == {"offer": at(2)}


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        ({**talk(), "state": "closed"}, None),
        ({**talk(3), "state": "closed"}, None),
        (talk(waiting=WAITING), None),
        (talk(claim=claimed(warned=True)), None),
        ({**talk(3, alerts=[alert()]), "state": "closed"}, at(2)),
        (talk(3, alerts=[alert()]), at(2)),
        (talk(3, alerts=[alert(**OWNED)]), at(5)),
        ({**talk(3, alerts=[alert(**OWNED)]), "state": "closed"}, at(16)),
    ],
)
def test_the_next_clock_is_the_earliest_or_none(
    quiet: dict[str, Any], expected: int | None
) -> None:
    assert clocks.next_due(quiet) == expected


def test_two_alerts_step_each_by_their_own_time() -> None:
    later = alert(id="answer2", kind="answer", step=2, stepped_at=at(1))
    found = clocks.running(talk(0, waiting=WAITING, alerts=[alert(), later]))
    assert found == {"step risk1": at(2), "step answer2": at(3)}


def test_any_talk_shifted_in_time_has_its_clocks_shifted_alike() -> None:
    """So a clock set back or forward cannot make one strike that would not have struck."""
    chance = random.Random(20_240_601)
    for _ in range(500):
        made, by = _any_talk(chance), chance.randrange(-HOUR, HOUR)
        assert clocks.running(_moved(made, by)) == {
            n: t + by for n, t in clocks.running(made).items()
        }


def _any_talk(chance: random.Random) -> dict[str, Any]:
    def some() -> int:
        return at(chance.uniform(0, 300))

    marks = {
        name: some() for name in ("staff_last", "asked", "unanswered") if chance.random() < 0.6
    }
    parts: dict[str, Any] = {"alerts": [alert(at=some(), stepped_at=some())]}
    if chance.random() < 0.5:
        parts["claim"] = {"by": "staff", "at": some()}
    if chance.random() < 0.5:
        parts["waiting"] = WAITING
    return talk(chance.randrange(4), last=chance.uniform(0, 300), marks=marks, **parts)


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    return value + by if isinstance(value, int) and value > T0 // 2 else value
