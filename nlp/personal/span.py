"""What a search answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = (
    "phone", "landline", "id_number", "qq", "wechat", "email", "link", "address", "school", "name",
    "account",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text and what stands there (one of `KINDS`)."""

    start: int
    end: int
    kind: str
