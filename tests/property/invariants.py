"""All that always holds, in one place: one sentence and one small function each.

A function returns whether it holds. `broken` looks at a moment, the stored documents after a step
together with what callers were told so far, and returns the sentences that do not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudfunctions.account.presence import LIMIT
from cloudfunctions.chat import clocks
from cloudfunctions.chat.holding import HELD, SPEAKER, WEIGHT
from cloudfunctions.chat.risk import MACHINE, MAY_LOWER
from cloudfunctions.common.database import Document
from tests.property.world import Answer, Person
from tests.support.people import Body

UNTOLD = frozenset(("level", "peak", "types", "risk", "score", "reasons", "alerts", "risk_events"))
"""Names of what a teen never reads about themselves."""


@dataclass(frozen=True)
class Promise:
    """Who was told that a talk is theirs, and until when that holds without a sign of life."""

    by: str
    until: int


@dataclass
class Memory:
    """What callers were told: the whole model."""

    acknowledged: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    """Talk → seq → (cid, text) of every message that was acknowledged."""
    heard: dict[str, list[Body]] = field(default_factory=dict)
    """Talk → all that its teen's client has collected, each poll going on after the last."""
    promises: dict[str, Promise] = field(default_factory=dict)
    """Talk → who was told that they hold it."""
    warm: set[str] = field(default_factory=set)
    """Talks whose holder asked for somebody beside them."""
    offered: dict[str, str] = field(default_factory=dict)
    """Talk → to whom its holder offers it."""
    roles: dict[str, str] = field(default_factory=dict)
    """Member → role."""
    answers: list[Answer] = field(default_factory=list)
    """What the calls of this step brought."""
    taken: list[tuple[Person, str]] = field(default_factory=list)
    """Who took which talk in this step."""


@dataclass(frozen=True)
class Moment:
    """The stored documents after a step, those of the step before, and what was told."""

    now: int
    talks: Mapping[str, Document]
    earlier: Mapping[str, Document]
    presences: Sequence[Document]
    staff: frozenset[str]
    views: Sequence[Body]
    memory: Memory


# Of a talk


def is_numbered_without_a_gap(talk: Document) -> bool:
    """Messages are numbered from 1 to seq without a gap, inside and in transcripts together."""
    return [m["seq"] for m in talk["messages"]] == list(range(1, int(talk["seq"]) + 1))


def has_every_cid_once(talk: Document) -> bool:
    """No cid is in a talk twice."""
    return max(Counter(m["cid"] for m in talk["messages"]).values()) == 1


def is_spoken_for_by_who_holds_it(talk: Document) -> bool:
    """The AI speaks in an open talk exactly while nobody holds it, else the holder's role does."""
    if talk["state"] == "closed":
        return True
    claim = talk.get("claim")
    return bool(talk["speaker"] == ("ai" if claim is None else SPEAKER[claim["role"]]))


def has_one_holder_and_their_guests(talk: Document) -> bool:
    """Who is in a talk is its one holder and the guests beside them, each once."""
    claim, guests = talk.get("claim"), talk.get("guests", [])
    if claim is None:
        return not guests and "participants" not in talk
    inside = [claim["by"], *(one["by"] for one in guests)]
    return bool(talk["participants"] == inside) and len(set(inside)) == len(inside)


def is_offered_by_who_answers_for_it(talk: Document) -> bool:
    """Only an offer of its holder, or of an owner of its alerts, stands, and to somebody else."""
    offer, holder = talk.get("offer"), talk.get("claim", {}).get("by")
    givers = (holder, *(alert.get("owner") for alert in clocks.open_alerts(talk)))
    return offer is None or (offer["by"] in givers and offer["to"] not in (holder, offer["by"]))


def waits_only_while_open(talk: Document) -> bool:
    """A talk that waits is open, and its tier is the one that it waits in."""
    waiting = talk.get("waiting")
    return waiting is None or (talk["state"] == "open" and waiting["tier"] == talk["tier"])


def is_let_go_when_closed(talk: Document) -> bool:
    """A closed talk is in nobody's hands: no claim, no place in a queue, no guests, no offer."""
    return talk["state"] == "open" or not any(name in talk for name in (*HELD, "waiting"))


def waits_for_a_counsellor_in_danger(talk: Document) -> bool:
    """An open talk of level 3 that nobody holds waits in the counsellors' queue."""
    if talk["state"] == "closed" or talk["risk"]["level"] < 3 or "claim" in talk:
        return True
    return bool(talk.get("waiting", {}).get("tier") == "counsellor")


def has_a_whole_history_of_risk(talk: Document) -> bool:
    """The history of risk is a chain from 0 to the present level, each link one change."""
    level = 0
    for event in talk["risk_events"]:
        if event["from"] != level or not event["reason"]:
            return False
        level = event["to"]
    return bool(level == talk["risk"]["level"])


