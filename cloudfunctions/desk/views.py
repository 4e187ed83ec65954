"""What staff see of a conversation: a head while it waits, the whole of it once they hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

import nlp
from cloudfunctions.chat import clocks, closing, reading
from cloudfunctions.chat.views import Brought, Message
from cloudfunctions.common.database import Document
from nlp import reply

SUGGESTIONS = 3
EXERCISES = 20
GONE = "已离开的同事"


class Head(msgspec.Struct):
    """A conversation without its texts; levels 0–3, times in milliseconds since 1970."""

    id: str
    level: int
    peak: int
    types: list[str]
    tier: str
    topics: list[str]
    waiting_since: int | None
    seq: int
    version: int
    teen_left: bool
    last_at: int
    answer_due: int | None
    ends_at: int | None


class Card(msgspec.Struct):
    """The no-retell card."""

    happened: str
    felt: str
    asked: str
    helped: str
    quotes: list[str]


class Returned(msgspec.Struct):
    """Why an offered talk came back, and from whom."""

    by_name: str
    reason: str


class Exercise(msgspec.Struct):
    """An exercise that message `seq` offered; `helped` is 'yes', 'a_bit', 'no' or '' (no word)."""

    seq: int
    exercise: str
    by: str
    helped: str


class Talk(msgspec.Struct):
    """A conversation that the caller holds (`mine`) or has just let go.

    `watching` says that they are not in it, but own an open alert of it.
    """

    id: str
    level: int
    peak: int
    types: list[str]
    tier: str
    topics: list[str]
    waiting_since: int | None
    seq: int
    version: int
    teen_left: bool
    last_at: int
    answer_due: int | None
    ends_at: int | None
    state: str
    speaker: str
    holder: str
    mine: bool
    watching: bool
    guests: list[str]
    offered_to: str
    returned: Returned | None
    feelings: list[str]
    needs: list[str]
    card: Card
    suggestions: list[str]
    note: str
    brought: Brought | None
    exercises: list[Exercise]


class Alert(msgspec.Struct):
    """Something that somebody has to look at; `owner` is '' while it is nobody's.

    `left_by` is who owned it last and did nothing for so long that it is nobody's again.
    """

    conversation: str
    id: str
    kind: str
    level: int
    step: int
    at: int
    owner: str
    mine: bool
    left_by: str


class Offer(msgspec.Struct):
    """A talk that a colleague offers to the caller."""

    conversation: str
    by_name: str
    note: str
    warm: bool
    level: int
    types: list[str]
    topics: list[str]
    expires_at: int


class FollowUp(msgspec.Struct):
    """A teen to look after again; `risk` is the code of the closing form."""

    conversation: str
    risk: str
    types: list[str]
    topics: list[str]
    due_at: int
    note: str
    open: bool


class WriteUp(msgspec.Struct):
    """A talk that ended by silence in the hands of `by_name` and still wants their closing form."""

    conversation: str
    level: int
    types: list[str]
    topics: list[str]
    ended_at: int
    due_at: int
    overdue: bool
    by_name: str
    mine: bool


class Colleague(msgspec.Struct):
    """A member on duty."""

    id: str
    name: str
    role: str
    load: int


class Letter(msgspec.Struct):
    """A notice to the outside that was given up at `dead_at` after so many tries.

    `fault` is the class of the last one: 'timeout', 'connection', 'http_<status>' or 'request'; of
    WeChat its kind (`common/wechat`). `kind` is that of the alert, or 'teen' for a message to a
    teen that somebody came.
    """

    key: str
    kind: str
    level: int
    step: int
    at: int
    tries: int
    dead_at: int
    fault: str


class Me(msgspec.Struct):
    """The caller as the desk shows them; `notice`: the template of WeChat's to ask them for now."""

    id: str
    role: str
    name: str
    status: str
    talks: int
    load: int
    limit: int
    skills: list[str]
    automatic: bool
    lost: list[str]
    lost_alerts: list[str]
    notice: str


class Queue(msgspec.Struct):
    """How many wait, and who waits for the caller, most urgent first."""

    listener: int
    counsellor: int
    heads: list[Head]


class MeAnswer(msgspec.Struct):
    """The caller."""

    me: Me


class QueueAnswer(msgspec.Struct):
    """The queue."""

    queue: Queue


class HeadAnswer(msgspec.Struct):
    """A conversation that has left the caller's hands."""

    conversation: Head


class TalkAnswer(msgspec.Struct):
    """A talk in the caller's hands."""

    conversation: Talk


class NextAnswer(msgspec.Struct):
    """The talk that was claimed with its messages; None where nobody waits."""

    conversation: Talk | None
    messages: list[Message]
    more: bool


class SentAnswer(msgspec.Struct):
    """The talk, the stored message, and what the caller had not seen."""

    conversation: Talk
    message: Message
    messages: list[Message]
    more: bool
    replayed: bool


class AlertsAnswer(msgspec.Struct):
    """The open alerts that the caller should see."""

    alerts: list[Alert]


class FollowUpsAnswer(msgspec.Struct):
    """Whom to look after again, earliest first; more comes after the `due_at` of the last one."""

    follow_ups: list[FollowUp]
    more: bool


class ColleaguesAnswer(msgspec.Struct):
    """Who is on duty beside the caller."""

    colleagues: list[Colleague]


class Dismissed(msgspec.Struct):
    """Who is no longer one of the staff."""

    member: str


class LettersAnswer(msgspec.Struct):
    """Notices that were given up, newest first; `more` come once these have found their end."""

    letters: list[Letter]
    more: bool


