"""What a teen keeps: check-ins, the plan, the exercises; also with the service gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_talk import IN_DANGER, open_teen, say
from tests.contract.crew import eventually
from tests.support.copy import Copy
from tests.support.people import Staff, new_cid

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

FINGER_PIXELS = 44
PAGES = ("chat", "mood", "stories", "my", "plan", "grounding")


@pytest.fixture
def teen(running: Copy, new_context: NewContext) -> Page:
    """A teen's page on a phone."""
    return open_teen(new_context(PHONE), running.address)


def go(page: Page, name: str) -> None:
    """Walk to one of the teen's pages, as a finger would."""
    if name in ("plan", "grounding"):
        go(page, "my")
        page.locator(f".my-{name}").click()
    else:
        page.locator(f".teen-nav-{name}:visible").click()
    expect(page.locator(f"wx-page[data-page='pages/{name}/index']")).to_be_visible()


def check_in(page: Page, face: int, words: str = "") -> None:
    """Keep how it is now."""
    if page.locator(".mood-more").count():
        page.locator(".mood-more").click()
    page.locator(f".mood-pick-{face}").click()
    page.locator(".mood-feeling-tired").click()
    if words:
        page.locator(".mood-words textarea").fill(words)
    page.locator(".mood-save").click()


def write(page: Page, section: str, text: str) -> None:
    """Add a line to a section of the plan."""
    page.locator(f".plan-section-{section} .plan-text input").fill(text)
    page.locator(f".plan-section-{section} .plan-add").click()
    expect(lines(page, section).last).to_have_text(text)


def lines(page: Page, section: str) -> Locator:
    """What stands in a section of the plan."""
    return page.locator(f".plan-section-{section} .plan-entry-name")


def check_ins(resources: Resources) -> list[dict[str, Any]]:
    """The check-ins that the service holds, and not the traces of removed ones."""
    with resources.database.deadline(10):
        moods = resources.database.collection("moods")
        return [dict(one) for one in moods.find({"face": {"$exists": True}})]


@pytest.fixture
def no_check_ins(resources: Resources) -> None:
    """Whatever earlier tests left."""
    with resources.database.deadline(10):
        resources.database.collection("moods").delete_many({})


def test_check_in_plan_and_exercises_with_the_service_gone(
    own_copy: Copy, new_context: NewContext
) -> None:
    """All of it can be used; what was written arrives once, when the service is back."""
    teen = open_teen(new_context(PHONE), own_copy.address)
    go(teen, "plan")
    write(teen, "helps", "听那首歌")
    expect(teen.locator(".plan-state")).to_have_text("都存好了")
    own_copy.stop()

    write(teen, "people", "小姨")
    expect(teen.locator(".plan-state")).to_contain_text("连上网就存好")
    go(teen, "mood")
    check_in(teen, 2, "同桌换走了")
    expect(teen.locator(".mood-entry-state")).to_contain_text("连上网就存好")
    expect(teen.locator(".calendar-day-told")).to_have_count(1)
    expect(teen.locator(".mood-plot")).to_have_attribute("aria-label", re.compile("记了 1 次"))
    go(teen, "grounding")
    for mode, steps in (("cold", 3), ("senses", 5)):
        teen.locator(f".mode-{mode}").click()
        for _ in range(steps):
            teen.locator(".senses-next").click()
        expect(teen.locator(".grounding-finished")).to_be_visible()
    teen.locator(".mode-small").click()
    teen.locator(".small-thing").first.click()
    teen.locator(".small-finish").click()
    expect(teen.locator(".grounding-finished")).to_be_visible()
    teen.locator(".grounding-help").click()
    assert_plan_comes_first(teen)

    own_copy.start()
    resources = own_copy.resources()
    eventually(lambda: check_ins(resources), 40)
    eventually(lambda: teen.evaluate("() => !('wx:plan.draft' in localStorage)"), 40)
    assert len(check_ins(resources)) == 1
    resources.database.close()
    assert_is_read_back(teen, own_copy.address)


