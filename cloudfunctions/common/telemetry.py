"""Structured logs, one JSON object a line, and never a word that a person wrote.

Promise: only the fields named in `request_done` and the event names of `note` reach a log; an
exception is logged by its type and place, not by its message, since a message may carry a text.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from types import TracebackType


def note(event: str, **fields: str | int | float | bool | None) -> None:
    """Write one line. Callers pass counts, codes and ids of machines, never texts or openids."""
    line = {"at": round(time.time(), 3), "event": event, **fields}
    sys.stderr.write(json.dumps(line, ensure_ascii=True) + "\n")


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
    note("fault", type=type(error).__name__, places=_places(error.__traceback__))


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-4:]
    return " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames))
