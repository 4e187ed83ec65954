"""Functions as they lie in their zips: in a folder of their own, run without the repository."""

from __future__ import annotations

import json
import stat
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cloudfunctions.operations import bytecode
from cloudfunctions.operations.pins import TARGETS, Target

DRIVER = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
out, sys.stdout = sys.stdout, sys.stderr
handler = importlib.import_module(sys.argv[2]).main_handler
for line in sys.stdin:
    event, context = json.loads(line)
    try:
        told = {"answer": handler(event, context)}
    except Exception as error:
        told = {"raised": type(error).__name__}
    out.write(json.dumps(told) + "\\n")
    out.flush()
places = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
out.write(json.dumps([place for place in places if place]) + "\\n")
"""
"""Answers line by line, and tells at the end which files its modules came from."""
ISOLATED = ("-I", "-S", "-B")
"""No environment, no site-packages, nothing written beside the source: read-only in the cloud."""


def target_here() -> tuple[Target, str] | None:
    """A target whose Python this machine has, and that Python; the functions' own comes first."""
    for target in TARGETS:
        command = bytecode.interpreter(target)
        if command:
            return target, command[0]
    return None


def unpack(path: Path, folder: Path) -> Path:
    """Unpack a zip with the modes that it says; returns `folder`."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            target = Path(archive.extract(info, folder))
            target.chmod(stat.S_IMODE(info.external_attr >> 16))
    return folder


def answers(
    command: Iterable[str], folder: Path, module: str, environment: Mapping[str, str], asked: Any
) -> tuple[list[Any], list[str]]:
    """Call the handler of `module` in `folder` with each (event, context), in a fresh process.

    Returns what it answered or raised, and the files that were loaded.
    """
    done = subprocess.run(
        [*command, "-c", DRIVER, str(folder), module],
        cwd="/",
        env=dict(environment),
        input="".join(f"{json.dumps(one)}\n" for one in asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    *told, loaded = [json.loads(line) for line in done.stdout.splitlines()]
    return told, loaded


def outline(answer: Any) -> Any:
    """What stays the same of an answer from call to call: its shape, its status and its code."""
    if isinstance(answer, dict):
        body = {key: _opened(key, value) for key, value in answer.items()}
        return {key: outline(value) for key, value in body.items()} | _fixed(body)
    if isinstance(answer, list):
        return [outline(one) for one in answer[:1]]
    return type(answer).__name__


def _opened(key: str, value: Any) -> Any:
    return json.loads(value) if key == "body" and isinstance(value, str) and value else value


def _fixed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("statusCode", "status", "code", "raised") if key in body}
