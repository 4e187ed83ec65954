"""Beside the actions: health, and the pages with headers that keep them harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest
import requests

from cloudfunctions.app import create_app
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from tests.support.copy import Copy

BUILT = ROOT / "miniprogram_schema" / "web" / "dist"
PAGES = ("/", "/desk")

built = pytest.mark.skipif(not BUILT.is_dir(), reason="the pages have not been built")


def policy(header: str) -> dict[str, list[str]]:
    """A Content-Security-Policy as sources by directive."""
    parts = [part.split() for part in header.split(";")]
    return {name: sources for name, *sources in parts}


def test_health_answers_without_a_token(running: Copy) -> None:
    alive = requests.get(f"{running.address}/healthz", timeout=5)
    assert (alive.status_code, alive.json()) == (200, {"data": {"alive": True}})
    ready = requests.get(f"{running.address}/readyz", timeout=5)
    assert ready.status_code == 200
    state = ready.json()["data"]
    assert (state["database"], state["reader"]) == (True, True)
    assert isinstance(state["reader_degraded"], bool)
    assert {alive.headers["Cache-Control"], ready.headers["Cache-Control"]} == {"no-store"}


def test_without_a_database_it_is_alive_but_not_ready(app_without_database: flask.Flask) -> None:
    client = app_without_database.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    answer = client.post("/api/account.sign_in", json={"device": "d" * 32})
    assert answer.status_code == 503
    assert answer.get_json()["error"]["code"] == "unavailable"
    assert "12356" in answer.get_json()["error"]["hint"]


@pytest.fixture
def app_without_database(resources: Resources) -> Iterator[flask.Flask]:
    """The app with a database address where nothing listens."""
    settings = replace(
        resources.settings, database_uri="mongodb://127.0.0.1:9/", request_seconds=0.3
    )
    yield from serving(create_app(settings))


@pytest.fixture
def app_with_pages(resources: Resources, tmp_path: Path) -> Iterator[flask.Flask]:
    """The app with two small pages of our own."""
    for name in ("index.html", "desk/index.html", "assets/app.0123456789.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<!doctype html>")
    (tmp_path / "secret.txt").write_text("not to be served")
    yield from serving(create_app(replace(resources.settings, web_folder=tmp_path)))


@pytest.fixture
def app_without_pages(resources: Resources, tmp_path: Path) -> Iterator[flask.Flask]:
    """The app before anything was built."""
    yield from serving(create_app(replace(resources.settings, web_folder=tmp_path / "none")))


def serving(app: flask.Flask) -> Iterator[flask.Flask]:
    """The app, whose connections are given back afterwards."""
    yield app
    app.extensions["resources"].database.close()


def harmless(headers: dict[str, str]) -> None:
    """No foreign and no inline script may run, and nobody is told where the reader was."""
    rules = policy(headers["Content-Security-Policy"])
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'"]
    assert rules["connect-src"] == ["'self'"]
    assert rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["frame-ancestors"] in (["'none'"], ["'self'"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_comes_with_headers_that_keep_it_harmless(
    app_with_pages: flask.Flask, path: str
) -> None:
    with app_with_pages.test_client().get(path) as answer:
        assert answer.status_code == 200
        harmless(dict(answer.headers))


def test_an_asset_may_be_kept_for_ever(app_with_pages: flask.Flask) -> None:
    with app_with_pages.test_client().get("/assets/app.0123456789.js") as answer:
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc/passwd",
        "/assets/..\\secret.txt",
        "/secret.txt",
    ],
)
def test_nothing_outside_the_assets_is_served(app_with_pages: flask.Flask, path: str) -> None:
    with app_with_pages.test_client().get(path) as answer:
        assert 300 <= answer.status_code < 500
        assert b"not to be served" not in answer.data
        assert b"root:" not in answer.data


@pytest.mark.parametrize("path", [*PAGES, "/assets/app.0123456789.js"])
def test_before_the_build_a_page_is_not_found_in_the_one_shape(
    app_without_pages: flask.Flask, path: str
) -> None:
    answer = app_without_pages.test_client().get(path)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"


@built
@pytest.mark.parametrize("path", PAGES)
def test_the_built_pages_are_served_and_need_no_inline_script(running: Copy, path: str) -> None:
    answer = requests.get(f"{running.address}{path}", timeout=5)
    assert answer.status_code == 200
    harmless(dict(answer.headers))
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", answer.text, re.DOTALL | re.IGNORECASE)
    assert scripts
    assert all("src=" in attributes and not inside.strip() for attributes, inside in scripts)
    assert not re.search(r"<[^>]+\son\w+\s*=", answer.text), "an inline handler would not run"
    for source in re.findall(r'(?:src|href)="(/[^"]+)"', answer.text):
        found = requests.get(f"{running.address}{source}", timeout=5)
        assert found.status_code == 200, source
