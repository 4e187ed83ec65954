"""gunicorn's worker, ended without losing anybody and answering a broken request in our shape.

gunicorn's master imports this before a worker has put gevent's patches in place, so what opens
sockets or makes locks is imported where it is used.
"""

from __future__ import annotations

import socket
from http import HTTPStatus
from typing import Any

import gevent
from gunicorn.http.errors import ParseException
from gunicorn.workers.ggevent import GeventWorker


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """Runs greenlets; told to stop by SIGTERM, it takes no more, and ends when all is answered."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop: requests in hand are finished, polls that wait are answered at once."""
        super().handle_exit(sig, frame)
        # Not here: a signal may come while the locks that this takes are held.
        gevent.spawn(self._stop)

    def _stop(self) -> None:
        from cloudfunctions import app

        # Told before the app was made, there is nobody who waits.
        if hasattr(self, "wsgi"):
            app.stop(self.wsgi)

    def handle_error(self, _req: Any, client: socket.socket, _addr: Any, exc: Exception) -> None:
        """Answer what never reached the app: nothing of it is repeated, there or in the log."""
        from cloudfunctions.common import telemetry
        from cloudfunctions.common.errors import BadRequest, ServiceError

        known: ServiceError = BadRequest()
        with telemetry.request() as call:
            if not isinstance(exc, ParseException):
                telemetry.fault(exc)
                known = ServiceError()
            answer = _answer(known, call)
        try:
            client.sendall(answer)
        except OSError:
            return


def _answer(error: Any, call: str) -> bytes:
    from cloudfunctions.common.errors import body_of
    from cloudfunctions.common.function import HEADERS, REQUEST_ID

    body = body_of(error)
    status = HTTPStatus(error.status)
    headers = {**HEADERS, REQUEST_ID: call, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
