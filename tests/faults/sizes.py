"""How large a run is: `FAULTS=larger` asks for the figures that the catalogue names."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

LARGER = os.environ.get("FAULTS") == "larger"


def sized(small: T, larger: T) -> T:
    """`small` in the suite, `larger` where the catalogue's own figures are wanted."""
    return larger if LARGER else small
