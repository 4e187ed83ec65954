"""The rules of check-ins.

A check-in is kept once for each cid. Its words are sealed under the teen's own key, read for risk
before they are, and shown to nobody but the teen; words of imminent danger go into the teen's talk
in any case. That they have to is written down in the same write as the words, so a crash in between
delays it until the next sweep and never loses it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from cloudfunctions.chat import service as chat
from cloudfunctions.chat import worries
from cloudfunctions.common import telemetry
from cloudfunctions.common.clock import DAY, day_of
from cloudfunctions.common.crypto import TeenKeys, Unreadable
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.mood import store

LOW = 2
"""A face of this or below is a low one."""
LOW_TIMES = 3
LOW_DAYS = 7
BETWEEN_OFFERS = 14 * DAY
MOST_DAYS = 400
MOST_ENTRIES = 2_000
"""In one answer: the newest."""
SHOWN_DAYS = 28
SHOWN_FEELINGS = 5


@dataclass(frozen=True)
class Entry:
    """A check-in as it comes; `day` is the teen's own, YYYY-MM-DD."""

    cid: str
    day: str
    face: int
    feelings: Sequence[str]
    words: str


class Mood(msgspec.Struct):
    """A check-in as its teen reads it; `at` is when it reached us, in milliseconds since 1970."""

    cid: str
    day: str
    at: int
    face: int
    feelings: list[str]
    words: str


class Saved(msgspec.Struct):
    """What was kept; `offer`: ask gently whether they want to talk; `safety`: show the card."""

    mood: Mood
    offer: bool
    safety: bool


class Moods(msgspec.Struct):
    """Check-ins, oldest first."""

    moods: list[Mood]


class Removed(msgspec.Struct):
    """Nothing is left to tell."""


class Sharing(msgspec.Struct):
    """Whether whoever talks with the teen sees their faces and feelings."""

    shared: bool


class DayOfMood(msgspec.Struct):
    """One day: the mean of its faces to one decimal, and its feelings, the most named first."""

    day: str
    face: float
    feelings: list[str]


class Weeks(msgspec.Struct):
    """The last four weeks, oldest day first; empty where they are not shared."""

    shared: bool
    days: list[DayOfMood]


def save(resources: Resources, teen: str, entry: Entry) -> Saved:
    """Keep a check-in; the same again gives the first answer again.

    Raises:
        BadRequest: there is no such day.
        Conflict: the cid belongs to another check-in, or to one that was removed.
    """
    _real_day(entry.day)
    found = store.find(resources.database, teen, entry.cid)
    if found is None:
        fresh = _document(resources, teen, entry)
        if store.add(resources.database, fresh):
            found = fresh
        else:
            # The same came in twice at once; the other call kept it.
            found = store.find(resources.database, teen, entry.cid) or fresh
    mood = _same(resources, found, entry)
    worries.carry(resources, KEEPER, found)
    return Saved(mood, found["offer"], found["safety"])


def _document(resources: Resources, teen: str, entry: Entry) -> Document:
    now = resources.now()
    document: Document = {
        "_id": store.mood_id(teen, entry.cid),
        "teen": teen,
        "cid": entry.cid,
        "day": entry.day,
        "at": now,
        "face": entry.face,
        "feelings": list(entry.feelings),
        "words": None,
        "offer": _offer(resources, teen, entry),
        "safety": False,
    }
    if not entry.words:
        return document
    document["words"] = resources.vault.seal(teen, _bound(document["_id"]), entry.words)
    document |= worries.read(entry.words, now)
    return document


def _offer(resources: Resources, teen: str, entry: Entry) -> bool:
    """Whether this check-in brings the gentle offer: several low ones, and none offered lately."""
    if entry.face > LOW:
        return False
    today = day_of(resources.now())
    first, last = str(today - timedelta(LOW_DAYS - 1)), str(today + timedelta(1))
    if not first <= entry.day <= last:
        return False
    before = store.count_low(resources.database, teen, first, last, LOW)
    if before + 1 < LOW_TIMES:
        return False
    now = resources.now()
    return store.claim_offer(resources.database, teen, entry.cid, now, now - BETWEEN_OFFERS)


def _same(resources: Resources, found: Document, entry: Entry) -> Mood:
    """Return what is kept under this cid if it is this very check-in.

    Raises:
        Conflict: it is another, or was removed.
    """
    if "removed_at" in found:
        raise Conflict("这条心情已经删掉了。", hint="想留下的话，可以再记一条。")
    mood = _mood(found, _keys(resources, found["teen"], [found]))
    told = (entry.day, entry.face, list(entry.feelings), entry.words)
    if (mood.day, mood.face, mood.feelings, mood.words) != told:
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再记。")
    return mood


