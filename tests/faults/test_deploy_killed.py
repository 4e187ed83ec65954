"""F13: `./deploy.sh setup` killed outright in any step, and run again, ends as if it never was.

The script is the real one, in a folder of its own. What it calls (python, pip, npm, node) are small
programs that leave their work in two halves, as the real ones do when they are cut off, so every
point can be hit, and nothing is downloaded.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cloudfunctions.common.settings import ROOT

TOOL = """#!{python}
import os, pathlib, shutil, signal, sys
folder, name, arguments = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name, sys.argv[1:]

def work(first, second):
    "Do something in two halves; die with everybody where the plan says so."
    log = folder.parent / "calls"
    with log.open("a") as file:
        file.write(" ".join([name, *arguments]) + "\\n")
    number = len(log.read_text().splitlines())
    plan = (folder.parent / "plan").read_text().split()
    def here(point):
        if plan == [str(number), point]:
            os.killpg(os.getpgrp(), signal.SIGKILL)
    here("before"); first(); here("half"); second(); here("after")

def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

venv, front = folder / ".venv", folder / "miniprogram_schema"
if name == "node":
    print(22)
elif name == "npm" and arguments[0] == "ci":
    modules = front / "node_modules"
    shutil.rmtree(modules, ignore_errors=True)
    work(lambda: write(modules / "a.js", "a"), lambda: write(modules / "b.js", "b"))
elif name == "npm":
    dist = front / "web/dist"
    shutil.rmtree(dist, ignore_errors=True)
    work(lambda: write(dist / "app.js", "app"), lambda: write(dist / "index.html", "index"))
elif arguments[:2] == ["-m", "venv"]:
    def python():
        (venv / "bin").mkdir(parents=True)
        shutil.copy(sys.argv[0], venv / "bin/python")
    work(python, lambda: write(venv / "pip", "pip"))
elif arguments[:2] == ["-m", "pip"]:
    site = venv / "site"
    work(lambda: write(site / "half", "x"), lambda: (site / "half").rename(site / "whole"))
elif "import pip" in arguments[1]:
    sys.exit(not (venv / "pip").exists())
"""


class Machine:
    """A folder with the script and what it needs, and tools that leave nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        front = self.folder / "miniprogram_schema"
        for part in ("weapp", "components", "web", "studio"):
            (front / part).mkdir(parents=True)
            (front / part / "one.js").write_text(part)
        for file in ("package.json", "package-lock.json"):
            (front / file).write_text("{}")
        (self.folder / "requirements.txt").write_text("one==1\n")
        shutil.copy(ROOT / "deploy.sh", self.folder)
        self._tools = folder / "tools"
        self._tools.mkdir()
        for tool in ("python3.11", "node", "npm"):
            path = self._tools / tool
            path.write_text(TOOL.format(python=sys.executable, folder=str(self.folder)))
            path.chmod(0o755)
        self._plan = folder / "plan"
        self.calls = folder / "calls"

    def run(self, plan: str = "") -> int:
        """Set up, being killed where the plan says so."""
        self._plan.write_text(plan)
        environment = {
            "PATH": f"{self._tools}:{os.environ['PATH']}",
            "PYTHON_BIN": str(self._tools / "python3.11"),
        }
        return subprocess.run(
            ["bash", str(self.folder / "deploy.sh"), "setup"],
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
            check=False,
        ).returncode

    def tree(self) -> dict[str, bytes]:
        """Everything there is."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in files
            if path.name != "python"  # It has its own folder's name inside.
        }


@pytest.mark.parametrize("point", ["before", "half", "after"])
def test_killed_in_any_step_and_run_again(tmp_path: Path, point: str) -> None:
    whole = Machine(tmp_path / "whole")
    assert whole.run() == 0
    steps = len(whole.calls.read_text().splitlines())
    assert steps == 4, "python, packages, page libraries, pages"
    for step in range(1, steps + 1):
        machine = Machine(tmp_path / f"killed{step}")
        assert machine.run(f"{step} {point}") == -signal.SIGKILL
        assert machine.run() == 0
        assert machine.tree() == whole.tree()


def test_again_does_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.run() == 0
    before = machine.calls.read_text()
    assert machine.run() == 0
    assert machine.calls.read_text() == before
