"""`python -m tests.browser.pictures FOLDER`: pictures of the pages of teens and of the desk.

A talk is played in a copy of its own; each page is taken at 390 × 844 and 1280 × 800, light and
dark.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from cloudfunctions.account import service as account
from tests.browser.conftest import FLAGS, LAPTOP, PHONE, PROGRAMS
from tests.browser.test_desk_work import joined
from tests.browser.test_keeping import check_in, go, write
from tests.browser.test_stories import SAD, decide, on_top, open_stories, own, take_first
from tests.browser.test_stories import write as begin_story
from tests.browser.test_talk import IN_DANGER, desk_say, open_desk, open_teen, say
from tests.support.copy import Copy
from tests.support.people import Teen

SCHEMES = ("light", "dark")
SETTLED_SECONDS = 1.2


def play(browser: Browser, copy: Copy, folder: Path) -> None:
    """Play one talk on a phone and a laptop and take the pictures on the way."""
    resources = copy.resources()
    teen = open_teen(_device(browser, PHONE), copy.address)
    desk = open_desk(_device(browser, LAPTOP), copy.address, resources, "小鹿")
    take(teen, folder, "teen-first")
    take(desk, folder, "desk-empty")
    for text in ("在吗", "最近好累，不想上学了", "跟妈妈吵架了 她说我没用"):
        say(teen, text)
        time.sleep(SETTLED_SECONDS)
    take(teen, folder, "teen-talk")
    others = [Teen(copy.address) for _ in range(2)]
    others[0].send("他们在群里骂我 我不敢去学校")
    others[1].call("chat.ask_person", conversation=others[1].talk)
    say(teen, IN_DANGER)
    time.sleep(SETTLED_SECONDS)
    take(teen, folder, "teen-safety")
    take(desk, folder, "desk-queue")
    desk.locator(".next-button").click()
    time.sleep(SETTLED_SECONDS)
    desk_say(desk, "我是小鹿，我在。药现在在你身边吗？")
    time.sleep(SETTLED_SECONDS)
    say(teen, "在抽屉里")
    time.sleep(SETTLED_SECONDS)
    take(desk, folder, "desk-talk")
    take(teen, folder, "teen-person")
    keep(teen, folder)
    share(browser, copy, folder)
    draw(browser, copy, folder)
    resources.database.close()


def keep(teen: Page, folder: Path) -> None:
    """Take what a teen keeps beside the talk."""
    go(teen, "mood")
    check_in(teen, 2, "同桌换走了，一个人吃的饭。")
    take(teen, folder, "teen-mood")
    go(teen, "my")
    take(teen, folder, "teen-my")
    go(teen, "plan")
    for section, text in (("signs", "一直睡不着"), ("helps", "听那首歌"), ("people", "小姨")):
        write(teen, section, text)
    take(teen, folder, "teen-plan")
    go(teen, "grounding")
    take(teen, folder, "teen-grounding")
    teen.locator(".grounding-help").click()
    take(teen, folder, "teen-help")


def share(browser: Browser, copy: Copy, folder: Path) -> None:
    """Take stories on their way: written, judged, read, answered."""
    resources = copy.resources()
    author, reader = (open_stories(_device(browser, PHONE), copy.address) for _ in range(2))
    begin_story(author, SAD, "外婆的毛衣")
    take(author, folder, "story-write")
    on_top(author, ".story-send").click()
    on_top(author, ".story-sent").wait_for()
    take(author, folder, "story-sent")
    on_top(author, ".story-sent-done").click()
    desk = joined(copy, resources, _device(browser, LAPTOP), "supervisor", "督导")
    desk.locator("#tab-story").click()
    desk.locator(".moderation-row").first.wait_for()
    take(desk, folder, "desk-stories")
    take_first(desk)
    desk.locator(".mark-personal").first.click()
    take(desk, folder, "desk-story")
    decide(desk)
    own(author, "mask_offered").wait_for()
    take(author, folder, "story-offered")
    on_top(author, ".story-agree").click()
    own(author, "published").wait_for()
    on_top(reader, "#feed-topic-all").click()
    on_top(reader, ".story-row").wait_for()
    take(reader, folder, "story-feed")
    on_top(reader, ".story-row").click()
    on_top(reader, ".story-answer-field textarea").fill("我外婆也会织毛衣，抱抱你")
    on_top(reader, ".story-answer-send").click()
    on_top(reader, ".story-answered").wait_for()
    take(reader, folder, "story-read")
    reader.go_back()
    on_top(reader, "#stories-mine").click()
    on_top(reader, ".story-given-row").wait_for()
    take(reader, folder, "story-given")
    desk.locator("#tab-figures").click()
    time.sleep(SETTLED_SECONDS)
    take(desk, folder, "desk-figures")
    resources.database.close()


TEEN_PAGES = ("teen_home", "teen_help", "teen_about")
TEMPLATES = ("animals", "wildlife_report", "read_aloud", "sign_up", "notice")
STAFF_PAGES = ("desk_queue", "desk_board", "desk_people", "desk_staff", "desk_history")


def draw(browser: Browser, copy: Copy, folder: Path) -> None:
    """Take pages that are drawn, templates, and the studio that draws them."""
    resources = copy.resources()
    teen = open_teen(_device(browser, PHONE), copy.address)
    for name in (*TEEN_PAGES, *(f"template_{one}" for one in TEMPLATES)):
        _open_drawn(teen, copy, f"page={name}")
        take(teen, folder, f"page-{name}")
    desk = joined(copy, resources, _device(browser, LAPTOP), "supervisor", "督导")
    for name in STAFF_PAGES:
        _open_drawn(desk, copy, f"page={name}&as=staff")
        take(desk, folder, f"page-{name}")
    with resources.database.deadline(10):
        code = account.invite(resources, "coordinator", "pictures").invitation
    studio = _device(browser, LAPTOP).new_page()
    studio.goto(f"{copy.address}/studio")
    studio.locator(".invitation").fill(code)
    studio.locator(".name").fill("小运")
    take(studio, folder, "studio-sign-in")
    studio.locator(".join").click()
    studio.locator(".new-page").wait_for()
    take(studio, folder, "studio-pages")
    studio.goto(f"{copy.address}/studio#/page/teen_home")
    studio.locator(".tree-row").nth(3).click()
    time.sleep(SETTLED_SECONDS)
    take(studio, folder, "studio-editor")
    resources.database.close()


def _open_drawn(page: Page, copy: Copy, query: str) -> None:
    page.goto(f"{copy.address}/#/pages/page/index?{query}")
    page.reload()
    page.locator("wx-page:not([hidden]) .page-view").wait_for()
    time.sleep(SETTLED_SECONDS)


def take(page: Page, folder: Path, name: str) -> None:
    """Take a page at both sizes in both schemes."""
    size = page.viewport_size
    for width, height in (PHONE, LAPTOP):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            time.sleep(0.5)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    page.emulate_media(color_scheme="light")
    if size is not None:
        page.set_viewport_size(size)


def _device(browser: Browser, size: tuple[int, int]) -> BrowserContext:
    return browser.new_context(viewport={"width": size[0], "height": size[1]})


def main(arguments: list[str]) -> int:
    """Write the pictures into the folder named."""
    if len(arguments) != 1:
        print("usage: python -m tests.browser.pictures FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        copy = Copy(Path(data)).start()
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            play(browser, copy, folder)
        finally:
            browser.close()
            copy.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