class PollAnswer(msgspec.Struct):
    """The whole desk; `version` stands for everything but the opened talk."""

    me: Me
    queue: Queue
    talks: list[Head]
    alerts: list[Alert]
    offers: list[Offer]
    write_ups: list[WriteUp]
    letters: int
    version: str
    conversation: Talk | None
    messages: list[Message]
    more: bool


def head(conversation: Document) -> Head:
    """Return a conversation without its texts."""
    return Head(**_head_fields(conversation))


def _head_fields(conversation: Document) -> dict[str, Any]:
    risk, marks = conversation["risk"], conversation["clocks"]
    return {
        "id": conversation["_id"],
        "level": risk["level"],
        "peak": risk["peak"],
        "types": risk["types"],
        "tier": conversation["tier"],
        "topics": conversation["understanding"]["topics"],
        "waiting_since": conversation.get("waiting", {}).get("since"),
        "seq": conversation["seq"],
        "version": conversation["version"],
        "teen_left": conversation.get("teen_left", False),
        "last_at": max(marks["teen_last"], marks["staff_last"]),
        "answer_due": clocks.answer_due(conversation),
        "ends_at": clocks.ends_at(conversation),
    }


def talk(conversation: Document, staff: str, brought: Brought | None) -> Talk:
    """Return a conversation as its holder works with it, with card and suggestions.

    Args:
        brought: what the teen wrote elsewhere and came into it.
    """
    understanding = conversation["understanding"]
    turns = reading.turns(conversation)
    latest = next((m for m in reversed(conversation["messages"]) if m["from"] == "teen"), None)
    text = "" if latest is None else latest["text"]
    assessment = reading.assess_stored(conversation)
    return Talk(
        **_head_fields(conversation),
        state=conversation["state"],
        speaker=conversation["speaker"],
        holder=conversation.get("claim", {}).get("name", ""),
        mine=conversation.get("claim", {}).get("by") == staff,
        watching=staff not in conversation.get("participants", [])
        and staff in (conversation.get("owners") or []),
        guests=[one["name"] for one in conversation.get("guests", [])],
        offered_to=conversation.get("offer", {}).get("to_name", ""),
        returned=_returned(conversation.get("returned")),
        feelings=understanding["feelings"],
        needs=understanding["needs"],
        card=_card(turns, assessment),
        suggestions=reply.suggest(text, assessment, turns)[:SUGGESTIONS],
        note=conversation.get("handover", {}).get("note", ""),
        brought=brought,
        exercises=[
            Exercise(one["seq"], one["exercise"], one["by"], one.get("helped", ""))
            for one in conversation.get("cards", [])[-EXERCISES:]
        ],
    )


def _returned(told: Document | None) -> Returned | None:
    return None if told is None else Returned(told["by_name"], told["reason"])


def alert(head: Document, one: Document, staff: str, names: Mapping[str, str]) -> Alert:
    """Return one open alert of a talk as the desk shows it."""
    owner = one.get("owner")
    return Alert(
        conversation=head["_id"],
        id=one["id"],
        kind=one["kind"],
        level=one["level"],
        step=one["step"],
        at=one["at"],
        owner="" if owner is None else names.get(owner, GONE),
        mine=owner == staff,
        left_by="" if owner else _left_by(one, names),
    )


def _left_by(alert: Document, names: Mapping[str, str]) -> str:
    """Who owned it last and did nothing; '' where nobody did so."""
    left = alert.get("left", [])
    return names.get(left[-1]["by"], GONE) if left else ""


def offer(head: Document) -> Offer:
    """Return an offered talk without its texts."""
    offered = head["offer"]
    return Offer(
        conversation=head["_id"],
        by_name=offered["by_name"],
        note=head["handover"]["note"],
        warm=offered["warm"],
        level=head["risk"]["level"],
        types=head["risk"]["types"],
        topics=head["understanding"]["topics"],
        expires_at=offered["expires_at"],
    )


def letter(notice: Document) -> Letter:
    """Return a notice that was given up."""
    return Letter(**{name: notice[name] for name in Letter.__struct_fields__})


def follow_up(head: Document) -> FollowUp:
    """Return a planned follow-up."""
    planned = head["follow_up"]
    return FollowUp(
        conversation=head["_id"],
        risk=head.get("closing", head.get("closings", [{}])[-1]).get("risk", ""),
        types=head["risk"]["types"],
        topics=head["understanding"]["topics"],
        due_at=planned["due_at"],
        note=planned["note"],
        open=head["state"] == "open",
    )


def write_up(head: Document, staff: str, names: Mapping[str, str], now: int) -> WriteUp:
    """Return a talk that wants its closing form."""
    ended = head["write_up"]["at"]
    due = ended + closing.WRITTEN_WITHIN
    return WriteUp(
        conversation=head["_id"],
        level=head["risk"]["level"],
        types=head["risk"]["types"],
        topics=head["understanding"]["topics"],
        ended_at=ended,
        due_at=due,
        overdue=due <= now,
        by_name=names.get(head["write_up"]["by"], GONE),
        mine=head["write_up"]["by"] == staff,
    )


def _card(turns: list[reply.Turn], assessment: nlp.Assessment) -> Card:
    found = reply.card(turns, assessment)
    parts = (found.happened, found.felt, found.asked, found.helped)
    happened, felt, asked, helped = ("\n".join(part) for part in parts)
    return Card(happened, felt, asked, helped, list(found.quotes))
