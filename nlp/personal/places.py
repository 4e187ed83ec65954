"""Schools and addresses that lead to a person.

Chinese sets no mark between words, so a place is looked for from its end (中学, 3栋402, 村二组) and
read backwards over at most `_WINDOW` characters to the last word that cannot belong to it (在, 是,
我们). What is left must name something: 镇上的中学 and 我们小区 name nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from nlp.personal.span import Span

_WINDOW: Final = 26
_N: Final = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4})"
# Nothing of a name goes over these.
_OUTSIDE: Final = re.compile(r"[^\u4e00-\u9fffa-z\d\-—]+")
_SURE: Final = frozenset(("road", "building", "ward", "room"))
# Words that end before a place begins. 上 is the beginning of 上海, 和 of 和平, 都 of 都江堰.
_STOP: Final = re.compile(
    r"(?<!后面)(?<!旁边)(?<!对面)(?<!楼上)(?<!隔壁)的|[我你他她它们是读到去了被给让把跟从念转考叫想也还又不说问吗吧呢啊很最]|就读于|就是|就(?!业)"
    r"|在|住|寄|来(?!宾|安|凤)|上(?!海|饶|虞|杭|林|蔡|栗|犹|思|高|党)|和(?!平|谐|县|田|顺|睦|林|龙|静|硕|政)|(?<![成首])都(?!江|昌|匀|安|兰|会|市)|于(?!都|洪)"
    r"|认识|以前|现在|什么|觉得|自己|翻出|一套|怕|升|告别|晒|体检|骂|放了|认成|进(?!贤)|对(?!面)|比|有|这|那|哪|个|所|离|往|跑|租|开(?!封|发|平|州|化|原|远|阳|县|元)|带|找|恨|为|该|等|停|见|知道|毕业|学生"
    r"|地址|老家|屋头|出租[房屋]|宿舍|公司|回|隔壁|过(?!街)|家(?!属|园|[\u4e00-\u9fff]?[庄村寨湾坪河界坝乡镇沟堰坳])|当|看|每|爱|约|要|会(?!宁|理|东|昌|泽|同)"
)
_BRANCH: Final = r"(?:[(（][\u4e00-\u9fff]{1,4}[)）]|[\u4e00-\u9fff]{2,4}(?:分校|校区))?"
_YEAR: Final = r"(?:[初高小]?[一二三四五六七八九\d]{1,2}年?级?|[初高][中一二三])"
_CLASS: Final = rf"(?:的?{_YEAR}?\s?[(（]?(?:[一二三四五六七八九十]{{1,3}}|\d{{1,3}})[)）]?班)?"
_KIND_OF_SCHOOL: Final = (
    r"(?:实验|外国语|中心|完全|希望|附属|附中|附小|高级|初级|职业|技术|技工|双语|国际|民族|寄宿制?|九年一贯制|特殊教育|第?"
    rf"{_N})"
)
_SCHOOL: Final = re.compile(
    r"(?:(?:中学|小学)(?![生妹时同])|高中(?![生时])|初中(?![生时部])|职高|职中|联中|中专|技校|职校|中心校|(?:技师|职业|技术)学院|(?P<any>学校))"
    rf"{_BRANCH}{_CLASS}"
    rf"|(?P<number>(?<![第一二三四五六七八九十百\d])第?(?:\d{{1,3}}|[一二三四五六七八九十百]{{1,3}})"
    rf"中(?![学午间等途心国年级个大考毒奖路下选全是都有也了得不能会听看说规意])(?:初中部|高中部)?){_CLASS}"
    rf"|[二三四五六]高(?=[\s,，。!！?？]|$|管|[(（]?\d|的)"
    rf"|(?<=[\u4e00-\u9fff])附[中小]{_BRANCH}{_CLASS}"
)
# What may stand before 学校 that makes it a school of its own.
_OWN: Final = re.compile(rf"(?:{_KIND_OF_SCHOOL}|运动|工业|商业|师范|卫生|农业|[省市县区镇乡])$")
_PEOPLE: Final = re.compile(r"的?(?:人|学生|同学|老师|女生|男生|校长|混混)")
_NO_SCHOOL: Final = re.compile(
    r"(?:[一二三四五六七八九十]+月|重点|普通|民办|私立|公办|公立|公里|寄宿制?|全日制|半封闭|封闭式?|职业|技术|技工|特殊|附近|对面|旁边|家乡|镇上|县里|县城|城里|乡下|农村|乡村|村里|山区|贵族|本地"
    r"|外地|全[市县校]|同一|同所|某某?|一|两|几|各|省|市里?|县|区|镇|乡|村|新|旧|老|原|母|小|大|高|初|中|好|坏|差|烂|破|名牌|名|打工子弟|补习|培训|驾驶?|党|警|军|魔法|舞蹈"
    r"|艺术|体育|音乐|美术|语言|聋哑|盲人|女子?|男子?|国内|国外|国际|双语|实验|外国语|幼儿园|霍格沃茨|史莱克|武术|烹饪|厨师|网络|线上|业余|少年|青少年|联合|理想|目标|心仪|梦想"
    r"|第一|第二|第三|第|志愿|上学|同学|老师|中考|高考|升|幼|读书|上课|放学|开学|今年|去年|明年|现在|时候|专门|希望|中心|完全|整|工读|技师|普高|排名|前|后|阳光|教育|孩子|爸妈|爸爸|妈妈|父母|其他|另外|别|多|[,\s\d])*"
)
_HOUSE: Final = (
    r"(?:[一二三四五六七八九东西南北]区\d{1,4}楼"
    r"|(?:[a-z]?\d{1,3}|[a-z])(?:号楼|栋|幢|(?<!场\d\d)(?<!排\d)(?<!排\d\d)座(?!位)|号院)"
    r"|[一二三四五六七八九十]{1,3}(?:号楼|[栋幢](?=[\d一二三四五六七八九十])))"
)
_FLAT: Final = rf"(?:[东西南北]?{_N}单元|{_N}层|{_N}楼|{_N}[室户号床]|[-—]?\d{{3,4}}室?){{0,3}}"
_BUILDING: Final = _HOUSE + _FLAT
_TAIL: Final = (
    rf"(?:的?(?:[\u4e00-\u9fff]{{2,6}}(?:小区|花园|家园|公寓|[苑府湾郡庭]))?{_BUILDING}|{_N}[组队社巷]|[a-z附]?\d{{1,4}}号院?|{_N}楼|\d{{3,4}}室?"
    r"|(?:政府|学校|卫生院|车站|超市)?(?:后面|旁边|对面|隔壁)的?[\u4e00-\u9fff]{2,5}|[\u4e00-\u9fff]{2,5}(?:小区|花园|家园|公寓|城|苑)|的?[\u4e00-\u9fff]{2,6}(?:保健院|医院|宾馆|酒店|网吧|小卖部)){0,4}"
)
_ADDRESS: Final = (
    # A road with a number.
    ("road", re.compile(rf"(?:[路街巷弄段]|大道|胡同|街道)[a-z]?{_N}号{_TAIL}")),
    # A road with what stands at it.
    (
        "road",
        re.compile(
            r"(?<=[\u4e00-\u9fff]{2})(?:路(?!过|上|边|人|口|程|灯)|街(?!上|边|道)|大道)[\u4e00-\u9fff]{1,5}(?:市场|广场|网吧|公园|医院|酒店|宾馆|超市)"
        ),
    ),
    # A building of something named.
    ("building", re.compile(rf"{_BUILDING}")),
    # Ward and bed, hotel and room.
    (
        "ward",
        re.compile(rf"(?:[\u4e00-\u9fff]院|住院部|病房|科)[\u4e00-\u9fff\d]{{0,10}}?{_N}床"),
    ),
    ("room", re.compile(rf"(?:酒店|宾馆|旅馆|旅店|网吧|招待所|民宿|公寓)(?:\d{{3,4}}|{_N}楼)")),
    # Villages and towns.
    (
        "village",
        re.compile(
            r"(?:(?<![镇乡村寨屯])[镇乡村寨屯]|街道|社区|村民小组|工业区|开发区|新村|家[庄湾坪坝河沟]|苗圃)"
            rf"(?![长里上民口头干委主官]|民){_TAIL}"
        ),
    ),
    (
        "complex",
        re.compile(
            r"(?:小区|花园|家园|公寓|花苑|名苑|嘉苑|山庄|新村|[东西南北]区)(?:[东西南北]门|门口)?"
        ),
    ),
)
_REGION: Final = re.compile(r"(?<=[\u4e00-\u9fff]{2})[省市县区旗州镇乡]|[路街]")
_GROUP: Final = re.compile(r"\d|[一二三四五六七八九十]组")
_DWELLS: Final = r"小区[叫是]|住|住在|家在|老家(?:在|是)?|家住在?|屋头在|地址[是:：]?|寄到|家里在"
_DWELLING: Final = re.compile(rf"(?:{_DWELLS}|回)\s?[:：]?$")
_HOME: Final = re.compile(rf"(?:{_DWELLS}|位于|停在|在)\s?[:：]?$")
_NO_PLACE: Final = re.compile(
    r"(?:男生|女生|学生|员工|教职工|教师|教学|宿舍|学校|寝室|教室|考场|医院|小区|公寓|我们|前面|后面|对面|旁边|隔壁|楼下|楼上|门口|家里|这栋|那栋|同一|整|每|第|几|两|一|东|西|南|北|新|老|旧"
    r"|城市?|乡|农|山|渔|小|大|全|本|邻|自然|贫困|偏远|古|水|市里?|县|区|镇|旅游|地球|美丽|新手|步行|商业|美食|小吃|幼儿园|商场|酒店|附近|村|屯|后|囤|那边|十|条|马|公|走|铁|出|思|线|道|[a-z\d])*"
)


class _Reading:
    """Where, for each place of a text, a name that ends there may begin at the earliest."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = [gap.end() for gap in _OUTSIDE.finditer(text)]
        ends += [stop.end() for stop in _STOP.finditer(text)]
        self._ends = [0, *sorted(ends)]

    def stem(self, end: int) -> int:
        """Return the earliest beginning of a name that goes on at `end`, or `end` for none."""
        start = self._ends[bisect_right(self._ends, end) - 1]
        return start if end - start <= _WINDOW else end


