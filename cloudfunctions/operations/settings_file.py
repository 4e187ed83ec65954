"""A deployment's environment in a file: `NAME=value` lines, for the owner's eyes only.

The one way in which secrets come to `cloud` and `doctor`: never on a command line, where every
user of the machine sees them, and never in what is printed.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from cloudfunctions.operations import CannotGoOn

NAME = re.compile(r"[A-Z][A-Z0-9_]*\Z")


def read(path: Path) -> dict[str, str]:
    """Return the settings of a file; empty lines and lines with # before them are left out.

    Raises:
        CannotGoOn: it is not there, others can read it, or a line is not `NAME=value`.
    """
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except (OSError, ValueError):
        raise CannotGoOn(
            f"there is no settings file {path} that can be read",
            "write one, NAME=value a line, with the variables of README.md; then chmod 600",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise CannotGoOn(f"others can read {path}, and secrets stand in it", f"chmod 600 {path}")
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        # These would break the configuration that tcb puts the value into, or cut it off there.
        if not sign or not NAME.match(name) or re.search(r"[\"'\\{}#\x00-\x1f]", value):
            raise CannotGoOn(
                f"line {number} of {path} is not NAME=value",
                "write it without spaces around =, and the value without quotes, \\, # and braces",
            )
        found[name] = value.strip()
    return found
