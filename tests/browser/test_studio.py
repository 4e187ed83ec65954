"""The studio in real browsers: a page from empty to published, by mouse, keyboard and finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.support.copy import Copy

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
Coordinator = Callable[..., Page]

TABLET = (768, 1024)
EMPTY = "这里还没有内容。"
SAVED = 10_000
"""Milliseconds in which a draft has surely been saved: 1.5 s of quiet and a request."""
MOST_TABS = 120
DRAWN = [(1, "分区「今天怎么样」"), (2, "记心情"), (2, "按钮「找人聊聊」"), (1, "列表")]
AXE = Path(__file__).parents[2] / "miniprogram_schema" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def door(own_copy: Copy) -> Iterator[Resources]:
    """The test's own door to the copy's database."""
    found = own_copy.resources()
    yield found
    found.database.close()


@pytest.fixture
def coordinator(own_copy: Copy, door: Resources, new_context: NewContext) -> Coordinator:
    """Let a coordinator come into the studio on a computer of their own."""

    def make(name: str = "小运", **device: Any) -> Page:
        page = new_context(device.pop("size", LAPTOP), **device).new_page()
        come_in(page, own_copy.address, door, name)
        return page

    return make


def come_in(page: Page, address: str, door: Resources, name: str) -> None:
    """Join as a coordinator and stand before the list of pages."""
    with door.database.deadline(10):
        code = account.invite(door, "coordinator", "test").invitation
    page.goto(f"{address}/studio")
    page.locator(".invitation").fill(code)
    page.locator(".name").fill(name)
    page.locator(".join").click()
    expect(page.locator(".new-page")).to_be_visible()


def new_page(page: Page, label: str) -> str:
    """Begin an empty page; returns its id."""
    page.locator(".new-page").click()
    page.locator(".new-label").fill(label)
    page.locator(".new-make").click()
    expect(page.locator(".page-name")).to_have_text(label)
    drawn(page)
    return page.url.rsplit("/", 1)[1]


def drawn(page: Page) -> None:
    """Wait until the frame has drawn."""
    expect(page.frame_locator(".phone-frame").locator("wx-page").first).to_be_attached()


def middle(target: Locator, down: float = 0.5) -> tuple[float, float]:
    """A point in an element, that far down."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * down


def drag(page: Page, source: Locator, to: tuple[float, float]) -> None:
    """Drag with the mouse, as slowly as a hand does."""
    page.mouse.move(*middle(source))
    page.mouse.down()
    x, y = middle(source)
    page.mouse.move(x + 12, y + 6, steps=3)
    page.mouse.move(*to, steps=10)
    page.mouse.up()


def palette(page: Page, component: str) -> Locator:
    """A block of the palette."""
    return page.locator(f".palette-block[data-component={component}]")


def rows(page: Page) -> list[tuple[int, str]]:
    """The outline as (level, name)."""
    found = page.locator(".tree-row").all()
    return [
        (int(row.get_attribute("aria-level") or 0), row.locator(".tree-name").inner_text())
        for row in found
    ]


def pick(page: Page, menu: Locator, title: str) -> None:
    """Choose from a menu by mouse."""
    menu.locator(".pick-button").click()
    menu.locator(".pick-option", has_text=title).first.click()


def saved(page: Page) -> None:
    """Wait until everything is with the server."""
    expect(page.locator(".saved")).to_have_text("已保存", timeout=SAVED)


def publish(page: Page) -> None:
    """Publish, having read the differences."""
    page.locator(".open-publish").click()
    expect(page.locator(".differences, .publish-faults").first).to_be_visible(timeout=SAVED)
    page.locator(".publish-now").click()
    expect(page.locator(".published")).to_be_visible()
    page.locator(".dialog-close").click()


def teen_sees(context: BrowserContext, address: str, page_id: str) -> Page:
    """The page as a teen's H5 shows it."""
    page = context.new_page()
    page.goto(f"{address}/#/pages/page/index?page={page_id}")
    return page


def shown(page: Page, text: str) -> Locator:
    """A text on the page that is on top."""
    return page.locator("wx-page:not([hidden])").get_by_text(text, exact=True).first


def check_for_teens(context: BrowserContext, address: str, page_id: str) -> None:
    """Section, mood picker, empty list, and a button that opens the chat."""
    teen = teen_sees(context, address, page_id)
    expect(shown(teen, "今天怎么样")).to_be_visible()
    expect(teen.locator("wx-page:not([hidden]) .mood-pick-3")).to_be_visible()
    expect(shown(teen, EMPTY)).to_be_visible()
    shown(teen, "找人聊聊").click()
    expect(teen.locator(".room-is-open")).to_be_visible()


