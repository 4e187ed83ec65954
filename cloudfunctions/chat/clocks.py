"""The clocks of a talk: what is due when, read off the document alone.

Every guarded write puts the earliest of them into `due`, an index that exists only where something
is due, so `duty` finds what to do without looking at anything else. A clock that has struck leaves
its mark in the document, so it strikes once, however late or often the sweep comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.database import Document

ANSWER = (30 * MINUTE, 15 * MINUTE, 5 * MINUTE, 2 * MINUTE)
"""By level: how soon a person who was called, or who is there, should have answered."""
SILENCE = {2: 15 * MINUTE, 3: 5 * MINUTE}
"""By level: how long a teen may be silent after grave words before it is an alarm of its own."""
STEP = 2 * MINUTE
"""How long an alert waits for somebody before it goes one step up."""
LAST_STEP = 3
ALERT_STALE = 15 * MINUTE
"""How long an owner may do nothing in the talk before their alert goes on to others."""
LENGTH = 50 * MINUTE
"""How long a talk with a person lasts; told at its start."""
WARNED_BEFORE = 10 * MINUTE
STILL_THERE = 15 * MINUTE
"""After so long without a word from the teen, somebody asks kindly."""
GONE = 45 * MINUTE
"""After so long a calm talk with a person is closed gently."""
GONE_ALONE = 24 * HOUR
"""The same for a talk with the AI alone."""
HIGH = 2


def next_due(talk: Document) -> int | None:
    """Return when the next clock of an open talk strikes, in milliseconds since 1970."""
    return min(running(talk).values(), default=None)


def running(talk: Document) -> dict[str, int]:
    """Return every clock that runs, with the time at which it strikes."""
    if talk["state"] != "open":
        return dict(_alert_clocks(talk))
    return dict((*_alert_clocks(talk), *_answer(talk), *_silence(talk), *_talk_clocks(talk)))


def open_alerts(talk: Document) -> list[Document]:
    """Return the alerts that nobody has closed yet."""
    return [alert for alert in talk.get("alerts", []) if "closed_at" not in alert]


def _alert_clocks(talk: Document) -> Iterator[tuple[str, int]]:
    for alert in open_alerts(talk):
        if "owner" in alert:
            acted = talk.get("acted", {}).get(alert["owner"], 0)
            yield f"stale {alert['id']}", max(alert["owned_at"], acted) + ALERT_STALE
        elif alert["step"] < LAST_STEP:
            yield f"step {alert['id']}", alert["stepped_at"] + STEP


def _raised_since(talk: Document, kind: str, since: int) -> bool:
    return any(a["kind"] == kind and a["at"] >= since for a in talk.get("alerts", []))


def answer_due(talk: Document) -> int | None:
    """Return by when a person should have answered; None where nobody is waited for."""
    since = talk["clocks"].get("unanswered")
    if since is None or not ("waiting" in talk or "claim" in talk):
        return None
    return int(since) + ANSWER[talk["risk"]["level"]]


def ends_at(talk: Document) -> int | None:
    """Return until when a talk with a person lasts; None where nobody is there."""
    claim = talk.get("claim")
    return None if claim is None else int(claim["at"]) + LENGTH


def _answer(talk: Document) -> Iterator[tuple[str, int]]:
    due = answer_due(talk)
    if due is not None and not _raised_since(talk, "answer", talk["clocks"]["unanswered"]):
        yield "answer", due


def _silence(talk: Document) -> Iterator[tuple[str, int]]:
    level, last = talk["risk"]["level"], talk["clocks"]["teen_last"]
    if last < talk["clocks"]["opened"]:
        # Opened again for a follow-up: the silence of the days between is no news.
        return
    if level in SILENCE and not _raised_since(talk, "silence", last):
        yield "silence", last + SILENCE[level]


def _talk_clocks(talk: Document) -> Iterator[tuple[str, int]]:
    claim, clocks = talk.get("claim"), talk["clocks"]
    if "offer" in talk:
        yield "offer", talk["offer"]["expires_at"]
    last, calm = clocks["teen_last"], talk["risk"]["level"] < HIGH
    if claim is None:
        if calm and "waiting" not in talk:
            yield "gone", max(last, clocks["opened"]) + GONE_ALONE
        return
    if not claim.get("warned"):
        yield "length", claim["at"] + LENGTH - WARNED_BEFORE
    if clocks["staff_last"] > last:
        since = max(last, claim["at"])
        if clocks.get("asked", 0) < last or clocks.get("asked", 0) < claim["at"]:
            yield "still there", since + STILL_THERE
        elif calm:
            # Counted from the question too, so that a late sweep does not ask and close at once.
            yield "gone", max(since, clocks["asked"] - STILL_THERE) + GONE
