"""`package`: the zips of all functions, the container's build context and `cloudbaserc.json`.

Promise: the same commit packed twice gives the same bytes, and every package in a zip is one whose
SHA-256 is locked. The folder appears whole or not at all; run again after being cut off, it is made
anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from cloudfunctions.common.settings import ROOT
from cloudfunctions.operations import (
    CannotGoOn,
    archive,
    bundle,
    bytecode,
    cloudbaserc,
    container,
    wheels,
)
from cloudfunctions.operations.archive import Files
from cloudfunctions.operations.bundle import Bundle, Stock
from cloudfunctions.operations.pins import CONTAINER, FUNCTION, TARGETS, Target

OUT = ROOT / "dist"
WHEELS = ROOT / ".cache" / "wheels"
"""Fetched wheels; each is held against its hash again whenever it is used."""
MANIFEST = "manifest.json"
CONTEXT = "container"
NO_ENVIRONMENT = "your-environment"

UNZIPPED_MOST = 500_000_000
"""Bytes of code and layers of one function, by the cloud's quota."""
ZIPPED_MOST = 50_000_000
"""Bytes of a zip that the tcb command sends (@cloudbase/cli 2.12)."""
REQUEST_MOST = 20_000_000
"""Bytes of a zip that the cloud's API takes in a request; a larger one goes by object storage."""


def main(arguments: list[str]) -> int:
    """Pack everything, and print what came of it."""
    chosen = _parser().parse_args(arguments)
    target = next((one for one in TARGETS if one.python == chosen.python), FUNCTION)
    target = Target(chosen.python, chosen.platform or target.platform)
    made = package(target, chosen.out, chosen.env)
    _print(made, chosen.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./deploy.sh package")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR")
    parser.add_argument("--python", default=FUNCTION.python, help="of the functions")
    parser.add_argument("--platform", default="", help="as pip names it; by default what is locked")
    parser.add_argument("--env", default=NO_ENVIRONMENT, help="id of the cloud environment")
    return parser


def package(target: Target, out: Path, environment: str = NO_ENVIRONMENT) -> dict[str, Any]:
    """Write everything to the folder `out` and return its manifest.

    Raises:
        CannotGoOn: something is missing or too large, or `out` holds what is not ours.
    """
    if out.exists() and any(out.iterdir()) and not (out / MANIFEST).exists():
        raise CannotGoOn(f"{out} holds something that this command did not make", "--out DIR")
    stock = _stock(target)
    command = bytecode.interpreter(target)
    bundles = [stock.function(name) for name in bundle.functions(ROOT)] + [stock.http()]
    bundles = _with_bytecode(bundles, command)
    context = container.context(stock, wheels.fetch(CONTAINER, _folder(CONTAINER)))
    fresh = out.with_name(f"{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    rows = {one.name: _write_zip(one, fresh) for one in bundles}
    _write_files(context, fresh / CONTEXT)
    settings = cloudbaserc.document(environment, bundles, target)
    manifest = {
        "python": target.python,
        "platform": target.platform,
        "bytecode": bytecode.version(command) if command else "",
        "zips": rows,
        CONTEXT: {"sha256": digest(context), "bytes": sum(map(len, context.values()))},
    }
    for name, content in ((cloudbaserc.NAME, settings), (MANIFEST, manifest)):
        (fresh / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    return manifest


def _stock(target: Target) -> Stock:
    paths = wheels.fetch(target, _folder(target))
    opened = [wheels.open_wheel(path, target) for path in paths]
    return Stock(ROOT, target, {one.name: one for one in opened})


def _with_bytecode(bundles: list[Bundle], command: list[str]) -> list[Bundle]:
    """Return the bundles with the bytecode of their modules, if there is a Python to make it.

    The few lines of `index.py`, which differ from zip to zip, go without.
    """
    if not command:
        return bundles
    every = {name: content for one in bundles for name, content in one.files.items()}
    every.pop(bundle.ENTRY)
    made = bytecode.compiled(command, every)
    return [
        replace(one, files={**one.files, **dict(made[name] for name in one.files if name in made)})
        for one in bundles
    ]


def _folder(target: Target) -> Path:
    return WHEELS / target.lock.stem


def _write_zip(one: Bundle, folder: Path) -> dict[str, Any]:
    if one.unzipped > UNZIPPED_MOST:
        raise CannotGoOn(
            f"{one.name} takes {_mb(one.unzipped)} unzipped; the cloud takes {_mb(UNZIPPED_MOST)}",
            "see what it imports",
        )
    content = archive.pack(one.files, one.executable)
    if len(content) > ZIPPED_MOST:
        raise CannotGoOn(
            f"{one.name}.zip has {_mb(len(content))}; tcb sends {_mb(ZIPPED_MOST)} at most",
            "see what it imports",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{one.name}.zip").write_bytes(content)
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "zipped": len(content),
        "unzipped": one.unzipped,
        "files": len(one.files),
        "packages": list(one.packages),
    }


def _write_files(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def digest(files: Files) -> str:
    """Return one SHA-256 for a folder: of every name and content in it, sorted."""
    each = (f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    return hashlib.sha256("".join(each).encode()).hexdigest()


def _print(manifest: dict[str, Any], out: Path) -> None:
    zips = manifest["zips"]
    print(f"  for Python {manifest['python']} on {manifest['platform']}, in {out}")
    if manifest["bytecode"]:
        print(f"  with bytecode, made by Python {manifest['bytecode']}\n")
    else:
        print(f"  WITHOUT bytecode, as this machine has no Python {manifest['python']}:")
        print("  a cold start takes two to three times as long. Install it and pack again.\n")
    print(f"  {'zip':10}{'zipped':>10}{'unzipped':>11}{'files':>7}   sha256")
    for name, row in zips.items():
        print(
            f"  {name:10}{_mb(row['zipped']):>10}{_mb(row['unzipped']):>11}{row['files']:>7}"
            f"   {row['sha256']}"
        )
    print(f"  {'together':10}{_sum(zips, 'zipped'):>10}{_sum(zips, 'unzipped'):>11}\n")
    context = manifest[CONTEXT]
    print(f"  {CONTEXT:10}{'':10}{_mb(context['bytes']):>11}{'':7}   {context['sha256']}")
    large = [name for name, row in zips.items() if row["zipped"] > REQUEST_MOST]
    print(
        f"\n  The cloud takes {_mb(UNZIPPED_MOST)} unzipped; tcb sends {_mb(ZIPPED_MOST)} zipped."
    )
    for name in large:
        print(
            f"  {name}.zip goes by object storage: the API takes {_mb(REQUEST_MOST)} in a request."
        )
    print(f"  Squeezed by zlib {zlib.ZLIB_RUNTIME_VERSION}; another one may come to other bytes.")


def _sum(rows: dict[str, Any], name: str) -> str:
    return _mb(sum(row[name] for row in rows.values()))


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
