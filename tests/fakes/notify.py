"""Whoever is told of alerts: an HTTP receiver on loopback for `NOTIFY_URL`.

`mode` chooses how it behaves: 'ok'; a status such as '500' or '302'; 'slow' (it takes a notice and
answers too late, or as soon as the mode changes, so that no test waits for the one before it);
'lost' (it takes it and hangs up without an answer); 'refuse' (nobody listens on the port).
Everything that reached it stands in `received`, also what it did not answer. Contract:
`cloudfunctions/common/notifier.py`, {key, kind, level, step, at} as a JSON object.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 6.0
"""Longer than the sender waits."""


@dataclass(frozen=True)
class Received:
    """One request: when it came (milliseconds since 1970), what it was, and under which mode."""

    at: int
    path: str
    headers: dict[str, str]
    raw: bytes
    mode: str

    @property
    def body(self) -> dict[str, Any]:
        """The notice."""
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def key(self) -> str:
        """By what a receiver drops doubles."""
        return str(self.body["key"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64


class FakeNotify:
    """The receiver; a context manager that serves from a thread of its own."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._mode = "ok"
        self._hurry = threading.Event()
        self._server: _Server | None = self._listen(0)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/notices"

    def __enter__(self) -> FakeNotify:
        return self

    def __exit__(self, *_: object) -> None:
        self._hurry.set()
        self._hang_up()

    @property
    def mode(self) -> str:
        """How it behaves now."""
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode == "refuse":
            self._hang_up()
        elif self._server is None:
            self._server = self._listen(self.port)
        before, self._mode = self._mode, mode
        if mode != before:
            hurry, self._hurry = self._hurry, threading.Event()
            hurry.set()

    def told(self) -> list[str]:
        """The key of everything that came, in the order in which it came."""
        return [one.key for one in list(self.received)]

    def of(self, talk: str) -> list[Received]:
        """What came about one talk."""
        return [one for one in list(self.received) if one.key.startswith(f"{talk}:")]

    def _listen(self, port: int) -> _Server:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake._take(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers["Content-Length"]))
        # In this order, or who comes just before the mode changes could wait its whole time.
        hurry, mode, at = self._hurry, self._mode, time.time_ns() // 1_000_000
        self.received.append(Received(at, request.path, dict(request.headers), raw, mode))
        if mode == "slow":
            hurry.wait(SLOW_SECONDS)
        if mode == "lost":
            request.close_connection = True
            return
        try:
            self._answer(request, int(mode) if mode.isdigit() else 204)
        except OSError:
            # The sender has given up, which is what the test wants to see.
            return

    def _answer(self, request: BaseHTTPRequestHandler, status: int) -> None:
        request.send_response(status)
        if status // 100 == 3:
            request.send_header("Location", f"http://127.0.0.1:{self.port}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()
