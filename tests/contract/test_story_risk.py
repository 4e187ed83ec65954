"""A story that speaks of danger: out of every way to readers, and at the head of the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from tests.contract.crew import at_once, error_of, eventually, stored, window_of
from tests.contract.shelf import (
    GRAVE,
    SAD,
    WORDS,
    author,
    feed,
    in_feed,
    mine,
    public_of,
    published,
    sent,
    stored_story,
    write,
)
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

HIGH = "不想活了，活着没意思，好几天都在想怎么离开。"
CALM = "今天放学路上看了很久的云，想起小时候和外婆一起晒被子，太阳的味道我一直记得。"


@pytest.fixture
def writer(running: Copy) -> Teen:
    """Whoever writes."""
    return author(running)


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


def brought_to(counsellor: Staff) -> Body:
    """The talk at the head of the queue, as its counsellor sees it."""
    talk = counsellor.call("desk.next")["conversation"]
    assert talk is not None
    found: Body = talk
    return found


def test_a_story_of_level_three_is_a_talk_at_the_head_of_the_queue_and_in_no_feed(
    running: Copy, writer: Teen, counsellor: Staff, resources: Resources
) -> None:
    calm = Teen(running.address)
    calm.send("今天天气不错")
    calm.call("chat.ask_person", conversation=calm.talk)
    story = sent(writer, title="最后一篇", text=GRAVE)
    assert (story["state"], story["offer_talk"], story["public"]) == ("withheld", True, None)
    assert story["words"]
    head = counsellor.call("desk.queue")["queue"]["heads"][0]
    assert (head["id"], head["level"], head["tier"]) == (writer.talk, 3, "counsellor")
    alerts = counsellor.call("desk.poll", version="", after=0)["alerts"]
    assert writer.talk in {alert["conversation"] for alert in alerts}
    talk = brought_to(counsellor)
    assert talk["id"] == writer.talk
    assert (talk["brought"]["kind"], talk["brought"]["text"]) == ("story", f"最后一篇\n{GRAVE}")
    kinds = [message["kind"] for message in writer.transcript()]
    assert kinds.count("safety_card") == 1
    assert writer.call("chat.enter")["conversation"]["brought"] == {"kind": "story"}
    reader = author(running)
    assert GRAVE not in str(feed(reader))
    assert public_of(resources, writer, story["story"]) not in str(counsellor.call("story.queue"))


def test_it_stays_out_for_good_whatever_its_author_does(
    running: Copy, writer: Teen, counsellor: Staff, resources: Resources
) -> None:
    story = sent(writer, text=GRAVE)
    later = {"story": story["story"], "edit": 2, **WORDS}
    assert error_of(writer, "story.save", later)[0] == 409
    assert error_of(writer, "story.agree", {"story": story["story"], "version": 2})[0] == 409
    assert writer.call("story.withdraw", story=story["story"])["story"]["state"] == "withdrawn"
    assert error_of(writer, "story.save", later)[0] == 409
    assert writer.call("story.send", story=story["story"], edit=1)["story"]["state"] == "withdrawn"
    body = {"kind": "story", "id": public_of(resources, writer, story["story"])}
    assert error_of(counsellor, "story.take", body)[0] == 409


def test_sending_it_again_and_again_calls_for_help_once(writer: Teen, resources: Resources) -> None:
    draft = write(writer, text=GRAVE)
    windows = [window_of(writer) for _ in range(8)]
    body = {"story": draft["story"], "edit": 1}
    answers = at_once(8, lambda n: windows[n].call("story.send", **body)["story"]["state"])
    assert set(answers) == {"withheld"}
    talk = stored(resources, writer.talk)
    assert [event["source"] for event in talk["risk_events"]] == ["story"]
    assert [alert["kind"] for alert in talk["alerts"]] == ["risk"]
    assert stored_story(resources, writer, draft["story"])["worry"]["state"] == "done"


def test_one_grave_sentence_in_five_thousand_calm_characters_is_heard(
    writer: Teen, resources: Resources
) -> None:
    calm = CALM * 60
    text = f"{calm[:2_600]}\n{GRAVE}。\n{calm[:2_300]}"
    assert sent(writer, text=text)["state"] == "withheld"
    assert stored(resources, writer.talk)["risk"]["level"] == 3
    other = author_again(writer)
    assert sent(other, text=calm[:4_900])["state"] == "waiting"
    assert stored(resources, other.talk)["risk"]["level"] == 0


def author_again(teen: Teen) -> Teen:
    """Another teen."""
    return Teen(teen.address)


def test_grave_words_in_the_title_are_heard(writer: Teen) -> None:
    assert sent(writer, title=GRAVE, text="就这样吧。")["state"] == "withheld"


def test_a_cry_that_is_still_pending_is_carried_by_the_sweep_though_the_story_was_taken_back(
    running: Copy, writer: Teen, resources: Resources
) -> None:
    """As a worker leaves it that dies between the write and the talk."""
    story = sent(writer, text=GRAVE)
    key = f"{writer.id}:{story['story']}"
    with resources.database.deadline(10):
        resources.database.collection("conversations").delete_many({"teen": writer.id})
        resources.database.collection("stories").update_one(
            {"_id": key}, {"$set": {"worry.state": "pending", "worry_at": resources.now()}}
        )
    writer.call("story.withdraw", story=story["story"])
    eventually(lambda: stored_story(resources, writer, story["story"])["worry"]["state"] == "done")
    talk = writer.call("chat.enter")["conversation"]
    assert (talk["safety"], talk["brought"]) == (True, {"kind": "story"})


def test_high_risk_waits_at_the_head_of_moderation_and_is_an_offer_to_talk(
    writer: Teen, counsellor: Staff, resources: Resources
) -> None:
    story = sent(writer, text=HIGH)
    assert (story["state"], story["offer_talk"]) == ("waiting", True)
    item = counsellor.call("story.queue")["items"][0]
    assert (item["text"], item["level"]) == (HIGH, 2)
    assert item["due_at"] - item["sent_at"] <= 2 * HOUR
    assert stored(resources, writer.talk)["risk"]["level"] == 0
    page = writer.call("story.talk", story=story["story"])
    assert page["conversation"]["waiting"]["position"] == 1
    again = writer.call("story.talk", story=story["story"])
    assert again["conversation"]["seq"] == page["conversation"]["seq"]
    assert brought_to(counsellor)["brought"]["text"] == f"{WORDS['title']}\n{HIGH}"
    assert "level" not in str(mine(writer, story["story"]))


def test_what_was_not_offered_cannot_be_accepted(running: Copy, writer: Teen) -> None:
    story = sent(writer)
    assert error_of(writer, "story.talk", {"story": story["story"]})[0] == 409
    assert error_of(author(running), "story.talk", {"story": story["story"]})[0] == 404
    assert error_of(writer, "story.talk", {"answer": new_cid()})[0] == 404
    for wrong in ({}, {"story": story["story"], "answer": new_cid()}):
        assert error_of(writer, "story.talk", wrong)[0] == 400


def test_an_answer_that_speaks_of_danger_is_heard_and_shown_to_nobody(
    running: Copy, writer: Teen, counsellor: Staff, resources: Resources
) -> None:
    story = published(resources, writer, counsellor)
    reader, cid = author(running), new_cid()
    told = reader.call("story.answer", story=story["public"], cid=cid, text=GRAVE)
    assert told == {"state": "withheld", "offer_talk": True}
    head = counsellor.call("desk.queue")["queue"]["heads"][0]
    assert (head["id"], head["level"]) == (reader.talk, 3)
    assert brought_to(counsellor)["brought"] | {"at": 0} == {
        "kind": "answer",
        "text": GRAVE,
        "at": 0,
        "earlier": [],
    }
    assert writer.call("story.read", story=story["public"])["answers"] == []
    assert reader.call("story.talk", answer=cid)["conversation"]["id"] == reader.talk
    assert in_feed(reader, story["public"])


def test_erasing_a_story_does_not_lose_its_cry_for_help(
    running: Copy, writer: Teen, resources: Resources
) -> None:
    story = sent(writer, text=GRAVE)
    key = f"{writer.id}:{story['story']}"
    with resources.database.deadline(10):
        resources.database.collection("conversations").delete_many({"teen": writer.id})
        resources.database.collection("stories").update_one(
            {"_id": key}, {"$set": {"worry.state": "pending", "worry_at": resources.now()}}
        )
    writer.call("story.erase_all")
    assert writer.call("story.mine")["stories"] == []
    assert writer.call("chat.enter")["conversation"]["safety"] is True


def test_talks_that_began_with_a_story_are_counted(
    writer: Teen, staff: Staffing, resources: Resources
) -> None:
    supervisor, now = staff("supervisor"), resources.now()
    period = {"from": now - HOUR, "until": now + HOUR}
    before = supervisor.call("story.figures", **period)["talks_begun"]
    sent(writer, text=GRAVE)
    sent(writer, text=SAD)
    assert supervisor.call("story.figures", **period)["talks_begun"] == before + 1
