"""Bringing the service to where it runs: what is packed, deployed, looked after and kept.

Nothing that runs in the cloud imports this package (import-linter holds it); it is for whoever
stands at a terminal, by `./deploy.sh` or `python -m cloudfunctions.operations COMMAND`.
"""

from __future__ import annotations


class CannotGoOn(Exception):
    """Raised when a command has to stop; says what is wrong, and what to do next."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
