"""What a teen may do with a talk, and what happens to their words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

import nlp
from cloudfunctions.account import presence
from cloudfunctions.account.service import staff_member
from cloudfunctions.chat import (
    alerts,
    brought,
    brought_store,
    cards,
    closing,
    drafting,
    holding,
    notices,
    opening,
    queue,
    reading,
    risk,
    store,
    views,
)
from cloudfunctions.chat.brought import Origin
from cloudfunctions.chat.conversation import (
    Change,
    Decide,
    Outcome,
    change,
    message_with,
    newer,
    notice,
    older,
    replay,
    stamped,
    waiting_fields,
)
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Closed, NotFound
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from nlp import reply

AI_REMINDER = 2 * HOUR
"""After so long with the AI alone, in milliseconds, a teen is reminded of what it is."""
PAUSE = 30 * MINUTE
RE_READ_SECONDS = 15.0
"""All that a teen waits for rings; with thousands who wait, reading is what they cost."""
NOTHING_NEWER = 2**53
"""No message has so high a number: an answer after it brings none."""
HELPED = 5 * MINUTE
"""So long after the word of somebody who looks after an alert the AI leaves the talk to them."""


class Page(msgspec.Struct):
    """A conversation and what the caller has not seen of it, oldest first."""

    conversation: views.TeenView
    messages: list[views.Message]
    more: bool


class Sent(msgspec.Struct):
    """The same, with the message that was stored; `replayed` if it had been stored before."""

    conversation: views.TeenView
    message: views.Message
    messages: list[views.Message]
    more: bool
    replayed: bool


def enter(resources: Resources, teen: str, after: int | None) -> Page:
    """Return the teen's open talk; the first call opens one."""
    conversation = opening.open_talk(resources, teen)
    if after is None:
        after = conversation["first"] - 1
    return _page(resources, conversation, after)


def send(
    resources: Resources, teen: str, conversation: str, cid: str, text: str, after: int
) -> Sent:
    """Store the teen's message, read for risk and answered, in one write.

    Keeps its own deadlines, because a language model that drafts an answer must not use up the
    time of the database.

    Raises:
        Conflict: the cid was used with another text.
        Closed: the talk has ended.
    """
    if not text.strip():
        raise BadRequest("这条消息是空的。", hint="写点什么再发吧，一个字也可以。")
    draft = _draft(resources, teen, conversation, cid, text)

    def decide(before: Document) -> Change | None:
        if replay(resources, before, cid, text, "teen") is not None:
            return None
        if before["state"] != "open":
            raise Closed
        return _teen_message(resources, before, cid, text, draft)

    with resources.database.deadline():
        outcome = change(
            resources.database,
            conversation,
            lambda: store.access_as_teen(resources.database, conversation, teen),
            decide,
        )
        stored = outcome.added[0] if outcome.added else _stored(resources, outcome, cid)
        page = _page(resources, outcome.conversation, after)
    return Sent(
        page.conversation, views.message(stored), page.messages, page.more, not outcome.added
    )


def _draft(
    resources: Resources, teen: str, conversation: str, cid: str, text: str
) -> drafting.Draft | None:
    """Ask the language model, where there is one, before the write: nobody is kept from writing."""
    if resources.llm is None:
        return None
    with resources.database.deadline():
        before = store.access_as_teen(resources.database, conversation, teen)
        if before is None or message_with(resources.database, before, cid) is not None:
            return None
    return drafting.draft(resources.llm, text, before)


def _stored(resources: Resources, outcome: Outcome, cid: str) -> Document:
    found = message_with(resources.database, outcome.conversation, cid)
    if found is None:
        raise NotFound
    return found


def _teen_message(
    resources: Resources, before: Document, cid: str, text: str, draft: drafting.Draft | None
) -> Change:
    now = resources.now()
    assessment = reading.assess(text, before)
    own = {
        "cid": cid,
        "from": "teen",
        "kind": "text",
        "text": text,
        "at": now,
        "risk": reading.risk_of_message(assessment),
    }
    fields = {
        **risk.raised(before, assessment, before["seq"] + 1, now),
        "understanding": reading.understood(before["understanding"], assessment),
        "clocks.teen_last": now,
        **({"teen_left": False} if before.get("teen_left") else {}),
        **notices.back(before),
    }
    level = fields["risk"]["level"]
    fields |= risk.escalated(before, level, now)
    reminded, fields["clocks.ai_since"] = _reminded(resources, before, assessment.level)
    answer = reading.answer(text, assessment, {**before, **fields}, helped=_helped(before, now))
    answer = drafting.apply(draft, answer, before)
    if answer.calls_person and "waiting" not in before and "waiting" not in fields:
        # What the AI says is being done has to be done.
        fields |= waiting_fields(before, before["tier"], level, now)
    called = "claim" in before or "waiting" in before or "waiting" in fields
    if called and not before["clocks"].get("unanswered"):
        fields["clocks.unanswered"] = now
    if assessment.level == reading.IMMINENT and not alerts.is_open(before, "risk"):
        # Also where an earlier one was closed: the level stays, the danger is new.
        fields |= alerts.raise_alert(resources, {**before, **fields}, "risk")
    answered, card = cards.offered(answer.messages, before, before["seq"] + 2, now)
    added = [own, *(stamped(resources, one) for one in answered), *reminded]
    return Change(added, {**fields, **card})


