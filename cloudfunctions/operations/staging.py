"""What the tcb command is given: the packed functions unfolded, and the settings beside them.

The folder holds secrets (`.env.local`), so it is for this user alone, and goes when the command
ends; what a killed command left of it goes at the next start.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudfunctions.operations import CannotGoOn

HERE_ONLY = frozenset({"SERVICE_ADDRESS"})
"""Settings of the deploying machine, which no function needs."""
ENVIRONMENT_BYTES = 4_096
"""What a function takes of names and values together."""
PACK = "./deploy.sh package"


@dataclass(frozen=True)
class Package:
    """What `./deploy.sh package` wrote."""

    folder: Path
    manifest: Mapping[str, Any]
    functions: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, folder: Path) -> Package:
        """Read it, and hold every zip against its SHA-256.

        Raises:
            CannotGoOn: there is none, or it is not as it was written.
        """
        try:
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            functions = json.loads((folder / "cloudbaserc.json").read_text("utf-8"))["functions"]
            for name, row in manifest["zips"].items():
                content = (folder / f"{name}.zip").read_bytes()
                if hashlib.sha256(content).hexdigest() != row["sha256"]:
                    raise CannotGoOn(f"{name}.zip is not as it was packed", PACK)
        except (OSError, ValueError, KeyError, TypeError):
            raise CannotGoOn(f"there is no whole package in {folder}", PACK) from None
        return cls(folder, manifest, tuple(functions))

    @property
    def port(self) -> int:
        """The port on which the container listens."""
        settings = json.loads((self.folder / "container/container.config.json").read_text("utf-8"))
        return int(settings["containerPort"])


def given(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that go to the cloud.

    Raises:
        CannotGoOn: they are more than a function takes.
    """
    found = {name: value for name, value in settings.items() if name not in HERE_ONLY and value}
    size = sum(len(f"{name}{value}".encode()) for name, value in found.items())
    if size > ENVIRONMENT_BYTES:
        raise CannotGoOn(
            f"the settings take {size} bytes, a function takes {ENVIRONMENT_BYTES}",
            "take out keys that nothing is sealed with any more",
        )
    return found


def stage(
    folder: Path, package: Package, environment: str, settings: Mapping[str, str], names: set[str]
) -> None:
    """Unfold the functions `names` into a fresh `folder`, with cloudbaserc.json and .env.local."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    chosen = [one for one in package.functions if one["name"] in names]
    for one in chosen:
        _unfold(package.folder / f"{one['name']}.zip", folder / "functions" / one["dir"])
    variables = {name: f"{{{{env.{name}}}}}" for name in sorted(settings)}
    content = {
        "version": "2.0",
        "envId": environment,
        "functionRoot": "functions",
        "functions": [{**one, "envVariables": variables} for one in chosen],
    }
    (folder / "cloudbaserc.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    lines = "".join(f"{name}={value}\n" for name, value in sorted(settings.items()))
    descriptor = os.open(folder / ".env.local", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(lines)


def _unfold(path: Path, folder: Path) -> None:
    """Unzip with the modes that stand in the zip: `scf_bootstrap` must stay executable."""
    with zipfile.ZipFile(path) as archive:
        for one in archive.infolist():
            target = Path(archive.extract(one, folder))
            if mode := one.external_attr >> 16 & 0o777:
                target.chmod(mode)


def digest_of_folder(folder: Path) -> str:
    """Return one SHA-256 of every name and content in a folder."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()
