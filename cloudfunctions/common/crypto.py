"""Sealing what a teen keeps, so that a stolen database, log or backup tells nothing of it.

Every teen has a random key of their own in `data_keys`: {_id: teen, key, wrapped}. It is wrapped by
the master key named `key`, which only the environment holds; without `data_keys` of a teen nothing
of theirs can ever be read again. A seal is AES-256-GCM (NIST SP 800-38D) with a random nonce of 96
bits, bound to the teen and to the one place it stands in: turned, moved to another document or to
another teen it does not open.

Promise: a key is on disk before the first seal made with it is handed out. Assumption: a teen keeps
far fewer than 2**32 sealed texts, up to which random nonces are safe.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common import telemetry
from cloudfunctions.common.database import Database, Document, Indexes
from cloudfunctions.common.settings import MasterKey

INDEXES: Indexes = {"data_keys": [IndexModel([("key", 1)], name="key")]}
"""By master key: what is still to be wrapped anew after a change of it."""

FORMAT = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32
AT_ONCE = 500


class Unreadable(Exception):
    """A sealed text does not open: turned, moved, or its key is not at hand.

    Told to nobody as such: it is a fault of ours, and logged as one.
    """


class KeyMissing(Unreadable):
    """The key of a teen is gone, or wrapped by a master key that this deployment does not have."""


class TeenKeys:
    """The key of one teen for the length of one call."""

    def __init__(self, teen: str, key: bytes) -> None:
        self._teen = teen
        self._key = key

    def seal(self, bound: str, text: str) -> bytes:
        """Return `text` sealed for the place `bound` (feature and document id)."""
        return _seal(self._key, _place(self._teen, bound), text.encode("utf-8"))

    def open(self, bound: str, sealed: bytes) -> str:
        """Return what was sealed for this place.

        Raises:
            Unreadable: it was not sealed for this teen and place, or has been changed.
        """
        return _open(self._key, _place(self._teen, bound), bytes(sealed)).decode("utf-8")


class Vault:
    """Makes, wraps and forgets the keys of teens; one a process, and it keeps no key itself."""

    def __init__(self, database: Database, master_keys: Sequence[MasterKey]) -> None:
        self._database = database
        self._masters = {one.id: one.key for one in master_keys}
        self._current = master_keys[0]

    def seal(self, teen: str, bound: str, text: str) -> bytes:
        """Return `text` sealed for the teen and the place `bound`."""
        return self.keys(teen).seal(bound, text)

    def open(self, teen: str, bound: str, sealed: bytes) -> str:
        """Return what was sealed for the teen and this place.

        Raises:
            Unreadable: it was sealed for another, has been changed, or the key is gone.
        """
        return self.keys(teen, make=False).open(bound, sealed)

    def keys(self, teen: str, *, make: bool = True) -> TeenKeys:
        """Read the teen's key once for many texts; a first one is made if `make`.

        Raises:
            KeyMissing: there is none (and none is to be made), or no master key at hand opens it.
        """
        found = self._collection().find_one({"_id": teen})
        if found is None and make:
            found = self._made(teen)
        if found is None:
            raise KeyMissing
        return TeenKeys(teen, self._unwrapped(found))

    def forget(self, teen: str) -> None:
        """Remove the teen's key: whatever it sealed can never be read again, in no copy of it."""
        self._collection().delete_one({"_id": teen})

    def rewrap(self) -> int:
        """Wrap what older master keys wrapped with the first one; returns how many keys.

        Each is one guarded write, so being killed half-way or run twice at once does no harm. When
        nothing is left, the older master keys may go.
        """
        older = [name for name in self._masters if name != self._current.id]
        if not older:
            return 0
        due = self._collection().find({"key": {"$in": older}}).limit(AT_ONCE)
        return sum(self._rewrapped(one) for one in list(due))

    def _rewrapped(self, found: Document) -> bool:
        try:
            fresh = self._wrapped(found["_id"], self._unwrapped(found))
        except KeyMissing:
            # A damaged one must not keep the others from being wrapped.
            return False
        result = self._collection().update_one(
            {"_id": found["_id"], "key": found["key"], "wrapped": found["wrapped"]}, {"$set": fresh}
        )
        return result.modified_count == 1

    def _made(self, teen: str) -> Document | None:
        document: Document = {"_id": teen, **self._wrapped(teen, secrets.token_bytes(KEY_BYTES))}
        try:
            self._collection().insert_one(document)
        except DuplicateKeyError:
            # Another call made it a moment before; that one is on disk, ours is not.
            return self._collection().find_one({"_id": teen})
        return document

    def _wrapped(self, teen: str, key: bytes) -> Document:
        name = self._current.id
        return {"key": name, "wrapped": _seal(self._current.key, _wrapping(teen, name), key)}

    def _unwrapped(self, found: Document) -> bytes:
        master = self._masters.get(found["key"])
        if master is None:
            telemetry.note("master_key_missing", key=found["key"])
            raise KeyMissing
        try:
            return _open(master, _wrapping(found["_id"], found["key"]), bytes(found["wrapped"]))
        except Unreadable:
            raise KeyMissing from None

    def _collection(self) -> Collection[Document]:
        return self._database.collection("data_keys")


def _place(teen: str, bound: str) -> bytes:
    # As JSON, so that no two pairs give the same bytes.
    return json.dumps(["text", teen, bound]).encode()


def _wrapping(teen: str, master: str) -> bytes:
    return json.dumps(["key", teen, master]).encode()


def _seal(key: bytes, place: bytes, content: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed: bytes = _cipher(key).encrypt(nonce, content, FORMAT + place)
    return FORMAT + nonce + sealed


def _open(key: bytes, place: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    nonce, content = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != FORMAT or len(nonce) != NONCE_BYTES:
        raise Unreadable
    try:
        opened: bytes = _cipher(key).decrypt(nonce, content, FORMAT + place)
    except InvalidTag:
        raise Unreadable from None
    return opened


def _cipher(key: bytes) -> Any:
    # Imported here, since a function that seals nothing must not pay for it at its cold start.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
