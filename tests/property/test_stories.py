"""No order of what authors, readers, moderators, time and faults do shows an unapproved wording."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from cloudfunctions.app import REGISTRY
from tests.property.shelf import Stories
from tests.property.test_conversation import profile
from tests.property.world import World
from tests.support.copy import Copy
from tests.support.proxy import MongoProxy

RUNS, STEPS = 25, 30


@pytest.fixture(scope="module")
def proxy(running: Copy) -> Iterator[MongoProxy]:
    """What stands before the database, and loses replies when told to."""
    with MongoProxy.before(running.state().database_uri) as found:
        yield found


@pytest.fixture(scope="module")
def world(running: Copy, proxy: MongoProxy) -> Iterator[World]:
    """The app in process, on a database of its own behind the proxy."""
    resources = running.resources()
    resources.database.close()
    uri = proxy.uri(running.state().database_uri)
    made = World(dataclasses.replace(resources.settings, database_uri=uri))
    yield made
    proxy.times = 0
    made.end()


def machine_on(world: World, proxy: MongoProxy) -> type[Stories]:
    """The machine, acting on this world."""
    fresh = {"world": world, "proxy": proxy, "examples": 0, "steps": 0, "shown": Counter()}
    return type("StoriesHere", (Stories,), fresh)


def test_the_rules_reach_every_end(world: World, proxy: MongoProxy) -> None:
    """What never happens is never tested."""
    world.answered.clear()
    machine = machine_on(world, proxy)
    day = machine()
    day.begins([])
    for number, end in enumerate(("publish", "mask", "change", "withhold")):
        day.share(number % 3, number // 3, 1, 2, end, old=False, fault="")
        day.readers_see_what_was_approved()
    day.agree(1, 0, stale=False, fault="")
    day.swaps(1, 3, 2, "publish", again=True)
    day.answer(2, 0, 0)
    day.take(3, 0)
    day.decide(3, 0, "publish", from_14=False, sure=True)
    day.hug(2, 0, on=True)
    day.given(2, 0, taken_back=False)
    day.readers_see_what_was_approved()
    assert set(machine.shown) == {"s", "a"}
    day.report(0, 3)
    day.share(2, 1, 3, 2, "publish", old=False, fault="")
    day.sweep()
    day.withdraw(0, 0, "published", fault="")
    day.save(0, 1, 0, late=False)
    day.send(0, 1)
    day.take(3, 0)
    day.put_back(3, 0)
    day.again(1)
    day.given(2, 0, taken_back=True)
    day.erase_all(1)
    day.readers_see_what_was_approved()
    wanted = {name for name in REGISTRY.actions if name.startswith("story.")}
    done = {name for name, status in world.answered if status == 200}
    assert wanted - done == {
        *("story.talk", "story.poll", "story.answer_as_counsellor", "story.figures"),
    }


@pytest.mark.timeout(1_200)  # A failing example is made small first, which takes its time.
def test_nothing_is_shown_that_was_not_approved(world: World, proxy: MongoProxy) -> None:
    """In any order; the same orders every time, as what chance finds belongs into a longer run."""
    world.answered.clear()
    machine = machine_on(world, proxy)
    run_state_machine_as_test(machine, settings=settings(profile(RUNS, STEPS), derandomize=True))
    shown = sum(machine.shown.values())
    print(
        f"\n{machine.examples} runs, {machine.steps} steps, {sum(world.answered.values())} calls, "
        f"{shown} wordings looked at, {sum(proxy.seen.values())} faults"
    )
    assert machine.examples >= RUNS
    assert shown > RUNS
    assert sum(proxy.seen.values()) > RUNS // 2
    assert world.answered["story.decide", 200] > RUNS