def assert_plan_comes_first(page: Page) -> None:
    """One's own words stand above the people of the card, and those above the hotlines."""
    card = page.locator(".safety-card:visible")
    expect(card.locator(".plan-short-helps")).to_contain_text("听那首歌")
    expect(card.locator(".plan-short-people")).to_contain_text("小姨")
    order = [".safety-plan", ".safety-people", ".hotline-call >> nth=0"]
    boxes = [card.locator(one).bounding_box() for one in order]
    tops = [box["y"] for box in boxes if box is not None]
    assert len(tops) == len(order)
    assert tops == sorted(tops)


def assert_is_read_back(page: Page, address: str) -> None:
    """Another start with nothing kept but the identity shows the same, from the service."""
    page.evaluate(
        "() => Object.keys(localStorage).filter((key) => !/session|device/.test(key))"
        ".forEach((key) => localStorage.removeItem(key))"
    )
    page.goto(f"{address}/#/pages/mood/index")
    page.reload()
    page.locator(".calendar-day-told").click()
    expect(page.locator(".mood-entry-words")).to_have_text("同桌换走了")
    go(page, "plan")
    expect(lines(page, "helps")).to_have_text("听那首歌")
    expect(lines(page, "people")).to_have_text("小姨")


def test_words_of_a_check_in_are_on_the_device_only_until_the_service_holds_them(
    resources: Resources, no_check_ins: None, teen: Page
) -> None:
    """Neither the browser's storage nor the database shows them in the clear."""
    go(teen, "mood")
    teen.context.set_offline(True)
    check_in(teen, 3, "只给自己看的话")
    kept = "() => JSON.stringify(localStorage).includes('只给自己看的话')"
    assert teen.evaluate(kept)
    teen.context.set_offline(False)
    eventually(lambda: not teen.evaluate(kept), 40)
    [held] = check_ins(resources)
    assert "只给自己看的话" not in str(held)
    expect(teen.locator(".mood-entry-words")).to_have_text("只给自己看的话")


def test_low_days_bring_one_gentle_offer_that_can_be_put_away(teen: Page) -> None:
    """No count of days, no alarm: an offer once, and it goes when it is put away."""
    go(teen, "mood")
    for _ in range(3):
        expect(teen.locator(".mood-offer")).to_have_count(0)
        check_in(teen, 1)
        expect(teen.locator(".mood-entry-state")).to_have_count(0)
    expect(teen.locator(".mood-offer")).to_be_visible()
    teen.locator(".mood-offer .mood-put-away").click()
    check_in(teen, 1)
    expect(teen.locator(".mood-entry")).to_have_count(4)
    expect(teen.locator(".mood-entry-state")).to_have_count(0)
    expect(teen.locator(".mood-offer")).to_have_count(0)


def test_words_of_danger_in_a_check_in_bring_the_card_and_the_talk(teen: Page) -> None:
    """The safety card at once where it was written; in the talk it is not told anew."""
    go(teen, "mood")
    check_in(teen, 1, IN_DANGER)
    expect(teen.locator(".mood-safety .safety-card")).to_be_visible()
    expect(teen.locator(".teen-nav-dot:visible")).to_be_visible()
    teen.locator(".mood-safety .mood-talk").click()
    expect(teen.locator(".room-is-open .message-card")).to_be_visible()
    expect(teen.locator(".teen-nav-dot:visible")).to_have_count(0)


def test_a_check_in_can_be_removed_for_good(
    resources: Resources, no_check_ins: None, teen: Page
) -> None:
    """Removed, it is gone from the page and from the service."""
    go(teen, "mood")
    check_in(teen, 4)
    eventually(lambda: len(check_ins(resources)) == 1)
    teen.locator(".mood-entry-remove").click()
    teen.locator(".mood-entry-sure").click()
    expect(teen.locator(".calendar-day-told")).to_have_count(0)
    eventually(lambda: not check_ins(resources))


def talk_taken_by(listener: Staff) -> str:
    """The one talk that waits."""
    taken = eventually(listener.take)
    assert taken is not None
    return str(taken["id"])


