"""What `./deploy.sh package` makes: packed once for all tests, then run without the repository.

The functions run on Python 3.10 where this machine has one, else on 3.11: by zips for that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place, port_free
from cloudfunctions.operations import bundle, cloudbaserc, container
from cloudfunctions.operations.package import WHEELS
from cloudfunctions.operations.pins import CONTAINER, Target
from tests.support.copy import START_SECONDS, Copy
from tests.support.packed import ISOLATED, answers, outline, target_here, unpack
from tests.support.people import Body, Staff, Teen, new_cid

EVENTS = ROOT / "tests" / "events"
FUNCTIONS = bundle.functions(ROOT)
ZIPS = (*FUNCTIONS, bundle.HTTP)
HTTP_PORT = 9000
GRAVE = "我把药都攒够了，今晚就吃"


@dataclass(frozen=True)
class Packed:
    """What was made, and a Python that can run it."""

    folder: Path
    target: Target
    python: str

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the command noted."""
        found: Mapping[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return found

    def names(self, name: str) -> list[str]:
        """The files of a zip."""
        with zipfile.ZipFile(self.folder / f"{name}.zip") as archive:
            return archive.namelist()

    def content(self, name: str, path: str) -> bytes:
        """One file of a zip."""
        with zipfile.ZipFile(self.folder / f"{name}.zip") as archive:
            return archive.read(path)


def pack(target: Target, out: Path, seed: str) -> str:
    """Run the command in a process of its own, and return what it printed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cloudfunctions.operations", "package", "--out", str(out)),
            *("--python", target.python, "--platform", target.platform),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """Everything, packed for a Python of this machine."""
    found = target_here()
    if found is None:
        pytest.skip("there is neither python3.10 nor python3.11 on this machine")
    target, python = found
    folder = tmp_path_factory.mktemp("packed") / "dist"
    printed = pack(target, folder, "1")
    print(printed)
    assert all(re.search(rf"^  {name} ", printed, re.MULTILINE) for name in ZIPS)
    return Packed(folder, target, python)


@pytest.fixture(scope="session")
def unpacked(packed: Packed, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Unpack a zip into a folder that was empty, once."""
    place, done = tmp_path_factory.mktemp("unpacked"), dict[str, Path]()

    def get(name: str) -> Path:
        if name not in done:
            done[name] = unpack(packed.folder / f"{name}.zip", place / name)
        return done[name]

    return get


@pytest.fixture(scope="module")
def settings(running: Copy) -> dict[str, str]:
    """What a deployment of the functions on the database of `running` is told, and nothing else."""
    environment = Place.from_environment(running.environment).environment(
        running.state().database_uri
    )
    return {name: environment[name] for name in ("MONGODB_URI", "SECRET_KEY", "MASTER_KEY")}


def shapes() -> list[tuple[Any, Any]]:
    """Every event of `tests/events` with the context that belongs to it."""
    found = []
    for path in sorted(EVENTS.glob("*.json")):
        context = EVENTS / f"{path.stem}_context.json"
        if not path.stem.endswith("_context"):
            told = json.loads(context.read_bytes()) if context.exists() else {}
            found.append((json.loads(path.read_bytes()), told))
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_zip_answers_every_event_as_the_repository_does(
    name: str,
    packed: Packed,
    unpacked: Callable[[str], Path],
    settings: dict[str, str],
) -> None:
    folder = unpacked(name)
    before = sorted(folder.rglob("*"))
    ours, loaded = answers((packed.python, *ISOLATED), folder, "index", settings, shapes())
    entry = f"cloudfunctions.{name}.index"
    theirs, _ = answers((sys.executable,), ROOT, entry, {**os.environ, **settings}, shapes())
    assert list(map(outline, ours)) == list(map(outline, theirs))
    assert sorted(folder.rglob("*")) == before, "a function's folder is read-only in the cloud"
    library = str(Path(packed.python).parents[1].resolve())
    strangers = [one for one in loaded if not one.startswith((str(folder), library))]
    assert not strangers, "everything but Python's own library comes out of the zip"


def access(action: str, body: Body, caller: Teen | Staff) -> tuple[Body, Body]:
    """The HTTP-access event of a call."""
    event = json.loads((EVENTS / "http_access_scf.json").read_bytes())
    event["headers"]["Authorization"] = str(caller.http.headers["Authorization"])
    return {**event, "path": f"/api/{action}", "body": json.dumps(body)}, {}


def data_of(told: Body) -> Body:
    """The data of a good answer."""
    assert told["answer"]["statusCode"] == 200, told
    data: Body = json.loads(told["answer"]["body"])["data"]
    return data


@dataclass
class Trial:
    """Calls of functions in their zips, each in a fresh interpreter."""

    packed: Packed
    unpacked: Callable[[str], Path]
    settings: dict[str, str]

    def call(self, caller: Teen | Staff, *asked: tuple[str, Body]) -> list[Body]:
        """Make calls of one function, and return their data."""
        name = asked[0][0].partition(".")[0]
        events = [access(action, body, caller) for action, body in asked]
        command = (self.packed.python, *ISOLATED)
        told, _ = answers(command, self.unpacked(name), "index", self.settings, events)
        return [data_of(one) for one in told]


@pytest.fixture
def trial(packed: Packed, unpacked: Callable[[str], Path], settings: dict[str, str]) -> Trial:
    """What can be called."""
    return Trial(packed, unpacked, settings)


class TestWhatAFunctionDoesOutOfItsZip:
    """One call of each that needs what it carries: the model, sealing, the schemas of pages."""

    def test_chat_reads_with_the_model(self, trial: Trial, teen: Teen) -> None:
        said = {"conversation": teen.talk, "cid": new_cid(), "text": GRAVE}
        (answer,) = trial.call(teen, ("chat.send", said))
        over_http = Teen(teen.address).send(GRAVE)
        assert [one.get("card") for one in answer["messages"]] == [
            one.get("card") for one in over_http["messages"]
        ]
        assert answer["conversation"].keys() == over_http["conversation"].keys()
        assert GRAVE in [one["text"] for one in teen.transcript()]

    def test_the_reader_is_whole(self, packed: Packed, unpacked: Callable[[str], Path]) -> None:
        script = (
            "import sys; sys.path.insert(0, sys.argv[1]); import nlp\n"
            "nlp.load(); status = nlp.status(); told = nlp.assess(sys.argv[2])\n"
            "heavy = {'jieba', 'sklearn', 'numpy', 'flask', 'gevent'} & set(sys.modules)\n"
            "print(status.ready, status.degraded, told.level, sorted(heavy))"
        )
        done = subprocess.run(
            [packed.python, *ISOLATED, "-c", script, str(unpacked("chat")), GRAVE],
            env={"PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
        # jieba itself is not loaded: the prepared dictionary was found and taken.
        assert done.stdout.strip() == "True False 3 []"

    def test_mood_and_plan_seal(self, trial: Trial, teen: Teen) -> None:
        mood = {"cid": new_cid(), "day": "2026-11-25", "face": 4, "words": "今天还行"}
        empty: Body = {key: [] for key in ("helps", "places", "people", "reasons")}
        plan = {**empty, "base": 0, "cid": new_cid(), "signs": ["睡不着"]}
        trial.call(teen, ("mood.save", mood))
        trial.call(teen, ("plan.save", plan))
        assert teen.call("plan.get")["plan"]["signs"] == ["睡不着"]

    def test_story_and_forms(self, trial: Trial, teen: Teen) -> None:
        trial.call(teen, ("story.mine", {}))
        (mine,) = trial.call(teen, ("forms.mine", {}))
        assert mine["answers"] == []

    def test_pages_checks(self, trial: Trial, staff: Callable[[str], Staff]) -> None:
        page = next((ROOT / "miniprogram_schema" / "pages" / "teen").glob("*.json"))
        good = json.loads(page.read_bytes())
        asked = [("pages.check", {"content": good}), ("pages.check", {"content": {"id": 7}})]
        whole, broken = trial.call(staff("coordinator"), *asked)
        assert whole["faults"] == []
        assert broken["faults"]

    def test_desk(self, trial: Trial, staff: Callable[[str], Staff]) -> None:
        (answer,) = trial.call(staff("listener"), ("desk.status", {"status": "available"}))
        assert answer["me"]["status"] == "available"


def test_packed_again_every_zip_has_the_same_sha256(packed: Packed, tmp_path: Path) -> None:
    pack(packed.target, tmp_path / "again", "2")
    again = json.loads((tmp_path / "again" / "manifest.json").read_bytes())
    assert again == packed.manifest
    for name in ZIPS:
        content = (tmp_path / "again" / f"{name}.zip").read_bytes()
        assert hashlib.sha256(content).hexdigest() == packed.manifest["zips"][name]["sha256"]
        print(f"{name:10}{packed.manifest['zips'][name]['sha256']}")


@pytest.mark.parametrize("name", ZIPS)
class TestContent:
    """Row S2 of the test catalogue, for each zip."""

    def test_nothing_lies_in_it_that_must_not(self, name: str, packed: Packed) -> None:
        names = packed.names(name)
        assert names == sorted(names)
        source = {one for one in names if not one.endswith(".pyc")}
        for one in source:
            parts = set(one.split("/"))
            assert not parts & {"tests", "test", ".git", "__pycache__", "corpus"}, one
            assert not one.endswith((".p", ".pkl", ".pickle")), one
            assert not one.rpartition("/")[2].startswith(".env"), one
        tops = {one.partition("/")[0].lower() for one in names}
        assert not tops & {"sklearn", "scipy", "numpy", "secantus", "pytest", "playwright"}
        assert {"gunicorn", "gevent"} <= tops or name != bundle.HTTP
        assert not {"gunicorn", "gevent"} & tops or name == bundle.HTTP

    def test_its_bytecode_is_of_its_source(self, name: str, packed: Packed) -> None:
        names = set(packed.names(name))
        made = {one for one in names if one.endswith(".pyc")}
        with zipfile.ZipFile(packed.folder / f"{name}.zip") as archive:
            for one in made:
                path = re.sub(r"(^|/)__pycache__/(\w+)\.cpython-3\d+\.pyc$", r"\1\2.py", one)
                assert path in names
                # Never held against a file's time: those in a zip are fixed.
                assert archive.read(one)[4:8] == b"\1\0\0\0", one
        assert len(made) > 300, "a cold start compiles nothing but `index.py`"

    def test_only_what_it_imports(self, name: str, packed: Packed) -> None:
        others = {
            one.split("/")[1]
            for one in packed.names(name)
            if one.startswith("cloudfunctions/") and one.endswith("/actions.py")
        }
        if name == bundle.HTTP:
            assert len(others) > 5
        if name in ("account", "pages"):
            assert others <= {name}
            assert "nlp/reader.py" not in packed.names(name)

    def test_the_model_and_the_dictionary_are_those_of_the_repository(
        self, name: str, packed: Packed
    ) -> None:
        names = packed.names(name)
        assert (bundle.MODEL in names) == ("nlp/reader.py" in names)
        if bundle.MODEL in names:
            model = hashlib.sha256(packed.content(name, bundle.MODEL)).hexdigest()
            assert model == packed.content(name, f"{bundle.MODEL}.sha256").split()[0].decode()
            assert packed.content(name, bundle.DICTIONARY).startswith(b"words 1 jieba ")

    def test_its_size_is_within_the_quota(self, name: str, packed: Packed) -> None:
        row = packed.manifest["zips"][name]
        print(f"{name:10}{row['zipped'] / 1e6:8.1f} MB zipped {row['unzipped'] / 1e6:8.1f} MB")
        assert row["zipped"] == (packed.folder / f"{name}.zip").stat().st_size
        assert row["unzipped"] < 500_000_000


def test_only_the_functions_that_read_carry_the_reader(packed: Packed) -> None:
    readers = {name for name in FUNCTIONS if bundle.MODEL in packed.names(name)}
    assert {"chat", "mood", "story"} <= readers
    assert not {"account", "pages"} & readers


@pytest.fixture
def serving(
    packed: Packed, unpacked: Callable[[str], Path], settings: dict[str, str], tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The HTTP function, started by its own `scf_bootstrap`."""
    if not port_free("", HTTP_PORT):
        pytest.skip(f"port {HTTP_PORT}, where an HTTP function listens, is taken here")
    environment = {**settings, "PYTHON_BIN": packed.python, "PATH": os.defpath}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [unpacked(bundle.HTTP) / bundle.BOOTSTRAP],
            cwd="/",
            env=environment,
            stdout=log,
            stderr=log,
        )
    yield process
    process.kill()
    process.wait()
    print((tmp_path / "log").read_text())


def wait_ready(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait until it is ready; fails as soon as it has ended."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "it ended"
        with contextlib.suppress(requests.RequestException):
            if requests.get(address, timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(address)


def test_the_http_function_serves_on_its_port(serving: subprocess.Popen[bytes]) -> None:
    address = f"http://127.0.0.1:{HTTP_PORT}"
    wait_ready(serving, f"{address}/readyz")
    assert "暖心喵" in requests.get(f"{address}/", timeout=20).content.decode()
    teen = Teen(address)
    teen.send(GRAVE)
    assert GRAVE in [one["text"] for one in teen.transcript()]
    serving.terminate()
    assert serving.wait(20) == 0


def test_the_start_file_is_as_the_cloud_asks(packed: Packed) -> None:
    with zipfile.ZipFile(packed.folder / f"{bundle.HTTP}.zip") as archive:
        info = archive.getinfo(bundle.BOOTSTRAP)
        text = archive.read(info).decode()
    assert info.external_attr >> 16 & 0o777 == 0o755
    assert text.startswith("#!/bin/bash\n")
    assert "\r" not in text
    short = packed.target.python.replace(".", "")
    for place in (f"python{short}", f"python{packed.target.python}"):
        assert f"/var/lang/{place}/bin/python{packed.target.python}" in text


class TestContainer:
    """The build context; the image itself cannot be built in a test."""

    def test_the_dockerfile_copies_what_is_there(self, packed: Packed) -> None:
        context = packed.folder / "container"
        lines = (context / "Dockerfile").read_text("utf-8").splitlines()
        for line in lines:
            if line.startswith("COPY") and "--from" not in line:
                assert (context / line.split()[1]).exists(), line
        bases = [line.split()[1] for line in lines if line.startswith("FROM")]
        assert len(bases) == 2
        assert {base.partition(":")[2] for base in bases} == {"3.11-slim-bookworm"}
        users = [line.split()[1] for line in lines if line.startswith("USER")]
        assert users
        assert users[-1] not in ("0", "root")

    def test_it_starts_as_one_machine_does(self) -> None:
        launcher = (ROOT / "cloudfunctions" / "local" / "stack.py").read_text("utf-8")
        python, *rest = container.start_command()
        assert python == "python"
        assert all(f'"{word}"' in launcher for word in rest)

    def test_its_settings_agree_with_its_dockerfile(self, packed: Packed) -> None:
        context = packed.folder / "container"
        told = json.loads((context / "container.config.json").read_bytes())
        docker = (context / "Dockerfile").read_text("utf-8")
        assert f"PORT={told['containerPort']}" in docker
        assert f"EXPOSE {told['containerPort']}" in docker
        assert (context / told["buildDir"] / told["dockerfilePath"]).is_file()
        assert told["mem"] == 2 * told["cpu"]
        assert told["minNum"] >= 1, "nobody in need waits until a first instance has started"

    def test_pip_takes_its_requirements_by_their_hashes(
        self, packed: Packed, tmp_path: Path
    ) -> None:
        context = packed.folder / "container"
        install = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-index", "--no-deps"),
            *("--require-hashes", "--dest", str(tmp_path), *CONTAINER.pip),
            *("--find-links", str(WHEELS / CONTAINER.lock.stem)),
            *("--find-links", str(context / "wheels"), "-r", str(context / "requirements.txt")),
        ]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert len(list(tmp_path.glob("*.whl"))) > 20

    def test_its_code_is_whole(self, packed: Packed) -> None:
        modules = [*bundle.service(ROOT), *container.BESIDE]
        script = (
            f"import {', '.join(modules)}; import cloudfunctions; print(cloudfunctions.__file__)"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", script],
            cwd=packed.folder / "container" / "app",
            env={"PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert str(packed.folder) in done.stdout

    def test_nothing_lies_in_it_that_must_not(self, packed: Packed) -> None:
        context = packed.folder / "container"
        names = [path.relative_to(context).as_posix() for path in context.rglob("*")]
        assert ".dockerignore" in names
        assert not bundle.faults(dict.fromkeys(names, b""), may_serve=True)


def test_cloudbaserc_names_every_folder(packed: Packed) -> None:
    content = json.loads((packed.folder / cloudbaserc.NAME).read_bytes())
    assert cloudbaserc.faults(content) == []
    rows = {row["name"]: row for row in content["functions"]}
    assert set(rows) == set(ZIPS)
    assert {row["runtime"] for row in rows.values()} == {f"Python{packed.target.python}"}
    assert [name for name, row in rows.items() if row["type"] == "HTTP"] == [bundle.HTTP]
    timed = {name for name, row in rows.items() if row.get("triggers")}
    assert timed == {"duty"} & set(FUNCTIONS)


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = subprocess.run(
        [sys.executable, "-m", "cloudfunctions.operations", "package", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Next: --out DIR" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
