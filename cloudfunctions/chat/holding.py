"""Having a talk in hand: the claim and its lease, those who stay beside it, and losing it.

`claim` is the one member of staff who answers for a talk: {by, name, role, at, waiting_since,
lease_until, way, warned?}. `guests` stay in it after a warm hand-over: [{by, name, role}].
`participants` are the ids of both, the index that everybody's desk is read by. A claim holds for 60
seconds and is renewed by every poll; a client that goes into the background has five minutes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

from cloudfunctions.account import presence
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import alerts, clocks, notices, store
from cloudfunctions.chat.conversation import (
    Change,
    Decide,
    Outcome,
    change,
    notice,
    waiting_fields,
)
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, Forbidden, NotFound
from cloudfunctions.common.resources import Resources

LEASE = 60 * SECOND
"""How long a claim holds without a sign of life, in milliseconds."""
RENEWED_BELOW = 40 * SECOND
"""A lease with more time left than this is not written again."""
BACKGROUND = 5 * MINUTE
"""How long it holds for a client that said it goes into the background."""
WEIGHT = (1, 1, 2, 3)
"""What a talk of each level counts in a member's load: a red one as much as three calm ones."""
SPEAKER = {"listener": "listener", "counsellor": "counsellor", "supervisor": "counsellor"}
TITLE = {"listener": "暖心师", "counsellor": "咨询师"}
HELD = ["claim", "participants", "guests", "offer"]
"""Fields that a talk has only while somebody holds it."""

LOST = "刚才陪你的人好像断线了，不是你的错。我在这里，也在请下一位来。"


def weight_of(head: Document) -> int:
    """What a talk counts in the load of whoever holds it."""
    return WEIGHT[head["risk"]["level"]]


def settle(resources: Resources, staff: Staff) -> Document:
    """Put the places of `staff` right, before they take a talk, and return their presence.

    A talk may be gone after a crash, or have become heavier since it was taken.
    """
    held = store.heads_held_by(resources.database, staff.id)
    return presence.settle(resources, staff, {head["_id"]: weight_of(head) for head in held})


def claim_of(resources: Resources, staff: Staff, since: int, way: str) -> Document:
    """A fresh claim of a talk that has waited since `since`; `way` is how it was taken."""
    now = resources.now()
    return {
        "by": staff.id,
        "name": staff.name,
        "role": staff.role,
        "at": now,
        "waiting_since": since,
        "lease_until": now + LEASE,
        "way": way,
    }


def or_as_before(
    resources: Resources, staff: Staff, conversation: str, way: str, take: Callable[[], Document]
) -> Document:
    """Take a talk; where that fails because the caller took it so before, it is the same talk.

    Whoever lost the answer on the way asks again, and must not hear that it is gone.
    """
    try:
        return take()
    except (Conflict, NotFound):
        found = store.access_as_participant(resources.database, conversation, staff.id)
        claim = {} if found is None else found["claim"]
        if found is None or (claim["by"], claim.get("way")) != (staff.id, way):
            raise
        return found


def taken(
    resources: Resources,
    before: Document,
    staff: Staff,
    since: int,
    *,
    way: str = "next",
    without: str = "",
) -> Change:
    """The change by which `staff` takes a talk; all but `without` stay in it beside them."""
    speaker, now = SPEAKER[staff.role], resources.now()
    guests = [one for one in _people(before) if one["by"] not in (staff.id, without)]
    minutes = clocks.LENGTH // MINUTE
    words = (
        f"{TITLE[speaker]}{staff.name}来了，前面说的都看得到，不用再讲一遍。"
        f"这次大约可以聊{minutes}分钟。"
    )
    fields = {
        "claim": claim_of(resources, staff, since, way),
        "speaker": speaker,
        "participants": [staff.id, *(one["by"] for one in guests)],
        "guests": guests,
        "clocks.helped": 0,
        **alerts.passed_on(before, staff.id, now),
        **notices.somebody_came(resources, before, before["seq"] + 1),
    }
    return Change([notice(resources, words)], fields, ["waiting", "offer", "returned"])


def _people(talk: Document) -> list[Document]:
    """Everybody of the staff who is in the talk, as guests are written."""
    claim = talk.get("claim")
    own = [] if claim is None else [{name: claim[name] for name in ("by", "name", "role")}]
    return [*own, *talk.get("guests", [])]


def held(resources: Resources, staff: str, conversation: str) -> Document:
    """Return the talk that `staff` is in, or of which they own an open alert.

    Raises:
        NotFound: absent, or neither is so.
    """
    found = store.access_as_helper(resources.database, conversation, staff)
    if found is None:
        raise NotFound
    return found


def heads_held(resources: Resources, staff: str) -> list[Document]:
    """Return what `staff` is in, without texts, oldest claim first."""
    found = store.heads_held_by(resources.database, staff)
    return sorted(found, key=lambda head: int(head["claim"]["at"]))


def renew(resources: Resources, staff: str) -> None:
    """A sign of life: hold on to everything that `staff` holds."""
    now = resources.now()
    store.renew_leases(resources.database, staff, now + RENEWED_BELOW, now + LEASE)


def keep_in_background(resources: Resources, staff: str) -> None:
    """Hold on to everything for as long as a client may stay in the background."""
    until = resources.now() + BACKGROUND
    store.renew_leases(resources.database, staff, until, until)


def change_held(resources: Resources, staff: str, conversation: str, decide: Decide) -> Outcome:
    """Change a talk that `staff` is in, or of which they own an open alert.

    Raises:
        NotFound: absent, or neither is so.
    """
    return change(
        resources.database,
        conversation,
        lambda: store.access_as_helper(resources.database, conversation, staff),
        decide,
    )


