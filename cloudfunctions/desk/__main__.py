"""`python -m cloudfunctions.desk export FILE [--since YYYY-MM-DD]`: labels to learn from.

Writes one JSON line for each judgement of a person on a talk whose teen agreed to it; the file is
what `python -m nlp train --more` and `evaluate --more` read. Nothing else leaves the database.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from pymongo.errors import PyMongoError

from cloudfunctions.chat.labels import labelled_lines
from cloudfunctions.chat.store import INDEXES
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings, SettingsError

TOLD_EVERY = 1_000


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit status 1 with the next step where it cannot."""
    parser = argparse.ArgumentParser(prog="python -m cloudfunctions.desk", description=__doc__)
    commands = parser.add_subparsers(required=True)
    exporting = commands.add_parser("export", help="labels to learn from, as JSONL")
    exporting.add_argument("file", type=Path)
    exporting.add_argument("--since", default="1970-01-01", help="judgements from this day (UTC)")
    chosen = parser.parse_args(arguments)
    since = datetime.strptime(chosen.since, "%Y-%m-%d").replace(tzinfo=timezone.utc)
    try:
        resources = Resources.build(Settings.from_environment(os.environ), INDEXES)
    except SettingsError as error:
        print(f"Cannot export: {error}", file=sys.stderr)
        return 1
    try:
        count = _write(resources, int(since.timestamp() * 1000), chosen.file)
    except PyMongoError as error:
        print(f"The database does not answer ({type(error).__name__}).", file=sys.stderr)
        print("Next: is MONGODB_URI right? Nothing was written.", file=sys.stderr)
        return 1
    finally:
        resources.database.close()
    print(f"{count} lines in {chosen.file}")
    return 0


def _write(resources: Resources, since: int, path: Path) -> int:
    """Write the lines; the file appears when it is whole."""
    fresh = path.with_name(path.name + ".part")
    count = 0
    with fresh.open("w", encoding="utf-8") as file:
        for line in labelled_lines(resources, since):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
            if count % TOLD_EVERY == 0:
                print(f"{count} lines", flush=True)
    fresh.rename(path)
    return count


if __name__ == "__main__":
    sys.exit(main())
