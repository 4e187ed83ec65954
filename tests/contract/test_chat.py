"""The teen's side: one open talk, every message once and in order, and nothing about levels."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import CALM, IMMINENT, at_once, error_of, stored, waiting_teen, window_of
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

TEEN_VIEW = {
    "brought",
    "notice",
    "id",
    "state",
    "speaker",
    "speaker_name",
    "seq",
    "waiting",
    "people_online",
    "safety",
    "closed_by",
    "ends_at",
    "surveyed",
}
MESSAGE = {"seq", "cid", "from", "kind", "text", "at"}


def test_entering_twice_is_the_same_talk(teen: Teen) -> None:
    again = teen.call("chat.enter")
    assert again["conversation"]["id"] == teen.talk
    assert [m["seq"] for m in again["messages"]] == list(range(1, again["conversation"]["seq"] + 1))


def test_entering_16_times_at_once_opens_one_talk(running: Copy, resources: Resources) -> None:
    first = Caller(running.address)
    first.call("account.sign_in", device=first.device)

    def enter(_: int) -> str:
        caller = Caller(running.address)
        caller.call("account.sign_in", device=first.device)
        return str(caller.call("chat.enter")["conversation"]["id"])

    assert len(set(at_once(16, enter))) == 1
    with resources.database.deadline(10):
        talks = resources.database.collection("conversations")
        assert talks.count_documents({"teen": first.id}) == 1


def test_the_opening_says_that_it_is_an_ai_and_where_secrecy_ends(teen: Teen) -> None:
    opening = teen.transcript()
    words = "".join(message["text"] for message in opening)
    assert {message["from"] for message in opening} == {"ai"}
    assert "AI" in words
    assert "危险" in words


def test_a_message_is_stored_and_answered_in_one_call(teen: Teen) -> None:
    before = teen.poll()["conversation"]["seq"]
    sent = teen.send(CALM, after=before)
    assert sent["message"]["text"] == CALM
    assert sent["message"]["seq"] == before + 1
    assert [m["from"] for m in sent["messages"]] == ["teen", "ai"]
    assert not sent["replayed"]
    assert teen.transcript()[-2:] == sent["messages"]


def test_seq_has_no_gap_and_after_gives_exactly_what_is_newer(teen: Teen) -> None:
    for number in range(5):
        teen.send(f"第{number}句")
    everything = teen.transcript()
    assert [m["seq"] for m in everything] == list(range(1, len(everything) + 1))
    for after in range(len(everything) + 1):
        page = teen.poll(after=after)
        assert page["messages"] == everything[after:]
        assert not page["more"]


def test_a_repeated_cid_gives_the_first_answer_again(teen: Teen) -> None:
    cid = new_cid()
    first = teen.send(CALM, cid)
    second = teen.send(CALM, cid)
    assert second["replayed"]
    assert second["message"] == first["message"]
    assert second["conversation"]["seq"] == first["conversation"]["seq"]


def test_a_repeated_cid_with_another_text_is_a_conflict(teen: Teen) -> None:
    cid = new_cid()
    before = teen.send(CALM, cid)["conversation"]["seq"]
    body = {"conversation": teen.talk, "cid": cid, "text": "别的话"}
    assert error_of(teen, "chat.send", body) == (409, "conflict")
    assert teen.poll()["conversation"]["seq"] == before


def test_the_cid_of_an_answer_cannot_be_taken_by_the_teen(teen: Teen) -> None:
    answer = teen.transcript()[0]
    body = {"conversation": teen.talk, "cid": answer["cid"], "text": answer["text"]}
    assert error_of(teen, "chat.send", body) == (409, "conflict")


def test_one_cid_sent_by_32_threads_at_once_is_one_message(teen: Teen) -> None:
    cid = new_cid()

    def send(_: int) -> tuple[bool, int]:
        caller = window_of(teen)
        body = {"conversation": teen.talk, "cid": cid, "text": CALM}
        answer = caller.call("chat.send", **body)
        return answer["replayed"], answer["message"]["seq"]

    answers = at_once(32, send)
    assert sorted(replayed for replayed, _ in answers) == [False] + [True] * 31
    assert len({seq for _, seq in answers}) == 1
    assert [m["cid"] for m in teen.transcript()].count(cid) == 1


def test_16_messages_at_once_are_all_kept_each_with_its_answer(teen: Teen) -> None:
    def send(number: int) -> None:
        caller = window_of(teen)
        body = {"conversation": teen.talk, "cid": new_cid(), "text": f"第{number}句"}
        caller.call("chat.send", **body)

    opening = len(teen.transcript())
    at_once(16, send)
    everything = teen.transcript()
    assert [m["seq"] for m in everything] == list(range(1, opening + 33))
    said = {m["text"] for m in everything if m["from"] == "teen"}
    assert said == {f"第{number}句" for number in range(16)}
    speakers = [m["from"] for m in everything[opening:]]
    assert speakers == ["teen", "ai"] * 16


OPENERS = (
    "在吗",
    "说点什么",
    "你说",
    "嗯",
    "？",
    "。。。",
    "哈哈",
    "你是谁",
    "1",
    "😀",
    "不知道",
    "随便",
)


@pytest.mark.parametrize("text", OPENERS)
def test_whatever_a_teen_begins_with_is_answered(teen: Teen, text: str) -> None:
    sent = teen.send(text, after=teen.poll()["conversation"]["seq"])
    assert [m["from"] for m in sent["messages"]] == ["teen", "ai"]
    assert sent["messages"][1]["text"].strip()


@pytest.mark.parametrize("text", ["", " ", "　\n"])
def test_an_empty_text_is_refused(teen: Teen, text: str) -> None:
    body = {"conversation": teen.talk, "cid": new_cid(), "text": text}
    assert error_of(teen, "chat.send", body) == (400, "bad_request")


def test_the_longest_text_passes_and_one_more_character_does_not(teen: Teen) -> None:
    longest = "好" * 2_000
    assert teen.send(longest)["message"]["text"] == longest
    escaped = json.dumps({"conversation": teen.talk, "cid": new_cid(), "text": "😀" * 2_000})
    headers = {"Content-Type": "application/json"}
    url = f"{teen.address}/api/chat.send"
    answer = teen.http.post(url, data=escaped, headers=headers, timeout=40)
    assert answer.status_code == 200, "2,000 characters fit, also where JSON escapes each of them"
    body = {"conversation": teen.talk, "cid": new_cid(), "text": longest + "好"}
    assert error_of(teen, "chat.send", body) == (400, "bad_request")


def keys_in(value: Any) -> set[str]:
    """Every key anywhere in a JSON value."""
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys_in(one)}
    if isinstance(value, list):
        return {key for one in value for key in keys_in(one)}
    return set()


def test_a_teen_never_sees_level_risk_or_line(teen: Teen, staff: Staffing) -> None:
    answers: list[Body] = [teen.call("chat.enter"), teen.send(IMMINENT), teen.send(CALM)]
    answers.append(teen.call("chat.ask_person", conversation=teen.talk))
    answers.append(teen.poll())
    answers.append(teen.call("chat.history", conversation=teen.talk, before=6))
    answers.append(teen.call("chat.leave", conversation=teen.talk))
    for answer in answers:
        if "conversation" in answer:
            assert set(answer["conversation"]) == TEEN_VIEW
        assert all(set(message) == MESSAGE for message in answer["messages"])
        hidden = {"risk", "level", "peak", "types", "score", "reasons", "line", "model", "by"}
        assert not keys_in(answer) & hidden


@pytest.mark.usefixtures("empty_queue")
def test_asking_for_a_person_twice_is_asking_once(teen: Teen) -> None:
    first = teen.call("chat.ask_person", conversation=teen.talk)
    second = teen.call("chat.ask_person", conversation=teen.talk)
    assert first["conversation"]["waiting"]["position"] == 1
    assert second["conversation"]["seq"] == first["conversation"]["seq"]
    assert second["conversation"]["waiting"] == first["conversation"]["waiting"]


@pytest.mark.usefixtures("empty_queue")
def test_the_position_counts_who_waits_in_front(running: Copy) -> None:
    teens = [waiting_teen(running.address) for _ in range(3)]
    places = [teen.poll()["conversation"]["waiting"]["position"] for teen in teens]
    assert places == [1, 2, 3]
    teens[0].call("chat.leave", conversation=teens[0].talk)
    places = [teen.poll()["conversation"]["waiting"]["position"] for teen in teens[1:]]
    assert places == [1, 2]


def test_leaving_ends_the_talk_and_leaving_again_changes_nothing(
    teen: Teen, resources: Resources
) -> None:
    left = teen.call("chat.leave", conversation=teen.talk)["conversation"]
    assert (left["state"], left["closed_by"], left["waiting"]) == ("closed", "teen", None)
    again = teen.call("chat.leave", conversation=teen.talk)["conversation"]
    assert again == left
    assert "waiting" not in stored(resources, teen.talk)


def test_a_closed_talk_takes_no_message_but_repeats_what_it_took(teen: Teen) -> None:
    cid = new_cid()
    first = teen.send(CALM, cid)
    teen.call("chat.leave", conversation=teen.talk)
    for action, body in (
        ("chat.send", {"cid": new_cid(), "text": CALM}),
        ("chat.ask_person", {}),
    ):
        body = {"conversation": teen.talk, **body}
        assert error_of(teen, action, body) == (409, "closed")
    replayed = teen.send(CALM, cid)
    assert (replayed["replayed"], replayed["message"]) == (True, first["message"])


def test_entering_after_the_end_opens_another_talk(teen: Teen) -> None:
    teen.call("chat.leave", conversation=teen.talk)
    fresh = teen.call("chat.enter")["conversation"]
    assert fresh["id"] != teen.talk
    assert fresh["state"] == "open"
    assert teen.poll()["conversation"]["state"] == "closed", "the first talk can still be read"


def test_a_talk_with_a_high_level_stays_open_when_the_teen_leaves(
    teen: Teen, resources: Resources
) -> None:
    teen.send(IMMINENT)
    left = teen.call("chat.leave", conversation=teen.talk)["conversation"]
    assert left["state"] == "open"
    assert "waiting" in stored(resources, teen.talk)
    assert stored(resources, teen.talk)["teen_left"] is True
    teen.send(CALM)
    assert stored(resources, teen.talk)["teen_left"] is False, "a word from the teen brings it back"


def test_a_level_is_raised_by_the_machine_and_never_lowered(
    teen: Teen, resources: Resources
) -> None:
    teen.send(IMMINENT)
    teen.send(CALM)
    assert stored(resources, teen.talk)["risk"]["level"] == 3
    assert teen.poll()["conversation"]["safety"] is True
