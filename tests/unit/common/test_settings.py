"""The environment is read once, and what it cannot run with it refuses at the start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from cloudfunctions.common.settings import MINIMUM_SECRET, ROOT, Settings, SettingsError
from cloudfunctions.local.place import Place

GOOD = {"SECRET_KEY": "k" * MINIMUM_SECRET, "MONGODB_URI": "mongodb://127.0.0.1:1/"}


def test_the_least_environment_and_its_defaults() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.secret_keys == (GOOD["SECRET_KEY"],)
    assert settings.database_name == "nuanxinmiao"
    assert settings.request_seconds == 2.5
    assert settings.web_folder == ROOT / "miniprogram_schema" / "web" / "dist"


def test_every_choice_is_taken() -> None:
    chosen = {
        "SECRET_KEY": f"{'a' * 32},{'b' * 40}",
        "DATABASE_NAME": "other",
        "REQUEST_SECONDS": "0.5",
        "WEB_FOLDER": "/srv/pages",
    }
    settings = Settings.from_environment({**GOOD, **chosen})
    assert settings.secret_keys == ("a" * 32, "b" * 40)
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


@pytest.mark.parametrize("seconds", ["", "x", "0", "-1", "10.1", "nan", "inf", "1e9", "2,5"])
def test_a_bad_number_is_refused(seconds: str) -> None:
    with pytest.raises(SettingsError, match="REQUEST_SECONDS"):
        Settings.from_environment({**GOOD, "REQUEST_SECONDS": seconds})


def test_the_service_does_not_start_without_a_secret() -> None:
    code = "from cloudfunctions.app import from_environment; from_environment()"
    environment = {"MONGODB_URI": GOOD["MONGODB_URI"], "PYTHONPATH": str(ROOT), "PATH": ""}
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
    assert "SECRET_KEY is not set" in started.stderr


def test_nothing_but_the_settings_and_the_launchers_read_the_environment() -> None:
    may = {"settings.py", "gunicorn_conf.py", "app.py", "shells.py", "__main__.py"}
    readers = {
        path.name
        for path in (ROOT / "cloudfunctions").rglob("*.py")
        if "os.environ" in path.read_text("utf-8") and path.parent.name != "local"
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
    made = place.environment("mongodb://127.0.0.1:1/")["SECRET_KEY"]
    assert place.environment("mongodb://127.0.0.1:1/")["SECRET_KEY"] == made
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


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
