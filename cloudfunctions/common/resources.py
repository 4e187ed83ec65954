"""What a request needs, made once a process and handed in: there is no global to reach for."""

from __future__ import annotations

from dataclasses import dataclass

from cloudfunctions.common import clock
from cloudfunctions.common.changes import WHOLE_COLLECTION, Hub, keys_of_document
from cloudfunctions.common.clock import Clock
from cloudfunctions.common.crypto import Vault
from cloudfunctions.common.database import Database, Indexes
from cloudfunctions.common.identity import Identity
from cloudfunctions.common.limits import Limiter
from cloudfunctions.common.llm import Llm
from cloudfunctions.common.notifier import Notifier
from cloudfunctions.common.recent import Recent
from cloudfunctions.common.settings import Settings
from cloudfunctions.common.wechat import WeChat


@dataclass(frozen=True)
class Resources:
    """The parts that features use."""

    settings: Settings
    database: Database
    identity: Identity
    hub: Hub
    gone: Hub
    limiter: Limiter
    recent: Recent
    now: Clock
    notifier: Notifier
    vault: Vault
    llm: Llm | None = None
    wechat: WeChat | None = None

    @classmethod
    def build(cls, settings: Settings, indexes: Indexes, now: Clock = clock.now) -> Resources:
        """Make them; connects to nothing yet."""
        database = Database(settings, indexes)
        vault = Vault(database, settings.master_keys)
        return cls(
            settings=settings,
            database=database,
            identity=Identity(settings),
            hub=Hub(database, "conversations"),
            gone=Hub(database, "story_gone", WHOLE_COLLECTION, keys_of_document),
            limiter=Limiter(),
            recent=Recent(),
            now=now,
            notifier=Notifier(settings.notify_url, settings.notify_key),
            vault=vault,
            llm=Llm(settings.llm) if settings.llm is not None else None,
            wechat=WeChat(settings.wechat, database, now, vault) if settings.wechat else None,
        )
