"""What a teen is owed beside the talk itself: nothing lost, a way back, all of it to be read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from cloudfunctions.account import service as account
from cloudfunctions.chat import store
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import PHONE
from tests.browser.test_talk import open_teen, say
from tests.contract.crew import eventually, stored
from tests.support.copy import Copy
from tests.support.people import Staff

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

LONG = 10_000
MOST_DRAWN = 160
"""Rows on the page at most, whatever the length of the talk."""
MOVED_PIXELS = 6
SETTLED_SECONDS = 5.0
SECOND = 1.0


@pytest.fixture
def resources(own_copy: Copy) -> Iterator[Resources]:
    """A door to the database of the test's own copy."""
    found = own_copy.resources()
    yield found
    found.database.close()


@pytest.fixture
def teen(own_copy: Copy, new_context: NewContext) -> Page:
    """A teen's page on a phone, open for writing."""
    return open_teen(new_context(PHONE), own_copy.address)


def heard(page: Page, text: str) -> None:
    """Wait until the service holds a text."""
    acknowledged = page.locator("[id^=message-].message-self", has_text=text)
    expect(acknowledged).to_have_count(1)


def only_talk(resources: Resources) -> str:
    """The id of the one conversation in this copy."""
    with resources.database.deadline(10):
        found = resources.database.collection("conversations").find_one({}, {"_id": True})
    assert found is not None
    return str(found["_id"])


def times_stored(resources: Resources, text: str) -> int:
    """How often a text stands in the one conversation."""
    messages = stored(resources, only_talk(resources))["messages"]
    return sum(message["text"] == text for message in messages)


def set_fields(resources: Resources, fields: dict[str, Any]) -> None:
    """Let time have passed in the one conversation."""
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        assert talks.update_one({"_id": only_talk(resources)}, {"$set": fields}).modified_count


def test_what_is_written_offline_arrives_once_and_in_order(
    teen: Page, resources: Resources
) -> None:
    """Without a line texts are kept and shown as such; with one again they go by themselves."""
    teen.context.set_offline(True)
    for text in ("地铁里没信号", "出来了再看"):
        say(teen, text)
    expect(teen.locator(".message-state-waiting")).to_have_count(2)
    expect(teen.locator(".notice-text")).to_contain_text("连上就发")
    teen.context.set_offline(False)
    expect(teen.locator(".message-state")).to_have_count(0, timeout=5_000)
    said = [m["text"] for m in stored(resources, only_talk(resources))["messages"]]
    kept = [text for text in said if text in ("地铁里没信号", "出来了再看")]
    assert kept == ["地铁里没信号", "出来了再看"]
    teen.reload()
    expect(teen.locator(".message-self")).to_have_count(2)


def test_a_text_whose_answer_was_lost_is_not_doubled(teen: Page, resources: Resources) -> None:
    """The service stores it, the line breaks before it says so, and it is sent again."""
    cids: list[str] = []

    def lose(route: Route) -> None:
        cids.append(str(json.loads(route.request.post_data or "{}")["cid"]))
        route.fetch()
        route.abort()

    teen.route("**/api/chat.send", lose, times=2)
    say(teen, "只说一次")
    expect(teen.locator(".message-self", has_text="只说一次")).to_have_count(1)
    eventually(lambda: len(cids) >= 1)
    expect(teen.locator(".message-state")).to_have_count(0, timeout=10_000)
    expect(teen.locator(".message-self", has_text="只说一次")).to_have_count(1)
    assert times_stored(resources, "只说一次") == 1
    assert len(set(cids)) == 1


def choose(page: Page, hard: int, heard: int) -> None:
    """Answer the two questions that are open."""
    page.locator(f".survey-hard-{hard}").click()
    expect(page.locator(f".survey-hard-{hard}")).to_have_attribute("aria-checked", "true")
    page.locator(f".survey-heard-{heard}").click()
    page.locator(".survey-answer").click()
    expect(page.locator(".survey-card")).to_have_count(0)