def _helped(before: Document, now: int) -> bool:
    """Whether somebody who owns an alert is writing, though nobody holds the talk."""
    return now - int(before["clocks"].get("helped", 0)) < HELPED


def _reminded(resources: Resources, before: Document, level: int) -> tuple[Sequence[Document], int]:
    """The word that this is an AI, when it is due, and from when the next two hours count.

    A pause begins the two hours anew. Grave words are not interrupted: it then comes later.
    """
    now, marks = resources.now(), before["clocks"]
    since = int(marks["ai_since"])
    if now - marks["teen_last"] > PAUSE or before["speaker"] != "ai":
        return (), now
    if now - since < AI_REMINDER or level >= reading.HIGH:
        return (), since
    return [notice(resources, reply.reminder(f"{before['_id']}{now}"))], now


def ask_person(resources: Resources, teen: str, conversation: str, after: int) -> Page:
    """Put the talk into the queue because the teen wishes for a person."""

    def decide(before: Document) -> Change | None:
        if before["state"] != "open":
            raise Closed
        if "waiting" in before or "claim" in before:
            return None
        now = resources.now()
        fields = waiting_fields(before, before["tier"], before["risk"]["level"], now)
        fields["clocks.unanswered"] = before["clocks"].get("unanswered") or now
        words = "好，我去请一位真人来陪你。等的时候，我一直在这里，你可以接着说。"
        return Change([notice(resources, words)], fields)

    return _as_teen(resources, teen, conversation, after, decide)


def survey(
    resources: Resources, teen: str, conversation: str, when: str, answers: Document
) -> Page:
    """Keep what the teen answered to the two questions before or after a talk."""
    outcome = closing.survey(resources, teen, conversation, when, answers)
    return _page(resources, outcome.conversation, outcome.conversation["seq"])


def leave(resources: Resources, teen: str, conversation: str, after: int) -> Page:
    """End the talk at once, unless someone is worried about the teen or already with them.

    Then it stays open, so that a person sees that the teen has gone.
    """

    def decide(before: Document) -> Change | None:
        if before["state"] != "open" or before.get("teen_left"):
            return None
        if "claim" in before or before["risk"]["level"] >= reading.HIGH:
            words = "你先去忙，这段话给你留着，想回来随时可以。"
            return Change([notice(resources, words)], {"teen_left": True})
        now = resources.now()
        fields = {"state": "closed", "closed_by": "teen", "closed_at": now}
        fields |= alerts.closed(before, teen, now, "left")
        goodbye = notice(resources, "今天先说到这里，想说的时候再来。")
        return Change([goodbye], fields, ["waiting", "offer"])

    return _as_teen(resources, teen, conversation, after, decide)


def worry(
    resources: Resources, teen: str, origin: Origin, text: str, assessment: nlp.Assessment
) -> Page:
    """Bring grave words that a teen wrote outside a talk into it and call a person, once.

    For other features. Nothing is lost where it fails: the caller keeps it pending in its own
    document and calls again, as often as it takes (`brought.py`).
    """
    talk = brought.worry(resources, teen, origin, text, assessment)
    return _page(resources, talk, talk["seq"])


def bring(
    resources: Resources, teen: str, origin: Origin, text: str, assessment: nlp.Assessment
) -> Page:
    """Open a talk about what the teen wrote elsewhere, because they said yes to that."""
    talk = brought.bring(resources, teen, origin, text, assessment)
    return _page(resources, talk, talk["first"] - 1)


def brought_count(resources: Resources, kind: str, since: int, until: int) -> int:
    """How many of `kind` were brought into talks from `since` until before `until`."""
    return brought_store.count(resources.database, kind, since, until)


