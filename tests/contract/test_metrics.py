"""What `/metrics` tells, to whom, and that whatever is called makes no label of it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from cloudfunctions.app import REGISTRY, create_app
from cloudfunctions.common import metrics
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings, WeChatSettings
from tests.contract.crew import CALM, IMMINENT, at_once, eventually, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Caller, Staff, Teen

Staffing = Callable[[str], Staff]
Figures = dict[str, float]

TOKEN = "t" * 32
HERE = {"REMOTE_ADDR": "127.0.0.1"}
LONGEST_AGE = 20.0
"""Seconds: they are read anew after five, and on a busy machine not at the first try."""


def figures_of(text: str) -> Figures:
    """Every sample, by its name and the values of its labels in the order of their names."""
    return {
        " ".join([sample.name.removeprefix("nuanxin_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(copy: Copy, token: str = "") -> Figures:
    """What a scraper on this machine reads."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.get(f"{copy.address}/metrics", headers=headers, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["Cache-Control"] == "no-store"
    return figures_of(answer.text)


class Grown:
    """What has been counted since this was made."""

    def __init__(self, copy: Copy) -> None:
        self._copy, self._before = copy, scrape(copy)

    def by(self, name: str) -> float:
        """How much one figure has grown."""
        return scrape(self._copy).get(name, 0) - self._before.get(name, 0)


def test_calls_are_counted_by_action_and_status(running: Copy, teen: Teen) -> None:
    grown = Grown(running)
    for _ in range(12):
        # A connection each, so that they spread over the workers.
        other = Teen(running.address)
        other.send(CALM)
    Caller(running.address).post("chat.send", {})
    assert grown.by("requests_total chat.send 2xx") == 12
    assert grown.by("requests_total chat.send 4xx") == 1
    assert grown.by("request_seconds_count chat.send") == 13
    assert grown.by("assess_seconds_count") >= 12
    eventually(lambda: grown.by("sweep_seconds_count") >= 1)


def test_no_name_that_is_called_becomes_a_label(running: Copy) -> None:
    canary = secrets.token_hex(8)
    caller, grown = Caller(running.address), Grown(running)
    names = [f"chat.{canary}{number}" for number in range(100)]
    names += [f"chat.send/{canary}", f"{canary}%22%7D", "我不想活了", "x" * 4_000]
    for name in (*names, f"{canary}%0A"):
        # The last one, with its line break, is no path of ours and not even counted.
        assert caller.post(name).status_code == 404
    text = requests.get(f"{running.address}/metrics", timeout=5).text
    assert canary not in text
    assert grown.by("requests_total unknown 4xx") == len(names)
    actions = {name.split()[1] for name in figures_of(text) if name.startswith("requests_total ")}
    assert actions <= {*REGISTRY.actions, "unknown"}


@pytest.mark.usefixtures("empty_queue")
def test_who_waits_and_how_long_it_took(
    running: Copy, staff: Staffing, resources: Resources
) -> None:
    grown = Grown(running)
    counsellor = staff("counsellor").available()
    grave = Teen(running.address)
    grave.send(IMMINENT)
    waiting_teen(running.address)
    told = eventually(lambda: queue_of(running, {"3 counsellor": 1, "0 listener": 1}), LONGEST_AGE)
    assert told is not None
    assert told["queue_oldest_seconds counsellor"] > 0
    assert told["queue 3 listener"] == 0
    assert counsellor.take() is not None
    counsellor.say(grave.talk, "我在，你现在安全吗？")
    counsellor.say(grave.talk, "你不用马上回答。")
    assert grown.by("wait_seconds_count counsellor") == 1
    assert grown.by("answer_seconds_count 3") == 1, "the second answers nothing new"
    eventually(lambda: queue_of(running, {"3 counsellor": 0, "0 listener": 1}), LONGEST_AGE)


def queue_of(copy: Copy, wanted: dict[str, int]) -> Figures | None:
    """The figures, once the queues are as `wanted`."""
    told = scrape(copy)
    return told if all(told.get(f"queue {name}") == n for name, n in wanted.items()) else None


def test_a_killed_worker_takes_no_count_with_it(own_copy: Copy) -> None:
    grown = Grown(own_copy)
    for _ in range(3):
        at_once(4, lambda _: Teen(own_copy.address).send(CALM))
        own_copy.kill_worker()
        eventually(lambda: len(own_copy.workers()) == 2 and own_copy.ready(), 20)
    assert grown.by("requests_total chat.send 2xx") == 12
    files = list((own_copy.data / "run" / "metrics").glob("counter_*.db"))
    assert len(files) == 3, "two workers and the sweeps"


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[None]:
    """This process counts."""
    metrics.begin(tmp_path / "metrics")
    yield
    metrics.end()


