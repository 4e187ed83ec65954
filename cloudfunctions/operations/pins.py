"""What is locked: every wheel of the run time with its SHA-256, for each place it runs at.

`requirements.txt` says what we want; a lock in `locks/` says what that comes to on one Python and
one platform, down to the last dependency. Nothing that is not in it gets into a zip or an image.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cloudfunctions.common.settings import ROOT
from cloudfunctions.operations import CannotGoOn

LOCKS = Path(__file__).parent / "locks"
REQUIREMENTS = ROOT / "requirements.txt"

NOT_AT_RUN_TIME = frozenset({"scikit-learn", "numpy", "scipy", "threadpoolctl", "secantusdb"})
"""What `requirements.txt` lists for training and for one's own machine."""
ONLY_SOURCE = frozenset({"jieba"})
"""Published without a wheel; `wheels.py` makes one out of its source, which it does not run."""


@dataclass(frozen=True)
class Target:
    """Where a lock is for: a Python like '3.10', and a platform as pip names it."""

    python: str
    platform: str

    @property
    def lock(self) -> Path:
        """The file of this target."""
        return LOCKS / f"{self.python}-{self.platform}.txt"

    @property
    def environment(self) -> dict[str, str]:
        """What the markers of a requirement are held against there."""
        return {
            "extra": "",
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.platform.partition("_")[2],
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    @property
    def pip(self) -> list[str]:
        """Options by which pip looks for wheels of this target."""
        platforms = dict.fromkeys((self.platform, OLDEST))
        return [
            *("--only-binary", ":all:", "--implementation", "cp", "--python-version", self.python),
            *(part for one in platforms for part in ("--platform", one)),
        ]


OLDEST = "manylinux2014_x86_64"
"""What runs on glibc 2.17 runs on every later one too; pip has to be told so."""
FUNCTION = Target("3.10", OLDEST)
"""The newest Python that every door of the cloud has; its machines may be of CentOS 7."""
CONTAINER = Target("3.11", "manylinux_2_28_x86_64")
TARGETS = (FUNCTION, CONTAINER)


@dataclass(frozen=True)
class Pin:
    """One line of a lock."""

    name: str
    version: str
    hashes: frozenset[str]

    @property
    def line(self) -> str:
        """As pip reads it."""
        hashes = " ".join(f"--hash=sha256:{one}" for one in sorted(self.hashes))
        return f"{self.name}=={self.version} {hashes}"


def wanted(text: str, target: Target) -> list[str]:
    """Return what `requirements.txt` asks for at run time on `target`, without markers, sorted."""
    found = list[str]()
    for line in text.splitlines():
        plain = line.partition("#")[0].strip()
        if not plain:
            continue
        asked = Requirement(plain)
        name = canonicalize_name(asked.name)
        meant = not asked.marker or asked.marker.evaluate(target.environment)
        if meant and name not in NOT_AT_RUN_TIME:
            # What an extra brings is named in lines of its own.
            found.append(f"{name}{asked.specifier}")
    return sorted(found)


def mark(text: str, target: Target) -> str:
    """Return the fingerprint of what was wanted, by which an old lock is known."""
    return hashlib.sha256("\n".join(wanted(text, target)).encode()).hexdigest()


def read(target: Target) -> list[Pin]:
    """Return the pins of a target.

    Raises:
        CannotGoOn: there is no lock for it, or `requirements.txt` has moved on.
    """
    again = f"python -m cloudfunctions.operations lock, with a network; known are {_known()}"
    if not target.lock.exists():
        raise CannotGoOn(f"nothing is locked for {target.python} on {target.platform}", again)
    text = target.lock.read_text("utf-8")
    if mark(REQUIREMENTS.read_text("utf-8"), target) not in text:
        raise CannotGoOn(f"{target.lock.name} is older than requirements.txt", again)
    return [_pin(line) for line in text.splitlines() if line and not line.startswith("#")]


def _known() -> str:
    return ", ".join(f"{one.python} on {one.platform}" for one in TARGETS)


def _pin(line: str) -> Pin:
    name, *hashes = line.split(" --hash=sha256:")
    package, _, version = name.partition("==")
    return Pin(package, version, frozenset(hashes))


def pip(*arguments: str) -> str:
    """Run pip and return what it prints.

    Raises:
        CannotGoOn: it failed; its last line is told.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.startswith("ERROR")][-1:]
        raise CannotGoOn(
            f"pip failed: {''.join(last) or done.stderr[-300:]}",
            "can this machine reach its package index? Then run the same command again",
        )
    return done.stdout