def find(text: str) -> Iterator[Span]:
    """Yield the schools and the addresses of a plain text; addresses may take a school in."""
    reading = _Reading(text)
    yield from _merged(_addresses(reading))
    for match in _SCHOOL.finditer(text):
        start = reading.stem(match.start())
        if _names_a_school(text[start : match.start()], match):
            yield Span(start, match.end(), "school")


def _names_a_school(stem: str, match: re.Match[str]) -> bool:
    if match["any"] and not _OWN.search(stem):
        return False
    if not stem and match["number"] and _PEOPLE.match(match.string, match.end()):
        return True
    if _is_no_school(stem):
        classed = match.group().endswith("班") and _OWN.search(stem) is not None
        return classed or (match["number"] is not None and stem in ("县", "市", "区"))
    return len(stem) >= 2


def _addresses(reading: _Reading) -> Iterator[Span]:
    text = reading.text
    for form, pattern in _ADDRESS:
        for match in pattern.finditer(text):
            start = reading.stem(match.start())
            if start == match.start() or _is_no_place(text[start : match.start()]):
                if form != "building" or "单元" not in match.group():
                    continue
                start = match.start()
            cue = text[max(start - 8, 0) : start]
            if form in _SURE or _placed(form, text[start : match.start()], cue, match):
                yield Span(start, match.end(), "address")


@lru_cache(maxsize=4096)
def _is_no_school(stem: str) -> bool:
    return _NO_SCHOOL.fullmatch(stem) is not None


@lru_cache(maxsize=4096)
def _is_no_place(name: str) -> bool:
    return _NO_PLACE.fullmatch(name) is not None


def _placed(form: str, name: str, cue: str, match: re.Match[str]) -> bool:
    """Tell whether a village or a named place says where somebody is to be found."""
    if _REGION.search(name):
        return True
    if form == "village":
        return _GROUP.search(match.group()) is not None or (
            len(name) >= 2 and _DWELLING.search(cue) is not None
        )
    return len(name) >= 2 and _HOME.search(cue) is not None


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """Join spans that overlap or touch."""
    last: Span | None = None
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if last is not None and span.start <= last.end:
            last = Span(last.start, max(last.end, span.end), "address")
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
