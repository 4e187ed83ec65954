"""A copy of the service that stands in WeChat: a fake one, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cloudfunctions.app import INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.local.place import Place
from tests.fakes.wechat import FakeWeChat
from tests.support.copy import Copy
from tests.wechat.people import WeChatStaff

Staffing = Callable[..., WeChatStaff]


@pytest.fixture
def copy(wechat_copy: Copy) -> Copy:
    """A copy that has a mini-program."""
    return wechat_copy


@pytest.fixture(scope="session")
def door(wechat_copy: Copy) -> Iterator[Resources]:
    """The test's own door to its database and to WeChat."""
    place = Place.from_environment(wechat_copy.environment)
    own = place.environment(wechat_copy.state().database_uri)
    settings = Settings.from_environment({**wechat_copy.environment, **own})
    found = Resources.build(settings, INDEXES)
    yield found
    found.database.close()


@pytest.fixture(autouse=True)
def _as_ever(wechat: FakeWeChat, door: Resources) -> Iterator[None]:
    """Each test begins with a WeChat that was told nothing, and with nobody in a talk."""
    for told in (wechat.words, wechat.consents, wechat.sent, wechat.told):
        told.clear()
    with door.database.deadline(10):
        door.database.prepare()
        for name in ("conversations", "presence", "stories", "story_answers", "staff_notices"):
            door.database.collection(name).delete_many({})
    yield
    wechat.mode.clear()
    wechat.hurry()


@pytest.fixture
def staff(copy: Copy, door: Resources, wechat: FakeWeChat) -> Staffing:
    """Make a staff member of a role who is bound to an account of WeChat."""

    def make(role: str, name: str = "小鹿") -> WeChatStaff:
        return WeChatStaff(copy.address, door, wechat, role, name)

    return make
