"""Stories in real browsers: written, read by a person, shared, answered, taken back at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_desk_work import joined
from tests.browser.test_talk import IN_DANGER
from tests.contract.crew import waiting_teen
from tests.support.copy import Copy

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

SECOND = 1.0
RE_READ = 30_000
"""Milliseconds in which a list of the desk has surely been read again by itself."""

PHONE_NUMBER = "一三八\n零零一二\n三四五六"
SAD = (
    "外婆走了以后，家里一下子空了。\n"
    "晚上我会抱着她织的毛衣哭一会儿，第二天还是去上学。\n"
    f"想找人说说话，我的电话是{PHONE_NUMBER}。\n"
    "慢慢地，会好一点吧。"
)
MASK = "〔已隐去〕"
MARKUP = "<script>alert(2)</script><b>粗</b><img src=x>"


@pytest.fixture
def door(own_copy: Copy) -> Iterator[Resources]:
    """The test's own door to the copy's database."""
    found = own_copy.resources()
    yield found
    found.database.close()


@pytest.fixture
def moderator(own_copy: Copy, door: Resources, new_context: NewContext) -> Callable[..., Page]:
    """Let a counsellor join and look at the stories."""

    def make(name: str = "小林", role: str = "counsellor") -> Page:
        page = joined(own_copy, door, new_context(LAPTOP), role, name)
        page.locator("#tab-story").click()
        return page

    return make


def open_stories(context: BrowserContext, address: str) -> Page:
    """Open the page of stories as a teen."""
    page = context.new_page()
    page.goto(f"{address}/#/pages/stories/index")
    expect(page.locator(".story-feed")).to_be_visible()
    return page


def on_top(page: Page, selector: str) -> Locator:
    """Elements of the page that is shown; those below in the stack are hidden."""
    return page.locator(f"wx-page:not([hidden]) {selector}")


def write(page: Page, text: str, title: str = "") -> None:
    """Begin a story and wait until it is kept."""
    on_top(page, ".story-new").click()
    if title:
        on_top(page, ".story-title-field input").fill(title)
    on_top(page, ".story-text-field textarea").fill(text)
    expect(on_top(page, ".story-kept")).to_have_text("存好了")


def send(page: Page, text: str, title: str = "") -> None:
    """Write a story and send it."""
    write(page, text, title)
    on_top(page, ".story-send").click()
    expect(on_top(page, ".story-sent")).to_be_visible()


def own(page: Page, state: str) -> Locator:
    """One's own story, read anew, in this state."""
    on_top(page, "#stories-mine").click()
    return on_top(page, f".own-story-{state}")


def take_first(page: Page) -> None:
    """Take the most urgent item in hand."""
    page.locator(".moderation-row").first.click(timeout=RE_READ)
    expect(page.locator(".moderation-item")).to_be_visible()


def decide(page: Page, end: str = "") -> None:
    """End the open item and wait until nothing is open."""
    if end:
        page.locator(f"#end-{end}").click()
    page.locator(".moderation-submit").click()
    expect(page.locator(".moderation-empty")).to_be_visible()


