"""What a rule is, and how its patterns are read against a normalised message.

A rule can only raise a level. A mute silences a rule (never the model) where its words were meant
otherwise: fiction, a game, a quotation, a lesson, plain hyperbole. Every pattern has bounded gaps,
so that its cost is linear in the length of the message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nlp.rules.gates import gate

# `LONG` may cross a comma or a space, `GAP` and `NEAR` stay inside a clause.
NEAR: Final = r"[^。!?！？\n,，]{0,3}"
GAP: Final = r"[^。!?！？\n,，]{0,6}"
LONG: Final = r"[^。!?！？\n]{0,14}"

FICTION: Final = (
    r"小说|电影|电视剧|剧里|剧情|追剧|短剧|番剧|这番|动漫|动画|漫画|角色|主角|男主|女主|男二"
    r"|女二|反派|同人|太太更新"
    r"|剧本|狼人杀|跑团|话剧|歌词|这首歌|歌名|台词|大结局|作者|完结|演的|演了|表演|彩排|扮演"
    r"|故事|人设|配音|这集"
)
GAME: Final = (
    r"游戏|副本|开黑|排位|复活|boss|队友|npc|皮肤|吃鸡|王者|原神|我的世界|mc|蛋仔|和平精英"
    r"|一局|一把枪|开局|这局|通关|打野"
    r"|对面|上分|掉分|血条|残血|五杀|人头|出生点|关卡|联机|僵尸|峡谷|密室"
)
STUDY: Final = (
    r"作文|课文|语文|历史课?|文言文|成语|歇后语|古诗|诗人|背诵|单词|英语|生物课|化学课|班会"
    r"|讲座|道法|政治课|思政|安全课|法治|法律|普法|宣传"
    r"|新闻|报道|热搜|纪录片|博主|问卷|量表|题目|选择题|阅读理解|老师讲|课上|上课讲|讲到"
    r"|视频里|百科|成语接龙"
)
HYPERBOLE: Final = (
    r"想死(?:你|您|他|她|它|妳|妈|爸|奶奶|外婆|食堂|我[家妈爸的狗猫奶弟妹]|家里|那个|老家|吃|喝)"
    r"|(?:热|冷|困|饿|馋|社|尬|尴尬|无聊|丢人|渴|笑|臭|痒|辣|酸|甜|可爱|好听"
    r"|好看)[^。!?]{0,4}(?:想死|死了|要死|死)"
    r"|要死要活|去死(?:吧你|啦你|皮)|死鬼|死机|半死|口头禅|就是个梗|玩梗|夸张"
)
PAST: Final = (
    r"(?:以前|小时候|小学|国小|国中|初中|初一|初二|去年|前年|那阵子|那时候|当时|曾经|转学之?前"
    r"|几年级)[^!?]{0,40}"
    r"(?:现在(?:没有?了?|不(?:会|再|了|想)?|早|好|正常|住|高中|结婚|能|挺|见)|而家冇|戒了"
    r"|早就?不|好多了|没有了|换学校|换学校|转学|没再|走出来了|都?过去了)"
    r"|已经(?:好(?:了|多了|很多)|没(?:有)?(?:了|再)|不(?:会|想|再|划|割|打))[^。!?]{0,4}了?"
    r"|一年没有了|后来(?:没|不)再"
)
OVERRIDE: Final = re.compile(
    r"我也(?:想|要|快|是|这样)|跟我一样|和我一样|像我一样|我自己也|其实是我|不是演|不是小说"
    r"|不是游戏|现实里|我是真的|真的想|不是开玩笑|不是打游戏|不是玩梗|不是歌名|我认真的|不是梗"
)
_NEGATED: Final = re.compile(
    r"(?:不是|(?<!有)没有人?|(?<!有)没人?|(?<!要)(?<!会)(?<!能)(?<!敢)(?<!是)不|从没|从来没"
    r"|不会|别|并不|才不|不要|绝不|未)(?:有|想过|想着|想|过|要|真的|真|是|再|去|做|说|打算"
    r"|准备|有过|在|会|那么|什么|要去){0,3}$"
)


class Pattern:
    """A regular expression that is compiled when it is first needed.

    Few are needed for one message, and compiling all of them is a good part of a cold start.
    """

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression; two threads may both compile it, to the same end."""
        if self._compiled is None:
            self._compiled = re.compile(self.source)
        return self._compiled


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must not be missed.

    `gates` holds for each pattern the characters of which every match needs one. `context` has to
    occur somewhere in the message or in the talk before it, if given. `weight` in [0, 1] is how
    likely level 2 or more is once the rule spoke. `negatable` rules fall silent behind 不/没.
    `reference` says where the sign comes from. `positives` and `negatives` are its test table.
    """

    name: str
    level: int
    types: frozenset[str]
    weight: float
    reference: str
    patterns: tuple[Pattern, ...]
    gates: tuple[frozenset[str], ...]
    positives: Sequence[str]
    negatives: Sequence[str]
    context: Pattern | None = None
    mutes: Pattern | None = None
    negatable: bool = True

    def find(
        self, text: str, before: str = "", only: Sequence[int] | None = None
    ) -> tuple[int, int] | None:
        """Return the span of the first thing in `text` that the rule is about, if any.

        `before` is what the teen said earlier in the talk; it can give the context, never the span.
        `only` names the patterns worth trying; without it all are tried.
        """
        for place in range(len(self.patterns)) if only is None else only:
            for match in self.patterns[place].compiled.finditer(text):
                if self.negatable and _NEGATED.search(
                    text, max(0, match.start() - 9), match.start()
                ):
                    continue
                return match.span() if self._holds(text, before) else None
        return None

    def _holds(self, text: str, before: str) -> bool:
        if self.context is not None:
            needed = self.context.compiled
            if not (needed.search(text) or needed.search(before)):
                return False
        muted = self.mutes is not None and self.mutes.compiled.search(text)
        return not muted or bool(OVERRIDE.search(text))


def rule(
    name: str,
    *,
    level: int,
    types: Sequence[str],
    weight: float,
    reference: str,
    patterns: Sequence[str],
    positives: Sequence[str],
    negatives: Sequence[str],
    context: str = "",
    mutes: Sequence[str] = (FICTION, GAME, STUDY),
    negatable: bool = True,
) -> Rule:
    """Make a rule from regular expressions."""
    return Rule(
        name=name,
        level=level,
        types=frozenset(types),
        weight=weight,
        reference=reference,
        patterns=tuple(map(Pattern, patterns)),
        gates=tuple(gate(pattern) for pattern in patterns),
        positives=tuple(positives),
        negatives=tuple(negatives),
        context=Pattern(context) if context else None,
        mutes=Pattern("|".join((*mutes, PAST))) if mutes else None,
        negatable=negatable,
    )
