"""The build context of the container: a folder with all that its Dockerfile copies, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cloudfunctions.operations import bundle, pins
from cloudfunctions.operations.archive import Files
from cloudfunctions.operations.bundle import Stock
from cloudfunctions.operations.imports import follow

FILES = Path(__file__).parent / "files"
BESIDE = ("cloudfunctions.duty.__main__", "cloudfunctions.pages.__main__")
"""What can be started of the image beside the service: the sweeps, and the seeding of our pages."""
TEMPLATES = {"Dockerfile": "Dockerfile", "dockerignore": ".dockerignore"}
SETTINGS = "container.config.json"


def context(stock: Stock, files: Iterable[Path]) -> Files:
    """Return the files of the build context by name; `files` are the wheels of the container.

    The requirements are the container's lock. pip fetches them while the image is built, but for
    the wheels that only we have, which come along.

    Raises:
        CannotGoOn: something that is needed is not there.
    """
    code = stock.ours(follow(stock.root, (*bundle.service(stock.root), *BESIDE)))
    own = {f"wheels/{path.name}": path.read_bytes() for path in files if _is_own(path)}
    return {
        **{target: (FILES / name).read_bytes() for name, target in TEMPLATES.items()},
        SETTINGS: (FILES / SETTINGS).read_bytes(),
        "requirements.txt": pins.CONTAINER.lock.read_bytes(),
        **own,
        **{f"app/{name}": content for name, content in code.items()},
    }


def start_command() -> list[str]:
    """Return the command that the image starts, as it stands in the Dockerfile."""
    lines = (FILES / "Dockerfile").read_text("utf-8").splitlines()
    command: list[str] = json.loads(lines[-1].removeprefix("CMD "))
    return command


def _is_own(path: Path) -> bool:
    return path.name.partition("-")[0] in pins.ONLY_SOURCE
