"""The server APIs of WeChat: login, content check, messages; `push` for what comes the other way.

Promise: a call returns or raises `WeChatFault` within its budget. Nobody's openid, session_key or
secret stands in an exception, in what an object shows of itself, or in a log.
"""

from cloudfunctions.common.wechat.client import Verdict, WeChat, WeChatUser, verdict_of
from cloudfunctions.common.wechat.errcodes import Kind, WeChatFault

__all__ = ["Kind", "Verdict", "WeChat", "WeChatFault", "WeChatUser", "verdict_of"]
