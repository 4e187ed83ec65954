"""gunicorn's entry for a service whose clock goes wrong by as much as a shared file says."""

from __future__ import annotations

import os
from pathlib import Path

import flask

from cloudfunctions.app import create_app
from cloudfunctions.common.clock import now
from cloudfunctions.common.settings import Settings
from tests.bench.held_clock import HeldClock

VARIABLE = "SKEWED_BY"
"""Names the file of a `HeldClock` that shows the error in milliseconds instead of a time."""


def app() -> flask.Flask:
    """The whole service on the wrong clock."""
    error = HeldClock(Path(os.environ[VARIABLE]))
    return create_app(Settings.from_environment(os.environ), lambda: now() + error())
