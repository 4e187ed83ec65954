"""`python -m cloudfunctions.operations COMMAND …`, behind deploy.sh."""

from __future__ import annotations

import importlib
import sys

from cloudfunctions.operations import CannotGoOn

COMMANDS = {
    "backup": "cloudfunctions.operations.backup",
    "cloud": "cloudfunctions.operations.cloud",
    "doctor": "cloudfunctions.operations.doctor",
    "lock": "cloudfunctions.operations.locking",
    "migrate": "cloudfunctions.operations.migrate",
    "package": "cloudfunctions.operations.package",
    "restore": "cloudfunctions.operations.restore",
}
"""Each module has a `main(arguments) -> exit status`; it is imported when its command is given."""


def main(arguments: list[str]) -> int:
    """Carry out one command; what is wrong is said with the next step, exit status 1."""
    module = COMMANDS.get(arguments[0]) if arguments else None
    if module is None:
        print(f"usage: {' | '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return int(importlib.import_module(module).main(arguments[1:]))
    except CannotGoOn as stop:
        print(f"\n  Cannot go on: {stop.what}\n  Next: {stop.next_step}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
