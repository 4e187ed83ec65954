"""One table from exception to status, and the hotlines at the end of every hint."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    NetworkTimeout,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from cloudfunctions.common.errors import (
    HOTLINES,
    ServiceError,
    Unavailable,
    as_service_error,
    body_of,
)


def all_errors(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Every kind there is."""
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


ERRORS = tuple(dict.fromkeys(all_errors()))

every_error = pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: str(kind.__name__))


def test_every_error_has_a_code_of_its_own() -> None:
    assert len(ERRORS) > 10
    assert len({kind.code for kind in ERRORS}) == len(ERRORS)


@every_error
def test_it_says_its_status_and_is_explained(kind: type[ServiceError]) -> None:
    assert 400 <= kind.status <= 599
    assert "status" in kind.__dict__ or kind.__bases__ != (ServiceError,)
    assert "code" in kind.__dict__
    assert kind.__doc__


@every_error
def test_its_body_is_the_one_shape_and_ends_with_the_hotlines(kind: type[ServiceError]) -> None:
    for error in (kind(), kind("别的话", hint="别的办法。", retry_after=3)):
        content = json.loads(body_of(error))
        assert set(content) == {"error"}
        shown = content["error"]
        assert set(shown) == {"code", "message", "hint"}
        assert shown["code"] == kind.code
        assert shown["hint"].endswith(HOTLINES)
        assert shown["hint"] != HOTLINES
    assert (shown["message"], shown["hint"]) == ("别的话", f"别的办法。{HOTLINES}")
    assert error.retry_after == 3


@every_error
def test_its_words_are_chinese_and_blame_nobody(kind: type[ServiceError]) -> None:
    error = kind()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error.message)
    assert not any(word in error.message + error.hint for word in ("非法", "违规", "你错", "Error"))


def test_the_hotlines_are_the_three_numbers() -> None:
    assert all(number in HOTLINES for number in ("110", "120", "12356"))


@pytest.mark.parametrize(
    "fault",
    [
        AutoReconnect("x"),
        NetworkTimeout("x"),
        ServerSelectionTimeoutError("x"),
        WriteConcernError("x", 64),
        DuplicateKeyError("x"),
    ],
)
def test_a_fault_of_the_database_is_unavailable(fault: Exception) -> None:
    known, expected = as_service_error(fault)
    assert isinstance(known, Unavailable)
    assert (known.status, expected) == (503, True)


def test_any_other_fault_is_internal_and_tells_nothing() -> None:
    known, expected = as_service_error(KeyError("a secret word"))
    assert (type(known), known.status, expected) == (ServiceError, 500, False)
    assert "a secret word" not in body_of(known).decode()


def test_an_expected_error_stays_itself() -> None:
    for kind in ERRORS:
        error = kind()
        assert as_service_error(error) == (error, True)
