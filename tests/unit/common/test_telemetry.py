"""One line an event, whatever stands in a value, and the id of the call in every one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cloudfunctions.common import telemetry
from cloudfunctions.common.errors import HOTLINES, Conflict, ServiceError, Unavailable, body_of
from cloudfunctions.common.settings import ROOT, Settings, SettingsError

BREAKS = ("\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x00", '"}\n{"event": "forged', "\ud800")


@pytest.mark.parametrize("cut", BREAKS)
def test_whatever_stands_in_a_value_it_is_one_line(
    cut: str, capfd: pytest.CaptureFixture[str]
) -> None:
    telemetry.note("tried", kind=f"a{cut}b", n=1)
    written = capfd.readouterr().err
    assert written.endswith("\n")
    assert len(written.splitlines()) == 1
    line = json.loads(written)
    assert (line["event"], line["kind"]) == ("tried", f"a{cut}b")


@pytest.mark.parametrize(
    "given", ["0123456789abcdef", "a" * 32, "6f1c2a9e-0b7d-4c1e-9f00-123456789abc"]
)
def test_a_well_formed_id_is_kept(given: str) -> None:
    with telemetry.request(given) as name:
        assert name == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "oX7Qz_5sAbCdEfGhIjKlMnOpQrSt",
        "我不想活了",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        f"{'a' * 32}\n",
        f"{'a' * 16}\r\nevent",
        "a" * 10_000,
    ],
)
def test_anything_else_is_not_repeated(given: str, capfd: pytest.CaptureFixture[str]) -> None:
    with telemetry.request(given) as name:
        telemetry.note("tried")
    assert name != given
    assert telemetry.REQUEST_ID.fullmatch(name)
    assert json.loads(capfd.readouterr().err)["request"] == name


def test_a_line_outside_of_a_call_has_no_id(capfd: pytest.CaptureFixture[str]) -> None:
    with telemetry.request():
        pass
    telemetry.note("tried")
    assert "request" not in json.loads(capfd.readouterr().err)


def test_an_exception_is_told_without_its_words(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("我不想活了\r\n")
    except ValueError as error:
        telemetry.fault(error)
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["type"] == "ValueError"
    assert "\\u6211" not in line


TAKEN_OVER = """
import logging
from cloudfunctions.common import telemetry
telemetry.take_over()
logging.getLogger("library").warning("said %s", "canary\\r\\n")
logging.getLogger("library").warning(ValueError("canary"))
try:
    raise ValueError("canary")
except ValueError:
    logging.getLogger("library").exception("failed for %s", "canary")
raise KeyError("canary")
"""


def test_what_libraries_say_and_how_a_process_ends_are_lines_too() -> None:
    command = [sys.executable, "-c", TAKEN_OVER]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line.get("pattern"), line.get("type")) for line in lines] == [
        ("log", "said %s", None),
        ("log", "ValueError", None),
        ("log", "failed for %s", "ValueError"),
        ("fault", None, "KeyError"),
    ]
    assert "canary" not in done.stderr


def test_what_an_operator_has_to_do_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        Settings.from_environment({})
    except SettingsError as error:
        telemetry.fault(error)
    assert json.loads(capfd.readouterr().err)["why"].startswith("SECRET_KEY is not set")


def test_a_fault_of_ours_tells_what_to_say_to_an_operator() -> None:
    with telemetry.request() as name:
        for error in (ServiceError(), Unavailable()):
            body = body_of(error).decode()
            assert f"编号 {name[:8]} " in body
            assert name not in body, "the whole id is for machines"
            assert HOTLINES in body
        assert name[:8] not in body_of(Conflict()).decode(), "nothing to ask us about"
    assert "编号" not in body_of(ServiceError()).decode()
