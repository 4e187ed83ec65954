"""The rules of the desk.

Whoever calls is looked up first, so that a dismissal works at once. Every poll is a sign of life:
it keeps the leases of all talks in hand.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass

from cloudfunctions.account import presence
from cloudfunctions.account import service as account
from cloudfunctions.account.service import Staff, staff_member
from cloudfunctions.chat import (
    alerts,
    brought,
    calling,
    cards,
    clocks,
    closing,
    handover,
    holding,
    notices,
    outbox,
    queue,
    risk,
)
from cloudfunctions.chat.conversation import (
    Change,
    message_with,
    newer,
    older,
    replay,
    stamped,
)
from cloudfunctions.chat.views import PAGE, Message, Older, has_more, message, messages
from cloudfunctions.common import metrics
from cloudfunctions.common.changes import QUEUE
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.payload import encode
from cloudfunctions.common.resources import Resources
from cloudfunctions.desk import views


@dataclass(frozen=True)
class Desk:
    """One call at the desk: who makes it and what it works with."""

    resources: Resources
    staff: Staff


def arrive(resources: Resources, caller: Caller) -> Desk:
    """Look the caller up and note that they are here.

    Raises:
        Unauthenticated: dismissed, or of another role by now.
    """
    desk = Desk(resources, staff_member(resources, caller))
    presence.seen(resources, desk.staff)
    return desk


def set_status(
    desk: Desk, status: str, skills: list[str] | None, automatic: bool | None
) -> views.MeAnswer:
    """Set whether the member takes talks, and how; None leaves a thing as it was."""
    wishes = {"skills": skills, "automatic": automatic}
    said = {name: value for name, value in wishes.items() if value is not None}
    presence.set_status(desk.resources, desk.staff, status, said)
    return views.MeAnswer(_me(desk))


def _me(desk: Desk) -> views.Me:
    current = presence.of(desk.resources, desk.staff)
    return views.Me(
        id=desk.staff.id,
        role=desk.staff.role,
        name=desk.staff.own_name,
        status=current["status"],
        talks=len(current["talks"]),
        load=current["load"],
        limit=presence.LIMIT[desk.staff.role],
        skills=current["skills"],
        automatic=current["automatic"],
        lost=[one["id"] for one in current["lost"] if "what" not in one],
        lost_alerts=[one["id"] for one in current["lost"] if one.get("what") == "alert"],
        notice=_notice(desk),
    )


def _notice(desk: Desk) -> str:
    if desk.staff.role not in alerts.MAY_OWN:
        return ""
    return calling.wanted(desk.resources, desk.staff.id)


def read_queue(desk: Desk) -> views.Queue:
    """How many wait in each tier, and whom the member may take."""
    lengths = queue.lengths(desk.resources)
    heads = [views.head(one) for one in queue.heads(desk.resources, desk.staff.role)]
    return views.Queue(lengths["listener"], lengths["counsellor"], heads)


def take_next(desk: Desk) -> views.NextAnswer:
    """Claim the most urgent talk."""
    claimed = queue.claim_next(desk.resources, desk.staff)
    if claimed is None:
        return views.NextAnswer(None, [], more=False)
    shown = _inside(desk, claimed)
    return views.NextAnswer(_talk(desk, claimed), shown, more=False)


def poll(
    desk: Desk, conversation: str | None, after: int, version: str, wait: int
) -> views.PollAnswer:
    """Return the desk at once if it differs from what the caller holds, else wait for that."""
    found: list[views.PollAnswer] = []

    def look() -> bool:
        with desk.resources.database.deadline():
            # Looked up at every wake-up: who is dismissed while waiting hears nothing more.
            staff_member(desk.resources, Caller(desk.staff.id, desk.staff.role))
            holding.renew(desk.resources, desk.staff.id)
            _take_automatically(desk)
            current = _whole(desk, conversation, after)
        found[:] = [current]
        return current.version != version or bool(current.messages)

    with desk.resources.database.deadline():
        keys = {head["_id"] for head in holding.heads_held(desk.resources, desk.staff.id)}
        keys |= {head["_id"] for head in alerts.owned_heads(desk.resources, desk.staff.id)}
    desk.resources.hub.until([QUEUE, desk.staff.id, *keys], wait, look)
    return found[0]


def _take_automatically(desk: Desk) -> None:
    """Take the next talk for a member who wished for that, as soon as there is one and room."""
    current = presence.of(desk.resources, desk.staff)
    if not current["automatic"] or current["status"] != "available":
        return
    with contextlib.suppress(Conflict):
        queue.claim_next(desk.resources, desk.staff)


def _whole(desk: Desk, conversation: str | None, after: int) -> views.PollAnswer:
    answer = views.PollAnswer(
        me=_me(desk),
        queue=read_queue(desk),
        talks=[views.head(one) for one in holding.heads_held(desk.resources, desk.staff.id)],
        alerts=read_alerts(desk),
        offers=[views.offer(head) for head in handover.offers_to(desk.resources, desk.staff.id)],
        write_ups=read_write_ups(desk),
        letters=_letter_count(desk),
        version="",
        conversation=None,
        messages=[],
        more=False,
    )
    answer.version = hashlib.sha256(encode(answer)).hexdigest()[:16]
    mine = {one.id for one in answer.talks}
    mine |= {one.conversation for one in answer.alerts if one.mine}
    if conversation not in mine:
        return answer
    try:
        _open(desk, answer, conversation, after)
    except NotFound:
        # It ended or was lost while this was being read: the lists have to say so too.
        return _whole(desk, None, after)
    return answer


def _open(desk: Desk, answer: views.PollAnswer, conversation: str, after: int) -> None:
    opened = holding.held(desk.resources, desk.staff.id, conversation)
    found = newer(desk.resources.database, opened, after, PAGE)
    answer.conversation = _talk(desk, opened)
    answer.messages = messages(found, for_staff=True)
    answer.more = has_more(opened, after, found)


def _talk(desk: Desk, conversation: Document) -> views.Talk:
    return views.talk(conversation, desk.staff.id, brought.of_talk(desk.resources, conversation))


def _inside(desk: Desk, conversation: Document) -> list[Message]:
    """The newest messages of a talk: those that stand in the document itself."""
    found = newer(desk.resources.database, conversation, conversation["first"] - 1, PAGE)
    return messages(found, for_staff=True)


def history(desk: Desk, conversation: str, before: int) -> Older:
    """Read a held talk further back."""
    held = holding.held(desk.resources, desk.staff.id, conversation)
    return older(desk.resources, held, before, for_staff=True)


def send(desk: Desk, conversation: str, cid: str, text: str, after: int) -> views.SentAnswer:
    """Say something to the teen."""
    if not text.strip():
        raise BadRequest("这条消息是空的。", hint="写点什么再发。")
    return _say(desk, conversation, cid, text, after)


def send_card(
    desk: Desk, conversation: str, cid: str, exercise: cards.Exercise, after: int
) -> views.SentAnswer:
    """Send an exercise with its fixed words."""
    return _say(desk, conversation, cid, cards.WORDS[exercise], after, exercise)


def _say(
    desk: Desk,
    conversation: str,
    cid: str,
    text: str,
    after: int,
    exercise: cards.Exercise | None = None,
) -> views.SentAnswer:
    speaker = holding.SPEAKER[desk.staff.role]
    asked: list[int] = []

    def decide(before: Document) -> Change | None:
        asked[:] = [before["clocks"].get("unanswered") or 0]
        found = replay(desk.resources, before, cid, text, speaker)
        if found is not None:
            if found.get("exercise") != exercise:
                raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再发。")
            return None
        return _said(desk, before, cid, text, exercise)

    outcome = holding.change_held(desk.resources, desk.staff.id, conversation, decide)
    if outcome.changed and (since := asked[0]):
        seconds = (outcome.added[0]["at"] - since) / SECOND
        metrics.answered(outcome.conversation["risk"]["level"], seconds)
    stored = message_with(desk.resources.database, outcome.conversation, cid)
    if stored is None:
        raise NotFound
    found = newer(desk.resources.database, outcome.conversation, after, PAGE)
    return views.SentAnswer(
        conversation=_talk(desk, outcome.conversation),
        message=message(stored, for_staff=True),
        messages=messages(found, for_staff=True),
        more=has_more(outcome.conversation, after, found),
        replayed=not outcome.added,
    )


def _said(
    desk: Desk, before: Document, cid: str, text: str, exercise: cards.Exercise | None
) -> Change:
    speaker = holding.SPEAKER[desk.staff.role]
    said = {"from": speaker, "kind": "text", "text": text, "by": desk.staff.id}
    own: Document = {**stamped(desk.resources, said), "cid": cid}
    fields: Document = {"clocks.staff_last": own["at"], "clocks.unanswered": None}
    if "claim" not in before:
        fields["clocks.helped"] = own["at"]
    if exercise is not None:
        own["exercise"] = exercise
        fields |= cards.sent(before, exercise, "staff", before["seq"] + 1, own["at"])
    fields |= notices.somebody_came(desk.resources, before, before["seq"] + 1)
    return Change([own], {**fields, **alerts.acted(before, desk.staff.id, own["at"])})


def hand_over(desk: Desk, conversation: str, wish: handover.HandOver) -> views.HeadAnswer:
    """Give the talk to a tier or offer it to a person, with a note for whoever takes it."""
    outcome = handover.hand_over(desk.resources, desk.staff, conversation, wish)
    return views.HeadAnswer(views.head(outcome.conversation))


def accept(desk: Desk, conversation: str) -> views.NextAnswer:
    """Take an offered talk."""
    taken = handover.accept(desk.resources, desk.staff, conversation)
    shown = _inside(desk, taken)
    return views.NextAnswer(_talk(desk, taken), shown, more=False)


def decline(desk: Desk, conversation: str, reason: str) -> views.MeAnswer:
    """Refuse an offered talk."""
    handover.decline(desk.resources, desk.staff, conversation, reason)
    return views.MeAnswer(_me(desk))


def leave_talk(desk: Desk, conversation: str) -> views.HeadAnswer:
    """Go from a talk in which one is a guest."""
    outcome = holding.leave(desk.resources, desk.staff, conversation)
    return views.HeadAnswer(views.head(outcome.conversation))


def end_shift(desk: Desk, note: str) -> views.MeAnswer:
    """Step away and hand everything over."""
    presence.set_status(desk.resources, desk.staff, "away", {"automatic": False})
    handover.end_shift(desk.resources, desk.staff, note)
    alerts.give_up_all(desk.resources, desk.staff.id)
    return views.MeAnswer(_me(desk))


def background(desk: Desk) -> views.MeAnswer:
    """The client goes into the background: five minutes without a sign of life are no loss."""
    holding.keep_in_background(desk.resources, desk.staff.id)
    return views.MeAnswer(_me(desk))


def read_lost(desk: Desk) -> views.MeAnswer:
    """The member has read which talks they lost."""
    presence.read_lost(desk.resources, desk.staff.id)
    return views.MeAnswer(_me(desk))


def allow_notice(desk: Desk, cid: str) -> views.MeAnswer:
    """Count the member's consent to one message of WeChat's."""
    calling.allow(desk.resources, desk.staff.id, cid)
    return views.MeAnswer(_me(desk))


def acknowledge(desk: Desk, conversation: str, alert: str) -> views.AlertsAnswer:
    """Own an alert."""
    alerts.acknowledge(desk.resources, desk.staff, conversation, alert)
    return views.AlertsAnswer(read_alerts(desk))


def close_alert(desk: Desk, conversation: str, alert: str, reason: str) -> views.AlertsAnswer:
    """Close an alert with what was done."""
    alerts.close(desk.resources, desk.staff, conversation, alert, reason)
    return views.AlertsAnswer(read_alerts(desk))


def read_alerts(desk: Desk) -> list[views.Alert]:
    """The open alerts that the member should see, oldest first."""
    on_call = account.on_call_for(desk.resources, desk.staff)
    heads = alerts.open_for(desk.resources, desk.staff, on_call)
    names = {one.id: one.name for one in account.colleagues(desk.resources)} if heads else {}
    return [
        views.alert(head, one, desk.staff.id, names)
        for head in heads
        for one in clocks.open_alerts(head)
        if alerts.seen_by(one, desk.staff, on_call)
    ]


def read_write_ups(desk: Desk) -> list[views.WriteUp]:
    """The talks that ended by silence and that the member should see until they are written up."""
    heads = closing.write_ups(desk.resources, desk.staff)
    names = {one.id: one.name for one in account.colleagues(desk.resources)} if heads else {}
    now = desk.resources.now()
    return [views.write_up(head, desk.staff.id, names, now) for head in heads]


def follow_ups(desk: Desk, after: int = 0) -> views.FollowUpsAnswer:
    """Whom to look after again, a page at a time."""
    heads, more = closing.follow_ups(desk.resources, desk.staff, after)
    return views.FollowUpsAnswer([views.follow_up(head) for head in heads], more=more)


def follow_up_done(desk: Desk, conversation: str, outcome: str) -> views.FollowUpsAnswer:
    """Write down what came of a follow-up."""
    closing.follow_up_done(desk.resources, desk.staff, conversation, outcome)
    return follow_ups(desk)


def reopen(desk: Desk, conversation: str) -> views.NextAnswer:
    """Open a closed talk again to look after its teen."""
    taken = closing.reopen(desk.resources, desk.staff, conversation)
    shown = _inside(desk, taken)
    return views.NextAnswer(_talk(desk, taken), shown, more=False)


def colleagues(desk: Desk) -> views.ColleaguesAnswer:
    """Who is on duty beside the caller: whom a talk can be offered to."""
    here = {one["_id"]: one for one in presence.colleagues(desk.resources)}
    found = [
        views.Colleague(one.id, one.name, one.role, here[one.id]["load"])
        for one in account.colleagues(desk.resources)
        if one.id in here and one.id != desk.staff.id
    ]
    return views.ColleaguesAnswer(found)


def letters(desk: Desk) -> views.LettersAnswer:
    """Notices to the outside that were given up, newest first."""
    found = outbox.dead_letters(desk.resources)
    shown = [views.letter(one) for one in found[: outbox.SHOWN_AT_ONCE]]
    return views.LettersAnswer(shown, more=len(found) > len(shown))


def retry_letter(desk: Desk, key: str) -> views.LettersAnswer:
    """Have a notice tried again by the next sweep."""
    outbox.try_again(desk.resources, key)
    return letters(desk)


def close_letter(desk: Desk, key: str, reason: str) -> views.LettersAnswer:
    """Set a notice aside."""
    outbox.set_aside(desk.resources, desk.staff, key, reason)
    return letters(desk)


def _letter_count(desk: Desk) -> int:
    if desk.staff.role != "supervisor":
        return 0
    return len(letters(desk).letters)


def dismiss(resources: Resources, member: str) -> None:
    """End a membership; what they held goes back to the queue at once."""
    account.dismiss(resources, member)
    holding.give_back_all(resources, member)
    alerts.give_up_all(resources, member)


def set_risk(
    desk: Desk, conversation: str, level: int, reason: str, seq: int | None
) -> views.TalkAnswer:
    """Correct the level of a talk in hand; the reason is kept."""
    outcome = risk.correct(desk.resources, desk.staff, conversation, level, reason, seq)
    return views.TalkAnswer(_talk(desk, outcome.conversation))


def close(desk: Desk, conversation: str, form: Document) -> views.HeadAnswer:
    """End the talk with its closing form; the same call again finds it ended."""
    outcome = closing.close(desk.resources, desk.staff, conversation, form)
    return views.HeadAnswer(views.head(outcome.conversation))