def _bound(mood: str) -> str:
    return f"mood/{mood}/words"


def _keys(resources: Resources, teen: str, found: Sequence[Document]) -> TeenKeys | None:
    """The teen's key, read once for all of these; None where nothing is sealed."""
    if not any(one["words"] for one in found):
        return None
    return resources.vault.keys(teen, make=False)


def _mood(found: Document, keys: TeenKeys | None) -> Mood:
    words = ""
    if found["words"] and keys is not None:
        words = keys.open(_bound(found["_id"]), found["words"])
    return Mood(found["cid"], found["day"], found["at"], found["face"], found["feelings"], words)


def between(resources: Resources, teen: str, first: str, last: str) -> Moods:
    """Return the teen's check-ins of these days, oldest first.

    One whose words were damaged is shown without them, and says so; where the key itself is not at
    hand the whole answer fails, since then nothing is lost but the way to it.

    Raises:
        BadRequest: no such days, or more than `MOST_DAYS`.
        KeyMissing: the words cannot be opened in this deployment.
    """
    if not 0 <= (_real_day(last) - _real_day(first)).days <= MOST_DAYS:
        raise BadRequest("日期范围不对。", hint=f"一次最多看{MOST_DAYS}天。")
    found = store.between(resources.database, teen, first, last, MOST_ENTRIES)
    keys = _keys(resources, teen, found)
    return Moods([_mood_or_shut(one, keys) for one in found])


def _mood_or_shut(found: Document, keys: TeenKeys | None) -> Mood:
    try:
        return _mood(found, keys)
    except Unreadable:
        telemetry.note("sealed_unreadable", feature="mood")
        return msgspec.structs.replace(_mood({**found, "words": None}, None), words=worries.SHUT)


def _real_day(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise BadRequest("没有这一天。", hint="请检查日期。") from None


def remove(resources: Resources, teen: str, cid: str) -> Removed:
    """Remove a check-in; asked again, or before it has come, the outcome is the same.

    A cry for help that has not reached the talk yet still does, before its words go.
    """
    store.hide(resources.database, teen, cid, resources.now())
    found = store.find(resources.database, teen, cid)
    if found is not None:
        worries.carry(resources, KEEPER, found)
    store.wipe(resources.database, store.mood_id(teen, cid))
    return Removed()


def share(resources: Resources, teen: str, *, on: bool) -> Sharing:
    """Keep whether whoever talks with the teen sees faces and feelings."""
    store.set_shared(resources.database, teen, on=on)
    return Sharing(on)


def sharing(resources: Resources, teen: str) -> Sharing:
    """Whether they see them."""
    return Sharing(store.choices(resources.database, teen)["shared"])


def of_talk(resources: Resources, caller: Caller, conversation: str) -> Weeks:
    """Return the last four weeks of the teen whom a member of staff talks with.

    Raises:
        NotFound: no such talk, or not theirs.
    """
    teen = chat.staff_talk(resources, caller, conversation)["teen"]
    if not store.choices(resources.database, teen)["shared"]:
        return Weeks(shared=False, days=[])
    today = day_of(resources.now())
    first, last = str(today - timedelta(SHOWN_DAYS - 1)), str(today + timedelta(1))
    by_day: dict[str, list[Document]] = defaultdict(list)
    for one in store.between(resources.database, teen, first, last, MOST_ENTRIES):
        by_day[one["day"]].append(one)
    return Weeks(shared=True, days=[_day(day, found) for day, found in by_day.items()])


def _day(day: str, found: Sequence[Document]) -> DayOfMood:
    mean = sum(one["face"] for one in found) / len(found)
    named = Counter(feeling for one in found for feeling in one["feelings"])
    feelings = [feeling for feeling, _ in named.most_common(SHOWN_FEELINGS)]
    return DayOfMood(day, round(mean, 1), feelings)


def sweep(resources: Resources) -> int:
    """Carry pending worries into talks; returns how many. Run twice, at once or late, no harm."""
    return worries.sweep(resources, KEEPER)


def _words(resources: Resources, found: Document) -> str:
    return _mood(found, _keys(resources, found["teen"], [found])).words


def _wipe_if_removed(resources: Resources, found: Document) -> None:
    if "removed_at" in found:
        store.wipe(resources.database, found["_id"])


KEEPER = worries.Keeper("mood", store, _words, _wipe_if_removed)
