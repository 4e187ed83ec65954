"""The bytecode that goes into a zip, so that a cold function does not compile everything first.

A function's folder is read-only in the cloud: without bytecode beside the source each cold start
compiles all that it imports, which takes longer than all the rest. It is made by the very Python
that will run it, in one fresh process with a fixed hash seed, and never held against a file's time
(the times in a zip are fixed); so it is the same at each packing by the same Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cloudfunctions.operations import CannotGoOn
from cloudfunctions.operations.archive import Files
from cloudfunctions.operations.pins import Target

_COMPILE = """
import importlib.util, json, py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for name in json.load(sys.stdin):
    try:
        py_compile.compile(name, dfile=name, doraise=True, optimize=0, invalidation_mode=mode)
    except py_compile.PyCompileError:
        continue  # A template, or a module for another Python: nobody imports it.
    print(json.dumps([name, importlib.util.cache_from_source(name, optimization="")]))
"""


def interpreter(target: Target) -> list[str]:
    """Return the command of the machine's own Python of the target's version; empty if none."""
    found = shutil.which(f"python{target.python}")
    if found is None:
        return []
    script = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
    asked = subprocess.run(
        [found, "-I", "-S", "-c", script],
        # Where pyenv stands behind the name, it wants to be told which one is meant.
        env={**os.environ, "PYENV_VERSION": target.python},
        capture_output=True,
        text=True,
        check=False,
    )
    version, _, path = asked.stdout.strip().partition(" ")
    return [path] if version == target.python else []


def version(command: list[str]) -> str:
    """Return the full version of an interpreter."""
    script = "import platform; print(platform.python_version())"
    return subprocess.run(
        [*command, "-I", "-S", "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()


def compiled(command: list[str], files: Files) -> Mapping[str, tuple[str, bytes]]:
    """Return for each module among `files` the name of its bytecode and the bytecode.

    Raises:
        CannotGoOn: the interpreter did not come to its end.
    """
    names = sorted(name for name in files if name.endswith(".py"))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        done = subprocess.run(
            [*command, "-S", "-c", _COMPILE],
            cwd=folder,
            env={"PYTHONHASHSEED": "0"},
            input=json.dumps(names),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotGoOn(f"{command[0]} could not compile: {done.stderr[-300:]}", "try another")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {name: (cached, Path(folder, cached).read_bytes()) for name, cached in rows}