def test_the_two_questions_before_and_after_a_talk_with_a_person(
    teen: Page, own_copy: Copy, resources: Resources
) -> None:
    """Asked while one waits and once it has ended; writing goes on beside them."""
    say(teen, "今天上课好闷")
    expect(teen.locator(".survey-card")).to_have_count(0)
    teen.locator(".ask-person").click()
    expect(teen.locator(".wait-place")).to_have_text(re.compile("前面没有别人在等|前面还有"))
    expect(teen.locator(".wait-note")).to_contain_text("说不准")
    teen.locator(".survey-open").click()
    say(teen, "问题开着也能写")
    expect(teen.locator(".message-self", has_text="问题开着也能写")).to_be_visible()
    expect(teen.get_by_role("radio", name="挺难受")).to_be_visible()
    choose(teen, 4, 2)
    talk = only_talk(resources)
    before = eventually(lambda: stored(resources, talk).get("survey", {}).get("before"))
    assert (before["hard"], before["heard"]) == (4, 2)

    listener = Staff(own_copy.address, resources, "listener").available()
    assert listener.take() is not None
    listener.say(talk, "我来了")
    expect(teen.locator(".time-left-text")).to_contain_text("大约聊到")
    set_fields(resources, {"claim.at": resources.now() - 45 * 60_000})
    listener.say(talk, "还有一点时间")
    expect(teen.locator(".time-left-near")).to_contain_text("5 分钟")
    teen.locator(".sender-input textarea").fill("没写完的话")
    listener.close(talk)
    expect(teen.locator(".room-is-closed")).to_be_visible()
    choose(teen, 2, 5)
    after = eventually(lambda: stored(resources, talk)["survey"].get("after"))
    assert (after["hard"], after["heard"]) == (2, 5)
    teen.locator(".again-button").click()
    expect(teen.locator(".room-is-open")).to_be_visible()
    expect(teen.locator(".sender-input textarea")).to_have_value("没写完的话")


def test_questions_that_are_left_are_not_asked_again(teen: Page, resources: Resources) -> None:
    """Skipped is skipped, also after a reload."""
    say(teen, "在吗")
    teen.locator(".ask-person").click()
    teen.locator(".survey-skip").click()
    expect(teen.locator(".survey-card")).to_have_count(0)
    teen.reload()
    expect(teen.locator(".wait-bar-waiting")).to_be_visible()
    expect(teen.locator(".survey-card")).to_have_count(0)
    assert "survey" not in stored(resources, only_talk(resources))


def test_a_talk_closed_by_silence_has_a_way_back(teen: Page, resources: Resources) -> None:
    """It says so without blame, and one tap opens the next talk."""
    say(teen, "等会儿再说")
    heard(teen, "等会儿再说")
    past = resources.now() - 25 * HOUR
    set_fields(resources, {"clocks.opened": past, "clocks.teen_last": past, "due": past})
    expect(teen.locator(".room-is-closed")).to_be_visible(timeout=40_000)
    expect(teen.locator(".room-closed")).to_contain_text("不是你的错")
    teen.locator(".again-button").click()
    expect(teen.locator(".room-is-open")).to_be_visible()
    say(teen, "我回来了")
    heard(teen, "我回来了")


def test_training_is_agreed_to_only_behind_about_and_can_be_taken_back(
    teen: Page, resources: Resources
) -> None:
    """The switch is off, says what it means, and both ways reach the service."""
    say(teen, "在吗")
    owner = stored(resources, only_talk(resources))["teen"]

    def agreed() -> bool:
        with resources.database.deadline(10):
            return account.consents_to_training(resources, owner)

    expect(teen.get_by_role("switch")).to_have_count(0)
    teen.locator(".about-button").click()
    switch = teen.get_by_role("switch", name="可以用我的话帮助改进喵吗")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert not agreed()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    eventually(agreed)
    switch.focus()
    teen.keyboard.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")
    eventually(lambda: not agreed())


