"""The locks: whole, with hashes, as `requirements.txt` is now, and kept to (rows S1, S2)."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cloudfunctions.operations import CannotGoOn, locking, pins, wheels
from cloudfunctions.operations.pins import CONTAINER, FUNCTION, TARGETS, Pin, Target

REQUIREMENTS = pins.REQUIREMENTS.read_text("utf-8")
A_HASH = "0" * 64


def named() -> set[str]:
    """Every package of `requirements.txt`."""
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.splitlines())
    return {canonicalize_name(Requirement(line).name) for line in lines if line}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target.lock.stem))
class TestEveryLock:
    """Read from its file."""

    def test_is_of_the_requirements_as_they_are(self, target: Target) -> None:
        versions = {f"{pin.name}=={pin.version}" for pin in pins.read(target)}
        assert set(pins.wanted(REQUIREMENTS, target)) <= versions

    def test_pins_each_package_by_a_hash(self, target: Target) -> None:
        lines = target.lock.read_text("utf-8").splitlines()
        pinned = [line for line in lines if not line.startswith("#")]
        assert len(pinned) > 20
        for line in pinned:
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+", line), line

    def test_holds_nothing_of_training_and_tests(self, target: Target) -> None:
        names = {pin.name for pin in pins.read(target)}
        assert not names & {*pins.NOT_AT_RUN_TIME, "pytest", "mypy", "ruff", "pip", "setuptools"}


def test_what_is_left_out_of_the_run_time_is_in_the_requirements() -> None:
    assert named() >= pins.NOT_AT_RUN_TIME
    assert named() >= pins.ONLY_SOURCE
    assert wheels.KEPT.keys() == pins.ONLY_SOURCE


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the installed packages are another's")
def test_the_container_is_locked_down_to_the_last_package_that_was_tried() -> None:
    locked = pins.read(CONTAINER)
    installed = {pin.name: importlib.metadata.distribution(pin.name) for pin in locked}
    requires = {name: one.requires or [] for name, one in installed.items()}
    assert locking.missing(locked, requires, CONTAINER) == set()
    assert {pin.name: pin.version for pin in locked} == {
        name: one.version for name, one in installed.items()
    }


@pytest.mark.parametrize(
    ("requires", "gap"),
    [
        (["b"], {"a needs b"}),
        (["c>=2"], {"a needs c>=2"}),
        (["C>=1"], set[str]()),
        (["b; python_version < '3.11'"], {"a needs b; python_version < '3.11'"}),
        (["b; python_version >= '3.11'"], set[str]()),
        (["b; sys_platform == 'win32'"], set[str]()),
        (["b; extra == 'more'"], set[str]()),
    ],
)
def test_what_a_package_needs_there_and_is_not_locked_is_found(
    requires: list[str], gap: set[str]
) -> None:
    locked = [Pin("a", "1", frozenset({A_HASH})), Pin("c", "1.5", frozenset({A_HASH}))]
    assert locking.missing(locked, {"a": requires}, FUNCTION) == gap


def test_changed_requirements_make_the_lock_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.read(FUNCTION)
    changed = tmp_path / "requirements.txt"
    changed.write_text(REQUIREMENTS.replace("requests==", "requests==9."), encoding="utf-8")
    monkeypatch.setattr(pins, "REQUIREMENTS", changed)
    with pytest.raises(CannotGoOn, match="older than requirements") as stopped:
        pins.read(FUNCTION)
    assert "operations lock" in stopped.value.next_step


def test_a_comment_or_a_package_of_training_makes_no_lock_old() -> None:
    changed = REQUIREMENTS.replace("numpy==", "numpy==9.") + "\n# a word\n"
    assert pins.mark(changed, FUNCTION) == pins.mark(REQUIREMENTS, FUNCTION)


def test_a_place_that_nothing_is_locked_for_is_told() -> None:
    with pytest.raises(CannotGoOn, match="nothing is locked") as stopped:
        pins.read(Target("3.9", "manylinux2014_x86_64"))
    assert "3.10 on manylinux2014_x86_64" in stopped.value.next_step


def test_a_wheel_that_was_tampered_with_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if somebody had put it into the folder of fetched wheels; there is no index to ask again.
    (tmp_path / "flask-3.1.3-py3-none-any.whl").write_bytes(b"not the flask that was locked")
    for name, value in {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(CannotGoOn, match="pip failed") as stopped:
        wheels.fetch(FUNCTION, tmp_path)
    assert "reach its package index" in stopped.value.next_step
