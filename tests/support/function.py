"""A cloud function's instance: a process that loads `index.main_handler` and is handed events.

Run as a module it is that process: one JSON line `{event, context}` in, one line out, an answer or
the name of what was raised, as the platform does it over its own socket.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import Place
from tests.support.copy import Copy

APPID = "wx0123456789abcdef"
"""The mini-program of the files in tests/events."""

Event = dict[str, Any]


def environment_of(copy: Copy, **more: str) -> dict[str, str]:
    """What a function or container on the database of a copy is started with."""
    place = Place.from_environment(copy.environment)
    return {**place.environment(copy.state().database_uri), **more}


class Raised(Exception):
    """The handler raised; the message is the name of the exception's class."""


class Function:
    """One instance; it answers one event after the other."""

    def __init__(self, feature: str, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.function", f"cloudfunctions.{feature}.index"],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
            )

    def begin(self, event: Any, context: Any = None) -> None:
        """Hand over an event without waiting for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"event": event, "context": context}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Event:
        """Wait for the answer to what was begun."""
        assert self._process.stdout is not None
        told: Event = json.loads(self._process.stdout.readline())
        if "raised" in told:
            raise Raised(told["raised"])
        answer: Event = told["answer"]
        return answer

    def __call__(self, event: Any, context: Any = None) -> Event:
        """Call the handler as the platform would."""
        self.begin(event, context)
        return self.answer()

    def end(self) -> None:
        """End the instance."""
        self._process.stdin.close()  # type: ignore[union-attr]  # it has one
        self._process.wait(10)
        self._process.stdout.close()  # type: ignore[union-attr]  # it has one


def main(module: str) -> int:
    """Answer line by line; what the handler prints goes to the log."""
    out, sys.stdout = sys.stdout, sys.stderr
    handler = importlib.import_module(module).main_handler
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told: Event = {"answer": handler(asked["event"], asked["context"])}
        except Exception as error:  # noqa: BLE001  the platform takes any
            told = {"raised": type(error).__name__}
        out.write(json.dumps(told) + "\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
