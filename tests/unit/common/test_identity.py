"""Tokens and keyed hashes, also while the signing key is being changed."""

from __future__ import annotations

import pytest

from cloudfunctions.common.errors import Unauthenticated
from cloudfunctions.common.identity import ROLES, STRANGER, Caller, Identity
from cloudfunctions.common.settings import Settings

OLD, NEW = "old key " * 5, "new key " * 5


def identity(*keys: str) -> Identity:
    """What signs and opens with these keys, the newest last."""
    environment = {
        "SECRET_KEY": ",".join(keys),
        "MASTER_KEY": f"k1:{'A' * 43}=",
        "MONGODB_URI": "mongodb://127.0.0.1:1/",
    }
    return Identity(Settings.from_environment(environment))


def opens(who: Identity, token: str) -> bool:
    """Whether the token is good for `who`."""
    try:
        who.open(f"Bearer {token}")
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
def test_a_token_stands_for_whom_it_was_made(role: str) -> None:
    caller = Caller("some-id", role)
    one = identity(OLD)
    assert one.open(f"Bearer {one.issue(caller)}") == caller
    assert one.open(f"bearer {one.issue(caller)}") == caller


def test_no_header_is_a_stranger() -> None:
    assert identity(OLD).open("") is STRANGER


def test_a_key_is_changed_without_anyone_noticing() -> None:
    before, during, after = identity(OLD), identity(OLD, NEW), identity(NEW)
    old, new = (one.issue(Caller("x", "teen")) for one in (before, during))
    assert opens(during, old)
    assert opens(during, new)
    assert opens(after, new), "the newest key signs"
    assert not opens(after, old), "a key that was taken away opens nothing"
    assert not opens(before, new)


def test_who_came_with_the_old_key_is_found_with_both() -> None:
    before, during = identity(OLD), identity(OLD, NEW)
    assert before.keyed_hash("device", "d") == during.keyed_hash("device", "d")


def test_a_keyed_hash_depends_on_key_purpose_and_value() -> None:
    one = identity(OLD)
    found = {
        one.keyed_hash("device", "d"),
        one.keyed_hash("device", "e"),
        one.keyed_hash("invitation", "d"),
        one.keyed_hash("invitation", "evice\0d"),
        identity(NEW).keyed_hash("device", "d"),
    }
    assert len(found) == 5
    assert all(len(value) == 64 for value in found)
    assert one.keyed_hash("device", "d") == one.keyed_hash("device", "d")


def test_a_token_does_not_show_the_key() -> None:
    assert OLD not in identity(OLD).issue(Caller("x", "teen"))
