"""Timer events of a function: `{Type: "Timer", TriggerName, Time, Message}`.

Contract: they come at least once, up to six hours late, and again after an error; nothing waits for
the answer. So what is done does not depend on the event at all: it looks what is due now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudfunctions.common import telemetry
from cloudfunctions.common.errors import as_service_error
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells.arriving import Event

OnTimer = Callable[[Resources], Mapping[str, int]]
"""What a feature does when its timer strikes; answers counts."""


class TimerFailed(Exception):
    """The work of a timer could not be done: the platform sees an error, and tries again."""


def is_timer(event: Event) -> bool:
    """Whether a timer caused `event`."""
    return event.get("Type") == "Timer"


def answer(resources: Resources, on_timer: OnTimer | None) -> dict[str, Any]:
    """Do the feature's work.

    Raises:
        TimerFailed: it failed, or this feature has none; told without what failed, since the
            platform writes it down.
    """
    if on_timer is None:
        raise TimerFailed("this function does nothing by timer; take its trigger away")
    try:
        return dict(on_timer(resources))
    except Exception as error:  # noqa: BLE001  the platform would write its message down
        _, expected = as_service_error(error)
        if expected:
            telemetry.note("timer_failed", type=type(error).__name__)
        else:
            telemetry.fault(error)
    raise TimerFailed("see the line before this one")
