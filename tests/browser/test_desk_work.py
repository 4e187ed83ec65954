"""The work of the desk in real browsers: handing over, alerts, levels, follow-ups, the shift."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_talk import IN_DANGER, desk_say
from tests.contract.crew import waiting_teen
from tests.support.copy import Copy
from tests.support.people import Body, Teen

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
Join = Callable[..., Page]

REASON = "刚接了一位，手上顾不过来"


@pytest.fixture
def join(own_copy: Copy, new_context: NewContext) -> Iterator[Join]:
    """Let a member of the staff join on a device of their own and come on duty."""
    resources = own_copy.resources()

    def make(role: str, name: str, size: tuple[int, int] = LAPTOP) -> Page:
        page = new_context(size).new_page()
        page.goto(f"{own_copy.address}/desk")
        page.locator(".invitation-input input").fill(_invitation(resources, role))
        page.locator(".name-input input").fill(name)
        page.locator(".join-button").click()
        page.locator(".status-available").click()
        expect(page.locator(".status-available")).to_have_attribute("aria-checked", "true")
        return page

    yield make
    resources.database.close()


def _invitation(resources: Resources, role: str) -> str:
    with resources.database.deadline(10):
        return account.invite(resources, role, "test").invitation


def take_next(page: Page) -> None:
    """Claim the most urgent talk and wait until it is open."""
    page.locator(".next-button").click()
    expect(page.locator(".talk-panel")).to_be_visible()


def offer(page: Page, name: str, note: str) -> None:
    """Ask the colleague to take the open talk, staying beside the teen."""
    page.locator(".hand-over-button").click()
    page.locator(".colleague", has_text=name).click()
    page.locator("#stay-yes").click()
    page.locator(".hand-over-note textarea").fill(note)
    page.locator(".hand-over-submit").click()
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator(".talk-coming")).to_contain_text(name)


def write_reason(page: Page, text: str) -> None:
    """Fill the panel that wants one sentence and send it; empty it cannot be sent."""
    expect(page.locator(".reason-submit")).to_have_attribute("aria-disabled", "true")
    page.locator(".reason-field textarea").fill(text)
    page.locator(".reason-submit").click()
    expect(page.locator(".sheet")).to_have_count(0)


def heard(teen: Teen) -> list[str]:
    """Every text the teen was told."""
    return [message["text"] for message in teen.transcript()]


def test_a_warm_hand_over_refused_once_and_then_taken(own_copy: Copy, join: Join) -> None:
    """The giver keeps the talk and reads the reason; then stays beside, writes, and goes."""
    teen = waiting_teen(own_copy.address)
    giver, taker = join("listener", "小鹿"), join("counsellor", "小林", PHONE)
    take_next(giver)

    offer(giver, "小林", "怕打电话给家里")
    row = taker.locator(".offer-row")
    expect(row).to_contain_text("小鹿")
    expect(row).to_contain_text("怕打电话给家里")
    taker.locator(".offer-decline").click()
    write_reason(taker, REASON)
    expect(row).to_have_count(0)
    expect(giver.locator(".talk-returned")).to_contain_text(REASON)
    expect(giver.locator(".close-button")).to_be_visible()

    offer(giver, "小林", "这次她愿意和你说")
    taker.locator(".offer-accept").click()
    expect(taker.locator(".talk-panel .talk-who")).to_have_text("你在听")
    expect(taker.locator(".talk-company")).to_contain_text("小鹿")
    expect(taker.locator(".talk-note")).to_contain_text("这次她愿意和你说")

    expect(giver.locator(".talk-who")).to_have_text("在旁边陪着")
    expect(giver.locator(".close-button, .hand-over-button")).to_have_count(0)
    desk_say(giver, "我还在，小林也来了")
    expect(taker.locator(".message", has_text="我还在，小林也来了")).to_be_visible()
    giver.locator(".leave-talk-button").click()
    expect(giver.locator(".talk-panel")).to_have_count(0)
    expect(taker.locator(".talk-company")).to_have_count(0)
    words = heard(teen)
    assert any("咨询师小林来了" in text for text in words), words
    assert any("小鹿先离开了" in text for text in words), words


def test_a_queue_gets_a_talk_back_from_whom_gave_it(own_copy: Copy, join: Join) -> None:
    """Cold, to the counsellors: it is off the giver's desk at once and first in their queue."""
    waiting_teen(own_copy.address)
    giver, counsellor = join("listener", "小鹿"), join("counsellor", "小林")
    take_next(giver)
    giver.locator(".hand-over-button").click()
    giver.locator("#tier-counsellor").click()
    giver.locator(".hand-over-submit").click()
    expect(giver.locator(".talk-panel")).to_have_count(0)
    expect(giver.locator(".my-talk")).to_have_count(0)
    expect(counsellor.locator(".queue-count-counsellor")).to_have_text("咨询师 1")
    expect(counsellor.locator(".queue-head .answer-due")).to_contain_text("分钟")
    take_next(counsellor)


