"""`python -m cloudfunctions.local run | status | stop | invite ROLE | demo`, behind deploy.sh."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import get_args

from cloudfunctions.account import service as account
from cloudfunctions.common.identity import StaffRole
from cloudfunctions.common.settings import SettingsError
from cloudfunctions.local import demo, figures, stack
from cloudfunctions.local.child import command_of
from cloudfunctions.local.place import Place


def status(place: Place) -> int:
    """Print what runs; exit status 1 if nothing does or it is not ready."""
    state, environment = stack.environment_of_running(place)
    answer = stack.ready(state.address)
    print(f"  {state.address}  ready: {answer['status'] == 200}  data: {place.data}")
    for name, pid in {"launcher": state.launcher, **state.processes}.items():
        print(f"  {name:10} process {pid}  {'runs' if command_of(pid) else 'gone'}")
    for line in figures.lines(stack.resources_of(environment), answer):
        print(f"  {line}")
    return 0 if answer["status"] == 200 else 1


def stop(place: Place) -> int:
    """Ask the launcher to stop everything, and wait until it has."""
    try:
        state, _ = stack.environment_of_running(place)
    except stack.CannotStartError:
        print("  nothing runs in this data folder")
        return 0
    os.kill(state.launcher, signal.SIGTERM)
    for _ in range(400):
        if not command_of(state.launcher):
            print("  stopped")
            return 0
        time.sleep(0.1)
    print(f"  process {state.launcher} does not end. Next: kill -9 {state.launcher}")
    return 1


def invite(place: Place, role: str) -> int:
    """Print a one-time invitation, for the service here or the one whose MONGODB_URI is set."""
    with stack.opened(place) as environment:
        resources = stack.resources_of(environment)
        with resources.database.deadline(10):
            print(account.invite(resources, role, "console").invitation)
        resources.database.close()
    return 0


def main(arguments: list[str]) -> int:
    """Carry out one command; what is wrong is said with the next step, exit status 1."""
    roles = get_args(StaffRole)
    try:
        place = Place.from_environment(os.environ)
        match arguments:
            case ["run"]:
                return stack.run(place)
            case ["status"]:
                return status(place)
            case ["stop"]:
                return stop(place)
            case ["invite", role] if role in roles:
                return invite(place, role)
            case ["demo"]:
                return demo.main(*stack.environment_of_running(place))
    except (stack.CannotStartError, SettingsError, ValueError, OSError) as error:
        print(f"\n  Cannot go on: {error}", file=sys.stderr)
        return 1
    print(f"usage: run | status | stop | invite {'|'.join(roles)} | demo", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
