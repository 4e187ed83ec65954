"""Doctor: every finding comes where it should, and not where nothing is wrong."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.common import clock
from cloudfunctions.common.clock import HOUR, SECOND
from cloudfunctions.common.database import SCHEMA
from cloudfunctions.common.resources import Resources
from cloudfunctions.operations import checks, checks_beyond
from cloudfunctions.operations.findings import GRAVITIES, Finding, Patient
from nlp import model
from tests.support.copy import Copy
from tests.support.databases import another, operate, server
from tests.support.people import Staff

GOOD = {
    "NUANXIN_ENV": "production",
    "SECRET_KEY": secrets.token_hex(32),
    "MASTER_KEY": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "MONGODB_URI": "mongodb+srv://user:password@db.example.org/?tls=true",
    "NOTIFY_URL": "https://notify.example.org/",
    "NOTIFY_KEY": "key",
}
WECHAT = {
    "WECHAT_APPID": "wx1",
    "WECHAT_SECRET": "secret",
    "WECHAT_PUBLIC_URL": "https://talk.example.org",
}


Changes = Mapping[str, str | None]
"""Settings that are other than in a sound deployment; None takes one away."""


def patient(changes: Changes = GOOD, data: Path | None = None, address: str = "") -> Patient:
    """A deployment, sound but for the changes."""
    settings = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return Patient(settings, data, address, clock.now)


def told(checked: Iterator[Finding]) -> dict[str, str]:
    """Code and gravity of what was found; every finding says what to do."""
    found = list(checked)
    assert all(one.what and one.next_step for one in found)
    return {one.code: one.gravity for one in found}


def alone(one: Patient) -> dict[str, str]:
    """What the settings and this machine tell."""
    return {code: g for check in checks.CHECKS for code, g in told(check(one)).items()}


def test_nothing_is_wrong_with_a_sound_one() -> None:
    assert alone(patient()) == {}


@pytest.mark.parametrize(
    ("changed", "code", "gravity"),
    [
        ({"SECRET_KEY": None}, "secret_key_missing", "grave"),
        ({"SECRET_KEY": "short"}, "secret_key", "grave"),
        ({"SECRET_KEY": "ab" * 20}, "secret_key_weak", "grave"),
        ({"MASTER_KEY": None}, "master_key_missing", "grave"),
        ({"MASTER_KEY": "k1:abc"}, "master_key", "grave"),
        ({"MASTER_KEY": f"k1:{'A' * 43}="}, "master_key_weak", "grave"),
        ({"MONGODB_URI": None}, "mongodb_uri_missing", "grave"),
        ({"REQUEST_SECONDS": "soon"}, "request_seconds", "grave"),
        ({"NOTIFY_URL": "http://notify.example.org"}, "notify_url", "grave"),
        ({"NOTIFY_URL": None}, "notify_url_missing", "warning"),
        ({"LLM_BASE_URL": "http://llm.example.org"}, "llm_base_url", "grave"),
        ({**WECHAT, "WECHAT_SECRET": None}, "wechat_appid", "grave"),
        ({**WECHAT, "WECHAT_GATEWAY": "yes"}, "public_access", "grave"),
        ({**WECHAT, "WECHAT_PUSH_TOKEN": "token"}, "push_plain", "warning"),
        ({**WECHAT, "WECHAT_PUBLIC_URL": None}, "public_url_missing", "hint"),
        ({"NUANXIN_ENV": None}, "not_production", "warning"),
        ({"MONGODB_URI": "mongodb://db.example.org/?tls=true"}, "database_auth", "grave"),
        ({"MONGODB_URI": "mongodb://u:p@db.example.org/"}, "database_tls", "grave"),
        ({"MONGODB_URI": "mongodb://u:p@10.0.0.1,10.0.0.2:27017/"}, "database_tls", "warning"),
        ({"MONGODB_URI": "mongodb+srv://u:p@db.example.org/?ssl=false"}, "database_tls", "grave"),
        (
            {"MONGODB_URI": "mongodb://u:p@db.example.org/?tls=true&tlsInsecure=true"},
            "database_certificate",
            "grave",
        ),
        (
            {"MONGODB_URI": "mongodb+srv://u:p@db.example.org/?retryWrites=true"},
            "retry_writes",
            "hint",
        ),
        ({"FLASK_DEBUG": "1"}, "debug", "grave"),
        ({"PYTHONDEVMODE": "1"}, "debug", "grave"),
        ({"GUNICORN_CMD_ARGS": "--access-logfile -"}, "logs", "grave"),
        ({"WEB_FOLDER": "/nowhere"}, "pages_not_built", "warning"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_settings(changed: dict[str, str | None], code: str, gravity: str) -> None:
    assert alone(patient(changed)) == {code: gravity}


@pytest.mark.parametrize(
    "changed",
    [
        {**WECHAT, "WECHAT_GATEWAY": "yes", "WECHAT_PUBLIC_ACCESS": "off"},
        {"NOTIFY_URL": None, "WECHAT_ON_CALL_TEMPLATE": "t", **WECHAT},
        {"NUANXIN_ENV": None, "MONGODB_URI": "mongodb://127.0.0.1:27017/"},
        {"FLASK_DEBUG": "0", "GUNICORN_CMD_ARGS": "--timeout 90"},
        {"MASTER_KEY": f"{GOOD['MASTER_KEY'].replace('k1', 'k2')},{GOOD['MASTER_KEY']}"},
    ],
)
def test_settings_that_are_right(changed: dict[str, str | None]) -> None:
    assert alone(patient(changed)) == {}


def test_no_value_of_a_secret_is_told() -> None:
    secret = "Zq7" * 9
    changes = {
        "SECRET_KEY": secret,
        "MASTER_KEY": f"k:{secret}",
        "MONGODB_URI": f"mongodb://u:{secret}@db.example.org/",
        "NOTIFY_URL": f"http://{secret}",
    }
    one = patient(changes)
    found = [finding for check in checks.CHECKS for finding in check(one)]
    assert len(found) >= 4
    assert secret not in repr(found)


def test_a_data_folder_that_others_can_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    key = tmp_path / "master.key"
    key.write_text("k")
    key.chmod(0o600)
    assert told(checks.folder(patient(data=tmp_path))) == {}
    key.chmod(0o644)
    assert told(checks.folder(patient(data=tmp_path))) == {"data_folder": "grave"}
    key.chmod(0o600)
    tmp_path.chmod(0o755)
    assert told(checks.folder(patient(data=tmp_path))) == {"data_folder": "grave"}


@pytest.mark.parametrize(
    ("free", "expected"),
    [(100_000_000, {"disk": "grave"}), (900_000_000, {"disk": "warning"}), (2 * 10**9, {})],
)
def test_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, expected: dict[str, str]
) -> None:
    tmp_path.chmod(0o700)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    assert told(checks.folder(patient(data=tmp_path))) == expected


def test_a_model_that_is_missing_or_altered(tmp_path: Path) -> None:
    path = tmp_path / "reader.bin.gz"
    assert told(checks.reader(patient(), path)) == {"model": "grave"}
    shutil.copy(model.FILE, path)
    shutil.copy(model.sha_file(model.FILE), model.sha_file(path))
    assert told(checks.reader(patient(), path)) == {}
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert told(checks.reader(patient(), path)) == {"model": "grave"}


class TestDatabase:
    """What only the database tells."""

    @pytest.fixture
    def own(self, resources: Resources) -> Iterator[Resources]:
        """A database of its own, set up, with a supervisor who is on call."""
        with another(resources) as found:
            with found.database.deadline(60):
                found.database.prepare()
                add_staff(found, "supervisor")
                on_call(found)
            yield found

    def ask(self, own: Resources, **more: str | None) -> dict[str, str]:
        """What is found of a deployment that people only try out."""
        settings: dict[str, str | None] = {
            "NUANXIN_ENV": None,
            "MONGODB_URI": own.settings.database_uri,
            "DATABASE_NAME": own.settings.database_name,
            **more,
        }
        return told(checks_beyond.database(patient(settings)))

    def test_the_embedded_one_will_do_to_try_things_out(self, own: Resources) -> None:
        assert self.ask(own) == {"single_member": "hint"}

    def test_the_embedded_one_will_not_do_in_production(self, own: Resources) -> None:
        found = self.ask(own, NUANXIN_ENV="production")
        assert found == {"single_member": "grave", "database_open": "grave"}

    def test_nobody_answers(self, own: Resources) -> None:
        gone = {"MONGODB_URI": "mongodb://127.0.0.1:1/", "REQUEST_SECONDS": "0.2"}
        assert self.ask(own, **gone) == {"database": "grave"}
        assert self.ask(own, MONGODB_URI="mongodb:nonsense") == {"database": "grave"}

    def test_no_replica_set(self) -> None:
        with server("--standalone") as uri:
            found = told(checks_beyond.database(patient({"NUANXIN_ENV": None, "MONGODB_URI": uri})))
            assert found["replica_set"] == "hint"
            found = told(checks_beyond.database(patient({"MONGODB_URI": uri})))
            assert found["replica_set"] == "grave"

    def test_a_password_that_nobody_asks_for(self) -> None:
        with server() as uri:
            named = uri.replace("//", "//user:password@")
            found = told(checks_beyond.open_door(patient({"MONGODB_URI": named}), UNUSED))
            assert found == {"database_open": "grave"}
        with server("--auth") as uri:
            assert told(checks_beyond.open_door(patient({"MONGODB_URI": uri}), UNUSED)) == {}

    @pytest.mark.parametrize(
        ("apart", "gravity"),
        [(0, None), (10 * SECOND, "warning"), (-10 * SECOND, "warning"), (HOUR, "grave")],
    )
    def test_a_clock_that_is_off(self, own: Resources, apart: int, gravity: str | None) -> None:
        off = replace(patient(), now=lambda: clock.now() + apart)
        with own.database.deadline(10):
            found = told(checks_beyond.clock(off, own))
        assert found == ({"clock": gravity} if gravity else {})

    @pytest.mark.parametrize(
        ("mark", "code"),
        [
            ({"number": SCHEMA + 1}, "schema_newer"),
            ({"number": SCHEMA, "toward": SCHEMA + 1}, "schema_newer"),
            ({"number": SCHEMA - 1}, "schema_behind"),
            ({"number": 0, "restoring": "r"}, "half_restored"),
        ],
    )
    def test_documents_of_another_shape(
        self, own: Resources, mark: dict[str, Any], code: str
    ) -> None:
        with own.database.deadline(10):
            own.database.collection("schema").update_one({}, {"$set": mark})
        assert self.ask(own)[code] == "grave"

    def test_staff_that_a_demo_left_behind(self, own: Resources) -> None:
        with own.database.deadline(10):
            code = account.invite(own, "listener", "demo").invitation
            assert "demo_account" not in self.ask(own), "invited, and nobody came"
            member = account.join(own, code, secrets.token_urlsafe(32), "小鹿").id
            assert self.ask(own)["demo_account"] == "warning"
            assert self.ask(own, NUANXIN_ENV="production")["demo_account"] == "grave"
            account.dismiss(own, member)
        assert "demo_account" not in self.ask(own)

    def test_nobody_leads_and_nobody_is_on_call(self, own: Resources) -> None:
        with own.database.deadline(10):
            own.database.collection("staff").delete_many({})
        found = self.ask(own, NUANXIN_ENV="production")
        assert (found["supervisor"], found["rota"]) == ("grave", "warning")
        found = self.ask(own)
        assert (found["supervisor"], found["rota"]) == ("hint", "hint")

    def test_nothing_is_written(self, resources: Resources) -> None:
        with another(resources) as empty:
            self.ask(empty)
            assert empty.database.collections() == []


UNUSED: Any = None
"""Where a check asks the database by itself."""


def add_staff(resources: Resources, role: str) -> str:
    """Someone of a role joins; returns their id."""
    code = account.invite(resources, role, "test").invitation
    return account.join(resources, code, secrets.token_urlsafe(32), "老师").id


def on_call(resources: Resources) -> None:
    """Everybody who leads is on call for an hour."""
    now = resources.now()
    entries = [
        {"staff": one.id, "step": 1, "from": now - HOUR, "until": now + HOUR}
        for one in account.colleagues(resources)
    ]
    account.set_rota(resources, entries, "test")


class TestAddress:
    """What the service's own address tells."""

    def test_a_sound_one(self, running: Copy) -> None:
        assert told(checks_beyond.address(patient(address=running.address))) == {}

    def test_nobody_there(self) -> None:
        found = told(checks_beyond.address(patient(address="http://127.0.0.1:1")))
        assert found == {"address": "warning"}

    @pytest.mark.parametrize(
        ("ready", "forged", "expected"),
        [
            (200, 400, {}),
            (200, 404, {}),
            (200, 401, {"forged_identity": "grave"}),
            (200, 200, {"forged_identity": "grave"}),
            (503, 400, {"not_ready": "grave"}),
        ],
    )
    def test_what_it_answers(
        self, answering: Callable[[int, int], str], ready: int, forged: int, expected: Any
    ) -> None:
        assert told(checks_beyond.address(patient(address=answering(ready, forged)))) == expected

    def test_a_clock_that_is_off(self, running: Copy) -> None:
        off = replace(patient(address=running.address), now=lambda: clock.now() + HOUR)
        assert told(checks_beyond.address(off)) == {"clock": "grave"}