def test_an_alert_is_owned_and_closed_with_what_was_done(own_copy: Copy, join: Join) -> None:
    """Who is on call sees who owns it; a listener sees only how urgent the talk is."""
    teen = Teen(own_copy.address)
    first, second = join("counsellor", "小林"), join("supervisor", "阿宁")
    listener = join("listener", "小鹿", PHONE)
    teen.send(IN_DANGER)
    for page in (first, second):
        expect(page.locator(".alert-row")).to_have_count(1)
        expect(page.locator(".alert-summary")).to_have_text("1 件还没有人处理")
    first.locator(".alert-own").click()
    expect(first.locator(".alert-owner")).to_have_text("你在处理")
    expect(second.locator(".alert-owner")).to_have_text("小林在处理")
    expect(second.locator(".alert-own")).to_have_count(0)
    first.locator(".alert-close").click()
    write_reason(first, "已经在和同学聊")
    expect(first.locator(".alert-list")).to_have_count(0)
    expect(second.locator(".alert-list")).to_have_count(0)
    expect(listener.locator(".queue-count-counsellor")).to_have_text("咨询师 1")
    expect(listener.locator(".alert-list")).to_have_count(0)


def test_raising_holds_and_lowering_is_refused_in_place(own_copy: Copy, join: Join) -> None:
    """A listener raises the level from one message; to lower it is refused where it was asked."""
    waiting_teen(own_copy.address, "我没事 就是不想醒过来")
    page = join("listener", "小鹿")
    take_next(page)
    page.locator(".message-from-teen .message-misread").first.click()
    expect(page.locator(".risk-quote")).to_contain_text("不想醒过来")
    page.locator("#level-3").click()
    expect(page.locator(".risk-submit")).to_have_attribute("aria-disabled", "true")
    page.locator(".risk-why-field textarea").fill("她说过今晚，手边有药")
    page.locator(".risk-submit").click()
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator(".risk-button")).to_contain_text("危急")

    page.locator(".risk-button").click()
    page.locator("#level-0").click()
    page.locator(".risk-why-field textarea").fill("聊过了，只是没睡好")
    page.locator(".risk-submit").click()
    expect(page.locator(".sheet .field-error")).to_contain_text("咨询师")
    expect(page.locator(".risk-why-field textarea")).to_have_value("聊过了，只是没睡好")
    page.locator(".sheet-close").click()
    expect(page.locator(".risk-button")).to_contain_text("危急")


def test_closing_wants_a_follow_up_which_opens_the_talk_again(own_copy: Copy, join: Join) -> None:
    """Without a day soon enough the form cannot be sent; on the day the teen is asked again."""
    teen = waiting_teen(own_copy.address)
    page = join("listener", "小鹿")
    take_next(page)
    desk_say(page, "今天先到这里，明天我再来看看你")
    page.locator(".close-button").click()
    submit = page.locator(".closing-submit")
    page.locator("#risk-C").click()
    expect(submit).to_have_attribute("aria-disabled", "true")
    page.locator("#follow-14").click()
    expect(submit).not_to_have_attribute("aria-disabled", "true")
    page.locator("#risk-E").click()
    expect(page.locator("#follow-14")).to_have_count(0)
    expect(submit).to_have_attribute("aria-disabled", "true")
    page.locator("#follow-1").click()
    page.locator(".closing-follow-note input").fill("看看睡得怎么样")
    submit.click()
    expect(page.locator(".talk-panel")).to_have_count(0)
    assert _state(teen)["state"] == "closed"

    planned = page.locator(".follow-up")
    expect(planned).to_contain_text("看看睡得怎么样")
    expect(planned).to_contain_text("明天")
    planned.locator(".follow-up-reopen").click()
    expect(page.locator(".talk-panel .talk-who")).to_have_text("你在听")
    assert _state(teen)["state"] == "open"
    assert any("再来看看你" in text for text in heard(teen))

    page.locator(".follow-up-done").click()
    write_reason(page, "平稳，有人陪")
    expect(planned).to_have_count(0)


def test_a_shift_with_automatic_talks_ends_with_everything_handed_over(
    own_copy: Copy, join: Join
) -> None:
    """A talk comes by itself; the end is asked about once, and the talk waits again."""
    page = join("listener", "小鹿", PHONE)
    page.locator(".duty-button").click()
    page.locator("#duty-automatic").click()
    page.locator("#skill-study").click()
    page.locator(".duty-save").click()
    expect(page.locator(".sheet")).to_have_count(0)
    teen = waiting_teen(own_copy.address)
    expect(page.locator(".notice-text").first).to_contain_text("自动接到一位同学")
    expect(page.locator(".desk-role")).to_contain_text("手上 1 位")

    page.locator(".duty-button").click()
    expect(page.locator("#duty-automatic")).to_have_attribute("aria-checked", "true")
    expect(page.locator("#skill-study")).to_have_attribute("aria-checked", "true")
    page.locator(".end-shift-note textarea").fill("她在等成绩")
    page.locator(".end-shift-button").click()
    page.locator(".end-shift-back").click()
    expect(page.locator(".end-shift-confirm")).to_have_count(0)
    page.locator(".end-shift-button").click()
    page.locator(".end-shift-confirm").click()
    expect(page.locator(".notice-text").first).to_contain_text("辛苦了")
    expect(page.locator(".status-away")).to_have_attribute("aria-checked", "true")
    assert _state(teen)["waiting"] is not None


def _state(teen: Teen) -> Body:
    conversation: Body = teen.poll()["conversation"]
    return conversation
