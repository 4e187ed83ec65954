"""What the planner is handed and what it hands back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

Speaker = Literal["teen", "ai", "person", "system"]
Stage = Literal["opening", "exploring", "small_step", "waiting", "closing"]
Kind = Literal["text", "safety_card"]


class Understood(Protocol):
    """The part of `nlp.assessment.Assessment` that an answer depends on.

    A protocol keeps this package free of the reader: it can be tested, and can
    answer, with nothing but the standard library.
    """

    @property
    def level(self) -> int: ...
    @property
    def types(self) -> Collection[str]: ...
    @property
    def topics(self) -> Collection[str]: ...
    @property
    def feelings(self) -> Collection[str]: ...
    @property
    def needs(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Turn:
    """One message of the talk. `line` names the authored lines an AI turn was made of."""

    speaker: Speaker
    text: str
    line: str | None = None
    level: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer. `line` is one id, or several joined by '+' when lines were combined.

    Store it with the AI's turn: it is how the next call knows what was already said.
    `calls_person` says that the text tells of a person being called, so one must be.
    """

    text: str
    move: str
    stage: Stage
    line: str
    kind: Kind = "text"
    calls_person: bool = False


@dataclass(frozen=True)
class Card:
    """What a listener reads so that the teen need not tell it again.

    Every field holds the teen's own sentences, at most three, as they were typed.
    `quotes` are the sentences that raised the risk, newest first.
    """

    happened: tuple[str, ...]
    felt: tuple[str, ...]
    asked: tuple[str, ...]
    helped: tuple[str, ...]
    quotes: tuple[str, ...]
