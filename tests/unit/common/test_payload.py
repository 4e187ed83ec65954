"""From bytes to a typed request: it decodes to what was sent, or it is a BadRequest."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudfunctions.common.errors import BadRequest
from cloudfunctions.common.payload import (
    Cid,
    DocumentId,
    RequestStruct,
    Secret,
    Seq,
    Text,
    WaitSeconds,
    decode,
)


class Wanted(RequestStruct):
    """One field of each kind."""

    text: Text
    cid: Cid
    conversation: DocumentId
    after: Seq = 0
    wait: WaitSeconds = 0


class Device(RequestStruct):
    """A secret."""

    device: Secret


GOOD: dict[str, Any] = {"text": "好", "cid": "cid-cid-1", "conversation": "talk-talk-1"}
KEYS = st.sampled_from(["text", "cid", "conversation", "after", "wait", "x", "$gt", "\0"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


def decoded(value: Any) -> Wanted | None:
    """The request, or None where it was refused in the one expected way."""
    try:
        return decode(json.dumps(value).encode(), Wanted)
    except BadRequest:
        return None


@given(JSON | st.dictionaries(KEYS, SCALARS))
def test_any_json_decodes_to_itself_or_is_refused(value: Any) -> None:
    request = decoded(value)
    if request is not None:
        assert {**msgspec.to_builtins(request), **value} == msgspec.to_builtins(request)


# How fast examples are made says something of the machine, not of the decoder.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional={"text": SCALARS, "cid": SCALARS, "after": SCALARS}))
def test_a_good_body_with_odd_scalars_decodes_to_itself_or_is_refused(
    changed: dict[str, Any],
) -> None:
    value = {**GOOD, **changed}
    request = decoded(value)
    if request is not None:
        assert msgspec.to_builtins(request) == {"after": 0, "wait": 0, **value}


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_or_an_object(content: bytes) -> None:
    try:
        request = decode(content, Wanted)
    except BadRequest:
        return
    assert json.loads(content).keys() >= GOOD.keys()
    assert request.text


@given(st.text(min_size=1, max_size=200))
def test_every_text_that_utf8_can_hold_comes_through_exactly(text: str) -> None:
    for escaped in (True, False):
        content = json.dumps({**GOOD, "text": text}, ensure_ascii=escaped)
        assert decode(content.encode(), Wanted).text == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"NaN",
        b'{"text": NaN}',
        b'{"text": "a", "text": "a"}',
        b'{"text": "\\ud800"}',
        b'{"\\ud800": 1}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"after": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_breaks_parsers_is_a_bad_request(content: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(content, Wanted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("text", "好" * 2_001),
        ("text", 1),
        ("text", ["好"]),
        ("cid", "short-1"),
        ("cid", "x" * 65),
        ("cid", "cid-cid-1\n"),
        ("cid", "cid cid 1"),
        ("cid", "编号编号编号编号"),
        ("conversation", "$where-talk"),
        ("after", -1),
        ("after", 2**53 + 1),
        ("after", 1.0),
        ("after", "1"),
        ("after", True),
        ("wait", 26),
        ("wait", None),
        ("unknown", 1),
    ],
)
def test_a_value_outside_its_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(BadRequest):
        decode(json.dumps({**GOOD, name: value}).encode(), Wanted)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "好" * 2_000),
        ("cid", "x" * 8),
        ("cid", "A-z_0" * 12),
        ("after", 2**53),
        ("wait", 25),
    ],
)
def test_a_value_at_its_border_is_taken(name: str, value: Any) -> None:
    request = decode(json.dumps({**GOOD, name: value}).encode(), Wanted)
    assert getattr(request, name) == value


def test_the_hint_names_our_field_and_never_the_callers_words() -> None:
    with pytest.raises(BadRequest) as refused:
        decode(json.dumps({**GOOD, "after": "secret words"}).encode(), Wanted)
    assert "after" in refused.value.hint
    assert "secret" not in refused.value.hint
    for body in ({**GOOD, "secret words": 1}, {"secret words": GOOD}):
        with pytest.raises(BadRequest) as refused:
            decode(json.dumps(body).encode(), Wanted)
        assert "secret" not in refused.value.hint


@pytest.mark.parametrize("length", [31, 32, 128, 129])
def test_a_device_secret_has_32_to_128_characters(length: int) -> None:
    content = json.dumps({"device": "d" * length}).encode()
    if 32 <= length <= 128:
        assert decode(content, Device).device == "d" * length
    else:
        with pytest.raises(BadRequest):
            decode(content, Device)
