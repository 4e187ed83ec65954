"""WeChat's check of stories and words under them: held without it, never shown against it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.common.clock import HOUR, MINUTE, SECOND
from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.service import sweep_wechat
from tests.contract.crew import at_once, error_of, eventually
from tests.contract.shelf import (
    GRAVE,
    author,
    decided,
    in_feed,
    mine,
    public_of,
    sent,
    stored_story,
    taken,
)
from tests.fakes.wechat import TEXT_CHECK, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid
from tests.wechat.people import visits

Staffing = Callable[..., Staff]

PIXEL_AD = "加我领取免费皮肤"
DOWN = ("refuse", "500", "html", "cut", "odd", "-1", "45009", "40013", "slow")


@pytest.fixture
def writer(copy: Copy, wechat: FakeWeChat, door: Resources) -> Teen:
    """Whoever writes, from WeChat."""
    teen = author(copy)
    visits(wechat, teen)
    return teen


@pytest.fixture
def reader(copy: Copy) -> Teen:
    """Another teen."""
    return author(copy)


@pytest.fixture
def moderator(staff: Staffing) -> Staff:
    """Who reads first."""
    return staff("counsellor")


def check_of(door: Resources, teen: Teen, story: str) -> Body:
    """How the check of a story stands in the database."""
    return dict(stored_story(door, teen, story).get("check", {}))


def checked(door: Resources, teen: Teen, story: Body, state: str) -> Body:
    """Wait until the check of a story says so."""

    def look() -> Body | None:
        found = check_of(door, teen, story["story"])
        return found if found.get("state") == state else None

    found = eventually(look, seconds=15)
    assert found is not None
    return found


def tried(door: Resources, teen: Teen, story: Body, why: str) -> Body:
    """Wait until it was asked in vain."""

    def look() -> Body | None:
        found = check_of(door, teen, story["story"])
        return found if found.get("why") == why else None

    found = eventually(look, seconds=15)
    assert found is not None
    return found


def hurry(door: Resources) -> None:
    """Let the pause before the next try be over."""
    with door.database.deadline(10):
        for name in ("stories", "story_answers"):
            door.database.collection(name).update_many(
                {"check_due": {"$gt": 0}}, {"$set": {"check_due": door.now()}}
            )


def in_hand(door: Resources, moderator: Staff, teen: Teen, story: Body) -> Body:
    """The story in the hands of a moderator."""
    return taken(moderator, "story", public_of(door, teen, story["story"]))


def deciding(item: Body, end: str = "publish", **more: Any) -> Body:
    """The body of a decision."""
    return {"kind": item["kind"], "id": item["id"], "version": item["version"], "end": end, **more}


# Passed


def test_what_passes_is_published_by_a_person_and_not_by_the_check(
    writer: Teen, reader: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    story = sent(writer, title="新学校", text="今天看了很久的云。")
    checked(door, writer, story, "pass")
    assert mine(writer, story["story"])["state"] == "waiting"
    item = in_hand(door, moderator, writer, story)
    assert item["check"] == {"state": "pass", "of": "sent", "why": "", "label": 100}
    assert not in_feed(reader, item["id"])
    decided(moderator, item, "publish")
    assert in_feed(reader, item["id"])
    bodies = [one for one in wechat.bodies(TEXT_CHECK) if one["content"] == "今天看了很久的云。"]
    assert {(one["title"], one["scene"]) for one in bodies} == {("新学校", 3)}
    assert "check_due" not in stored_story(door, writer, story["story"])


def test_a_moderator_who_has_it_open_keeps_their_version_when_the_verdict_comes(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[TEXT_CHECK] = "500"
    story = sent(writer)
    item = in_hand(door, moderator, writer, story)
    assert item["check"]["state"] == "pending"
    wechat.mode.clear()
    hurry(door)
    checked(door, writer, story, "pass")
    (listed,) = moderator.call("story.queue")["items"]
    assert (listed["version"], listed["check"]["state"]) == (item["version"], "pass")
    decided(moderator, item, "publish")
    assert mine(writer, story["story"])["state"] == "published"


def test_a_long_story_is_read_in_pieces_and_the_gravest_counts(
    writer: Teen, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words["天台"] = ("review", 20006)
    text = f"{'云' * 2_499}天台{'雨' * 2_499}"
    story = sent(writer, title="", text=text)
    checked(door, writer, story, "review")
    sizes = [len(one["content"]) for one in wechat.bodies(TEXT_CHECK)[-3:]]
    assert max(sizes) <= 2_500
    assert sum(sizes) == len(text) + 50 * (len(sizes) - 1)
    assert "天台" in wechat.bodies(TEXT_CHECK)[-2]["content"], "across a border it is still seen"


def test_review_is_a_persons_to_decide(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words["吵架"] = ("review", 20003)
    story = sent(writer, text="爸妈又吵架了，我躲在房间里。")
    checked(door, writer, story, "review")
    decided(moderator, in_hand(door, moderator, writer, story), "publish")
    assert mine(writer, story["story"])["state"] == "published"


# Not passed


def test_what_is_risky_reaches_a_person_and_an_offer_to_talk_but_no_reader(
    writer: Teen, reader: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words["叔叔"] = ("risky", 20002)
    story = sent(writer, text="叔叔总是进我的房间，我不敢说。")
    checked(door, writer, story, "risky")
    shown = mine(writer, story["story"])
    assert (shown["state"], shown["offer_talk"]) == ("waiting", True)
    item = in_hand(door, moderator, writer, story)
    assert (item["check"]["state"], item["check"]["label"]) == ("risky", 20002)
    assert item["text"] == "叔叔总是进我的房间，我不敢说。"
    refused = moderator.post("story.decide", deciding(item, sure=True))
    assert refused.status_code == 409
    assert "微信" in refused.json()["error"]["message"]
    assert mine(writer, story["story"])["state"] == "waiting"
    assert not in_feed(reader, item["id"])
    talk = writer.call("story.talk", story=story["story"])
    assert talk["conversation"]["waiting"] is not None


def test_changed_by_its_author_it_is_checked_anew(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words[PIXEL_AD] = ("risky", 10001)
    story = sent(writer, text=f"今天看了云。{PIXEL_AD}")
    checked(door, writer, story, "risky")
    decided(moderator, in_hand(door, moderator, writer, story), "change")
    body = {"story": story["story"], "title": "", "topic": "peers", "animal": "小鹿"}
    writer.call("story.save", edit=2, text="今天看了云。", **body)
    writer.call("story.send", story=story["story"], edit=2)
    checked(door, writer, story, "pass")
    decided(moderator, in_hand(door, moderator, writer, story), "publish")
    assert mine(writer, story["story"])["state"] == "published"


def masked(moderator: Staff, item: Body, word: str) -> None:
    """Offer masks over a word."""
    at = item["text"].index(word)
    decided(moderator, item, "mask", masks=[{"start": at, "end": at + len(word)}])


def test_what_is_published_with_masks_was_checked_with_them(
    writer: Teen, reader: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words["赌"] = ("risky", 20006)
    story = sent(writer, text="爸爸天天去赌，家里没有声音。")
    checked(door, writer, story, "risky")
    masked(moderator, in_hand(door, moderator, writer, story), "赌")
    checked(door, writer, story, "pass")
    offered = mine(writer, story["story"])
    assert offered["state"] == "mask_offered"
    writer.call("story.agree", story=story["story"], version=offered["version"])
    shown = mine(writer, story["story"])
    assert shown["state"] == "published"
    assert "〔已隐去〕" in reader.call("story.read", story=shown["public"])["story"]["text"]
    assert "赌" not in wechat.bodies(TEXT_CHECK)[-1]["content"]


def test_a_yes_to_masks_waits_for_the_check_and_for_nobody_else(
    writer: Teen, reader: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    story = sent(writer, text="爸爸天天去赌，家里没有声音。")
    checked(door, writer, story, "pass")
    wechat.mode[TEXT_CHECK] = "500"
    masked(moderator, in_hand(door, moderator, writer, story), "赌")
    offered = mine(writer, story["story"])
    agreed = {"story": story["story"], "version": offered["version"]}
    for _ in range(2):
        assert writer.call("story.agree", **agreed)["story"]["state"] == "waiting"
    assert not reader.call("story.feed")["stories"]
    assert moderator.call("story.queue")["items"] == []
    wechat.mode.clear()
    hurry(door)
    eventually(lambda: mine(writer, story["story"])["state"] == "published", seconds=15)
    assert writer.call("story.agree", **agreed)["story"]["state"] == "published"
    assert stored_story(door, writer, story["story"])["check"]["state"] == "pass"


def test_masks_that_are_not_enough_bring_it_back_to_the_desk(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.words["家里"] = ("risky", 20006)
    story = sent(writer, text="爸爸天天去赌，家里没有声音。")
    checked(door, writer, story, "risky")
    masked(moderator, in_hand(door, moderator, writer, story), "赌")
    item = eventually(lambda: moderator.call("story.queue")["items"], seconds=15)[0]
    assert (item["check"]["state"], item["check"]["of"]) == ("risky", "offered")
    shown = mine(writer, story["story"])
    assert (shown["state"], shown["offered"]) == ("waiting", None)
    again = in_hand(door, moderator, writer, story)
    assert error_of(moderator, "story.decide", deciding(again, sure=True)) == (409, "conflict")
    decided(moderator, again, "withhold")
    assert mine(writer, story["story"])["state"] == "withheld"


# Words under a story


def test_words_under_a_story_go_the_same_way(
    copy: Copy, writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    public = published_story(writer, moderator, door)
    other = author(copy)
    visits(wechat, other)
    wechat.words["难看"] = ("risky", 20003)
    other.call("story.answer", story=public, cid=new_cid(), text="写得真难看")
    (item,) = eventually(
        lambda: [one for one in queue(moderator) if one["check"]["state"] == "risky"], seconds=15
    )
    held = taken(moderator, "answer", item["id"])
    assert error_of(moderator, "story.decide", deciding(held)) == (409, "conflict")
    decided(moderator, held, "withhold")
    assert wechat.bodies(TEXT_CHECK)[-1]["scene"] == 2
    assert writer.call("story.read", story=public)["answers"] == []


def published_story(writer: Teen, moderator: Staff, door: Resources) -> str:
    """A story that readers can see."""
    story = sent(writer)
    checked(door, writer, story, "pass")
    item = in_hand(door, moderator, writer, story)
    decided(moderator, item, "publish")
    return str(item["id"])


def queue(moderator: Staff) -> list[Body]:
    """What waits for a person."""
    found: list[Body] = moderator.call("story.queue")["items"]
    return found


def test_a_counsellors_words_stand_once_the_check_has_passed_them(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    public = published_story(writer, moderator, door)
    wechat.mode[TEXT_CHECK] = "500"
    body = {"story": public, "cid": new_cid(), "text": "谢谢你写下来。"}
    said = moderator.call("story.answer_as_counsellor", **body)
    assert (said["waits"], said["answer"]["text"]) == (True, "谢谢你写下来。")
    assert writer.call("story.read", story=public)["answers"] == []
    assert queue(moderator) == [], "nobody else has to read a counsellor's words"
    wechat.mode.clear()
    hurry(door)
    eventually(lambda: writer.call("story.read", story=public)["answers"], seconds=15)
    assert moderator.call("story.answer_as_counsellor", **body)["waits"] is False


def test_a_counsellors_words_that_may_not_stand_come_to_the_desk(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    public = published_story(writer, moderator, door)
    wechat.words["皮肤"] = ("risky", 10001)
    body = {"story": public, "cid": new_cid(), "text": "送你皮肤。"}
    moderator.call("story.answer_as_counsellor", **body)
    (item,) = eventually(lambda: queue(moderator), seconds=15)
    assert (item["kind"], item["check"]["state"]) == ("answer", "risky")
    assert writer.call("story.read", story=public)["answers"] == []


# Not asked


@pytest.mark.parametrize("mode", DOWN)
def test_while_the_check_is_down_a_story_is_held_and_a_talk_goes_on(
    writer: Teen,
    reader: Teen,
    moderator: Staff,
    door: Resources,
    wechat: FakeWeChat,
    mode: str,
) -> None:
    """Row F9: a private text is delivered, a story is held, nothing is published unchecked."""
    wechat.mode["*"] = mode
    story = sent(writer)
    said = writer.send("今天有点难过")
    assert said["message"]["text"] == "今天有点难过"
    member = moderator.available()
    writer.call("chat.ask_person", conversation=writer.talk)
    assert member.take() is not None
    member.say(writer.talk, "我在。")
    assert "我在。" in [one["text"] for one in writer.transcript()]
    item = in_hand(door, moderator, writer, story)
    for _ in range(3):
        assert error_of(moderator, "story.decide", deciding(item, sure=True)) == (409, "conflict")
    assert mine(writer, story["story"])["state"] == "waiting"
    assert not in_feed(reader, item["id"])
    wechat.mode.clear()
    wechat.hurry()

    def passed() -> bool:
        hurry(door)
        return bool(check_of(door, writer, story["story"])["state"] == "pass")

    # The client leaves WeChat alone for a while after several faults.
    eventually(passed, seconds=40)
    decided(moderator, item, "publish")
    assert in_feed(reader, item["id"])


def test_it_is_asked_again_ever_more_seldom_and_never_given_up(
    writer: Teen, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[TEXT_CHECK] = "45009"
    story = sent(writer)
    tried(door, writer, story, "quota")
    for tries in (3, 6, 30):
        due_after(door, writer, story, tries)
        eventually(functools.partial(_tried_more, door, writer, story, tries), seconds=15)
        found = stored_story(door, writer, story["story"])
        pause = min(5 * SECOND * 2 ** (found["check"]["tries"] - 1), 10 * MINUTE)
        assert pause - 3 * SECOND <= found["check_due"] - door.now() <= pause
        assert found["check"]["state"] == "pending"


def due_after(door: Resources, teen: Teen, story: Body, tries: int) -> None:
    """Have a story be due once more after so many tries in vain."""
    with door.database.deadline(10):
        door.database.collection("stories").update_one(
            {"_id": f"{teen.id}:{story['story']}"},
            {"$set": {"check.tries": tries, "check_due": door.now()}},
        )


def _tried_more(door: Resources, teen: Teen, story: Body, tries: int) -> bool:
    return bool(check_of(door, teen, story["story"])["tries"] > tries)


def test_whoever_was_away_for_two_hours_is_asked_about_when_they_come_back(
    writer: Teen, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[TEXT_CHECK] = "61010"
    story = sent(writer)
    tried(door, writer, story, "no_visit")
    item = in_hand(door, moderator, writer, story)
    assert (item["check"]["state"], item["check"]["why"]) == ("pending", "no_visit")
    due = stored_story(door, writer, story["story"])["check_due"]
    assert due - door.now() > HOUR - MINUTE
    wechat.mode.clear()
    writer.call("story.mine")
    checked(door, writer, story, "pass")


def test_who_did_not_come_from_wechat_is_held_with_the_reason(
    copy: Copy, moderator: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    other = author(copy)
    story = sent(other)
    tried(door, other, story, "not_wechat")
    item = in_hand(door, moderator, other, story)
    assert item["check"]["why"] == "not_wechat"
    assert error_of(moderator, "story.decide", deciding(item, sure=True)) == (409, "conflict")
    visits(wechat, other)
    hurry(door)
    checked(door, other, story, "pass")


def test_a_cry_for_help_is_never_sent_to_the_check(
    writer: Teen, door: Resources, wechat: FakeWeChat
) -> None:
    """It is not to be published, so nobody outside has to read it."""
    story = sent(writer, text=GRAVE)
    assert story["state"] == "withheld"
    document = stored_story(door, writer, story["story"])
    assert not {"check", "check_due"} & set(document)
    with door.database.deadline(30):
        sweep_wechat(door)
    assert all(GRAVE not in str(one.body) for one in wechat.asked)


def test_taken_back_it_is_not_asked_about_any_more(
    writer: Teen, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[TEXT_CHECK] = "500"
    story = sent(writer)
    writer.call("story.withdraw", story=story["story"])
    assert "check_due" not in stored_story(door, writer, story["story"])


def test_many_sweeps_at_once_ask_about_the_words_that_stand(
    writer: Teen, door: Resources, wechat: FakeWeChat
) -> None:
    """While one asks, the author sends other words: the old verdict is not theirs."""
    wechat.words["旧"] = ("risky", 20006)
    story = sent(writer, text="旧的一版。")
    writer.call("story.withdraw", story=story["story"])
    body = {"story": story["story"], "title": "", "topic": "peers", "animal": "小鹿"}
    writer.call("story.save", edit=2, text="新的一版。", **body)
    writer.call("story.send", story=story["story"], edit=2)

    def swept(_: int) -> object:
        with door.database.deadline(30):
            return sweep_wechat(door)

    at_once(4, swept)
    checked(door, writer, story, "pass")


def test_what_waited_before_wechat_was_set_up_is_checked_when_taken(
    writer: Teen, moderator: Staff, door: Resources
) -> None:
    story = sent(writer)
    checked(door, writer, story, "pass")
    with door.database.deadline(10):
        door.database.collection("stories").update_one(
            {"_id": f"{writer.id}:{story['story']}"}, {"$unset": {"check": "", "check_due": ""}}
        )
    item = in_hand(door, moderator, writer, story)
    assert item["check"]["state"] == "pending"
    checked(door, writer, story, "pass")
    decided(moderator, {**item, "version": item["version"]}, "publish")
