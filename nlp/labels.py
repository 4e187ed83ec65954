"""The names of every label a message can carry (the label guide is in `corpus/README.md`).

The order of the names is part of the model file: append, never reorder.
"""

from __future__ import annotations

from typing import Final

LEVELS: Final = ("safe", "distress", "high", "imminent")
TYPES: Final = (
    "suicide",
    "self_harm",
    "abuse",
    "sexual",
    "bullying",
    "eating",
    "violence",
    "runaway",
)
TOPICS: Final = (
    "study",
    "family",
    "peers",
    "bullying",
    "love",
    "body",
    "sleep",
    "identity",
    "loss",
    "online_life",
    "money",
    "health",
    "other",
)
FEELINGS: Final = (
    "sad",
    "anxious",
    "angry",
    "lonely",
    "ashamed",
    "afraid",
    "hopeless",
    "tired",
    "wronged",
    "guilty",
    "numb",
    "confused",
    "calm",
    "happy",
)
NEEDS: Final = ("be_heard", "advice", "person", "information", "nothing")

KINDS: Final = (
    "everyday",
    "short",
    "joker",
    "ai_question",
    "hyperbole",
    "look_alike",
    "innocent_explicit",
    "fiction",
    "game",
    "quoted",
    "news",
    "study",
    "third_person",
    "negated",
    "past",
    "distress",
    "passive_wish",
    "explicit_wish",
    "indirect",
    "obfuscated",
    "method_question",
    "self_harm",
    "abuse",
    "sexual",
    "bullying",
    "eating",
    "violence",
    "runaway",
    "plan",
    "means",
    "farewell",
    "giving_away",
    "attempt",
    "at_place",
    "abuse_now",
    "weapon",
    "context",
)
