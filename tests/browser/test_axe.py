"""axe-core over the pages of teens, the desk and the studio, light and dark: nothing serious.

axe is put in through the debugger, which the pages' policy does not bind, so all is looked at under
the policy that it is served with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import BrowserContext, Frame, Page, expect

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_desk_work import joined
from tests.browser.test_keeping import check_in, go, write
from tests.browser.test_login import STAFF_PAGE, fresh_code
from tests.browser.test_stories import (
    RE_READ,
    SAD,
    decide,
    on_top,
    open_stories,
    own,
    send,
    take_first,
)
from tests.browser.test_talk import IN_DANGER, desk_say, open_desk, open_teen, say
from tests.support.copy import Copy
from tests.support.people import Staff, Teen

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

SCHEMA = ROOT / "miniprogram_schema"
AXE = SCHEMA / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES = ("light", "dark")
IMPACTS = ("serious", "critical")
PAINTED = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const ends = (one) => one.effect.getComputedTiming().endTime !== Infinity;
  for (let i = 0; i < 3; i += 1) await frame();
  await Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
  await frame();
}"""
"""Waits until the page has taken on the other scheme's colours and nothing fades any more."""

RUN = """async (rules) => {
  const runOnly = rules && { runOnly: rules };
  const { violations } = await axe.run(document, { resultTypes: ['violations'], ...runOnly });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(
    ({ target, failureSummary }) => ({ id, impact, target: target.join(' '), failureSummary })));
}"""


SETTLED_MS = 400
OPEN_FRAME = """async ([width, height]) => {
  const frame = document.createElement('iframe');
  Object.assign(frame, { src: '/?studio=preview', title: 'blocks', width, height });
  const seen = new Map();
  window.addEventListener('message', ({ data }) => seen.get(data.type)?.(data));
  const next = (type) => new Promise((done) => seen.set(type, done));
  window.draw = async (shown) => {
    const drawn = next('studio:drawn');
    frame.contentWindow.postMessage({ type: 'studio:page', ...shown, seq: 1, mode: 'try' }, '/');
    return (await drawn).face;
  };
  const ready = next('studio:ready');
  document.body.replaceChildren(frame);
  await ready;
}"""
"""The preview as the studio uses it; `draw` shows a page or a story and says how that went."""


class Look:
    """Looks at pages and keeps what is found, so that one run tells all of it."""

    def __init__(self) -> None:
        self.script = AXE.read_text("utf-8")
        self.found: dict[str, list[str]] = {}

    def at(self, page: Page, name: str) -> None:
        """Run axe over a page in both schemes."""
        for scheme in SCHEMES:
            self._put_on(page, scheme)
            page.evaluate(PAINTED)
            for frame in page.frames:
                frame.evaluate(self.script)
            self._keep(f"{name}, {scheme}", page.evaluate(RUN))

    def at_drawn(self, page: Page, frame: Frame, name: str, shown: dict[str, Any]) -> None:
        """The same in the preview's frame; only colours differ between the schemes."""
        assert page.evaluate("(shown) => draw(shown)", shown) == "page", name
        for scheme, rules in zip(SCHEMES, (None, ["color-contrast"]), strict=True):
            self._put_on(page, scheme)
            frame.evaluate(PAINTED)
            findings = frame.evaluate(RUN, rules)
            if findings:
                # The bar is coloured by script, perhaps a moment after the sheet: looked at again.
                page.wait_for_timeout(SETTLED_MS)
                findings = frame.evaluate(RUN, rules)
            self._keep(f"{name}, {scheme}", findings)

    def _put_on(self, page: Page, scheme: str) -> None:
        # A letter or a hint may move while it is looked at, so movement is off.
        dark = scheme == "dark"
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")

    def at_narrow(self, page: Page, name: str) -> None:
        """The same at the size of a phone."""
        size = page.viewport_size
        assert size is not None
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.at(page, f"{name}, narrow")
        page.set_viewport_size(size)

    def _keep(self, name: str, findings: list[dict[str, Any]]) -> None:
        for finding in findings:
            if finding["impact"] in IMPACTS:
                self.found.setdefault(_told(finding), []).append(name)

    def nothing_serious(self) -> None:
        """Fail with every finding once, and all the places where it was met."""
        told = "\n".join(f"{one} [{'; '.join(names)}]" for one, names in self.found.items())
        assert not self.found, told


def _told(finding: dict[str, Any]) -> str:
    words = " ".join(str(finding["failureSummary"]).split())
    return f"{finding['id']} ({finding['impact']}) {finding['target']}: {words}"


@pytest.fixture
def look() -> Look:
    """Something to look with."""
    return Look()


@pytest.fixture
def door(own_copy: Copy) -> Iterator[Resources]:
    """The test's own door to the copy's database."""
    found = own_copy.resources()
    yield found
    found.database.close()


