"""Who is at the door, by WeChat's word: the code of wx.login, or whom the door itself proves.

Promises: whatever WeChat answers comes out as one of our errors, told in Chinese; the openid stays
inside (kept as a keyed hash, and sealed), the unionid is not kept since nothing needs it.

A platform's opinion of a person (`risky_user`) shuts nobody out who seeks help: WeChat then names
no openid, so the client comes in by its device. The log counts it (`wechat_failed`), and nothing
marks the person: nobody would act on a mark but by treating a child with less trust.
"""

from __future__ import annotations

from cloudfunctions.common.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    ServiceError,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChatFault

MINUTE_OF_WECHAT = 60
"""Seconds: code2Session counts the calls of one user by the minute."""


def openid_at_door(resources: Resources, code: str, proved: str) -> str:
    """Return the openid that the door proves, else the one that WeChat names for `code`.

    Raises:
        BadRequest: there is neither.
        NotFound: this deployment has no mini-program, so no code means anything to it.
        Unauthenticated: WeChat does not know the code, or it was used.
        TooManyRequests, Forbidden, Unavailable: as WeChat says.
    """
    if proved:
        return proved
    if not code:
        raise BadRequest("缺少微信的登录码。", hint="请重新打开小程序。")
    if resources.wechat is None:
        raise NotFound("这里没有接通微信登录。", hint="不用微信也可以进来。")
    try:
        return resources.wechat.code_to_session(code).openid
    except WeChatFault as fault:
        raise _told(fault.kind) from None


def _told(kind: str) -> ServiceError:
    if kind in ("bad_code", "used_code"):
        return Unauthenticated("这次微信登录没有成功。", hint="请再试一次。")
    if kind == "too_often":
        return TooManyRequests(
            "微信说登录得太频繁了。", hint="请等一分钟再试。", retry_after=MINUTE_OF_WECHAT
        )
    if kind == "risky_user":
        return Forbidden("微信没有让这次登录通过。", hint="不用微信登录，也可以直接进来说。")
    if kind in ("busy", "quota"):
        return Unavailable("微信那边现在很忙，登录要等一等。", hint="请过一会儿再试。")
    return Unavailable("现在连不上微信的登录。", hint="请过一会儿再试。")
