"""What an author may do with their stories.

A story has a draft, which every autosave replaces, and what was `sent` of it. People judge what was
sent; readers see what was `shown`, which an approval sets and a withdrawal removes. None of the
three is ever taken for another.
"""

from __future__ import annotations

import secrets

import msgspec

from cloudfunctions.chat import service as chat
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources
from cloudfunctions.story import checks, reading, store, upkeep, views
from cloudfunctions.story.record import Change, Decide, Read, change
from cloudfunctions.story.standing import DESK, shown_fields, taken_away, waits
from cloudfunctions.story.wording import whole

LONGEST = 5_000
LONGEST_TITLE = 30
PAGE = 20
ANSWERS_SHOWN = 500

WRITABLE = ("draft", "change_asked", "mask_offered", "withdrawn")
"""States in which new words make a draft again."""

WORRIED = "谢谢你愿意写下来。这篇先不放出去，比起故事，我们更想先陪陪你，正在请一位真人来。"


class MineAnswer(msgspec.Struct):
    """A story as it stands after the call."""

    story: views.Mine


class MinePage(msgspec.Struct):
    """One's own stories, the newest first."""

    stories: list[views.Mine]
    more: bool


class Erased(msgspec.Struct):
    """How many stories and answers there were."""

    erased: int


def save(resources: Resources, teen: str, story: str, edit: int, words: Document) -> MineAnswer:
    """Keep the draft; an older `edit` than the one kept changes nothing.

    Args:
        words: {title, text, topic, animal}.

    Raises:
        BadRequest: too long.
        Conflict: the same edit with other words, or the story is not being written now.
    """
    _check_length(words)
    draft = {**words, "edit": edit}
    key = store.key_of(teen, story)
    if store.by_id(resources.database, store.STORIES, key) is None:
        store.add(resources.database, store.STORIES, _new_story(resources, teen, story, draft))

    def decide(before: Document) -> Change | None:
        if edit < before["draft"]["edit"] or draft == before["draft"]:
            return None
        if edit == before["draft"]["edit"]:
            raise Conflict("这一版已经存过别的内容了。", hint="请刷新后在最新的一版上写。")
        if before["state"] not in WRITABLE or before.get("barred"):
            raise Conflict("这篇现在不能改。", hint="想改的话，先把它收回来。")
        return Change({"state": "draft", "draft": draft, "at": resources.now()}, [*DESK, "offered"])

    return _as_author(resources, teen, story, decide)


def _check_length(words: Document) -> None:
    if len(words["text"]) > LONGEST:
        raise BadRequest(f"一篇最多 {LONGEST} 字。", hint="可以分成几篇来写，前面的都还在。")
    if len(words["title"]) > LONGEST_TITLE:
        raise BadRequest(f"题目最多 {LONGEST_TITLE} 个字。", hint="题目短一点，其余写在正文里。")


def _new_story(resources: Resources, teen: str, story: str, draft: Document) -> Document:
    return {
        "_id": store.key_of(teen, story),
        "schema": 1,
        "teen": teen,
        "cid": story,
        "version": 1,
        "state": "draft",
        "draft": draft,
        "at": resources.now(),
    }


def send(resources: Resources, teen: str, story: str, edit: int) -> MineAnswer:
    """Give the wording `edit` to the people who read stories first; read for risk on the way.

    Level 3 waits for nobody: the same write that takes the story out of every way to readers marks
    the cry for help, which is then carried into the author's talk.

    Raises:
        BadRequest: there is no word in it.
        Conflict: the wording is not the one that was saved last, or is not a draft.
    """
    with resources.database.deadline():
        found = _author_reads(resources, teen, story)() or {}
    draft = found.get("draft", {})
    # Read beside the deadline of the database: a long story takes as long as it takes.
    read = reading.read(draft) if draft and found.get("sent", {}).get("edit") != edit else {}

    def decide(before: Document) -> Change | None:
        if before.get("sent", {}).get("edit") == edit:
            return None
        if before["draft"]["edit"] != edit or before["state"] != "draft":
            raise Conflict("要送出的不是最新的一版。", hint="请先存好最新的一版，再送出。")
        if not before["draft"]["text"].strip():
            raise BadRequest("故事还是空的。", hint="写一点再送出吧，几个字也可以。")
        return _sent(resources, before, read if before["draft"] == draft else None)

    with resources.database.deadline():
        return _as_author(resources, teen, story, decide)


def _sent(resources: Resources, before: Document, read: Document | None) -> Change:
    now, read = resources.now(), read or reading.read(before["draft"])
    public = before.get("public") or f"s_{secrets.token_urlsafe(16)}"
    fields: Document = {
        "sent": before["draft"],
        "sent_at": now,
        "read": read,
        "public": public,
        "reason": "none",
    }
    if read["level"] < reading.IMMINENT:
        desk = waits("story", read["level"], now)
        asked = checks.begun(resources)
        return Change({**fields, "state": "waiting", "desk": desk, **asked}, ["words", "lease"])
    fields |= {"state": "withheld", "reason": "danger", "words": WORRIED, "barred": True}
    return Change({**fields, **upkeep.worried(before["draft"], read, now)}, [*DESK, "check"])


