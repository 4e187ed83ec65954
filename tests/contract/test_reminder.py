"""After two hours with the AI alone, it says once more what it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.resources import Resources
from nlp.reply import lint
from tests.contract.crew import CALM, IMMINENT, stored
from tests.support.people import Body, Staff, Teen


def let_pass(resources: Resources, teen: Teen, since: int, silent: int = 0) -> None:
    """Move the clocks of the talk back, as if that much time had passed (milliseconds)."""
    back = {"clocks.ai_since": -since, "clocks.teen_last": -silent}
    with resources.database.deadline(10):
        resources.database.collection("conversations").update_one(
            {"_id": teen.talk}, {"$inc": back}
        )


def notices(sent: Body) -> list[str]:
    """What the service itself added after this message."""
    seq = sent["message"]["seq"]
    return [m["text"] for m in sent["messages"] if m["seq"] > seq and m["kind"] == "notice"]


def test_it_comes_once_in_two_hours(teen: Teen, resources: Resources) -> None:
    assert notices(teen.send(CALM)) == []
    let_pass(resources, teen, since=2 * HOUR)
    (words,) = notices(teen.send("还在聊"))
    assert "AI" in words
    assert lint(words) == []
    assert notices(teen.send("好的")) == []


def test_a_pause_begins_the_two_hours_anew(teen: Teen, resources: Resources) -> None:
    teen.send(CALM)
    let_pass(resources, teen, since=3 * HOUR, silent=31 * MINUTE)
    assert notices(teen.send("我回来了")) == []


@pytest.mark.parametrize("grave", [IMMINENT, "我不想活了"])
def test_it_never_comes_into_grave_words(teen: Teen, resources: Resources, grave: str) -> None:
    teen.send(CALM)
    let_pass(resources, teen, since=2 * HOUR)
    assert notices(teen.send(grave)) == []


def test_a_talk_with_a_person_does_not_count(
    empty_queue: None, teen: Teen, resources: Resources, staff: Callable[[str], Staff]
) -> None:
    teen.call("chat.ask_person", conversation=teen.talk)
    assert staff("listener").available().take() is not None
    let_pass(resources, teen, since=5 * HOUR)
    assert notices(teen.send("谢谢你")) == []
    since = stored(resources, teen.talk)["clocks"]["ai_since"]
    assert resources.now() - since < MINUTE
