"""A teen and a listener, each in a browser of their own, on the real service."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.support.copy import Copy

pytestmark = pytest.mark.browser

SECOND = 1.0
IN_DANGER = "我把药都攒够了，今晚就吃"

NewContext = Callable[..., BrowserContext]


def open_teen(context: BrowserContext, address: str) -> Page:
    """Open the teen page and wait until it can be written in."""
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".room-is-open")).to_be_visible()
    return page


def say(page: Page, text: str) -> float:
    """Write and send; returns the moment of sending."""
    page.locator(".sender-input textarea").fill(text)
    page.locator(".sender-send").click()
    return time.monotonic()


def open_desk(context: BrowserContext, address: str, resources: Resources, name: str) -> Page:
    """Join with an invitation and come on duty."""
    with resources.database.deadline(10):
        code = account.invite(resources, "listener", "test").invitation
    page = context.new_page()
    page.goto(f"{address}/desk")
    page.locator(".invitation-input input").fill(code)
    page.locator(".name-input input").fill(name)
    page.locator(".join-button").click()
    page.locator(".status-available").click()
    return page


def desk_say(page: Page, text: str) -> float:
    """Write to the teen from the desk; returns the moment of sending."""
    page.locator(".desk-sender .sender-input textarea").fill(text)
    page.locator(".desk-sender .sender-send").click()
    return time.monotonic()


def test_from_a_first_word_to_a_person(own_copy: Copy, new_context: NewContext) -> None:
    """The main job end to end, with reloads and a stop and start of everything."""
    resources = own_copy.resources()
    teen_context, desk_context = new_context(PHONE), new_context(LAPTOP)
    teen = open_teen(teen_context, own_copy.address)

    answers = teen.locator(".message-from-ai")
    greetings = answers.count()
    sent = say(teen, "在吗 今天有点累")
    expect(answers).to_have_count(greetings + 1, timeout=5_000)
    answered = time.monotonic() - sent
    assert answered <= SECOND, f"the AI's answer took {answered:.2f} s"

    desk = open_desk(desk_context, own_copy.address, resources, "小鹿")
    say(teen, IN_DANGER)
    expect(teen.locator(".safety-card").first).to_be_visible()
    expect(desk.locator(".queue-head").first).to_have_class(_containing("queue-head-level3"))

    desk.locator(".next-button").click()
    expect(desk.locator(".talk-panel")).to_be_visible()
    expect(desk.locator(".talk-panel .risk-mark").first).to_be_visible()
    sent = desk_say(desk, "我是小鹿，我在。药现在在你身边吗？")
    heard = teen.locator(".message-from-listener", has_text="我是小鹿，我在")
    expect(heard).to_be_visible(timeout=5_000)
    took = time.monotonic() - sent
    assert took <= SECOND, f"the teen saw it after {took:.2f} s"

    sent = say(teen, "在抽屉里")
    expect(desk.locator(".message-from-teen", has_text="在抽屉里")).to_be_visible(timeout=5_000)
    took = time.monotonic() - sent
    assert took <= SECOND, f"the listener saw it after {took:.2f} s"

    texts = _texts(teen)
    teen.reload()
    expect(teen.locator(".message-from-listener")).to_be_visible()
    assert _texts(teen) == texts
    desk.reload()
    desk.locator(".my-talk-open, .my-talk").first.click()
    expect(desk.locator(".message-from-teen", has_text="在抽屉里")).to_be_visible()

    resources.database.close()
    own_copy.stop()
    own_copy.start()
    teen.reload()
    expect(teen.locator(".message-from-listener")).to_be_visible(timeout=20_000)
    assert _texts(teen)[: len(texts)] == texts
    desk.reload()
    expect(desk.locator(".desk-name")).to_be_visible(timeout=20_000)


def test_what_is_written_while_the_service_is_down_arrives_once(
    own_copy: Copy, new_context: NewContext
) -> None:
    """The safety card opens, the text is kept, and it is sent once when the line is back."""
    context = new_context(PHONE)
    teen = open_teen(context, own_copy.address)
    own_copy.stop()
    say(teen, "断网了也能写吗")
    expect(teen.locator(".message-self", has_text="断网了也能写吗")).to_be_visible()
    teen.locator(".help-button").click()
    expect(teen.locator(".safety-card").first).to_be_visible()
    assert "12356" in teen.locator(".safety-card").first.inner_text()
    teen.locator(".sheet-close").first.click()
    own_copy.start()
    expect(teen.locator(".message-from-ai").last).to_be_visible()
    expect(teen.locator(".message-state-waiting, .message-state-sending")).to_have_count(
        0, timeout=60_000
    )
    mine = teen.locator(".message-self", has_text="断网了也能写吗")
    expect(mine).to_have_count(1)
    teen.reload()
    expect(mine).to_have_count(1)


def test_what_a_teen_writes_is_never_markup(own_copy: Copy, new_context: NewContext) -> None:
    """A text that looks like a page is shown as text on both sides."""
    resources = own_copy.resources()
    payload = "<img src=x onerror=alert(1)><script>alert(2)</script><b>粗</b>"
    dialogs: list[str] = []
    teen = open_teen(new_context(PHONE), own_copy.address)
    desk = open_desk(new_context(LAPTOP), own_copy.address, resources, "小鹿")
    for page in (teen, desk):
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    say(teen, payload)
    expect(teen.locator(".message-self").last).to_contain_text(payload)
    teen.locator(".ask-person").click()
    expect(desk.locator(".queue-head").first).to_be_visible()
    desk.locator(".next-button").click()
    expect(desk.locator(".message-from-teen").last).to_contain_text(payload)
    for page in (teen, desk):
        assert page.locator(".message img, .message script, .message b").count() == 0
    assert dialogs == []
    resources.database.close()


def _containing(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{name}\b")


def _texts(page: Page) -> list[str]:
    return page.locator(".message .message-text").all_inner_texts()


def test_a_sheet_takes_the_focus_and_gives_it_back(own_copy: Copy, new_context: NewContext) -> None:
    """With the keyboard alone: into the safety sheet, around in it, out with Escape."""
    page = open_teen(new_context(PHONE), own_copy.address)
    page.locator(".help-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sheet")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.sheet') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator(".help-button")).to_be_focused()
