"""The environment is read once, and what it cannot run with it refuses at the start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from cloudfunctions.common.settings import (
    MINIMUM_SECRET,
    ROOT,
    MasterKey,
    Settings,
    SettingsError,
)
from cloudfunctions.local.place import Place

MASTER = f"k1:{'A' * 43}="
GOOD = {
    "SECRET_KEY": "k" * MINIMUM_SECRET,
    "MASTER_KEY": MASTER,
    "MONGODB_URI": "mongodb://127.0.0.1:1/",
}


def test_the_least_environment_and_its_defaults() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.secret_keys == (GOOD["SECRET_KEY"],)
    assert settings.master_keys == (MasterKey("k1", bytes(32)),)
    assert settings.database_name == "nuanxinmiao"
    assert settings.request_seconds == 2.5
    assert settings.web_folder == ROOT / "miniprogram_schema" / "web" / "dist"


def test_every_choice_is_taken() -> None:
    chosen = {
        "SECRET_KEY": f"{'a' * 32},{'b' * 40}",
        "DATABASE_NAME": "other",
        "MASTER_KEY": f"new_2:{'B' * 42}8=, {MASTER}\n",
        "REQUEST_SECONDS": "0.5",
        "WEB_FOLDER": "/srv/pages",
    }
    settings = Settings.from_environment({**GOOD, **chosen})
    assert settings.secret_keys == ("a" * 32, "b" * 40)
    assert [one.id for one in settings.master_keys] == ["new_2", "k1"]
    assert (settings.database_name, settings.request_seconds) == ("other", 0.5)
    assert settings.web_folder == Path("/srv/pages")


def test_settings_cannot_be_changed() -> None:
    settings = Settings.from_environment(GOOD)
    with pytest.raises(FrozenInstanceError):
        settings.database_name = "x"  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_needed_must_be_there(name: str, value: str | None) -> None:
    environment = {key: kept for key, kept in GOOD.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    "keys", ["k" * (MINIMUM_SECRET - 1), ",", f"{'k' * 40},short", f"short,{'k' * 40}"]
)
def test_a_short_secret_is_refused(keys: str) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY") as refused:
        Settings.from_environment({**GOOD, "SECRET_KEY": keys})
    assert keys not in str(refused.value), "the message goes to a log"


@pytest.mark.parametrize(
    "keys",
    [
        *(",", "k1", f":{'A' * 43}=", f"k1:{'A' * 42}", "k1:AAAA", f"k1:{'A' * 86}=="),
        *(f"k 1:{'A' * 43}=", f"k1:{'*' * 43}=", f"{MASTER},k2:AAAA", f"{MASTER},{MASTER}"),
    ],
)
def test_a_bad_master_key_is_refused(keys: str) -> None:
    with pytest.raises(SettingsError, match="MASTER_KEY") as refused:
        Settings.from_environment({**GOOD, "MASTER_KEY": keys})
    assert "AAAA" not in str(refused.value), "the message goes to a log"


def test_a_master_key_is_shown_in_no_account_of_the_settings() -> None:
    key = "c2VjcmV0" * 5 + "c2U="
    settings = Settings.from_environment({**GOOD, "MASTER_KEY": f"k1:{key}"})
    assert settings.master_keys[0].key[:6] == b"secret"
    assert "secretsecret" not in repr(settings)


@pytest.mark.parametrize("seconds", ["", "x", "0", "-1", "10.1", "nan", "inf", "1e9", "2,5"])
def test_a_bad_number_is_refused(seconds: str) -> None:
    with pytest.raises(SettingsError, match="REQUEST_SECONDS"):
        Settings.from_environment({**GOOD, "REQUEST_SECONDS": seconds})


@pytest.mark.parametrize("name", ["SECRET_KEY", "MASTER_KEY"])
def test_the_service_does_not_start_without_a_secret(name: str) -> None:
    code = "from cloudfunctions.app import from_environment; from_environment()"
    environment = {**GOOD, "PYTHONPATH": str(ROOT), "PATH": ""}
    del environment[name]
    started = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode != 0
    assert f"{name} is not set" in started.stderr


def test_nothing_but_the_settings_and_the_launchers_read_the_environment() -> None:
    may = {"settings.py", "gunicorn_conf.py", "app.py", "instance.py", "__main__.py"}
    may.add("metrics.py")  # Only says there what its library reads.
    readers = {
        path.name
        for path in (ROOT / "cloudfunctions").rglob("*.py")
        if "os.environ" in path.read_text("utf-8")
        # Commands of one machine and of an operator, which run nowhere in the cloud.
        and path.parent.name not in ("local", "operations")
    }
    assert readers <= may


def test_the_reader_reads_variables_of_its_own_only() -> None:
    # The reader has no settings object; packaging and training choose where their files lie.
    for path in (ROOT / "nlp").rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            assert "os.environ" not in line or '"NLP_' in line, f"{path}: {line}"


def test_production_makes_no_secret_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(data=tmp_path, host="127.0.0.1", port=8080, database_uri="")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("NUANXIN_ENV", "production")
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        place.environment("mongodb://127.0.0.1:1/")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("NUANXIN_ENV", "local")
    made = place.environment("mongodb://127.0.0.1:1/")
    again = place.environment("mongodb://127.0.0.1:1/")
    for name, file in (("SECRET_KEY", "secret.key"), ("MASTER_KEY", "master.key")):
        assert again[name] == made[name]
        assert (tmp_path / file).stat().st_mode & 0o077 == 0
    assert len(Settings.from_environment(made).master_keys) == 1


def test_production_makes_no_master_key_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(data=tmp_path, host="127.0.0.1", port=8080, database_uri="")
    monkeypatch.setenv("SECRET_KEY", GOOD["SECRET_KEY"])
    monkeypatch.delenv("MASTER_KEY", raising=False)
    monkeypatch.setenv("NUANXIN_ENV", "production")
    with pytest.raises(SettingsError, match="MASTER_KEY"):
        place.environment("mongodb://127.0.0.1:1/")
    assert list(tmp_path.iterdir()) == []


def test_another_copy_has_another_master_key_under_another_name(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        place = Place(data=tmp_path / name, host="", port=1, database_uri="")
        keys.append(place.master_key())
    assert len({key.partition(":")[0] for key in keys}) == 2
    assert len({key.partition(":")[2] for key in keys}) == 2


@pytest.mark.parametrize("consent", ["", "no", "true"])
def test_a_language_model_needs_consent(consent: str) -> None:
    named = {**GOOD, "LLM_BASE_URL": "https://llm.example/v1/", "LLM_API_KEY": "key"}
    assert Settings.from_environment({**named, "LLM_CONSENT": consent}).llm is None
    agreed = Settings.from_environment({**named, "LLM_CONSENT": "yes"}).llm
    assert agreed is not None
    assert (agreed.base_url, agreed.key) == ("https://llm.example/v1", "key")


def test_a_language_model_is_spoken_to_in_secret() -> None:
    named = {**GOOD, "LLM_BASE_URL": "http://llm.example/v1", "LLM_CONSENT": "yes"}
    with pytest.raises(SettingsError, match="https"):
        Settings.from_environment(named)
