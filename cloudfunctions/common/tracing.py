"""Spans for an OpenTelemetry collector, where a deployment names one.

Promise: a span tells names of actions and collections, roles, states and times; never a text, an
openid, a query or the message of an exception. Without a collector nothing is imported and a span
costs nothing; a collector that is slow or down costs spans, never a request. The libraries stand
in `tracing.requirements.txt`, because a function's zip and its cold start go better without them.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pymongo import monitoring

from cloudfunctions.common import telemetry

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

SERVICE = "nuanxinmiao"
EXPORT_SECONDS = 5.0
EXPORT_EVERY_MS = 1_000
Attribute = str | int | float | bool

_tracer: Tracer | None = None


class Span:
    """What is told of one piece of work; here where nobody listens."""

    def tell(self, **attributes: Attribute) -> None:
        """Add attributes: codes and counts."""

    def failed(self) -> None:
        """Mark it as failed."""


class _Recorded(Span):
    def __init__(self, span: Any) -> None:
        self._span = span

    def tell(self, **attributes: Attribute) -> None:
        self._span.set_attributes(attributes)

    def failed(self) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR)


_UNHEARD = contextlib.nullcontext(Span())


def begin(endpoint: str) -> None:
    """Send spans to `{endpoint}/v1/traces` from now on; '' sends none.

    Called once a process, behind the fork and before the database is opened.
    """
    global _tracer
    if not endpoint or _tracer is not None:
        return
    try:
        _tracer = _make(endpoint)
    except ImportError:
        telemetry.note("tracing_not_installed")


def end() -> None:
    """Send no spans from now on."""
    global _tracer
    _tracer = None


def _make(endpoint: str) -> Tracer:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # Its words about a collector that is down are no JSON, and come with every batch.
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
    logging.getLogger("opentelemetry").propagate = False
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS)
    # What was not sent when the process ends is let go: a stop does not wait for a collector.
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: SERVICE}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS))
    return provider.get_tracer(SERVICE)


def request(action: str) -> contextlib.AbstractContextManager[Span]:
    """A span around one call from outside; `action` is one of the registry's, or 'unknown'."""
    return _UNHEARD if _tracer is None else _recorded(_tracer, action, "SERVER")


def span(name: str) -> contextlib.AbstractContextManager[Span]:
    """A span around one call of ours to the outside, such as 'wechat.check_text'."""
    return _UNHEARD if _tracer is None else _recorded(_tracer, name, "CLIENT")


@contextlib.contextmanager
def _recorded(tracer: Tracer, name: str, kind: str) -> Iterator[Span]:
    from opentelemetry.trace import SpanKind

    # An exception is not recorded by the library: its message may carry a text.
    with tracer.start_as_current_span(
        name, kind=SpanKind[kind], record_exception=False, set_status_on_exception=False
    ) as found:
        recorded = _Recorded(found)
        try:
            yield recorded
        except BaseException as error:
            recorded.tell(error=type(error).__name__)
            recorded.failed()
            raise


def listeners() -> list[monitoring.CommandListener]:
    """What the driver tells of its commands; nothing where nobody listens."""
    return [] if _tracer is None else [_Commands(_tracer)]


class _Commands(monitoring.CommandListener):
    """A span for each command of the database that a call causes, by its name and collection.

    Commands outside of a call (the change stream, sweeps) are not told: they never end.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._collections: dict[int, str] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        from opentelemetry.trace import get_current_span

        if get_current_span().is_recording():
            named = event.command.get(event.command_name)
            named = event.command.get("collection") if not isinstance(named, str) else named
            self._collections[event.request_id] = named if isinstance(named, str) else ""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._ended(event, failed=False)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._ended(event, failed=True)

    def _ended(
        self,
        event: monitoring.CommandSucceededEvent | monitoring.CommandFailedEvent,
        *,
        failed: bool,
    ) -> None:
        from opentelemetry.trace import SpanKind

        collection = self._collections.pop(event.request_id, None)
        if collection is None:
            return
        now = time.time_ns()
        started = now - event.duration_micros * 1_000
        found = self._tracer.start_span(
            f"db.{event.command_name}", kind=SpanKind.CLIENT, start_time=started
        )
        found.set_attributes({"collection": collection})
        if failed:
            _Recorded(found).failed()
        found.end(now)
