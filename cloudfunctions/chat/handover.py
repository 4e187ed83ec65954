"""Giving a talk to others: to a tier or to a person, and going or staying beside them.

Cold, the giver goes; warm, they stay until they leave. To a person it is an offer: the giver keeps
the talk until it is accepted, so nothing hangs in the air; refused or left unanswered for two
minutes, it comes back with the reason. Who owns an alert of a talk may give it away like its
holder, who then goes in the giver's place.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudfunctions.account import presence
from cloudfunctions.account.service import Staff, colleague
from cloudfunctions.chat import alerts, holding, store
from cloudfunctions.chat.conversation import (
    Change,
    Decide,
    Outcome,
    change,
    notice,
    waiting_fields,
)
from cloudfunctions.chat.holding import HELD, change_own
from cloudfunctions.chat.reading import IMMINENT
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources

COLD = "我请{title}来接着陪你，你说过的都会带过去，不用从头讲。等的时候我在。"
WARM = "我请{title}一起来陪你，我先不走。你说过的都会带过去，不用从头讲。"
TITLE = {"counsellor": "一位咨询师", "listener": "另一位暖心师"}


@dataclass(frozen=True)
class HandOver:
    """Where a talk goes: a `tier`, or a `person` of the staff; `warm` says the giver stays."""

    tier: str
    person: str
    warm: bool
    note: str


def hand_over(resources: Resources, staff: Staff, conversation: str, wish: HandOver) -> Outcome:
    """Give a talk away, or offer it to a person.

    Raises:
        BadRequest: neither or both of tier and person, or the giver themselves.
        Conflict: the person is not there, or holds the talk.
        Forbidden, NotFound: the talk is not the giver's to give.
    """
    if bool(wish.tier) == bool(wish.person) or wish.person == staff.id:
        raise BadRequest("请选择转给谁。", hint="选一个队列，或选一位同事。")
    if wish.person:
        return _offer(resources, staff, conversation, wish)
    return _to_tier(resources, staff, conversation, wish)


def _to_tier(resources: Resources, staff: Staff, conversation: str, wish: HandOver) -> Outcome:
    there: list[str] = []

    def decide(before: Document) -> Change | None:
        there[:] = before.get("participants", [])
        noted = _noted(resources, before, staff, wish)
        # Whoever is in imminent danger waits for a counsellor, whatever the giver chose.
        level = before["risk"]["level"]
        tier = "counsellor" if level >= IMMINENT else wish.tier
        title = TITLE[tier]
        if wish.warm:
            since = holding.waited_since(resources, before)
            waits = waiting_fields(before, tier, level, since)
            words = WARM.format(title=title)
            return Change([notice(resources, words)], {**waits, **noted}, ["offer"])
        fields = holding.waiting_again(
            resources, _without(resources, before, staff.id), tier, returned=False
        )
        words = COLD.format(title=title)
        return Change([notice(resources, words)], {**noted, **fields}, HELD)

    outcome = change_own(resources, staff.id, conversation, decide)
    _let_go(resources, there, outcome.conversation, staff.id)
    return outcome


def _without(resources: Resources, before: Document, staff: str) -> Document:
    """The talk after `staff` gave up what they own of its alerts."""
    return {**before, **alerts.given_up_by(before, staff, resources.now())}


def _let_go(resources: Resources, there: list[str], after: Document, giver: str) -> None:
    """Give back the places of all who were there and are no longer; all but the giver are told."""
    for member in set(there).difference(after.get("participants", [])):
        presence.release(resources, member, after["_id"])
        if member != giver:
            presence.tell_lost(resources, member, after["_id"])


def _noted(resources: Resources, before: Document, staff: Staff, wish: HandOver) -> Document:
    """Fields that keep the note for whoever takes it, and that the giver did something."""
    now = resources.now()
    noted = {"by": staff.id, "note": wish.note, "at": now}
    return {"handover": noted, **alerts.acted(before, staff.id, now)}


def _offer(resources: Resources, staff: Staff, conversation: str, wish: HandOver) -> Outcome:
    person = colleague(resources, wish.person)
    if person is None or not presence.is_here(resources, wish.person):
        raise Conflict("这位同事现在不在。", hint="换一位在线的同事，或转到队列。")

    def decide(before: Document) -> Change | None:
        if holding.is_holder(before, person.id):
            raise Conflict("这段倾诉已经在这位同事手上了。", hint="换一位同事，或直接和他商量。")
        now = resources.now()
        offer = {
            "to": person.id,
            "to_name": person.name,
            "by": staff.id,
            "by_name": staff.name,
            "warm": wish.warm,
            "at": now,
            "expires_at": now + OFFER,
        }
        noted = _noted(resources, before, staff, wish)
        return Change(fields={"offer": offer, "returned": None, **noted})

    return change_own(resources, staff.id, conversation, decide)


BY_OFFER = "offer"
OFFER = 120_000
"""How long an offer waits for an answer, in milliseconds."""


def offers_to(resources: Resources, staff: str) -> list[Document]:
    """Return heads of the talks that are offered to `staff` now."""
    return store.offered_to(resources.database, staff)


def accept(resources: Resources, staff: Staff, conversation: str) -> Document:
    """Take an offered talk; asked again while they hold it, the same talk.

    Raises:
        Conflict: the member carries too much.
        NotFound: nothing is offered to them there.
    """
    return holding.or_as_before(
        resources,
        staff,
        conversation,
        BY_OFFER,
        lambda: _accept(resources, staff, conversation),
    )


def _accept(resources: Resources, staff: Staff, conversation: str) -> Document:
    offered = store.access_as_offered(resources.database, conversation, staff.id)
    if offered is None:
        raise NotFound
    there: list[str] = []
    holding.settle(resources, staff)
    place = ""
    if staff.id not in offered.get("participants", []):  # A guest has a place for it already.
        place = presence.reserve(resources, staff, conversation, holding.weight_of(offered))

    def decide(before: Document) -> Change | None:
        there[:] = before.get("participants", [])
        since = holding.waited_since(resources, before)
        if before["offer"]["warm"]:
            return holding.taken(resources, before, staff, since, way=BY_OFFER)
        given = _without(resources, before, before["offer"]["by"])
        goes = before.get("claim", {}).get("by", "")
        return holding.taken(resources, given, staff, since, way=BY_OFFER, without=goes)

    try:
        outcome = _change_offered(resources, staff, conversation, decide)
    except NotFound:
        presence.cancel(resources, staff.id, place)
        raise
    _let_go(resources, there, outcome.conversation, offered["offer"]["by"])
    return outcome.conversation


def decline(resources: Resources, staff: Staff, conversation: str, reason: str) -> None:
    """Refuse an offered talk; the giver, who still has it, reads the reason.

    Raises:
        BadRequest: no reason.
        NotFound: nothing is offered to them there.
    """
    if not reason.strip():
        raise BadRequest("请写下理由。", hint="一句话就好，转给你的人会看到。")

    def decide(before: Document) -> Change | None:
        return returned(before, reason.strip(), resources.now())

    _change_offered(resources, staff, conversation, decide)


def returned(before: Document, reason: str, at: int) -> Change:
    """The change by which an offer comes back to whoever made it."""
    told = {"by_name": before["offer"]["to_name"], "reason": reason, "at": at}
    return Change(fields={"returned": told}, gone=["offer"])


def _change_offered(
    resources: Resources, staff: Staff, conversation: str, decide: Decide
) -> Outcome:
    return change(
        resources.database,
        conversation,
        lambda: store.access_as_offered(resources.database, conversation, staff.id),
        decide,
    )


def end_shift(resources: Resources, staff: Staff, note: str) -> int:
    """Hand everything over to its tier and leave where one is a guest; returns how many talks."""
    heads = store.heads_held_by(resources.database, staff.id)
    for head in heads:
        conversation = head["_id"]
        try:
            if head["claim"]["by"] == staff.id:
                wish = HandOver(holding.home_tier(head), person="", warm=False, note=note)
                _to_tier(resources, staff, conversation, wish)
            else:
                holding.leave(resources, staff, conversation)
        except NotFound:
            # Closed or lost a moment ago: it is nobody's to hand over any more.
            presence.release(resources, staff.id, conversation)
    return len(heads)
