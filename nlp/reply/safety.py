"""Answers to a raised risk: nothing is planned here, a script is filled in.

Level 2 names the worry, says that a person is being called and asks directly: asking
about suicide does not plant the thought, and it is what a frightened teen cannot begin
by themselves. Level 3 stays, asks about safety now, calls a person and points to the
card. Both go on without repeating a text however long a crisis talk lasts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from . import cues
from .choose import Moment, fitting, joined, worn_out
from .memory import HIGH, Memory
from .talk import Reply, Stage, Understood

IMMINENT = 3
# The gravest type speaks for a message that has several.
GRAVEST = (
    "suicide",
    "self_harm",
    "sexual",
    "abuse",
    "violence",
    "runaway",
    "eating",
    "bullying",
)


def risk_group(message: str, types: Collection[str], memory: Memory) -> str:
    """The name under which the lines for this raised risk are filed."""
    still_of_them = (
        memory.friend_before and "我" not in message and bool(set(message) & set("他她"))
    )
    if cues.about_a_friend(message) or still_of_them:
        return "friend"
    return next((kind for kind in GRAVEST if kind in types), "risk")


def crisis(message: str, assessment: Understood, memory: Memory) -> Reply:
    """Level 3: stay, ask whether they are safe now, call a person, point to the card."""
    group = risk_group(message, assessment.types, memory)
    if group != "friend" and cues.already_harmed(message):
        group = "harmed"
    moment = _moment(assessment, memory, IMMINENT, {group, "crisis"})
    slots = [fitting(moment, name) for name in ("say", "ask", "tell")]
    said = joined(moment, *slots) or worn_out(moment, *slots)
    return Reply(said.text, "safety", "waiting", said.line, "safety_card", calls_person=True)


def concern(message: str, assessment: Understood, memory: Memory) -> Reply:
    """Level 2: name the worry, say that a person is called, ask about safety."""
    group = risk_group(message, assessment.types, memory)
    found = {group, "risk", "followup", cues.situation(message)} - {""}
    moment = _moment(assessment, memory, HIGH, found)
    slots = [fitting(moment, name) for name in ("say", "tell", "ask")]
    if not any(line.startswith(f"q_{group}-") for line in memory.used):
        # A danger first told of now is first asked about directly, whatever came before it.
        slots[2] = fitting(replace(moment, stage="opening"), "ask")
    if memory.worst >= HIGH and not found.isdisjoint(cues.WORDLESS):
        # 'Hm' is not answered as if it had said again what was said before it.
        slots[0] = fitting(moment, "say", keys=("followup",))
    said = joined(moment, *slots) or worn_out(moment, *slots)
    return Reply(said.text, "safety", "waiting", said.line, calls_person=True)


def _moment(assessment: Understood, memory: Memory, level: int, found: set[str]) -> Moment:
    """The first answer at a level is 'opening': it asks the direct question."""
    stage: Stage = "exploring" if memory.worst >= level else "opening"
    topics, feelings = frozenset(assessment.topics), frozenset(assessment.feelings)
    return Moment(level, stage, topics, feelings, frozenset(found), memory)
