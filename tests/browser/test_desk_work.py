"""The work of the desk in real browsers: handing over, alerts, levels, follow-ups, the shift."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cloudfunctions.account import service as account
from cloudfunctions.chat.closing import DAY
from cloudfunctions.common.notifier import Notifier
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.test_talk import IN_DANGER, desk_say
from tests.contract.crew import eventually, stored, waiting_teen
from tests.contract.passing import let_pass
from tests.contract.test_outbox import given_up
from tests.fakes.notify import FakeNotify
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
Join = Callable[..., Page]

REASON = "刚接了一位，手上顾不过来"
RE_READ = 15_000
"""Milliseconds in which a poll has surely looked again by itself: it is woken by no letter."""


@pytest.fixture
def door(own_copy: Copy) -> Iterator[Resources]:
    """The test's own door to the copy's database."""
    found = own_copy.resources()
    yield found
    found.database.close()


@pytest.fixture
def join(own_copy: Copy, door: Resources, new_context: NewContext) -> Join:
    """Let a member of the staff join on a device of their own and come on duty."""

    def make(role: str, name: str, size: tuple[int, int] = LAPTOP) -> Page:
        return joined(own_copy, door, new_context(size), role, name)

    return make


def joined(copy: Copy, door: Resources, device: BrowserContext, role: str, name: str) -> Page:
    """The desk of somebody who has just joined and come on duty."""
    page = device.new_page()
    page.goto(f"{copy.address}/desk")
    page.locator(".invitation-input input").fill(_invitation(door, role))
    page.locator(".name-input input").fill(name)
    page.locator(".join-button").click()
    page.locator(".status-available").click()
    expect(page.locator(".status-available")).to_have_attribute("aria-checked", "true")
    return page


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


def test_who_owns_an_alert_opens_its_talk_and_goes_with_it(own_copy: Copy, join: Join) -> None:
    """Beside whoever holds it: read, write, give away; a listener sees their own alert too."""
    teen = waiting_teen(own_copy.address)
    listener, owner = join("listener", "小鹿", PHONE), join("supervisor", "阿宁")
    take_next(listener)
    teen.send(IN_DANGER)
    listener.locator(".alert-fold").click()
    expect(listener.locator(".alert-owner")).to_have_text("你在处理")
    expect(listener.locator(".alert-open")).to_be_visible()
    expect(listener.locator(".alert-close")).to_have_count(0)

    expect(owner.locator(".alert-owner")).to_have_text("小鹿在处理")
    expect(owner.locator(".alert-open")).to_have_count(0)
    listener.locator(".hand-over-button").click()
    listener.locator("#tier-counsellor").click()
    listener.locator(".hand-over-submit").click()
    owner.locator(".alert-own").click()
    owner.locator(".alert-open").click()
    panel = owner.locator(".talk-panel")
    expect(panel.locator(".talk-who")).to_have_text("你在处理提醒")
    expect(panel.locator(".talk-company")).to_have_text("还没有人接，AI 先陪着")
    expect(panel.locator(".message", has_text=IN_DANGER)).to_be_visible()
    expect(panel.locator(".hand-over-button")).to_be_visible()
    expect(panel.locator(".close-button, .leave-talk-button")).to_have_count(0)
    expect(owner.locator(".my-talk")).to_have_count(0)
    desk_say(owner, "我是阿宁，我看到了，我在")
    expect(panel.locator(".message", has_text="我是阿宁")).to_be_visible()
    eventually(lambda: any("我是阿宁" in text for text in heard(teen)))

    owner.locator(".alert-fold").click()
    owner.locator(".alert-close").click()
    write_reason(owner, "已联系学校或家人")
    expect(panel).to_have_count(0)


def test_an_alert_that_nothing_is_done_about_goes_on_to_others(own_copy: Copy, join: Join) -> None:
    """After a quarter of an hour: who had it is told, and who comes next sees whose it was."""
    teen = Teen(own_copy.address)
    first, second = join("counsellor", "小林", PHONE), join("supervisor", "阿宁")
    teen.send(IN_DANGER)
    first.locator(".alert-own").click()
    expect(second.locator(".alert-owner")).to_have_text("小林在处理")
    resources = own_copy.resources()
    let_pass(resources, teen.talk, 15.1)
    resources.database.close()
    expect(second.locator(".alert-owner").first).to_contain_text("小林没能继续，等人接着看")
    told = first.locator(".desk-lost")
    expect(told).to_contain_text("15 分钟没有动静")
    told.locator(".notice-action").click()
    expect(told).to_have_count(0)


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


def fall_silent(teen: Teen, page: Page, door: Resources) -> None:
    """The holder says something, and the teen nothing more until their talk ends gently."""
    desk_say(page, "我在听")
    eventually(lambda: "我在听" in heard(teen))
    for minutes in (16, 31):
        let_pass(door, teen.talk, minutes)
    assert stored(door, teen.talk)["closed_by"] == "silence"


def test_a_talk_that_ended_by_silence_is_written_up_while_another_is_open(
    own_copy: Copy, join: Join, door: Resources
) -> None:
    """Its holder is told, takes the next talk first, and writes when there is time."""
    quiet = waiting_teen(own_copy.address)
    page = join("listener", "小鹿")
    take_next(page)
    fall_silent(quiet, page, door)
    expect(page.locator(".notice-text").first).to_contain_text("登记")
    row = page.locator(".write-up")
    expect(row).to_contain_text("一天之内")
    waiting_teen(own_copy.address)
    take_next(page)

    row.locator(".write-up-button").click()
    page.locator("#risk-B").click()
    page.locator("#action-listened").click()
    page.locator(".closing-submit").click()
    expect(page.locator(".sheet")).to_have_count(0)
    expect(row).to_have_count(0)
    expect(page.locator(".talk-panel .talk-who")).to_have_text("你在听")
    closing = stored(door, quiet.talk)["closing"]
    assert (closing["risk"], closing["actions"]) == ("B", ["listened"])


def test_a_supervisor_sees_what_was_not_written_up_for_a_day(
    own_copy: Copy, join: Join, door: Resources
) -> None:
    """They see whose it is and have no form for it."""
    quiet = waiting_teen(own_copy.address)
    page = join("listener", "小鹿")
    take_next(page)
    fall_silent(quiet, page, door)
    let_pass(door, quiet.talk, 24 * 60 + 1)
    supervisor = join("supervisor", "阿宁", PHONE)
    supervisor.locator("#tab-mine").click()
    expect(supervisor.locator(".write-up-late")).to_contain_text("小鹿超过一天还没有写")
    expect(supervisor.locator(".write-up-button")).to_have_count(0)
    expect(page.locator(".write-up-late")).to_contain_text("今天补上", timeout=RE_READ)


def test_follow_ups_that_were_missed_stand_before_todays_and_the_next(
    own_copy: Copy, join: Join, door: Resources
) -> None:
    """Sixty are more than a page; the rest is read on request and stands in its place."""
    page = join("listener", "小鹿", PHONE)
    teen = waiting_teen(own_copy.address)
    page.locator(".next-button").click()
    expect(page.locator(".talk-panel")).to_be_visible()
    page.locator(".close-button").click()
    page.locator("#risk-C").click()
    page.locator("#follow-3").click()
    page.locator(".closing-submit").click()
    expect(page.locator(".sheet")).to_have_count(0)
    noon = door.now()
    days = [*[-3] * 55, 0, 0, 2]
    _plan(door, stored(door, teen.talk), [noon + day * DAY + n for n, day in enumerate(days)])

    page.locator("#tab-follow").click()
    late, today, later = (page.locator(f".follow-ups-{n}") for n in ("late", "today", "later"))
    expect(late.locator(".follow-up")).to_have_count(50)
    expect(late.locator(".follow-up-late").first).to_contain_text("过了 3 天")
    expect(today).to_have_count(0)
    page.locator(".follow-up-more").click()
    expect(late.locator(".follow-up")).to_have_count(55)
    expect(today.locator(".follow-up")).to_have_count(2)
    expect(later.locator(".follow-up")).to_have_count(2)
    expect(page.locator(".follow-up-more")).to_have_count(0)
    expect(page.locator("#tab-follow")).to_have_text("随访 57")
    tops = [one.evaluate("one => one.getBoundingClientRect().top") for one in (late, today, later)]
    assert tops == sorted(tops)

    late.locator(".follow-up-done").first.click()
    write_reason(page, "平稳，有人陪")
    expect(late.locator(".follow-up")).to_have_count(54)
    expect(later.locator(".follow-up")).to_have_count(2)


def _plan(door: Resources, pattern: Mapping[str, Any], due: list[int]) -> None:
    """Insert a copy of a closed talk for each time at which somebody is to be looked after."""
    documents = [
        {
            **pattern,
            "_id": secrets.token_urlsafe(16),
            "teen": secrets.token_urlsafe(16),
            "follow_up": {**pattern["follow_up"], "due_at": at},
        }
        for at in due
    ]
    with door.database.deadline(20):
        door.database.collection("conversations").insert_many(documents)


def test_what_could_not_be_told_outside_is_tried_again_or_set_aside(
    tmp_path: Path, new_context: NewContext
) -> None:
    """In vain it comes back with its new fault; delivered or set aside it is gone."""
    with FakeNotify() as receiver:
        copy = Copy(tmp_path, NOTIFY_URL=receiver.url, NOTIFY_KEY="key").start()
        found = copy.resources()
        door = dataclasses.replace(found, notifier=Notifier(receiver.url, "key"))
        try:
            _see_to_letters(copy, receiver, door, new_context)
        finally:
            found.database.close()
            copy.stop()


def _see_to_letters(
    copy: Copy, receiver: FakeNotify, door: Resources, new_context: NewContext
) -> None:
    page = joined(copy, door, new_context(PHONE), "supervisor", "阿宁")
    other = Staff(copy.address, door, "supervisor")
    given_up(copy, receiver, door, other)
    fold, row = page.locator(".dead-letter-fold"), page.locator(".dead-letter")
    expect(fold).to_contain_text("没送出去的通知 1", timeout=RE_READ)
    expect(row).to_have_count(0)
    fold.click()  # It is one line, because the alert itself stands above it.
    expect(row).to_contain_text("试了 10 次")
    expect(page.locator(".dead-letter-fault")).to_contain_text("500")
    receiver.mode = "302"
    page.locator(".dead-letter-retry").click()
    expect(page.locator(".notice-text").first).to_contain_text("再送一次")
    expect(row).to_contain_text("试了 11 次", timeout=RE_READ)
    expect(page.locator(".dead-letter-fault")).to_contain_text("302")
    receiver.mode = "ok"
    page.locator(".dead-letter-retry").click()
    expect(page.locator(".dead-letter-list")).to_have_count(0)
    eventually(lambda: receiver.received[-1].mode == "ok")

    given_up(copy, receiver, door, other)
    expect(row).to_have_count(1, timeout=RE_READ)
    page.locator(".dead-letter-close").click()
    write_reason(page, "已经打电话告诉了")
    expect(page.locator(".dead-letter-list")).to_have_count(0)


def _state(teen: Teen) -> Body:
    conversation: Body = teen.poll()["conversation"]
    return conversation
