"""Drawn pages on a teen's screen: both frameworks, news, no network, every template."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from cloudfunctions.common.settings import ROOT
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_studio import come_in, pick
from tests.support.copy import Copy
from tests.support.people import Body, Staff

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

SCHEMA = ROOT / "miniprogram_schema"
READ = (SCHEMA / "gates" / "simulate" / "read.js").read_text("utf-8")
READ = READ[READ.index("module.exports = ") + len("module.exports = ") :].rstrip().rstrip(";")
WORDS = "window.nxRead(document.querySelector('wx-page:not([hidden]) .page-view'))"
NEWS_SECONDS = 75
"""A minute between two looks, and some."""
SECTION = "今天的话"


def part(number: int, component: str, attributes: Body, **more: Any) -> Body:
    """One block of a page."""
    block = {"id": f"b{number}", "component": component, "module": "nuanxinmiao"}
    return {**block, "attributes": attributes, **more}


def tap(number: int, name: str, **params: Any) -> list[Body]:
    """What a tap does."""
    handler = {"module": "platform", "name": name, "params": params}
    return [{"id": f"b{number}_1", "eventName": "tap", "handler": handler}]


def page_of(page: str, words: str) -> Body:
    """The page of the issue: a section, a mood picker, a list of stories, a way to the talk."""
    query: Body = {"id": "stories", "name": "stories", "label": "故事", "type": "apis"}
    query |= {"trigger": "auto", "dataSourceName": "actions"}
    query |= {"method": {"name": "story.feed", "params": {"limit": 3}}}
    listed = {":items": "$query.stories.data.stories", ":state": "$query.stories.state"}
    inside = [part(2, "MoodCheckIn", {}), part(3, "Text", {"text": words})]
    return {
        "type": "PAGE",
        "component": "Page",
        "module": "nuanxinmiao",
        "id": page,
        "label": "今天",
        "listeners": [],
        "attributes": {"title": "今天", "audience": "teen", "nav": "", "fill": False},
        "dataset": {"state": {}, "params": {}, "query": {"stories": query}},
        "items": [
            part(1, "Section", {"title": SECTION}, items=inside),
            part(4, "DataList", {**listed, "emptyText": "还没有故事"}),
            part(5, "ActionButton", {"text": "去说说"}, listeners=tap(5, "openChat")),
        ],
    }


@pytest.fixture
def coordinator(own_copy: Copy) -> Staff:
    """Who draws."""
    door = own_copy.resources()
    found = Staff(own_copy.address, door, "coordinator", "小运")
    door.database.close()
    return found


def publish(coordinator: Staff, content: Body) -> int:
    """Save and publish; returns the version."""
    page = content["id"]
    held = coordinator.post("pages.read", {"page": page})
    revision = held.json()["data"]["revision"] if held.status_code == 200 else 0
    saved = coordinator.call("pages.save", page=page, content=content, revision=revision)
    assert saved["faults"] == []
    version = coordinator.call("pages.publish", page=page, revision=saved["revision"])["version"]
    return int(version)


def opened(context: BrowserContext, address: str, page: str) -> Page:
    """A drawn page on a phone."""
    found = context.new_page()
    found.add_init_script(f"window.nxRead = {READ};")
    found.goto(f"{address}/#/pages/page/index?page={page}")
    expect(on_top(found, ".page-view")).to_be_visible()
    return found


def on_top(page: Page, selector: str) -> Locator:
    """Elements of the page that is shown."""
    return page.locator(f"wx-page:not([hidden]) {selector}")


def words_in_classic(content: Body, queries: Body, folder: Path) -> list[str]:
    """What WeChat's classic framework shows of the same JSON."""
    files = []
    for name, value in (("page", content), ("queries", queries)):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(value), "utf-8")
        files.append(str(path))
    command = ["node", "gates/simulate/text.mjs", *files]
    found = subprocess.run(command, cwd=SCHEMA, capture_output=True, text=True, check=True)
    told: list[str] = json.loads(found.stdout)
    return told


def test_both_frameworks_show_the_same_words(
    own_copy: Copy, new_context: NewContext, coordinator: Staff, tmp_path: Path
) -> None:
    """The page of the issue, the help page and two templates, as they come from the server."""
    drawn = page_of("teen_today", "慢慢来")
    publish(coordinator, drawn)
    empty = {"stories": {"state": "ready", "data": {"stories": []}}}
    context = new_context(PHONE)
    for name in ("teen_today", "teen_help", "template_animals", "template_notice"):
        content = coordinator.call("pages.open", page=name)["content"]
        page = opened(context, own_copy.address, name)
        expect(on_top(page, ".page-loading")).to_have_count(0)
        if name == "teen_today":
            expect(on_top(page, ".page-view")).to_contain_text("还没有故事")
        shown = page.evaluate(WORDS)
        assert shown == words_in_classic(content, empty, tmp_path), name
        assert len(shown) > 5
        page.close()


