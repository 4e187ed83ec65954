"""What the service asks of WeChat, each with its budget; the contract stands in `Endpoint`s.

Every call may take as long as its budget says, so an action that makes one is registered with
`waits=True` and keeps its own deadlines around the database. A teen's private words never pass
through here: `check_text` is for what others will read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from cloudfunctions.common.clock import Clock
from cloudfunctions.common.crypto import Vault
from cloudfunctions.common.database import Database
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.wechat import tokens
from cloudfunctions.common.wechat.breaker import Steady
from cloudfunctions.common.wechat.calls import Body, Endpoint, Wire
from cloudfunctions.common.wechat.errcodes import TOKEN_REFUSED, WeChatFault
from cloudfunctions.common.wechat.stable import StableToken

LOGIN = Endpoint("/sns/jscode2session", "login", 3.0, repeatable=True, method="GET")
TEXT_CHECK = Endpoint("/wxa/msg_sec_check", "check", 3.0, repeatable=True)
MEDIA_CHECK = Endpoint("/wxa/media_check_async", "media", 3.0)
SUBSCRIBE = Endpoint("/cgi-bin/message/subscribe/send", "message", 3.0)
CUSTOMER = Endpoint("/cgi-bin/message/custom/send", "message", 3.0)
RISK_RANK = Endpoint("/wxa/getuserriskrank", "risk", 2.0, repeatable=True)
PHONE = Endpoint("/wxa/business/getuserphonenumber", "phone", 3.0, repeatable=True)

CODE_MAXIMUM = 128
PICTURE = 2
REGISTERING = 0

Suggest = Literal["pass", "review", "risky"]
SUGGESTS: tuple[Suggest, ...] = get_args(Suggest)


@dataclass(frozen=True)
class WeChatUser:
    """Who logged in; `unionid` is '' where the mini-program is bound to no open platform."""

    openid: str = field(repr=False)
    unionid: str = field(repr=False)


@dataclass(frozen=True)
class Verdict:
    """What the content check says; `label` 100 is normal."""

    suggest: Suggest
    label: int
    trace_id: str


class WeChat:
    """The server APIs of one mini-program; safe to share between threads."""

    def __init__(
        self,
        settings: WeChatSettings,
        database: Database,
        now: Clock,
        vault: Vault,
        *,
        token_file: Path = tokens.CLOUDBASE_TOKEN_FILE,
        steady: Steady = time.monotonic,
    ) -> None:
        """`vault` seals the token that is kept in the database; `steady` is the breakers' time."""
        self._settings = settings
        self._wire = Wire(settings.base_url, steady)
        sources: dict[str, Callable[[], tokens.TokenSource]] = {
            "stable": lambda: StableToken(settings, database, now, vault, self._wire),
            "cloudbase": lambda: tokens.CloudbaseToken(token_file),
            "service": tokens.NoToken,
        }
        self._tokens = sources[settings.token_source]()

    def code_to_session(self, code: str) -> WeChatUser:
        """Return who stands behind a code of `wx.login`; its session_key is dropped here.

        Raises:
            WeChatFault: 'bad_code', 'used_code', 'too_often', 'risky_user', or one of ours. A
                code whose first answer was lost is 'used_code' too, and may be used up after
                'unreachable': in each case the client asks for a new one.
        """
        if not self._settings.secret:
            raise WeChatFault("misconfigured")
        if not (code.isascii() and code.isprintable() and 0 < len(code) <= CODE_MAXIMUM):
            raise WeChatFault("bad_code")
        body = {
            "appid": self._settings.appid,
            "secret": self._settings.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        answer = self._wire.ask(LOGIN, {}, body, time.monotonic() + LOGIN.seconds)
        return WeChatUser(_text(answer, "openid"), str(answer.get("unionid") or ""))

    def check_text(
        self, openid: str, text: str, scene: int, *, title: str = "", nickname: str = ""
    ) -> Verdict:
        """Have a text of at most 2,500 characters read (msgSecCheck, version 2).

        Args:
            openid: the writer's, who was in the mini-program in the last 2 hours.
            scene: 1 profile, 2 comment, 3 forum, 4 social log.

        Raises:
            WeChatFault: nothing is known of the text, so it is held for a person to read.
        """
        body = {"version": 2, "scene": scene, "openid": openid, "content": text}
        more = {"title": title, "nickname": nickname}
        answer = self._call(TEXT_CHECK, {**body, **{k: v for k, v in more.items() if v}})
        return verdict_of(answer)

    def check_media(self, openid: str, url: str, scene: int) -> str:
        """Have the picture at `url` looked at; returns the trace_id under which a push tells.

        Raises:
            WeChatFault: nothing will come, so it is held for a person to look at.
        """
        body = {"version": 2, "scene": scene, "openid": openid, "media_url": url}
        return _text(self._call(MEDIA_CHECK, {**body, "media_type": PICTURE}), "trace_id")

    def send_subscribe(
        self, openid: str, template: str, data: Mapping[str, str], page: str
    ) -> None:
        """Send one subscription message, which uses up one consent of the person.

        Never sent a second time by itself where the first may have been taken.

        Raises:
            WeChatFault: 'no_consent', 'bad_template', or one of ours.
        """
        fields = {name: {"value": value} for name, value in data.items()}
        message = {"touser": openid, "template_id": template, "page": page, "data": fields}
        self._call(SUBSCRIBE, message)

    def send_customer(self, openid: str, text: str) -> None:
        """Send a customer-service message, which goes only to who wrote in the last 48 hours.

        Never sent a second time by itself where the first may have been taken.

        Raises:
            WeChatFault: 'window_over', or one of ours.
        """
        self._call(CUSTOMER, {"touser": openid, "msgtype": "text", "text": {"content": text}})

    def risk_rank(self, openid: str, address: str) -> int:
        """Return how likely WeChat thinks the account a forged one: 0 (not) to 4.

        Args:
            address: the IP address from which the person comes.

        Raises:
            WeChatFault: nothing is known.
        """
        body = {"appid": self._settings.appid, "openid": openid, "scene": REGISTERING}
        rank = self._call(RISK_RANK, {**body, "client_ip": address}).get("risk_rank")
        if not isinstance(rank, int) or not 0 <= rank <= 4:
            raise WeChatFault("unreachable")
        return rank

    def phone_number(self, code: str) -> str:
        """Return the number that stands behind a code of `getPhoneNumber`.

        Raises:
            WeChatFault: 'bad_code', or one of ours.
        """
        info = self._call(PHONE, {"code": code}).get("phone_info")
        return _text(info if isinstance(info, dict) else {}, "phoneNumber")

    def _call(self, endpoint: Endpoint, body: Body) -> Body:
        """Make a call that shows a token, and once more with a new one if it was refused."""
        until = time.monotonic() + endpoint.seconds
        shown = self._tokens.current(until)
        try:
            return self._wire.ask(endpoint, shown, body, until)
        except WeChatFault as fault:
            if fault.code not in TOKEN_REFUSED:
                raise
            refused = fault
        fresh = self._tokens.renewed(shown, until)
        if fresh is None:
            raise refused
        return self._wire.ask(endpoint, fresh, body, until)


def verdict_of(answer: Mapping[str, Any]) -> Verdict:
    """Return the verdict in an answer of msgSecCheck or in a push of mediaCheckAsync.

    Raises:
        WeChatFault: there is none.
    """
    result = answer.get("result")
    found = result if isinstance(result, dict) else {}
    label = str(found.get("label", ""))
    suggest = next((one for one in SUGGESTS if one == found.get("suggest")), None)
    # In a push as XML a label is text.
    if suggest is None or not (label.isascii() and label.isdigit()):
        raise WeChatFault("unreachable")
    return Verdict(suggest, int(label), str(answer.get("trace_id") or ""))


def _text(answer: Mapping[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise WeChatFault("unreachable")
    return found
