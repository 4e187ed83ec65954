"""A database written by newer code is left alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import flask
import pytest

from cloudfunctions.app import INDEXES, create_app
from cloudfunctions.common.database import SCHEMA, Database, SchemaTooNew
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings


@pytest.fixture
def settings(resources: Resources) -> Settings:
    """A database of its own on the server of the running copy."""
    return replace(resources.settings, database_name=f"schema_{secrets.token_hex(6)}")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """That database, closed and dropped afterwards."""
    found = Database(settings, INDEXES)
    yield found
    with found.deadline(10):
        found._client.drop_database(settings.database_name)
    found.close()


@pytest.fixture
def newer(database: Database) -> Database:
    """That database, as newer code left it."""
    with database.deadline(10):
        database.collection("schema").insert_one({"_id": "schema", "number": SCHEMA + 1})
    return database


@pytest.fixture
def app(newer: Database, settings: Settings) -> Iterator[flask.Flask]:
    """The service on it."""
    made = create_app(settings)
    yield made
    made.extensions["resources"].database.close()


def test_the_first_use_writes_the_number_and_the_indexes(database: Database) -> None:
    with database.deadline(20):
        database.prepare()
        database.prepare()
        assert database.collection("schema").find_one() == {"_id": "schema", "number": SCHEMA}
        for name, models in INDEXES.items():
            there = set(database.collection(name).index_information())
            assert {model.document["name"] for model in models} <= there


def test_a_newer_number_refuses_to_start(newer: Database) -> None:
    with newer.deadline(10), pytest.raises(SchemaTooNew, match=str(SCHEMA + 1)):
        newer.prepare()
    assert not newer.reachable()


def test_the_service_on_newer_documents_is_not_ready_and_writes_nothing(
    app: flask.Flask, newer: Database
) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 503
    answer = client.post("/api/account.sign_in", json={"device": "d" * 40})
    assert answer.status_code == 503
    assert "12356" in answer.get_json()["error"]["hint"]
    with newer.deadline(10):
        assert newer.collection("teens").count_documents({}) == 0
        assert newer.collection("schema").find_one() == {"_id": "schema", "number": SCHEMA + 1}
