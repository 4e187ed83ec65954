"""The queue: who waits, and who claims.

A listener takes from the listeners' queue; while no counsellor is free, they are offered the
counsellors' queue too, because any person is better than none for a teen at risk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cloudfunctions.account import presence
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import Change, change
from cloudfunctions.chat.holding import TITLE, settle, taken, weight_of
from cloudfunctions.chat.reading import HIGH
from cloudfunctions.common import metrics
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, NotFound
from cloudfunctions.common.resources import Resources

HEADS = 32
LOOKS = 3
"""How often the heads are read anew while others are faster at every one of them."""
PREFERENCE = 10 * MINUTE
"""How much earlier a talk counts for a member who knows its topic well, in milliseconds."""
BUCKET = 5 * MINUTE
BUCKETS = 12
PACE_AGE = 10.0
FEWEST_CLAIMS = 3
"""Below so many claims in the last hour nothing honest can be said about the wait."""


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
    skills = settle(resources, staff)["skills"]
    # Whether a counsellor is free decides whom a listener may take: not by what was so before.
    presence.look_again(resources)
    for _ in range(LOOKS):
        found = heads(resources, staff.role)
        claimed = _first_to_be_had(resources, staff, _fitting(found, skills))
        # Where all of these were taken by others meanwhile, some may wait behind them.
        if claimed is not None or len(found) < HEADS:
            return claimed
    return None


def _first_to_be_had(
    resources: Resources, staff: Staff, found: Sequence[Document]
) -> Document | None:
    full: Conflict | None = None
    for head in found:
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
            metrics.claimed(tier, (resources.now() - head["waiting"]["since"]) / SECOND)
            return claimed
        presence.cancel(resources, staff.id, place)
    if full is not None:
        raise full
    return None


def _claim(resources: Resources, staff: Staff, conversation: str) -> Document | None:
    def decide(before: Document) -> Change | None:
        waiting = before.get("waiting")
        if waiting is None or before["state"] != "open":
            return None
        if staff.id in before.get("participants", []):
            # Who handed a talk over and stayed in it does not take it back by chance.
            return None
        return taken(resources, before, staff, waiting["since"])

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
