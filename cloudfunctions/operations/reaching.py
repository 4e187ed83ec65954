"""The database of this environment, for a command: reached, and its faults said in words.

It is the one of MONGODB_URI, or the embedded one of DATA_DIR, which is started for the while if
nothing runs there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from pymongo.errors import PyMongoError

from cloudfunctions.common.database import SchemaUnfit
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import SettingsError
from cloudfunctions.local import stack
from cloudfunctions.local.place import Place
from cloudfunctions.operations import CannotGoOn


def say(words: str) -> None:
    """Tell the person at the terminal what happens, as it happens."""
    stack.say(words)


@contextlib.contextmanager
def reached(*, alone: bool = False) -> Iterator[Resources]:
    """Yield what talks to the database; `alone` refuses while the service runs in DATA_DIR.

    Raises:
        CannotGoOn: the settings do not do, or the database cannot be reached or used.
    """
    try:
        place = Place.from_environment(os.environ)
        with stack.opened(place, alone=alone) as environment:
            resources = stack.resources_of(environment)
            with contextlib.closing(resources.database):
                yield resources
    except PyMongoError as error:
        raise CannotGoOn(
            f"the database does not answer ({type(error).__name__})",
            "see that it runs and that MONGODB_URI is right, then run the same command again",
        ) from None
    except stack.CannotStartError as error:
        what, _, following = str(error).partition("\n  Next: ")
        raise CannotGoOn(what, following or "see above") from None
    except SchemaUnfit as error:
        raise CannotGoOn(str(error), "run the version of this project that fits it") from None
    except (SettingsError, ValueError) as error:
        raise CannotGoOn(str(error), "set it, then run the same command again") from None
