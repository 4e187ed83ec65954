"""Alerts: what somebody has to look at, owned by a person until it is closed.

An alert is part of its talk and is written with what raised it: {id, kind, level, at, step,
stepped_at, owner?, owned_at?, closed_at?, closed_by?, reason?}. Kinds: 'risk' (words of danger),
'silence' (none after them), 'answer' (nobody answers in time). While nobody owns it, it goes one
step up every two minutes: on-call counsellors, supervisors, everybody. With each step a notice to
the outside is put into `outbox` in the same write; `duty` delivers it at least once.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence

from cloudfunctions.account.service import Staff
from cloudfunctions.chat import clocks, store
from cloudfunctions.chat.conversation import Change, Outcome, change
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources

FIRST_STEP = {"risk": 1, "silence": 1, "answer": 2}
"""An answer that is late is the supervisors' business from the start."""
MAY_OWN = ("counsellor", "supervisor")


def raise_alert(resources: Resources, talk: Document, kind: str) -> Document:
    """Fields that add an alert; whoever holds the talk owns it from the start."""
    earlier, at = talk.get("alerts", []), resources.now()
    alert: Document = {
        "id": f"{kind}{len(earlier) + 1}",
        "kind": kind,
        "level": talk["risk"]["level"],
        "at": at,
        "step": FIRST_STEP[kind],
        "stepped_at": at,
    }
    holder = talk.get("claim", {}).get("by")
    if holder is not None and kind != "answer":
        alert |= {"owner": holder, "owned_at": at}
    return {**_marked([*earlier, alert]), **_posted(resources, talk, alert)}


def is_open(talk: Document, kind: str) -> bool:
    """Whether an alert of this kind still waits for its end."""
    return any(alert["kind"] == kind for alert in clocks.open_alerts(talk))


def stepped_up(resources: Resources, talk: Document) -> Document:
    """Fields after every alert that nobody owns and that waited long enough went one step up."""
    fields: Document = {}
    alerts: list[Document] = []
    at = resources.now()
    for alert in talk.get("alerts", []):
        if _waits(alert) and alert["stepped_at"] + clocks.STEP <= at:
            alert = {**alert, "step": alert["step"] + 1, "stepped_at": at}
            fields |= _posted(resources, {**talk, **fields}, alert)
        alerts.append(alert)
    return {**fields, **_marked(alerts)}


def _waits(alert: Document) -> bool:
    free = "closed_at" not in alert and "owner" not in alert
    return free and alert["step"] < clocks.LAST_STEP


def owned_by(talk: Document, staff: str, at: int) -> Document:
    """Fields after `staff` took every alert of the talk that nobody owns."""
    return _each_open(talk, lambda a: a if "owner" in a else {**a, "owner": staff, "owned_at": at})


def given_up_by(talk: Document, staff: str, at: int) -> Document:
    """Fields after `staff` left: what they owned is nobody's again and waits anew."""

    def freed(alert: Document) -> Document:
        if alert.get("owner") != staff:
            return alert
        kept = {name: value for name, value in alert.items() if name not in ("owner", "owned_at")}
        return {**kept, "stepped_at": at}

    return _each_open(talk, freed)


def passed_on(talk: Document, staff: str, at: int) -> Document:
    """Fields after `staff` took the talk: theirs is what its last holder or nobody owned."""
    claim = talk.get("claim")
    freed = {} if claim is None else given_up_by(talk, claim["by"], at)
    return {**freed, **owned_by({**talk, **freed}, staff, at)}


def closed(talk: Document, staff: str, at: int, reason: str) -> Document:
    """Fields after the talk ended with `staff`: every alert of it is closed."""
    end = {"closed_at": at, "closed_by": staff, "reason": reason}
    return _each_open(talk, lambda alert: {**alert, **end})


def _each_open(talk: Document, altered: Callable[[Document], Document]) -> Document:
    if not clocks.open_alerts(talk):
        return {}
    return _marked([a if "closed_at" in a else altered(a) for a in talk["alerts"]])


def _marked(alerts: Sequence[Document]) -> Document:
    """`alarmed` is the time of the oldest open alert, or None: by it the desk finds open ones."""
    times = [alert["at"] for alert in alerts if "closed_at" not in alert]
    return {"alerts": list(alerts), "alarmed": min(times, default=None)}


