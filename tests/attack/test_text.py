"""Strange characters are stored exactly as they were sent, and never reach a log line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudfunctions.common.resources import Resources
from tests.contract.crew import stored
from tests.support.copy import Copy
from tests.support.people import Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

STRANGE = {
    "right-to-left override": "我想\u202e说话\u202c好吗",
    "zero width": "我\u200b\u200c\u200d\u2060\ufeff在",
    "combining marks": "e" + "\u0301" * 1_000,
    "nul": "我\0在\0",
    "emoji": "😀👨‍👩‍👧‍👦🏳️‍🌈🇨🇳👍🏿",
    "full width": "ｆｕｌｌ　ｗｉｄｔｈ１２３",
    "composed": unicodedata.normalize("NFC", "é ガ 한"),
    "decomposed": unicodedata.normalize("NFD", "é ガ 한"),
    "line ends": "一\r\n二\r三\n四\u2028五\u2029六\x85七",
    "controls": "".join(map(chr, range(1, 32))) + "x\x7f\x80\x9f",
    "blanks around": "  　我在\n\t ",
    "beyond the first plane": "𠮷野家𝕏𝟙",
    "private and unassigned": "\ue000\U000f0000\uffff\U0010ffff x",
    "tags": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "json": '{"$gt": ""}\\u0000\\"',
    "operator": "$where",
    "formula": "=HYPERLINK(1)",
    "template": "{{7*7}}${7*7}%s%n{0}",
    "longest word": "啊" * 2_000,
}


@pytest.fixture(scope="module")
def talker(running: Copy) -> Teen:
    """One teen for all of them."""
    return Teen(running.address)


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_strange_text_is_stored_and_read_back_exactly(
    teen: Teen, resources: Resources, text: str
) -> None:
    cid = new_cid()
    sent = teen.send(text, cid)
    assert sent["message"]["text"] == text
    kept = next(m for m in stored(resources, teen.talk)["messages"] if m["cid"] == cid)
    assert kept["text"] == text
    assert next(m for m in teen.transcript() if m["cid"] == cid)["text"] == text
    assert teen.send(text, cid)["replayed"], "exactly the same text is the same message"


@pytest.mark.usefixtures("empty_queue")
@pytest.mark.parametrize("name", ["right-to-left override", "nul", "emoji", "decomposed", "tags"])
def test_a_strange_text_passes_the_desk_exactly_too(teen: Teen, staff: Staffing, name: str) -> None:
    text = STRANGE[name]
    teen.send(text)
    teen.call("chat.ask_person", conversation=teen.talk)
    member = staff("counsellor").available()
    shown = member.call("desk.next")["messages"]
    assert text in [m["text"] for m in shown]
    member.say(teen.talk, text)
    assert teen.transcript()[-1]["text"] == text
    body = {"conversation": teen.talk, "tier": "listener", "note": text}
    member.call("desk.hand_over", **body)
    assert member.call("desk.next")["conversation"]["note"] == text


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_is_stored_exactly_or_refused(talker: Teen, text: str) -> None:
    body = {"conversation": talker.talk, "cid": new_cid(), "text": text, "after": 2**40}
    answer = talker.post("chat.send", body)
    if text.strip():
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["message"]["text"] == text
    else:
        assert answer.status_code == 400


def test_a_text_that_forges_a_log_line_reaches_no_log(teen: Teen, running: Copy) -> None:
    forged = 'x\r\n{"at": 0, "event": "forged-log-line-3c1e"}\r\n'
    teen.send(forged)
    teen.post("chat.send", {"conversation": forged})
    teen.post("chat.send", {"conversation": teen.talk, "cid": forged, "text": forged})
    for log in (running.data / "log").glob("*"):
        assert "forged-log-line-3c1e" not in log.read_text("utf-8", "replace")
