"""`python -m cloudfunctions.duty`: sweep every second until told to stop."""

from __future__ import annotations

import os
import sys

from cloudfunctions.common.settings import Settings
from cloudfunctions.duty import rounds

if __name__ == "__main__":
    sys.exit(rounds.run(Settings.from_environment(os.environ)))
