"""`cloudbaserc.json`: what the tcb command deploys, made from what was packed.

It holds no secret and no setting: those are put in where it is deployed. The tcb command checks its
file only against the cloud; so our own schema stands beside this module, and a file that does not
fit is refused before anything is sent. Field names and values: @cloudbase/cli 2.12.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from cloudfunctions.operations import CannotGoOn
from cloudfunctions.operations.bundle import HANDLER, HTTP, Bundle
from cloudfunctions.operations.pins import Target

SCHEMA = Path(__file__).parent / "cloudbaserc.schema.json"
NAME = "cloudbaserc.json"
FUNCTION_ROOT = "functions"
"""Where the zips are unpacked, beside the file: the tcb command sends folders."""

READER_MB, PLAIN_MB = 512, 256
"""Memory of a function that reads messages (it takes some 200 MB), and of any other."""
ANSWER_SECONDS = 15
"""Far beyond a request's own deadlines, so that a cold start comes through as well."""
SWEEP_SECONDS = 60
HTTP_SECONDS = 60
TRIGGERS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "duty": ({"name": "sweep", "type": "timer", "config": "*/5 * * * * * *"},),
}
"""Seven fields, seconds first: an alert must reach people within seconds."""
CONCURRENCY = 100
"""The most that an HTTP function gives one instance; `scf_bootstrap` has as many threads."""


def document(environment: str, bundles: Iterable[Bundle], target: Target) -> dict[str, Any]:
    """Return the whole file for the cloud environment `environment`.

    Raises:
        CannotGoOn: it does not fit the schema.
    """
    made = {
        "version": "2.0",
        "envId": environment,
        "functionRoot": FUNCTION_ROOT,
        "functions": [_function(one, target) for one in bundles],
    }
    wrong = faults(made)
    if wrong:
        raise CannotGoOn(f"{NAME}: {wrong[0]}", "see cloudbaserc.schema.json")
    return made


def _function(bundle: Bundle, target: Target) -> dict[str, Any]:
    common = {
        "name": bundle.name,
        "runtime": f"Python{target.python}",
        "dir": bundle.name,
        "memorySize": READER_MB if bundle.reads else PLAIN_MB,
    }
    if bundle.name == HTTP:
        many = {"dynamicEnabled": "FALSE", "maxConcurrency": CONCURRENCY}
        own = {"type": "HTTP", "timeout": HTTP_SECONDS, "instanceConcurrencyConfig": many}
        return {**common, **own}
    triggers = [dict(one) for one in TRIGGERS.get(bundle.name, ())]
    return {
        **common,
        "type": "Event",
        "handler": HANDLER,
        "timeout": SWEEP_SECONDS if triggers else ANSWER_SECONDS,
        **({"triggers": triggers} if triggers else {}),
    }


def faults(content: object) -> list[str]:
    """Return what is wrong with the content of a `cloudbaserc.json`, each with its place."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    found = [f"{one.json_path}: {one.message}" for one in validator.iter_errors(content)]
    return sorted(found) or _doubled(content)


def _doubled(content: Any) -> list[str]:
    names = [one["name"] for one in content["functions"]]
    return [f"$.functions: two are named {name}" for name in {*names} if names.count(name) > 1]