def test_what_is_published_is_on_the_teens_screen_within_a_minute(
    own_copy: Copy, new_context: NewContext, coordinator: Staff
) -> None:
    """Without a reload, with what was begun kept; told: the time and the requests it took."""
    publish(coordinator, page_of("teen_today", "第一版"))
    page = opened(new_context(PHONE), own_copy.address, "teen_today")
    expect(on_top(page, ".page-view")).to_contain_text("第一版")
    on_top(page, ".mood-pick-2").click()
    asked: list[str] = []

    def hear(request: Request) -> None:
        if "/api/pages" in request.url or "/pages/" in request.url:
            asked.append(request.url)

    page.on("request", hear)
    publish(coordinator, page_of("teen_today", "第二版"))
    began = time.monotonic()
    expect(on_top(page, ".page-view")).to_contain_text("第二版", timeout=NEWS_SECONDS * 1_000)
    took = time.monotonic() - began
    expect(on_top(page, ".mood-pick-2")).to_have_attribute("aria-checked", "true")
    print(f"\na published page is on screen after {took:.0f} s, by {len(asked)} requests")
    assert len(asked) <= 4


def test_without_the_server_the_last_page_and_help_are_there(
    own_copy: Copy, new_context: NewContext, coordinator: Staff
) -> None:
    """What was last seen good is kept on the device; help is bundled with the client."""
    ways = ("teen_today", "teen_help", "teen_never_seen")
    start = page_of("teen_start", "从这里走")
    start["items"] += [
        part(6 + n, "ActionButton", {"text": way}, listeners=tap(6 + n, "navigateTo", page=way))
        for n, way in enumerate(ways)
    ]
    for content in (page_of("teen_today", "留在手机里"), start):
        publish(coordinator, content)
    page = opened(new_context(PHONE), own_copy.address, "teen_start")

    def walk(way: str) -> None:
        on_top(page, ".page-view").get_by_text(way, exact=True).click()

    walk("teen_today")
    expect(on_top(page, ".page-view")).to_contain_text("留在手机里")
    page.go_back()
    expect(on_top(page, ".page-view")).to_contain_text("从这里走")
    own_copy.stop()
    walk("teen_today")
    expect(on_top(page, ".page-view")).to_contain_text("留在手机里")
    for way in ("teen_help", "teen_never_seen"):
        page.go_back()
        expect(on_top(page, ".page-view")).to_contain_text("从这里走")
        walk(way)
        expect(on_top(page, ".hotline-call").first).to_be_visible()


def test_animals_cards_and_a_quiz(own_copy: Copy, new_context: NewContext) -> None:
    page = opened(new_context(PHONE), own_copy.address, "template_animals")
    expect(on_top(page, ".page-view")).to_contain_text("长江江豚")
    on_top(page, "[role=tab]").nth(1).click()
    before = page.evaluate(WORDS)
    on_top(page, ".quiz-option").first.click()
    expect(on_top(page, ".quiz-why").first).to_be_visible()
    assert page.evaluate(WORDS) != before


def test_a_report_is_sent_with_its_place(
    own_copy: Copy, new_context: NewContext, coordinator: Staff
) -> None:
    """Made from the template as the studio does, filled in, read and kept as a table there."""
    content = coordinator.call("pages.open", page="template_wildlife_report")["content"]
    publish(coordinator, {**content, "id": "teen_report"})
    page = opened(new_context(PHONE), own_copy.address, "teen_report")
    on_top(page, ".form-block-submit").click()
    expect(on_top(page, ".field-error").first).to_be_visible()
    on_top(page, ".form-option").first.click()
    for field in on_top(page, ".form-row input, .form-row textarea").all():
        field.fill("菜市场东门")
    on_top(page, ".form-block-submit").click()
    expect(on_top(page, ".form-block-sent")).to_be_visible()
    door = own_copy.resources()
    studio = new_context(LAPTOP).new_page()
    come_in(studio, own_copy.address, door, "小运")
    door.database.close()
    studio.goto(f"{own_copy.address}/studio#/page/teen_report")
    pick(studio, studio.locator(".top-bar"), "收到的表")
    expect(studio.locator(".answer")).to_have_count(1)
    expect(studio.locator(".answer")).to_contain_text("菜市场东门")
    with studio.expect_download() as download:
        studio.locator(".answers-save").click()
    assert "菜市场东门" in Path(download.value.path()).read_text("utf-8-sig")


def test_a_text_is_read_line_by_line(own_copy: Copy, new_context: NewContext) -> None:
    page = opened(new_context(PHONE), own_copy.address, "template_read_aloud")
    first = on_top(page, ".read-aloud-line").first.inner_text()
    on_top(page, ".read-aloud-next").first.click()
    expect(on_top(page, ".read-aloud-line").first).not_to_have_text(first)


def test_a_sign_up_counts_its_places(
    own_copy: Copy, new_context: NewContext, coordinator: Staff
) -> None:
    content = coordinator.call("pages.open", page="template_sign_up")["content"]
    text = json.dumps(content).replace('"template_sign_up"', '"teen_sign_up"')
    publish(coordinator, json.loads(text))
    page = opened(new_context(PHONE), own_copy.address, "teen_sign_up")
    expect(on_top(page, ".stat").first).to_contain_text("20")
    for field in on_top(page, ".form-row input, .form-row textarea").all():
        field.fill("12")
    for choices in on_top(page, ".form-row .form-choices").all():
        choices.locator(".choice").first.click()
    on_top(page, ".form-row .toggle-switch").click()
    on_top(page, ".form-block-submit").click()
    expect(on_top(page, ".form-block-sent")).to_be_visible()
    expect(on_top(page, ".stat").first).to_contain_text("19")
