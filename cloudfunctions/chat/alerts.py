"""Alerts: what somebody has to look at, owned by a person until it is closed.

An alert is part of its talk and is written with what raised it: {id, kind, level, at, step,
stepped_at, owner?, owned_at?, left?: [{by, at}], closed_at?, closed_by?, reason?}. Kinds: 'risk'
(danger, in words or seen by a person), 'silence' (none after them), 'answer' (nobody answers in
time). While nobody owns it, it goes one step up every two minutes: on-call counsellors,
supervisors, everybody. An owner who does nothing in the talk for `ALERT_STALE` loses it, and it
goes one step up likewise; `acted` {member: time} of the talk tells when each owner last did
something. With each step a notice to the outside is put into `outbox` in the same write; `duty`
delivers it at least once.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Sequence

from cloudfunctions.account.service import Staff
from cloudfunctions.chat import calling, clocks, outside, store
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


def idle_owners(talk: Document, at: int) -> dict[str, str]:
    """Who is to lose an open alert now because they did nothing for too long, by its id."""
    struck = {name for name, due in clocks.running(talk).items() if due <= at}
    found = clocks.open_alerts(talk)
    return {one["id"]: one["owner"] for one in found if f"stale {one['id']}" in struck}


def taken_from_idle(resources: Resources, talk: Document, idle: Collection[str]) -> Document:
    """Fields after the alerts with these ids went from owners who do nothing one step up."""
    fields: Document = {}
    alerts: list[Document] = []
    at = resources.now()
    for alert in talk["alerts"]:
        if alert["id"] in idle:
            alert = _left(alert, at)
            fields |= _posted(resources, {**talk, **fields}, alert)
        alerts.append(alert)
    return {**fields, **_marked(alerts)}


def _left(alert: Document, at: int) -> Document:
    step = min(alert["step"] + 1, clocks.LAST_STEP)
    left = [*alert.get("left", []), {"by": alert["owner"], "at": at}]
    return {**_freed(alert), "step": step, "stepped_at": at, "left": left}


def _freed(alert: Document) -> Document:
    return {name: value for name, value in alert.items() if name not in ("owner", "owned_at")}


def offer_gone(before: Document, fields: Document) -> list[str]:
    """The offer, if who made it may no longer give the talk away after these `fields`."""
    after = {**before, **fields}
    giver = after.get("offer", {}).get("by")
    if giver is None or giver == after.get("claim", {}).get("by") or is_owner(after, giver):
        return []
    return ["offer"]


def acted(talk: Document, staff: str, at: int) -> Document:
    """Fields that note that `staff` did something in the talk, if an alert of it is theirs."""
    if not is_owner(talk, staff):
        return {}
    return {"acted": {**talk.get("acted", {}), staff: at}}


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
        return {**_freed(alert), "stepped_at": at}

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
    """`alarmed` is the time of the oldest open alert, or None: by it the desk finds open ones.

    `owners` are who owns one of them, or None: they find the talk by it, and may open it so long.
    """
    found = [alert for alert in alerts if "closed_at" not in alert]
    owners = sorted({alert["owner"] for alert in found if "owner" in alert})
    times = [alert["at"] for alert in found]
    return {
        "alerts": list(alerts),
        "alarmed": min(times, default=None),
        "owners": owners or None,
    }


def is_owner(talk: Document, staff: str) -> bool:
    """Whether an open alert of the talk is theirs."""
    return any(alert.get("owner") == staff for alert in clocks.open_alerts(talk))


def _posted(resources: Resources, talk: Document, alert: Document) -> Document:
    """Fields that post a notice of this step by every way; its key lets a receiver drop doubles.

    Whoever loses an alert that has reached everybody already makes it news again: `:n` tells apart
    how often it was left.
    """
    at, times = alert["stepped_at"], len(alert.get("left", []))
    again = f":{times}" if times else ""
    notice = {
        "key": f"{talk['_id']}:{alert['id']}:{alert['step']}{again}",
        "kind": alert["kind"],
        "level": alert["level"],
        "step": alert["step"],
        "at": at,
        "tries": 0,
        "next_try": at,
    }
    posted: list[Document] = [notice] if resources.notifier.outside else []
    if calling.template_of(resources):
        posted.append({**notice, "key": f"{notice['key']}:w", "way": outside.WECHAT})
    return outside.with_times([*talk.get("outbox", []), *posted]) if posted else {}


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
        fields = _replaced(before, {**found, **end})
        return Change(fields=fields, gone=offer_gone(before, fields))

    return _change_alarmed(resources, staff, conversation, decide)


def give_up_all(resources: Resources, staff: str) -> None:
    """Free every alert of a member who has gone: nobody else could own what stays theirs."""
    for head in owned_heads(resources, staff):
        conversation = head["_id"]
        with contextlib.suppress(NotFound):
            change(
                resources.database,
                conversation,
                functools.partial(store.access_as_on_call, resources.database, conversation),
                functools.partial(_given_up, resources, staff),
            )


def _given_up(resources: Resources, staff: str, before: Document) -> Change:
    fields = given_up_by(before, staff, resources.now())
    return Change(fields=fields, gone=offer_gone(before, fields))


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


def owned_heads(resources: Resources, staff: str) -> list[Document]:
    """Return heads of the talks with an open alert that is theirs."""
    return store.alarmed_of(resources.database, staff)


def open_for(resources: Resources, staff: Staff, on_call: frozenset[int]) -> list[Document]:
    """Return heads of talks with alerts that this member should see, the oldest alert first.

    A supervisor sees all, a counsellor those of the steps they are on call for; whoever owns one,
    a listener who holds a talk too, sees it however many others there are.
    """
    found = owned_heads(resources, staff.id)
    if staff.role in MAY_OWN:
        own = {head["_id"] for head in found}
        others = store.alarmed(resources.database, 100)
        found += [head for head in others if head["_id"] not in own]
    seen = [
        head
        for head in found
        if any(seen_by(one, staff, on_call) for one in clocks.open_alerts(head))
    ]
    return sorted(seen, key=lambda head: int(head["alarmed"]))


def seen_by(alert: Document, staff: Staff, on_call: frozenset[int]) -> bool:
    """Whether this member should see an open alert."""
    if staff.role == "supervisor" or alert.get("owner") == staff.id:
        return True
    if staff.role not in MAY_OWN:
        return False
    steps = range(FIRST_STEP[alert["kind"]], alert["step"] + 1)
    return "owner" not in alert and not on_call.isdisjoint(steps)
