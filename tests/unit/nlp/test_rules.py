"""Every rule finds its positives, leaves its negatives, and stays cheap on hostile input."""

from __future__ import annotations

import re
import time

import pytest

from nlp.normalise import normalise
from nlp.rules import RULES, Rule, search
from nlp.rules.gates import gate

POSITIVES = [(rule, text) for rule in RULES for text in rule.positives]
NEGATIVES = [(rule, text) for rule in RULES for text in rule.negatives]
HOSTILE = ("今晚我想", "我爸打", "死", "药都在", "(((", "我 ", "从楼", "a1", "不" * 3, "照片")


def _name(value: object) -> str:
    return value.name if isinstance(value, Rule) else str(value)


@pytest.mark.parametrize(("rule", "text"), POSITIVES, ids=_name)
def test_positive_is_found(rule: Rule, text: str) -> None:
    found = rule.find(normalise(text).text)
    assert found is not None
    assert found[0] < found[1]


@pytest.mark.parametrize(("rule", "text"), NEGATIVES, ids=_name)
def test_negative_is_left(rule: Rule, text: str) -> None:
    assert rule.find(normalise(text).text) is None


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.reference
    assert rule.types
    assert rule.level in (2, 3)
    assert 0 < rule.weight <= 1
    assert len(rule.positives) >= 3
    assert len(rule.negatives) >= 3


def test_search_agrees_with_each_rule() -> None:
    for rule, text in POSITIVES + NEGATIVES:
        plain = normalise(text).text
        wanted = {other.name for other in RULES if other.find(plain) is not None}
        assert {hit.rule.name for hit in search(plain)} == wanted, (rule.name, text)


def test_a_gate_never_shuts_out_a_match() -> None:
    for pattern in ("a|bc", "(?:我|你)想(?:死|活)?", "[药刀]+x*", r"\d{2,}(?!元)", "x?"):
        characters = gate(pattern)
        for text in ("a", "bc", "我想", "你想死", "刀", "42", "", "x", "药x"):
            if re.search(pattern, text):
                assert not characters or characters & set(text), (pattern, text)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_length_is_cheap(unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    search(text[:50])
    started = time.process_time()
    search(text)
    assert time.process_time() - started < 0.15
