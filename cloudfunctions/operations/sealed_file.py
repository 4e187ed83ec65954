"""A file of sealed frames, written and read as a stream.

    first line   magic
    second line  JSON {format, key: id of the master key, salt: hex, at: milliseconds}
    then frames  4 bytes length, AES-256-GCM of a zlib-compressed part

Key: HKDF-SHA256 (RFC 5869) of the master key, with the salt and both lines, so no two files share
one and a changed line opens nothing. Nonce: the number of the frame and whether it is the last
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so a frame that was
changed, moved, doubled or left out does not open, and a file that was cut is known by its end.

Promise: nothing is readable without the master key, and reading to the end proves the whole file.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cloudfunctions.common.settings import MasterKey

MAGIC = b"nuanxinmiao backup\n"
FORMAT = 1
FRAME_MAXIMUM = 64_000_000
"""Far more than a frame holds: the largest document there can be is 16 MiB."""
LINE_MAXIMUM = 1_000


class NotOurs(Exception):
    """The file is no backup, or its master key is not at hand; the message says which."""


class Damaged(Exception):
    """The file was cut or changed."""


class Writer:
    """Seals parts into `file`, one frame each; `end` makes it whole."""

    def __init__(self, file: IO[bytes], key: MasterKey, at: int) -> None:
        head = {"format": FORMAT, "key": key.id, "salt": secrets.token_hex(32), "at": at}
        line = json.dumps(head).encode() + b"\n"
        self._file, self._cipher, self._number = file, _cipher(key, line), 0
        file.write(MAGIC + line)

    def add(self, part: bytes) -> None:
        """Add one part."""
        self._frame(part, last=False)

    def end(self, part: bytes) -> None:
        """Add the last part."""
        self._frame(part, last=True)

    def _frame(self, part: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), zlib.compress(part), None)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def parts(file: IO[bytes], keys: Sequence[MasterKey]) -> Iterator[bytes]:
    """Yield the parts of `file` from its beginning, each proven before it is handed out.

    Raises:
        NotOurs: it is no backup, or none of `keys` is the one it was sealed with.
        Damaged: it was cut or changed; at the latest after the last part.
    """
    file.seek(0)
    if file.readline(len(MAGIC)) != MAGIC:
        raise NotOurs("this is no backup of ours")
    line = file.readline(LINE_MAXIMUM)
    cipher = _cipher(_key_of(line, keys), line)
    number, sealed = 0, _frame(file)
    while sealed is not None:
        following = _frame(file)
        yield _opened(cipher, number, sealed, last=following is None)
        number, sealed = number + 1, following
    if not number:
        raise Damaged("it ends before anything was in it")


def _key_of(line: bytes, keys: Sequence[MasterKey]) -> MasterKey:
    try:
        head = json.loads(line)
        name, form = str(head["key"]), head["format"]
    except (ValueError, KeyError, TypeError):
        raise Damaged("its second line is not as it was written") from None
    if form != FORMAT:
        raise NotOurs(f"it has format {form}, this code knows {FORMAT}")
    found = next((one for one in keys if one.id == name), None)
    if found is None:
        raise NotOurs(f"it was sealed with the master key '{name}', which MASTER_KEY does not name")
    return found


def _frame(file: IO[bytes]) -> bytes | None:
    length = file.read(4)
    if not length:
        return None
    size = int.from_bytes(length, "big")
    if len(length) < 4 or size > FRAME_MAXIMUM:
        raise Damaged("a frame has no length")
    sealed = file.read(size)
    if len(sealed) < size:
        raise Damaged("it ends in the middle of a frame")
    return sealed


def _opened(cipher: AESGCM, number: int, sealed: bytes, *, last: bool) -> bytes:
    try:
        return zlib.decompress(cipher.decrypt(_nonce(number, last=last), sealed, None))
    except InvalidTag:
        # The very first tells more: a key of the same name may be another key.
        first = "the master key of that name is another one, or " if number == 0 else ""
        raise Damaged(f"{first}frame {number} was changed, or what followed it is gone") from None


def _cipher(key: MasterKey, line: bytes) -> AESGCM:
    info = b"nuanxinmiao.backup\0" + MAGIC + line
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(key.key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
