"""One sweep and the next: by a timer, or again and again in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from pymongo.errors import PyMongoError

from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common import crypto, metrics, telemetry, tracing
from cloudfunctions.common.database import Indexes
from cloudfunctions.common.errors import ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.duty import service
from cloudfunctions.mood.store import INDEXES as MOOD_INDEXES
from cloudfunctions.story.store import INDEXES as STORY_INDEXES

INDEXES: Indexes = {**CHAT_INDEXES, **MOOD_INDEXES, **STORY_INDEXES, **crypto.INDEXES}
PAUSE_SECONDS = 1.0
SWEEP_SECONDS = 60.0
"""Far more than a sweep takes; a notice to the outside may take five seconds of it."""


def once(resources: Resources) -> dict[str, int]:
    """Sweep, then do what waits for WeChat; what was done, as counts."""
    return {**_sweep(resources), **_sweep_wechat(resources)}


def run(settings: Settings) -> int:
    """Sweep until SIGTERM or SIGINT, or until whoever started it is gone."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    telemetry.take_over()
    metrics.begin(settings.metrics_folder)
    tracing.begin(settings.traces_url)
    resources = Resources.build(settings, INDEXES)
    # It ends with the process, in the middle of a call if need be: what was asked is asked again.
    beside = (resources, _sweep_wechat, stop)
    threading.Thread(target=_again, args=beside, name="wechat", daemon=True).start()
    _again(resources, _sweep, stop)
    return 0


def _sweep(resources: Resources) -> dict[str, int]:
    with resources.database.deadline(SWEEP_SECONDS):
        resources.database.prepare()
        started = time.monotonic()
        swept = asdict(service.sweep(resources))
        metrics.swept(time.monotonic() - started)
        return swept


def _sweep_wechat(resources: Resources) -> dict[str, int]:
    with resources.database.deadline(SWEEP_SECONDS):
        resources.database.prepare()
        return asdict(service.sweep_wechat(resources))


def _again(
    resources: Resources, sweep: Callable[[Resources], object], stop: threading.Event
) -> None:
    parent = os.getppid()
    while not stop.wait(PAUSE_SECONDS) and os.getppid() == parent:
        try:
            sweep(resources)
        except (PyMongoError, ServiceError) as error:
            # The next sweep finds whatever this one could not do.
            telemetry.note("sweep_failed", type=type(error).__name__)
            metrics.sweep_failed()
