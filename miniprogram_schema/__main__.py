"""`python -m miniprogram_schema data-source | blocks | check FILE… | build`."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from miniprogram_schema import CALS, COMPONENTS

USAGE = "usage: data-source [--print] | blocks [--print] | check FILE… | build …"


def data_source() -> dict[str, Any]:
    """Return the data source as the registry has it now."""
    from cloudfunctions.app import REGISTRY
    from miniprogram_schema import data_source

    return data_source.document(REGISTRY.actions.values())


def blocks() -> dict[str, Any]:
    """Return the blocks as their folders have them now."""
    from miniprogram_schema import blocks

    return blocks.document(COMPONENTS)


def as_text(document: object) -> str:
    """Return a generated document as it is written."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


GENERATED = {
    "data-source": (data_source, CALS / "data_source.json"),
    "blocks": (blocks, CALS / "blocks.json"),
}


def generate(name: str, options: Sequence[str]) -> int:
    """Write a generated document, or print it."""
    make, path = GENERATED[name]
    text = as_text(make())
    if "--print" in options:
        print(text, end="")
    else:
        path.write_text(text, "utf-8")
        print(f"  {path.name}: {len(text.encode()):,} bytes")
    return 0


def check(files: Sequence[str]) -> int:
    """Check page files; exit status 1 if one has a fault."""
    from cloudfunctions.pages.checking import faults_of

    found = 0
    for name in files:
        try:
            content = json.loads(Path(name).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            print(f"{name}: {error}")
            found += 1
            continue
        for fault in faults_of(content):
            print(f"{name}: {fault.path}: {fault.reason}")
            found += 1
    print(f"{len(files)} files, {found} faults")
    return 1 if found else 0


def main(arguments: Sequence[str]) -> int:
    """Carry out one command."""
    match arguments:
        case [("data-source" | "blocks") as name, *options]:
            return generate(name, options)
        case ["check", _, *_]:
            return check(arguments[1:])
        case ["build", *options]:
            return int(importlib.import_module("miniprogram_schema.build").main(options))
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