def test_a_story_from_the_first_word_to_its_withdrawal(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """Masked by a person, agreed to, read and hugged by others, and gone for all in a second."""
    author, reader, other = (open_stories(new_context(PHONE), own_copy.address) for _ in range(3))
    send(author, SAD, "外婆的毛衣")
    on_top(author, ".story-sent-done").click()
    expect(own(author, "waiting")).to_be_visible()

    desk = moderator()
    take_first(desk)
    marks = desk.locator(".mark-personal")
    assert "一三八" in "".join(marks.all_inner_texts())
    marks.first.click()
    preview = desk.locator(".moderation-preview-text")
    expect(preview).to_contain_text(MASK)
    expect(preview).not_to_contain_text("三四五六")
    decide(desk)
    on_top(reader, "#feed-topic-all").click()
    expect(on_top(reader, ".story-feed-empty")).to_be_visible()

    offered = own(author, "mask_offered")
    expect(offered.locator(".own-story-offered-text")).to_contain_text(f"我的电话是{MASK}")
    offered.locator(".story-agree").click()
    expect(own(author, "published")).to_be_visible()

    for page in (reader, other):
        on_top(page, "#feed-topic-all").click()
        expect(on_top(page, ".story-row")).to_have_count(1)
    on_top(reader, ".story-row").click()
    body = on_top(reader, ".story-body")
    expect(body).to_contain_text(MASK)
    expect(body).not_to_contain_text("一三八")
    on_top(reader, ".story-hug").click()
    expect(on_top(reader, ".story-hug")).to_have_attribute("aria-checked", "true")
    expect(own(author, "published").locator(".own-story-hugs")).to_have_text("收到 1 个抱抱")

    on_top(author, ".story-withdraw").click()
    author.locator(".story-withdraw-now").click()
    began = time.monotonic()
    expect(on_top(reader, ".stories-gone")).to_be_visible(timeout=5_000)
    expect(on_top(other, ".story-row")).to_have_count(0, timeout=5_000)
    took = time.monotonic() - began
    assert took <= SECOND, f"it was gone for all after {took:.2f} s"
    for page in (reader, other):
        assert "毛衣" not in page.locator("body").inner_text()
    expect(on_top(author, ".own-story-withdrawn")).to_be_visible()


def test_a_cry_for_help_is_a_talk_and_no_story(
    own_copy: Copy, door: Resources, new_context: NewContext
) -> None:
    """At the head of the queue with the card, in no feed, and help stands on the author's page."""
    waiting_teen(own_copy.address)
    reader = open_stories(new_context(PHONE), own_copy.address)
    author = open_stories(new_context(PHONE), own_copy.address)
    desk = joined(own_copy, door, new_context(LAPTOP), "counsellor", "小林")
    send(author, f"没有人知道我写这些。{IN_DANGER}")
    expect(on_top(author, ".safety-card")).to_be_visible()
    expect(desk.locator(".queue-head").first.locator(".queue-level")).to_contain_text("危急")

    desk.locator(".next-button").click()
    card = desk.locator(".talk-side .brought-card")
    expect(card).to_contain_text(IN_DANGER)
    desk.locator("#tab-story").click()
    expect(desk.locator(".moderation-row")).to_have_count(0)
    on_top(reader, "#feed-topic-all").click()
    expect(on_top(reader, ".story-feed-empty")).to_be_visible()

    on_top(author, ".story-talk").click()
    expect(author.locator(".room-is-open")).to_be_visible()


def test_what_is_in_a_story_is_never_markup(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """Shown as text to its author, to the moderator and to readers."""
    dialogs: list[str] = []
    author = open_stories(new_context(PHONE), own_copy.address)
    reader = open_stories(new_context(PHONE), own_copy.address)
    desk = moderator()
    for page in (author, reader, desk):
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    send(author, f"今天学会了一句代码 {MARKUP}", title=MARKUP[:30])
    take_first(desk)
    assert MARKUP in "".join(desk.locator(".moderation-body").all_inner_texts())
    decide(desk, "publish")
    on_top(reader, "#feed-topic-all").click()
    on_top(reader, ".story-row").click()
    expect(on_top(reader, ".story-body")).to_contain_text(MARKUP)
    for page in (author, reader, desk):
        assert page.locator(".stories img, .stories script, .stories b").count() == 0
        assert page.locator(".moderation img, .moderation script, .moderation b").count() == 0
    assert dialogs == []


def test_what_is_written_without_a_network_is_kept_and_sent(
    own_copy: Copy, new_context: NewContext
) -> None:
    """Every word stays on the phone, also over a new start of the page, and goes once."""
    author = open_stories(new_context(PHONE), own_copy.address)
    write(author, "开头")
    own_copy.stop()
    on_top(author, ".story-text-field textarea").fill("开头，然后断网了")
    expect(on_top(author, ".story-kept")).to_contain_text("先存在这台手机里")
    on_top(author, ".story-send").click()
    expect(on_top(author, ".story-kept")).to_contain_text("连上网就送出去")
    own_copy.start()
    author.reload()
    expect(on_top(author, ".story-sent")).to_be_visible(timeout=30_000)
    author.goto(f"{own_copy.address}/#/pages/stories/index?tab=mine")
    author.reload()
    expect(on_top(author, ".own-story")).to_have_count(1)
    on_top(author, ".own-story-open").click()
    expect(on_top(author, ".own-story-text")).to_have_text("开头，然后断网了")


def test_words_to_somebody_are_found_again_and_taken_back(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """Their state and the moderator's words stand with one's own stories."""
    author, reader = (open_stories(new_context(PHONE), own_copy.address) for _ in range(2))
    send(author, "今天在食堂一个人吃饭")
    desk = moderator()
    take_first(desk)
    decide(desk, "publish")
    on_top(reader, "#feed-topic-all").click()
    on_top(reader, ".story-row").click()
    on_top(reader, ".story-answer-field textarea").fill("我也会一个人吃饭")
    on_top(reader, ".story-answer-send").click()
    expect(on_top(reader, ".story-answered")).to_be_visible()
    reader.go_back()
    on_top(reader, "#stories-mine").click()
    given = on_top(reader, ".story-given-row")
    expect(given.locator(".story-given-state")).to_contain_text("等人读")
    for _ in range(2):
        given.locator(".story-take-back").click()
    expect(given.locator(".story-given-state")).to_contain_text("收回了")
    expect(desk.locator(".moderation-row")).to_have_count(0, timeout=RE_READ)


def test_two_moderators_never_decide_on_one_story(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """The second is told who reads it, and gets it once it is put back."""
    author = open_stories(new_context(PHONE), own_copy.address)
    send(author, "考试没考好，有点难过")
    first, second = moderator("小林"), moderator("阿宁", "supervisor")
    take_first(first)
    second.locator(".moderation-row").first.click(timeout=RE_READ)
    expect(second.locator(".moderation .notice-text").first).to_contain_text("小林")
    expect(second.locator(".moderation-item")).to_have_count(0)
    first.locator(".moderation-put-back").click()
    expect(first.locator(".moderation-item")).to_have_count(0)
    take_first(second)


def test_characters_that_no_rule_marked_can_be_hidden(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """A tap on the first character and one on the last hide what lies between, and back again."""
    author = open_stories(new_context(PHONE), own_copy.address)
    send(author, "我坐在最后一排。旁边是团团。")
    desk = moderator()
    take_first(desk)
    desk.locator(".moderation-piece", has_text="旁边是团团").click()
    desk.locator(".moderation-cell", has_text="团").first.click()
    desk.locator(".moderation-cell", has_text="团").last.click()
    preview = desk.locator(".moderation-preview-text")
    expect(preview).to_have_text(f"我坐在最后一排。旁边是{MASK}。")
    expect(desk.locator("#end-mask")).to_have_attribute("aria-checked", "true")
    desk.locator(".moderation-masked").click()
    expect(preview).to_have_count(0)
    expect(desk.locator(".moderation-submit")).to_have_attribute("aria-disabled", "true")


def test_answers_are_read_first_and_a_counsellor_stands_above(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """A reader's words are seen by nobody until approved; the counsellor's stand first, marked."""
    author = open_stories(new_context(PHONE), own_copy.address)
    reader = open_stories(new_context(PHONE), own_copy.address)
    desk = moderator()
    send(author, "转学以后中午都是一个人吃饭。")
    take_first(desk)
    desk.locator("#end-publish").click()
    desk.locator(".moderation-reply textarea").fill("谢谢你告诉我们，一个人的中午很长。")
    decide(desk)
    on_top(reader, "#feed-topic-all").click()
    on_top(reader, ".story-row").click()
    on_top(reader, ".story-answer-field textarea").fill("我也是，后来找到了图书角。")
    on_top(reader, ".story-answer-send").click()
    expect(on_top(reader, ".story-answered")).to_be_visible()
    on_top(author, ".story-sent-done").click()
    expect(own(author, "published").locator(".story-answer")).to_have_count(1)

    take_first(desk)
    decide(desk, "publish")
    answers = own(author, "published").locator(".story-answer")
    expect(answers).to_have_count(2)
    expect(answers.first.locator(".story-answer-who")).to_have_text("咨询师")
    expect(answers.last).to_contain_text("图书角")


def test_what_a_reader_reports_comes_to_a_person(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """Withheld on a report, it is gone from the reader's open page, and its author is told."""
    author = open_stories(new_context(PHONE), own_copy.address)
    reader = open_stories(new_context(PHONE), own_copy.address)
    desk = moderator()
    send(author, "今天班里有人很讨厌。")
    take_first(desk)
    decide(desk, "publish")
    on_top(reader, "#feed-topic-all").click()
    on_top(reader, ".story-row").click()
    on_top(reader, ".story-report-open").click()
    reader.locator("#report-unkind").click()
    reader.locator(".story-report-send").click()
    expect(reader.locator(".story-reported")).to_be_visible()
    reader.locator(".sheet-close").click()
    take_first(desk)
    expect(desk.locator(".moderation-item-reports")).to_contain_text("欺负人")
    desk.locator("#end-withhold").click()
    desk.locator(".moderation-pick").first.click()
    decide(desk)
    expect(on_top(reader, ".stories-gone")).to_be_visible(timeout=5_000)
    on_top(author, ".story-sent-done").click()
    withheld = own(author, "withheld")
    expect(withheld.locator(".own-story-words-text")).to_contain_text("谢谢你")
    withheld.locator(".story-talk").click()
    expect(author.locator(".room-is-open")).to_be_visible()


def test_the_figures_of_who_leads(
    own_copy: Copy, new_context: NewContext, moderator: Callable[..., Page]
) -> None:
    """Bars of what was sent; a counsellor has no such tab."""
    author = open_stories(new_context(PHONE), own_copy.address)
    send(author, "有点想家。")
    lead = moderator("阿宁", "supervisor")
    lead.locator("#tab-figures").click()
    states = lead.locator(".figures-states .figures-row")
    expect(states).to_have_count(1)
    expect(states.first.locator(".figures-number")).to_have_text("1")
    counsellor = moderator("小林")
    expect(counsellor.locator("#tab-figures")).to_have_count(0)
    lead.locator(".figures-page").first.click()
    expect(on_top(lead, ".live-board")).to_contain_text("同事在线")
