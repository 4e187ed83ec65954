"""Counting: nothing until it begins, bounded whatever is counted, and never a reason to fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo.errors import (
    AutoReconnect,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from cloudfunctions.app import REGISTRY
from cloudfunctions.chat.standing import Standing
from cloudfunctions.common import metrics
from cloudfunctions.common.settings import ROOT
from cloudfunctions.common.wechat.errcodes import Kind
from cloudfunctions.watch import gauges

Labels = tuple[tuple[str, str], ...]
HOSTILE = ("oX7Qz_5sAbCdEfGhIjKlMnOpQrSt", "我不想活了", 'a"} 1\nforged 2', "", "x" * 5_000)
FAULTS: tuple[PyMongoError, ...] = (
    AutoReconnect(HOSTILE[1]),
    NetworkTimeout(HOSTILE[1]),
    OperationFailure(HOSTILE[1]),
    ServerSelectionTimeoutError(HOSTILE[1]),
    PyMongoError(HOSTILE[1]),
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which this process counts."""
    metrics.begin(tmp_path / "metrics")
    yield tmp_path / "metrics"
    metrics.end()


def scraped(*gauges: metrics.Gauge) -> dict[str, dict[Labels, float]]:
    """Every sample by its name and labels."""
    text = metrics.exposition(gauges)
    assert text is not None
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def count_all_there_is(words: tuple[str, ...] = ()) -> None:
    """Count every value of every label, and whatever else somebody brings."""
    for action in (*REGISTRY.actions, "unknown"):
        for status in (200, 404, 503, 700):
            metrics.request(action, status, 0.01)
    for tier in (*metrics.TIERS, *words):
        metrics.claimed(tier, 30)
    for level in (0, 1, 2, 3, 99):
        metrics.answered(level, 30)
    for fault in (None, *metrics.NOTICES, "http_500", "http_302", *words):
        metrics.notice(fault)
    for kind in (*metrics.WECHAT_KINDS, *words):
        metrics.wechat_fault(kind)
    for outcome in get_args(metrics.Drafted):
        metrics.drafted(outcome)
    for error in FAULTS:
        metrics.database_fault(error)
    metrics.assessed(0.003, degraded=True)
    metrics.swept(0.2)
    metrics.sweep_failed()


def test_nothing_is_counted_before_it_begins() -> None:
    count_all_there_is()
    assert metrics.exposition([]) is None


def test_a_function_imports_neither_library() -> None:
    script = (
        "import sys, cloudfunctions.chat.index, cloudfunctions.account.index, nlp;"
        "nlp.assess('最近好累');"
        "print([n for n in ('prometheus_client', 'opentelemetry') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_is_counted_is_told(folder: Path) -> None:
    for seconds in (0.004, 0.2):
        metrics.request("chat.send", 200, seconds)
    metrics.request("chat.send", 503, 2.0)
    metrics.assessed(0.003, degraded=False)
    metrics.claimed("counsellor", -1)
    told = scraped(metrics.Gauge("queue", "Who waits.", {("listener",): 3}, ("tier",)))
    send = ("action", "chat.send")
    assert told["nuanxin_requests_total"] == {
        (send, ("status", "2xx")): 2,
        (send, ("status", "5xx")): 1,
    }
    assert told["nuanxin_request_seconds_bucket"][send, ("le", "0.01")] == 1
    assert told["nuanxin_request_seconds_count"][(send,)] == 3
    assert told["nuanxin_assess_seconds_count"][()] == 1
    assert "nuanxin_assess_degraded_total" in told
    assert told["nuanxin_assess_degraded_total"][()] == 0
    assert told["nuanxin_wait_seconds_sum"][(("tier", "counsellor"),)] == 0, "a clock set back"
    assert told["nuanxin_queue"] == {(("tier", "listener"),): 3}


def test_labels_come_from_closed_sets_whatever_comes(folder: Path) -> None:
    count_all_there_is(HOSTILE)
    text = (metrics.exposition([]) or b"").decode()
    assert not any(word and word in text for word in HOSTILE)
    values = {value for labels in scraped().values() for label in labels for _, value in label}
    closed = {
        *REGISTRY.actions,
        "unknown",
        *metrics.TIERS,
        *metrics.LEVELS,
        *metrics.STATUSES,
        *metrics.WECHAT_KINDS,
        *metrics.NOTICES,
        *get_args(metrics.Drafted),
        *("timeout", "unreachable", "refused", metrics.OTHER),
    }
    assert {value for value in values if not is_number(value)} <= closed


def is_number(value: str) -> bool:
    """Whether it is the bound of a bucket."""
    return value == "+Inf" or value.replace(".", "").replace("e-", "").isdigit()


def test_all_there_is_fits_into_the_files_as_they_were_made(folder: Path) -> None:
    for _ in range(3):
        count_all_there_is(HOSTILE)
    sizes = {path.name.partition("_")[0]: path.stat().st_size for path in folder.glob("*.db")}
    assert sizes == metrics.SIZES, "a map that has to grow dies on a full disk"


def test_every_figure_is_described_and_no_other(folder: Path) -> None:
    count_all_there_is()
    now = Standing({("listener", 0): 1}, {"listener": 2.0}, 0, 0.0, 0)
    text = (metrics.exposition(gauges(now)) or b"").decode()
    told = {name.removesuffix("_total") for name in re.findall(r"^# TYPE (\w+) ", text, re.M)}
    readme = (ROOT / "cloudfunctions" / "README.md").read_text("utf-8")
    assert sorted(told) == sorted(re.findall(r"^\| (nuanxin_\w+) \|", readme, re.M))


COUNTING = """
import sys
from pathlib import Path
from cloudfunctions.common import metrics
metrics.begin(Path(sys.argv[1]))
metrics.sweep_failed()
print("counted", flush=True)
sys.stdin.read()
"""


def counting(folder: Path) -> subprocess.Popen[str]:
    """A process that has counted one thing and lives on."""
    found = subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert found.stdout is not None
    assert found.stdout.readline() == "counted\n"
    return found


def test_processes_add_up_and_one_killed_outright_leaves_its_slot(folder: Path) -> None:
    alive = counting(folder)
    try:
        for _ in range(5):
            killed = counting(folder)
            killed.kill()
            killed.communicate()
        assert scraped()["nuanxin_sweeps_failed_total"][()] == 6
        slots = {path.stem.partition("_")[2] for path in folder.glob("*.db")}
        assert slots == {"0", "1", "2"}, "this process, the one that lives, all that were killed"
    finally:
        alive.communicate()


@pytest.mark.parametrize("kind", ["a file", "no room", "nothing"])
def test_where_it_cannot_begin_the_service_runs_uncounted(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: Path | None = tmp_path / "here"
    if kind == "a file":
        (tmp_path / "here").write_text("")
    elif kind == "no room":
        (tmp_path / "here").mkdir()
        # Each slot is in use by somebody.
        monkeypatch.setattr(metrics, "SLOTS", 0)
    else:
        place = None
    metrics.begin(place)
    count_all_there_is()
    assert metrics.exposition([]) is None


def test_every_kind_of_wechats_faults_is_told_from_the_others() -> None:
    # Written twice, because the client counts and importing it here would load it at a cold start.
    assert set(metrics.WECHAT_KINDS) == set(get_args(Kind))
