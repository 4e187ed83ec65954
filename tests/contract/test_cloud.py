"""Bringing the service to CloudBase: the real command against a fake `tcb` and cloud."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.operations import CannotGoOn, smoke
from tests.fakes.notify import FakeNotify
from tests.fakes.tcb import FakeTcb
from tests.support.copy import Copy
from tests.support.databases import another

ENV = "prod-1a2b3c"
ACCEPTED = "database_open,single_member"
"""What the embedded database of the tests is and a real deployment's must not be."""
COMMON = {"runtime": "Python3.10", "timeout": 60, "memorySize": 512}
TIMER = {"name": "sweep", "type": "timer", "config": "*/5 * * * * * *"}
FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": "duty",
        "type": "Event",
        "handler": "index.main_handler",
        "dir": "duty",
        "triggers": [TIMER],
        **COMMON,
    },
    {"name": "http", "type": "HTTP", "dir": "http", **COMMON},
]
FILES = {"duty": ("index.py",), "http": ("scf_bootstrap", "app.py")}


@dataclass
class Place:
    """A machine to deploy from: what was packed, the settings, and the fake command."""

    folder: Path
    tcb: FakeTcb
    settings: dict[str, str] = field(repr=False)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    @property
    def file(self) -> Path:
        """Where the settings stand."""
        return self.data / "cloud" / f"{ENV}.env"

    @property
    def noted(self) -> bytes:
        """The state file, byte for byte."""
        path = self.data / "cloud" / f"{ENV}.json"
        return path.read_bytes() if path.exists() else b""

    def write_settings(self) -> None:
        """Write the settings for the owner alone."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))
        self.file.chmod(0o600)

    def again(self, folder: Path) -> Place:
        """Another machine with the same package and settings, and an empty cloud."""
        found = Place(folder, FakeTcb(folder / "tcb"), self.settings)
        (folder / "package").symlink_to(self.folder / "package")
        (folder / "web").symlink_to(self.folder / "web")
        found.write_settings()
        return found

    def deploy(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, or to where it is killed."""
        environment = {
            "PATH": f"{self.tcb.bin}:{os.environ['PATH']}",
            "DATA_DIR": str(self.data),
            "WEB_FOLDER": str(self.folder / "web"),
            "HOME": str(self.folder),
        }
        command = ["cloud", "--env", ENV, "--package", str(self.folder / "package")]
        return subprocess.run(
            [sys.executable, "-m", "cloudfunctions.operations", *command, *more],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def go(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Deploy, living with what the tests' database is."""
        return self.deploy("--accept", ACCEPTED, *more)


@pytest.fixture
def place(tmp_path: Path, running: Copy, resources: Resources) -> Iterator[Place]:
    """A machine with a small package, the pages, and a database of its own."""
    pack(tmp_path / "package")
    web = tmp_path / "web" / "assets"
    web.mkdir(parents=True)
    (web.parent / "index.html").write_text("<!doctype html>")
    (web / "app.js").write_text("// the pages")
    with another(resources) as database:
        settings = {
            "NUANXIN_ENV": "production",
            "SECRET_KEY": secrets.token_hex(32),
            "MASTER_KEY": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "MONGODB_URI": resources.settings.database_uri,
            "DATABASE_NAME": database.settings.database_name,
            "NOTIFY_URL": "https://notify.example.org/",
            "NOTIFY_KEY": secrets.token_hex(16),
            "SERVICE_ADDRESS": running.address,
        }
        found = Place(tmp_path, FakeTcb(tmp_path / "tcb"), settings)
        found.write_settings()
        yield found


def pack(folder: Path) -> None:
    """What `./deploy.sh package` leaves, small."""
    (folder / "container").mkdir(parents=True)
    (folder / "container" / "Dockerfile").write_text("FROM scratch\n")
    (folder / "container" / "container.config.json").write_text('{"containerPort": 8080}')
    rows = {}
    for name, files in FILES.items():
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                info = zipfile.ZipInfo(file)
                mode = 0o755 if file == "scf_bootstrap" else 0o644
                info.external_attr = (stat.S_IFREG | mode) << 16
                archive.writestr(info, f"# {name}/{file}\n")
        rows[name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    manifest = {"zips": rows, "container": {"sha256": "c" * 64}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    content = {"version": "2.0", "envId": "x", "functionRoot": "functions", "functions": FUNCTIONS}
    (folder / "cloudbaserc.json").write_text(json.dumps(content))


def names_below(folder: Path) -> list[str]:
    """Every file there is."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_dry_run_prints_every_command_and_changes_nothing(
    place: Place, resources: Resources
) -> None:
    before = names_below(place.folder)
    done = place.go("--dry-run")
    assert done.returncode == 0, done.stderr
    for command in (
        "python -m cloudfunctions.operations migrate",
        "python -m cloudfunctions.pages seed",
        "tcb env list",
        f"tcb fn deploy duty -e {ENV} --force",
        f"tcb fn deploy http -e {ENV} --force --httpFn",
        f"tcb fn trigger create duty -e {ENV}",
        f"tcb hosting deploy {place.folder / 'web'} -e {ENV}",
        f"test: {place.settings['SERVICE_ADDRESS']}",
    ):
        assert command in done.stdout
    assert place.tcb.calls == []
    assert names_below(place.folder) == before
    with resources.database.deadline(10):
        assert place.settings["DATABASE_NAME"] not in databases(resources)


def databases(resources: Resources) -> list[str]:
    """Those that have something in them."""
    return resources.database._client.list_database_names()


class TestDeploying:
    """To the end, with functions or the container."""

    def test_functions_timers_pages_and_settings_arrive(self, place: Place) -> None:
        done = place.go()
        assert done.returncode == 0, done.stdout + done.stderr
        cloud = place.tcb.cloud
        assert set(cloud["functions"]) == {"duty", "http"}
        assert cloud["functions"]["duty"]["triggers"] == {"sweep": "*/5 * * * * * *"}
        for one in cloud["functions"].values():
            assert one["variables"]["SECRET_KEY"] == place.settings["SECRET_KEY"]
            assert "SERVICE_ADDRESS" not in one["variables"]
        assert set(cloud["hosting"]) == {"index.html", "assets/app.js"}
        assert "answered in" in done.stdout
        first = [call[:2] for call in place.tcb.calls]
        assert first == [
            ["env", "list"],
            ["fn", "deploy"],
            ["fn", "deploy"],
            ["fn", "trigger"],
            ["hosting", "deploy"],
        ]

    def test_the_database_is_brought_up_to_date_first(
        self, place: Place, resources: Resources
    ) -> None:
        place.tcb.fails("other", "fn deploy")
        assert place.go().returncode == 1
        with resources.database.deadline(10):
            database = resources.database._client[place.settings["DATABASE_NAME"]]
            assert database["schema"].count_documents({}) == 1
            assert database["pages"].count_documents({}) > 0

    def test_the_container_and_only_what_has_a_timer(self, place: Place) -> None:
        done = place.go("--container")
        assert done.returncode == 0, done.stderr
        assert place.tcb.cloud["container"]["nuanxinmiao"]["port"] == 8080
        assert set(place.tcb.cloud["functions"]) == {"duty"}

    def test_again_brings_nothing_and_a_change_only_itself(self, place: Place) -> None:
        assert place.go().returncode == 0
        before = place.tcb.raw
        place.tcb.forget_calls()
        assert place.go().returncode == 0
        assert place.tcb.calls == [["env", "list"]]
        (place.folder / "web" / "index.html").write_text("<!doctype html><title>new</title>")
        place.tcb.forget_calls()
        assert place.go().returncode == 0
        assert [call[0] for call in place.tcb.calls] == ["env", "hosting"]
        assert place.tcb.raw != before
        place.tcb.forget_calls()
        assert place.go("--again").returncode == 0
        assert len(place.tcb.calls) == 5

    def test_no_secret_is_printed_or_stands_on_a_command_line(self, place: Place) -> None:
        place.tcb.fails("other", "hosting")
        said = ""
        for how in ("--dry-run", "--again"):
            done = place.go(how)
            said += done.stdout + done.stderr
        said += json.dumps(place.tcb.calls)
        for name in ("SECRET_KEY", "MASTER_KEY", "NOTIFY_KEY", "MONGODB_URI"):
            assert place.settings[name] not in said, f"{name} was shown"
        assert not (place.data / "cloud" / f"{ENV}.stage").exists()
        kept = [one for one in (place.data / "cloud").iterdir() if one.suffix != ".lock"]
        assert all(one.stat().st_mode & 0o077 == 0 for one in kept)


@pytest.mark.timeout(900)
def test_killed_at_every_call_and_run_again_it_ends_the_same(place: Place, tmp_path: Path) -> None:
    """F13: outright, before and after the cloud did it, one after another on one machine."""
    place.settings["SERVICE_ADDRESS"] = ""
    place.write_settings()
    assert place.go("--container").returncode == 0
    steps = len(place.tcb.calls) - 1
    assert steps == 4, "container, function, timers, pages"
    cut = place.again(tmp_path / "cut")
    # The first call only looks. What was cut off behind its work is done again as the second, so
    # being cut before the third is being cut between a note and the next step.
    points = [(1, False), (1, True), *[(2, True), (3, False)] * (steps - 1), (2, True)]
    for call, after in points:
        cut.tcb.forget_calls()
        cut.tcb.kill(call, after=after)
        assert cut.go("--container").returncode == -9
    cut.tcb.well()
    done = cut.go("--container")
    assert done.returncode == 0, done.stderr
    assert (cut.tcb.raw, cut.noted) == (place.tcb.raw, place.noted)
    assert not (cut.data / "cloud" / f"{ENV}.stage").exists()


class TestFailures:
    """Each with what it means and the next step; run again when it is over, all is well."""

    @pytest.mark.parametrize(
        ("how", "what", "following"),
        [
            ("login", "not logged in", "tcb login"),
            ("quota", "quota", "console"),
            ("balance", "no money", "pay"),
            ("timeout", "did not answer in time", "goes on with this step"),
            ("busy", "busy with an earlier change", "wait a minute"),
            ("cut", "the tcb command failed", "run this again"),
            ("other", "内部错误", "run this again"),
        ],
    )
    def test_it_is_said_and_over_with_the_next_run(
        self, place: Place, how: str, what: str, following: str
    ) -> None:
        place.settings["SERVICE_ADDRESS"] = ""
        place.write_settings()
        place.tcb.fails(how, "env" if how == "login" else "fn deploy http")
        done = place.go()
        assert done.returncode == 1
        assert what in done.stderr
        assert following in done.stderr.partition("Next:")[2]
        place.tcb.well()
        assert place.go().returncode == 0
        assert place.tcb.cloud["functions"]["http"]["config"]["type"] == "HTTP"

    def test_pages_that_were_half_uploaded_come_whole(self, place: Place) -> None:
        place.tcb.fails("cut", "hosting")
        assert place.go().returncode == 1
        assert set(place.tcb.cloud["hosting"]) == {"assets/app.js"}
        place.tcb.well()
        assert place.go().returncode == 0
        assert set(place.tcb.cloud["hosting"]) == {"index.html", "assets/app.js"}

    def test_an_environment_of_somebody_else(self, place: Place) -> None:
        place.tcb.environments = [f"{ENV}-other", "x" + ENV]
        place.tcb.well()
        done = place.go()
        assert (done.returncode, f"no environment {ENV}" in done.stderr) == (1, True)
        assert place.tcb.cloud == {}


class TestBeforeTheCloudIsTouched:
    """What is wrong here is said with the next step, and nothing was called."""

    def refused(self, place: Place, done: subprocess.CompletedProcess[str], words: str) -> None:
        """It was said, and nothing happened."""
        assert done.returncode == 1
        assert words in done.stderr
        assert "Next:" in done.stderr
        assert place.tcb.cloud == {}

    def test_what_doctor_finds(self, place: Place) -> None:
        self.refused(place, place.deploy(), "--accept")

    def test_a_zip_that_was_changed(self, place: Place) -> None:
        (place.folder / "package" / "duty.zip").write_bytes(b"PK")
        self.refused(place, place.go(), "not as it was packed")

    def test_nothing_packed(self, place: Place) -> None:
        (place.folder / "package" / "manifest.json").unlink()
        self.refused(place, place.go(), "./deploy.sh package")

    def test_settings_that_others_can_read(self, place: Place) -> None:
        place.file.chmod(0o640)
        self.refused(place, place.go(), "chmod 600")

    def test_no_settings(self, place: Place) -> None:
        place.file.unlink()
        self.refused(place, place.go(), "no settings file")

    def test_settings_that_would_break_the_configuration(self, place: Place) -> None:
        for value in ('a"b', "a{{env.SECRET_KEY}}", "a\\b", "a#b"):
            place.settings["NOTIFY_KEY"] = value
            place.write_settings()
            done = place.go()
            self.refused(place, done, "is not NAME=value")
            assert value not in done.stderr

    def test_more_settings_than_a_function_takes(self, place: Place) -> None:
        place.settings["LLM_API_KEY"] = "k" * 4_000
        place.write_settings()
        self.refused(place, place.go(), "a function takes 4096")

    def test_no_pages(self, place: Place) -> None:
        (place.folder / "web" / "index.html").unlink()
        self.refused(place, place.go(), "not built")

    def test_no_tcb(self, place: Place) -> None:
        (place.tcb.bin / "tcb").unlink()
        self.refused(place, place.go(), "npm install")


def test_without_an_address_it_says_that_nothing_was_tested(place: Place) -> None:
    place.settings["SERVICE_ADDRESS"] = ""
    place.write_settings()
    done = place.go()
    assert (done.returncode, "not tested" in done.stdout) == (0, True)


def test_an_address_that_does_not_serve_is_told() -> None:
    with FakeNotify() as nobody, pytest.raises(CannotGoOn, match="does not serve"):
        smoke.talk(nobody.url, ready_seconds=0.2)
