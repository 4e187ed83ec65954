"""How the service stands, in a few lines for whoever is woken at 3 a.m."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cloudfunctions.chat.standing import Standing, standing
from cloudfunctions.common.resources import Resources

MINUTE = 60.0


def lines(resources: Resources, ready: Mapping[str, object]) -> Iterator[str]:
    """Yield what to read first: who waits, what is undelivered, how messages are read.

    Args:
        ready: what `/readyz` answered.
    """
    now = standing(resources)
    resources.database.close()
    if now is None:
        yield "queue      unknown: the database does not answer"
    else:
        yield from (f"queue      {_queue(now, tier)}" for tier in now.longest_wait)
        yield f"outbox     {_outbox(now)}"
        yield f"dead       {now.dead_letters} notices given up" + _look_at_desk(now)
    yield f"reader     {_reader(ready)}"


def _queue(now: Standing, tier: str) -> str:
    levels = {level: n for (queue, level), n in now.waiting.items() if queue == tier and n}
    if not levels:
        return f"{tier}: nobody waits"
    by_level = ", ".join(f"{n} at level {level}" for level, n in sorted(levels.items())[::-1])
    return f"{tier}: {by_level}; the first for {_time(now.longest_wait[tier])}"


def _outbox(now: Standing) -> str:
    if not now.undelivered:
        return "everything is delivered"
    return f"{now.undelivered} not delivered, the oldest for {_time(now.oldest_notice)}"


def _look_at_desk(now: Standing) -> str:
    return "; a supervisor sees them at the desk" if now.dead_letters else ""


def _reader(ready: Mapping[str, object]) -> str:
    state = ready.get("data")
    if not isinstance(state, Mapping):
        return "unknown: the service does not say"
    return "DEGRADED: the rules alone" if state["reader_degraded"] else "whole"


def _time(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min"
