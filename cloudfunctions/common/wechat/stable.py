"""stable_token, kept for all processes in the database."""

from __future__ import annotations

from cloudfunctions.common.clock import Clock
from cloudfunctions.common.crypto import Vault
from cloudfunctions.common.database import Database
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.wechat.calls import Endpoint, Wire
from cloudfunctions.common.wechat.errcodes import WeChatFault
from cloudfunctions.common.wechat.tokens import Shown

STABLE_TOKEN = Endpoint("/cgi-bin/stable_token", "token", 3.0, repeatable=True)


class StableToken:
    """One token for all."""

    def __init__(
        self, settings: WeChatSettings, database: Database, now: Clock, vault: Vault, wire: Wire
    ) -> None:
        self._settings, self._wire = settings, wire
        self._shown: Shown | None = None

    def current(self, until: float) -> Shown:
        """Return the token kept, or a fresh one."""
        if self._shown is None:
            self._shown = self._asked(until)
        return self._shown

    def renewed(self, refused: Shown, until: float) -> Shown | None:
        """Ask anew."""
        self._shown = self._asked(until)
        return None if self._shown == refused else self._shown

    def _asked(self, until: float) -> Shown:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.appid,
            "secret": self._settings.secret,
            "force_refresh": False,
        }
        token = self._wire.ask(STABLE_TOKEN, {}, body, until).get("access_token")
        if not isinstance(token, str) or not token:
            raise WeChatFault("unreachable")
        return {"access_token": token}
