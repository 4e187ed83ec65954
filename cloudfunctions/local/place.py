"""Where one copy of the service lives on this machine.

Several copies can run beside each other when given other ports and data folders. Everything a copy
writes lies in its data folder: database, secrets, logs, and `run/state.json`, which says what runs.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cloudfunctions.common.settings import MASTER_KEY_BYTES, ROOT, SettingsError

SECRET_BYTES = 32
MASTER_KEY_FILE = "master.key"


@dataclass
class State:
    """What runs: process ids by name, and the addresses."""

    launcher: int
    host: str
    port: int
    database_uri: str
    processes: dict[str, int]

    @property
    def address(self) -> str:
        """The base address that a browser on this machine can open."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host  # noqa: S104  compared
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Place:
    """One copy's choices from the environment."""

    data: Path
    host: str
    port: int
    database_uri: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Place:
        """Read `DATA_DIR`, `HOST`, `PORT` and `MONGODB_URI`.

        Raises:
            ValueError: PORT is not a port number.
        """
        port = environment.get("PORT") or "8080"
        if not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"PORT={port} is not a port number; try PORT=8080")
        return cls(
            data=Path(environment.get("DATA_DIR") or ROOT / "data").resolve(),
            host=environment.get("HOST") or "127.0.0.1",
            port=int(port),
            database_uri=environment.get("MONGODB_URI", ""),
        )

    @property
    def run(self) -> Path:
        """Folder of what runs now."""
        return self.data / "run"

    @property
    def database(self) -> Path:
        """Folder of the embedded database."""
        return self.data / "database"

    @property
    def metrics(self) -> Path:
        """Folder in which the processes of this copy count; it lasts as long as they run."""
        return self.run / "metrics"

    def log(self, name: str) -> Path:
        """Log file of a process."""
        return self.data / "log" / f"{name}.log"

    def make(self) -> None:
        """Make the folders, readable by this user only."""
        for folder in (self.data, self.run, self.data / "log", self.database):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secret(self) -> str:
        """Return this copy's signing secret."""
        return self._kept("secret.key", "SECRET_KEY", secrets.token_hex(SECRET_BYTES))

    def master_key(self) -> str:
        """Return the key that wraps the keys of this copy's teens.

        Its id is made with it, so another key is never taken for one that was lost.
        """
        name = secrets.token_hex(4)
        key = base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()
        return self._kept(MASTER_KEY_FILE, "MASTER_KEY", f"local-{name}:{key}")

    def _kept(self, name: str, variable: str, fresh: str) -> str:
        """Return a secret made at the first start (`fresh`) and kept outside the database.

        The name appears only when the content is whole, so being killed here leaves no half of it.
        """
        path = self.data / name
        if os.environ.get("NUANXIN_ENV") == "production":
            raise SettingsError(f"{variable} is not set, and production does not make one up")
        if not path.exists():
            new = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(fresh)
            new.rename(path)
        return path.read_text()

    def environment(self, database_uri: str) -> dict[str, str]:
        """Return what the processes of this copy are started with."""
        return {
            **os.environ,
            "HOST": self.host,
            "PORT": str(self.port),
            "MONGODB_URI": database_uri,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self.secret(),
            "MASTER_KEY": os.environ.get("MASTER_KEY") or self.master_key(),
            "METRICS_DIR": str(self.metrics),
            "PYTHONPATH": str(ROOT),
        }

    def write_state(self, state: State) -> None:
        """Write down what runs, whole or not at all."""
        fresh = self.run / "state.new"
        fresh.write_text(json.dumps(asdict(state)))
        fresh.rename(self.run / "state.json")

    def read_state(self) -> State | None:
        """Return what was written down last; None if nothing, or nothing readable."""
        try:
            return State(**json.loads((self.run / "state.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def forget_state(self) -> None:
        """Nothing runs any more."""
        (self.run / "state.json").unlink(missing_ok=True)


def port_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a free port on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
