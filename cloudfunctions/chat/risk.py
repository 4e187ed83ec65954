"""A talk's level of risk over time: the machine raises it, only people lower it, all is kept.

`risk_events` of a conversation holds every change in the order in which it happened, written in the
same write as the change itself: {at, from, to, by, reason, seq, source?}. `by` is 'machine' or a
member of staff; `seq` is the message that was read so, or that a person says was read wrongly;
`source` says where else the words were written, if that was not in the talk. Where an owner of an
alert did nothing and lost it, that stands there too, from a level to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import nlp
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import alerts
from cloudfunctions.chat.conversation import Change, Outcome, newer, waiting_fields
from cloudfunctions.chat.holding import change_held
from cloudfunctions.chat.reading import HIGH, IMMINENT
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Forbidden
from cloudfunctions.common.resources import Resources

MACHINE = "machine"
MAY_LOWER = ("counsellor", "supervisor")


def raised(
    before: Document, assessment: nlp.Assessment, seq: int | None, at: int, *, source: str = ""
) -> Document:
    """Fields after the machine has read message `seq`: never lower than before.

    Args:
        source: where else the words were written ('story', 'mood'); they have no `seq` then.
    """
    risk = before["risk"]
    level = max(risk["level"], assessment.level)
    fields: Document = {
        "risk": {
            **risk,
            "level": level,
            "peak": max(risk["peak"], level),
            "types": sorted({*risk["types"], *assessment.types}),
            "at": at if assessment.level >= max(risk["level"], 1) else risk["at"],
        }
    }
    if level > risk["level"]:
        event = _event(at, risk["level"], level, MACHINE, assessment.model_version, seq)
        told = {**event, "source": source} if source else event
        fields["risk_events"] = [*before["risk_events"], told]
    return fields


def escalated(before: Document, level: int, now: int) -> Document:
    """Fields that put a talk of high risk into the counsellors' queue, or further up in it."""
    return called(before, level, now) if level >= HIGH else {}


def called(before: Document, level: int, now: int) -> Document:
    """Fields that let a talk wait for a person: a counsellor where the risk is high.

    Whom somebody holds need not wait, but where another was asked for as well, they come sooner.
    """
    if "claim" in before and "waiting" not in before:
        return {}
    tier = "counsellor" if level >= HIGH else before["tier"]
    return waiting_fields(before, tier, level, now)


def correct(
    resources: Resources, staff: Staff, conversation: str, level: int, reason: str, seq: int | None
) -> Outcome:
    """Set the level of a talk in hand as a person sees it, with the reason.

    Imminent danger raises the alert that words of it raise, once while one is open; also where the
    level stood there already and its alert was closed: then the danger is new.

    Args:
        seq: a message of the teen that was read wrongly; it then is a label to learn from.

    Raises:
        BadRequest: the reason is blank, or `seq` is no message of the teen.
        Forbidden: a listener may raise a level, not lower it.
        NotFound: absent, or not held by them.
    """
    if not reason.strip():
        raise BadRequest("请写下理由。", hint="一句话就好，督导会看到。")

    def decide(before: Document) -> Change | None:
        risk = before["risk"]
        if level < risk["level"] and staff.role not in MAY_LOWER:
            raise Forbidden(
                "降低风险等级要由咨询师或督导来做。", hint="可以转接给咨询师，并写下你的看法。"
            )
        if seq is not None and not _is_of_teen(resources, before, seq):
            raise BadRequest("没有找到这条消息。", hint="请在同学的消息上标记。")
        alarming = level == IMMINENT and not alerts.is_open(before, "risk")
        if level == risk["level"] and seq is None and not alarming:
            return None
        now = resources.now()
        changed = {**risk, "level": level, "peak": max(risk["peak"], level), "at": now}
        if level < risk["level"]:
            changed["lowered_by"] = staff.id
        if level < HIGH:
            changed["types"] = []
        tier = "counsellor" if level >= HIGH else before["tier"]
        # Where somebody was asked for beside the holder, the place in the queue follows.
        place = waiting_fields(before, tier, level, now) if "waiting" in before else {}
        event = _event(now, risk["level"], level, staff.id, reason.strip(), seq)
        fields = {
            **place,
            "risk": changed,
            "risk_events": [*before["risk_events"], event],
            "corrected_at": now,
            **alerts.acted(before, staff.id, now),
        }
        if alarming:
            fields |= alerts.raise_alert(resources, {**before, **fields}, "risk")
        return Change(fields=fields)

    return change_held(resources, staff.id, conversation, decide)


def alert_left(before: Document, idle: Mapping[str, str], at: int) -> Document:
    """Fields that keep in the history which owner lost which alert by doing nothing."""
    level = before["risk"]["level"]
    events = [
        _event(at, level, level, MACHINE, f"alert {alert} left by {owner}", None)
        for alert, owner in idle.items()
    ]
    return {"risk_events": [*before["risk_events"], *events]}


def _event(at: int, earlier: int, level: int, by: str, reason: str, seq: int | None) -> Document:
    return {"at": at, "from": earlier, "to": level, "by": by, "reason": reason, "seq": seq}


def _is_of_teen(resources: Resources, conversation: Document, seq: int) -> bool:
    found: Sequence[Document] = newer(resources.database, conversation, seq - 1, 1)
    return bool(found) and found[0]["seq"] == seq and found[0]["from"] == "teen"
