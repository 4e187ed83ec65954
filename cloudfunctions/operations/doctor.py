"""`./deploy.sh doctor [--settings FILE] [--address URL] [--json]`: what is missing or unsafe.

The settings are those of this environment, or of a file; what `./deploy.sh` keeps in DATA_DIR
counts as set. The gravest comes first. Nothing is changed, and no secret is printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from pathlib import Path

from cloudfunctions.common import clock
from cloudfunctions.local import stack
from cloudfunctions.local.place import Place
from cloudfunctions.operations import CannotGoOn, checks, checks_beyond, settings_file
from cloudfunctions.operations.findings import GRAVITIES, Finding, Patient

KEPT = {"SECRET_KEY": "secret.key", "MASTER_KEY": "master.key"}


def main(arguments: list[str]) -> int:
    """Print what was found; exit status 0 only if nothing is grave."""
    parser = argparse.ArgumentParser(prog="./deploy.sh doctor", allow_abbrev=False)
    parser.add_argument("--settings", type=Path)
    parser.add_argument("--address", default="")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = examine(patient(asked.settings, asked.address))
    if asked.json:
        print(json.dumps([dataclasses.asdict(one) for one in found], ensure_ascii=False))
    else:
        show(found)
    return 1 if any(one.gravity == "grave" for one in found) else 0


def examine(patient: Patient) -> list[Finding]:
    """Return everything that was found, the gravest first."""
    found = [one for check in (*checks.CHECKS, *checks_beyond.CHECKS) for one in check(patient)]
    return sorted(found, key=lambda one: GRAVITIES.index(one.gravity))


def patient(settings: Path | None, address: str) -> Patient:
    """Return what is to be examined.

    Raises:
        CannotGoOn: the settings file cannot be used, or PORT is no port.
    """
    address = address.rstrip("/")
    if settings is not None:
        environment = settings_file.read(settings)
        found = address or environment.get("SERVICE_ADDRESS", "")
        return Patient(environment, None, found, clock.now)
    try:
        place = Place.from_environment(os.environ)
    except ValueError as error:
        raise CannotGoOn(str(error), "PORT=8080") from None
    environment, made = {**_kept(place), **os.environ}, frozenset[str]()
    state = stack.running(place)
    if state is not None and not place.database_uri:
        environment["MONGODB_URI"] = state.database_uri
    if environment.get("NUANXIN_ENV") != "production":
        made = frozenset({*KEPT, "MONGODB_URI"})
    address = address or (state.address if state is not None else "")
    return Patient(environment, place.data, address, clock.now, made)


def _kept(place: Place) -> dict[str, str]:
    """The secrets that lie in the data folder."""
    found = {name: place.data / file for name, file in KEPT.items()}
    return {name: path.read_text() for name, path in found.items() if path.is_file()}


def show(found: list[Finding]) -> None:
    """Print for a person."""
    for one in found:
        print(f"  {one.gravity.upper():8} {one.what}\n           Next: {one.next_step}")
    numbers = ", ".join(
        f"{sum(one.gravity == gravity for one in found)} {gravity}" for gravity in GRAVITIES
    )
    print(f"  {numbers}" if found else "  nothing found that is missing or unsafe")