def change_own(resources: Resources, staff: str, conversation: str, decide: Decide) -> Outcome:
    """Change a talk that `staff` answers for: they hold it, or own an open alert of it.

    Raises:
        Forbidden: they are only a guest in it.
        NotFound: absent, or they are not in it.
    """

    def own(before: Document) -> Change | None:
        if not (is_holder(before, staff) or alerts.is_owner(before, staff)):
            raise Forbidden("这段倾诉现在由别人负责。", hint="你可以在旁边陪着，或者先离开。")
        return decide(before)

    return change_held(resources, staff, conversation, own)


def is_holder(talk: Document, staff: str) -> bool:
    """Whether `staff` is the one who answers for the talk."""
    return bool(talk.get("claim", {}).get("by") == staff)


def leave(resources: Resources, staff: Staff, conversation: str) -> Outcome:
    """A guest goes; whoever answers for the talk stays.

    Raises:
        Forbidden: the caller answers for it and has to hand it over or close it.
        NotFound: absent, or they are not in it.
    """

    def decide(before: Document) -> Change | None:
        if staff.id not in before.get("participants", []):
            raise NotFound  # Who only owns an alert of it has nothing to leave.
        if is_holder(before, staff.id):
            raise Forbidden("这段倾诉由你负责。", hint="可以转接或结束登记。")
        guests = [one for one in before["guests"] if one["by"] != staff.id]
        words = f"{staff.name}先离开了，{before['claim']['name']}继续陪你。"
        return Change([notice(resources, words)], _with_guests(before, guests))

    outcome = change_held(resources, staff.id, conversation, decide)
    presence.release(resources, staff.id, conversation)
    return outcome


def _with_guests(before: Document, guests: list[Document]) -> Document:
    participants = [before["claim"]["by"], *(one["by"] for one in guests)]
    return {"guests": guests, "participants": participants}


def home_tier(talk: Document) -> str:
    """The queue of a talk that nobody chose one for: the counsellors' where the risk is high."""
    return "counsellor" if talk["risk"]["level"] >= clocks.HIGH else str(talk["tier"])


def waiting_again(resources: Resources, before: Document, tier: str, *, returned: bool) -> Document:
    """Fields that put a talk back into a queue; it keeps the time it first waited from."""
    now = resources.now()
    since = waited_since(resources, before)
    fields = waiting_fields(before, tier, before["risk"]["level"], since, returned=returned)
    unanswered = before["clocks"].get("unanswered") or now
    holder = before.get("claim", {}).get("by", "")
    freed = alerts.given_up_by(before, holder, now)
    return {**fields, "speaker": "ai", "clocks.unanswered": unanswered, **freed}


def waited_since(resources: Resources, talk: Document) -> int:
    """Since when a talk waits, or has waited before somebody took it; now where it never did."""
    claim, waiting = talk.get("claim", {}), talk.get("waiting", {})
    return int(claim.get("waiting_since", waiting.get("since", resources.now())))


def return_lost(resources: Resources) -> int:
    """Put talks whose holder is gone back into the queue; safe to run twice or at once.

    Returns how many came back.
    """
    lost = store.lost_leases(resources.database, resources.now(), 100)

    def expired(before: Document) -> bool:
        claim = before.get("claim")
        return claim is not None and claim["lease_until"] < resources.now()

    return sum(give_back(resources, conversation, expired) for conversation in lost)


def give_back(resources: Resources, conversation: str, wanted: Callable[[Document], bool]) -> bool:
    """Take a talk from its holder if `wanted` says so; a guest takes over, else it waits again."""
    holder: list[str] = []

    def decide(before: Document) -> Change | None:
        holder.clear()
        if "claim" not in before or not wanted(before):
            return None
        holder.append(before["claim"]["by"])
        # A sign of life that comes between reading and writing wins: the lease is another then.
        return replace(_without_holder(resources, before), resting_on=["claim.lease_until"])

    try:
        outcome = change(
            resources.database,
            conversation,
            lambda: store.by_id(resources.database, conversation),
            decide,
        )
    except NotFound:
        return False
    for staff in holder if outcome.changed else ():
        presence.release(resources, staff, conversation)
        presence.tell_lost(resources, staff, conversation)
    return outcome.changed


def _without_holder(resources: Resources, before: Document) -> Change:
    claim, guests = before["claim"], before.get("guests", [])
    if guests:
        heir = guests[0]
        fresh = {**claim, **heir, "way": "heir", "lease_until": resources.now() + LEASE}
        fields = {
            "claim": fresh,
            "speaker": SPEAKER[heir["role"]],
            **_with_guests({"claim": fresh}, guests[1:]),
            **alerts.passed_on(before, heir["by"], resources.now()),
        }
        words = f"{claim['name']}好像断线了，{heir['name']}在，继续陪你。"
        return Change([notice(resources, words)], fields, ["offer"])
    fields = waiting_again(resources, before, home_tier(before), returned=True)
    return Change([notice(resources, LOST)], fields, HELD)


def give_back_all(resources: Resources, staff: str) -> int:
    """Take everything from a member who is no longer one of the staff; returns how many talks.

    Where they were a guest they go too, or a talk could fall to somebody who cannot come in.
    """
    back = 0
    for head in store.heads_held_by(resources.database, staff):
        conversation = head["_id"]
        if give_back(resources, conversation, lambda before: before["claim"]["by"] == staff):
            back += 1
            continue
        for guest in [one for one in head.get("guests", []) if one["by"] == staff]:
            with contextlib.suppress(NotFound):
                leave(resources, Staff(staff, guest["role"], guest["name"]), conversation)
    return back