def test_the_talk_of_a_teen(own_copy: Copy, new_context: NewContext, look: Look) -> None:
    """The talk from its first word to the safety card, and the panels that lie over it."""
    teen = open_teen(new_context(PHONE), own_copy.address)
    look.at(teen, "first word")
    say(teen, "最近好累，不想上学了")
    expect(teen.locator(".message-from-ai").last).to_be_visible()
    look.at(teen, "answer")
    for name in ("help", "about"):
        teen.locator(f".{name}-button").click()
        expect(teen.locator(".sheet")).to_be_visible()
        look.at(teen, name)
        teen.locator(".sheet-close").click()
    say(teen, IN_DANGER)
    expect(teen.locator(".safety-card").first).to_be_visible()
    look.at(teen, "safety card")
    teen.locator(".leave-button").click()
    expect(teen.locator(".leave-now")).to_be_visible()
    look.at(teen, "leaving")
    look.nothing_serious()


def test_what_a_teen_keeps(own_copy: Copy, new_context: NewContext, look: Look) -> None:
    """Mood, my, plan and exercises, empty and with something in them."""
    teen = open_teen(new_context(PHONE), own_copy.address)
    go(teen, "mood")
    look.at(teen, "mood, empty")
    check_in(teen, 2, "同桌换走了")
    expect(teen.locator(".calendar-day-told")).to_have_count(1)
    look.at(teen, "mood, told")
    go(teen, "my")
    look.at(teen, "my")
    go(teen, "plan")
    look.at(teen, "plan, empty")
    for section, text in (("signs", "一直睡不着"), ("people", "小姨")):
        write(teen, section, text)
    look.at(teen, "plan, written")
    go(teen, "grounding")
    look.at(teen, "exercises")
    teen.locator(".mode-senses").click()
    expect(teen.locator(".senses-next")).to_be_visible()
    look.at(teen, "senses")
    look.nothing_serious()


def test_stories_and_who_reads_them(
    own_copy: Copy, door: Resources, new_context: NewContext, look: Look
) -> None:
    """The feed, writing, one's own; the moderator's list and text; the figures."""
    author = open_stories(new_context(PHONE), own_copy.address)
    look.at(author, "stories, none")
    send(author, SAD, "外婆的毛衣")
    look.at(author, "story, sent")
    on_top(author, ".story-sent-done").click()
    on_top(author, "#stories-mine").click()
    expect(on_top(author, ".own-story-waiting")).to_be_visible()
    look.at(author, "stories, own")
    on_top(author, ".story-new").click()
    look.at(author, "story, writing")
    author.go_back()

    desk = joined(own_copy, door, new_context(LAPTOP), "supervisor", "督导")
    desk.locator("#tab-story").click()
    expect(desk.locator(".moderation-row").first).to_be_visible(timeout=RE_READ)
    look.at(desk, "moderation, list")
    take_first(desk)
    desk.locator(".mark-personal").first.click()
    look.at(desk, "moderation, text")
    look.at_narrow(desk, "moderation, text")
    decide(desk)
    own(author, "mask_offered").locator(".story-agree").click(timeout=RE_READ)
    reader = open_stories(new_context(PHONE), own_copy.address)
    expect(on_top(reader, ".story-row")).to_be_visible(timeout=RE_READ)
    look.at(reader, "stories, feed")
    on_top(reader, ".story-row").click()
    expect(on_top(reader, ".story-body")).to_be_visible()
    look.at(reader, "story, read")

    desk.locator("#tab-figures").click()
    expect(desk.locator(".figures-talks")).to_be_visible()
    look.at(desk, "figures")
    look.nothing_serious()


def test_the_desk(own_copy: Copy, door: Resources, new_context: NewContext, look: Look) -> None:
    """Signing in, an empty queue, a full one, an open talk and the forms over it."""
    stranger = new_context(LAPTOP).new_page()
    stranger.goto(f"{own_copy.address}/desk")
    expect(stranger.locator(".invitation-input")).to_be_visible()
    look.at(stranger, "signing in")
    desk = open_desk(new_context(LAPTOP), own_copy.address, door, "小鹿")
    look.at(desk, "queue, empty")
    teens = [Teen(own_copy.address) for _ in range(3)]
    teens[0].send(IN_DANGER)
    teens[1].send("他们在群里骂我 我不敢去学校")
    for teen in teens[1:]:
        teen.call("chat.ask_person", conversation=teen.talk)
    expect(desk.locator(".queue-head-level3").first).to_be_visible()
    look.at(desk, "queue")
    look.at_narrow(desk, "queue")
    desk.locator(".next-button").click()
    expect(desk.locator(".talk-panel .risk-mark").first).to_be_visible()
    desk_say(desk, "我是小鹿，我在。药现在在你身边吗？")
    expect(desk.locator(".message-self", has_text="我是小鹿")).to_be_visible()
    look.at(desk, "open talk")
    look.at_narrow(desk, "open talk")
    for form in ("hand-over", "risk", "send-card", "close"):
        desk.locator(f".{form}-button").click()
        expect(desk.locator(".sheet")).to_be_visible()
        look.at(desk, f"form: {form}")
        desk.locator(".sheet-close").click()
        expect(desk.locator(".sheet")).to_have_count(0)
    look.nothing_serious()


