"""A backup that is made while people talk comes back whole, into an empty database and no other."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bson
import pytest
import requests
from bson.raw_bson import RawBSONDocument

from cloudfunctions.common.database import SCHEMA
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT, MasterKey
from cloudfunctions.operations import CannotGoOn, dumping, loading
from cloudfunctions.operations.sealed_file import Damaged, NotOurs, Writer
from tests.contract import shelf
from tests.support.copy import Copy
from tests.support.databases import another, environment_of, operate
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

CALM = "今天上课一直走神，放学也不想回家"
CANARY = "金丝雀canary7c21"
PLAN = {"signs": ["晚上睡不着"], "helps": [], "places": ["操场看台"], "people": [], "reasons": []}


def quiet(_: str) -> None:
    """Say nothing."""


def saved(resources: Resources) -> io.BytesIO:
    """A backup in memory."""
    file = io.BytesIO()
    dumping.save(resources, file, quiet)
    return file


def everything(resources: Resources) -> dict[str, dict[Any, bytes]]:
    """Every document as its bytes, by collection and id."""
    found: dict[str, dict[Any, bytes]] = {}
    with resources.database.deadline(60):
        for name in resources.database.collections():
            raw: Any = resources.database.collection(name).with_options(codec_options=dumping.RAW)
            documents: Iterator[RawBSONDocument] = raw.find()
            found[name] = {one["_id"]: bytes(one.raw) for one in documents}
    return found


@pytest.fixture
def small(resources: Resources) -> Iterator[Resources]:
    """A database with a little of everything that matters here."""
    with another(resources) as found:
        with found.database.deadline(60):
            found.database.prepare()
            moods = [{"_id": f"t:{n}", "teen": "t", "day": "2026-01-01"} for n in range(120)]
            for start in range(0, len(moods), 40):
                found.database.collection("moods").insert_many(moods[start : start + 40])
            found.database.collection("teens").insert_one({"_id": "t", "device": "d"})
            found.database.collection("new_feature").insert_one({"_id": 1, "n": 2**40, "b": b"\0"})
            found.vault.seal("t", "place", "words")
        yield found


def leave_own_keys(resources: Resources) -> None:
    """Other tests of this database wrap keys under masters that the copy does not have."""
    own = [one.id for one in resources.settings.master_keys]
    resources.database.collection("data_keys").delete_many({"key": {"$nin": own}})


class TestWhileTheServiceRuns:
    """The commands, as an operator gives them, and a service on what comes back."""

    def test_talks_pages_and_what_was_sealed_are_the_same(
        self, running: Copy, resources: Resources, staff: Staffing, tmp_path: Path
    ) -> None:
        leave_own_keys(resources)
        moderator, author = staff("counsellor"), shelf.author(running)
        story = shelf.published(resources, author, moderator)
        teens = [Teen(running.address) for _ in range(4)]
        teens[0].call("mood.save", cid="mood-cid-1", day="2026-01-05", face=2, words=CANARY)
        teens[0].call("plan.save", base=0, cid="plan-cid-1", **PLAN)
        for _ in range(40):  # Long enough to spill twice.
            teens[0].send(CALM)
        teens[1].send(CANARY)
        before = {teen.talk: teen.transcript() for teen in teens}
        assert before[teens[0].talk][-1]["seq"] > 80

        backup = tmp_path / "all.backup"
        with Writers(teens) as writers:
            done = operate(running.environment, "backup", str(backup))
        assert done.returncode == 0, done.stderr
        assert writers.sent > 0, "nobody wrote while the backup ran"
        assert backup.stat().st_mode & 0o777 == 0o600
        assert [one.name for one in tmp_path.glob("all*")] == ["all.backup"]
        assert CANARY.encode() not in backup.read_bytes()

        fresh = Copy(tmp_path / "fresh")
        fresh.data.mkdir()
        for name in ("master.key", "secret.key"):
            shutil.copy(running.data / name, fresh.data / name)
        done = operate(fresh.environment, "restore", str(backup))
        assert done.returncode == 0, done.stderr
        fresh.start()
        try:
            for teen in teens:
                assert_same_talk(teen, came_back(teen, fresh), before[teen.talk])
            first = came_back(teens[0], fresh)
            for action, asked in (
                ("mood.list", {"from": "2026-01-01", "until": "2026-01-09"}),
                ("plan.get", {}),
                ("pages.manifest", {}),
            ):
                assert first.call(action, **asked) == teens[0].call(action, **asked)
            for page in first.call("pages.manifest")["pages"]:
                assert_same_page(running, fresh, page["page"])
            assert shelf.in_feed(first, story["public"])
            back = Caller(fresh.address)
            back.device = moderator.device
            assert back.call("account.staff_sign_in", device=back.device)["role"] == "counsellor"
            assert demo(fresh) == 0
        finally:
            fresh.discard()

    def test_it_is_refused_where_the_service_runs(self, running: Copy, tmp_path: Path) -> None:
        backup = tmp_path / "all.backup"
        assert operate(running.environment, "backup", str(backup)).returncode == 0
        again = operate(running.environment, "backup", str(backup))
        assert (again.returncode, "there already" in again.stderr) == (1, True)
        done = operate(running.environment, "restore", str(backup))
        assert done.returncode == 1
        assert "Next: ./deploy.sh stop" in done.stderr


class Writers:
    """Teens who go on talking as long as it is entered, each on one connection."""

    def __init__(self, teens: list[Teen]) -> None:
        self.sent = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._talk, args=(teen,)) for teen in teens]

    def __enter__(self) -> Writers:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def _talk(self, teen: Teen) -> None:
        while not self._stop.is_set():
            teen.send(CALM)
            self.sent += 1


def came_back(teen: Teen, copy: Copy) -> Teen:
    """The same device on another copy, in the same talk."""
    found = Teen.__new__(Teen)
    Caller.__init__(found, copy.address)
    found.device = teen.device
    assert found.call("account.sign_in", device=teen.device)["id"] == teen.id
    found.talk = found.call("chat.enter")["conversation"]["id"]
    return found


def assert_same_talk(teen: Teen, back: Teen, before: list[Body]) -> None:
    """What was acknowledged before is there as it was, and what there is has no gap."""
    assert back.talk == teen.talk
    found = back.transcript()
    assert found[: len(before)] == before
    assert [one["seq"] for one in found] == list(range(1, len(found) + 1))
    assert found == teen.transcript()[: len(found)]


def assert_same_page(running: Copy, fresh: Copy, page: str) -> None:
    """The very same bytes are served."""
    one, other = (
        requests.get(f"{copy.address}/pages/{page}.json", timeout=10) for copy in (running, fresh)
    )
    assert (one.status_code, one.content) == (other.status_code, other.content)
    assert one.headers.get("ETag") == other.headers.get("ETag")


def demo(copy: Copy) -> int:
    """Play the scripted talk; it needs an empty queue."""
    found = copy.resources()
    with found.database.deadline(60):
        found.database.collection("conversations").update_many({}, {"$unset": {"waiting": ""}})
    found.database.close()
    command = [sys.executable, "-m", "cloudfunctions.local", "demo"]
    return subprocess.run(command, cwd=ROOT, env=copy.environment, check=False).returncode


class TestIntoAnotherDatabase:
    """What is in the file, and where it may go."""

    def test_every_collection_comes_back_byte_for_byte(
        self, small: Resources, resources: Resources
    ) -> None:
        file = saved(small)
        with another(resources) as target:
            at, restored = loading.load(target, file, quiet)
            assert everything(target) == everything(small)
            assert (restored.left_out, restored.counts["moods"]) == (0, 120)
            assert at <= small.now()
            assert target.database.reachable()
            with target.database.deadline(10):
                assert indexes(target) == indexes(small)
                assert target.vault.open("t", "place", small.vault.seal("t", "place", "w")) == "w"

    def test_a_used_database_is_left_as_it_is(self, small: Resources, resources: Resources) -> None:
        file = saved(small)
        with another(resources) as target:
            with target.database.deadline(10):
                target.database.collection("teens").insert_one({"_id": "mine"})
            before = everything(target)
            with pytest.raises(CannotGoOn, match="not empty"):
                loading.load(target, file, quiet)
            assert everything(target) == before

    def test_a_cut_or_changed_file_writes_nothing(
        self, small: Resources, resources: Resources
    ) -> None:
        content = saved(small).getvalue()
        changed = bytearray(content)
        changed[-20] ^= 1
        with another(resources) as target:
            for wrong in (content[:-1], content[: len(content) // 2], bytes(changed)):
                with pytest.raises(Damaged):
                    loading.load(target, io.BytesIO(wrong), quiet)
            assert everything(target) == {}

    def test_another_master_key_is_said_and_writes_nothing(
        self, small: Resources, resources: Resources
    ) -> None:
        file = saved(small)
        (key,) = small.settings.master_keys
        newer = MasterKey("newer", b"n" * 32)
        with another(resources) as target:
            stranger = with_keys(target, newer)
            with pytest.raises(NotOurs, match=f"'{key.id}'"):
                loading.load(stranger, file, quiet)
            # The key of the file is at hand, but not the one that wraps what teens have kept.
            rewrapped = with_keys(small, newer)
            after = io.BytesIO()
            dumping.save(rewrapped, after, quiet)
            with pytest.raises(CannotGoOn, match=key.id):
                loading.load(stranger, after, quiet)
            assert everything(target) == {}

    def test_another_secret_key_is_said_and_goes_in(
        self, small: Resources, resources: Resources
    ) -> None:
        file, told = saved(small), list[str]()
        with another(resources) as target:
            settings = replace(target.settings, secret_keys=("s" * 40,))
            other = Resources.build(settings, {})
            loading.load(other, file, told.append)
            other.database.close()
            assert any("SECRET_KEY" in line for line in told)
            assert everything(target) == everything(small)

    def test_a_backup_of_newer_code_is_refused(
        self, small: Resources, resources: Resources
    ) -> None:
        with small.database.deadline(10):
            small.database.collection("schema").update_one({}, {"$set": {"number": SCHEMA + 1}})
        file = saved(small)
        with another(resources) as target:
            with pytest.raises(CannotGoOn, match=f"schema {SCHEMA + 1}"):
                loading.load(target, file, quiet)
            assert everything(target) == {}

    def test_a_talk_that_was_opened_while_the_backup_ran_does_not_stop_a_restore(
        self, small: Resources, resources: Resources
    ) -> None:
        # The first was saved while it was open, then closed, and then the second was saved.
        talks = [{"_id": name, "teen": "t", "state": "open"} for name in ("first", "second")]
        file = io.BytesIO()
        writer = Writer(file, small.settings.master_keys[0], 1)
        writer.add(bson.encode(dumping.begin(small, small.now)))
        index = {"name": "one", "fields": [["teen", 1]], "unique": True}
        writer.add(bson.encode({"collection": "conversations", "indexes": [index]}))
        head = bson.encode({"collection": "conversations"})
        writer.add(head + b"".join(bson.encode(talk) for talk in talks))
        writer.end(bson.encode({"end": {"counts": {"conversations": 2}, "keys": []}}))
        with another(resources) as target:
            _, restored = loading.load(target, file, quiet)
            assert (restored.left_out, restored.counts["conversations"]) == (1, 1)
            assert set(everything(target)["conversations"]) == {"first"}


def with_keys(resources: Resources, *keys: MasterKey) -> Resources:
    """The same database where MASTER_KEY names these."""
    return replace(resources, settings=replace(resources.settings, master_keys=keys))


def indexes(resources: Resources) -> dict[str, Any]:
    """What indexes there are."""
    names = set(resources.database.collections()) - {"schema"}
    return {name: resources.database.collection(name).index_information() for name in names}


class TestKilled:
    """Killed outright half-way, and run again."""

    @pytest.fixture
    def large(self, small: Resources) -> Resources:
        """Enough to be in the middle of it for a while."""
        moods = small.database.collection("moods")
        for start in range(0, 3_000, 50):
            with small.database.deadline(60):
                moods.insert_many([{"_id": n, "day": "d"} for n in range(start, start + 50)])
        return small

    def command(
        self, running: Copy, resources: Resources, folder: Path, *arguments: str
    ) -> dict[str, Any]:
        """How a command is started on a database of the test's own."""
        name = resources.settings.database_name
        environment = environment_of(running, DATABASE_NAME=name, DATA_DIR=str(folder / "none"))
        program = [sys.executable, "-m", "cloudfunctions.operations", *arguments]
        return {"args": program, "cwd": ROOT, "env": environment}

    def killed(self, command: dict[str, Any], reached: Callable[[], bool]) -> None:
        """Start it and kill it as soon as `reached` says so."""
        with subprocess.Popen(**command) as process:
            while not reached():
                assert process.poll() is None, "it was not killed half-way"
                time.sleep(0.002)
            process.kill()

    def test_a_backup_leaves_no_half_under_its_name(
        self, large: Resources, running: Copy, tmp_path: Path
    ) -> None:
        path, part = tmp_path / "all.backup", tmp_path / "all.backup.part"
        command = self.command(running, large, tmp_path, "backup", str(path))
        self.killed(command, lambda: part.exists() and part.stat().st_size > 0)
        assert not path.exists()
        assert subprocess.run(**command, check=False).returncode == 0
        assert not part.exists()
        with path.open("rb") as file:
            assert loading.look(large, file).counts["moods"] == 3_120

    def test_a_restore_goes_on_with_the_same_file_and_no_other(
        self, large: Resources, resources: Resources, running: Copy, tmp_path: Path
    ) -> None:
        path = tmp_path / "all.backup"
        with path.open("w+b") as file:
            dumping.save(large, file, quiet)
        with another(resources) as target:
            command = self.command(running, target, tmp_path, "restore", str(path))
            self.killed(command, lambda: count(target, "moods") >= 200)
            assert count(target, "moods") < 3_120
            assert not target.database.reachable(), "a service would start on half of it"
            with pytest.raises(CannotGoOn, match="another backup"):
                loading.load(target, saved(large), quiet)
            assert subprocess.run(**command, check=False).returncode == 0
            assert everything(target) == everything(large)


def count(resources: Resources, name: str) -> int:
    """How many documents are there now."""
    with resources.database.deadline(60):
        return resources.database.collection(name).count_documents({})
