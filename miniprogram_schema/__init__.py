"""What the drawn pages rest on: data sources, blocks, and the check of a page, as commands.

The documents in `cals/` that say "generated" come from here. The service reads those documents and
never this package, so a cloud function carries some JSON and no second copy of the registry.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CALS = FOLDER / "cals"
COMPONENTS = FOLDER / "components"
