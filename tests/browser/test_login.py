"""Coming in, in real browsers: a mini-program that is in WeChat, the desk, the second factor."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from cloudfunctions.account import service as account
from cloudfunctions.account import totp
from cloudfunctions.common.resources import Resources
from tests.browser.conftest import LAPTOP, PHONE
from tests.contract.crew import eventually
from tests.fakes.wechat import LOGIN, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, new_openid

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]

NOT_IN_WECHAT = re.compile(r"throw new Error\([\"'`]not in WeChat[\"'`]\)")
STAFF_PAGE = "/desk#/pages/page/index?page=desk_staff&as=staff"
AN_HOUR, FIVE_MINUTES = 61 * 60_000, 301_000


def in_wechat(context: BrowserContext, wechat: FakeWeChat, openid: str) -> BrowserContext:
    """Make a device WeChat's own: where the browser's host refuses wx.login, WeChat answers it."""

    def answer(route: Route) -> None:
        given = route.fetch()
        script, times = NOT_IN_WECHAT.subn("return window.codeOfWeChat()", given.text())
        assert times == 1, "the host refuses wx.login in one place"
        route.fulfill(response=given, body=script)

    context.route("**/assets/app.*.js", answer)
    context.expose_function("codeOfWeChat", lambda: {"code": wechat.code_for(openid)})
    return context


def opened(context: BrowserContext, address: str) -> Page:
    """The teen page, with its talk open."""
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".room-is-open")).to_be_visible()
    return page


def said(page: Page, text: str) -> Locator:
    """The teen's message, once the server has it."""
    return page.locator(".message-from-teen[id^='message-']", has_text=text)


def say(page: Page, text: str) -> None:
    """Write something, and see that the server has it."""
    page.locator(".sender-input textarea").fill(text)
    page.locator(".sender-send").click()
    expect(said(page, text)).to_be_visible()


def teen_of(resources: Resources, openid: str) -> str:
    """The id of the teen of an openid, '' if there is none."""
    hashed = resources.identity.keyed_hash("wechat-teen", openid)
    with resources.database.deadline(10):
        found = resources.database.collection("teens").find_one({"wechat": hashed})
    return "" if found is None else str(found["_id"])


def invitation(resources: Resources, role: str) -> str:
    """A one-time invitation."""
    with resources.database.deadline(10):
        return account.invite(resources, role, "test").invitation


def joined(context: BrowserContext, copy: Copy, door: Resources, role: str, name: str) -> Page:
    """The desk of somebody who has just joined."""
    page = context.new_page()
    page.goto(f"{copy.address}/desk")
    page.locator(".invitation-input input").fill(invitation(door, role))
    page.locator(".name-input input").fill(name)
    page.locator(".join-button").click()
    expect(page.locator(".desk-name")).to_have_text(name)
    return page


def held(page: Page, kind: str) -> Body:
    """What the device keeps of a session."""
    found: Body = page.evaluate(f"JSON.parse(localStorage['wx:session.{kind}'])")
    return found


