"""What happens when a clock of a talk strikes; `duty` calls it, as often and as late as it may.

All that is due in a talk happens in one guarded write, and leaves marks that stop its clocks.
"""

from __future__ import annotations

from cloudfunctions.account import presence
from cloudfunctions.chat import alerts, clocks, risk, store
from cloudfunctions.chat.conversation import Change, change, notice
from cloudfunctions.chat.handover import returned
from cloudfunctions.chat.holding import HELD
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.resources import Resources

AT_ONCE = 200
"""Talks that one sweep looks at; the next one goes on."""

ENDS_SOON = "还有大约十分钟。想先说哪一件都可以，没说完的，下次接着说。"
ARE_YOU_THERE = "你还在吗？不急，想好了再写。要是先去忙了也没关系。"
CLOSED_GENTLY = "这段话先替你放在这里。想说的时候随时回来，会有人接着听。"


def strike(resources: Resources) -> int:
    """Let every clock strike that is due; returns in how many talks something happened."""
    due = store.due(resources.database, resources.now(), AT_ONCE)
    return sum(_strike_one(resources, conversation) for conversation in due)


def _strike_one(resources: Resources, conversation: str) -> bool:
    holders: list[str] = []
    idle: set[str] = set()

    def decide(before: Document) -> Change | None:
        holders[:] = before.get("participants", [])
        now = resources.now()
        idle.clear()
        idle.update(alerts.idle_owners(before, now).values())
        return _due(resources, before, now)

    try:
        outcome = change(
            resources.database,
            conversation,
            lambda: store.by_id(resources.database, conversation),
            decide,
        )
    except NotFound:
        return False
    if outcome.changed and outcome.conversation["state"] == "closed":
        for holder in holders:
            presence.release(resources, holder, conversation)
    for owner in idle if outcome.changed else ():
        presence.tell_alert_lost(resources, owner, conversation)
    return outcome.changed


def _due(resources: Resources, before: Document, now: int) -> Change | None:
    """Return all that is due now as one change."""
    struck = {name for name, at in clocks.running(before).items() if at <= now}
    if not struck:
        return None
    fields = _alerts_due(resources, before, struck, now)
    if "gone" in struck:
        return _closed_gently(resources, {**before, **fields}, fields, now)
    messages: list[Document] = []
    gone: list[str] = []
    if "offer" in struck:
        back = returned(before, "没有回应", now)
        fields |= back.fields
        gone += back.gone
    if "length" in struck:
        fields["claim.warned"] = True
        if now < before["claim"]["at"] + clocks.LENGTH:
            # A sweep that comes too late says nothing rather than something untrue.
            messages.append(notice(resources, ENDS_SOON))
    if "still there" in struck:
        fields["clocks.asked"] = now
        messages.append(notice(resources, ARE_YOU_THERE))
    return Change(messages, fields, gone)


def _alerts_due(resources: Resources, before: Document, struck: set[str], now: int) -> Document:
    """Fields after alerts were raised, went one step up, or were taken from idle owners."""
    fields: Document = {}
    for name in ("silence", "answer"):
        if name in struck:
            fields |= alerts.raise_alert(resources, {**before, **fields}, name)
    if any(name.startswith("step ") for name in struck):
        fields |= alerts.stepped_up(resources, {**before, **fields})
    if idle := alerts.idle_owners(before, now):
        fields |= alerts.taken_from_idle(resources, {**before, **fields}, idle)
        fields |= risk.alert_left(before, idle, now)
    return fields


def _closed_gently(resources: Resources, talk: Document, fields: Document, now: int) -> Change:
    fields |= {"state": "closed", "closed_by": "silence", "closed_at": now}
    fields |= alerts.closed(talk, "duty", now, "silence")
    if "claim" in talk:
        holder, there = talk["claim"]["by"], talk["participants"]
        fields["last_holder"] = holder
        fields["write_up"] = {"by": holder, "at": now, "participants": there}
    return Change([notice(resources, CLOSED_GENTLY)], fields, [*HELD, "waiting"])
