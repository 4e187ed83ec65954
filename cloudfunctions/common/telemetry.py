"""Structured logs, one JSON object a line, and never a word that a person wrote.

Promise: only the fields named in `request_done` and the event names of `note` reach a log; an
exception is logged by its type and place, not by its message, since a message may carry a text.
Every line that is written while a call is served carries the id of that call, as `request`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType

REQUEST_ID = re.compile(
    r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
"""What a door may call a request: hexadecimal, which neither a text nor an openid ever is."""
REQUEST_ID_BYTES = 16
SPOKEN = 8
"""So many characters of an id are what a person reads out to an operator."""

_request: ContextVar[str] = ContextVar("request", default="")


@contextlib.contextmanager
def request(given: str = "") -> Iterator[str]:
    """Serve one call under an id: the one its door gave it if that is well formed, else a new one.

    Yields:
        The id.
    """
    name = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(REQUEST_ID_BYTES)
    token = _request.set(name)
    try:
        yield name
    finally:
        # One greenlet serves many requests of a kept connection.
        _request.reset(token)


def spoken() -> str:
    """Return what a person reads out to an operator to have this call found; '' outside of one."""
    return _request.get()[:SPOKEN]


def note(event: str, **fields: str | int | float | bool | None) -> None:
    """Write one line. Callers pass counts, codes and ids of machines, never texts or openids."""
    line: dict[str, object] = {"at": round(time.time(), 3), "event": event}
    if name := _request.get():
        line["request"] = name
    sys.stderr.write(json.dumps({**line, **fields}, ensure_ascii=True) + "\n")


def request_done(action: str, role: str, status: int, code: str, seconds: float) -> None:
    """Log one finished request."""
    note(
        "request",
        action=action,
        role=role,
        status=status,
        code=code,
        ms=round(seconds * 1000, 1),
    )


def fault(error: BaseException) -> None:
    """Log an unexpected exception by its type and the places it passed."""
    note("fault", **_told(error))


class OwnWords(Exception):
    """An exception whose message is written in our code and tells an operator what to do.

    It alone is logged with its message; a subclass never puts into it what came from outside.
    """


def _told(error: BaseException) -> dict[str, str]:
    why = {"why": str(error)} if isinstance(error, OwnWords) else {}
    return {"type": type(error).__name__, **why, "places": _places(error.__traceback__)}


class Lines(logging.Formatter):
    """What libraries log, as a line of ours: the pattern of a message, not what was put into it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        pattern = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        line: dict[str, object] = {
            "at": round(record.created, 3),
            "event": "log",
            "logger": record.name,
            "level": record.levelname.lower(),
            "pattern": pattern,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True)


def take_over() -> None:
    """Let everything that this process says on standard error be a line of ours."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Lines())
    sys.excepthook = lambda _kind, error, _trace: fault(error)


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-4:]
    return " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames))
