"""What readers may do: read by topic and time, hug, report, and hear what is gone.

There is no order but time and no count for readers, so nothing is popular. A reader finds a story
only while it is on a shelf, looked up in the very call; nothing is kept between.
"""

from __future__ import annotations

import msgspec

from cloudfunctions.account import service as account
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import store, upkeep, views
from cloudfunctions.story.record import Change, change
from cloudfunctions.story.standing import PLACE_BITS, for_young, hidden, is_visible, shelf_of, waits

HIDING = 3
"""So many different reporters hide a story until a moderator has decided."""
ANSWERS_SHOWN = 200
REACH = 10 * MINUTE
"""How far back a page looks at first. What one step finds is sorted in memory by the embedded
database, so it has to be little; the next step reaches `FARTHER` times as far."""
FARTHER = 3
LONGEST_REACH = 20 * 365 * 24 * HOUR
REACH_AGE = 60.0
"""Seconds that a process remembers how far back the newest page of a shelf reached."""
FARTHEST = 2**62


class FeedPage(msgspec.Struct):
    """Stories, the newest first; `cursor` goes into `before` for those that follow."""

    stories: list[views.Read]
    more: bool
    cursor: str


class Opened(msgspec.Struct):
    """A story and its answers, a counsellor's first."""

    story: views.Read
    answers: list[views.Answer]


class Hugged(msgspec.Struct):
    """Whether the caller hugs the story now."""

    hugged: bool


class Nothing(msgspec.Struct):
    """Done."""


class Gone(msgspec.Struct):
    """What went after `since`; `now` is the next `since`."""

    now: int
    gone: list[str]


def feed(resources: Resources, teen: str, topic: str, before: str, limit: int) -> FeedPage:
    """Return a page of what this teen may read."""
    young = account.age_band(resources, teen) == "under_14"
    below = _place_of(before) if before else FARTHEST
    found = _page(resources, shelf_of(topic, young=young), below, limit + 1)
    page = found[:limit]
    publics = [one["public"] for one in page]
    hugged = store.hugged(resources.database, teen, publics)
    cursor = format(page[-1]["place"], "x") if page else before
    shown = [views.read(one, teen, hugged) for one in page]
    return FeedPage(shown, more=len(found) > limit, cursor=cursor)


def _place_of(cursor: str) -> int:
    place = int(cursor, 16)
    if place > FARTHEST:
        raise BadRequest(hint="请从头再看。")
    return place


def _page(resources: Resources, shelf: str, below: int, wanted: int) -> list[Document]:
    """Return the newest of a shelf, with a first step about as long as a page is."""

    def reached() -> int:
        newest = _walk(resources, shelf, FARTHEST, wanted, REACH)
        oldest = newest[-1]["place"] >> PLACE_BITS if newest else 0
        return max(resources.now() - oldest, REACH)

    first = int(resources.recent.get(f"reach {shelf} {wanted}", REACH_AGE, reached))
    return _walk(resources, shelf, below, wanted, first + first // 2)


def _walk(resources: Resources, shelf: str, below: int, wanted: int, reach: int) -> list[Document]:
    found: list[Document] = []
    top, upper = min(below >> PLACE_BITS, resources.now()), below
    while len(found) < wanted and upper > 0:
        lower = max(top - reach, 0) << PLACE_BITS if reach < LONGEST_REACH else 0
        # The lower end belongs to this step; the next one asks for what is below it.
        missing = wanted - len(found)
        found += store.on_shelf(resources.database, shelf, lower - 1, upper, missing)
        upper, reach = lower, reach * FARTHER
    return found


def visible(resources: Resources, teen: str, public: str) -> Document:
    """Return a story that this teen may read now.

    Raises:
        NotFound: there is none for them.
    """
    story = store.by_public(resources.database, public)
    if story is None or not is_visible(story):
        raise _not_to_be_read()
    young = account.age_band(resources, teen) == "under_14"
    if young and not for_young(story):
        raise _not_to_be_read()
    return story


def _not_to_be_read() -> NotFound:
    """Absent, not approved, gone, or not for this age: the same words for all."""
    return NotFound("这篇现在看不到了。", hint="回到故事里，看看别的吧。")


def read(resources: Resources, teen: str, public: str) -> Opened:
    """Open a story with its answers."""
    story = visible(resources, teen, public)
    found = store.answers_on(resources.database, [public], ANSWERS_SHOWN)
    hugged = store.hugged(resources.database, teen, [public])
    return Opened(views.read(story, teen, hugged), views.answers(found, teen))


def hug(resources: Resources, teen: str, public: str, *, on: bool) -> Hugged:
    """Hug a story, or take it back; only the author hears how many did."""
    story = visible(resources, teen, public)
    if story["teen"] == teen:
        raise Conflict("这是你自己的故事。", hint="别人的抱抱会出现在这里。")
    if on:
        store.hug(resources.database, public, teen, resources.now())
    else:
        store.unhug(resources.database, public, teen)
    return Hugged(on)


def report(
    resources: Resources, teen: str, public: str, answer: str | None, reason: str
) -> Nothing:
    """Have a moderator look at a story or an answer; three reporters hide it until then."""
    collection = store.STORIES if answer is None else store.ANSWERS

    def look() -> Document:
        found = _reportable(resources, public, answer)
        if found is None:
            raise _not_to_be_read()
        return found

    def decide(before: Document) -> Change | None:
        if any(one["by"] == teen for one in _reports(before)):
            return None
        visible(resources, teen, public)
        if not is_visible(before):
            raise _not_to_be_read()
        return _reported(resources, before, teen, reason)

    after = change(resources.database, collection, look, decide).document
    upkeep.follow_up(resources, after)
    return Nothing()


def _reportable(resources: Resources, public: str, answer: str | None) -> Document | None:
    if answer is None:
        return store.by_public(resources.database, public)
    found = store.by_id(resources.database, store.ANSWERS, answer)
    return found if found is not None and found["story"] == public else None


def _reports(document: Document) -> list[Document]:
    """What was reported of this publication; of an earlier one, it does not count against it."""
    shown_at = document.get("shown_at")
    return [one for one in document.get("reports", []) if one["shown_at"] == shown_at]


def _reported(resources: Resources, before: Document, teen: str, reason: str) -> Change:
    now, shown_at = resources.now(), before["shown_at"]
    own = {"by": teen, "reason": reason, "at": now, "settled": False, "shown_at": shown_at}
    fields: Document = {"reports": [*_reports(before), own]}
    if "desk" not in before:
        fields["desk"] = waits("report", before["read"]["level"], now)
    if sum(not one["settled"] for one in fields["reports"]) < HIDING:
        return Change(fields)
    away = hidden(before, now)
    return Change({**fields, **away.fields}, away.gone)


def poll(resources: Resources, since: int, wait: int) -> Gone:
    """Say what went after `since`, waiting up to `wait` seconds for it.

    `since` is a `now` that was answered before; 0 begins: what went earlier is not told then.
    """
    last = [0]

    def look() -> bool:
        with resources.database.deadline():
            last[0] = store.gone_last(resources.database)
        return last[0] > since

    resources.gone.until([upkeep.GONE], wait, look)
    if since == 0 or last[0] <= since:
        return Gone(last[0], [])
    with resources.database.deadline():
        newest, entries = store.gone_entries(resources.database)
    ids = dict.fromkeys(entry["id"] for entry in entries if entry["n"] > since)
    return Gone(newest, list(ids))