def lengthen(resources: Resources, count: int) -> None:
    """Give the one conversation `count` messages, stored as a long one is."""
    talk, now = only_talk(resources), resources.now()
    messages = [
        {
            "seq": seq,
            "cid": f"long-cid-{seq:06d}",
            "from": "teen" if seq % 2 else "ai",
            "kind": "text",
            "text": f"第{seq}句" + "，说得长一点" * (seq % 7),
            "at": now - (count - seq) * 1_000,
        }
        for seq in range(1, count + 1)
    ]
    first = store.chunk_start(count - store.KEPT)
    chunks = [
        {
            "_id": f"{talk}:{start:09d}",
            "conversation": talk,
            "cids": [m["cid"] for m in messages[start - 1 : start - 1 + store.CHUNK]],
            "messages": messages[start - 1 : start - 1 + store.CHUNK],
        }
        for start in range(1, first, store.CHUNK)
    ]
    with resources.database.deadline(60):
        resources.database.collection("transcripts").insert_many(chunks)
    kept = [{**m, "risk": {"level": 0, "types": [], "reasons": []}} for m in messages[first - 1 :]]
    set_fields(resources, {"messages": kept, "first": first, "seq": count})


TOP_ROW = """list => {
  const top = list.getBoundingClientRect().top
  const rows = [...list.querySelectorAll('.message')]
  const row = rows.find(one => one.getBoundingClientRect().top >= top)
  return {id: row.id, y: row.getBoundingClientRect().top, first: rows[0].id, drawn: rows.length}
}"""
TO_TOP = f"list => {{ list.scrollTop = 20; return ({TOP_ROW})(list) }}"
"""In one step, so that nothing can come above between the scrolling and the looking."""


def scroll_a_page_up(page: Page) -> tuple[float, int]:
    """Reach the top once; returns by how many pixels what was read moved, and how much is drawn."""
    rows = page.locator(".message-list")
    before = rows.evaluate(TO_TOP)
    drawn = eventually(
        lambda: (now := rows.evaluate(TOP_ROW)) and now["first"] != before["first"] and now
    )
    row = page.locator(f"#{before['id']}")
    deadline = time.monotonic() + SETTLED_SECONDS
    while (moved := abs(top_of(row) - before["y"])) > MOVED_PIXELS and time.monotonic() < deadline:
        time.sleep(0.1)
    return moved, int(drawn["drawn"])


def top_of(row: Locator) -> float:
    """Where a row stands on the screen, in px."""
    box = row.bounding_box()
    assert box is not None
    return float(box["y"])


def test_a_talk_of_ten_thousand_messages_is_read_upwards_without_losing_the_place(
    teen: Page, resources: Resources
) -> None:
    """It opens at its end, pages come above, little is drawn, and writing stays quick."""
    say(teen, "在吗")
    heard(teen, "在吗")
    lengthen(resources, LONG)
    teen.reload()
    expect(teen.locator(f"#message-{LONG}")).to_be_visible()
    assert teen.locator(".message").count() <= MOST_DRAWN

    for _ in range(12):
        moved, drawn = scroll_a_page_up(teen)
        assert moved <= MOVED_PIXELS, f"what was read moved by {moved:.0f} px"
        assert drawn <= MOST_DRAWN
    reached = teen.locator(".message-list").evaluate(TOP_ROW)["first"]
    assert int(reached.removeprefix("message-")) < LONG - 300

    teen.locator(".to-end").click()
    expect(teen.locator(f"#message-{LONG}")).to_be_in_viewport()
    scroll_a_page_up(teen)
    say(teen, "写在很长的后面")
    sent = time.monotonic()
    expect(teen.locator(".message-self", has_text="写在很长的后面")).to_be_in_viewport()
    took = time.monotonic() - sent
    assert took <= SECOND, f"one's own words showed after {took:.2f} s"
    heard(teen, "写在很长的后面")
    assert times_stored(resources, "写在很长的后面") == 1
