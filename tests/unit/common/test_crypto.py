"""What is sealed opens in its own place with its own key, and nowhere else."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudfunctions.common.crypto import KeyMissing, Unreadable, Vault
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT, MasterKey

TEXT = "今天有点想她\n🙂 \x00 \U0001f3f3️‍🌈"
PLACE = "mood/abc/words"

FIRST = MasterKey("k1", secrets.token_bytes(32))
SECOND = MasterKey("k2", secrets.token_bytes(32))

Make = Callable[..., Vault]


@pytest.fixture(scope="module", autouse=True)
def deadline(resources: Resources) -> Iterator[None]:
    """Every call has a deadline, as a request has."""
    with resources.database.deadline(120):
        yield


@pytest.fixture
def vault(resources: Resources) -> Make:
    """Make a vault with master keys, the first in front."""
    return lambda *keys: Vault(resources.database, keys or [FIRST])


@pytest.fixture
def teen() -> str:
    """Somebody new."""
    return secrets.token_urlsafe(16)


def opens(vault: Vault, teen: str, place: str, sealed: bytes) -> bool:
    """Whether it opens at all; then it must be the very text."""
    try:
        found = vault.open(teen, place, sealed)
    except Unreadable:
        return False
    assert found == TEXT
    return True


@pytest.mark.parametrize("text", ["", "a", TEXT, "很" * 20_000])
def test_what_is_sealed_opens_as_it_was(vault: Make, teen: str, text: str) -> None:
    assert vault().open(teen, PLACE, vault().seal(teen, PLACE, text)) == text


def test_a_seal_shows_nothing_and_is_another_each_time(vault: Make, teen: str) -> None:
    seals = {vault().seal(teen, PLACE, TEXT) for _ in range(50)}
    assert len({sealed[1:13] for sealed in seals}) == 50, "a nonce came twice"
    assert not any("今天".encode() in sealed for sealed in seals)


def test_every_byte_that_is_turned_keeps_it_shut(vault: Make, teen: str) -> None:
    sealed, tried = vault().seal(teen, PLACE, TEXT), 0
    for at in range(len(sealed)):
        for mask in (0x01, 0x80, 0xFF):
            turned = bytearray(sealed)
            turned[at] ^= mask
            assert not opens(vault(), teen, PLACE, bytes(turned))
            tried += 1
    for cut in range(len(sealed)):
        assert not opens(vault(), teen, PLACE, sealed[:cut])
        assert not opens(vault(), teen, PLACE, sealed[cut + 1 :])
    assert not opens(vault(), teen, PLACE, sealed + b"\x00")
    print(f"turned {tried}, cut {2 * len(sealed)}: opened 0")
    assert opens(vault(), teen, PLACE, sealed)


def test_it_opens_in_no_other_place_and_for_no_other_teen(vault: Make, teen: str) -> None:
    other = secrets.token_urlsafe(16)
    vault().seal(other, PLACE, TEXT)
    sealed = vault().seal(teen, PLACE, TEXT)
    for place in ("mood/abd/words", "plan/abc/words", "mood/abc", "", f"{PLACE} "):
        assert not opens(vault(), teen, place, sealed)
    assert not opens(vault(), other, PLACE, sealed)
    assert not opens(vault(), secrets.token_urlsafe(16), PLACE, sealed)
    assert opens(vault(), teen, PLACE, sealed)


def test_a_key_that_was_moved_to_another_teen_opens_nothing(
    vault: Make, teen: str, resources: Resources
) -> None:
    thief = secrets.token_urlsafe(16)
    sealed = vault().seal(teen, PLACE, TEXT)
    keys = resources.database.collection("data_keys")
    stolen = keys.find_one({"_id": teen}) or {}
    keys.insert_one({**stolen, "_id": thief})
    with pytest.raises(KeyMissing):
        vault().open(thief, PLACE, sealed)


def test_asking_does_not_make_a_key(vault: Make, teen: str, resources: Resources) -> None:
    with pytest.raises(KeyMissing):
        vault().open(teen, PLACE, b"\x01" + bytes(40))
    assert resources.database.collection("data_keys").find_one({"_id": teen}) is None


def test_the_wrong_master_key_opens_nothing(vault: Make, teen: str) -> None:
    sealed = vault(FIRST).seal(teen, PLACE, TEXT)
    for wrong in (SECOND, MasterKey(FIRST.id, SECOND.key), MasterKey(SECOND.id, FIRST.key)):
        with pytest.raises(KeyMissing):
            vault(wrong).open(teen, PLACE, sealed)
        with pytest.raises(KeyMissing):
            vault(wrong).seal(teen, PLACE, TEXT)
    assert opens(vault(FIRST), teen, PLACE, sealed), "and a failed try made no other key"


def test_after_a_change_of_master_key_the_old_one_still_opens(vault: Make, teen: str) -> None:
    sealed = vault(FIRST).seal(teen, PLACE, TEXT)
    both = vault(SECOND, FIRST)
    assert opens(both, teen, PLACE, sealed)
    fresh = secrets.token_urlsafe(16)
    new = both.seal(fresh, PLACE, TEXT)
    assert opens(vault(SECOND), fresh, PLACE, new), "the first one wraps"
    assert not opens(vault(FIRST), fresh, PLACE, new)


def test_wrapped_anew_the_old_master_key_may_go(vault: Make, resources: Resources) -> None:
    old, new = (MasterKey(secrets.token_hex(4), secrets.token_bytes(32)) for _ in range(2))
    teens = [secrets.token_urlsafe(16) for _ in range(40)]
    sealed = {teen: vault(old).seal(teen, PLACE, TEXT) for teen in teens}
    both = vault(new, old)
    assert vault(new).rewrap() == 0, "what it cannot open it leaves alone"
    # Killed half-way: some are wrapped by one, some by the other.
    for teen in teens[:7]:
        found = resources.database.collection("data_keys").find_one({"_id": teen}) or {}
        assert both._rewrapped(found)
        assert not both._rewrapped(found), "a second run finds it done"
    assert all(opens(both, teen, PLACE, text) for teen, text in sealed.items())
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: both.rewrap(), range(4)))
    assert sum(runs) == 33, "four at once share the work"
    assert both.rewrap() == 0
    assert all(opens(vault(new), teen, PLACE, text) for teen, text in sealed.items())
    assert not any(opens(vault(old), teen, PLACE, text) for teen, text in sealed.items())


def test_sixteen_at_once_share_one_first_key(vault: Make, teen: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(lambda _: vault().seal(teen, PLACE, TEXT), range(16)))
    assert all(opens(vault(), teen, PLACE, one) for one in sealed)


def test_a_forgotten_key_opens_nothing_and_the_teen_may_begin_anew(vault: Make, teen: str) -> None:
    sealed = vault().seal(teen, PLACE, TEXT)
    vault().forget(teen)
    vault().forget(teen)
    with pytest.raises(KeyMissing):
        vault().open(teen, PLACE, sealed)
    again = vault().seal(teen, PLACE, TEXT)
    assert opens(vault(), teen, PLACE, again)
    assert not opens(vault(), teen, PLACE, sealed), "the new key is another"


def test_no_master_key_and_no_bare_key_stands_in_the_database(
    vault: Make, teen: str, resources: Resources
) -> None:
    vault().seal(teen, PLACE, TEXT)
    stored = resources.database.collection("data_keys").find_one({"_id": teen}) or {}
    assert set(stored) == {"_id", "key", "wrapped"}
    assert FIRST.key not in stored["wrapped"]
    assert vault().keys(teen)._key not in stored["wrapped"]


def test_nothing_is_loaded_before_something_is_sealed() -> None:
    code = (
        "import sys, cloudfunctions.app;"
        "sys.exit(any(name.startswith('cryptography') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