def test_from_an_empty_page_to_a_published_one_by_mouse(
    own_copy: Copy, coordinator: Coordinator, new_context: NewContext
) -> None:
    """Dragged, bound, given something to do on a tap, looked at, published, seen by a teen."""
    page = coordinator()
    page_id = new_page(page, "今天")
    frame = page.locator(".phone-frame")
    drag(page, palette(page, "Section"), middle(frame, 0.4))
    page.locator("[data-property=title] input").fill("今天怎么样")
    expect(page.frame_locator(".phone-frame").get_by_text("今天怎么样")).to_be_visible()

    section = page.locator(".tree-row").first
    drag(page, palette(page, "MoodCheckIn"), middle(section, 0.5))
    drag(page, palette(page, "ActionButton"), middle(section, 0.5))
    page.locator("[data-property=text] input").fill("找人聊聊")
    page.locator("#side-does").click()
    pick(page, page.locator("[data-event=tap] .handler-add"), "打开聊聊")
    drag(page, palette(page, "DataList"), middle(frame, 0.8))
    page.locator("#side-look").click()
    pick(page, page.locator("[data-property=items] .list-query"), "大家的故事")
    assert rows(page) == DRAWN

    canvas = page.frame_locator(".phone-frame")
    expect(canvas.get_by_text("示例·标题 1")).to_be_visible()
    page.locator(".canvas-face").select_option(label="空的")
    expect(canvas.get_by_text(EMPTY)).to_be_visible()
    saved(page)
    expect(page.locator(".open-faults")).to_have_text("没有问题")
    publish(page)
    check_for_teens(new_context(PHONE), own_copy.address, page_id)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(MOST_TABS):
        if page.evaluate("s => Boolean(document.activeElement?.matches(s))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {selector}")


def tab_back(page: Page, selector: str) -> None:
    """Press Shift+Tab until the focus is there."""
    for _ in range(MOST_TABS):
        if page.evaluate("s => Boolean(document.activeElement?.matches(s))", selector):
            return
        page.keyboard.press("Shift+Tab")
    raise AssertionError(f"no Shift+Tab leads to {selector}")


def pick_by_keys(page: Page, selector: str, words: str) -> None:
    """Open a menu, search in it, take the first."""
    tab_to(page, f"{selector} .pick-button")
    page.keyboard.press("Enter")
    expect(page.locator(".pick-search")).to_be_focused()
    page.keyboard.insert_text(words)
    page.keyboard.press("Enter")
    expect(page.locator(".pick-search")).to_have_count(0)


def test_from_an_empty_page_to_a_published_one_by_keyboard(
    own_copy: Copy, coordinator: Coordinator, new_context: NewContext
) -> None:
    """The same page with no pointer at all."""
    page = coordinator()
    tab_to(page, ".new-page")
    page.keyboard.press("Enter")
    tab_to(page, ".new-label")
    page.keyboard.insert_text("键盘画的")
    page.keyboard.press("Enter")
    expect(page.locator(".page-name")).to_have_text("键盘画的")
    drawn(page)
    page_id = page.url.rsplit("/", 1)[1]

    page.keyboard.press("/")
    expect(page.locator(".palette-search")).to_be_focused()
    page.keyboard.insert_text("section")
    page.keyboard.press("Enter")
    expect(page.locator(".tree-row")).to_have_count(1)
    tab_to(page, "[data-property=title] input")
    page.keyboard.insert_text("今天怎么样")
    for words in ("mood-check-in", "action-button"):
        tab_back(page, ".palette-search")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(words)
        page.keyboard.press("Enter")
    tab_to(page, "[data-property=text] input")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("找人聊聊")
    tab_back(page, "#side-look")
    page.keyboard.press("ArrowRight")
    pick_by_keys(page, "[data-event=tap] .handler-add", "打开聊聊")

    tab_back(page, ".palette-search")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("data-list")
    page.keyboard.press("Enter")
    expect(page.locator(".tree-row")).to_have_count(4)
    tab_to(page, ".tree-row[tabindex='0']")
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(".tree-row-on")).to_have_attribute("aria-level", "1")
    expect(page.locator(".told")).to_contain_text("移动了列表")
    tab_to(page, "#side-does")
    page.keyboard.press("ArrowLeft")
    pick_by_keys(page, "[data-property=items] .list-query", "大家的故事")
    assert rows(page) == DRAWN

    page.keyboard.press("Control+S")
    saved(page)
    tab_back(page, ".open-publish")
    page.keyboard.press("Enter")
    expect(page.locator(".differences")).to_be_visible(timeout=SAVED)
    tab_to(page, ".publish-now")
    page.keyboard.press("Enter")
    expect(page.locator(".published")).to_be_visible()
    check_for_teens(new_context(PHONE), own_copy.address, page_id)


