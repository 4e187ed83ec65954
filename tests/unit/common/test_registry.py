"""Denied by default: what does not say who may call it cannot be registered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudfunctions.app import REGISTRY
from cloudfunctions.common.function import CALLERS, Call, Registry
from cloudfunctions.common.identity import ANYONE, STAFF, TEEN
from cloudfunctions.common.payload import RequestStruct


class Nothing(RequestStruct):
    """No fields."""


class Loose(msgspec.Struct):
    """Accepts unknown fields."""


class Answer(msgspec.Struct):
    """Says nothing."""


def good(call: Call, request: Nothing) -> Answer:
    return Answer()


def loose(call: Call, request: Loose) -> Answer:
    return Answer()


def untyped(call: Call, request: dict[str, Any]) -> Answer:
    return Answer()


def test_an_action_without_who_cannot_be_registered() -> None:
    with pytest.raises(TypeError, match="who"):
        Registry().action("a.b")  # type: ignore[call-arg]  # that it is refused is the point


@pytest.mark.parametrize(
    "who", [frozenset(), frozenset({"admin"}), frozenset({"teen", "everyone"})]
)
def test_who_must_be_roles_that_exist(who: frozenset[str]) -> None:
    with pytest.raises(ValueError, match="who"):
        Registry().action("a.b", who=who)


def test_a_request_that_accepts_unknown_fields_is_refused() -> None:
    registry = Registry()
    with pytest.raises(TypeError, match="unknown fields"):
        registry.action("a.b", who=TEEN)(loose)
    with pytest.raises(TypeError, match="Struct"):
        registry.action("a.b", who=TEEN)(untyped)
    assert registry.actions == {}


def test_a_name_is_registered_once() -> None:
    registry = Registry()
    assert registry.action("a.b", who=TEEN)(good) is good
    with pytest.raises(ValueError, match="twice"):
        registry.action("a.b", who=STAFF)(good)
    other = Registry()
    other.action("a.b", who=TEEN)(good)
    with pytest.raises(ValueError, match="twice"):
        Registry.merge(registry, other)


def test_merging_keeps_every_action_as_it_was() -> None:
    one, two = Registry(), Registry()
    one.action("a.b", who=TEEN)(good)
    two.action("c.d", who=ANYONE, body_bytes=7, waits=True)(good)
    merged = Registry.merge(one, two).actions
    assert merged == {**one.actions, **two.actions}


def test_every_action_of_the_service_names_its_roles() -> None:
    for action in REGISTRY.actions.values():
        assert action.who
        assert action.who <= CALLERS
        assert ("anyone" in action.who) == (action.who == ANYONE)
        assert action.request_type.__struct_config__.forbid_unknown_fields


def test_what_is_open_to_anyone_is_limited_and_a_teens_words_are_not() -> None:
    for action in REGISTRY.actions.values():
        assert (action.rate is not None) == (action.who == ANYONE), action.name
