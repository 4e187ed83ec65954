"""Migrations with a step of the test's own: every document moves, the number when all have."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudfunctions.app import INDEXES
from cloudfunctions.common.database import SCHEMA, Database, SchemaBehind, SchemaTooNew
from cloudfunctions.common.migrations import STEPS, Step, migrate
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT, Settings
from tests.support.copy import Copy
from tests.support.databases import environment_of

PEOPLE = 300
AT_ONCE = 20


def by_first_name(database: Database) -> Iterator[int]:
    """Names of two words become two fields."""
    people = database.collection("people")
    while batch := list(people.find({"name": {"$exists": True}}).limit(AT_ONCE)):
        for one in batch:
            first, _, last = one["name"].partition(" ")
            people.update_one(
                {"_id": one["_id"], "name": one["name"]},
                {"$set": {"first": first, "last": last}, "$unset": {"name": ""}},
            )
        yield len(batch)


SPLIT = Step(2, "names", by_first_name)


@pytest.fixture
def settings(resources: Resources) -> Settings:
    """A database of its own on the server of the running copy."""
    return replace(resources.settings, database_name=f"migrated_{secrets.token_hex(6)}")


@pytest.fixture
def old(settings: Settings) -> Iterator[Database]:
    """That database with people of schema 1."""
    found = Database(settings, INDEXES, schema=1)
    with found.deadline(60):
        found.prepare()
        people = [{"_id": n, "name": f"first{n} last{n}"} for n in range(PEOPLE)]
        for start in range(0, PEOPLE, 50):
            found.collection("people").insert_many(people[start : start + 50])
    yield found
    with found.deadline(60):
        found._client.drop_database(settings.database_name)
    found.close()


@pytest.fixture
def newer(settings: Settings) -> Iterator[Database]:
    """The same database, as code of schema 2 sees it."""
    found = Database(settings, INDEXES, schema=2)
    yield found
    found.close()


def assert_whole(database: Database) -> None:
    """Every person is of the new shape, once, and the number says so."""
    with database.deadline(60):
        people = sorted(database.collection("people").find(), key=lambda one: int(one["_id"]))
        assert people == [
            {"_id": n, "first": f"first{n}", "last": f"last{n}"} for n in range(PEOPLE)
        ]
        assert database.collection("schema").find_one() == {"_id": "schema", "number": 2}


def quiet(_: str) -> None:
    """Say nothing."""


def test_there_is_a_step_for_every_number() -> None:
    assert [step.number for step in STEPS] == list(range(2, SCHEMA + 1))


def test_newer_code_waits_until_the_step_is_whole(old: Database, newer: Database) -> None:
    with newer.deadline(10), pytest.raises(SchemaBehind):
        newer.prepare()
    assert not newer.reachable()
    assert migrate(old, [SPLIT], quiet) == 2
    assert_whole(old)
    assert newer.reachable()


def test_older_code_does_not_start_on_documents_half_of_each_shape(
    old: Database, settings: Settings
) -> None:
    def cut(database: Database) -> Iterator[int]:
        yield next(by_first_name(database))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(old, [Step(2, "names", cut)], quiet)
    late = Database(settings, INDEXES, schema=1)
    with late.deadline(10), pytest.raises(SchemaTooNew):
        late.prepare()
    late.close()
    assert migrate(old, [SPLIT], quiet) == 2
    assert_whole(old)


def test_again_does_nothing_and_an_empty_database_needs_nothing(
    old: Database, settings: Settings
) -> None:
    assert [migrate(old, [SPLIT], quiet) for _ in range(3)] == [2, 2, 2]
    assert_whole(old)
    empty = Database(replace(settings, database_name=f"{settings.database_name}_e"), INDEXES)
    assert migrate(empty, [SPLIT], quiet) == 2
    assert empty.collections() == []
    empty.close()


def test_two_at_once_do_no_harm(old: Database, newer: Database) -> None:
    both = [threading.Thread(target=migrate, args=(one, [SPLIT], quiet)) for one in (old, newer)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert_whole(old)


def test_steps_follow_each_other(old: Database) -> None:
    def upper(database: Database) -> Iterator[int]:
        people = database.collection("people")
        found = list(people.find({"first": {"$exists": True}}))
        for one in found:
            people.update_one(
                {"_id": one["_id"], "first": one["first"]},
                {"$set": {"given": one["first"].upper()}, "$unset": {"first": ""}},
            )
        yield len(found)

    assert migrate(old, [SPLIT, Step(3, "given names", upper)], quiet) == 3
    with old.deadline(10):
        assert old.collection("people").count_documents({"given": "FIRST7"}) == 1
        assert old.collection("schema").find_one() == {"_id": "schema", "number": 3}


def test_a_database_of_newer_code_is_left_alone(old: Database) -> None:
    with old.deadline(10):
        old.collection("schema").update_one({"_id": "schema"}, {"$set": {"number": 3}})
    with pytest.raises(SchemaTooNew):
        migrate(old, [SPLIT], quiet)
    with old.deadline(10):
        assert old.collection("people").count_documents({"name": {"$exists": True}}) == PEOPLE


KILLED = """
import os
from cloudfunctions.app import INDEXES
from cloudfunctions.common.database import Database
from cloudfunctions.common.migrations import migrate
from cloudfunctions.common.settings import Settings
from tests.unit.common.test_migrations import SPLIT
migrate(Database(Settings.from_environment(os.environ), INDEXES, schema=2), [SPLIT])
"""


def test_killed_half_way_and_run_again(old: Database, running: Copy, settings: Settings) -> None:
    environment = environment_of(running, DATABASE_NAME=settings.database_name)
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", KILLED], env=environment, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout as told:
        for _ in range(3):
            assert told.readline().startswith(b"schema 2, names:")
        process.kill()
        process.wait()
    with old.deadline(10):
        left = old.collection("people").count_documents({"name": {"$exists": True}})
        mark = old.collection("schema").find_one()
    assert 0 < left < PEOPLE
    assert mark == {"_id": "schema", "number": 1, "toward": 2}
    assert migrate(old, [SPLIT], quiet) == 2
    assert_whole(old)