@pytest.fixture
def answering() -> Iterator[Callable[[int, int], str]]:
    """Make an address that answers with these statuses, the second only to the forged header."""
    servers = list[ThreadingHTTPServer]()

    def make(ready: int, forged: int) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(ready if self.path == "/readyz" else 404)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                named = self.headers.get("X-WX-OPENID") and self.headers.get("X-WX-SOURCE")
                right = self.path == "/api/account.staff_wechat_sign_in"
                self.answer(forged if named and right else 500)

            def answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield make
    for one in servers:
        one.shutdown()
        one.server_close()


class TestCommand:
    """As an operator gives it."""

    def test_on_one_machine_nothing_is_grave(
        self, running: Copy, staff: Callable[[str], Staff]
    ) -> None:
        staff("supervisor")
        done = operate(running.environment, "doctor")
        assert done.returncode == 0, done.stdout
        assert "HINT" in done.stdout
        assert "Next: " in done.stdout

    def test_before_the_first_start_nothing_is_grave_and_nothing_made(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        environment = {"DATA_DIR": str(data), "MONGODB_URI": "", "SECRET_KEY": "", "MASTER_KEY": ""}
        done = operate(environment, "doctor", "--json")
        assert done.returncode == 0, done.stdout
        assert not data.exists()

    def test_machines_read_json_the_gravest_first(self, tmp_path: Path) -> None:
        file = tmp_path / "settings"
        file.write_text("NUANXIN_ENV=production\nMONGODB_URI=mongodb://127.0.0.1:1/\n")
        file.chmod(0o600)
        done = operate({}, "doctor", "--settings", str(file), "--json")
        assert done.returncode == 1, done.stderr
        found = json.loads(done.stdout)
        order = [GRAVITIES.index(one["gravity"]) for one in found]
        assert order == sorted(order)
        codes = {one["code"] for one in found}
        assert {"secret_key_missing", "master_key_missing", "database"} <= codes
        assert set(found[0]) == {"code", "gravity", "what", "next_step"}
