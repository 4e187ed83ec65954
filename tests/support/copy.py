"""A copy of the service in its own folder and on its own port, run as a user would run it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

from cloudfunctions.app import INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT, Settings
from cloudfunctions.local.place import Place, State, any_free_port

START_SECONDS = 60.0


class Copy:
    """Database, workers and sweeps; every process of it can be killed and comes back."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = any_free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._extra = environment
        self._launcher: subprocess.Popen[bytes] | None = None

    def also(self, **environment: str) -> Copy:
        """Start it with more, for what is known only once it has its port."""
        self._extra |= environment
        return self

    @property
    def environment(self) -> dict[str, str]:
        """What the launcher is started with."""
        own = ("SECRET_KEY", "MASTER_KEY", "MONGODB_URI")
        kept = {k: v for k, v in os.environ.items() if k not in own}
        return {**kept, "DATA_DIR": str(self.data), "PORT": str(self.port), **self._extra}

    def start(self) -> Copy:
        """Start it and wait until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "launcher.log").open("ab") as log:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "cloudfunctions.local", "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_ready()
        return self

    def wait_ready(self, seconds: float = START_SECONDS) -> float:
        """Return the seconds until `/readyz` answered 200."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if self.ready():
                return time.monotonic() - started
            time.sleep(0.05)
        words = (self.data / "launcher.log").read_text()[-2_000:]
        raise TimeoutError(f"not ready after {seconds} s:\n{words}")

    def ready(self) -> bool:
        """Whether this very copy, not one that is just ending, can serve now."""
        try:
            if self._launcher is None or self.state().launcher != self._launcher.pid:
                return False
            return requests.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except (OSError, requests.RequestException):
            return False

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Carry out one command of the console beside it, such as `status`."""
        return subprocess.run(
            [sys.executable, "-m", "cloudfunctions.local", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self._launcher is None:
            return
        self._launcher.send_signal(signal.SIGINT)
        self._launcher.wait(40)
        self._launcher = None

    def discard(self) -> None:
        """End all of it outright: a test is over, and nobody needs what it holds any more."""
        if self._launcher is None:
            return
        launcher = psutil.Process(self._launcher.pid)
        family = [launcher, *launcher.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._launcher.wait()
        psutil.wait_procs(family, timeout=10)
        self._launcher = None

    def kill_launcher(self) -> None:
        """Kill the launcher outright."""
        if self._launcher is not None:
            self._launcher.kill()
            self._launcher.wait()
            self._launcher = None

    def state(self) -> State:
        """What the launcher says runs."""
        return State(**json.loads((self.data / "run" / "state.json").read_text()))

    def workers(self) -> list[psutil.Process]:
        """The gunicorn workers."""
        workers: list[psutil.Process] = psutil.Process(self.state().processes["service"]).children()
        return workers

    def kill_worker(self, number: int = 0) -> None:
        """Kill -9 one worker."""
        workers = self.workers()
        workers[number % len(workers)].kill()

    def kill_database(self) -> int:
        """Kill -9 the database; returns the process id that is gone."""
        pid = self.state().processes["database"]
        os.kill(pid, signal.SIGKILL)
        return pid

    def pause_database(self) -> None:
        """Stop the database from answering without ending it."""
        os.kill(self.state().processes["database"], signal.SIGSTOP)

    def resume_database(self) -> None:
        """Let it answer again."""
        os.kill(self.state().processes["database"], signal.SIGCONT)

    def resources(self) -> Resources:
        """A door of the test's own to the database, for set-up and for looking after."""
        place = Place.from_environment(self.environment)
        environment = place.environment(self.state().database_uri)
        return Resources.build(Settings.from_environment(environment), INDEXES)

    def log(self, name: str) -> str:
        """The log of one process."""
        return (self.data / "log" / f"{name}.log").read_text()