def fresh_code(secret: str, ahead: int = 0) -> str:
    """What an authenticator shows now, or `ahead` steps from now."""
    return totp.code_of(secret, int(time.time() * 1000) // totp.STEP + ahead)


class TestATeenInWeChat:
    """First entry, renewal, and WeChat being down."""

    def test_comes_in_by_wechat_and_stays_in(
        self,
        new_context: NewContext,
        wechat_copy: Copy,
        wechat: FakeWeChat,
        wechat_door: Resources,
    ) -> None:
        openid, logins = new_openid(), wechat.calls(LOGIN)
        context = in_wechat(new_context(PHONE), wechat, openid)
        page = opened(context, wechat_copy.address)
        say(page, "我第一次来")
        assert wechat.calls(LOGIN) == logins + 1, "there is nothing to fill in, and one login"
        assert held(page, "teen")["id"] == teen_of(wechat_door, openid)
        # The token is refused: the next call brings a new one by a new login.
        page.evaluate(
            "const kept = JSON.parse(localStorage['wx:session.teen']);"
            "localStorage['wx:session.teen'] = JSON.stringify({ ...kept, token: 'of yesterday' })"
        )
        page.reload()
        expect(said(page, "我第一次来")).to_be_visible()
        say(page, "我又来了")
        assert wechat.calls(LOGIN) == logins + 2
        assert held(page, "teen")["id"] == teen_of(wechat_door, openid)

    def test_a_token_is_renewed_in_time_without_a_login(
        self, new_context: NewContext, wechat_copy: Copy, wechat: FakeWeChat
    ) -> None:
        context = in_wechat(new_context(PHONE), wechat, new_openid())
        context.clock.install()
        page = opened(context, wechat_copy.address)
        before, logins = held(page, "teen")["at"], wechat.calls(LOGIN)
        with page.expect_response("**/api/account.renew") as renewed:
            context.clock.fast_forward(AN_HOUR)
        assert renewed.value.status == 200
        eventually(lambda: held(page, "teen")["at"] > before)
        say(page, "还在")
        assert wechat.calls(LOGIN) == logins

    @pytest.mark.parametrize("mode", ["500", "-1", "40226", "45011"])
    def test_is_heard_though_wechat_is_down_and_is_bound_afterwards(
        self,
        new_context: NewContext,
        wechat_copy: Copy,
        wechat: FakeWeChat,
        wechat_door: Resources,
        mode: str,
    ) -> None:
        openid = new_openid()
        context = in_wechat(new_context(PHONE), wechat, openid)
        context.clock.install()
        wechat.mode[LOGIN] = mode
        page = opened(context, wechat_copy.address)
        say(page, "今天很难过")
        teen = held(page, "teen")["id"]
        assert teen_of(wechat_door, openid) == ""
        wechat.mode.clear()
        with page.expect_response("**/api/account.wechat_sign_in") as bound:
            context.clock.fast_forward(FIVE_MINUTES)
        assert bound.value.status == 200
        eventually(lambda: teen_of(wechat_door, openid) == teen)
        expect(said(page, "今天很难过")).to_be_visible()
        say(page, "好一点了")
        assert held(page, "teen")["id"] == teen


class TestStaff:
    """A listener in WeChat, and who leads in a browser."""

    def test_a_listener_in_wechat_works_and_is_dismissed(
        self,
        new_context: NewContext,
        wechat_copy: Copy,
        wechat: FakeWeChat,
        wechat_door: Resources,
    ) -> None:
        phone = in_wechat(new_context(PHONE), wechat, new_openid())
        desk = joined(phone, wechat_copy, wechat_door, "listener", "小禾")
        member = held(desk, "staff")["id"]
        desk.locator(".status-available").click()
        expect(desk.locator(".status-available")).to_have_attribute("aria-checked", "true")
        desk.reload()
        expect(desk.locator(".desk-name")).to_have_text("小禾")
        lead = new_context(LAPTOP)
        joined(lead, wechat_copy, wechat_door, "supervisor", "林老师")
        roll = lead.new_page()
        roll.goto(f"{wechat_copy.address}{STAFF_PAGE}")
        row = roll.locator(f"#staff-{member}")
        expect(row).to_contain_text("暖心师 · 微信")
        row.locator(".staff-roll-dismiss").click()
        row.locator(".staff-roll-keep").click()
        row.locator(".staff-roll-dismiss").click()
        expect(row).to_contain_text("会马上退出登录")
        row.locator(".staff-roll-do").click()
        expect(row).to_have_count(0)
        desk.locator(".status-away").click()
        expect(desk.locator(".invitation-input")).to_be_visible()
        desk.reload()
        expect(desk.locator(".invitation-input")).to_be_visible()
        expect(desk.locator(".desk-name")).to_have_count(0)

    def test_nobody_but_a_lead_sees_the_staff(
        self, new_context: NewContext, wechat_copy: Copy, wechat_door: Resources
    ) -> None:
        device = new_context(PHONE)
        joined(device, wechat_copy, wechat_door, "counsellor", "小雨")
        page = device.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{wechat_copy.address}{STAFF_PAGE}")
        expect(page.locator("wx-page[data-page='pages/page/index']")).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(page.locator(".staff-roll")).to_have_count(0)
        assert not any("account.staff" in url for url in asked)

    def test_a_second_factor_is_set_up_and_asked_for(
        self, new_context: NewContext, wechat_copy: Copy, wechat_door: Resources
    ) -> None:
        device = new_context(LAPTOP)
        desk = joined(device, wechat_copy, wechat_door, "supervisor", "周老师")
        member = held(desk, "staff")["id"]
        roll = device.new_page()
        roll.goto(f"{wechat_copy.address}{STAFF_PAGE}")
        roll.locator(".staff-roll-seek input").fill("周老师")
        row = roll.locator(f"#staff-{member}")
        expect(row).to_contain_text("（你）")
        expect(row.locator(".staff-roll-dismiss")).to_have_count(0)
        row.locator(".staff-roll-enrol").click()
        roll.locator(".second-factor-begin").click()
        groups = roll.locator(".second-factor-group")
        expect(groups).to_have_count(8)
        secret = "".join(groups.all_inner_texts())
        shown = fresh_code(secret)
        roll.locator(".second-factor-code input").fill(f"{shown[:3]} {shown[3:]}")
        roll.locator(".second-factor-show").click()
        expect(roll.locator(".second-factor")).to_have_count(0)
        expect(row).to_contain_text("第二步验证已设")

        desk.evaluate("localStorage.removeItem('wx:session.staff')")
        desk.reload()
        expect(desk.locator(".second-factor-code")).to_be_visible()
        expect(desk.locator(".desk-name")).to_have_count(0)
        desk.locator(".second-factor-code input").fill(shown)
        desk.locator(".second-factor-show").click()
        expect(desk.locator(".second-factor-error")).to_contain_text("已经用过")
        desk.reload()
        desk.locator(".second-factor-code input").fill(fresh_code(secret, 1))
        desk.locator(".second-factor-show").click()
        expect(desk.locator(".desk-name")).to_have_text("周老师")

    def test_a_coordinator_is_asked_for_it_in_the_studio(
        self, new_context: NewContext, wechat_copy: Copy, wechat_door: Resources
    ) -> None:
        device = new_context(LAPTOP)
        page = device.new_page()
        page.goto(f"{wechat_copy.address}/studio")
        page.locator(".invitation").fill(invitation(wechat_door, "coordinator"))
        page.locator(".name").fill("小满")
        page.locator(".join").click()
        expect(page.locator(".page-list")).to_be_visible()
        with page.expect_popup() as popup:
            page.locator(".staff-link").click()
        roll = popup.value
        member = held(page, "staff")["id"]
        roll.locator(".staff-roll-seek input").fill("小满")
        roll.locator(f"#staff-{member} .staff-roll-enrol").click()
        roll.locator(".second-factor-begin").click()
        expect(roll.locator(".second-factor-group")).to_have_count(8)
        secret = "".join(roll.locator(".second-factor-group").all_inner_texts())
        roll.locator(".second-factor-code input").fill(fresh_code(secret))
        roll.locator(".second-factor-show").click()
        expect(roll.locator(f"#staff-{member}")).to_contain_text("第二步验证已设")
        page.evaluate("localStorage.removeItem('wx:session.staff')")
        page.reload()
        page.get_by_role("button", name="这台电脑以前进来过").click()
        page.locator(".second-factor-code").fill("000000")
        page.locator(".second-factor-show").click()
        expect(page.locator(".sign-in-fault")).to_be_visible()
        page.locator(".second-factor-code").fill(fresh_code(secret, 1))
        page.locator(".second-factor-show").click()
        expect(page.locator(".page-list")).to_be_visible()
