"""A thin client for benches: `requests` would use more of the two cores than the service does.

Connections are kept per thread, and the person is a token handed in with each call, so hundreds of
people need only a few connections. The server drops a connection that is idle for two seconds; one
that has been idle for longer than `STALE` is therefore never used again, since a request that dies
on the way cannot simply be repeated.
"""

from __future__ import annotations

import http.client
import json
import math
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]

STALE = 1.0
"""Seconds."""


@dataclass(frozen=True)
class Answer:
    """What came back: `data` is the data of a good answer or the error of a bad one."""

    status: int
    data: Body
    seconds: float

    @property
    def good(self) -> bool:
        """Whether it was answered with 200."""
        return self.status == 200


class Wire:
    """Calls to one running service."""

    def __init__(self, port: int, timeout: float = 40.0) -> None:
        self._port = port
        self._timeout = timeout
        self._local = threading.local()

    def call(self, token: str, action: str, **body: Any) -> Answer:
        """POST to an action as the person of this token; '' is a stranger."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self._ask("POST", f"/api/{action}", json.dumps(body).encode(), headers)

    def get(self, path: str) -> Answer:
        """GET a page that answers in JSON."""
        return self._ask("GET", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = self._connection()
        started = time.perf_counter()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            return Answer(0, {"code": type(error).__name__}, time.perf_counter() - started)
        seconds = time.perf_counter() - started
        self._local.used = time.monotonic()
        data = content["data"] if "data" in content else content["error"]
        return Answer(response.status, data or {}, seconds)

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is None:
            kept = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
            self._local.connection = kept
        elif time.monotonic() - self._local.used > STALE:
            kept.close()  # It opens itself anew.
        self._local.used = time.monotonic()
        return kept


def unwind_when_told() -> None:
    """Let SIGTERM end a bench as Ctrl-C does, so that the copies it started end with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed; NaN for none."""
    if not values:
        return math.nan
    return sorted(values)[max(math.ceil(len(values) * share) - 1, 0)]
