"""stable_token: one access token for all processes, kept sealed in the database.

`wechat_tokens`: {_id: appid, version, sealed, renew_at, expires_at, forced_at, lease_until,
holder}. Who finds the token old takes the lease by a guarded write and asks WeChat; the others go
on with the old token while it lives, else they wait for the new one. The lease of a process that
died runs out.

Promise: however many find a token expired or refused at once, WeChat is asked for one new token.
Without the database every process asks for itself, which does no harm: until a token is renewed,
stable_token gives the same one to all. Source: getStableAccessToken (7,200 s at most; renewed from
5 minutes before its end, when old and new are good; force_refresh ends the old one, 20 a day).
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import MINUTE, SECOND, Clock
from cloudfunctions.common.crypto import Unreadable, Vault
from cloudfunctions.common.database import Database, Document
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.wechat.calls import Endpoint, Wire
from cloudfunctions.common.wechat.errcodes import WeChatFault
from cloudfunctions.common.wechat.tokens import Shown

STABLE_TOKEN = Endpoint("/cgi-bin/stable_token", "token", 3.0, repeatable=True)

COLLECTION = "wechat_tokens"
SEALED_FOR = "wechat"
"""Under this name the vault keeps the key that seals the token."""
RENEW_BEFORE = 270 * SECOND
"""Inside the 5 minutes in which WeChat gives a new token while the old one is good."""
TRY_AGAIN = 30 * SECOND
"""After WeChat gave no new token in time, or refused to give one at all."""
FORCE_EVERY = 75 * MINUTE
"""Less than the 20 times a day that are allowed."""
LEASE = 10 * SECOND
"""Longer than a refresh may take."""
DATABASE_SECONDS = 1.0
LOOK_AGAIN = 0.05
LIFE_MAXIMUM = 7_200
TOKEN_MAXIMUM = 2_048

_NEW: Document = {
    "version": 0,
    "sealed": b"",
    "renew_at": 0,
    "expires_at": 0,
    "forced_at": 0,
    "lease_until": 0,
    "holder": "",
}


@dataclass(frozen=True)
class _Kept:
    """A token and its times, in milliseconds since 1970."""

    token: str = field(repr=False)
    renew_at: int
    expires_at: int


class StableToken:
    """The token of one mini-program as one process knows it; safe to share between threads."""

    def __init__(
        self, settings: WeChatSettings, database: Database, now: Clock, vault: Vault, wire: Wire
    ) -> None:
        self._settings, self._database, self._now = settings, database, now
        self._vault, self._wire = vault, wire
        self._lock = threading.Lock()
        self._held: _Kept | None = None
        self._forced_at = 0
        self._refusal: tuple[int, WeChatFault] | None = None

    def current(self, until: float) -> Shown:
        """Return a token that is good by our clock; seldom a new one has to be fetched first."""
        held = self._held
        if held is not None and self._now() < held.renew_at:
            return _shown(held)
        return _shown(self._other_than("", held, until))

    def renewed(self, refused: Shown, until: float) -> Shown:
        """Return another token than `refused`, which WeChat calls expired or not valid."""
        return _shown(self._other_than(refused.get("access_token", ""), None, until))

    def _other_than(self, refused: str, old: _Kept | None, until: float) -> _Kept:
        """Let one thread of this process look; the others have the old token, or wait."""
        usable = old if old is not None and self._lives(old, refused) else None
        left = 0.0 if usable is not None else max(0.0, until - time.monotonic())
        if not self._lock.acquire(timeout=left):
            if usable is not None:
                return usable
            raise WeChatFault("busy")
        try:
            self._held = self._looked_for(refused, until)
            return self._held
        finally:
            self._lock.release()

    def _looked_for(self, refused: str, until: float) -> _Kept:
        while True:
            if self._held is not None and self._is_fresh(self._held, refused):
                return self._held
            self._raise_a_late_refusal()
            try:
                kept, lease = self._read_or_lease(refused, until)
            except PyMongoError as error:
                telemetry.note("wechat_token_not_kept", type=type(error).__name__)
                return self._fetched(refused, self._forced_at, until)
            if lease is not None:
                return self._renewed(lease, kept, refused, until)
            if kept is not None:
                return kept
            if time.monotonic() + LOOK_AGAIN > until:
                raise WeChatFault("busy")
            time.sleep(LOOK_AGAIN)

    def _raise_a_late_refusal(self) -> None:
        # A wrong secret stays wrong; asking with every call would only use up the quota.
        if self._refusal is not None and self._now() < self._refusal[0]:
            raise WeChatFault(self._refusal[1].kind, self._refusal[1].code)

    def _read_or_lease(self, refused: str, until: float) -> tuple[_Kept | None, Document | None]:
        """Return (the token kept, if it can be used; the document, if the lease is ours now)."""
        with self._deadline(until):
            document = self._document()
            kept = self._opened(document)
            if kept is not None and self._is_fresh(kept, refused):
                return kept, None
            usable = kept if kept is not None and self._lives(kept, refused) else None
            return usable, self._leased(document)

    def _renewed(self, lease: Document, usable: _Kept | None, refused: str, until: float) -> _Kept:
        """Fetch a token under our lease; where the old one lives, half the time must do."""
        now = time.monotonic()
        latest = until if usable is None else now + (until - now) / 2
        try:
            fresh = self._fetched(refused, int(lease["forced_at"]), latest)
        except WeChatFault:
            self._give_back(lease, None, until)
            if usable is None:
                raise
            return replace(usable, renew_at=self._now() + TRY_AGAIN)
        self._give_back(lease, fresh, until)
        return fresh

    def _fetched(self, refused: str, forced_at: int, until: float) -> _Kept:
        """Ask WeChat; by force only where it goes on giving the token that it refuses."""
        try:
            fresh = self._asked(until, force=False)
            if fresh.token == refused:
                if self._now() - max(forced_at, self._forced_at) < FORCE_EVERY:
                    raise WeChatFault("misconfigured")
                self._forced_at = self._now()
                telemetry.note("wechat_token_forced")
                fresh = self._asked(until, force=True)
        except WeChatFault as fault:
            if fault.kind in ("misconfigured", "quota"):
                self._refusal = (self._now() + TRY_AGAIN, fault)
            raise
        return fresh

    def _asked(self, until: float, *, force: bool) -> _Kept:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.appid,
            "secret": self._settings.secret,
            "force_refresh": force,
        }
        asked_at = self._now()
        answer = self._wire.ask(STABLE_TOKEN, {}, body, until)
        token, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= TOKEN_MAXIMUM:
            raise WeChatFault("unreachable")
        if not isinstance(life, int) or not 0 < life <= LIFE_MAXIMUM:
            raise WeChatFault("unreachable")
        ends = asked_at + life * SECOND
        # Where WeChat gave the old one once more, asking again at once would bring nothing else.
        return _Kept(token, max(ends - RENEW_BEFORE, asked_at + TRY_AGAIN), ends)

    def _lives(self, kept: _Kept, refused: str) -> bool:
        return kept.token != refused and self._now() < kept.expires_at

    def _is_fresh(self, kept: _Kept, refused: str) -> bool:
        return self._lives(kept, refused) and self._now() < kept.renew_at

    def _document(self) -> Document:
        found = self._collection().find_one({"_id": self._settings.appid})
        if found is not None:
            return found
        document = {"_id": self._settings.appid, **_NEW}
        try:
            self._collection().insert_one(document)
        except DuplicateKeyError:
            # Another process began a moment before; its lease may be taken already.
            return self._document()
        return document

    def _leased(self, document: Document) -> Document | None:
        now, until = self._now(), int(document["lease_until"])
        # One that lasts longer than any lease was taken by a clock that is wrong.
        if now < until <= now + LEASE:
            return None
        mine = {"lease_until": now + LEASE, "holder": secrets.token_hex(8)}
        guard = {"version": document["version"], "lease_until": document["lease_until"]}
        guard = {"_id": document["_id"], "holder": document["holder"], **guard}
        done = self._collection().update_one(guard, {"$set": mine})
        return {**document, **mine} if done.modified_count == 1 else None

    def _give_back(self, lease: Document, fresh: _Kept | None, until: float) -> None:
        """End our lease, if it is ours still, and keep the fresh token for all."""
        guard = {"_id": lease["_id"], "holder": lease["holder"]}
        forced_at = max(lease["forced_at"], self._forced_at)
        changes: Document = {"lease_until": 0, "holder": "", "forced_at": forced_at}
        try:
            with self._deadline(until):
                if fresh is not None:
                    changes.update(self._as_document(fresh, lease["version"] + 1))
                self._collection().update_one(guard, {"$set": changes})
        except PyMongoError as error:
            telemetry.note("wechat_token_not_kept", type=type(error).__name__)

    def _as_document(self, fresh: _Kept, version: int) -> Document:
        return {
            "version": version,
            "sealed": self._sealed(fresh.token, version),
            "renew_at": fresh.renew_at,
            "expires_at": fresh.expires_at,
        }

    def _sealed(self, token: str, version: int) -> bytes:
        try:
            return self._vault.seal(SEALED_FOR, self._place(version), token)
        except Unreadable:
            # Its key is wrapped by a master key that is gone; what it sealed is no loss.
            self._vault.forget(SEALED_FOR)
            return self._vault.seal(SEALED_FOR, self._place(version), token)

    def _opened(self, document: Document) -> _Kept | None:
        if not document["sealed"]:
            return None
        place = self._place(document["version"])
        try:
            token = self._vault.open(SEALED_FOR, place, document["sealed"])
        except Unreadable:
            telemetry.note("wechat_token_unreadable")
            return None
        return _Kept(token, document["renew_at"], document["expires_at"])

    def _place(self, version: int) -> str:
        return f"{COLLECTION}/{self._settings.appid}/{version}"

    def _deadline(self, until: float) -> Any:
        return self._database.deadline(min(DATABASE_SECONDS, max(0.1, until - time.monotonic())))

    def _collection(self) -> Collection[Document]:
        return self._database.collection(COLLECTION)


def _shown(kept: _Kept) -> Shown:
    return {"access_token": kept.token}