def write(page: Page, row: int, words: str) -> None:
    """Change the text of a block."""
    page.locator(".tree-row").nth(row).click()
    page.locator("[data-property=text] :is(input, textarea)").fill(words)


def add(page: Page, component: str, words: str = "") -> None:
    """Put a block at the end of the page, with a text."""
    page.keyboard.press("Escape")
    page.locator(".canvas").click(position={"x": 4, "y": 300})
    palette(page, component).click()
    if words:
        page.locator("[data-property=text] :is(input, textarea)").fill(words)


def test_two_coordinators_lose_nothing_and_one_tap_rolls_back(
    own_copy: Copy, coordinator: Coordinator, new_context: NewContext
) -> None:
    """Both see what the other did; the page holds both; the version before is live in one tap."""
    first, second = coordinator("小运"), coordinator("阿宁")
    page_id = new_page(first, "两个人")
    add(first, "Text", "上午")
    add(first, "Text", "下午")
    saved(first)
    publish(first)
    second.goto(first.url)
    expect(second.locator(".tree-row")).to_have_count(2)
    write(first, 0, "早上好")
    saved(first)
    write(second, 1, "晚上好")
    conflict = second.get_by_role("dialog", name="有人也改了这一页")
    expect(conflict).to_contain_text("小运", timeout=SAVED)
    expect(conflict).to_contain_text("早上好")
    expect(conflict).to_contain_text("晚上好")
    second.locator(".conflict-merge").click()
    saved(second)
    assert [name for _, name in rows(second)] == ["文字「早上好」", "文字「晚上好」"]

    second.locator(".open-publish").click()
    differences = second.locator(".differences")
    expect(differences).to_contain_text("上午 → 早上好")
    expect(differences).to_contain_text("下午 → 晚上好")
    second.locator(".publish-now").click()
    expect(second.locator(".published")).to_contain_text("第 2 版")
    second.locator(".dialog-close").click()
    expect(
        shown(teen_sees(new_context(PHONE), own_copy.address, page_id), "晚上好")
    ).to_be_visible()
    second.locator(".open-versions").click()
    second.locator("[data-version='1'] .version-back").click()
    expect(second.locator("[data-version='1'] .tag-live")).to_be_visible()
    teen = teen_sees(new_context(PHONE), own_copy.address, page_id)
    expect(shown(teen, "下午")).to_be_visible()
    expect(teen.get_by_text("晚上好")).to_have_count(0)


def test_what_is_drawn_without_a_network_is_kept(own_copy: Copy, coordinator: Coordinator) -> None:
    """Said in words, held over a new start of the page, saved by itself once the server is back."""
    page = coordinator()
    new_page(page, "断网")
    saved(page)
    own_copy.stop()
    add(page, "Text", "断网时写的")
    expect(page.locator(".saved")).to_contain_text("先存在这台电脑上", timeout=SAVED)
    page.on("dialog", lambda dialog: dialog.accept())
    address = page.url
    page.goto("about:blank")
    own_copy.start()
    page.goto(address)
    expect(page.locator(".tree-row")).to_have_count(1)
    saved(page)
    page.reload()
    expect(page.locator(".tree-name")).to_have_text("文字「断网时写的」")


def test_undo_copy_and_files(own_copy: Copy, coordinator: Coordinator, tmp_path: Path) -> None:
    """A hundred steps back and forth; blocks pasted into another page; a page as a file."""
    page = coordinator()
    new_page(page, "很多步")
    for _ in range(100):
        page.keyboard.press("Escape")
        palette(page, "Divider").click()
    expect(page.locator(".tree-row")).to_have_count(100)
    page.locator(".tree-row").first.click()
    for _ in range(100):
        page.keyboard.press("Control+Z")
    expect(page.locator(".tree-row")).to_have_count(0)
    for _ in range(100):
        page.keyboard.press("Control+Y")
    expect(page.locator(".tree-row")).to_have_count(100)
    for _ in range(100):
        page.keyboard.press("Control+Z")

    add(page, "DataList")
    pick(page, page.locator("[data-property=items] .list-query"), "大家的故事")
    page.locator(".tree-row").first.click()
    page.keyboard.press("Control+C")
    saved(page)
    page.locator(".all-pages").click()
    new_page(page, "别的一页")
    page.locator(".tree").click()
    page.keyboard.press("Control+V")
    expect(page.locator(".tree-name")).to_have_text("列表")
    expect(page.frame_locator(".phone-frame").get_by_text("示例·标题 1")).to_be_visible()

    saved(page)
    with page.expect_download() as download:
        pick(page, page.locator(".more"), "导出文件")
    file = tmp_path / "page.json"
    download.value.save_as(file)
    page.locator(".all-pages").click()
    page.locator(".import-page input").set_input_files(file)
    page.locator(".new-label").fill("导入的")
    page.locator(".new-make").click()
    expect(page.locator(".tree-name")).to_have_text("列表")
    expect(page.locator(".page-name")).to_have_text("导入的")


