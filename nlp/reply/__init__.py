"""Answers while no person is free: a planner over authored lines.

`plan` answers one message, `opening` begins a talk, `reminder` says that this is an AI, `card` and
`suggest` serve the listener, `lint` says what an answer must never contain.
"""

from .desk import card, suggest
from .greeting import opening, reminder
from .lint import lint
from .planner import plan
from .talk import Card, Reply, Turn

__all__ = ["Card", "Reply", "Turn", "card", "lint", "opening", "plan", "reminder", "suggest"]
