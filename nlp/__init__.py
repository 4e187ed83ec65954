"""Reading a message for risk: `assess(text, context) -> Assessment`.

The package knows no database and no web. The reader is loaded once, on first use or by `load()`,
and is read-only afterwards, so any number of threads and greenlets may share it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from nlp.assessment import Assessment, Reason, Status
from nlp.reader import Reader

__all__ = ["Assessment", "Reason", "Status", "assess", "load", "status"]

_lock = threading.Lock()
_reader: Reader | None = None


def load() -> Reader:
    """Load dictionary, model and rules now (about half a second) instead of on first use."""
    global _reader
    if _reader is None:
        with _lock:
            if _reader is None:
                _reader = Reader.load()
    return _reader


def assess(text: str, context: Sequence[str] = ()) -> Assessment:
    """Read one message of a teen.

    `context` holds the teen's earlier messages of the same talk, oldest first; the last four
    count. Any string is accepted, whatever its characters or length; the call never raises.
    """
    return load().assess(text, context)


def status() -> Status:
    """Say whether the model stands behind `assess`, for a readiness probe."""
    return load().status()