@contextlib.contextmanager
def client_with(resources: Resources, **changed: object) -> Iterator[flask.testing.FlaskClient]:
    """A client of the app with some settings changed."""
    settings: Settings = replace(resources.settings, **changed)  # type: ignore[arg-type]
    app = create_app(settings)
    try:
        yield app.test_client()
    finally:
        app.extensions["resources"].database.close()


GATEWAY = WeChatSettings("wx1", "", "https://api.weixin.qq.com", "service", True, "", "", "", "")
CLOSED: list[tuple[dict[str, object], dict[str, str], dict[str, str]]] = [
    ({}, {"REMOTE_ADDR": "10.0.0.5"}, {}),
    ({}, {"REMOTE_ADDR": "::ffff:10.0.0.5"}, {}),
    ({}, {"REMOTE_ADDR": ""}, {}),
    ({}, {"REMOTE_ADDR": "localhost"}, {}),
    ({}, HERE, {"X-Forwarded-For": "127.0.0.1"}),
    ({}, HERE, {"Forwarded": "for=127.0.0.1"}),
    ({}, HERE, {"X-Original-Forwarded-For": "127.0.0.1"}),
    ({}, HERE, {"X-Real-IP": "127.0.0.1"}),
    ({}, HERE, {"X-WX-SOURCE": "wx_client"}),
    ({}, HERE, {"Via": "1.1 proxy"}),
    ({"production": True}, HERE, {}),
    ({"wechat": GATEWAY}, HERE, {}),
    ({"metrics_token": TOKEN}, HERE, {}),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": f"Bearer {TOKEN}x"}),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": f"Bearer {TOKEN[:-1]}"}),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": TOKEN}),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": "Bearer "}),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": "Bearer ünï"}),
    ({"metrics_token": TOKEN}, HERE, {"X-Metrics-Token": TOKEN}),
]


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(("changed", "origin", "headers"), CLOSED)
def test_it_is_told_to_nobody_else(
    resources: Resources,
    changed: dict[str, object],
    origin: dict[str, str],
    headers: dict[str, str],
) -> None:
    with client_with(resources, **changed) as client:
        refused = client.get("/metrics", headers=headers, environ_base=origin)
        absent = client.get("/no-such-page", headers=headers, environ_base=origin)
        assert refused.status_code == 404
        assert refused.data == absent.data, "as if there were nothing"


OPEN: list[tuple[dict[str, object], dict[str, str], dict[str, str]]] = [
    ({}, HERE, {}),
    ({}, {"REMOTE_ADDR": "::1"}, {}),
    ({}, {"REMOTE_ADDR": "::ffff:127.0.0.1"}, {}),
    ({"metrics_token": TOKEN}, {"REMOTE_ADDR": "10.0.0.5"}, {"Authorization": f"Bearer {TOKEN}"}),
    (
        {"metrics_token": TOKEN, "production": True, "wechat": GATEWAY},
        {"REMOTE_ADDR": "10.0.0.5"},
        {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "10.0.0.9"},
    ),
]


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(("changed", "origin", "headers"), OPEN)
def test_it_is_told_to_whom_it_is_for(
    resources: Resources,
    changed: dict[str, object],
    origin: dict[str, str],
    headers: dict[str, str],
) -> None:
    with client_with(resources, **changed) as client:
        answer = client.get("/metrics", headers=headers, environ_base=origin)
        assert answer.status_code == 200
        assert figures_of(answer.text)["database_reachable"] == 1


def test_where_nothing_is_counted_there_is_nothing(resources: Resources) -> None:
    with client_with(resources) as client:
        assert client.get("/metrics", environ_base=HERE).status_code == 404


@pytest.mark.usefixtures("counting")
def test_without_a_database_it_tells_that(resources: Resources) -> None:
    nobody = "mongodb://127.0.0.1:9/"
    with client_with(resources, database_uri=nobody, request_seconds=0.3) as client:
        assert client.post("/api/account.sign_in", json={"device": "d" * 32}).status_code == 503
        told = figures_of(client.get("/metrics", environ_base=HERE).text)
        assert told["database_reachable"] == 0
        assert not any(name.startswith("queue") for name in told), "unknown is not zero"
        assert told["requests_total account.sign_in 5xx"] == 1
        faults = [n for name, n in told.items() if name.startswith("database_faults_total ")]
        assert sum(faults) >= 2
