"""The queue: who waits, who claims, and what happens when a claim ends.

A listener takes from the listeners' queue; while no counsellor is free, they are offered the
counsellors' queue too, because any person is better than none for a teen at risk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cloudfunctions.account import presence
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import (
    Change,
    Decide,
    Outcome,
    change,
    notice,
    waiting_fields,
)
from cloudfunctions.chat.reading import HIGH
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, NotFound
from cloudfunctions.common.resources import Resources

LEASE = 60 * SECOND
"""How long a claim holds without a sign of life, in milliseconds."""
RENEWED_BELOW = 40 * SECOND
"""A lease with more time left than this is not written again."""
HEADS = 32
WEIGHT = (1, 1, 2, 3)
"""What a talk of each level counts in a member's load: a red one as much as three calm ones."""
PREFERENCE = 10 * MINUTE
"""How much earlier a talk counts for a member who knows its topic well, in milliseconds."""
BUCKET = 5 * MINUTE
BUCKETS = 12
PACE_AGE = 10.0
FEWEST_CLAIMS = 3
"""Below so many claims in the last hour nothing honest can be said about the wait."""
SPEAKER = {"listener": "listener", "counsellor": "counsellor", "supervisor": "counsellor"}
TITLE = {"listener": "暖心师", "counsellor": "咨询师"}


def tiers_for(resources: Resources, role: str) -> tuple[str, ...]:
    """The queues that `role` may take from now."""
    if role == "listener" and presence.counsellor_free(resources):
        return ("listener",)
    return ("counsellor", "listener")


def lengths(resources: Resources) -> dict[str, int]:
    """How many wait, by tier."""
    return {tier: store.queue_length(resources.database, tier) for tier in TITLE}


def heads(resources: Resources, role: str) -> list[Document]:
    """Who waits for `role`, most urgent first."""
    found = [
        head
        for tier in tiers_for(resources, role)
        for head in store.queue_heads(resources.database, tier, HEADS)
    ]
    return sorted(found, key=lambda head: int(head["waiting"]["rank"]))[:HEADS]


def _fitting(found: Sequence[Document], skills: Collection[str]) -> list[Document]:
    """Order heads for one member: a topic that they know well moves a calm talk up a little."""

    def place(head: Document) -> int:
        known = not set(skills).isdisjoint(head["understanding"]["topics"])
        gain = PREFERENCE if known and head["risk"]["level"] < HIGH else 0
        return int(head["waiting"]["rank"]) - gain

    return sorted(found, key=place)


