"""`./deploy.sh migrate`: bring the documents of this environment's database to our schema."""

from __future__ import annotations

from cloudfunctions.common.migrations import migrate
from cloudfunctions.operations import CannotGoOn
from cloudfunctions.operations.reaching import reached, say


def main(arguments: list[str]) -> int:
    """Do what is left to do; running it twice, or two at once, does no harm."""
    if arguments:
        raise CannotGoOn("migrate takes no argument", "./deploy.sh migrate")
    with reached() as resources:
        number = migrate(resources.database, tell=say)
    say(f"schema {number}: nothing is left to do")
    return 0
