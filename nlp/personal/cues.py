"""The words that say what the number or the letters beside them are.

Each pattern is searched in the few characters before (or after) a find, so it costs the same
however long the text is. `loose` lets a word be typed with marks between its characters.
"""

from __future__ import annotations

import re
from typing import Final

# What may stand between a cue and what it announces.
_LINK: Final = (
    r"(?:号码?|[小大新老]号|在这里?|账号|id|码|是|为|叫|就是|我的?|你们?|可以|吧|加|备注|搜|这个|同号|联系|❤|♥|♡|🧡|💛|💚|💙|💜|➕"
    r"|👉|🛰|[\s:：;,，.。、~～\-—_=>+()（）\[\]【】「」“”\"'*|/]){0,10}"
)
_MARKS: Final = r"[\s.。·・,，\-—_*/|~〇+❤♥]{0,2}"


def loose(*words: str) -> str:
    """Return a pattern for `words` that allows marks between the characters."""
    return "|".join(_MARKS.join(re.escape(character) for character in word) for word in words)


_PENGUIN: Final = (
    *("qq", "扣扣", "企鹅", "球球", "秋秋", "蔻蔻", "叩叩", "寇寇", "抠抠", "丘丘", "qun"),
)
_QQ_WORDS: Final = (
    rf"(?:{loose(*_PENGUIN)}"
    r"|(?<![a-z])q|🐧|扣|群)(?:群|空间|邮箱)?"
)
_WECHAT_WORDS: Final = (
    rf"(?:(?:[微薇威徽维卫喂胃嶶唯v]|(?<![a-z])wei|(?<![a-z])w){_MARKS}"
    r"(?:信|❤|♥|♡|心|芯|星|xin(?![a-z]))"
    rf"|{loose('vx', 'wx')}|绿泡泡|绿色软件|微|薇|[❤♥]\W{{0,3}}v|(?<![a-z])v(?![a-z]))"
)
_ACCOUNT_WORDS: Final = (
    r"(?:抖音|快手|小红书|b站|哔哩哔哩|微博|贴吧|闲鱼|淘宝|支付宝|网易云|王者(?:荣耀)?|和平精英|吃鸡|原神|星铁|光遇"
    r"|蛋仔(?:派对)?|迷你世界|我的世界|球球大作战|和平|飞机|推特|豆瓣|知乎|lofter|晋江|番茄|闺蜜圈|手表|第五(?:人格)?|steam|telegram|(?<![a-z])(?:tg|ins|ig|uid|id|dy|ks|xhs|x)(?![a-z])|好友代码"
    r"|学号|学籍号?|准考证|考生号|银行卡|(?:医保|社保|饭|校园|储蓄|信用)卡|卡号|账号|护照|电话手表)"
)
QQ: Final = re.compile(rf"{_QQ_WORDS}{_LINK}$")
QQ_AFTER: Final = re.compile(
    r"[\s←<\-—]{0,3}这?是?(?:我的?)?\s?(?:qq|扣(?!分|了|钱)|企鹅号?)(?!邮箱|\.)"
)
WECHAT: Final = re.compile(rf"{_WECHAT_WORDS}{_LINK}$")
ACCOUNT: Final = re.compile(rf"{_ACCOUNT_WORDS}{_LINK}$")
ID_NUMBER: Final = re.compile(rf"身份证(?:后面|上面)?{_LINK}$")
PHONE: Final = re.compile(
    rf"(?:{loose('电话', '手机')}|座机|固话|联系方式|联系我|号码|tel|拨打?|打给?(?:我妈?|这个)?)"
    rf"{_LINK}$"
)
ADD_ME: Final = re.compile(rf"(?:加我|加一?下|加个好友|扣我|找我|来开黑|联系我){_LINK}$")
# Before letters the cue is looked for from the left, so the link may not swallow the letters.
WECHAT_ID: Final = re.compile(
    rf"(?:{_WECHAT_WORDS}){_LINK}"
    r"(?P<found>[a-z0-9_](?:[a-z0-9_.\-]{4,24}|(?: [a-z0-9_]){5,20}(?![a-z0-9])))"
)
ACCOUNT_ID: Final = re.compile(
    rf"(?P<cue>{_ACCOUNT_WORDS}){_LINK}(?P<found>@?(?<![a-z0-9])[a-z0-9_][a-z0-9_.\-]{{3,30}})"
)
NICKNAME: Final = re.compile(
    rf"(?:(?<![a-z])id|(?:网|微信|qq)名|昵称|{_ACCOUNT_WORDS}\s?(?:搜|号|名|id)){_LINK}"
    r"(?P<found>[\u4e00-\u9fff]{2,8}(?:[丶_]\d{0,6}|[a-z]{0,3}\d{1,6}(?![\d\u4e00-\u9fff])))"
)
