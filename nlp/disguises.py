"""How teens write the words that filters look for, and how such a spelling is undone.

`WORDS` are the words that get disguised; `STAND_INS` says what may stand for one of their
characters: a homophone, a look-alike, pinyin, an initial, a digit, an emoji or the character's
halves. A pattern a word is built from both. A match is accepted only where it is deliberate:
innocent neighbours (紫砂壶, 想4点走, 老鼠了) keep it as typed.

Risky assumption: an accepted disguise means the word. It only makes the text easier to read for
rules and model, which still decide.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

# Full pinyin stands first, then everything else that is read as the character.
STAND_INS: Final[dict[str, tuple[str, ...]]] = {
    "自": ("zi", "紫", "子", "字", "z"),
    "杀": ("sha", "鲨", "砂", "沙", "刹", "煞", "莎", "纱", "s", "乂木", "刀"),
    "想": ("xiang", "相心", "x", "相"),
    "死": ("si", "4", "似", "鼠", "亖", "肆", "斯", "四", "s", "💀", "☠", "歹匕", "屎", "思", "逝"),
    "去": ("qu",),
    "不": ("bu", "卟"),
    "活": ("huo", "氵舌", "火", "h"),
    "着": ("zhe",),
    "跳": ("tiao", "足兆", "t", "挑"),
    "楼": ("lou", "木娄", "搂", "喽", "娄", "l", "🏢", "🏬", "漏"),
    "割": ("ge", "害刂", "隔", "鸽", "g", "🔪"),
    "腕": ("wan", "碗", "婉", "宛", "晚", "w"),
    "残": ("can", "惨", "蚕", "餐", "c"),
    "安": ("an",),
    "眠": ("mian", "棉", "绵"),
    "药": ("yao", "💊", "艹约"),
    "吞": ("tun",),
    "遗": ("yi", "移"),
    "书": ("shu", "叔"),
    "上": ("shang",),
    "吊": ("diao", "钓", "口巾"),
    "烧": ("shao",),
    "炭": ("tan", "碳"),
    "强": ("qiang", "弓虽", "q"),
    "奸": ("jian", "尖", "女干", "j", "女gan"),
    "性": ("xing",),
    "侵": ("qin", "亻侵"),
    "猥": ("wei", "萎"),
    "亵": ("xie", "谢", "屑"),
    "轻": ("qing",),
    "生": ("sheng",),
    "尽": ("jin",),
    "结": ("jie",),
    "束": ("shu",),
    "命": ("ming",),
    "离": ("li",),
    "家": ("jia",),
    "出": ("chu",),
    "走": ("zou",),
    "农": ("nong",),
    "欺": ("qi", "q"),
    "负": ("fu",),
    "霸": ("ba", "b"),
    "凌": ("ling", "l"),
    "顶": ("ding",),
    "天": ("tian",),
    "台": ("tai",),
    "绳": ("sheng",),
    "子": ("zi",),
    "暴": ("bao", "b"),
    "食": ("shi",),
    "催": ("cui",),
    "吐": ("tu", "🐰"),
    "打": ("da",),
    "骚": ("sao", "s"),
    "扰": ("rao",),
    "孤": ("gu", "g"),
    "立": ("li",),
    "绝": ("jue",),
    "伤": ("shang",),
    "我": ("wo",),
    "人": ("ren",),
    "抑": ("yi",),
    "郁": ("yu", "玉"),
}

WORDS: Final = (
    "自杀",
    "自残",
    "自尽",
    "想死",
    "去死",
    "不想活",
    "活不下去",
    "想跳楼",
    "跳楼",
    "割腕",
    "安眠药",
    "吞药",
    "农药",
    "遗书",
    "上吊",
    "烧炭",
    "轻生",
    "强奸",
    "性侵",
    "猥亵",
    "离家出走",
    "结束生命",
    "抑郁",
    "欺负",
    "霸凌",
    "楼顶",
    "天台",
    "绳子",
    "暴食",
    "催吐",
    "打我",
    "打人",
    "骚扰",
    "孤立",
    "绝食",
    "自伤",
)

_GAP = r"[\s.,·…*_/\\|\-~、。+，'\"“”()（）]{0,3}"

# Innocent readings: a disguise that overlaps one of these stays as it was typed.
_UNIT = (
    r"\s*[\d点个月天号次年岁遍小分只条倍块杯楼万千百十人种本张页口班组:：.店级米题道节排季集章元"
    r"斤处大川s]"
)
_INNOCENT: Final = re.compile(
    "|".join(
        (
            r"[做捏个买泡养种块一]紫[砂沙]|紫[砂沙](?:壶|茶|杯|锅|泥|盆|器|陶|花盆|煲|工艺|艺|罐)",
            r"紫[砂沙](?:电|炖|汽|的?颜色|收藏|的?小|制品|摆件|非遗)",
            rf"[想去][4四]{_UNIT}",
            r"[想去](?:逝[世去]|似[乎的曾]|鼠[标年尾鼠]|肆[意无虐]|思|斯|屎(?!了|掉))",
            r"[想去]s[市区]|相(?:思|似|识|四|斯|s)|打\\W+[我人]|天\\W+台",
            r"[来源出独亲]自[沙莎]|[子字][沙莎纱刀]|\w[子字][杀沙鲨]|自沙[特漠滩发龙丁县市坪]",
            r"自(?:刀片|刀刀|惨遭|餐|纱)",
            r"跳(?:漏|t)|挑[楼漏搂喽l]|割g|不想火(?:锅|车|热|不)",
            r"上\W{0,3}吊[打车水桥带灯起顶威]|[想去]\W{0,3}死[党板磕守]",
        )
    )
)
# Spellings made of nothing but stand-ins that are still well known.
_WHOLE: Final = frozenset(
    [
        "紫砂",
        "紫鲨",
        "紫沙",
        "紫刹",
        "紫杀",
        "紫煞",
        "子鲨",
        "z鲨",
        "紫s",
        "紫残",
        "zi鲨",
        "紫sha",
        "zi砂",
        "zi沙",
        "z砂",
        "隔碗",
        "鸽碗",
        "ge碗",
        "g碗",
        "隔wan",
    ]
)
_SYLLABLES = ("wo", "ni", "hao", "qu", "yao", "xiang", "de", "bu", "ta", "jiu", "men", "zhi")
_LETTERS = re.compile(r"[a-z]+")
_PINYIN_TAIL = re.compile(
    r"(?:le|la|ni|wo|de|a|ba|suan|ya|zhe|cheng|guo|ma|hao)?(?![a-z])|(?=le|suan|de)"
)


def _choices(character: str) -> str:
    spellings = sorted(STAND_INS.get(character, ()), key=len, reverse=True)
    return "(" + "|".join([re.escape(character) + "{1,3}", *map(re.escape, spellings)]) + ")"


def _compile() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    """Map each character that a disguise may begin with to the words to try there."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for word in sorted(WORDS, key=len, reverse=True):
        pattern = re.compile(_GAP.join(_choices(character) for character in word))
        for head in sorted({word[0], *(other[0] for other in STAND_INS.get(word[0], ()))}):
            table.setdefault(head, []).append((word, pattern))
    return {head: tuple(words) for head, words in table.items()}


