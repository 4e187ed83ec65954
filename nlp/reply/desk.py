"""What the listener's desk gets: the no-retell card and three next sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import cues, evidence
from .choose import Moment, Said, fitting, joined
from .memory import HIGH, Memory, remember
from .planner import LISTEN_FIRST, stage_of
from .quote import quotable
from .safety import IMMINENT, risk_group
from .talk import Card, Turn, Understood

MOST = 3
# A card is read in seconds: sentences of this many characters say most for their length.
SHORTEST, BEST, LONGEST = 4, 18, 60
# What only the AI may say; a listener speaks for themselves.
_AI_ONLY = re.compile(r"AI|暖心喵|暖心师|咨询师|真人|卡片")
_SENTENCE = re.compile(r"[^。！？!?\n；;~～]+[。！？!?；;~～]*")
_COMMA = re.compile(r"[，,\s]+")

_HAPPENED = re.compile(
    r"[爸妈爷奶]|家|老师|同学|同桌|室友|朋友|他|她|考|吵|打|骂|分手|离婚|去世|走了|没收|孤立|笑|说我|昨天|今天|晚上|上周"
    r"|最近|自从|后来|被"
)
_FELT = re.compile(
    r"难过|难受|伤心|委屈|害怕|怕|孤单|孤独|生气|恨|烦|累|焦虑|紧张|担心|失望|绝望|后悔|内疚|丢脸|羞|痛苦|崩溃|麻木|迷茫|压力"
    r"|想哭|哭|空|慌|开心|高兴|轻松|心里|感觉|觉得"
)
_ASKED = re.compile(
    r"怎么办|怎么做|咋办|能不能|可不可以|可以吗|想要|希望|想找|帮我|帮帮|该不该|要不要|想知道|想问|求|(别|不要)告诉"
)
_HELPED = re.compile(
    r"好多了|好一点|好些|舒服|轻松|有用|谢谢|试了|试试|愿意|平静|冷静|听歌|画画|跑步|写日记|抱着|陪我|聊天|说出来|(?<!不)开心"
)
_FEELING_NAMES = {
    "sad": "难过",
    "anxious": "焦虑",
    "angry": "生气",
    "lonely": "孤单",
    "ashamed": "羞愧",
    "afraid": "害怕",
    "hopeless": "看不到希望",
    "tired": "累",
    "wronged": "委屈",
    "guilty": "内疚",
    "numb": "麻木",
    "confused": "迷茫",
    "calm": "平静",
    "happy": "开心",
}


def card(turns: Sequence[Turn], assessment: Understood) -> Card:
    """The teen's own sentences by what they tell; newest and gravest first.

    `turns` is the whole talk, oldest first; `assessment` is that of the newest teen
    message. Where the teen named no feeling, the ones understood stand in `felt`.
    """
    told = list(_sentences(turns))
    quotes = _risky(turns)
    taken = set(quotes)
    asked = _best(told, _ASKED, taken)
    helped = _best(told, _HELPED, taken)
    felt = _best(told, _FELT, taken)
    happened = _best(told, _HAPPENED, taken) or _first(_long(told), set())
    if not felt:
        names = sorted(_FEELING_NAMES.get(name, "") for name in assessment.feelings)
        felt = tuple(name for name in names if name)[:MOST]
    return Card(happened, felt, asked, helped, quotes)


def _sentences(turns: Sequence[Turn]) -> Iterable[tuple[int, str]]:
    """(place of the turn, sentence), cut at commas when a sentence runs on."""
    for place, turn in enumerate(turns):
        if turn.speaker != "teen":
            continue
        for sentence in _SENTENCE.findall(turn.text):
            parts = [sentence] if len(sentence) <= LONGEST else _COMMA.split(sentence)
            yield from ((place, part.strip()[:LONGEST]) for part in parts if part.strip())


def _best(
    told: Sequence[tuple[int, str]], cue: re.Pattern[str], taken: set[str]
) -> tuple[str, ...]:
    """The most telling sentences with a cue, newest first among equals; marks them taken."""

    def worth(item: tuple[int, str]) -> tuple[float, int]:
        place, sentence = item
        hits = len(set(cue.findall(sentence)))
        return 2.0 * hits - abs(len(sentence) - BEST) / BEST, place

    found = [
        item
        for item in told
        if len(item[1]) >= SHORTEST and item[1] not in taken and cue.search(item[1])
    ]
    return _first(sorted(found, key=worth, reverse=True), taken)


def _first(items: Iterable[tuple[int, str]], taken: set[str]) -> tuple[str, ...]:
    chosen: list[str] = []
    for _, sentence in items:
        if sentence not in taken and len(chosen) < MOST:
            chosen.append(sentence)
            taken.add(sentence)
    return tuple(chosen)


def _long(told: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """With no telling sentence at all, the first ones serve: they say why the teen came."""
    return [item for item in told if len(item[1]) >= SHORTEST]


def _risky(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The messages that raised the risk: imminent first, then telling ones, then newest."""
    raised = [
        (turn.level, len(turn.text.strip()) >= SHORTEST, place, turn.text.strip())
        for place, turn in enumerate(turns)
        if turn.speaker == "teen" and turn.level >= HIGH
    ]
    chosen: list[str] = []
    for *_, text in sorted(raised, reverse=True):
        if text not in chosen and len(chosen) < MOST:
            chosen.append(text if len(text) <= 2 * LONGEST else text[: 2 * LONGEST] + "……")
    return tuple(chosen)


