"""What runs in the cloud must run on Python 3.10, the newest that cloud functions offer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cloudfunctions.common.settings import ROOT

RUN_TIME = ("cloudfunctions", "nlp")
COMPILE = """
import pathlib, py_compile, sys
for number, name in enumerate(sys.argv[2:]):
    py_compile.compile(name, f"{sys.argv[1]}/{number}.pyc", doraise=True)
"""


def sources() -> list[str]:
    """Every module of the run time."""
    return [str(path) for name in RUN_TIME for path in sorted((ROOT / name).rglob("*.py"))]


def python310() -> str:
    """A Python 3.10 of this machine, '' if it has none."""
    found = shutil.which("python3.10")
    if found is None:
        return ""
    # Where pyenv stands behind the name, it wants to be told which one is meant.
    asked = subprocess.run(
        [found, "-c", "import sys; print(sys.version_info[:2])"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return found if asked.stdout.strip() == "(3, 10)" else ""


def environment() -> dict[str, str]:
    """Ours, with a word for pyenv."""
    return {**os.environ, "PYENV_VERSION": "3.10"}


def test_every_module_compiles_under_python_310(tmp_path: Path) -> None:
    python = python310()
    if not python:
        pytest.skip("there is no python3.10 on this machine")
    compiled = subprocess.run(
        [python, "-c", COMPILE, str(tmp_path), *sources()],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stderr
    assert len(list(tmp_path.glob("*.pyc"))) == len(sources())


def test_ruff_finds_nothing_newer_than_python_310() -> None:
    checked = subprocess.run(
        [
            sys.executable,
            *("-m", "ruff", "check", "--isolated", "--no-cache", "--target-version=py310"),
            *("--select=E9,F821", *sources()),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_imported_that_came_after_python_310() -> None:
    newer = ("import tomllib", "from tomllib", "from wsgiref.types", "asyncio.TaskGroup")
    names = ("Self", "assert_never", "StrEnum", "ExceptionGroup", "batched")
    for source in sources():
        text = Path(source).read_text("utf-8")
        assert not any(word in text for word in newer), source
        for name in names:
            assert f"import {name}" not in text, f"{source}: {name} came with Python 3.11 or 3.12"
