"""What a teen wrote elsewhere and that comes into their talk: a story, an answer, a mood.

Two ways lead here. `worry`: grave words were read, and nobody asks first. `bring`: the teen said
yes to the offer to talk. Both leave the same traces in one guarded write: `brought` {kind, id, key,
at, level} is what came last, `origins` the keys of all that came, newest last. A key stands for
teen, kind, id and the very words, so the same again has no second effect, also after the talk has
ended, while other words under the same id are a new cry. The words themselves lie in `brought`
documents of their own, written before anything points to them: the talk is read with every message
and stays small. The notice in the talk keeps the gravest passage, so that whatever reads the talk
(the AI, the card of the desk) knows what it is about.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypedDict

import nlp
from cloudfunctions.chat import alerts, brought_store, opening, reading, risk, store, views
from cloudfunctions.chat.conversation import Change, change, notice, stamped
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Closed, Conflict
from cloudfunctions.common.resources import Resources

Kind = Literal["story", "answer", "mood", "form"]

ATTEMPTS = 10
"""How often a talk may end under our hands before the caller has to come again."""
KEPT_ORIGINS = 100
PASSAGE = 200
"""Code points of the words that stand in the talk itself."""
LINE = "brought"
"""Stands in a message's `line` where the AI takes up what was brought."""
SHOWN = 5
"""Of all that was brought into one talk, its staff see so many, newest first."""

WHAT = {
    "story": "你写的故事",
    "answer": "你写的那段回应",
    "mood": "你记下的心情",
    "form": "你填的表",
}
SAFETY_CARD = "这张卡片一直在，随时可以点开。"


class Origin(TypedDict):
    """Where the words were written: the feature's kind and its own id of them."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Item:
    """What is brought, how it was read, and whether the teen themselves asked for it."""

    teen: str
    origin: Origin
    key: str
    text: str
    assessment: nlp.Assessment
    asked: bool


def worry(
    resources: Resources, teen: str, origin: Origin, text: str, assessment: nlp.Assessment
) -> Document:
    """Bring grave words into the teen's talk and call a person; once, however often it is called.

    Returns the talk they are in, which may have ended since.

    Raises:
        Conflict: the talk kept ending or changing; the caller keeps it pending and comes again.
    """
    return _carried_in(resources, _item(teen, origin, text, assessment, asked=False))


def bring(
    resources: Resources, teen: str, origin: Origin, text: str, assessment: nlp.Assessment
) -> Document:
    """Bring what the teen wants to talk about into their open talk, where they wait for a person.

    What is in the open talk already is there once; asked for after that talk has ended, it comes
    into a new one.
    """
    return _carried_in(resources, _item(teen, origin, text, assessment, asked=True))


def _item(teen: str, origin: Origin, text: str, read: nlp.Assessment, *, asked: bool) -> Item:
    whole = "\0".join((teen, origin["kind"], origin["id"], text)).encode()
    return Item(teen, origin, hashlib.sha256(whole).hexdigest()[:32], text, read, asked)


def _carried_in(resources: Resources, item: Item) -> Document:
    brought_store.keep(resources.database, _document(resources, item))
    for _ in range(ATTEMPTS):
        found = None if item.asked else _brought_before(resources, item)
        talk = found or opening.open_talk(resources, item.teen)
        if item.key in talk.get("origins", []):
            return talk
        try:
            return _into(resources, item, talk["_id"])
        except Closed:
            continue
    raise Conflict


def _document(resources: Resources, item: Item) -> Document:
    return {
        "_id": item.key,
        "teen": item.teen,
        "kind": item.origin["kind"],
        "text": item.text,
        "level": item.assessment.level,
        "at": resources.now(),
    }


def _brought_before(resources: Resources, item: Item) -> Document | None:
    return store.talk_of_origin(resources.database, item.teen, item.key)


def _into(resources: Resources, item: Item, conversation: str) -> Document:
    def decide(before: Document) -> Change | None:
        if item.key in before.get("origins", []):
            return None
        if before["state"] != "open":
            raise Closed
        if not item.asked and _brought_before(resources, item) is not None:
            # It came into another talk after the look above. Asked here it is certain: this talk is
            # open, so that one is closed, and a write of it would now fail by its guard.
            raise Closed
        return _change(resources, before, item)

    outcome = change(
        resources.database,
        conversation,
        lambda: store.access_as_teen(resources.database, conversation, item.teen),
        decide,
    )
    return outcome.conversation


def _change(resources: Resources, before: Document, item: Item) -> Change:
    now = resources.now()
    fields = {
        **risk.raised(before, item.assessment, None, now, source=item.origin["kind"]),
        "understanding": reading.understood(before["understanding"], item.assessment),
        "clocks.teen_last": now,
        "teen_left": False,
        "brought": {
            **item.origin,
            "key": item.key,
            "at": now,
            "level": item.assessment.level,
        },
        "origins": [*before.get("origins", []), item.key][-KEPT_ORIGINS:],
    }
    level = fields["risk"]["level"]
    fields |= risk.called(before, level, now) if item.asked else risk.escalated(before, level, now)
    called = "claim" in before or "waiting" in before or "waiting" in fields
    if called and not before["clocks"].get("unanswered"):
        fields["clocks.unanswered"] = now
    imminent = item.assessment.level >= reading.IMMINENT
    if imminent and not alerts.is_open(before, "risk"):
        fields |= alerts.raise_alert(resources, {**before, **fields}, "risk")
    return Change(_messages(resources, before, item), fields)


def _messages(resources: Resources, before: Document, item: Item) -> list[Document]:
    """A notice that keeps the gravest passage, and what is said or shown with it."""
    what, held = WHAT[item.origin["kind"]], "claim" in before
    told: Document = {"words": _passage(item), "risk": {"level": item.assessment.level}}
    if not item.asked or item.assessment.level >= reading.IMMINENT:
        come = "陪你的人也看得到" if held else "正在请一位真人来陪你"
        words = f"{what}，我读到了，有点担心你。我把它带到了这里，{come}。"
        card = stamped(resources, {"from": "system", "kind": "safety_card", "text": SAFETY_CARD})
        return [{**notice(resources, words), **told}, card]
    noted = notice(resources, f"{what}带到这里来了，陪你的人看得到，不用从头再讲。")
    if before["speaker"] != "ai":
        return [{**noted, **told}]
    said = f"{what}我看到了，谢谢你愿意说说它。真人也在请了，等的时候，想从哪里说起都可以。"
    warm = {"from": "ai", "kind": "text", "text": said, "line": LINE}
    return [{**noted, **told}, stamped(resources, warm)]


def _passage(item: Item) -> str:
    """The words around what weighed most, or the first ones."""
    reasons = item.assessment.reasons
    heaviest = max(reasons, key=lambda one: one.weight).start if reasons else 0
    start = max(heaviest - PASSAGE // 2, 0)
    return item.text[start : start + PASSAGE]


def of_talk(resources: Resources, talk: Document) -> views.Brought | None:
    """What was brought into a talk, with its words; for its staff only."""
    keys = talk.get("origins", [])[-SHOWN:][::-1]
    if not keys:
        return None
    found = {
        one["_id"]: one for one in brought_store.by_keys(resources.database, talk["teen"], keys)
    }
    newest, *earlier = (
        views.Written(found[key]["kind"], found[key]["text"], found[key]["at"]) for key in keys
    )
    return views.Brought(newest.kind, newest.text, newest.at, earlier)