def test_an_exercise_in_the_talk_is_done_and_tells_back(
    running: Copy, resources: Resources, empty_queue: None, teen: Page
) -> None:
    """A listener sends it as a card; what the teen says of it comes to the desk."""
    listener = Staff(running.address, resources, "listener").available()
    say(teen, "心里好乱")
    teen.locator(".ask-person").click()
    talk = talk_taken_by(listener)
    listener.call("desk.send_card", conversation=talk, cid=new_cid(), exercise="small")
    teen.locator(".exercise-small .exercise-open").click()
    teen.locator(".sheet .small-thing").nth(2).click()
    teen.locator(".sheet .small-finish").click()
    teen.locator(".sheet .helped-a_bit").click()
    expect(teen.locator(".sheet")).to_have_count(0)
    expect(teen.locator(".exercise-helped")).to_have_text("你说：有一点")

    def told() -> bool:
        page = listener.call("desk.poll", conversation=talk, after=0, version="", wait=0)
        return any(one.get("helped") == "a_bit" for one in page["messages"])

    assert eventually(told)
    teen.reload()
    expect(teen.locator(".exercise-helped")).to_have_text("你说：有一点")


def test_a_listener_suggests_and_sees_only_what_is_shared(
    running: Copy, resources: Resources, empty_queue: None, teen: Page
) -> None:
    """A suggestion is the teen's to take; the plan is seen once they say so."""
    listener = Staff(running.address, resources, "listener").available()
    say(teen, "心里好乱")
    teen.locator(".ask-person").click()
    talk = talk_taken_by(listener)
    line = {"section": "helps", "text": "去操场走一圈"}
    listener.call("plan.suggest", conversation=talk, cid=new_cid(), **line)
    assert listener.call("plan.of_talk", conversation=talk)["plan"] is None
    go(teen, "plan")
    expect(teen.locator(".plan-suggestion-text")).to_have_text("去操场走一圈")
    expect(lines(teen, "helps")).to_have_count(0)
    teen.locator(".plan-accept").click()
    expect(lines(teen, "helps")).to_have_text("去操场走一圈")
    expect(teen.locator(".plan-suggestion")).to_have_count(0)
    teen.locator(".plan-share .toggle-switch").click()
    plan = eventually(lambda: listener.call("plan.of_talk", conversation=talk)["plan"])
    assert plan["helps"] == ["去操场走一圈"]


def test_an_earlier_plan_can_be_taken_back(teen: Page) -> None:
    """Versions are listed, read, and one of them holds again."""
    go(teen, "plan")
    write(teen, "signs", "睡不着")
    expect(teen.locator(".plan-state")).to_have_text("都存好了")
    teen.locator(".plan-section-signs .plan-remove").click()
    write(teen, "signs", "不想说话")
    expect(teen.locator(".plan-state")).to_have_text("都存好了")
    teen.locator(".plan-versions").click()
    teen.locator(".plan-version-row").last.click()
    expect(teen.locator(".plan-version .plan-short-signs")).to_contain_text("睡不着")
    teen.locator(".plan-restore").click()
    expect(lines(teen, "signs")).to_have_text("睡不着")
    expect(teen.locator(".plan-state")).to_have_text("都存好了")


def test_what_is_being_written_in_the_talk_is_still_there_after_another_page(teen: Page) -> None:
    """Looking at another page ends nothing; back leads to the talk."""
    teen.locator(".sender-input textarea").fill("写到一半")
    for name in ("mood", "my", "grounding"):
        go(teen, name)
    go(teen, "chat")
    expect(teen.locator(".sender-input textarea")).to_have_value("写到一半")


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_is_cut_off_and_every_control_fits_a_finger(
    running: Copy, new_context: NewContext, size: tuple[int, int]
) -> None:
    """No page is wider than the screen; what can be tapped is 44 pixels high and has a name."""
    page = open_teen(new_context(size), running.address)
    for name in PAGES:
        if name != "chat":
            go(page, name)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
        found = page.evaluate(
            """(least) => [...document.querySelectorAll('wx-page:not([hidden]) wx-button')]
              .map((one) => [one.getBoundingClientRect(), one])
              .filter(([box]) => box.height > 0)
              .filter(([box, one]) => box.height < least
                || !(one.getAttribute('aria-label') || one.textContent).trim())
              .map(([box, one]) => `${one.className}: ${box.height}`)""",
            FINGER_PIXELS,
        )
        assert not found, f"{name}: {found}"
