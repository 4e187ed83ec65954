"""The people who read first: what waits for them, who has it in hand, and the four ends.

A decision carries the version of what the moderator saw and is one guarded write: where the author
or anyone else was faster, it is refused and nothing of it happens. Decision and publication are the
same write, so nothing can lie between them. A lease of ten minutes keeps two moderators apart; the
decision of whoever lost it is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import NoReturn

import msgspec

from cloudfunctions.account.service import Staff
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import checks, store, upkeep, views
from cloudfunctions.story.record import Change, Decide, Outcome, change
from cloudfunctions.story.standing import (
    DESK,
    REPORTS,
    order_range,
    shown_fields,
    taken_away,
    visible_fields,
)
from cloudfunctions.story.wording import Span, masked, refuse_contact

LEASE = 10 * MINUTE
PAGE = 20
KEPT_DECISIONS = 50
BOTH = (store.STORIES, store.ANSWERS)


class Counts(msgspec.Struct):
    """How much waits, how much of it is late, and how much was reported."""

    waiting: int
    overdue: int
    reports: int


class QueuePage(msgspec.Struct):
    """What waits, the most urgent first; `cursor` goes into `after` for what follows."""

    items: list[views.Item]
    more: bool
    cursor: str
    counts: Counts


class ItemAnswer(msgspec.Struct):
    """One item."""

    item: views.Item


class Next(msgspec.Struct):
    """What the moderator has in hand next, if anything waits."""

    next: views.Item | None


class PutBack(msgspec.Struct):
    """Done."""


@dataclass(frozen=True)
class Decision:
    """What a moderator decides of the version they saw."""

    version: int
    end: str
    masks: list[Span] = field(default_factory=list)
    title_masks: list[Span] = field(default_factory=list)
    words: str = ""
    reason: str = "none"
    from_14: bool = False
    heavy: bool = False
    sure: bool = False

    def as_kept(self) -> Document:
        """As it is stored and compared."""
        kept = asdict(self)
        spans = {name: [list(span) for span in kept[name]] for name in ("masks", "title_masks")}
        return {**kept, **spans}


def queue(resources: Resources, staff: Staff, after: str) -> QueuePage:
    """Level 3, 2, reports, 1, 0; within each, what is due first."""
    found = _heads(resources, int(after, 16) if after else -1, PAGE + 1)
    page = found[:PAGE]
    cursor = format(page[-1]["desk"]["order"], "x") if page else after
    return QueuePage(_items(resources, staff, page), len(found) > PAGE, cursor, _counts(resources))


def _heads(resources: Resources, after: int, limit: int) -> list[Document]:
    found = [one for name in BOTH for one in store.waiting(resources.database, name, after, limit)]
    return sorted(found, key=lambda one: int(one["desk"]["order"]))[:limit]


def _items(resources: Resources, staff: Staff, found: list[Document]) -> list[views.Item]:
    publics = [one["story"] for one in found if "story" in one]
    stories = store.by_publics(resources.database, publics)
    now = resources.now()
    return [views.item(one, staff, now, stories) for one in found]


def _counts(resources: Resources) -> Counts:
    def total(query: Document) -> int:
        return sum(store.count(resources.database, name, query) for name in BOTH)

    return Counts(
        waiting=total({"desk.order": {"$gte": 0}}),
        overdue=total({"desk.due_at": {"$lt": resources.now()}}),
        reports=total(order_range(REPORTS)),
    )


def take(resources: Resources, staff: Staff, kind: str, identity: str) -> ItemAnswer:
    """Take an item in hand for ten minutes, or for ten more.

    Raises:
        Conflict: somebody else has it, or it does not wait any more.
    """
    found = _taken(resources, staff, kind, identity)
    return ItemAnswer(_items(resources, staff, [found])[0])


def _taken(resources: Resources, staff: Staff, kind: str, identity: str) -> Document:
    def decide(before: Document) -> Change | None:
        _check_waits(before, kind)
        if _is_held_by(before, staff, resources.now()):
            return None
        _check_free(before, resources.now())
        asked = {} if kind == "report" else checks.missing(resources, before)
        return Change({"lease": _lease(resources, staff), **asked})

    outcome = _change_item(resources, identity, decide)
    if outcome.changed:
        return outcome.document
    until = resources.now() + LEASE
    collection = upkeep.collection_of(outcome.document)
    if not store.renew_lease(resources.database, collection, outcome.document, until):
        return _taken(resources, staff, kind, identity)
    return {**outcome.document, "lease": {**outcome.document["lease"], "until": until}}


def _lease(resources: Resources, staff: Staff) -> Document:
    return {"by": staff.id, "name": staff.name, "until": resources.now() + LEASE}


def put_back(resources: Resources, staff: Staff, kind: str, identity: str) -> PutBack:
    """Leave an item to whoever takes it next; done before, it stays so."""

    def decide(before: Document) -> Change | None:
        held = before.get("lease", {}).get("by") == staff.id
        wrong = before.get("desk", {}).get("kind") != kind
        return Change(gone=["lease"]) if held and not wrong else None

    _change_item(resources, identity, decide)
    return PutBack()


def decide(
    resources: Resources, staff: Staff, kind: str, identity: str, decision: Decision
) -> Next:
    """Carry a decision out, once, and take the next item in hand.

    Raises:
        BadRequest: the end does not go with the kind or lacks what it needs, or what is to be
            published still leads to a person and the moderator did not say that they are sure.
        Conflict: the lease is lost, it is not what the moderator saw any more, or WeChat has not
            said yet that it may be shown.
    """
    _check_whole(kind, decision)

    def carried(before: Document) -> Change | None:
        if _decided_before(before, staff, decision):
            return None
        _check_waits(before, kind)
        if not _is_held_by(before, staff, resources.now()):
            _check_free(before, resources.now())
            raise Conflict("你手里的时间过了。", hint="请重新拿起来，再看一遍。")
        if before["version"] != decision.version:
            raise Conflict("内容已经变了，不是你看到的那一版。", hint="请看看新的一版再决定。")
        return _ended(resources, before, staff, decision)

    outcome = _change_item(resources, identity, carried)
    upkeep.follow_up(resources, outcome.document)
    return Next(_next(resources, staff))


def _check_whole(kind: str, decision: Decision) -> None:
    if kind != "story" and decision.end not in ("publish", "withhold"):
        raise BadRequest("这里只能放出或收下。", hint="请选其中一个。")
    if decision.end in ("change", "withhold") and not decision.words.strip():
        raise BadRequest("请给写的人留一句话。", hint="一句温和的话就好。")
    if decision.end != "mask" and (decision.masks or decision.title_masks):
        raise BadRequest("只有隐去后放出才需要选要隐去的字。", hint="请重新选怎么处理。")


def _decided_before(before: Document, staff: Staff, decision: Decision) -> bool:
    for earlier in before.get("decisions", []):
        if (earlier["by"], earlier["version"]) == (staff.id, decision.version):
            kept = decision.as_kept()
            if {name: earlier.get(name) for name in kept} == kept:
                return True
            raise Conflict("这一版你已经做过别的决定了。", hint="请看看现在的样子。")
    return False


def _check_waits(before: Document, kind: str) -> None:
    if before.get("desk", {}).get("kind") != kind:
        _refuse_as_changed()


def _refuse_as_changed() -> NoReturn:
    raise Conflict("这一篇已经不在等了。", hint="可能被收回了，或者别人已经处理好了。")


def _is_held_by(before: Document, staff: Staff, now: int) -> bool:
    lease = before.get("lease", {})
    return bool(lease.get("by") == staff.id and lease["until"] > now)


def _check_free(before: Document, now: int) -> None:
    lease = before.get("lease", {})
    if lease.get("until", 0) > now:
        raise Conflict(f"{lease['name']}正在看这一篇。", hint="先看看别的吧。")


def _ended(resources: Resources, before: Document, staff: Staff, decision: Decision) -> Change:
    now = resources.now()
    kept = {**decision.as_kept(), "by": staff.id, "at": now}
    common: Document = {
        "decisions": [*before.get("decisions", []), kept][-KEPT_DECISIONS:],
    }
    if before["desk"]["kind"] != "report":
        # How long a person took to decide on what was sent; reports come later and say nothing.
        common["judged"] = {"at": now, "took": now - before["desk"]["since"]}
    ended = _ENDS[decision.end](resources, before, decision)
    return Change({**common, **ended.fields}, [*DESK, *ended.gone])


def _publish(resources: Resources, before: Document, decision: Decision) -> Change:
    if before["desk"]["kind"] == "report":
        return _stays(resources, before, decision)
    checks.refuse_unless_passed(resources, before)
    if not decision.sure:
        refuse_contact(before["sent"])
    return Change(shown_fields(before, before["sent"], _flags(before, decision), resources.now()))


def _flags(before: Document, decision: Decision) -> Document:
    """For whom a story is; while it is only reported, nothing that was said of it is taken back."""
    if "story" in before:
        return {}
    said = {"from_14": decision.from_14, "heavy": decision.heavy}
    reported = before["desk"]["kind"] == "report"
    return {name: on or (reported and before.get(name, False)) for name, on in said.items()}


def _stays(resources: Resources, before: Document, decision: Decision) -> Change:
    """What was reported may be read on; whoever reported it is not heard about it again."""
    flags = _flags(before, decision)
    settled = [{**one, "settled": True} for one in before["reports"]]
    fields = {**flags, "reports": settled}
    return Change({**fields, **visible_fields({**before, **flags}, resources.now())}, ["hidden"])


def _mask(resources: Resources, before: Document, decision: Decision) -> Change:
    wording = masked(before["sent"], decision.title_masks, decision.masks)
    if not decision.sure:
        refuse_contact(wording)
    masks = [{"start": start, "end": end} for start, end in sorted(decision.masks)]
    offered = {**wording, "masks": masks, **_flags(before, decision)}
    asked = checks.begun(resources, "offered")
    return Change({"state": "mask_offered", "offered": offered, "words": decision.words, **asked})


def _ask_change(_: Resources, __: Document, decision: Decision) -> Change:
    return Change({"state": "change_asked", "words": decision.words, "reason": decision.reason})


def _withhold(resources: Resources, before: Document, decision: Decision) -> Change:
    said = {"words": decision.words, "reason": decision.reason, "barred": True}
    settled = [{**one, "settled": True} for one in before.get("reports", [])]
    fields = {"state": "withheld", **said, "reports": settled}
    return taken_away(before, fields, resources.now())


_ENDS = {"publish": _publish, "mask": _mask, "change": _ask_change, "withhold": _withhold}


def _next(resources: Resources, staff: Staff) -> views.Item | None:
    """What the moderator still has in hand, or else the most urgent that nobody has."""
    now = resources.now()
    held = [one for name in BOTH for one in store.leased_by(resources.database, name, staff.id)]
    held = [one for one in held if "desk" in one and _is_held_by(one, staff, now)]
    free = [
        one for one in _heads(resources, -1, PAGE) if one.get("lease", {}).get("until", 0) <= now
    ]
    for found in (*held, *free):
        try:
            taken = _taken(resources, staff, found["desk"]["kind"], views.id_of(found))
        except (Conflict, NotFound):
            continue
        return _items(resources, staff, [taken])[0]
    return None


def _change_item(resources: Resources, identity: str, decide: Decide) -> Outcome:
    database = resources.database
    if identity.startswith("a_"):
        return change(
            database,
            store.ANSWERS,
            lambda: store.by_id(database, store.ANSWERS, identity),
            decide,
        )
    return change(database, store.STORIES, lambda: store.by_public(database, identity), decide)
