"""`python -m miniprogram_schema build [--out DIR]`: the project that WeChat DevTools opens.

The pages that go in as first ones are held against the same checker as those that are published;
what puts the package together is `web/weapp.mjs`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from miniprogram_schema import FOLDER

PAGES = FOLDER / "pages"
SHIPPED = ("teen", "desk")
"""The folders whose pages are carried inside the client; templates are not."""

PACKAGE = FOLDER / "build" / "weapp"
NODE_LEAST = 20
SECONDS = 300
WHERE = "in the folder miniprogram_schema"


class CannotBuildError(Exception):
    """Something is missing or wrong; carries the next step."""

    def __init__(self, reason: str, step: str) -> None:
        super().__init__(reason)
        self.step = step


def build(arguments: list[str]) -> int:
    """Write the project; exit status 1, and what to do next, where that cannot be."""
    options = _options(arguments)
    try:
        _check_pages()
        node = find_node()
        _run_generate(node)
        _run_weapp(node, options.out)
    except CannotBuildError as error:
        sys.stderr.write(f"\n  Cannot go on: {error}\n  Next: {error.step}\n")
        return 1
    sys.stdout.write(f"ready: open {options.out} in WeChat DevTools\n")
    return 0


main = build


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m miniprogram_schema build")
    parser.add_argument("--out", type=Path, default=PACKAGE, metavar="DIR", help="where to write")
    options = parser.parse_args(arguments)
    options.out = options.out.resolve()
    return options


def _check_pages() -> None:
    """Hold every page that is carried inside the client against the checker."""
    files = list(_page_files())
    if not files:
        raise CannotBuildError(
            f"no page lies in {PAGES.name}/{{{','.join(SHIPPED)}}}", "put the shipped pages there"
        )
    faults = [line for file in files for line in _faults(file)]
    if faults:
        sys.stderr.write("".join(f"{line}\n" for line in faults))
        raise CannotBuildError(
            f"{len(faults)} faults in the pages that go in",
            "mend them; `python -m miniprogram_schema check FILE…` tells them again",
        )
    sys.stdout.write(f"{len(files)} pages checked\n")


def _page_files() -> Iterator[Path]:
    for folder in SHIPPED:
        yield from sorted((PAGES / folder).glob("*.json"))


def _faults(file: Path) -> Iterator[str]:
    from cloudfunctions.pages.checking import faults_of

    name = file.relative_to(PAGES)
    try:
        content = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        yield f"{name}: {error}"
        return
    for fault in faults_of(content):
        yield f"{name}: {fault.path}: {fault.reason}"
    if content.get("id") != file.stem:
        yield f"{name}: id: a page is called as its file is"


def find_node() -> str:
    """Return the program `node`: the machine's, or the virtual environment's own."""
    own = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
    for place in (None, str(own)):
        found = shutil.which("node", path=place)
        if found and _major(found) >= NODE_LEAST:
            return found
    raise CannotBuildError(
        f"no Node {NODE_LEAST} or newer was found",
        "./deploy.sh setup brings one, or install it and run the same command again",
    )


def _major(node: str) -> int:
    # The program found by name is asked for its version and nothing else.
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = said.stdout.removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def _run_generate(node: str) -> None:
    if not (FOLDER / "node_modules" / "esbuild").is_dir():
        raise CannotBuildError(
            "the libraries of the pages are not installed",
            f"./deploy.sh setup, or `npm ci` {WHERE}",
        )
    said = _node(node, "web/generate.mjs", "--check")
    if said.returncode:
        sys.stderr.write(said.stdout + said.stderr)
        raise CannotBuildError(
            "the generated files are older than what they are made from",
            f"`npm run generate` {WHERE}",
        )


def _run_weapp(node: str, out: Path) -> None:
    said = _node(node, "web/weapp.mjs", "--out", str(out))
    sys.stdout.write(said.stdout)
    if said.returncode:
        sys.stderr.write(_last_words(said.stderr))
        raise CannotBuildError("the package could not be made", "see the message above")


def _last_words(said: str) -> str:
    """What went wrong, without where in our own script it was noticed."""
    wrong = [line for line in said.splitlines() if line.startswith(("Error: ", "  ", "✘"))]
    lines = [line for line in wrong if not line.startswith("    at ")] or said.splitlines()
    return "".join(f"{line}\n" for line in lines)


def _node(node: str, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Script and options are ours; nothing goes through a shell.
    return subprocess.run(  # noqa: S603
        [node, str(FOLDER / script), *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
