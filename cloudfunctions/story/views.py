"""What leaves the house: to the author, to readers, and to moderators, each their own shape.

Readers get what stands under `shown` alone, which only an approval sets. No level is in anything
that a teen receives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cloudfunctions.account.service import Staff
from cloudfunctions.common.database import Document
from cloudfunctions.story.reading import HIGH


class Answer(msgspec.Struct):
    """An approved answer to a story."""

    id: str
    text: str
    by: str
    animal: str
    day: str
    mine: bool


class Offered(msgspec.Struct):
    """The wording that a moderator offers; `masks` are spans of the text that was sent."""

    title: str
    text: str
    masks: list[dict[str, int]]


class Mine(msgspec.Struct):
    """A story as its author sees it."""

    story: str
    public: str | None
    state: str
    edit: int
    version: int
    title: str
    text: str
    topic: str
    animal: str
    at: int
    hugs: int
    answers: list[Answer]
    offered: Offered | None
    words: str
    offer_talk: bool


class Given(msgspec.Struct):
    """An answer as whoever wrote it sees it; `about` is the title of the story, '' once gone."""

    cid: str
    text: str
    state: str
    words: str
    about: str
    at: int
    offer_talk: bool


class Read(msgspec.Struct):
    """A story as readers see it."""

    story: str
    title: str
    text: str
    topic: str
    animal: str
    day: str
    heavy: bool
    hugged: bool
    mine: bool


class Mark(msgspec.Struct):
    """A span that the moderator should look at: personal data by its kind, or risk."""

    start: int
    end: int
    kind: str


class Check(msgspec.Struct):
    """How WeChat's check stands; `why` there is no verdict yet, `label` what it found (100: none).

    `of` is 'offered' where it is about masks that were offered before.
    """

    state: str
    of: str
    why: str
    label: int


class About(msgspec.Struct):
    """The story that an answer answers."""

    title: str
    text: str


class Item(msgspec.Struct):
    """What waits for a moderator."""

    kind: str
    id: str
    version: int
    level: int
    types: list[str]
    title: str
    text: str
    topic: str
    animal: str
    marks: list[Mark]
    title_marks: list[Mark]
    sent_at: int
    due_at: int
    overdue: bool
    holder: str
    mine: bool
    reports: list[str]
    about: About | None
    check: Check | None


def offers_talk(story: Document) -> bool:
    """Whether the author is offered to talk about it."""
    risky = story.get("check", {}).get("state") == "risky"
    return bool(story.get("barred") or risky or story.get("read", {}).get("level", 0) >= HIGH)


def answer(document: Document, teen: str) -> Answer:
    """An answer as `teen` sees it."""
    shown = document["shown"]
    return Answer(
        id=document["_id"],
        text=shown["text"],
        by=document["by"],
        animal=shown["animal"],
        day=shown["day"],
        mine=document["teen"] == teen,
    )


def answers(documents: Sequence[Document], teen: str) -> list[Answer]:
    """Answers as they stand under a story: a counsellor's first, then by time."""
    order = sorted(documents, key=lambda one: (one["by"] != "counsellor", one["at"], one["_id"]))
    return [answer(one, teen) for one in order]


def given(document: Document, story: Document | None) -> Given:
    """An answer for its author, with the moderator's words where they said some."""
    seen = story is not None and "shelves" in story
    return Given(
        cid=document["cid"],
        text=document["sent"]["text"],
        state="waiting" if document.get("hidden") else document["state"],
        words=document.get("words", ""),
        about=story["shown"]["title"] if seen and story else "",
        at=document["at"],
        offer_talk=offers_talk(document),
    )


def mine(story: Document, hugs: int, found: Sequence[Document]) -> Mine:
    """A story for its author, with what readers gave it."""
    draft, offered = story["draft"], story.get("offered")
    return Mine(
        story=story["cid"],
        public=story["public"] if "shelves" in story else None,
        state="waiting" if story.get("hidden") else story["state"],
        edit=draft["edit"],
        version=story["version"],
        title=draft["title"],
        text=draft["text"],
        topic=draft["topic"],
        animal=draft["animal"],
        at=story["at"],
        hugs=hugs,
        answers=answers(found, story["teen"]),
        offered=_offered(offered) if offered and story["state"] == "mask_offered" else None,
        words=story.get("words", ""),
        offer_talk=offers_talk(story),
    )


def _offered(offered: Document) -> Offered:
    return Offered(offered["title"], offered["text"], offered["masks"])


def read(story: Document, teen: str, hugged: set[str]) -> Read:
    """A story for a reader."""
    shown = story["shown"]
    return Read(
        story=story["public"],
        title=shown["title"],
        text=shown["text"],
        topic=shown["topic"],
        animal=shown["animal"],
        day=shown["day"],
        heavy=story.get("heavy", False),
        hugged=story["public"] in hugged,
        mine=story["teen"] == teen,
    )


def id_of(document: Document) -> str:
    """The id by which readers and moderators know a story or an answer."""
    return str(document["_id"] if "story" in document else document["public"])


def item(document: Document, staff: Staff, now: int, stories: Mapping[str, Document]) -> Item:
    """What a moderator sees; of a reported thing, what readers see of it."""
    desk, seen, lease = document["desk"], document["read"], document.get("lease", {})
    sent = document["sent"]
    words = {**sent, **document["shown"]} if desk["kind"] == "report" else sent
    unlike = words["text"] != sent["text"] or words["title"] != sent["title"]
    held = lease.get("until", 0) > now
    return Item(
        kind=desk["kind"],
        id=id_of(document),
        version=document["version"],
        level=seen["level"],
        types=seen["types"],
        title=words["title"],
        text=words["text"],
        topic=words["topic"],
        animal=words["animal"],
        marks=[] if unlike else [Mark(**mark) for mark in seen["marks"]],
        title_marks=[] if unlike else [Mark(**mark) for mark in seen["title_marks"]],
        sent_at=document["sent_at"],
        due_at=desk["due_at"],
        overdue=desk["due_at"] < now,
        holder=lease["name"] if held else "",
        mine=held and lease["by"] == staff.id,
        reports=[one["reason"] for one in open_reports(document)],
        about=_about(stories.get(document.get("story", ""))),
        check=_check(document.get("check")),
    )


def _check(check: Document | None) -> Check | None:
    if check is None:
        return None
    return Check(check["state"], check["of"], check.get("why", ""), check.get("label", 0))


def _about(story: Document | None) -> About | None:
    shown = (story or {}).get("shown")
    return About(shown["title"], shown["text"]) if shown else None


def open_reports(document: Document) -> list[Document]:
    """Reports of what is shown now that no moderator has decided yet."""
    shown_at = document.get("shown_at")
    reports = document.get("reports", [])
    return [one for one in reports if not one["settled"] and one["shown_at"] == shown_at]
