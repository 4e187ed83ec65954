"""One instance of an event function: its resources, and which shape an event has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from cloudfunctions.common.database import Indexes
from cloudfunctions.common.function import Registry
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.common.shells import access, callfunction, timer
from cloudfunctions.common.shells.arriving import Event
from cloudfunctions.common.shells.timer import OnTimer

Handler = Callable[[Any, object], dict[str, Any]]


def event_handler(registry: Registry, indexes: Indexes, on_timer: OnTimer | None = None) -> Handler:
    """Return `main_handler(event, context)` for one feature.

    Resources are made at the first call and kept, since an instance serves many, one at a time.
    """
    kept: list[Resources] = []

    def main_handler(event: Any, context: object) -> dict[str, Any]:
        if not kept:
            settings = Settings.from_environment(os.environ)
            kept.append(Resources.build(settings, indexes))
        return answer_event(registry, kept[0], event, context, on_timer)

    return main_handler


def answer_event(
    registry: Registry,
    resources: Resources,
    event: Any,
    context: object = None,
    on_timer: OnTimer | None = None,
) -> dict[str, Any]:
    """Answer an event in the shape in which it came.

    A callFunction is told by what the platform adds to it and comes first: everything else in it is
    the caller's, who could make it look like a timer or like HTTP from an address of their choice.

    Raises:
        TimerFailed: the work of a timer could not be done.
    """
    known: Event = event if isinstance(event, Mapping) else {}
    if not callfunction.is_call(known):
        if timer.is_timer(known):
            return timer.answer(resources, on_timer)
        if "httpMethod" in known:
            return access.answer(registry, resources, known, context)
    return callfunction.answer(registry, resources, known, context)
