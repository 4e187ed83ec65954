"""The whole service as one Flask app: every function mounted, the H5 pages beside them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import flask

import nlp
from cloudfunctions import watch
from cloudfunctions.account.actions import actions as account_actions
from cloudfunctions.account.store import INDEXES as ACCOUNT_INDEXES
from cloudfunctions.chat.actions import actions as chat_actions
from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common import clock, crypto, metrics, telemetry, tracing
from cloudfunctions.common.clock import Clock
from cloudfunctions.common.database import Indexes
from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.function import Registry
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.common.shells import http
from cloudfunctions.common.wechat.push import INDEXES as PUSH_INDEXES
from cloudfunctions.desk.actions import actions as desk_actions
from cloudfunctions.duty import push
from cloudfunctions.forms.actions import actions as forms_actions
from cloudfunctions.forms.store import INDEXES as FORMS_INDEXES
from cloudfunctions.mood.actions import actions as mood_actions
from cloudfunctions.mood.store import INDEXES as MOOD_INDEXES
from cloudfunctions.pages import web as pages_web
from cloudfunctions.pages.actions import actions as pages_actions
from cloudfunctions.pages.store import INDEXES as PAGES_INDEXES
from cloudfunctions.plan.actions import actions as plan_actions
from cloudfunctions.plan.store import INDEXES as PLAN_INDEXES
from cloudfunctions.story.actions import actions as story_actions
from cloudfunctions.story.store import INDEXES as STORY_INDEXES
from nlp import reply

REGISTRY = Registry.merge(
    account_actions,
    chat_actions,
    desk_actions,
    forms_actions,
    mood_actions,
    pages_actions,
    plan_actions,
    story_actions,
)
INDEXES: Indexes = {
    **ACCOUNT_INDEXES,
    **CHAT_INDEXES,
    **crypto.INDEXES,
    **FORMS_INDEXES,
    **MOOD_INDEXES,
    **PAGES_INDEXES,
    **PLAN_INDEXES,
    **PUSH_INDEXES,
    **STORY_INDEXES,
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
STUDIO_SECURITY_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
"""The studio shows the pages themselves in a frame."""
A_YEAR = 31_536_000


def create_app(settings: Settings, now: Clock = clock.now) -> flask.Flask:
    """Return the app; connects to the database with the first request, or `warm_up`."""
    app = flask.Flask("nuanxinmiao", static_folder=None)
    resources = Resources.build(settings, INDEXES, now)
    app.extensions["resources"] = resources
    app.extensions["stopping"] = threading.Event()
    http.mount(app, REGISTRY, resources)
    pages_web.mount(app, resources)
    push.mount(app, resources)
    _health(app, resources)
    watch.mount(app, resources)
    _pages(app, settings.web_folder)
    return app


def warm_up(app: flask.Flask) -> None:
    """Load the reader and set up the database before the first teen comes."""
    reply.plan("", nlp.assess(""), [])
    resources: Resources = app.extensions["resources"]
    resources.database.reachable()


def stop(app: flask.Flask) -> None:
    """Begin to end: not ready for more, and whoever waits for news is answered at once."""
    app.extensions["stopping"].set()
    resources: Resources = app.extensions["resources"]
    for hub in (resources.hub, resources.gone):
        hub.stop()


def from_environment(environment: Mapping[str, str] = os.environ) -> flask.Flask:
    """gunicorn's entry: `cloudfunctions.app:from_environment()`."""
    telemetry.take_over()
    settings = Settings.from_environment(environment)
    metrics.begin(settings.metrics_folder)
    tracing.begin(settings.traces_url)
    return create_app(settings)


def _health(app: flask.Flask, resources: Resources) -> None:
    @app.get("/healthz")
    def healthz() -> flask.Response:
        return _state(200, alive=True)

    @app.get("/readyz")
    def readyz() -> flask.Response:
        if app.extensions["stopping"].is_set():
            return _state(503, stopping=True)
        reader = nlp.status()
        database = resources.database.reachable()
        good = database and reader.ready
        return _state(
            200 if good else 503,
            database=database,
            reader=reader.ready,
            reader_degraded=reader.degraded,
            model=reader.model_version,
        )


def _state(status: int, **fields: bool | str) -> flask.Response:
    answer = flask.jsonify({"data": fields})
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _pages(app: flask.Flask, folder: Path) -> None:
    @app.get("/")
    def teen_page() -> flask.Response:
        return _page(folder, "index.html")

    @app.get("/desk")
    def desk_page() -> flask.Response:
        return _page(folder, "desk/index.html")

    @app.get("/studio")
    def studio_page() -> flask.Response:
        return _page(folder, "studio/index.html", STUDIO_SECURITY_POLICY)

    @app.get("/assets/<path:name>")
    def asset(name: str) -> flask.Response:
        # Names carry a hash of their content, so they may be kept for ever.
        answer = flask.send_from_directory(folder / "assets", name, max_age=A_YEAR)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _page(folder: Path, name: str, policy: str = CONTENT_SECURITY_POLICY) -> flask.Response:
    if not (folder / name).is_file():
        raise NotFound("页面还没有生成。", hint="请运行 ./deploy.sh setup。")
    answer = flask.send_from_directory(folder, name)
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
