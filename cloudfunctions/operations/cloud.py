"""`./deploy.sh cloud --env ENV`: bring what was packed to an environment of CloudBase.

In this order: doctor, migrations and our pages, functions (or the container and what has a timer),
timers, H5 pages, a talk through the address. Every step may be repeated. What was brought is noted
in `DATA_DIR/cloud/ENV.json` under a digest of what it was made from, after the cloud has said that
it is there: cut off anywhere and run again, it goes on behind the last note and ends the same.

Settings come from a file (`settings_file`), by default `DATA_DIR/cloud/ENV.env`. tcb puts them into
the functions; for the container they are set once in the console, since tcb has no way to.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place
from cloudfunctions.operations import CannotGoOn, doctor, settings_file, smoke
from cloudfunctions.operations.reaching import say
from cloudfunctions.operations.staging import Package, digest_of_folder, given, stage
from cloudfunctions.operations.tcb import Tcb, shown

LATER = frozenset({"supervisor", "rota", "schema_behind", "not_ready", "address"})
"""Findings that only a deployment makes good."""
WEB = ROOT / "miniprogram_schema" / "web" / "dist"
SERVICE = "nuanxinmiao"
ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{1,63}")


@dataclass(frozen=True)
class Step:
    """One thing to bring.

    Attributes:
        name: in the state file and on the screen.
        command: of tcb.
        made_from: a digest; the step is left out where the cloud has this already.
    """

    name: str
    command: tuple[str, ...]
    made_from: str


def main(arguments: list[str]) -> int:
    """Deploy, or print what would be done."""
    asked = _parser().parse_args(arguments)
    if not ENVIRONMENT.fullmatch(asked.env):
        raise CannotGoOn("that is no id of an environment", "tcb env list shows them")
    home = Place.from_environment(os.environ).data / "cloud"
    file = asked.settings or home / f"{asked.env}.env"
    settings = settings_file.read(file)
    package = Package.read(asked.package)
    address = asked.address or settings.get("SERVICE_ADDRESS", "")
    steps = list(_steps(asked.env, package, settings, container=asked.container))
    _check(file, address, frozenset(asked.accept.split(",")), dry=asked.dry_run)
    if asked.dry_run:
        return _print(steps, _Noted(home / f"{asked.env}.json", asked.env), address)
    with _alone(home, asked.env):
        noted = _Noted(home / f"{asked.env}.json", asked.env)
        if asked.again:
            noted.forget()
        _bring(steps, noted, home / f"{asked.env}.stage", package, settings)
    _smoke(address)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./deploy.sh cloud", allow_abbrev=False)
    parser.add_argument("--env", required=True, help="id of the environment")
    parser.add_argument("--dry-run", action="store_true", help="print everything, change nothing")
    parser.add_argument("--container", action="store_true", help="instead of functions")
    parser.add_argument("--settings", type=Path, help="default: DATA_DIR/cloud/ENV.env")
    parser.add_argument("--package", type=Path, default=ROOT / "dist", metavar="DIR")
    parser.add_argument("--address", default="", help="where it will answer, for the last step")
    parser.add_argument("--accept", default="", metavar="CODE,…", help="findings to live with")
    parser.add_argument("--again", action="store_true", help="also what the cloud has already")
    return parser


def _check(file: Path, address: str, accepted: frozenset[str], *, dry: bool) -> None:
    say("check: what doctor finds")
    found = [one for one in doctor.examine(doctor.patient(file, address)) if one.code not in LATER]
    doctor.show(found)
    grave = [one for one in found if one.gravity == "grave" and one.code not in accepted]
    if grave and not dry:
        raise CannotGoOn(
            f"doctor finds {grave[0].code}: {grave[0].what}",
            f"{grave[0].next_step}; or live with it: --accept {grave[0].code}",
        )


def _steps(
    environment: str, package: Package, settings: Mapping[str, str], *, container: bool
) -> Iterator[Step]:
    of, secrets = ("-e", environment), _digest(given(settings))
    timed = [one for one in package.functions if one.get("triggers")]
    if container:
        source = ("--port", str(package.port), "--source", str(package.folder / "container"))
        yield Step(
            "container",
            ("cloudrun", "deploy", *of, "-s", SERVICE, *source, "--force"),
            package.manifest["container"]["sha256"],
        )
    for one in timed if container else package.functions:
        http = ("--httpFn",) if one["type"] == "HTTP" else ()
        made_from = _digest([package.manifest["zips"][one["name"]]["sha256"], one, secrets])
        name = one["name"]
        yield Step(f"function {name}", ("fn", "deploy", name, *of, "--force", *http), made_from)
    for one in timed:
        timers = ("fn", "trigger", "create", one["name"], *of)
        yield Step(f"timers of {one['name']}", timers, _digest([one["triggers"]]))
    web = Path(os.environ.get("WEB_FOLDER", WEB))
    if not (web / "index.html").is_file():
        raise CannotGoOn("the H5 pages are not built", "./deploy.sh setup")
    yield Step("H5 pages", ("hosting", "deploy", str(web), *of), digest_of_folder(web))


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _print(steps: list[Step], noted: _Noted, address: str) -> int:
    say("dry run: nothing below is done")
    say(f"run:  {shown(LOOK)}")
    for command in MIGRATING:
        say(f"run:  {' '.join(('python', *command))}")
    for step in steps:
        say(f"{'have: ' if noted.has(step) else 'run:  '}{shown(step.command)}")
    say(f"test: {address or 'no address is known, so nothing is tested'}")
    return 0


LOOK = ("env", "list")
MIGRATING = (
    ("-m", "cloudfunctions.operations", "migrate"),
    ("-m", "cloudfunctions.pages", "seed"),
)


def _bring(
    steps: list[Step],
    noted: _Noted,
    folder: Path,
    package: Package,
    settings: Mapping[str, str],
) -> None:
    names = {step.command[2] for step in steps if step.command[:2] == ("fn", "deploy")}
    tcb = Tcb(folder, settings)
    try:
        stage(folder, package, noted.environment, given(settings), names)
        _look(tcb, noted.environment)
        for command in MIGRATING:
            _migrate(command, settings)
        for number, step in enumerate(steps, 1):
            say(f"{number}/{len(steps)} {step.name}")
            if noted.has(step):
                say("    the cloud has this already")
                continue
            say(f"    {shown(step.command)}")
            tcb.run(step.command)
            noted.add(step)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _look(tcb: Tcb, environment: str) -> None:
    say(f"cloud: {shown(LOOK)}")
    if not re.search(rf"(?<![\w-]){environment}(?![\w-])", tcb.run(LOOK)):
        raise CannotGoOn(
            f"this account has no environment {environment}",
            "tcb env list shows those it has; or log in with the other account: tcb login",
        )


def _migrate(command: tuple[str, ...], settings: Mapping[str, str]) -> None:
    """Run one of our own commands with the settings of the deployment, and nothing of ours."""
    say(f"database: {' '.join(('python', *command))}")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    environment = {**kept, **settings, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise CannotGoOn(
            "the database was not brought up to date, and nothing was deployed",
            "run this where the database can be reached (a machine inside its network)",
        )


def _smoke(address: str) -> None:
    if not address:
        say(
            "not tested: no address is known (SERVICE_ADDRESS). Open the mini-program and say hello"
        )
        return
    say(f"test: a short talk at {address}")
    say(f"    answered in {smoke.talk(address) * 1000:.0f} ms")
    say("deployed")


class _Noted:
    """What the cloud has said is there: {env, have: {step: digest}}."""

    def __init__(self, path: Path, environment: str) -> None:
        self._path, self.environment = path, environment
        try:
            content = json.loads(path.read_text("utf-8"))
            self._have: dict[str, str] = content["have"] if content["env"] == environment else {}
        except (OSError, ValueError, KeyError, TypeError):
            # Nothing noted, or nothing readable: every step may be repeated.
            self._have = {}

    def has(self, step: Step) -> bool:
        """Whether the cloud has what this step would bring."""
        return self._have.get(step.name) == step.made_from

    def add(self, step: Step) -> None:
        """Note a step, whole or not at all."""
        self._have[step.name] = step.made_from
        content = {"env": self.environment, "have": self._have}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self._path)

    def forget(self) -> None:
        """Bring everything again."""
        self._have = {}


@contextlib.contextmanager
def _alone(home: Path, environment: str) -> Iterator[None]:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / f"{environment}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotGoOn(
                f"another cloud command works on {environment}", "wait for it"
            ) from None
        yield