def test_a_fault_is_shown_and_leads_to_its_block(coordinator: Coordinator) -> None:
    """While one writes, in the list, and before publishing, which it holds up."""
    page = coordinator()
    new_page(page, "有错")
    add(page, "Text", "好的")
    add(page, "Text")
    page.get_by_role("button", name="文字：来自数据").click()
    page.locator("[data-property=text] .bind-menu").select_option("=")
    field = page.locator("[data-property=text] .expression-text")
    field.press_sequentially("$viewer.ro")
    page.keyboard.press("Enter")
    expect(field).to_have_value("$viewer.role")
    expect(page.locator(".expression-fault")).to_have_text("写对了。")
    field.fill("secret.constructor")
    expect(page.locator(".expression-fault")).to_contain_text("不能用")
    saved(page)
    expect(page.locator(".open-faults")).to_contain_text("个问题")
    page.locator(".tree-row").first.click()
    page.locator(".open-publish").click()
    expect(page.locator(".publish-now")).to_be_disabled()
    page.locator(".publish-faults .fault-jump").first.click()
    expect(page.locator(".tree-row-on")).to_have_count(1)
    expect(page.locator(".expression-text")).to_have_value("secret.constructor")


def touch(page: Page, points: list[tuple[float, float]], hold: bool = True) -> None:
    """Put a finger down, hold it until it has taken hold, move it, lift it."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})

    def send(kind: str, *at: tuple[float, float]) -> None:
        marks = [{"x": x, "y": y} for x, y in at]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": marks})
        page.wait_for_timeout(20)

    (x, y), (to_x, to_y) = points
    send("touchStart", (x, y))
    if hold:
        expect(page.locator(".sortable-chosen")).to_be_attached()
    for step in range(1, 9):
        send("touchMove", (x + (to_x - x) * step / 8, y + (to_y - y) * step / 8))
    send("touchEnd")


def test_by_finger_on_a_tablet(coordinator: Coordinator) -> None:
    """Held and dragged it moves; swiped it only scrolls."""
    page = coordinator(size=TABLET)
    new_page(page, "平板")
    frame = page.locator(".phone-frame")
    touch(page, [middle(palette(page, "Card")), middle(frame, 0.5)])
    expect(page.locator(".tree-name")).to_have_text("卡片")
    touch(page, [middle(palette(page, "Divider")), middle(frame, 0.9)])
    expect(page.locator(".tree-row")).to_have_count(2)
    last, first = page.locator(".tree-row").last, page.locator(".tree-row").first
    touch(page, [middle(last), middle(first, 0.5)])
    expect(last).to_have_attribute("aria-level", "2")
    start = middle(palette(page, "Section"))
    touch(page, [start, (start[0], start[1] - 120)], hold=False)
    expect(page.locator(".tree-row")).to_have_count(2)


def test_on_a_phone_one_may_look(own_copy: Copy, coordinator: Coordinator) -> None:
    """It says that a larger screen is needed, and shows the page."""
    page = coordinator(size=PHONE)
    new_page(page, "小屏幕")
    expect(page.locator(".small-note")).to_be_visible()
    expect(page.locator(".palette, .side, .tree")).to_have_count(0)
    page.keyboard.press("Delete")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_axe(coordinator: Coordinator, scheme: str) -> None:
    """The list, the editor with its three panels, and the dialogs."""
    page = coordinator(scheme=scheme)
    page.evaluate(AXE.read_text("utf-8"))
    findings = axe(page, "list")
    new_page(page, "读屏")
    add(page, "ActionButton", "去")
    findings += axe(page, "properties")
    page.locator("#side-does").click()
    pick(page, page.locator(".handler-add"), "打开页面")
    findings += axe(page, "events")
    page.locator("#side-show").click()
    page.locator("[data-part=if] .condition-add").click()
    page.locator("[data-part=display] .link-button").click()
    findings += axe(page, "conditions")
    page.locator("#left-data").click()
    page.locator(".state-add").click()
    page.locator(".entry summary").first.click()
    findings += axe(page, "data")
    for name in ("faults", "versions", "publish"):
        page.locator(f".open-{name}").click()
        findings += axe(page, name)
        page.locator(".dialog-close").click()
    assert findings == []


def axe(page: Page, where: str) -> list[str]:
    """What axe-core finds that is serious; the frame is left out, its pages have tests."""
    found = page.evaluate(
        "() => axe.run(document, { iframes: false, resultTypes: ['violations'] })"
    )
    return [
        f"{where}: {one['id']} {[node['target'] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
