"""Silence after grave words: an alarm of its own, once for each silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT
from tests.contract.passing import let_pass
from tests.contract.test_alerts import GRAVE, alerts_of, held_by, kinds, seen
from tests.support.copy import Copy
from tests.support.people import Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """A supervisor on duty."""
    return staff("supervisor").available()


@pytest.fixture
def alarmed(teen: Teen) -> Teen:
    """A teen whose words have just raised an alert."""
    teen.send(IMMINENT)
    return teen


@pytest.mark.parametrize(("text", "minutes"), [(GRAVE, 15), (IMMINENT, 5)])
def test_silence_is_an_alarm_of_its_own_once(
    teen: Teen, supervisor: Staff, resources: Resources, text: str, minutes: int
) -> None:
    teen.send(text)
    let_pass(resources, teen.talk, minutes - 0.2)
    assert "silence" not in kinds(resources, teen.talk)
    let_pass(resources, teen.talk, 0.3)
    assert kinds(resources, teen.talk).count("silence") == 1
    let_pass(resources, teen.talk, 60)
    assert kinds(resources, teen.talk).count("silence") == 1, "once a silence"
    assert "silence" in [one["kind"] for one in seen(supervisor)]


def test_it_goes_up_like_any_other(teen: Teen, resources: Resources) -> None:
    teen.send(GRAVE)
    let_pass(resources, teen.talk, 15.1)
    for _ in range(3):
        let_pass(resources, teen.talk, 2.1)
    found = {one["kind"]: one["step"] for one in alerts_of(resources, teen.talk)}
    assert found["silence"] == 3


def test_who_writes_again_is_not_silent_and_the_next_silence_counts_anew(
    alarmed: Teen, resources: Resources
) -> None:
    let_pass(resources, alarmed.talk, 4)
    alarmed.send("我还在")
    let_pass(resources, alarmed.talk, 4)
    assert "silence" not in kinds(resources, alarmed.talk)
    let_pass(resources, alarmed.talk, 1.1)
    assert kinds(resources, alarmed.talk).count("silence") == 1
    alarmed.send("嗯")
    let_pass(resources, alarmed.talk, 4.9)
    assert kinds(resources, alarmed.talk).count("silence") == 1
    let_pass(resources, alarmed.talk, 0.2)
    assert kinds(resources, alarmed.talk).count("silence") == 2


def test_calm_silence_is_no_alarm(teen: Teen, resources: Resources) -> None:
    teen.send(CALM)
    let_pass(resources, teen.talk, 120)
    assert kinds(resources, teen.talk) == []


def test_a_lowered_level_ends_the_clock_of_silence(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor, GRAVE)
    counsellor.call("desk.set_risk", conversation=teen.talk, level=1, reason="说的是歌词")
    let_pass(resources, teen.talk, 20)
    assert "silence" not in kinds(resources, teen.talk)


def test_silence_in_a_held_talk_is_the_holders(
    running: Copy, counsellor: Staff, resources: Resources
) -> None:
    teen = held_by(running, counsellor, GRAVE)
    let_pass(resources, teen.talk, 15.1)
    owners = {one["kind"]: one.get("owner") for one in alerts_of(resources, teen.talk)}
    assert owners["silence"] == counsellor.id