def agree(resources: Resources, teen: str, story: str, version: int) -> MineAnswer:
    """Publish in exactly the wording that was offered in this version of the story.

    Where WeChat has not said yet that it may be shown, it waits for that and for nothing else.
    """

    def decide(before: Document) -> Change | None:
        if before.get("agreed") == version:
            return None
        if before["state"] != "mask_offered" or before["version"] != version:
            raise Conflict("这一版已经变了。", hint="请看看现在的样子再决定。")
        if not checks.passed(resources, before):
            # Under a new mark, or a verdict that comes this moment could be written over.
            asked = checks.begun(resources, "offered", checks.PUBLISH)
            return Change({"state": "waiting", "agreed": version, **asked})
        offered = before["offered"]
        flags = {"from_14": offered["from_14"], "heavy": offered["heavy"]}
        fields = shown_fields(before, offered, flags, resources.now())
        return Change({**fields, "agreed": version}, [*DESK, "offered"])

    return _as_author(resources, teen, story, decide)


def withdraw(resources: Resources, teen: str, story: str) -> MineAnswer:
    """Take a story back, whatever its state; readers lose it and its answers in the same write."""

    def decide(before: Document) -> Change | None:
        if before["state"] == "withdrawn":
            return None
        taken = taken_away(before, {"state": "withdrawn"}, resources.now())
        # Shown again, it is another publication that nothing links to this one.
        ended = ["public"] if "shown" in before else []
        return Change(taken.fields, [*taken.gone, *ended])

    return _as_author(resources, teen, story, decide)


def talk(resources: Resources, teen: str, story: str) -> chat.Page:
    """Accept the offer to talk about a story: a talk opens with the story as its card.

    Raises:
        Conflict: there is no such offer.
        NotFound: no such story of this teen.
    """
    found = store.by_id(resources.database, store.STORIES, store.key_of(teen, story))
    if found is None:
        raise NotFound
    return _talk(resources, found)


def talk_about_answer(resources: Resources, teen: str, cid: str) -> chat.Page:
    """The same for words that were written as an answer."""
    found = store.answer_of(resources.database, teen, cid)
    if found is None:
        raise NotFound
    return _talk(resources, found)


def _talk(resources: Resources, found: Document) -> chat.Page:
    if not views.offers_talk(found):
        raise Conflict("现在没有这个邀请。", hint="想找人说说，随时可以直接开始一段倾诉。")
    upkeep.follow_up(resources, found)
    return chat.bring(
        resources,
        found["teen"],
        {"kind": upkeep.kind_of(found), "id": found["cid"]},
        whole(found["sent"]),
        reading.as_read(found["read"]),
    )


def mine(resources: Resources, teen: str, before: int | None) -> MinePage:
    """Return one's own stories, the last touched first."""
    found = store.of_teen(resources.database, teen, before or 2**53, PAGE + 1)
    page = found[:PAGE]
    checks.hurry(resources, store.STORIES, page)
    publics = [one["public"] for one in page if "shelves" in one]
    given = store.answers_on(resources.database, publics, ANSWERS_SHOWN)
    shown = [_mine(resources, one, given) for one in page]
    return MinePage(shown, more=len(found) > PAGE)


def _mine(resources: Resources, story: Document, given: list[Document]) -> views.Mine:
    public = story.get("public")
    if "shelves" not in story or public is None:
        return views.mine(story, 0, ())
    own = [one for one in given if one["story"] == public]
    return views.mine(story, store.hug_count(resources.database, public), own)


def erase_all(resources: Resources, teen: str) -> Erased:
    """Erase every story, answer and hug of a teen; also for the erasure of an account."""
    return Erased(upkeep.erase_all(resources, teen))


def sweep(resources: Resources) -> int:
    """Do what a request left undone when its process died; returns how much that was."""
    return upkeep.sweep(resources)


def check(resources: Resources) -> int:
    """Ask WeChat about what is to be published; returns how many verdicts came."""
    return checks.sweep(resources)


def _as_author(resources: Resources, teen: str, story: str, decide: Decide) -> MineAnswer:
    read = _author_reads(resources, teen, story)
    after = change(resources.database, store.STORIES, read, decide).document
    upkeep.follow_up(resources, after)
    public = after.get("public")
    given = store.answers_on(resources.database, [public] if public else [], ANSWERS_SHOWN)
    return MineAnswer(_mine(resources, after, given))


def _author_reads(resources: Resources, teen: str, story: str) -> Read:
    key = store.key_of(teen, story)
    return lambda: store.by_id(resources.database, store.STORIES, key)
