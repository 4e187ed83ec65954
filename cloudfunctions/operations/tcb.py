"""Calling the `tcb` command (@cloudbase/cli 2.12), and what its failures mean.

It is started in a folder of its own, with no more of our environment than it needs. Secrets reach
it in `.env.local` of that folder (mode 600), which it puts into the `{{env.…}}` of cloudbaserc.json
by itself: they stand on no command line, and whatever it prints is searched for them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudfunctions.operations import CannotGoOn

SECONDS = 900.0
"""A container is built in the cloud before the command ends."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "HTTPS_PROXY", "NO_PROXY", "XDG_CONFIG_HOME")
SHORTEST_SECRET = 6
TOLD = 6
"""Lines of its output that are shown when it fails."""

MEANINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("无有效身份信息", "cloudbase login", "tcb login", "AuthFailure"),
        "tcb is not logged in",
        "tcb login, then run the same command again",
    ),
    (
        ("LimitExceeded", "超出配额", "超过限制", "Quota"),
        "a quota of the environment is used up",
        "raise it in the console (or delete what is not used), then run the same command again",
    ),
    (
        ("ResourceInsufficient", "余额不足", "欠费", "UnauthorizedOperation.Balance"),
        "the account has no money left, or the package is used up",
        "pay in the console, then run the same command again",
    ),
    (
        ("ETIMEDOUT", "ESOCKETTIMEDOUT", "ECONNRESET", "timeout", "超时"),
        "the cloud did not answer in time; it may have done it all the same",
        "run the same command again: it goes on with this step",
    ),
    (
        ("FailedOperation", "ResourceInUse", "Updating", "状态"),
        "the cloud is still busy with an earlier change",
        "wait a minute, then run the same command again",
    ),
)


@dataclass(frozen=True)
class Tcb:
    """The command, in the folder where its files lie."""

    folder: Path
    secrets: Mapping[str, str] = field(repr=False)

    def run(self, arguments: Sequence[str]) -> str:
        """Run it to its end and return what it said.

        Raises:
            CannotGoOn: it is not there, failed, or took too long.
        """
        program = shutil.which("tcb")
        if program is None:
            raise CannotGoOn(
                "there is no tcb command",
                "npm install --global @cloudbase/cli@2.12, then tcb login",
            )
        try:
            done = subprocess.run(
                [program, *arguments],
                cwd=self.folder,
                env={name: os.environ[name] for name in KEPT if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(arguments, "ETIMEDOUT") from None
        if done.returncode != 0:
            raise self._failed(arguments, done.stdout)
        return done.stdout

    def _failed(self, arguments: Sequence[str], said: str) -> CannotGoOn:
        last = "\n    ".join(self.hidden(said).strip().splitlines()[-TOLD:])
        what, following = "the tcb command failed", "see what it said, then run this again"
        for signs, meaning, step in MEANINGS:
            if any(sign in said for sign in signs):
                what, following = meaning, step
                break
        return CannotGoOn(f"{what}\n    {shown(arguments)}\n    {last}", following)

    def hidden(self, text: str) -> str:
        """Return `text` with every value of a secret covered."""
        for value in sorted(self.secrets.values(), key=len, reverse=True):
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, "***")
        return text


def shown(arguments: Sequence[str]) -> str:
    """Return the command as it can be typed."""
    return shlex.join(["tcb", *arguments])
