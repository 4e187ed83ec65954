"""Running everything in the foreground, in the order in which it depends on each other."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from cloudfunctions.account import service as account
from cloudfunctions.app import INDEXES
from cloudfunctions.common.database import SchemaBehind, SchemaTooNew
from cloudfunctions.common.migrations import migrate
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.local.child import Child, command_of, end_left_over
from cloudfunctions.local.place import MASTER_KEY_FILE, Place, State, any_free_port, port_free
from cloudfunctions.pages import shipped

READY_SECONDS = 40.0
ROOM_BYTES = 200_000_000
SHORT_LIFE = 3.0
"""Seconds; a process that dies younger is started again only after a pause."""


class CannotStartError(Exception):
    """Raised with what is wrong and what to do next."""


def say(words: str) -> None:
    """Tell the person at the terminal what happens, as it happens."""
    print(f"  {words}", flush=True)


def run(place: Place) -> int:
    """Start everything, say where, and keep it running until Ctrl-C, SIGTERM or `stop`."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    place.make()
    with _only_one(place):
        _check_room(place)
        _end_left_overs(place)
        if not port_free(place.host, place.port):
            raise CannotStartError(
                f"port {place.port} on {place.host} is taken by another program.\n"
                f"  Next: PORT={place.port + 10} ./deploy.sh, or end that program."
            )
        with _stack(place, stop):
            stop.wait()
    return 0


@contextlib.contextmanager
def _only_one(place: Place) -> Iterator[None]:
    with (place.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            state = place.read_state()
            who = f"process {state.launcher}, {state.address}" if state else "another process"
            raise CannotStartError(
                f"the data folder {place.data} is in use by {who}.\n"
                "  Next: ./deploy.sh status, ./deploy.sh stop, or another DATA_DIR and PORT."
            ) from None
        yield


def _check_room(place: Place) -> None:
    free = shutil.disk_usage(place.data).free
    if free < ROOM_BYTES:
        raise CannotStartError(
            f"only {free // 1_000_000} MB are free on the disk of {place.data}.\n"
            "  Next: make room (200 MB at least), or choose another DATA_DIR."
        )


def _end_left_overs(place: Place) -> None:
    state = place.read_state()
    if state is None:
        return
    for name, pid in state.processes.items():
        if str(place.data) in command_of(pid):
            say(f"ending {name} (process {pid}) that an earlier run left behind")
            if not end_left_over(pid, str(place.data)):
                raise CannotStartError(
                    f"process {pid} still holds {place.data}.\n  Next: kill -9 {pid}, try again."
                )
    place.forget_state()


@contextlib.contextmanager
def _stack(place: Place, stop: threading.Event) -> Iterator[None]:
    children: list[Child] = []
    try:
        database_uri = place.database_uri or _start_database(place, children)
        environment = place.environment(database_uri)
        _prepare(environment)
        _start_service(place, environment, children)
        state = State(
            os.getpid(),
            place.host,
            place.port,
            database_uri,
            {child.name: child.pid for child in children},
        )
        place.write_state(state)
        _wait_ready(state, children, stop)
        _announce(place, state, environment)
        watcher = threading.Thread(target=_watch, args=(place, state, children, stop), daemon=True)
        watcher.start()
        yield
    finally:
        stop.set()
        say("stopping")
        for child in reversed(children):
            child.stop(15)
        place.forget_state()
        say("stopped; everything that was acknowledged is on disk")


def _start_database(place: Place, children: list[Child]) -> str:
    port = any_free_port()
    say(f"database: starting on port {port}, data in {place.database}")
    program = Path(sys.executable).with_name("secantusd-py")
    child = Child(
        "database",
        [
            str(program),
            "--host=127.0.0.1",
            f"--port={port}",
            f"--storage-path={place.database}",
            "--sync-on-commit",
            "--log-level=WARNING",
        ],
        place.log("database"),
        dict(os.environ),
    )
    child.start()
    children.append(child)
    uri = f"mongodb://127.0.0.1:{port}/?retryWrites=false"
    _wait_database(child, uri)
    return uri


def _wait_database(child: Child, uri: str) -> None:
    """Wait for a real read: a process that answers a ping may still be unable to read."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if not child.alive():
            break
        client: MongoClient[dict[str, object]] = MongoClient(uri, serverSelectionTimeoutMS=500)
        try:
            client["nuanxinmiao"]["schema"].find_one({"_id": "schema"})
        except PyMongoError:
            time.sleep(0.2)
        else:
            return
        finally:
            client.close()
    raise CannotStartError(
        f"the database did not start. Its last words:\n{child.last_words()}\n"
        "  Next: free disk and memory? Is the data folder held by another process?"
    )


def _prepare(environment: dict[str, str]) -> None:
    """Bring the database to our schema, with indexes and our pages, or say why that cannot be."""
    resources = resources_of(environment)
    try:
        migrate(resources.database, tell=say)
        with resources.database.deadline(READY_SECONDS):
            resources.database.prepare()
            fresh = shipped.seed(resources)
        if fresh:
            say(f"pages: {len(fresh)} of ours are new")
    except SchemaTooNew as error:
        raise CannotStartError(
            f"{error}.\n  Next: run the newer version of this project, or choose another DATA_DIR."
        ) from None
    except SchemaBehind as error:
        raise CannotStartError(f"{error}.\n  Next: ./deploy.sh restore FILE") from None
    except PyMongoError as error:
        raise CannotStartError(
            f"the database does not answer ({type(error).__name__}).\n"
            "  Next: is MONGODB_URI right, and can this machine reach it?"
        ) from None
    finally:
        resources.database.close()


def _start_service(place: Place, environment: dict[str, str], children: list[Child]) -> None:
    say(f"service: starting gunicorn on {place.host}:{place.port}")
    shutil.rmtree(place.metrics, ignore_errors=True)
    pid_file = place.run / "gunicorn.pid"
    python = sys.executable
    for name, command in (
        (
            "service",
            [
                python,
                "-m",
                "gunicorn",
                "-c",
                "python:cloudfunctions.gunicorn_conf",
                f"--pid={pid_file}",
            ],
        ),
        ("duty", [python, "-m", "cloudfunctions.duty"]),
    ):
        child = Child(name, command, place.log(name), environment)
        child.start()
        children.append(child)


def _wait_ready(state: State, children: list[Child], stop: threading.Event) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and not stop.is_set():
        if ready(state.address)["status"] == 200:
            return
        dead = next((child for child in children if not child.alive()), None)
        if dead is not None:
            raise CannotStartError(
                f"{dead.name} ended at once. Its last words:\n{dead.last_words()}"
            )
        time.sleep(0.2)
    if not stop.is_set():
        raise CannotStartError(
            f"the service is not ready after {READY_SECONDS:.0f} s: {ready(state.address)}.\n"
            f"  Next: look into {children[-1].name} and service logs in the data folder."
        )


def ready(address: str) -> dict[str, object]:
    """Return the answer of `/readyz`: its status (0: no answer) and its body."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=4) as answer:  # noqa: S310  ours
            return {"status": answer.status, **json.load(answer)}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code}
    except (OSError, ValueError):
        return {"status": 0}


