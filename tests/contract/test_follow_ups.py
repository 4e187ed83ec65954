"""The list of follow-ups: whom to look after next comes first, and no page loses or doubles one."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from cloudfunctions.chat.closing import DAY, PAGE
from cloudfunctions.common.clock import MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import error_of, stored
from tests.contract.test_closing import close, in_hand
from tests.support.copy import Copy
from tests.support.people import Body, Staff

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

SHOWN_UNTIL = 7 * DAY - 10 * MINUTE
"""Due so much later a follow-up is on the list for as long as a test lasts."""


@pytest.fixture
def member(staff: Staffing) -> Staff:
    """A listener on duty, who plans follow-ups."""
    return staff("listener").available()


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor, who sees everybody's."""
    return staff("counsellor")


@pytest.fixture
def pattern(running: Copy, member: Staff, resources: Resources) -> Mapping[str, Any]:
    """A closed talk with a follow-up as it lies in the database, taken out of it."""
    teen = in_hand(running, member)
    close(member, teen.talk, risk="D", follow_up_days=1)
    document = stored(resources, teen.talk)
    with resources.database.deadline(10):
        resources.database.collection("conversations").delete_many({})
    return document


def plan(
    resources: Resources, pattern: Mapping[str, Any], due: Sequence[int], by: str = ""
) -> list[str]:
    """Insert a copy of the talk for each time, in a mixed order; the ids in the order of `due`."""
    documents = [
        {
            **pattern,
            "_id": secrets.token_urlsafe(16),
            "teen": secrets.token_urlsafe(16),
            "follow_up": {**pattern["follow_up"], "due_at": at, **({"by": by} if by else {})},
        }
        for at in due
    ]
    mixed = random.Random(3).sample(documents, len(documents))
    with resources.database.deadline(20):
        resources.database.collection("conversations").insert_many(mixed)
    return [str(one["_id"]) for one in documents]


def page(member: Staff, after: int = 0) -> Body:
    """One page."""
    return member.call("desk.follow_ups", after=after)


def pages(member: Staff) -> list[list[Body]]:
    """All pages, each asked for with the end of the one before."""
    found, after = list[list[Body]](), 0
    while True:
        answer = page(member, after)
        found.append(answer["follow_ups"])
        if not answer["more"]:
            return found
        after = found[-1][-1]["due_at"]


def ids(follow_ups: Sequence[Body]) -> list[str]:
    """Their conversations."""
    return [one["conversation"] for one in follow_ups]


def test_overdue_come_first_then_the_next_seven_days(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    now = resources.now()
    due = [now - 400 * DAY, now - DAY, now - 1, now + DAY, now + SHOWN_UNTIL]
    planned = plan(resources, pattern, [*due, now + 7 * DAY + 10 * MINUTE, now + 30 * DAY])
    answer = page(counsellor)
    assert ids(answer["follow_ups"]) == planned[: len(due)]
    assert [one["due_at"] for one in answer["follow_ups"]] == due
    assert answer["more"] is False


def test_pages_bring_each_once_in_order(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    start = resources.now() - 30 * DAY
    planned = plan(resources, pattern, [start + n * MINUTE for n in range(2 * PAGE + 7)])
    found = pages(counsellor)
    assert [len(one) for one in found] == [PAGE, PAGE, 7]
    assert ids([one for some in found for one in some]) == planned


def test_a_page_that_is_just_full_is_the_last(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    start = resources.now() - 30 * DAY
    plan(resources, pattern, [start + n for n in range(PAGE)])
    assert [len(one) for one in pages(counsellor)] == [PAGE]


@pytest.mark.parametrize("before", [PAGE - 1, PAGE - 3, 0])
def test_many_that_are_due_in_one_millisecond_are_neither_lost_nor_doubled(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any], before: int
) -> None:
    start = resources.now() - 30 * DAY
    same = PAGE + 5
    due = [*(start + n for n in range(before)), *[start + before] * same, start + before + 1]
    planned = plan(resources, pattern, due)
    found = pages(counsellor)
    assert sorted(ids([one for some in found for one in some])) == sorted(planned)
    assert ids(found[-1]) == planned[-1:]
    times = [one["due_at"] for some in found for one in some]
    assert times == sorted(times)


def test_one_that_is_done_between_two_pages_takes_no_other_with_it(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    start = resources.now() - 30 * DAY
    planned = plan(resources, pattern, [start + n for n in range(PAGE + 5)])
    first = page(counsellor)["follow_ups"]
    for talk in (planned[0], planned[PAGE - 1]):
        counsellor.call("desk.follow_up_done", conversation=talk, reason="见过了")
    assert ids(page(counsellor, first[-1]["due_at"])["follow_ups"]) == planned[PAGE:]


def test_a_listener_pages_through_their_own(
    member: Staff, staff: Staffing, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    start, other = resources.now() - 30 * DAY, staff("listener")
    own = plan(resources, pattern, [start + 2 * n for n in range(PAGE + 3)])
    theirs = plan(resources, pattern, [start + 2 * n + 1 for n in range(PAGE)], by=other.id)
    assert [one for some in pages(member) for one in ids(some)] == own
    assert [one for some in pages(other) for one in ids(some)] == theirs


@pytest.mark.parametrize("after", [-1, 2**53 + 1, 1.5, "0", None, [0]])
def test_where_a_page_begins_is_a_time(counsellor: Staff, after: object) -> None:
    assert error_of(counsellor, "desk.follow_ups", {"after": after}) == (400, "bad_request")


def test_done_the_first_page_is_answered(
    counsellor: Staff, resources: Resources, pattern: Mapping[str, Any]
) -> None:
    start = resources.now() - 30 * DAY
    planned = plan(resources, pattern, [start + n for n in range(PAGE + 2)])
    done = {"conversation": planned[PAGE], "reason": "见过了"}
    answer = counsellor.call("desk.follow_up_done", **done)
    assert ids(answer["follow_ups"]) == planned[:PAGE]
    assert answer["more"] is True