def staff_talk(resources: Resources, caller: Caller, conversation: str) -> Document:
    """Return the talk that this caller is in, or of which they own an open alert.

    For other features that show staff something about its teen.

    Raises:
        NotFound: absent, or neither is so: the same words for both.
        Unauthenticated: dismissed, or of another role by now.
    """
    return holding.held(resources, staff_member(resources, caller).id, conversation)


def staff_notice(
    resources: Resources, caller: Caller, conversation: str, key: str, text: str
) -> Document:
    """Add a line of the service to a talk of this caller's, once for every `key`, and return it.

    Raises:
        NotFound, Unauthenticated: as `staff_talk`.
    """
    staff, cid = staff_member(resources, caller), f"n_{key}"

    def decide(before: Document) -> Change | None:
        if message_with(resources.database, before, cid) is not None:
            return None
        line = {**notice(resources, text), "cid": cid}
        return Change([line], alerts.acted(before, staff.id, line["at"]))

    outcome = holding.change_held(resources, staff.id, conversation, decide)
    return outcome.conversation


def card_done(
    resources: Resources, teen: str, conversation: str, seq: int, helped: cards.Helped
) -> Page:
    """Keep whether the exercise of a card helped."""
    outcome = cards.done(resources, teen, conversation, seq, helped)
    return _page(resources, outcome.conversation, outcome.conversation["seq"])


def figures(resources: Resources, caller: Caller, since: int, until: int) -> cards.Figures:
    """What exercises were sent and whether they helped, for whoever leads.

    Raises:
        Unauthenticated: dismissed, or of another role by now.
    """
    staff_member(resources, caller)
    return cards.figures(resources, since, until)


def poll(resources: Resources, teen: str, conversation: str, after: int, wait: int) -> Page:
    """Return what is newer than `after`, waiting up to `wait` seconds for it.

    Who waits looks at two numbers and holds no talk in memory; the talk is read when there is news.
    """

    def look() -> bool:
        with resources.database.deadline():
            current = store.seq_as_teen(resources.database, conversation, teen)
            if current is None:
                raise NotFound
            if notices.is_news(current, after):
                _back(resources, teen, conversation)
        return bool(current["seq"] > after or current["state"] != "open")

    if wait > 0:
        resources.hub.until([conversation], wait, look, RE_READ_SECONDS)
    with resources.database.deadline():
        current = store.access_as_teen(resources.database, conversation, teen)
        if current is None:
            raise NotFound
        if notices.is_news(current, after):
            current = _back(resources, teen, conversation)
        return _page(resources, current, after)


def _back(resources: Resources, teen: str, conversation: str) -> Document:
    """Note that a teen who was to be told has heard of it by themselves."""

    def decide(before: Document) -> Change | None:
        fields = notices.back(before)
        return Change(fields=fields) if fields else None

    return change(
        resources.database,
        conversation,
        lambda: store.access_as_teen(resources.database, conversation, teen),
        decide,
    ).conversation


def allow_notice(resources: Resources, teen: str, conversation: str, cid: str) -> Page:
    """Count the teen's consent to one message of WeChat's; the same `cid` again counts once."""

    def decide(before: Document) -> Change | None:
        if before["state"] != "open":
            raise Closed
        fields = notices.allowed(before, cid)
        return Change(fields=fields) if fields else None

    return _as_teen(resources, teen, conversation, NOTHING_NEWER, decide)


def history(resources: Resources, teen: str, conversation: str, before: int) -> views.Older:
    """Return the chunk of messages that stands just before `before`."""
    current = store.access_as_teen(resources.database, conversation, teen)
    if current is None:
        raise NotFound
    return older(resources, current, before, for_staff=False)


def _as_teen(
    resources: Resources, teen: str, conversation: str, after: int, decide: Decide
) -> Page:
    outcome = change(
        resources.database,
        conversation,
        lambda: store.access_as_teen(resources.database, conversation, teen),
        decide,
    )
    return _page(resources, outcome.conversation, after)


def _page(resources: Resources, conversation: Document, after: int) -> Page:
    found = newer(resources.database, conversation, after, views.PAGE)
    view = views.teen_view(
        conversation,
        waiting=_waiting(resources, conversation),
        people_online=presence.people_online(resources),
        notice=notices.wanted(resources, conversation),
    )
    return Page(view, views.messages(found), more=views.has_more(conversation, after, found))


def _waiting(resources: Resources, conversation: Document) -> views.Waiting | None:
    place = conversation.get("waiting")
    if place is None:
        return None
    ahead = store.ahead_of(resources.database, place)
    minutes = queue.minutes_left(resources, place["tier"], ahead + 1)
    return views.Waiting(since=place["since"], position=ahead + 1, minutes=minutes)