def minutes_left(resources: Resources, tier: str, position: int) -> int | None:
    """How long the wait is, told honestly: from the claims of the last hour, or not at all."""

    def pace() -> int:
        now = resources.now() // BUCKET
        return store.claims_in(resources.database, tier, range(now - BUCKETS + 1, now + 1))

    claims = resources.recent.get(f"pace {tier}", PACE_AGE, pace)
    if claims < FEWEST_CLAIMS or presence.people_online(resources) == 0:
        return None
    return -(-position * 60 // claims)


def claim_next(resources: Resources, staff: Staff) -> Document | None:
    """Give `staff` the most urgent talk that is still to be had; None if nobody waits.

    Raises:
        Conflict: the member carries as much as they may.
    """
    skills = _settle(resources, staff)["skills"]
    full: Conflict | None = None
    for head in _fitting(heads(resources, staff.role), skills):
        try:
            place = presence.reserve(resources, staff, head["_id"], weight_of(head))
        except Conflict as error:
            # A lighter talk may still be possible.
            full = error
            continue
        claimed = _claim(resources, staff, head["_id"])
        if claimed is not None:
            tier = head["waiting"]["tier"]
            store.count_claim(resources.database, tier, resources.now() // BUCKET)
            return claimed
        presence.cancel(resources, staff.id, place)
    if full is not None:
        raise full
    return None


def weight_of(head: Document) -> int:
    """What a talk counts in the load of whoever holds it."""
    return WEIGHT[head["risk"]["level"]]


def _settle(resources: Resources, staff: Staff) -> Document:
    """Put the places right: a talk may be gone after a crash, or have become heavier since."""
    held = store.heads_held_by(resources.database, staff.id)
    return presence.settle(resources, staff, {head["_id"]: weight_of(head) for head in held})


def _claim(resources: Resources, staff: Staff, conversation: str) -> Document | None:
    def decide(before: Document) -> Change | None:
        waiting = before.get("waiting")
        if waiting is None or before["state"] != "open":
            return None
        now = resources.now()
        speaker = SPEAKER[staff.role]
        claim = {
            "by": staff.id,
            "name": staff.name,
            "at": now,
            "waiting_since": waiting["since"],
            "lease_until": now + LEASE,
        }
        words = f"{TITLE[speaker]}{staff.name}来了，前面说的都看得到，不用再讲一遍。"
        return Change([notice(resources, words)], {"claim": claim, "speaker": speaker}, ["waiting"])

    try:
        outcome = change(
            resources.database,
            conversation,
            lambda: store.by_id(resources.database, conversation),
            decide,
        )
    except NotFound:
        return None
    return outcome.conversation if outcome.changed else None


def held(resources: Resources, staff: str, conversation: str) -> Document:
    """Return the talk that `staff` holds.

    Raises:
        NotFound: absent, or not held by them.
    """
    found = store.access_as_holder(resources.database, conversation, staff)
    if found is None:
        raise NotFound
    return found


def heads_held(resources: Resources, staff: str) -> list[Document]:
    """Return what `staff` holds, without texts, oldest claim first."""
    found = store.heads_held_by(resources.database, staff)
    return sorted(found, key=lambda head: int(head["claim"]["at"]))


def renew(resources: Resources, staff: str) -> None:
    """A sign of life: hold on to everything that `staff` holds."""
    now = resources.now()
    store.renew_leases(resources.database, staff, now + RENEWED_BELOW, now + LEASE)


def change_held(resources: Resources, staff: str, conversation: str, decide: Decide) -> Outcome:
    """Change a talk that `staff` holds.

    Raises:
        NotFound: absent, or not held by them.
    """
    return change(
        resources.database,
        conversation,
        lambda: store.access_as_holder(resources.database, conversation, staff),
        decide,
    )


def hand_over(
    resources: Resources, staff: Staff, conversation: str, tier: str, note: str
) -> Outcome:
    """Give the talk to `tier`; it waits there with the time it first waited from."""

    def decide(before: Document) -> Change | None:
        handover = {"by": staff.id, "note": note, "at": resources.now()}
        fields = {**_waiting_again(before, tier, returned=False), "handover": handover}
        return Change([notice(resources, _HANDED_OVER[tier])], fields, ["claim"])

    outcome = change_held(resources, staff.id, conversation, decide)
    presence.release(resources, staff.id, conversation)
    return outcome


def close(resources: Resources, staff: Staff, conversation: str, form: Document) -> Outcome:
    """End the talk with the closing form; done before by the same member, it stays as it was."""

    def decide(before: Document) -> Change | None:
        if before["state"] == "closed":
            return None
        now = resources.now()
        fields = {
            "state": "closed",
            "closed_by": "staff",
            "closed_at": now,
            "closing": {**form, "by": staff.id, "at": now},
            "corrected_at": now,
        }
        return Change([notice(resources, _CLOSED)], fields, ["claim", "waiting"])

    outcome = change(
        resources.database,
        conversation,
        lambda: store.access_as_holder_or_closer(resources.database, conversation, staff.id),
        decide,
    )
    presence.release(resources, staff.id, conversation)
    return outcome


_CLOSED = "这次先聊到这里，谢谢你愿意说。想说的时候，随时可以再来。"
_HANDED_OVER = {
    "counsellor": "我请一位咨询师来接着陪你，你说过的都会带过去，不用从头讲。等的时候我在。",
    "listener": "我请另一位暖心师来接着陪你，你说过的都会带过去，不用从头讲。等的时候我在。",
}


def _waiting_again(before: Document, tier: str, *, returned: bool) -> Document:
    since = before["claim"]["waiting_since"]
    fields = waiting_fields(before, tier, before["risk"]["level"], since, returned=returned)
    return {**fields, "speaker": "ai"}


def return_lost(resources: Resources) -> int:
    """Put talks whose holder is gone back into the queue; safe to run twice or at once.

    Returns how many came back.
    """
    now = resources.now()
    lost = store.lost_leases(resources.database, now, 100)
    return sum(_return_one(resources, conversation) for conversation in lost)


def _return_one(resources: Resources, conversation: str) -> bool:
    holder: list[str] = []

    def decide(before: Document) -> Change | None:
        claim = before.get("claim")
        if claim is None or claim["lease_until"] >= resources.now():
            return None
        holder[:] = [claim["by"]]
        words = "刚才陪你的人好像断线了，不是你的错。我在这里，也在请下一位来。"
        high = before["risk"]["level"] >= HIGH
        tier = "counsellor" if high else before["tier"]
        return Change(
            [notice(resources, words)], _waiting_again(before, tier, returned=True), ["claim"]
        )

    outcome = change(
        resources.database,
        conversation,
        lambda: store.by_id(resources.database, conversation),
        decide,
    )
    if not outcome.changed:
        return False
    presence.release(resources, holder[0], conversation)
    return True
