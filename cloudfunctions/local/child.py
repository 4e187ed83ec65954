"""Starting, watching and ending the processes of one copy, and nobody else's."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_MAXIMUM = 10_000_000


class Child:
    """One process that is started again when it dies."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._command = list(command)
        self._log = log
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def pid(self) -> int:
        """Its process id, 0 before the start."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the launcher alone."""
        if self._log.exists() and self._log.stat().st_size > LOG_MAXIMUM:
            self._log.rename(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        self._started = time.monotonic()

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def lived(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def stop(self, seconds: float) -> None:
        """Ask it to end, wait, and insist after `seconds`."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The end of its log."""
        try:
            return self._log.read_bytes()[-1_500:].decode("utf-8", "replace").strip()
        except OSError:
            return ""


def _end_with_parent() -> None:
    # A launcher that is killed outright must not leave a database holding the folder.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def command_of(pid: int) -> str:
    """Return the command line of a process, '' if there is none."""
    # Without -ww it is cut at the width of the terminal, where that is exported.
    found = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def end_left_over(pid: int, mark: str, seconds: float = 10) -> bool:
    """End a process of ours that outlived its launcher; `mark` must stand in its command line.

    Returns whether it is gone now.
    """
    if mark not in command_of(pid):
        return True
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(pid, number)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if mark not in command_of(pid):
                return True
            time.sleep(0.1)
    return False
