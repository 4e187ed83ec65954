"""How a call shows whose it is: the three sources of WeChat's access token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cloudfunctions.common.wechat.errcodes import WeChatFault

CLOUDBASE_TOKEN_FILE = Path("/.tencentcloudbase/wx/cloudbase_access_token")
"""Where a container of WeChat Cloud Hosting finds it; replaced every 10 minutes, good for 30."""

Shown = Mapping[str, str]
"""The query parameter by which a call shows its token; empty where it needs none."""


class TokenSource(Protocol):
    """Where a call's token comes from."""

    def current(self, until: float) -> Shown:
        """Return a token that should be good."""

    def renewed(self, refused: Shown, until: float) -> Shown | None:
        """Return another one than `refused`, None if there is none."""


class NoToken:
    """The open-interface service inside a container: it knows who calls."""

    def current(self, until: float) -> Shown:  # noqa: ARG002
        """Nothing to show."""
        return {}

    def renewed(self, refused: Shown, until: float) -> Shown | None:  # noqa: ARG002
        """Nothing to renew."""
        return None


class CloudbaseToken:
    """The token that WeChat lays into the container; the platform renews it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def current(self, until: float) -> Shown:  # noqa: ARG002
        """Read it."""
        try:
            token = self._path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token:
            raise WeChatFault("misconfigured")
        return {"cloudbase_access_token": token}

    def renewed(self, refused: Shown, until: float) -> Shown | None:
        """Read it again: it may have been replaced since."""
        found = self.current(until)
        return None if found == refused else found
