"""From a teen's words to what is stored with them: risk, understanding, and the answer.

The machine only raises a level; lowering is for people. While a person holds the talk the AI is
silent, but a message of level 3 still brings the safety card, which is bundled with the client.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nlp
from cloudfunctions.common import metrics, telemetry
from cloudfunctions.common.database import Document
from nlp import reply

CONTEXT_MESSAGES = 4
CARD_PAUSE = 6
"""Messages that pass before a person's talk shows the safety card again."""

EMPTY = ("nothing", "other")
KEPT_LABELS = 4
REASONS = 8

HIGH = 2
IMMINENT = 3

_HEARD = reply.Reply(
    "你说的我收到了，我在。想接着说点什么吗？", "affirmation", "exploring", "plain-1"
)
_WORRIED = "你说的我都看到了，我有点担心你，正在请一位真人来陪你。你现在安全吗？"
_STAY = "我不走，正在叫真人来。请先离开会伤到你的东西，下面的卡片里有马上能做的事。"
PLAIN: dict[int, reply.Reply] = {
    0: _HEARD,
    1: _HEARD,
    HIGH: reply.Reply(_WORRIED, "safety", "waiting", "plain-2", calls_person=True),
    IMMINENT: reply.Reply(_STAY, "safety", "waiting", "plain-3", "safety_card", calls_person=True),
}
"""What is said, by level, if the planner itself fails."""


def assess(text: str, conversation: Document) -> nlp.Assessment:
    """Read `text` in the light of the last messages that the teen wrote before it."""
    earlier = [_teen_words(m) for m in conversation["messages"]]
    started = time.perf_counter()
    found = nlp.assess(text, [words for words in earlier if words][-CONTEXT_MESSAGES:])
    metrics.assessed(time.perf_counter() - started, degraded=found.degraded)
    return found


def _teen_words(message: dict[str, Any]) -> str:
    """What the teen said with a message, or wrote elsewhere where it brings that; '' for none."""
    said: str = message["text"] if message["from"] == "teen" else message.get("words", "")
    return said


def risk_of_message(assessment: nlp.Assessment) -> Document:
    """What is stored with the message itself; reasons are spans of its text.

    Only a level that somebody may ask about keeps its reasons, because the whole conversation is
    read and written with every message.
    """
    risk: Document = {"level": assessment.level, "score": round(assessment.score, 4)}
    if assessment.types:
        risk["types"] = sorted(assessment.types)
    if assessment.level >= HIGH:
        risk["model"] = assessment.model_version
        risk["reasons"] = [_reason(reason) for reason in assessment.reasons[:REASONS]]
    if assessment.degraded:
        risk["degraded"] = True
    return risk


def _reason(reason: nlp.Reason) -> Document:
    return {
        "start": reason.start,
        "end": reason.end,
        "source": reason.source,
        "name": reason.name,
        "weight": round(reason.weight, 4),
    }


def understood(earlier: Document, assessment: nlp.Assessment) -> Document:
    """Topics, feelings and needs of the talk, the newest first, a few of each."""
    return {
        name: _newest_first(getattr(assessment, name), earlier[name])
        for name in ("topics", "feelings", "needs")
    }


def _newest_first(new: Sequence[str], old: Sequence[str]) -> list[str]:
    labels = list(dict.fromkeys([*new, *old]))
    # 'nothing' and 'other' say something only where there is nothing else to say.
    telling = [label for label in labels if label not in EMPTY]
    return (telling or labels)[:KEPT_LABELS]


@dataclass(frozen=True)
class Answer:
    """What is said to the teen, and whether it tells them that a person is being called."""

    messages: Sequence[Document]
    calls_person: bool


def answer(
    text: str, assessment: nlp.Assessment, conversation: Document, *, helped: bool = False
) -> Answer:
    """The AI's answer, or the safety card where a person speaks; `at` and `seq` come later.

    Args:
        helped: a person writes although the AI is who speaks.
    """
    if conversation["speaker"] == "ai" and not helped:
        chosen = planned(text, assessment, conversation)
        own = {"from": "ai", "kind": chosen.kind, "text": chosen.text, "line": chosen.line}
        return Answer([own], chosen.calls_person)
    if assessment.level < IMMINENT or _card_shown(conversation):
        return Answer([], calls_person=False)
    card = {"from": "system", "kind": "safety_card", "text": "这张卡片一直在，随时可以点开。"}
    return Answer([card], calls_person=False)


def planned(text: str, assessment: nlp.Assessment, conversation: Document) -> reply.Reply:
    """The planner's answer, or a plain one of the level if the planner fails."""
    waiting = "waiting" in conversation
    try:
        return reply.plan(text, assessment, turns(conversation), waiting=waiting)
    except Exception as error:  # noqa: BLE001  whatever fails here must not cost a teen's words
        telemetry.fault(error)
        return PLAIN[min(assessment.level, IMMINENT)]


def _card_shown(conversation: Document) -> bool:
    latest = conversation["messages"][-CARD_PAUSE:]
    return any(message["kind"] == "safety_card" for message in latest)


def turns(conversation: Document) -> list[reply.Turn]:
    """The talk as the planner reads it, oldest first; of what was spilled, only the lines used."""
    spoken = [reply.Turn("ai", "", line) for line in conversation.get("spoken", [])]
    return [*spoken, *(_turn(message) for message in conversation["messages"])]


def _turn(message: dict[str, Any]) -> reply.Turn:
    speaker = message["from"]
    level = message.get("risk", {}).get("level", 0)
    if words := _teen_words(message):
        return reply.Turn("teen", words, None, level)
    if speaker == "ai":
        return reply.Turn("ai", message["text"], message.get("line"), level)
    if speaker == "system":
        return reply.Turn("system", message["text"], None, level)
    return reply.Turn("person", message["text"], None, level)


def assess_stored(conversation: Document) -> nlp.Assessment:
    """The talk's risk and understanding as an assessment, without reading anything again."""
    risk, understanding = conversation["risk"], conversation["understanding"]
    return nlp.Assessment(
        level=risk["level"],
        types=frozenset(risk["types"]),
        score=0.0,
        reasons=(),
        topics=tuple(understanding["topics"]),
        feelings=tuple(understanding["feelings"]),
        needs=tuple(understanding["needs"]),
        model_version="",
        degraded=False,
    )
