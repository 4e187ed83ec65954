"""What is said when the planner itself fails: something plain, and never nothing."""

from __future__ import annotations

from typing import Any

import pytest

import nlp
from cloudfunctions.chat import reading
from nlp import reply

IN_DANGER = "我把药都攒够了，今晚就吃"


def talk(*messages: dict[str, Any]) -> dict[str, Any]:
    """A conversation with nothing but messages."""
    return {"speaker": "ai", "messages": list(messages)}


@pytest.mark.parametrize(
    ("text", "kind", "calls_person"),
    [("今天下雨了", "text", False), ("我想死", "text", True), (IN_DANGER, "safety_card", True)],
)
def test_a_fault_of_the_planner_still_gives_an_answer(
    monkeypatch: pytest.MonkeyPatch, text: str, kind: str, calls_person: bool
) -> None:
    def fails(*_: object, **__: object) -> reply.Reply:
        raise IndexError

    with monkeypatch.context() as patched:
        patched.setattr(reply, "plan", fails)
        answer = reading.answer(text, nlp.assess(text), talk())
    assert [message["kind"] for message in answer.messages] == [kind]
    assert answer.calls_person is calls_person
    assert not reply.lint(answer.messages[0]["text"])

    # The planner can go on from what was said in its place.
    said = {"from": "teen", "kind": "text", "text": text, "risk": {"level": 0}}
    again = reading.answer("嗯", nlp.assess("嗯"), talk(said, *answer.messages))
    assert again.messages[0]["text"] != answer.messages[0]["text"]
