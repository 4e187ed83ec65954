"""People for the attacks: one of each role, and a check that the database stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudfunctions.common.identity import STAFF
from cloudfunctions.common.resources import Resources
from tests.attack.bodies import fingerprint
from tests.support.copy import Copy
from tests.support.people import Caller, Staff, Teen


@pytest.fixture(scope="package")
def people(running: Copy, resources: Resources) -> dict[str, Caller]:
    """One caller of each role."""
    members = {role: Staff(running.address, resources, role) for role in sorted(STAFF)}
    return {"teen": Teen(running.address), **members}


@pytest.fixture(scope="module")
def nothing_changes(people: dict[str, Caller], resources: Resources) -> Iterator[None]:
    """The tests of a module that asks for it leave every collection as it was."""
    for role in ("listener", "counsellor", "supervisor"):
        # Makes the presence now, so that the first call of an attack does not.
        people[role].call("desk.queue")
    with resources.database.deadline(10):
        # Talks that earlier tests left could be swept meanwhile.
        resources.database.collection("conversations").delete_many({})
    before = fingerprint(resources)
    yield
    assert fingerprint(resources) == before
