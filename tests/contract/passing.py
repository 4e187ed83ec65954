"""Time that passes in one talk: its clocks are moved back, because nobody waits in a test."""

from __future__ import annotations

from typing import Any

from cloudfunctions.chat.holding import LEASE
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.service import sweep
from tests.support.people import Body

A_TIME = 10**12
"""Any whole number above it, in a conversation, is milliseconds since 1970."""


def sweep_now(resources: Resources) -> int:
    """A sweep of the test's own; the copy's own may come before it and leave nothing to do."""
    with resources.database.deadline(10):
        return sweep(resources).returned


def let_pass(
    resources: Resources, talk: str, minutes: float, *, polling: bool = True, swept: bool = True
) -> None:
    """Let `minutes` pass in `talk`; while `polling`, its holder kept renewing the lease."""
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        for _ in range(50):
            before = talks.find_one({"_id": talk})
            assert before is not None
            after = _moved(before, round(minutes * MINUTE))
            if polling and "claim" in after:
                after["claim"]["lease_until"] = resources.now() + LEASE
            guard = {"_id": talk, "version": before["version"]}
            if talks.replace_one(guard, after).modified_count == 1:
                break
        else:
            raise AssertionError("somebody else wrote it again and again")
    if swept:
        sweep_now(resources)


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, by) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    return value - by if isinstance(value, int) and value > A_TIME else value


def lose_lease(resources: Resources, talk: str) -> None:
    """Let the holder of `talk` have been silent for just over a minute."""
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        past = {"$set": {"claim.lease_until": resources.now() - 1}}
        assert talks.update_one({"_id": talk, "claim": {"$exists": True}}, past).modified_count == 1


def texts(messages: list[Body], sender: str = "system") -> list[str]:
    """What `sender` said, oldest first."""
    return [m["text"] for m in messages if m["from"] == sender]
