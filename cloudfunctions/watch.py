"""`GET /metrics`: what is counted and how things stand, for Prometheus and for nobody else.

Who brings `METRICS_TOKEN` may read it. Where none is set only this machine may, and only where no
gateway and no proxy stands before us, since behind one everybody seems to be this machine. Whoever
may not is answered as if there were nothing.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator

import flask

import nlp
from cloudfunctions.chat.standing import Standing, standing
from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.metrics import Gauge, exposition
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings

FORWARDED = ("forwarded", "via", "x-real-ip")
FORWARDED_PREFIXES = ("x-forwarded-", "x-original-", "x-wx-", "x-cloudbase-", "cf-")
"""Headers by which a proxy gives itself away."""
HEADERS = {
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def mount(app: flask.Flask, resources: Resources) -> None:
    """Answer the route on `app`."""

    @app.get("/metrics")
    def metrics() -> flask.Response:
        if not _may_read(resources.settings, flask.request):
            raise NotFound
        found = exposition(list(gauges(standing(resources))))
        if found is None:
            raise NotFound
        return flask.Response(found, headers=HEADERS)


def _may_read(settings: Settings, request: flask.Request) -> bool:
    if settings.metrics_token:
        brought = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(brought, f"Bearer {settings.metrics_token}".encode())
    if settings.production or (settings.wechat is not None and settings.wechat.behind_gateway):
        return False
    return _is_this_machine(request.remote_addr or "") and not _was_forwarded(request)


def _is_this_machine(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _was_forwarded(request: flask.Request) -> bool:
    names = {name.lower() for name, _ in request.headers}
    return not names.isdisjoint(FORWARDED) or any(n.startswith(FORWARDED_PREFIXES) for n in names)


def gauges(now: Standing | None) -> Iterator[Gauge]:
    """Yield how things stand; where the database does not tell, only that and the reader."""
    reader = nlp.status()
    yield Gauge(
        "reader_degraded", "1 while messages are read by rules alone.", _one(reader.degraded)
    )
    yield Gauge("database_reachable", "1 while the figures below are read.", _one(now is not None))
    if now is None:
        return
    yield Gauge(
        "queue",
        "Talks that wait for a person.",
        {(tier, str(level)): n for (tier, level), n in now.waiting.items()},
        ("tier", "level"),
    )
    yield Gauge(
        "queue_oldest_seconds",
        "How long the first in the queue has waited.",
        {(tier,): seconds for tier, seconds in now.longest_wait.items()},
        ("tier",),
    )
    yield Gauge("outbox", "Notices that are not delivered yet.", _one(now.undelivered))
    yield Gauge("outbox_age_seconds", "Age of the oldest of these.", _one(now.oldest_notice))
    yield Gauge("dead_letters", "Notices that were given up.", _one(now.dead_letters))


def _one(value: float) -> dict[tuple[str, ...], float]:
    return {(): float(value)}
