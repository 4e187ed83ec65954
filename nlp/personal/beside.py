"""What stands before and after a name: 我叫, 同桌, 班主任; 同学, 打我, the end of a clause.

Longer words are looked for once for the whole text, so that a candidate only looks them up.
"""

from __future__ import annotations

import re
from typing import Final

# How strongly what ends before a place speaks for a name there.
NAMED, TOLD, ROLE, JOINED = 4, 3, 2, 1
# How strongly what begins at a place speaks for a name that ended there.
TITLE, DOES = 2, 1

_TOLD: Final = re.compile(r"(?=((?:叫做?|jiao|名单)[\s:：是「“\"']{0,2}))")
_NAMED: Final = re.compile(
    r"(?=((?:[我他她的]叫|名叫|名字(?:是|叫)|[真全本大原学]名[叫是]?|姓名)[\s:：是「“\"']{0,2}))"
)
_PET_OR_BOOK: Final = re.compile(
    r"(?:[狗猫鼠鸟歌书剧影品种菜病花药鱼兔]|游戏里?我?|[起取]个?名|[网艺外小昵绰])[名号称]?[就也]?叫[\s:：是「“\"']{0,2}"
)
_ROLE: Final = re.compile(
    r"(?=(同学|[同前后]桌|[班组舍室团排队校院线]长|代表|学委|委员|[室舍队网男女好朋病校战]友|家教|[工病]友|同事|群主|师傅|师父|书记|村[长里]的?|德育处的|[床班校]的|老师|主任|教[练官]|医生|护士|主治|老板娘?|工头"
    r"|闺[蜜密]|发小|死党|兄弟|前任|对象|裁判|[学师][长姐弟妹]|[学女男]生|老乡|邻居|保安|班里|老公|小三|人叫|[叔伯舅姨姑婶爷公婆奶哥姐弟妹爸妈父母霸手班妈]))"
)
_JOINED: Final = re.compile(
    r"(?=((?:喜欢|讨厌|举报|认识|转告|告诉|关于|因为|谢谢|写给|[恨怪恋是被和跟与找问说想有叫的对、给替帮爱向致])[「“\"']))"
    r"|(?=(喜欢|讨厌|举报|认识|转告|告诉|关于|因为|谢谢|写给|听说|记住|记得|救救|求求|写着|好像|晚上|那天|后来|昨天|今天|早上|中午|下午|当时|有一次|那时候?|这时候?|刚才|直到|连))"
)
_TITLE: Final = re.compile(r"同学|老师|校长|主任|医生|叔叔|阿姨|教练|学[姐长弟妹]|[他她][妈爸们]")
_DOES: Final = re.compile(
    r"打我|打人|欺负|造谣|孤立|威胁|天天|上周|这个人|那个|割腕|吃了|喝了|跳|怀孕|自杀|离家|走了|一直|经常|上课"
)
_ENDS: Final = '\n ,，。.!！?？、;；:：)）(（"”」~…'
_JOINING: Final = frozenset("恨怪恋是被和跟与找问说想有叫的对给替帮爱向致“「" + _ENDS)
_DOING: Final = frozenset(
    "骂说把堵偷拿扔他她就又也总老每昨今约让逼往在的收都和跟是不没从对给拉扣偏摔当很要被看拒拍转捡带踢住笑推抢借求喊用抓去来发会干追因掉死生转休退考穿递站坐唱跪"
    + _ENDS
)


class Beside:
    """What stands beside each place of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._before: dict[int, int] = {0: JOINED}
        self._after: dict[int, int] = {len(text): DOES}
        for weight, pattern in ((JOINED, _JOINED), (ROLE, _ROLE), (TOLD, _TOLD), (NAMED, _NAMED)):
            for match in pattern.finditer(text):
                self._before[match.end(match.lastindex or 0)] = weight
        for match in _PET_OR_BOOK.finditer(text):
            self._before[match.end()] = JOINED
        for weight, pattern in ((DOES, _DOES), (TITLE, _TITLE)):
            for match in pattern.finditer(text):
                self._after[match.start()] = weight

    def before(self, start: int) -> int:
        """Return how strongly what ends at `start` speaks for a name there."""
        return self._before.get(start) or (self._text[start - 1] in _JOINING and JOINED)

    def after(self, end: int) -> int:
        """Return how strongly what begins at `end` speaks for a name that ended there."""
        return self._after.get(end) or (self._text[end] in _DOING and DOES)
