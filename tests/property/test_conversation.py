"""C5: teens, staff and time act in any order, and all of `invariants.py` holds after every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from cloudfunctions.app import REGISTRY
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.duty.service import Swept
from tests.contract.crew import CALM, IMMINENT
from tests.property.desk import Desk
from tests.property.evening import members, teens, words
from tests.property.world import ROLES, World
from tests.support.copy import Copy

seconds = st.sampled_from((5, 30, 61, 121, 301, 901, 1_801, 2_701, 10_801, 90_000, 259_200))


class Conversations(Desk):
    """Teens, staff, and time that passes."""

    @initialize(away=st.sets(members), met=st.lists(st.tuples(teens, members, words), max_size=3))
    def begins(self, away: set[int], met: list[tuple[int, int, str]]) -> None:
        """All of the staff but some are on duty, and some teens have met one of them."""
        for member in sorted(set(range(len(ROLES))) - away):
            self.come_or_step_away(member, "available", None)
        for teen, member, text in met:
            self.meet(teen, member, text)
            self.talks = self.world.talks()

    @rule(teen=teens, member=members, text=words)
    def meet(self, teen: int, member: int, text: str) -> None:
        """A teen speaks, asks for a person, and one comes: how most talks with people begin."""
        self.say(teen, text)
        self.ask_for_a_person(teen)
        self.take_next(member)

    @rule(passing=seconds, swept=st.booleans())
    def time_passes(self, passing: int, swept: bool) -> None:
        """Seconds to days pass, and nobody's desk says anything."""
        self.world.move(passing)
        if swept:
            self.sweep()

    @rule(passing=seconds)
    def work_goes_on(self, passing: int) -> None:
        """The same, while every desk polls before the next sweep."""
        self.world.move(passing)
        for person in self.world.staff:
            if any(person.id in one.get("participants", []) for one in self.talks.values()):
                self.polls(person, self.any_talk(0))
        self.sweep()

    @rule(minutes=st.integers(1, 4))
    def clock_goes_back(self, minutes: int) -> None:
        """Somebody sets the clock back."""
        self.world.move(-minutes * MINUTE // 1_000)

    @rule()
    def sweep(self) -> None:
        """Whatever is overdue is put right, and there is nothing to do for a second sweep."""
        self.world.sweep()
        swept = self.world.talks()
        assert self.world.sweep() == Swept(0, 0, 0)
        assert self.world.talks() == swept
        for talk in [t for t, one in swept.items() if one.get("closed_by") == "silence"]:
            self.given_away(talk)


def profile(runs: int, steps: int) -> settings:
    """So many examples of so many steps."""
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def machine_on(world: World) -> type[Conversations]:
    """The machine, acting on this world."""
    return type("ConversationsHere", (Conversations,), {"world": world, "examples": 0, "steps": 0})


@pytest.fixture(scope="module")
def world(running: Copy) -> Iterator[World]:
    """The app in process on a database of its own in the running copy's server."""
    resources = running.resources()
    resources.database.close()
    made = World(resources.settings)
    yield made
    made.end()


RUNS, STEPS = 40, 30


def test_an_evening_in_which_everything_happens(world: World) -> None:
    """The rules reach every action of a conversation: what never happens is never tested."""
    world.answered.clear()
    evening = machine_on(world)()
    evening.begins(away=set(), met=[(0, 0, CALM)])
    evening.everything_holds()
    for name, arguments in EVENING:
        getattr(evening, name)(**arguments)
        evening.everything_holds()
    actions = {name for name in REGISTRY.actions if name.startswith(("chat.", "desk."))}
    done = {name for name, status in world.answered if status == 200}
    assert actions - done == NOT_OF_A_TALK


EVENING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("say_again", {"teen": 0, "pick": 0, "other": False}),
    ("say_again", {"teen": 0, "pick": 0, "other": True}),
    ("look_around", {"teen": 0, "when": "before", "before": 4}),
    ("speak", {"member": 0, "pick": 1, "again": True}),
    ("send_card", {"member": 0, "pick": 1, "helped": "a_bit"}),
    ("poll", {"member": 0, "pick": 1}),
    ("look_up", {"member": 0, "pick": 1}),
    ("offer", {"member": 0, "pick": 1, "other": 1, "warm": False, "then": "decline"}),
    ("offer", {"member": 0, "pick": 1, "other": 2, "warm": True, "then": "accept"}),
    ("leave_talk", {"member": 0, "pick": 1}),
    ("go_into_background", {"member": 2}),
    ("set_risk", {"member": 0, "pick": 1, "level": 2}),
    ("pour_out", {"teen": 0, "text": "不想活了"}),
    ("stand_beside", {"member": 0, "pick": 1, "tier": "counsellor", "other": 3}),
    ("work_goes_on", {"passing": 121}),
    ("hand_over", {"member": 0, "pick": 2, "tier": "listener", "warm": False}),
    ("time_passes", {"passing": 301, "swept": True}),
    ("say", {"teen": 1, "text": IMMINENT}),
    ("see_to_alert", {"member": 2, "pick": 0, "end": False}),
    ("see_to_alert", {"member": 2, "pick": 0, "end": True}),
    ("clock_goes_back", {"minutes": 2}),
    ("take_next", {"member": 4}),
    ("close_and_look_after", {"member": 0, "pick": 1, "other": 2, "done": False}),
    ("close_and_look_after", {"member": 0, "pick": 1, "other": 2, "done": True}),
    ("meet", {"teen": 2, "member": 0, "text": CALM}),
    ("time_passes", {"passing": 61, "swept": True}),
    ("take_next", {"member": 1}),
    ("end_shift", {"member": 1}),
    ("dismiss", {"member": 1}),
    ("leave", {"teen": 2}),
    ("time_passes", {"passing": 259_200, "swept": True}),
)
NOT_OF_A_TALK = {
    *("desk.outbox", "desk.outbox_retry", "desk.outbox_close", "chat.figures"),
    *("chat.allow_notice", "desk.allow_notice"),  # Of WeChat: tests/wechat.
}


@pytest.mark.timeout(900)  # A failing example is made small first, which takes its time.
def test_all_invariants_hold_whatever_happens(world: World) -> None:
    """In any order; the same orders every time, as what chance finds belongs into a longer run."""
    world.answered.clear()
    machine = machine_on(world)
    run_state_machine_as_test(machine, settings=settings(profile(RUNS, STEPS), derandomize=True))
    print(f"\n{machine.examples} runs, {machine.steps} steps, {sum(world.answered.values())} calls")
    assert machine.examples >= RUNS
    assert world.answered["desk.next", 200] > RUNS
