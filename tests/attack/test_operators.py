"""Operators of the database where a value belongs: none comes through, whatever field it is in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudfunctions.common.function import Action
from tests.attack.bodies import ACTIONS, GOOD, caller_for, is_our_error, raw, replaced
from tests.support.people import Body, Caller

pytestmark = pytest.mark.usefixtures("nothing_changes")

Json = Any

OPERATORS = [
    "$gt",
    "$ne",
    "$in",
    "$regex",
    "$where",
    "$exists",
    "$or",
    "$not",
    "$expr",
    "$function",
    "$set",
    "$unset",
    "$inc",
    "$push",
    "$rename",
    "$lookup",
    "$out",
    "$jsonSchema",
    "$type",
]
INJECTIONS: tuple[Json, ...] = (
    {"$gt": ""},
    {"$ne": None},
    {"$regex": ".*"},
    {"$where": "sleep(10000)"},
    {"$in": [1, 2]},
    {"$exists": True},
    {"messages.0.text": "x"},
    {"_id": {"$gt": ""}},
    {"$oid": "0" * 24},
    {"$numberLong": "1"},
    {"$date": 0},
    ["$gt", ""],
    [{"$gt": ""}],
)
DOCUMENTS = {"content"}
"""Fields that hold a whole document: kept as text, and never asked with (test_pages_bad)."""
OPEN = [a for a in ACTIONS if a.rate is None or a.rate.times > 100]

operators = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.dictionaries(
            st.sampled_from([*OPERATORS, "a.b", "messages.0", "$", "", "\0", "__proto__"]),
            inner,
            min_size=1,
            max_size=3,
        )
        | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
).filter(lambda value: isinstance(value, dict) or (isinstance(value, list) and bool(value)))


def attacks(action: Action, value: Json) -> list[Body]:
    """A good body with `value` in each of its fields in turn, and in the fields of its form."""
    good = GOOD[action.name]
    found = [replaced(good, name, value) for name in good if name not in DOCUMENTS]
    if isinstance(form := good.get("form"), dict):
        for name in form:
            inner = value if name not in ("topics", "actions") else [value]
            found.append(replaced(good, "form", replaced(form, name, inner)))
    return found


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: str(action.name))
def test_known_injections_are_refused_in_every_field(
    people: dict[str, Caller], action: Action
) -> None:
    for number, value in enumerate(INJECTIONS):
        if number % 6 == 0:
            caller = caller_for(action, people)
        for body in attacks(action, value):
            is_our_error(caller.post(action.name, body), 400)


@pytest.mark.parametrize("name", ["$where", "$set", "a.b", "_id", "$gt", "form.risk", "text.$"])
def test_an_operator_as_a_field_of_the_body_is_refused(
    people: dict[str, Caller], name: str
) -> None:
    for action in OPEN:
        body = {**GOOD[action.name], name: 1}
        is_our_error(caller_for(action, people).post(action.name, body), 400)


@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_generated_injections_are_refused(people: dict[str, Caller], data: st.DataObject) -> None:
    action = data.draw(st.sampled_from([action for action in OPEN if attacks(action, None)]))
    body = data.draw(st.sampled_from(attacks(action, data.draw(operators))))
    is_our_error(caller_for(action, people).post(action.name, body), 400)


@pytest.mark.parametrize(
    "conversation", ["../" * 5, "$gt", "a" * 65, "a" * 7, "x' || '1'=='1", "对话", "A" * 21 + "\n"]
)
def test_an_id_that_is_none_is_refused(people: dict[str, Caller], conversation: str) -> None:
    for action in OPEN:
        if "conversation" in GOOD[action.name]:
            body = replaced(GOOD[action.name], "conversation", conversation)
            is_our_error(caller_for(action, people).post(action.name, body), 400)


@pytest.mark.parametrize("device", ["a" * 31, "a" * 129, "a" * 40 + "\n", "密" * 40, "a b" * 12])
def test_a_device_secret_of_another_form_is_refused(people: dict[str, Caller], device: str) -> None:
    for action in ("account.sign_in", "account.staff_sign_in"):
        answer = raw(people["teen"], action, f'{{"device": {_json(device)}}}')
        is_our_error(answer, 400)


def _json(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'
