"""What is counted, for Prometheus.

Promise: no label carries an id or a word of a person's; every value of a label comes from a set
that is closed here or, for actions, by the registry. Until `begin` was called nothing is counted
and the library is not even imported, which is so in every cloud function: nobody scrapes those.

All processes of a deployment (workers, sweeps) count in files of one folder, each in a slot of its
own, and whoever is scraped adds them up. A process that comes after a killed one goes on in its
slot, so there are never more files than processes and no sum ever falls. The files are written
whole at the start: a memory map that grows on a full disk would end the process with SIGBUS.
Source: multiprocess mode of prometheus_client.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from cloudfunctions.common import telemetry

if TYPE_CHECKING:
    from prometheus_client import Metric

SLOTS = 64
SIZES = {"counter": 1 << 17, "histogram": 1 << 20}
"""Bytes of a slot's files; all that can ever be counted fits (a test counts all of it)."""

OTHER = "other"
TIERS = ("listener", "counsellor")
LEVELS = ("0", "1", "2", "3")
STATUSES = ("2xx", "4xx", "5xx")
WECHAT_KINDS = (
    "busy",
    "bad_code",
    "used_code",
    "too_often",
    "risky_user",
    "no_visit",
    "no_consent",
    "bad_template",
    "window_over",
    "misconfigured",
    "unreachable",
    "quota",
)
NOTICES = ("taken", "timeout", "connection", "http", "request")
Drafted = Literal["written", "failed", "resting", "unsayable"]

REQUEST_BUCKETS = (0.01, 0.03, 0.1, 0.3, 0.8, 2.5, 5.0, 30.0)
"""Seconds: .3 and .8 are what a send may take (p95, p99), the last is for waiting polls. Few, as
every one is a series for each action."""
ASSESS_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
PEOPLE_BUCKETS = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0)
"""Seconds in which people come and answer."""
SWEEP_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


@dataclass(frozen=True)
class Gauge:
    """How something stands at this moment, by the values of `labels`."""

    name: str
    help: str
    values: Mapping[tuple[str, ...], float]
    labels: Sequence[str] = ()


class _Book:
    """The counters of this process."""

    def __init__(self, folder: Path) -> None:
        from prometheus_client import Counter, Histogram, values

        self.folder = folder
        self._lock, slot = _own_slot(folder)
        os.environ.update(PROMETHEUS_MULTIPROC_DIR=str(folder))
        self._files = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]
        values.ValueClass = self._files

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"nuanxin_{name}", told, labels, registry=None)

        def histogram(name: str, told: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"nuanxin_{name}", told, labels, registry=None, buckets=buckets)

        self.requests = counter("requests", "Finished calls.", "action", "status")
        self.request_seconds = histogram(
            "request_seconds", "From a call's bytes to its answer.", REQUEST_BUCKETS, "action"
        )
        self.assess_seconds = histogram(
            "assess_seconds", "Reading one message for risk.", ASSESS_BUCKETS
        )
        self.degraded = counter("assess_degraded", "Messages read by the rules alone.")
        self.wait_seconds = histogram(
            "wait_seconds", "How long a talk waited when it was claimed.", PEOPLE_BUCKETS, "tier"
        )
        self.answer_seconds = histogram(
            "answer_seconds", "From a teen's words to a person's answer.", PEOPLE_BUCKETS, "level"
        )
        self.notices = counter("notices", "Tries to tell on-call people outside.", "outcome")
        self.wechat = counter("wechat_faults", "Calls of WeChat that failed.", "kind")
        self.llm = counter("llm", "Answers asked of the language model.", "outcome")
        self.database = counter("database_faults", "Calls that the database failed.", "kind")
        self.sweep_seconds = histogram(
            "sweep_seconds", "Sweeps of duty that came to their end.", SWEEP_BUCKETS
        )
        self.sweeps_failed = counter("sweeps_failed", "Sweeps that broke off.")

    def close(self) -> None:
        """Give the slot back; what was counted stays in the folder."""
        self._files.close_all_files()
        os.close(self._lock)


_book: _Book | None = None


