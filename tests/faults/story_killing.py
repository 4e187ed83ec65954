"""gunicorn's entry for a service that kills its own worker at a named point of a story's way."""

from __future__ import annotations

import os
from pathlib import Path

import flask

from cloudfunctions.app import from_environment
from cloudfunctions.chat import service as chat
from cloudfunctions.story import store
from tests.faults.killing import VARIABLE, Trigger, _die_after, _die_before

POINTS = (
    "before the write",
    "after the write",
    "before the worry",
    "after the worry",
    "before the log",
    "after the log",
)


def app() -> flask.Flask:
    """The whole service with every point in it."""
    trigger = Trigger(Path(os.environ[VARIABLE]))
    for number, (module, name) in enumerate(
        ((store, "write"), (chat, "worry"), (store, "log_gone"))
    ):
        _die_before(trigger, POINTS[2 * number], module, name)
        _die_after(trigger, POINTS[2 * number + 1], module, name)
    return from_environment()
