"""Grounding cards in a talk: a small exercise that a message offers, and whether it helped.

A message with `exercise` opens that exercise on the teen's screen. `cards` of the conversation are
[{seq, exercise, by: ai|staff, at, helped?, told_at?}], written in one write with the message or
with the teen's word; a later, other word replaces the earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from cloudfunctions.chat import store
from cloudfunctions.chat.conversation import Change, Outcome, change
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, NotFound
from cloudfunctions.common.resources import Resources

Exercise = Literal["breath", "senses", "cold", "small"]
Helped = Literal["yes", "a_bit", "no"]

WORDS: dict[Exercise, str] = {
    "breath": "我们一起慢慢呼几口气，好吗？点开下面，跟着圆圈就行，随时可以停。",
    "senses": "先看看身边有什么，让心落一落地。点开下面，慢慢找，不用急。",
    "cold": "用凉水碰一碰手或脸，身体会清醒一点。点开下面，照着做就好。",
    "small": "挑一件很小的事做做看，不费力的那种。点开下面，选一件就好。",
}
"""What a member of staff says with a card; fixed, so that the same card is the same message."""

OFFERED_BY: dict[str, Exercise] = {
    "g_step-01": "breath",
    "g_step-05": "breath",
    "sl_step-01": "breath",
    "st_step-07": "breath",
    "g_step-03": "senses",
    "g_step-20": "cold",
    "g_step-06": "small",
    "g_step-19": "small",
    "g_step-22": "small",
}
"""Authored lines of the AI that offer a small bodily step, or one small thing to do."""

PAUSE = 10
"""Messages that pass before the AI offers a card again, whoever offered the last one."""
KEPT = 200
LONGEST = 400 * 24 * HOUR
"""The longest time that figures are counted over, in milliseconds."""


class Row(msgspec.Struct):
    """How often an exercise was sent by whom, how often the teen told back, and what."""

    exercise: str
    by: str
    sent: int
    told: int
    yes: int
    a_bit: int
    no: int


class Figures(msgspec.Struct):
    """What was sent in a time; an exercise that nobody sent has no row."""

    cards: list[Row]


def offered(
    messages: Sequence[Document], before: Document, first: int, now: int
) -> tuple[Sequence[Document], Document]:
    """Return the AI's messages, one with a card where its line offers a step, and the fields.

    Args:
        first: the seq that the first of `messages` will have.
    """
    if any("exercise" in one for one in before["messages"][-PAUSE:]):
        return messages, {}
    for place, message in enumerate(messages):
        lines = str(message.get("line", "")).split("+")
        exercise = next((OFFERED_BY[line] for line in lines if line in OFFERED_BY), None)
        if exercise is not None:
            card = {**message, "exercise": exercise}
            given = [*messages[:place], card, *messages[place + 1 :]]
            return given, sent(before, exercise, "ai", first + place, now)
    return messages, {}


def sent(
    before: Document, exercise: Exercise, by: Literal["ai", "staff"], seq: int, now: int
) -> Document:
    """Fields that note a card with message `seq`."""
    card = {"seq": seq, "exercise": exercise, "by": by, "at": now}
    return {"cards": [*before.get("cards", []), card][-KEPT:]}


def done(resources: Resources, teen: str, conversation: str, seq: int, helped: Helped) -> Outcome:
    """Keep whether the card with message `seq` helped; also where the talk has ended since.

    Raises:
        NotFound: no such talk of this teen, or no card with that message.
    """

    def decide(before: Document) -> Change | None:
        card = next((one for one in before.get("cards", []) if one["seq"] == seq), None)
        if card is None:
            raise NotFound
        if card.get("helped") == helped:
            return None
        told = {**card, "helped": helped, "told_at": resources.now()}
        kept = [told if one["seq"] == seq else one for one in before["cards"]]
        return Change(fields={"cards": kept})

    return change(
        resources.database,
        conversation,
        lambda: store.access_as_teen(resources.database, conversation, teen),
        decide,
    )


def figures(resources: Resources, since: int, until: int) -> Figures:
    """Count the cards that were sent from `since` until before `until` (milliseconds).

    Raises:
        BadRequest: the time ends before it begins, or is too long.
    """
    if not 0 <= until - since <= LONGEST:
        raise BadRequest("这段时间不对。", hint="请选开始和结束，最长 400 天。")
    counted = store.cards_counted(resources.database, since, until)
    rows = [Row(**one, told=sum(one[word] for word in store.HELPED)) for one in counted]
    return Figures(sorted(rows, key=lambda row: (row.exercise, row.by)))
