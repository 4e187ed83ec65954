"""Codes that change with time, against the vectors of the standards."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudfunctions.account import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""Of RFC 4226, appendix D, and RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code_of(SECRET, seconds * 1000 // totp.STEP, digits=8) == code
    assert totp.step_of(SECRET, code[2:], seconds * 1000) == seconds // 30


def test_rfc_4226() -> None:
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert " ".join(totp.code_of(SECRET, step) for step in range(10)) == codes


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    now = 1_764_000_000_000
    here = now // totp.STEP
    steps = [totp.step_of(SECRET, totp.code_of(SECRET, here + off), now) for off in range(-3, 4)]
    assert steps == [None, None, here - 1, here, here + 1, None, None]


def test_secrets_are_long_and_all_different() -> None:
    secrets = {totp.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(base64.b32decode(one)) == totp.SECRET_BYTES for one in secrets)


def test_the_address_says_it_all_and_nothing_in_it_can_be_mistaken() -> None:
    made = urlsplit(totp.uri(SECRET, "暖心喵", "林/老师?secret=x&y"))
    assert (made.scheme, made.netloc) == ("otpauth", "totp")
    assert parse_qs(made.query) == {"secret": [SECRET], "issuer": ["暖心喵"]}
    assert "?" not in made.path
    assert " " not in made.geturl()
