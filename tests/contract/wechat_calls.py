"""Every call of the WeChat client, and clients that make them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudfunctions.common import clock
from cloudfunctions.common.database import Database
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.common.wechat import WeChat, WeChatFault
from cloudfunctions.common.wechat.tokens import CLOUDBASE_TOKEN_FILE
from tests.fakes import wechat as fakes
from tests.fakes.wechat import FakeWeChat

OPENID = "oCanary4openid8of2a7teen"
UNIONID = "oCanary4unionid"
WORDS = "金丝雀canary4text：今天有点闷"
PICTURE = "https://example.invalid/canary4picture.png"
NUMBER = "13800138000"
NOWHERE = "mongodb://127.0.0.1:9/"

Call = Callable[[FakeWeChat, WeChat], Any]


def _told(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.consent(OPENID, fake.teen_template)
    fields = {"thing1": "有人在等你", "time2": "2026-11-25 18:30"}
    wechat.send_subscribe(OPENID, fake.teen_template, fields, "pages/talk/index")


def _answered(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.writes(OPENID)
    wechat.send_customer(OPENID, "有人在这里等你")


CALLS: dict[str, Call] = {
    fakes.LOGIN: lambda f, w: w.code_to_session(f.code_for(OPENID, UNIONID)).openid,
    fakes.TEXT_CHECK: lambda _, w: w.check_text(OPENID, WORDS, 3).suggest,
    fakes.MEDIA_CHECK: lambda _, w: w.check_media(OPENID, PICTURE, 1),
    fakes.SUBSCRIBE: _told,
    fakes.CUSTOMER: _answered,
    fakes.RISK_RANK: lambda _, w: w.risk_rank(OPENID, "203.0.113.7"),
    fakes.PHONE: lambda f, w: w.phone_number(f.phone_code_for(NUMBER)),
}
"""A call of each API that goes well, by its path."""


@dataclass
class Held:
    """Time that a test holds: milliseconds since 1970 as a call, seconds as `steady`."""

    at: int = field(default_factory=clock.now)

    def __call__(self) -> int:
        """As a `Clock`."""
        return self.at

    def steady(self) -> float:
        """The same in seconds, for breakers."""
        return self.at / clock.SECOND

    def pass_by(self, milliseconds: int) -> None:
        """Time goes on."""
        self.at += milliseconds


def settings_of(fake: FakeWeChat, source: str, **environment: str) -> Settings:
    """Settings of a deployment with its database nowhere."""
    needed = {"SECRET_KEY": "k" * 40, "MASTER_KEY": f"k1:{'A' * 43}=", "MONGODB_URI": NOWHERE}
    own = {"WECHAT_TOKEN_SOURCE": source, "REQUEST_SECONDS": "0.5"}
    return Settings.from_environment({**needed, **fake.environment, **own, **environment})


def nowhere(settings: Settings) -> Database:
    """A database that nobody serves."""
    return Database(settings, {})


def client(
    fake: FakeWeChat,
    source: str,
    resources: Resources,
    time_held: Held | None = None,
    token_file: Path = CLOUDBASE_TOKEN_FILE,
) -> WeChat:
    """A client as one process has it; no two know of each other but by the database."""
    wechat = settings_of(fake, source).wechat
    assert wechat is not None
    held = time_held or Held()
    return WeChat(
        wechat, resources.database, held, resources.vault, token_file=token_file, steady=held.steady
    )


def without_database(settings: Settings) -> Resources:
    """The parts of such a deployment; whoever asks for them closes the database."""
    return Resources.build(settings, {})


def fault_in(call: Callable[[], Any]) -> WeChatFault | None:
    """What the call raised; any other exception fails the test by itself."""
    try:
        call()
    except WeChatFault as fault:
        return fault
    return None


def at_once(calls: list[Callable[[], Any]]) -> list[WeChatFault | None]:
    """Make all the calls in parallel."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(fault_in, calls))


def seconds_of(call: Callable[[], Any]) -> float:
    """How long it took, whatever came of it."""
    started = time.monotonic()
    fault_in(call)
    return time.monotonic() - started
