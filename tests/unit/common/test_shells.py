"""The entries of the functions: each is three lines, serves events, and loads no web server."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cloudfunctions.common.settings import ROOT

ENTRIES = sorted((ROOT / "cloudfunctions").glob("*/index.py"))
SERVERS = ("flask", "werkzeug", "gevent", "gunicorn")


def test_every_feature_has_an_entry() -> None:
    features = {path.parent.name for path in (ROOT / "cloudfunctions").glob("*/service.py")}
    assert {path.parent.name for path in ENTRIES} == features


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: str(path.parent.name))
def test_an_entry_does_nothing_of_its_own(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    steps = [node for node in module.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    told = [ast.unparse(node) for node in steps[1:]]
    assert told[-1].startswith("main_handler = event_handler(")
    assert told[:-1] in ([], ["nlp.load()"])


def test_a_function_loads_no_web_server() -> None:
    names = [f"cloudfunctions.{path.parent.name}.index" for path in ENTRIES]
    code = f"import sys, {', '.join(names)}; print([n for n in {SERVERS} if n in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
