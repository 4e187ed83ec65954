"""A second service on the database of a running copy: gunicorn and its workers, nothing else.

It is started with the copy's own secret, so both know the same people, and with an entry, a way to
the database or settings of the test's own. The copy that owns the database stays whole.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place, any_free_port
from tests.support.copy import Copy

START_SECONDS = 60.0
PAUSE = 0.02


class Beside:
    """The service under another entry; a context manager that ends it."""

    def __init__(
        self,
        copy: Copy,
        folder: Path,
        entry: str = "cloudfunctions.app:from_environment()",
        database_uri: str = "",
        **environment: str,
    ) -> None:
        self.port = any_free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        place = Place.from_environment(copy.environment)
        known = place.environment(database_uri or copy.state().database_uri)
        self._environment = {**known, "PORT": str(self.port), **environment}
        self._entry = entry
        self._log = folder / f"service-{self.port}.log"

    def __enter__(self) -> Beside:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudfunctions.gunicorn_conf"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, self._entry],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()
        self._process.wait(20)

    @property
    def pid(self) -> int:
        """gunicorn's master."""
        return self._process.pid

    def terminate(self) -> None:
        """Tell it to stop, as a platform does."""
        self._process.terminate()

    def ended(self, seconds: float) -> float:
        """Return the moment at which it had ended."""
        self._process.wait(seconds)
        return time.monotonic()

    def wait_ready(self) -> None:
        """Wait until it serves."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if requests.get(f"{self.address}/readyz", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(PAUSE)
        raise TimeoutError(f"not ready after {START_SECONDS} s:\n{self.log()[-2_000:]}")

    def log(self) -> str:
        """What it logged."""
        return self._log.read_text()

    def workers(self) -> list[psutil.Process]:
        """Its gunicorn workers."""
        workers: list[psutil.Process] = psutil.Process(self._process.pid).children()
        return workers
