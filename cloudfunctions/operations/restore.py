"""`./deploy.sh restore FILE`: a backup into an empty database, while no service uses it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cloudfunctions.common.clock import CHINA, SECOND
from cloudfunctions.common.migrations import migrate
from cloudfunctions.operations import CannotGoOn, loading
from cloudfunctions.operations.reaching import reached, say
from cloudfunctions.operations.sealed_file import Damaged, NotOurs

KEYS = (
    "set MASTER_KEY and SECRET_KEY to what they were when it was made; on one machine copy "
    "master.key and secret.key of that data folder into this one"
)


def main(arguments: list[str]) -> int:
    """Write everything of the file into the database, and bring it to the present schema."""
    if len(arguments) != 1:
        raise CannotGoOn("restore takes one argument", "./deploy.sh restore FILE")
    path = Path(arguments[0])
    if not path.is_file():
        raise CannotGoOn(f"there is no file {path}", "./deploy.sh restore FILE")
    try:
        with path.open("rb") as file, reached(alone=True) as resources:
            at, done = loading.load(resources, file, say)
            migrate(resources.database, tell=say)
    except NotOurs as error:
        raise CannotGoOn(f"{error}; nothing was written", KEYS) from None
    except Damaged as error:
        what = f"the file is not whole: {error}; nothing was written"
        raise CannotGoOn(what, "take another copy of it, or an older backup") from None
    when = datetime.fromtimestamp(at / SECOND, CHINA).strftime("%Y-%m-%d %H:%M")
    say(f"restored {done.counts.total()} documents of {when} (China)")
    if done.left_out:
        say(f"{done.left_out} that came into being while the backup was made were left out")
    say("What teens erased after that time is back: erase it again before anyone comes in.")
    return 0
