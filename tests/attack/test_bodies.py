"""Bodies that break parsers: each a 4xx in our shape, quickly, with nothing stored."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from cloudfunctions.common.function import Action
from tests.attack.bodies import ACTIONS, GOOD, caller_for, is_our_error, nested, raw
from tests.support.people import Caller

pytestmark = pytest.mark.usefixtures("nothing_changes")

every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: str(action.name))

HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "spaces": b"  \n ",
    "half": b'{"text": "',
    "trailing": b"{} {}",
    "comment": b"{} // x",
    "comma": b'{"after": 1,}',
    "single quotes": b"{'after': 1}",
    "list": b"[]",
    "string": b'"text"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "nan": b'{"after": NaN}',
    "infinity": b'{"after": -Infinity}',
    "float overflow": b'{"after": 1e999}',
    "2^64": b'{"after": 18446744073709551616}',
    "minus 2^63": b'{"after": -9223372036854775809}',
    "5,000 digits": b'{"after": ' + b"9" * 5_000 + b"}",
    "lone surrogate": b'{"text": "\\ud800"}',
    "lone surrogate key": b'{"\\udfff": 1}',
    "nul key": b'{"\\u0000": 1}',
    "raw nul": b'{"text": "\x00"}',
    "raw control": b'{"text": "\n"}',
    "proto": b'{"__proto__": {"role": "supervisor"}}',
    "utf-16": '{"after": 0}'.encode("utf-16"),
    "utf-16 without mark": '{"after": 0}'.encode("utf-16-le"),
    "utf-32": '{"after": 0}'.encode("utf-32"),
    "utf-8 mark": b"\xef\xbb\xbf{}",
    "latin-1": b'{"text": "\xe9"}',
    "overlong utf-8": b'{"text": "\xc0\xae"}',
    "surrogate in utf-8": b'{"text": "\xed\xa0\x80"}',
    "form": b"conversation=x&text=y",
    "deep list": nested(5_000).encode(),
    "deep value": b'{"text": ' + nested(5_000).encode() + b"}",
    "deep open": b"[" * 15_000,
    "deep object": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "many keys": json.dumps({f"k{n}": n for n in range(1_000)}).encode(),
}


@every_action
def test_a_hostile_body_is_refused(people: dict[str, Caller], action: Action) -> None:
    for number, (name, content) in enumerate(HOSTILE.items()):
        if number % 20 == 0:
            caller = caller_for(action, people)
        answer = raw(caller, action.name, content)
        assert answer.status_code < 500, f"{action.name}: {name}: {answer.text}"
        is_our_error(answer, 400)


@every_action
def test_a_doubled_key_is_refused(people: dict[str, Caller], action: Action) -> None:
    for name in GOOD[action.name]:
        content = json.dumps(GOOD[action.name])
        doubled = f"{{{json.dumps(name)}: 0, {content[1:]}"
        is_our_error(raw(caller_for(action, people), action.name, doubled), 400)


@every_action
def test_too_large_a_body_is_refused(people: dict[str, Caller], action: Action) -> None:
    caller = caller_for(action, people)
    largest = '{"nonsense": 1}'.ljust(action.body_bytes)
    is_our_error(raw(caller, action.name, largest), 400)
    is_our_error(raw(caller, action.name, largest + " "), 413)
    most = max(action.body_bytes, 102_400)
    is_our_error(raw(caller, action.name, b"[" * (most + 1)), 413)


def test_the_limit_of_an_action_is_16_kib_or_more_for_words() -> None:
    wide = {
        "chat.send": 32_768,
        "desk.send": 32_768,
        "story.save": 65_536,
        "plan.save": 102_400,
        "forms.send": 65_536,
        "forms.picture": 80_000,
        "pages.save": 716_800,
        "pages.check": 716_800,
    }
    for action in ACTIONS:
        assert action.body_bytes == wide.get(action.name, 16_384)


def chunks(count: int) -> Iterator[bytes]:
    """A body whose length is not told beforehand."""
    for _ in range(count):
        yield b" " * 1_024


def test_a_large_body_without_a_length_is_refused(people: dict[str, Caller]) -> None:
    teen = people["teen"]
    for count in (33, 101, 2_000):
        url = f"{teen.address}/api/chat.send"
        headers = {"Content-Type": "application/json"}
        answer = teen.http.post(url, data=chunks(count), headers=headers, timeout=10)
        is_our_error(answer, 413)
    is_our_error(teen.post("chat.send", GOOD["chat.send"]), 404)


def test_a_hundred_thousand_keys_are_refused_before_they_are_read(
    people: dict[str, Caller],
) -> None:
    content = json.dumps({f"k{n}": n for n in range(100_000)})
    started = time.perf_counter()
    is_our_error(raw(people["teen"], "chat.send", content), 413)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("name", ["deep list", "deep open", "deep object", "many keys"])
def test_a_hostile_body_is_refused_fast(people: dict[str, Caller], name: str) -> None:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        is_our_error(raw(people["teen"], "chat.send", HOSTILE[name]), 400)
        times.append(time.perf_counter() - started)
    # The fastest of five, since the machine that runs the tests may be busy.
    assert min(times) < 0.05


def test_a_key_that_the_service_does_not_know_is_not_repeated_in_the_answer(
    people: dict[str, Caller],
) -> None:
    answer = people["teen"].post("chat.send", {"canary-key-7f3a": 1})
    is_our_error(answer, 400)
    assert "canary-key-7f3a" not in answer.text
