"""Databases of a test's own on the server of a running copy, and commands that work on them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from cloudfunctions.app import INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place, any_free_port
from tests.support.copy import Copy


@contextmanager
def another(resources: Resources, name: str = "") -> Iterator[Resources]:
    """A database beside the one of `resources`, empty, and dropped afterwards."""
    name = name or f"test_{secrets.token_hex(6)}"
    found = Resources.build(replace(resources.settings, database_name=name), INDEXES)
    try:
        yield found
    finally:
        with found.database.deadline(60):
            found.database._client.drop_database(name)
        found.database.close()


def environment_of(copy: Copy, **more: str) -> dict[str, str]:
    """What a command needs to work on the database of a running copy, as on one elsewhere."""
    place = Place.from_environment(copy.environment)
    found = place.environment(copy.state().database_uri)
    return {**found, "PYTHONPATH": str(ROOT), **more}


def operate(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m cloudfunctions.operations …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cloudfunctions.operations", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@contextmanager
def server(*flags: str) -> Iterator[str]:
    """A database server of its own with these flags, in memory; yields its address."""
    port = any_free_port()
    command = [str(Path(sys.executable).with_name("secantusd-py")), "--storage-path=:memory:"]
    process = subprocess.Popen(
        [*command, "--host=127.0.0.1", f"--port={port}", "--log-level=ERROR", *flags],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    uri = f"mongodb://127.0.0.1:{port}/"
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=20_000)
        with client:
            client.admin.command("hello")
        yield uri
    finally:
        process.kill()
        process.wait()
