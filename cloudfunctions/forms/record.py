"""What the rules of answers share: how an answer is sealed, named, and cleared away."""

from __future__ import annotations

import msgspec

from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import store
from cloudfunctions.forms.definition import Value

OVER = ("refused", "withdrawn")


def bound(answer: str) -> str:
    """The place that an answer's values are sealed for."""
    return f"form/{answer}/values"


def as_text(values: dict[str, Value]) -> str:
    """The values as they are sealed; sorted, so that the same answer is the same text."""
    return msgspec.json.encode(values, order="deterministic").decode()


def opened(resources: Resources, found: Document) -> str:
    """Return what `as_text` gave.

    Raises:
        Unreadable: it was damaged, or the key is not at hand.
    """
    return resources.vault.open(found["who"], bound(found["_id"]), found["values"])


def form_key(found: Document) -> str:
    """The form that an answer belongs to."""
    return f"{found['page']}:{found['form']}"


def clear(resources: Resources, found: Document) -> None:
    """Leave nothing of an answer that is over, unless a worry of it still has to be carried."""
    store.drop_pictures(resources.database, found["_id"])
    store.wipe(resources.database, found["_id"])