_BY_HEAD: Final = _compile()
_HEAD: Final = re.compile("[" + "".join(map(re.escape, sorted(_BY_HEAD))) + "]")
# Nobody disguises hundreds of words; whoever sends so many heads only wants to keep us busy.
_MAX_HEADS: Final = 500

# Initials are read only beside a verb that leaves no other reading.
INITIALS: Final = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"(?<=[想要去敢会])zs(?![a-z家班那们老同的])", "自杀"),
        (r"(?<=(?:准备|直接|试过|怎么|如何|尝试|打算|计划|考虑))zs(?![a-z家班那们老同])", "自杀"),
        (r"(?<![a-z])zs(?=算了|吧|的?方法|未遂|的?念头|倾向|的想法|成功|失败)", "自杀"),
        (r"(?<=[想又要在去])zc(?![a-z])", "自残"),
        (r"(?<=忍不住)zc(?![a-z])", "自残"),
        (r"(?<=[想又要去敢])gw(?![a-z])", "割腕"),
        (r"(?<=[想要去])tl(?![a-z])", "跳楼"),
        (r"(?<![a-z])bxhl?(?![a-z])", "不想活了"),
        (r"(?<![a-z])wxs(?![a-z])", "我想死"),
        (r"(?<![a-z])hxs(?![a-z])", "好想死"),
        (r"亖", "死"),
        (r"艹约", "药"),
        (r"(?<=[想快要去就直接])[噶嘎](?=了|掉|$|[\s,，。!！])", "死"),
        (r"(?<![嘎咔啊])[噶嘎](?=了算了|了自己|自己|掉自己)", "死"),
        (r"(?<=[笑累热气困饿烦冷急无])[鼠4似](?=[了我啦]|$)", "死"),
        (r"(?<=[快要就])[鼠似](?=[了掉]|$)", "死"),
        (r"(?<=[一了])[鼠](?=了之|百了)", "死"),
        (r"玉玉(?=症|了|$)", "抑郁"),
    )
)
_LIMIT_INITIALS: Final = re.compile(r"zs|zc|gw|tl|bxh|wxs|hxs|[亖噶嘎鼠似玉4艹]")


def may_hold_initials(text: str) -> bool:
    """Say cheaply whether any pattern of `INITIALS` could match."""
    return _LIMIT_INITIALS.search(text) is not None


def find(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, word) of every disguised word, in order and not overlapping."""
    edits: list[tuple[int, int, str]] = []
    done = 0
    for head in islice(_HEAD.finditer(text), _MAX_HEADS):
        if head.start() < done:
            continue
        for word, pattern in _BY_HEAD[head.group()]:
            match = pattern.match(text, head.start())
            if match is not None:
                done = match.end()
                if match.group() != word and _deliberate(word, match, text):
                    edits.append((match.start(), done, word))
                    break
    return edits


def _deliberate(word: str, match: re.Match[str], text: str) -> bool:
    """Say whether it was meant: nothing innocent overlaps it, and enough of it is plain."""
    start, end = match.span()
    typed = [c if part[0] == c else part for part, c in zip(match.groups(), word, strict=True)]
    around = _INNOCENT.finditer(text, max(0, start - 2), end + 3)
    if any(near.start() < end and near.end() > start for near in around):
        return False
    letters = [part for part in typed if _LETTERS.fullmatch(part)]
    if letters and typed[-1] == letters[-1] and not _PINYIN_TAIL.match(text, end):
        return False
    if any(part == char for part, char in zip(typed, word, strict=True)):
        return typed[0] not in letters or _starts_syllable(text, start)
    if len(letters) == len(typed):
        return all(len(part) > 1 for part in letters) and _starts_syllable(text, start)
    return "".join(typed) in _WHOLE


def _starts_syllable(text: str, start: int) -> bool:
    """Keep pinyin from being found in the middle of an English word."""
    before = text[max(0, start - 5) : start]
    return not before or not ("a" <= before[-1] <= "z") or before.endswith(_SYLLABLES)
