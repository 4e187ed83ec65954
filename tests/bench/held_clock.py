"""A clock that several processes share and that stands still until it is moved.

The service is handed its clock, so a whole day can pass in minutes with every one of its times left
as it is: a lease is 60 seconds of this clock, however long the calls take. What the service keeps
for a few seconds of real time would be minutes old by this clock, so it is forgotten as it moves.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

import flask

from cloudfunctions.app import create_app
from cloudfunctions.common.recent import Recent
from cloudfunctions.common.settings import Settings

VARIABLE = "HELD_CLOCK"
FORM = struct.Struct("<q")
KEPT = 2_000
"""Milliseconds after which a service forgets what it kept."""


class HeldClock:
    """Milliseconds since 1970, in a file of eight bytes."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(FORM.pack(0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), FORM.size)

    def __call__(self) -> int:
        """Return what the clock shows."""
        return int(FORM.unpack(self._memory[:])[0])

    def move(self, to: int) -> None:
        """Let it show another time."""
        self._memory[:] = FORM.pack(to)


class ServiceClock:
    """The same clock inside a service."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self._forgotten_at = 0
        self.recent: Recent | None = None

    def __call__(self) -> int:
        """Return what the clock shows, and forget what has become too old by it."""
        now = self._held()
        if now - self._forgotten_at >= KEPT and self.recent is not None:
            self._forgotten_at = now
            self.recent.forget()
        return now


def app() -> flask.Flask:
    """gunicorn's entry: the whole service on the clock that the environment names."""
    clock = ServiceClock(HeldClock(Path(os.environ[VARIABLE])))
    made = create_app(Settings.from_environment(os.environ), clock)
    clock.recent = made.extensions["resources"].recent
    return made
