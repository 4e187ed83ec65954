"""Answers to a raised risk: nothing is planned here, a script is filled in.

Level 2 names the worry, says that a person is being called and asks directly: asking
about suicide does not plant the thought, and it is what a frightened teen cannot begin
by themselves. Level 3 stays, asks about safety now, calls a person and points to the
card. Both go on without repeating a text however long a crisis talk lasts.
A predicted type speaks only when the teen's own words tell of it; without them the
general lines name the worry and no kind of harm.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from . import cues, evidence
from .choose import Moment, fitting, joined, worn_out
from .evidence import Told
from .library import Line, library
from .memory import HIGH, Memory
from .quote import quotable
from .talk import Kind, Reply, Stage, Understood

IMMINENT = 3
QUOTE_EVERY = 2
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
    """The name under which the lines for this raised risk are filed.

    `types` are those that the teen's words bear out, see `evidence.Told.types`.
    """
    before = "\n".join(memory.earlier)
    of_them = bool(set(message) & set("他她")) and not cues.of_oneself(message)
    if cues.about_a_friend(message, before) or (memory.friend_before and of_them):
        return "friend"
    return next((kind for kind in GRAVEST if kind in types), "risk")


def crisis(message: str, assessment: Understood, memory: Memory) -> Reply:
    """Level 3: stay, ask whether they are safe now, call a person, point to the card."""
    told = evidence.told(message, memory.earlier, memory.risky)
    group = risk_group(message, told.types(assessment.types), memory)
    if group not in ("friend", "eating") and cues.already_harmed(message):
        group = "harmed"
    moment = _moment(assessment, memory, told, IMMINENT, {group, "crisis"})
    slots = [fitting(moment, name) for name in ("say", "ask", "tell")]
    slots[0] = _answering(message, moment) or slots[0]
    slots[1] = _asking(message, moment) or slots[1]
    return _script(moment, slots, "safety_card")


def concern(message: str, assessment: Understood, memory: Memory) -> Reply:
    """Level 2: name the worry, say that a person is called, ask about safety."""
    told = evidence.told(message, memory.earlier, memory.risky)
    group = risk_group(message, told.types(assessment.types), memory)
    act = cues.situation(message)
    found = {group, "risk", "followup", act, *cues.scenes(message)} - {""}
    moment = _moment(assessment, memory, told, HIGH, found)
    if not act and not memory.lately("cq", QUOTE_EVERY):
        moment = replace(moment, quote=quotable(message))
    slots = [fitting(moment, name) for name in ("say", "tell", "ask")]
    if not any(line.startswith(f"q_{group}-") for line in memory.used):
        # A danger first told of now is first asked about directly, whatever came before it.
        slots[2] = fitting(replace(moment, stage="opening"), "ask")
    if memory.worst >= HIGH and act in cues.WORDLESS:
        # 'Hm' is not answered as if it had said again what was said before it.
        slots[0] = fitting(moment, "say", keys=("followup",))
    slots[0] = _answering(message, moment) or slots[0]
    slots[2] = _asking(message, moment) or slots[2]
    return _script(moment, slots)


def _answering(message: str, moment: Moment) -> list[Line]:
    """What answers the teen's own question or fear; empty when the message holds none."""
    level, act = moment.level, cues.situation(message)
    if cues.asks_advice(message):
        act = "advice"
    elif not act:
        act = cues.turn(message) or ("asked" if cues.asks(message) else "")
    if not act or not library().cell(level, "say", act):
        return []
    return fitting(replace(moment, cues=moment.cues | {act}), "say", keys=(act,))


def _asking(message: str, moment: Moment) -> list[Line]:
    """Who has just taken a step towards safety is not asked whether they would take it."""
    if cues.turn(message) != "safer":
        return []
    return fitting(replace(moment, cues=moment.cues | {"safer"}), "ask", keys=("safer",))


def _script(moment: Moment, slots: list[list[Line]], kind: Kind = "text") -> Reply:
    said = joined(moment, *slots) or worn_out(moment, *slots)
    return Reply(said.text, "safety", "waiting", said.line, kind, calls_person=True)


def _moment(
    assessment: Understood, memory: Memory, told: Told, level: int, found: set[str]
) -> Moment:
    """The first answer at a level is 'opening': it asks the direct question."""
    stage: Stage = "exploring" if memory.worst >= level else "opening"
    topics = told.topics & frozenset(assessment.topics)
    return Moment(
        level, stage, topics, told.feelings, frozenset(found), memory, "", told.facts, told.fresh
    )