def begin(folder: Path | None) -> None:
    """Count from now on, with the other processes that count in `folder`; None counts nothing.

    Called once a process, behind the fork. Where it cannot be done the service runs uncounted.
    """
    global _book
    if folder is None or _book is not None:
        return
    try:
        _book = _Book(folder)
    except (OSError, ValueError, RuntimeError) as error:
        telemetry.note("metrics_off", type=type(error).__name__)


def end() -> None:
    """Count nothing from now on."""
    global _book
    if _book is not None:
        _book.close()
    _book = None


def _own_slot(folder: Path) -> tuple[int, int]:
    """Take a slot that no living process has, with its files written whole.

    Returns:
        The open lock, which goes with the process, also by kill -9; and the number of the slot.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for slot in range(SLOTS):
        lock = os.open(folder / f"{slot}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        for kind, size in SIZES.items():
            _written_whole(folder / f"{kind}_{slot}.db", size)
        return lock, slot
    raise RuntimeError("no slot is free")


def _written_whole(path: Path, size: int) -> None:
    if path.exists():
        return
    fresh = path.with_suffix(".new")
    fresh.write_bytes(bytes(size))
    fresh.rename(path)


def request(action: str, status: int, seconds: float) -> None:
    """Count one finished call; `action` is one of the registry's, or 'unknown'."""
    if _book is not None:
        _book.requests.labels(action, _known(f"{status // 100}xx", STATUSES)).inc()
        _book.request_seconds.labels(action).observe(seconds)


def assessed(seconds: float, *, degraded: bool) -> None:
    """Count one message that was read; `degraded` if only by the rules."""
    if _book is not None:
        _book.assess_seconds.observe(seconds)
        if degraded:
            _book.degraded.inc()


def claimed(tier: str, waited: float) -> None:
    """Count one talk that somebody took from its queue after `waited` seconds."""
    if _book is not None:
        _book.wait_seconds.labels(_known(tier, TIERS)).observe(max(waited, 0.0))


def answered(level: int, seconds: float) -> None:
    """Count one answer of a person, `seconds` after the first word it answers."""
    if _book is not None:
        _book.answer_seconds.labels(_known(str(level), LEVELS)).observe(max(seconds, 0.0))


def notice(fault: str | None) -> None:
    """Count one try to tell on-call people; `fault` as `Notifier.send` names it."""
    if _book is not None:
        outcome = "taken" if fault is None else fault.partition("_")[0]
        _book.notices.labels(_known(outcome, NOTICES)).inc()


def wechat_fault(kind: str) -> None:
    """Count one call of WeChat that failed, by the kind of its `WeChatFault`."""
    if _book is not None:
        _book.wechat.labels(_known(kind, WECHAT_KINDS)).inc()


def drafted(outcome: Drafted) -> None:
    """Count one answer asked of the language model; all but 'written' fell back to the planner."""
    if _book is not None:
        _book.llm.labels(outcome).inc()


def database_fault(error: PyMongoError) -> None:
    """Count one call that the database failed."""
    if _book is not None:
        _book.database.labels(_kind_of(error)).inc()


def swept(seconds: float) -> None:
    """Count one sweep that came to its end."""
    if _book is not None:
        _book.sweep_seconds.observe(seconds)


def sweep_failed() -> None:
    """Count one that broke off."""
    if _book is not None:
        _book.sweeps_failed.inc()


def _known(value: str, values: Sequence[str]) -> str:
    return value if value in values else OTHER


def _kind_of(error: PyMongoError) -> str:
    if error.timeout:
        return "timeout"
    if isinstance(error, ConnectionFailure):
        return "unreachable"
    return "refused" if isinstance(error, OperationFailure) else OTHER


def exposition(gauges: Iterable[Gauge]) -> bytes | None:
    """Return the sums of all processes and `gauges` as Prometheus reads them.

    Returns:
        UTF-8 text in format 0.0.4; None where nothing is counted.
    """
    if _book is None:
        return None
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(_book.folder))  # type: ignore[no-untyped-call]
    registry.register(_Standing(gauges))
    return generate_latest(registry)


class _Standing:
    """Gauges in the shape that a registry asks for."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each."""
        from prometheus_client.core import GaugeMetricFamily

        for gauge in self._gauges:
            family = GaugeMetricFamily(f"nuanxin_{gauge.name}", gauge.help, labels=gauge.labels)
            for labels, value in gauge.values.items():
                family.add_metric(labels, value)
            yield family