def _announce(place: Place, state: State, environment: dict[str, str]) -> None:
    say("ready")
    print(f"\n  teen page   {state.address}/")
    print(f"  desk        {state.address}/desk")
    print(f"  studio      {state.address}/studio")
    print(f"  health      {state.address}/healthz  {state.address}/readyz")
    print(f"  data, logs  {place.data}")
    if not os.environ.get("SECRET_KEY"):
        print(f"  secret      {place.data / 'secret.key'}  (back it up apart from the database)")
    if not os.environ.get("MASTER_KEY"):
        print(f"  MASTER KEY  {place.data / MASTER_KEY_FILE}  (KEEP IT, apart from the database:")
        print("              without it nobody can ever read again what teens have kept)")
    code = first_invitation(environment)
    if code:
        print(f"\n  The desk has no staff yet. Come in as a listener with this code, once: {code}")
    print("  More staff: ./deploy.sh invite listener|counsellor|supervisor|coordinator")
    print("  A scripted talk: ./deploy.sh demo   Stop: Ctrl-C or ./deploy.sh stop\n", flush=True)


@contextlib.contextmanager
def opened(place: Place, *, alone: bool = False) -> Iterator[dict[str, str]]:
    """Yield the environment in which this copy's database can be reached.

    It is the one of MONGODB_URI, else the embedded one, which is started for the while if nothing
    runs; `alone` refuses where the service runs on it.

    Raises:
        CannotStartError: it runs and must not, or the database cannot be started.
    """
    if place.database_uri:
        yield place.environment(place.database_uri)
        return
    state = running(place)
    if state is not None and alone:
        raise CannotStartError("the service runs in this data folder.\n  Next: ./deploy.sh stop")
    if state is not None:
        yield place.environment(state.database_uri)
        return
    place.make()
    children: list[Child] = []
    with _only_one(place):
        _end_left_overs(place)
        try:
            yield place.environment(_start_database(place, children))
        finally:
            for child in children:
                child.stop(15)


def resources_of(environment: dict[str, str]) -> Resources:
    """Return what talks to this copy's database directly, for the console's own steps."""
    return Resources.build(Settings.from_environment(environment), INDEXES)


def first_invitation(environment: dict[str, str]) -> str:
    """Return an invitation for a listener if nobody has joined yet, else ''."""
    resources = resources_of(environment)
    with resources.database.deadline(10):
        if account.anyone_joined(resources):
            return ""
        return account.invite(resources, "listener", "console").invitation


def _watch(place: Place, state: State, children: list[Child], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        for child in children:
            if child.alive() or stop.is_set():
                continue
            say(f"{child.name} ended; starting it again (its log: {place.log(child.name)})")
            if child.lived() < SHORT_LIFE and stop.wait(SHORT_LIFE):
                return
            child.start()
            state.processes[child.name] = child.pid
            place.write_state(state)


def running(place: Place) -> State | None:
    """Return what runs in this data folder."""
    state = place.read_state()
    if state is None or "cloudfunctions.local" not in command_of(state.launcher):
        return None
    return state


def environment_of_running(place: Place) -> tuple[State, dict[str, str]]:
    """Return what runs in this data folder and the environment it runs with.

    Raises:
        CannotStartError: nothing runs.
    """
    state = running(place)
    if state is None:
        raise CannotStartError("nothing runs in this data folder.\n  Next: ./deploy.sh")
    return state, place.environment(state.database_uri)
