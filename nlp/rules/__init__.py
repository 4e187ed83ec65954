"""The rules, one a file, and the search over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nlp.rules import (
    abuse,
    abuse_now,
    at_place,
    blackmail,
    bullying,
    done_already,
    eating,
    farewell,
    giving_away,
    means_at_hand,
    method_named,
    method_question,
    pact,
    passive_wish,
    runaway,
    runaway_danger,
    self_harm,
    sexual_approach,
    third_person,
    time_set,
    violence,
    weapon,
    wish_to_die,
)
from nlp.rules.base import Rule

__all__ = ["RULES", "Hit", "Rule", "search"]

RULES: Final[tuple[Rule, ...]] = (
    done_already.RULE,
    means_at_hand.RULE,
    time_set.RULE,
    pact.RULE,
    farewell.RULE,
    at_place.RULE,
    giving_away.RULE,
    abuse_now.RULE,
    weapon.RULE,
    runaway_danger.RULE,
    wish_to_die.RULE,
    passive_wish.RULE,
    method_question.RULE,
    method_named.RULE,
    self_harm.RULE,
    abuse.RULE,
    sexual_approach.RULE,
    blackmail.RULE,
    bullying.RULE,
    eating.RULE,
    violence.RULE,
    runaway.RULE,
    third_person.RULE,
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that spoke, with the span it spoke of in the normalised text."""

    rule: Rule
    start: int
    end: int


def _index() -> tuple[dict[str, tuple[tuple[int, int], ...]], tuple[tuple[int, int], ...]]:
    """Map each gate character to the (rule, pattern) it may open; the rest are always open."""
    table: dict[str, list[tuple[int, int]]] = {}
    always: list[tuple[int, int]] = []
    for number, rule in enumerate(RULES):
        for place, gate in enumerate(rule.gates):
            for character in gate:
                table.setdefault(character, []).append((number, place))
            if not gate:
                always.append((number, place))
    return {character: tuple(places) for character, places in table.items()}, tuple(always)


_BY_CHARACTER, _ALWAYS = _index()


def search(text: str, before: str = "") -> list[Hit]:
    """Return what every rule found in normalised `text`, gravest first.

    `before` is the normalised text of the teen's earlier messages: it may supply a rule's context.
    """
    open_patterns = set(_ALWAYS)
    for character in set(text):
        open_patterns.update(_BY_CHARACTER.get(character, ()))
    by_rule: dict[int, list[int]] = {}
    for number, place in sorted(open_patterns):
        by_rule.setdefault(number, []).append(place)
    found = []
    for number, places in by_rule.items():
        span = RULES[number].find(text, before, places)
        if span is not None:
            found.append(Hit(RULES[number], *span))
    return found
