"""People whom WeChat knows."""

from __future__ import annotations

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.fakes.wechat import FakeWeChat
from tests.support.people import Caller, Staff, Teen, new_openid


def visits(wechat: FakeWeChat, teen: Teen) -> str:
    """Have a teen be a user of WeChat who has just opened the mini-program; their openid."""
    openid = new_openid()
    code = wechat.code_for(openid)
    teen.call("account.wechat_sign_in", code=code, device=teen.device)
    return openid


class WeChatStaff(Staff):
    """A member who joined by their account of WeChat, beside HTTP as the others."""

    def __init__(
        self, address: str, door: Resources, wechat: FakeWeChat, role: str, name: str = "小鹿"
    ) -> None:
        Caller.__init__(self, address)
        self.openid = new_openid()
        with door.database.deadline(10):
            code = account.invite(door, role, "test").invitation
            account.join_by_wechat(door, code, self.openid, name)
        self.call("account.staff_wechat_sign_in", code=wechat.code_for(self.openid))