def _posted(resources: Resources, talk: Document, alert: Document) -> Document:
    """Fields that post a notice of this step; its key lets a receiver drop doubles."""
    if not resources.notifier.outside:
        return {}
    at = alert["stepped_at"]
    notice = {
        "key": f"{talk['_id']}:{alert['id']}:{alert['step']}",
        "kind": alert["kind"],
        "level": alert["level"],
        "step": alert["step"],
        "at": at,
        "tries": 0,
        "next_try": at,
    }
    return {"outbox": [*talk.get("outbox", []), notice], "outbox_at": at}


def acknowledge(resources: Resources, staff: Staff, conversation: str, alert: str) -> Outcome:
    """Own an alert: from now on it is this member's until it is closed.

    Raises:
        Conflict: somebody else owns it already.
        NotFound: there is no such open alert, or the caller may not own any.
    """

    def decide(before: Document) -> Change | None:
        found = _find(before, alert)
        if found.get("owner") == staff.id:
            return None
        if "owner" in found:
            raise Conflict("已经有人在处理了。", hint="看看列表里下一条。")
        now = resources.now()
        taken = {**found, "owner": staff.id, "owned_at": now}
        return Change(fields=_replaced(before, taken))

    return _change_alarmed(resources, staff, conversation, decide)


def close(
    resources: Resources, staff: Staff, conversation: str, alert: str, reason: str
) -> Outcome:
    """Close an alert with what was done; its owner may, and any supervisor.

    Raises:
        BadRequest: no reason.
        Conflict: it is somebody else's.
        NotFound: there is no such open alert, or the caller may not own any.
    """
    if not reason.strip():
        raise BadRequest("请写下做了什么。", hint="一句话就好。")

    def decide(before: Document) -> Change | None:
        found = _find(before, alert)
        if found.get("owner") != staff.id and staff.role != "supervisor":
            raise Conflict("这条提醒不在你手上。", hint="先点“我来处理”。")
        end = {"closed_at": resources.now(), "closed_by": staff.id, "reason": reason.strip()}
        return Change(fields=_replaced(before, {**found, **end}))

    return _change_alarmed(resources, staff, conversation, decide)


def give_up_all(resources: Resources, staff: str) -> None:
    """Free every alert of a member who has gone: nobody else could own what stays theirs."""
    for conversation in store.alarmed_of(resources.database, staff):
        with contextlib.suppress(NotFound):
            change(
                resources.database,
                conversation,
                functools.partial(store.access_as_on_call, resources.database, conversation),
                lambda before: Change(fields=given_up_by(before, staff, resources.now())),
            )


def _change_alarmed(
    resources: Resources,
    staff: Staff,
    conversation: str,
    decide: Callable[[Document], Change | None],
) -> Outcome:
    if staff.role not in MAY_OWN:
        raise NotFound
    return change(
        resources.database,
        conversation,
        lambda: store.access_as_on_call(resources.database, conversation),
        decide,
    )


def _find(talk: Document, alert: str) -> Document:
    for one in clocks.open_alerts(talk):
        if one["id"] == alert:
            return one
    raise NotFound


def _replaced(talk: Document, alert: Document) -> Document:
    return _marked([alert if one["id"] == alert["id"] else one for one in talk["alerts"]])


def open_for(resources: Resources, staff: Staff, on_call: frozenset[int]) -> list[Document]:
    """Return heads of talks with alerts that this member should see, the oldest alert first.

    A supervisor sees all; a counsellor their own, and those of the steps they are on call for.
    """
    if staff.role not in MAY_OWN:
        return []
    found = store.alarmed(resources.database, 100)
    return [
        head
        for head in found
        if any(seen_by(one, staff, on_call) for one in clocks.open_alerts(head))
    ]


def seen_by(alert: Document, staff: Staff, on_call: frozenset[int]) -> bool:
    """Whether this member should see an open alert."""
    if staff.role == "supervisor" or alert.get("owner") == staff.id:
        return True
    steps = range(FIRST_STEP[alert["kind"]], alert["step"] + 1)
    return "owner" not in alert and not on_call.isdisjoint(steps)