def has_its_peak_above(talk: Document) -> bool:
    """The peak is the highest level there ever was."""
    levels = [0, *(event["to"] for event in talk["risk_events"])]
    return bool(talk["risk"]["peak"] == max(levels) >= talk["risk"]["level"])


def closes_its_alerts_with_itself(talk: Document) -> bool:
    """A closed talk has no open alert."""
    return talk["state"] == "open" or not clocks.open_alerts(talk)


def steps_alerts_from_one_to_three(talk: Document) -> bool:
    """An alert stands at step 1, 2 or 3, and no two of a talk have one id."""
    alerts = talk.get("alerts", [])
    return all(a["step"] in (1, 2, 3) for a in alerts) and len({a["id"] for a in alerts}) == len(
        alerts
    )


def is_found_by_its_oldest_alert(talk: Document) -> bool:
    """`alarmed` is the time of the oldest open alert and `owners` theirs; both only with one."""
    found = clocks.open_alerts(talk)
    owners = sorted({alert["owner"] for alert in found if "owner" in alert})
    alarmed = min((alert["at"] for alert in found), default=None)
    return bool((talk.get("alarmed"), talk.get("owners", [])) == (alarmed, owners))


def is_due_with_its_first_clock(talk: Document) -> bool:
    """`due` is the earliest of the clocks that run and exists only with one."""
    return bool(talk.get("due") == min(clocks.running(talk).values(), default=None))


# Of a talk before and after a step


def only_grows(earlier: Document, talk: Document) -> bool:
    """The version and the peak of a talk only grow."""
    return bool(
        talk["version"] >= earlier["version"] and talk["risk"]["peak"] >= earlier["risk"]["peak"]
    )


def counts_every_change(earlier: Document, talk: Document) -> bool:
    """Whatever changes in a talk, except for a lease, counts its version up."""
    return bool(talk["version"] > earlier["version"]) or _unleased(talk) == _unleased(earlier)


def _unleased(talk: Document) -> Document:
    claim = {**talk.get("claim", {}), "lease_until": 0}
    return {**talk, "claim": claim}


def keeps_what_was_said(earlier: Document, talk: Document) -> bool:
    """What was said stays, word for word, in its place."""
    return bool(talk["messages"][: len(earlier["messages"])] == earlier["messages"])


def keeps_its_history_of_risk(earlier: Document, talk: Document) -> bool:
    """What stands in the history of risk stays."""
    return bool(talk["risk_events"][: len(earlier["risk_events"])] == earlier["risk_events"])


def keeps_closed_alerts_closed(earlier: Document, talk: Document) -> bool:
    """An alert that was closed stays as it is, and none ever vanishes."""
    now = {alert["id"]: alert for alert in talk.get("alerts", [])}
    return all(
        alert["id"] in now and ("closed_at" not in alert or now[alert["id"]] == alert)
        for alert in earlier.get("alerts", [])
    )


# Of all that is stored and told


def one_open_talk_a_teen(moment: Moment) -> bool:
    """No teen has two open talks."""
    open_ones = Counter(t["teen"] for t in moment.talks.values() if t["state"] == "open")
    return max(open_ones.values(), default=0) <= 1


def acknowledged_words_are_kept(moment: Moment) -> bool:
    """Every acknowledged message is in its talk once, with its text and its seq."""
    for talk, said in moment.memory.acknowledged.items():
        stored = moment.talks[talk]["messages"]
        found = {m["cid"]: (m["seq"], m["text"]) for m in stored}
        if any(found.get(cid) != (seq, text) for seq, (cid, text) in said.items()):
            return False
    return True


def a_teen_hears_everything_once(moment: Moment) -> bool:
    """What a teen's client collects by polling is what is stored: nothing missed, none doubled."""
    return all(
        [(m["seq"], m["cid"], m["text"]) for m in heard]
        == [(m["seq"], m["cid"], m["text"]) for m in moment.talks[talk]["messages"]]
        for talk, heard in moment.memory.heard.items()
    )


def a_teen_never_reads_a_level(moment: Moment) -> bool:
    """No answer to a teen carries a level or what it rests on."""
    return not any(UNTOLD & set(_names(view)) for view in moment.views)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    inside = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for one in inside:
            yield from _names(one)


def nothing_answers_5xx(moment: Moment) -> bool:
    """Whatever is called in whatever order, no answer is a fault of ours."""
    return all(answer.status < 500 for answer in moment.memory.answers)


