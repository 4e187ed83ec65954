"""Shared set-up: one running copy for all tests that leave it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudfunctions.common.resources import Resources
from tests.fakes.wechat import FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Staff, Teen


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy that nobody kills."""
    copy = Copy(tmp_path_factory.mktemp("running")).start()
    yield copy
    copy.discard()


@pytest.fixture(scope="session")
def resources(running: Copy) -> Iterator[Resources]:
    """The test's own door to that copy's database."""
    found = running.resources()
    yield found
    found.database.close()


@pytest.fixture
def own_copy(tmp_path: Path) -> Iterator[Copy]:
    """A copy of the test's own, to be killed at will."""
    copy = Copy(tmp_path / "own").start()
    yield copy
    copy.discard()


@pytest.fixture(scope="session")
def wechat_served() -> Iterator[FakeWeChat]:
    """WeChat, as long as the copy that speaks to it runs."""
    with FakeWeChat() as fake:
        yield fake


@pytest.fixture
def wechat(wechat_served: FakeWeChat) -> Iterator[FakeWeChat]:
    """WeChat, well at first, and asked nothing that is not as its documents say."""
    wechat_served.mode.clear()
    wechat_served.barred.clear()
    yield wechat_served
    assert not wechat_served.faults


@pytest.fixture(scope="session")
def wechat_copy(
    wechat_served: FakeWeChat, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copy]:
    """A copy that has a mini-program; nobody kills it."""
    copy = Copy(tmp_path_factory.mktemp("wechat"), **wechat_served.environment)
    # WeChat fetches pictures by the address that the copy has.
    copy.also(WECHAT_PUBLIC_URL=copy.address).start()
    yield copy
    copy.discard()


@pytest.fixture(scope="session")
def wechat_door(wechat_copy: Copy) -> Iterator[Resources]:
    """The test's own door to that copy's database."""
    found = wechat_copy.resources()
    yield found
    found.database.close()


@pytest.fixture
def teen(running: Copy) -> Teen:
    """A teen who has just opened the page."""
    return Teen(running.address)


@pytest.fixture
def staff(running: Copy, resources: Resources) -> Callable[[str], Staff]:
    """Make a staff member of a role."""
    return lambda role: Staff(running.address, resources, role)


@pytest.fixture
def empty_queue(resources: Resources) -> None:
    """Nobody waits and nobody holds a talk, whatever earlier tests left."""
    with resources.database.deadline(10):
        resources.database.collection("conversations").delete_many({})
        resources.database.collection("presence").delete_many({})