def suggest(text: str, assessment: Understood, turns: Sequence[Turn]) -> list[str]:
    """Three next sentences for the listener who answers `text`; `turns` are those before it.

    They differ in kind: understand, ask, and (once the teen was listened to) a step or a
    word of strength; with a raised risk all three care for safety.
    """
    memory = remember(turns, text)
    message = cues.plain(text)
    if assessment.level >= HIGH:
        return _for_safety(message, assessment, memory)
    told = evidence.told(message, memory.earlier, memory.risky)
    moment = Moment(
        level=assessment.level,
        stage=stage_of(memory),
        topics=told.topics & frozenset(assessment.topics),
        feelings=told.feelings,
        cues=cues.scenes(message),
        memory=memory,
        quote=quotable(message) if assessment.level else "",
        facts=told.facts,
        fresh=told.fresh,
    )
    says = _own([joined(moment, [line]) for line in fitting(moment, "say")])
    asks = _own([joined(moment, [line]) for line in fitting(moment, "ask")])
    steps = _own([joined(moment, [line]) for line in fitting(moment, "step")])
    listened = memory.exchanges >= LISTEN_FIRST or cues.asks_advice(message)
    third = steps if steps and listened else says[1:]
    return [says[0], asks[0], third[0]]


def _for_safety(message: str, assessment: Understood, memory: Memory) -> list[str]:
    level = min(assessment.level, IMMINENT)
    told = evidence.told(message, memory.earlier, memory.risky)
    group = risk_group(message, told.types(assessment.types), memory)
    found = frozenset({group, "risk", "crisis"})
    moment = Moment(
        level, "opening", frozenset(), told.feelings, found, memory, "", told.facts, told.fresh
    )
    says = _own([joined(moment, [line]) for line in fitting(moment, "say")])
    asks = _own([joined(moment, [line]) for line in fitting(moment, "ask")])
    later = fitting(replace(moment, stage="exploring"), "ask")
    more = [text for text in _own([joined(moment, [line]) for line in later]) if text != asks[0]]
    desk = replace(moment, cues=frozenset({"desk"}))
    together = _own([joined(moment, [line]) for line in fitting(desk, "tell", keys=("desk",))])
    return [says[0] + asks[0], more[0], together[0]]


def _own(found: Iterable[Said | None]) -> list[str]:
    """The texts that a person can say as their own."""
    return [said.text for said in found if said is not None and not _AI_ONLY.search(said.text)]
