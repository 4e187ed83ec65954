"""A deployment that is watched: traces at a collector, figures by token, and what fails outside."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.app import REGISTRY
from tests.contract.crew import IMMINENT, eventually
from tests.contract.test_metrics import Figures, scrape
from tests.fakes.llm import FakeLlm
from tests.fakes.notify import FakeNotify
from tests.fakes.otlp import FakeCollector, Spanned
from tests.support.copy import Copy
from tests.support.people import Teen

TOKEN = "0123456789abcdef" * 3
DISTRESS = "最近有点烦 和同桌吵架了"
SERVER, CLIENT = 2, 3
AT_MOST = 5.0
"""Seconds until spans have come."""


@pytest.fixture(scope="module")
def collector() -> Iterator[FakeCollector]:
    """Where spans go."""
    with FakeCollector() as found:
        yield found


@pytest.fixture(scope="module")
def llm() -> Iterator[FakeLlm]:
    """The language model."""
    with FakeLlm() as found:
        yield found


@pytest.fixture(scope="module")
def copy(
    collector: FakeCollector, llm: FakeLlm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copy]:
    """A copy with everything outside: a collector, a model, and a receiver that nobody answers."""
    with FakeNotify() as receiver:
        receiver.mode = "refuse"
        found = Copy(
            tmp_path_factory.mktemp("watched"),
            WORKERS="1",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            METRICS_TOKEN=TOKEN,
            LLM_BASE_URL=llm.base_url,
            LLM_CONSENT="yes",
            NOTIFY_URL=receiver.url,
        ).start()
        yield found
        found.discard()


@pytest.fixture(autouse=True)
def all_well(collector: FakeCollector, llm: FakeLlm) -> None:
    """Both answer."""
    collector.mode, llm.mode = "ok", "good"


def said(teen: Teen, text: str) -> tuple[str, dict[str, Any]]:
    """Say something; the id of the call and its answer."""
    body = {"conversation": teen.talk, "cid": f"c-{time.time_ns()}", "text": text, "after": 0}
    answer = teen.post("chat.send", body)
    return answer.headers["X-Request-Id"], answer.json()["data"]


def trace_of(collector: FakeCollector, call: str) -> list[Spanned]:
    """Every span of one call, once they have come."""
    return eventually(lambda: collector.of_call(call), AT_MOST)


def test_a_call_is_a_trace_of_what_it_did(copy: Copy, collector: FakeCollector) -> None:
    call, _ = said(Teen(copy.address), DISTRESS)
    spans = trace_of(collector, call)
    (root,) = [one for one in spans if not one.parent]
    assert (root.name, root.kind, root.failed) == ("chat.send", SERVER, False)
    assert root.attributes == {"role": "teen", "status": 200, "code": "ok", "request": call}
    names = [one.name for one in spans]
    assert {"db.find", "db.update", "llm.write"} <= set(names)
    inner = [one for one in spans if one.parent]
    assert {one.kind for one in inner} == {CLIENT}
    assert all(one.parent == root.id and one.seconds <= root.seconds for one in inner)
    collections = {one.attributes.get("collection") for one in inner if one.name == "db.update"}
    assert collections == {"conversations"}


def test_a_span_tells_no_text_and_nobody(
    copy: Copy, collector: FakeCollector, llm: FakeLlm
) -> None:
    teen = Teen(copy.address)
    canary = f"金丝雀canary{time.time_ns()}"
    call, _ = said(teen, f"{DISTRESS} {canary}")
    llm.mode = "error"
    failing, _ = said(teen, f"{DISTRESS} {canary}")
    bad = teen.post(f"chat.{canary}", {"text": canary}).headers["X-Request-Id"]
    spans = [*trace_of(collector, call), *trace_of(collector, failing), *trace_of(collector, bad)]
    sent = b"".join(collector.raw)
    token = str(teen.http.headers["Authorization"])[7:]
    for word in (canary, DISTRESS, teen.talk, teen.id, teen.device, token):
        assert word.encode() not in sent, "spans lead to a person"
    (model,) = [one for one in spans if one.name == "llm.write" and one.failed]
    assert set(model.attributes) == {"error"}
    (unknown,) = [one for one in spans if one.attributes.get("request") == bad]
    assert unknown.name == "unknown"
    keys = {key for one in collector.spans for key in one.attributes}
    assert keys <= {"role", "status", "code", "request", "collection", "error"}
    named = {*REGISTRY.actions, "unknown", "llm.write", "notice"}
    assert {one.name for one in collector.spans if not one.name.startswith("db.")} <= named


@pytest.mark.parametrize("mode", ["error", "slow"])
def test_a_collector_that_fails_costs_no_call(
    copy: Copy, collector: FakeCollector, mode: str
) -> None:
    collector.mode = mode
    teen, before = Teen(copy.address), len(collector.raw)
    for number in range(20):
        assert said(teen, f"今天写作业 {number}")[1]["message"]["seq"]
    eventually(lambda: len(collector.raw) > before, AT_MOST)
    started = time.monotonic()
    for number in range(20):
        said(teen, f"还在写 {number}")
    assert time.monotonic() - started < 10, "twenty calls wait for no collector"


def test_the_log_stays_json_where_the_collector_fails(copy: Copy, collector: FakeCollector) -> None:
    collector.mode = "error"
    said(Teen(copy.address), DISTRESS)
    before = len(collector.raw)
    eventually(lambda: len(collector.raw) > before, AT_MOST)
    for line in copy.log("service").splitlines():
        json.loads(line)


def figures(copy: Copy) -> Figures:
    """What a scraper with the token reads."""
    return scrape(copy, TOKEN)


def test_what_the_language_model_does_is_counted(copy: Copy, llm: FakeLlm) -> None:
    before = figures(copy)
    teen = Teen(copy.address)
    for mode in ("good", "diagnosis", "error"):
        llm.mode = mode
        said(Teen(copy.address), DISTRESS)
    assert teen.talk
    grown = {
        outcome: figures(copy).get(f"llm_total {outcome}", 0)
        - before.get(f"llm_total {outcome}", 0)
        for outcome in ("written", "unsayable", "failed", "resting")
    }
    assert grown == {"written": 1, "unsayable": 1, "failed": 1, "resting": 0}


def test_a_notice_that_nobody_takes_grows_old_in_sight(copy: Copy) -> None:
    teen = Teen(copy.address)
    said(teen, IMMINENT)
    told = eventually(lambda: old_notice(copy), 10)
    assert told is not None
    assert told["outbox"] >= 1
    assert told["notices_total connection"] >= 1
    assert told["dead_letters"] == 0


def old_notice(copy: Copy) -> Figures | None:
    """The figures, once a notice is a while old."""
    told = figures(copy)
    return told if told["outbox_age_seconds"] > 2 and "notices_total connection" in told else None


def test_status_tells_an_operator_in_a_few_lines(copy: Copy, tmp_path: Path) -> None:
    said(Teen(copy.address), IMMINENT)
    told = eventually(lambda: status_of(copy, "not delivered"), 10)
    assert re.search(r"queue +counsellor: \d+ at level 3; the first for \d+ (s|min)", told)
    assert re.search(r"outbox +\d+ not delivered, the oldest for \d+ (s|min)", told)
    assert re.search(r"dead +0 notices given up$", told, re.MULTILINE)
    assert re.search(r"reader +(whole|DEGRADED: the rules alone)$", told, re.MULTILINE)


def status_of(copy: Copy, words: str) -> str:
    """What `./deploy.sh status` prints, once `words` stand in it."""
    done = copy.command("status")
    return done.stdout if words in done.stdout else ""
