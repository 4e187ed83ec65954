"""`python -m tests.property.run --runs 1000 --steps 50`: the state machine for longer.

Starts a copy of the service of its own for its database, and prints the figure; `--minutes` ends it
earlier. A failing run prints its smallest example and ends with status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis.stateful import run_state_machine_as_test

from tests.property.test_conversation import Conversations, machine_on, profile
from tests.property.world import World
from tests.support.copy import Copy

BATCH = 25
"""Examples between two looks at the time."""


def main(arguments: list[str] | None = None) -> int:
    """Run the machine and print what it did."""
    parser = argparse.ArgumentParser(prog="python -m tests.property.run", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=600.0)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder)).start()
        try:
            return _run(copy, chosen.runs, chosen.steps, chosen.minutes * 60)
        finally:
            copy.stop()


def _run(copy: Copy, runs: int, steps: int, seconds: float) -> int:
    resources = copy.resources()
    resources.database.close()
    world = World(resources.settings)
    machine, started = machine_on(world), time.monotonic()
    try:
        while machine.examples < runs and time.monotonic() - started < seconds:
            _batch(machine, min(BATCH, runs - machine.examples), steps)
    except AssertionError as error:
        print(error, *getattr(error, "__notes__", []), sep="\n")
        return 1
    finally:
        took = time.monotonic() - started
        print(f"{machine.examples} runs, {machine.steps} steps checked, {took:.0f} s")
        print(_table(world.answered), flush=True)
        world.end()
    return 0


def _batch(machine: type[Conversations], runs: int, steps: int) -> None:
    # The service logs a line for every call to standard error.
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        run_state_machine_as_test(machine, settings=profile(runs, steps))


def _table(answered: Counter[tuple[str, int]]) -> str:
    return "\n".join(f"{name:22} {status} {n:7}" for (name, status), n in sorted(answered.items()))


if __name__ == "__main__":
    sys.exit(main())
