"""`python -m cloudfunctions.pages seed`: put the pages that we ship into the database.

One machine does so at every start; a deployment elsewhere runs this once after each update.
"""

from __future__ import annotations

import os
import sys

from cloudfunctions.account.store import INDEXES as ACCOUNT_INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings, SettingsError
from cloudfunctions.pages import shipped
from cloudfunctions.pages.store import INDEXES

SECONDS = 60.0


def main(arguments: list[str]) -> int:
    """Carry out the one command."""
    if arguments != ["seed"]:
        print("usage: seed", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(f"  Cannot go on: {error}", file=sys.stderr)
        return 1
    resources = Resources.build(settings, {**ACCOUNT_INDEXES, **INDEXES})
    with resources.database.deadline(SECONDS):
        resources.database.prepare()
        print(f"  pages: {', '.join(shipped.seed(resources)) or 'nothing new'}")
    resources.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