def test_the_staff_and_the_second_factor(
    own_copy: Copy, door: Resources, new_context: NewContext, look: Look
) -> None:
    """Who belongs to it, what is asked before a dismissal, setting a factor up and showing it."""
    device = new_context(PHONE)
    Staff(own_copy.address, door, "listener", "小禾")
    desk = joined(own_copy, door, device, "supervisor", "林老师")
    roll = device.new_page()
    roll.goto(f"{own_copy.address}{STAFF_PAGE}")
    roll.locator(".staff-roll-dismiss").click()
    look.at(roll, "staff, asked before a dismissal")
    roll.locator(".staff-roll-enrol").click()
    roll.locator(".second-factor-begin").click()
    expect(roll.locator(".second-factor-group")).to_have_count(8)
    look.at(roll, "second factor, setting up")
    secret = "".join(roll.locator(".second-factor-group").all_inner_texts())
    roll.locator(".second-factor-code input").fill(fresh_code(secret))
    roll.locator(".second-factor-show").click()
    expect(roll.locator(".second-factor")).to_have_count(0)
    desk.evaluate("localStorage.removeItem('wx:session.staff')")
    desk.reload()
    desk.locator(".second-factor-code input").fill("000000")
    desk.locator(".second-factor-show").click()
    expect(desk.locator(".second-factor-error")).to_be_visible()
    look.at(desk, "second factor, a wrong code")
    look.nothing_serious()


def skip_without_studio(copy: Copy) -> None:
    """Skip where no studio was built."""
    if requests.get(f"{copy.address}/studio", timeout=10).status_code == 404:
        pytest.skip("the built pages hold no studio: `npm run build` does not make it yet")


def test_the_studio(own_copy: Copy, door: Resources, new_context: NewContext, look: Look) -> None:
    """Signing in, the list of pages, and a page being drawn, its frame included."""
    skip_without_studio(own_copy)
    with door.database.deadline(10):
        code = account.invite(door, "coordinator", "test").invitation
    page = new_context(LAPTOP).new_page()
    page.goto(f"{own_copy.address}/studio")
    page.locator(".invitation").fill(code)
    look.at(page, "studio, signing in")
    page.locator(".name").fill("小运")
    page.locator(".join").click()
    expect(page.locator(".new-page")).to_be_visible()
    look.at(page, "studio, list of pages")
    page.locator(".new-page").click()
    page.locator(".new-label").fill("周末的小事")
    look.at(page, "studio, new page")
    page.locator(".new-make").click()
    expect(page.locator(".page-name")).to_be_visible()
    drawn = page.frame_locator(".phone-frame").locator("wx-page").first
    expect(drawn).to_be_attached()
    look.at(page, "studio, editor")
    look.nothing_serious()


@pytest.fixture
def preview(own_copy: Copy, new_context: NewContext, look: Look) -> tuple[Page, Frame]:
    """The studio's preview at the size of a phone, ready to draw and to be looked at."""
    skip_without_studio(own_copy)
    page = new_context(LAPTOP).new_page()
    page.goto(f"{own_copy.address}/studio")
    page.evaluate(OPEN_FRAME, list(PHONE))
    frame = page.frames[-1]
    frame.evaluate(look.script)
    return page, frame


@pytest.mark.timeout(900)
def test_every_block(preview: tuple[Page, Frame], look: Look) -> None:
    """Each state that a block's story shows."""
    for file in sorted((SCHEMA / "components").glob("*/story.json")):
        for index, story in enumerate(json.loads(file.read_text("utf-8"))["stories"]):
            shown = {"story": {"block": file.parent.name, "index": index}}
            look.at_drawn(*preview, f"{file.parent.name}: {story['title']}", shown)
    look.nothing_serious()


def test_every_page_that_we_ship(preview: tuple[Page, Frame], look: Look) -> None:
    """Pages and templates as they are before anything was read."""
    for file in sorted((SCHEMA / "pages").glob("*/*.json")):
        shown = {"page": json.loads(file.read_text("utf-8")), "reset": True}
        look.at_drawn(*preview, file.stem, shown)
    look.nothing_serious()
