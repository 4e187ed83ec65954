"""gunicorn's entry for a service that kills its own worker at a named point of a send.

The real functions run; around them stands a step that looks whether its point is the one that is
armed, disarms it, so that it happens once, and ends the process with SIGKILL. A point that lies
before the write loses everything that was decided; one after it loses only the answer.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import flask

from cloudfunctions.app import from_environment
from cloudfunctions.chat import alerts, risk, store

VARIABLE = "KILL_AT"
"""Names the file that holds the armed point; without the file nothing is armed."""

CALM_POINTS = ("before the write", "after the write", "before the reply")
GRAVE_POINTS = ("mid-escalation", "after the alert", "after the outbox entry")
"""These three lie between the reading of a talk and its write, in which all of them are one."""
SPILL = "mid-spill"
"""Between the two writes of a long talk: the chunk is in `transcripts`, the talk not yet."""

AFTER: dict[str, tuple[ModuleType, str]] = {
    "after the write": (store, "write"),
    "mid-escalation": (risk, "escalated"),
    "after the alert": (alerts, "raise_alert"),
    "after the outbox entry": (alerts, "_posted"),
    SPILL: (store, "_spill"),
}


class Trigger:
    """The point that is armed, in a file that the test and the worker share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def arm(self, point: str) -> None:
        """The next who reaches `point` dies there."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(point)
        fresh.rename(self.path)

    @property
    def armed(self) -> bool:
        """Whether nobody has died yet."""
        return self.path.exists()

    def reach(self, point: str) -> None:
        """Die if this is the armed point."""
        try:
            if self.path.read_text() != point:
                return
            self.path.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def _die_after(trigger: Trigger, point: str, module: ModuleType, name: str) -> None:
    inner: Callable[..., Any] = getattr(module, name)

    @functools.wraps(inner)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = inner(*arguments, **options)
        trigger.reach(point)
        return result

    setattr(module, name, wrapped)


def _die_before(trigger: Trigger, point: str, module: ModuleType, name: str) -> None:
    inner: Callable[..., Any] = getattr(module, name)

    @functools.wraps(inner)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        trigger.reach(point)
        return inner(*arguments, **options)

    setattr(module, name, wrapped)


class BeforeTheReply:
    """Around the whole app: the answer to a send is made and not a byte of it is sent."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], trigger: Trigger) -> None:
        self._inner, self._trigger = inner, trigger

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as WSGI asks for."""
        answer = self._inner(environ, start)
        if environ["PATH_INFO"] == "/api/chat.send":
            self._trigger.reach("before the reply")
        return answer


def app() -> flask.Flask:
    """The whole service with every point in it."""
    trigger = Trigger(Path(os.environ[VARIABLE]))
    _die_before(trigger, "before the write", store, "write")
    for point, (module, name) in AFTER.items():
        _die_after(trigger, point, module, name)
    made = from_environment()
    made.wsgi_app = BeforeTheReply(made.wsgi_app, trigger)  # type: ignore[assignment, method-assign]
    return made
