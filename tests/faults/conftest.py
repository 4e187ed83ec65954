"""The copy whose database the services under fault stand on, and whoever it tells of alerts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudfunctions.common.resources import Resources
from tests.fakes.notify import FakeNotify
from tests.support.copy import Copy

KEY = "key-of-the-receiver"


@pytest.fixture(scope="session")
def receiver() -> Iterator[FakeNotify]:
    """Whoever is told."""
    with FakeNotify() as found:
        yield found


@pytest.fixture(scope="session")
def host(receiver: FakeNotify, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy that nobody kills, with a sweep that tells the receiver."""
    data = tmp_path_factory.mktemp("host")
    found = Copy(data, NOTIFY_URL=receiver.url, NOTIFY_KEY=KEY).start()
    yield found
    found.discard()


@pytest.fixture(scope="session")
def door(host: Copy) -> Iterator[Resources]:
    """The tests' own door to its database."""
    found = host.resources()
    yield found
    found.database.close()