def both_only_when_warm(moment: Moment) -> bool:
    """A talk is held and waits at once only where its holder asked for somebody beside them."""
    return all(
        talk in moment.memory.warm
        for talk, stored in moment.talks.items()
        if "claim" in stored and "waiting" in stored
    )


def promises_are_kept(moment: Moment) -> bool:
    """Who was told that a talk is theirs has it for as long as they were promised."""
    return all(
        moment.talks[talk].get("claim", {}).get("by") == promise.by
        for talk, promise in moment.memory.promises.items()
        if moment.now < promise.until
    )


def loads_are_sums(moment: Moment) -> bool:
    """A load is the sum of the weights of its places."""
    return all(p["load"] == sum(one["weight"] for one in p["talks"]) for p in moment.presences)


def places_are_talks(moment: Moment) -> bool:
    """A member has exactly one place for each talk that they are in, and no other."""
    return all(
        sorted(one["id"] for one in presence["talks"]) == sorted(_inside(moment, presence["_id"]))
        for presence in moment.presences
    )


def _inside(moment: Moment, member: str) -> list[str]:
    return [
        talk for talk, stored in moment.talks.items() if member in stored.get("participants", [])
    ]


def nobody_takes_above_their_limit(moment: Moment) -> bool:
    """Who takes a talk carries, as heavy as their talks are now, no more than their limit; only a
    member with empty hands may take any one talk."""
    for member, _ in moment.memory.taken:
        held = [moment.talks[talk] for talk in _inside(moment, member.id)]
        weight = sum(WEIGHT[talk["risk"]["level"]] for talk in held)
        if len(held) > 1 and weight > LIMIT[member.role]:
            return False
    return True


def levels_fall_by_people_only(moment: Moment) -> bool:
    """A level falls only by an event of a counsellor or supervisor who gave a reason."""
    for talk, stored in moment.talks.items():
        for event in stored["risk_events"]:
            role = moment.memory.roles.get(event["by"], MACHINE)
            if event["to"] < event["from"] and not (role in MAY_LOWER and event["reason"].strip()):
                return False
        earlier = moment.earlier.get(talk, stored)
        fresh = stored["risk_events"][len(earlier["risk_events"]) :]
        fell = stored["risk"]["level"] < earlier["risk"]["level"]
        if fell and not any(event["to"] < event["from"] for event in fresh):
            return False
    return True


def only_staff_is_in_talks(moment: Moment) -> bool:
    """Nobody is in a talk who is no longer one of the staff."""
    return all(set(t.get("participants", [])) <= moment.staff for t in moment.talks.values())


def only_staff_owns_alerts(moment: Moment) -> bool:
    """No open alert is owned by somebody who is no longer one of the staff."""
    return all(
        alert.get("owner") is None or alert["owner"] in moment.staff
        for talk in moment.talks.values()
        for alert in clocks.open_alerts(talk)
    )


OF_TALK: tuple[Callable[[Document], bool], ...] = (
    is_numbered_without_a_gap,
    has_every_cid_once,
    is_spoken_for_by_who_holds_it,
    has_one_holder_and_their_guests,
    is_offered_by_who_answers_for_it,
    waits_only_while_open,
    is_let_go_when_closed,
    waits_for_a_counsellor_in_danger,
    has_a_whole_history_of_risk,
    has_its_peak_above,
    closes_its_alerts_with_itself,
    steps_alerts_from_one_to_three,
    is_found_by_its_oldest_alert,
    is_due_with_its_first_clock,
)
OF_STEP: tuple[Callable[[Document, Document], bool], ...] = (
    only_grows,
    counts_every_change,
    keeps_what_was_said,
    keeps_its_history_of_risk,
    keeps_closed_alerts_closed,
)
OF_MOMENT: tuple[Callable[[Moment], bool], ...] = (
    nothing_answers_5xx,
    one_open_talk_a_teen,
    acknowledged_words_are_kept,
    a_teen_hears_everything_once,
    a_teen_never_reads_a_level,
    both_only_when_warm,
    promises_are_kept,
    loads_are_sums,
    places_are_talks,
    nobody_takes_above_their_limit,
    levels_fall_by_people_only,
    only_staff_is_in_talks,
    only_staff_owns_alerts,
)


def broken(moment: Moment) -> list[str]:
    """The sentences that do not hold now, each with the talk that it is about."""
    talks = moment.talks
    pairs = [(moment.earlier[name], talk) for name, talk in talks.items() if name in moment.earlier]
    return [
        *(f"{one.__doc__}" for one in OF_MOMENT if not one(moment)),
        *(f"{one.__doc__} {talk}" for one in OF_TALK for talk in talks.values() if not one(talk)),
        *(f"{one.__doc__} {now}" for one in OF_STEP for was, now in pairs if not one(was, now)),
    ]
