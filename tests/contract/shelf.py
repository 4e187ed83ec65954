"""What the story tests share: authors, readers and moderators, and a story on its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudfunctions.common.resources import Resources
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

SAD = "这学期搬了家，新班里还没有人和我说话。午饭我都一个人吃，有点想以前的同桌。"
WORDS: Body = {"title": "新学校", "text": SAD, "topic": "peers", "animal": "小鹿"}
KIND_WORDS = "写得很真，谢谢你。有一处请再想想要不要写出来。"
GRAVE = "我把药都攒够了，今晚就吃"


def author(running: Copy, band: str = "from_14") -> Teen:
    """A teen who has said how old they are."""
    teen = Teen(running.address)
    teen.call("account.age", band=band)
    return teen


def write(teen: Teen, story: str = "", edit: int = 1, **words: Any) -> Body:
    """Save a draft; returns it as its author sees it."""
    body = {"story": story or new_cid(), "edit": edit, **WORDS, **words}
    saved: Body = teen.call("story.save", **body)["story"]
    return saved


def sent(teen: Teen, **words: Any) -> Body:
    """Write and send a story."""
    draft = write(teen, **words)
    found: Body = teen.call("story.send", story=draft["story"], edit=draft["edit"])["story"]
    return found


def public_of(resources: Resources, teen: Teen, story: str) -> str:
    """The id by which moderators know a story that waits."""
    return str(stored_story(resources, teen, story)["public"])


def stored_story(resources: Resources, teen: Teen, story: str) -> Mapping[str, Any]:
    """The document of a story as it lies in the database."""
    with resources.database.deadline(10):
        found = resources.database.collection("stories").find_one({"_id": f"{teen.id}:{story}"})
    assert found is not None
    return found


def taken(moderator: Staff, kind: str, identity: str) -> Body:
    """Take an item in hand."""
    item: Body = moderator.call("story.take", kind=kind, id=identity)["item"]
    return item


def decided(moderator: Staff, item: Body, end: str, **more: Any) -> Body:
    """Decide on an item as it was seen."""
    said = {"words": KIND_WORDS, "reason": "other"} if end in ("change", "withhold") else {}
    body = {"kind": item["kind"], "id": item["id"], "version": item["version"], "end": end}
    return moderator.call("story.decide", **{**body, **said, **more})


def published(
    resources: Resources,
    teen: Teen,
    moderator: Staff,
    /,
    decision: Body | None = None,
    **words: Any,
) -> Body:
    """A story that readers can see, as its author sees it."""
    story = sent(teen, **words)
    identity = public_of(resources, teen, story["story"])
    decided(moderator, taken(moderator, "story", identity), "publish", **(decision or {}))
    found = mine(teen, story["story"])
    assert (found["state"], found["public"]) == ("published", identity)
    return found


def mine(teen: Teen, story: str) -> Body:
    """One of one's own stories."""
    found: list[Body] = teen.call("story.mine")["stories"]
    return next(one for one in found if one["story"] == story)


def feed(teen: Teen, **asked: Any) -> list[Body]:
    """The newest stories that a teen may read."""
    found: list[Body] = teen.call("story.feed", **asked)["stories"]
    return found


def in_feed(teen: Teen, public: str | None) -> bool:
    """Whether a story stands in the newest page."""
    return public in {one["story"] for one in feed(teen)}
