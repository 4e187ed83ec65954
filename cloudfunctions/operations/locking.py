"""`lock`: works out what `requirements.txt` comes to for every target, and writes it to `locks/`.

Versions are those that the tests ran with wherever the target has them. What is written is
committed, and a test holds it against `requirements.txt`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from cloudfunctions.operations import CannotGoOn, wheels
from cloudfunctions.operations.pins import (
    ONLY_SOURCE,
    REQUIREMENTS,
    TARGETS,
    Pin,
    Target,
    mark,
    pip,
    wanted,
)


def missing(pins: Iterable[Pin], requires: Mapping[str, Iterable[str]], target: Target) -> set[str]:
    """Return what locked packages need at `target` that is not locked, or in another version.

    `requires` are their requirements as their metadata tells them, by canonical name.
    """
    versions = {pin.name: pin.version for pin in pins}
    found = set[str]()
    for name in versions:
        for text in requires.get(name, ()):
            asked = Requirement(text)
            if asked.marker and not asked.marker.evaluate(target.environment):
                continue
            version = versions.get(canonicalize_name(asked.name))
            if version is None or not asked.specifier.contains(version, prereleases=True):
                found.add(f"{name} needs {text}")
    return found


def main(arguments: list[str]) -> int:
    """Write the lock of every target anew."""
    if arguments:
        raise CannotGoOn("lock takes no arguments", "python -m cloudfunctions.operations lock")
    text = REQUIREMENTS.read_text("utf-8")
    for target in TARGETS:
        pins, requires = _resolve(wanted(text, target), target)
        gaps = missing(pins, requires, target)
        if gaps:
            raise CannotGoOn(f"on {target.python}: {'; '.join(sorted(gaps))}", "pin what it needs")
        head = (
            "# Written by `python -m cloudfunctions.operations lock`; not by hand.\n"
            f"# Python {target.python} on {target.platform}; of requirements {mark(text, target)}\n"
        )
        target.lock.parent.mkdir(exist_ok=True)
        target.lock.write_text(head + "".join(f"{pin.line}\n" for pin in pins), encoding="utf-8")
        print(f"  {target.lock.name}: {len(pins)} packages")
    return 0


def _resolve(lines: list[str], target: Target) -> tuple[list[Pin], dict[str, list[str]]]:
    """Return every package that `lines` come to on `target`, and what each of them requires."""
    ours = [line for line in lines if line.partition("==")[0] in ONLY_SOURCE]
    with tempfile.TemporaryDirectory() as folder:
        asked, limits, report = (Path(folder, name) for name in ("asked", "limits", "report"))
        asked.write_text("\n".join(line for line in lines if line not in ours), encoding="utf-8")
        limits.write_text("\n".join(_tried(lines, target)), encoding="utf-8")
        pip(
            *("install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)),
            *("--target", folder, *target.pip, "-c", str(limits), "-r", str(asked)),
        )
        rows = json.loads(report.read_bytes())["install"]
        pins = [_row(row) for row in rows] + [_source(line, Path(folder)) for line in ours]
    requires = {
        str(canonicalize_name(row["metadata"]["name"])): row["metadata"].get("requires_dist", [])
        for row in rows
    }
    return sorted(pins, key=lambda pin: pin.name), requires


def _tried(lines: list[str], target: Target) -> list[str]:
    """Return the installed versions, with which the tests ran, of what `lines` do not pin.

    What says itself that it does not run on the target's Python is left to pip.
    """
    pinned = {canonicalize_name(Requirement(line).name) for line in lines}
    return [
        f"{one.name}=={one.version}"
        for one in importlib.metadata.distributions()
        if canonicalize_name(one.name) not in pinned
        and _pythons(one).contains(f"{target.python}.0")
    ]


def _pythons(installed: importlib.metadata.Distribution) -> SpecifierSet:
    return SpecifierSet(",".join(installed.metadata.get_all("Requires-Python") or []))


def _row(row: Mapping[str, Any]) -> Pin:
    told = row["download_info"].get("archive_info", {}).get("hashes", {})
    name = canonicalize_name(row["metadata"]["name"])
    if "sha256" not in told:
        raise CannotGoOn(f"the package index tells no SHA-256 of {name}", "use one that does")
    return Pin(name, row["metadata"]["version"], frozenset({told["sha256"]}))


def _source(line: str, folder: Path) -> Pin:
    """Return the pin of a package without a wheel: the hashes of its source and of our wheel."""
    name, _, version = line.partition("==")
    pip("download", "--quiet", "--no-deps", "--no-binary", name, "--dest", str(folder), line)
    source = next(folder.glob(f"{name}-{version}.tar.gz")).read_bytes()
    made = wheels.from_source(source, name, version)
    return Pin(name, version, frozenset(hashlib.sha256(one).hexdigest() for one in (source, made)))
