"""What `doctor` looks at, and the shape in which it says what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cloudfunctions.common.clock import Clock

Gravity = Literal["grave", "warning", "hint"]
GRAVITIES: tuple[str, ...] = get_args(Gravity)


@dataclass(frozen=True)
class Finding:
    """One thing that is missing or unsafe.

    Attributes:
        code: for machines; never changes.
        what: what it is, without any value of a secret.
        next_step: what to do about it.
    """

    code: str
    gravity: Gravity
    what: str
    next_step: str


@dataclass(frozen=True)
class Patient:
    """A deployment, as far as it can be seen from here.

    Attributes:
        environment: its settings.
        data: its data folder on this machine; None where it runs elsewhere.
        address: where it answers, '' if that is not known.
        now: this machine's clock.
        made_at_start: settings that `./deploy.sh` makes up or chooses where they are not set.
    """

    environment: Mapping[str, str]
    data: Path | None
    address: str
    now: Clock
    made_at_start: frozenset[str] = frozenset()

    @property
    def production(self) -> bool:
        """Whether it says that real teens come to it."""
        return self.environment.get("NUANXIN_ENV") == "production"

    def graver(self) -> Gravity:
        """How bad a thing is that may be so where people only try things out."""
        return "grave" if self.production else "hint"
