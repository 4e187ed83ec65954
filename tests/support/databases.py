"""Databases of a test's own on the server of a running copy, and commands that work on them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cloudfunctions.app import INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place
from tests.support.copy import Copy


@contextmanager
def another(resources: Resources, name: str = "") -> Iterator[Resources]:
    """A database beside the one of `resources`, empty, and dropped afterwards."""
    name = name or f"test_{secrets.token_hex(6)}"
    found = Resources.build(replace(resources.settings, database_name=name), INDEXES)
    try:
        yield found
    finally:
        with found.database.deadline(20):
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
