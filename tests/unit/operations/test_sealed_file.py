"""A sealed file tells nothing without its key, and nothing wrong with it goes unseen."""

from __future__ import annotations

import io
import secrets

import pytest

from cloudfunctions.common.settings import MasterKey
from cloudfunctions.operations.sealed_file import Damaged, NotOurs, Writer, parts

KEY = MasterKey("k1", secrets.token_bytes(32))
OLDER = MasterKey("k0", secrets.token_bytes(32))
PARTS = [b"one", b"two" * 1_000, b"canary-5f1c", b"", b"the last"]


@pytest.fixture
def written() -> bytes:
    """A file of five parts."""
    return write(KEY)


def write(key: MasterKey) -> bytes:
    """The same five parts, sealed."""
    file = io.BytesIO()
    writer = Writer(file, key, 1)
    for part in PARTS[:-1]:
        writer.add(part)
    writer.end(PARTS[-1])
    return file.getvalue()


def read(content: bytes, *keys: MasterKey) -> list[bytes]:
    """What a reader gets."""
    return list(parts(io.BytesIO(content), keys or (KEY,)))


def frames(content: bytes) -> tuple[bytes, list[bytes]]:
    """The two lines, and the frames with their lengths."""
    start = content.index(b"\n", content.index(b"\n") + 1) + 1
    found, at = [], start
    while at < len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4], "big")
        found.append(content[at:end])
        at = end
    return content[:start], found


def test_what_went_in_comes_out_with_an_older_key_too(written: bytes) -> None:
    assert read(written) == PARTS
    assert read(write(OLDER), KEY, OLDER) == PARTS


def test_nothing_of_it_can_be_read_in_the_file(written: bytes) -> None:
    assert b"canary" not in written
    assert KEY.key not in written


def test_two_files_of_the_same_share_no_frame(written: bytes) -> None:
    assert not set(frames(written)[1]) & set(frames(write(KEY))[1])


def test_every_changed_byte_is_found(written: bytes) -> None:
    for place in range(len(written)):
        changed = bytearray(written)
        changed[place] ^= 1
        with pytest.raises((Damaged, NotOurs)):
            read(bytes(changed))


def test_a_file_cut_anywhere_is_found(written: bytes) -> None:
    for length in range(len(written)):
        with pytest.raises((Damaged, NotOurs)):
            read(written[:length])


def test_a_frame_moved_doubled_left_out_or_added_is_found(written: bytes) -> None:
    lines, found = frames(written)
    _, other = frames(write(KEY))
    wrong = [
        [found[1], found[0], *found[2:]],
        [found[0], *found],
        [*found[:1], *found[2:]],
        [*found, found[-1]],
        [*found[:-1], other[-1]],
    ]
    for order in wrong:
        with pytest.raises(Damaged):
            read(lines + b"".join(order))


def test_a_key_that_is_not_at_hand_is_named(written: bytes) -> None:
    with pytest.raises(NotOurs, match="'k1'"):
        read(written, OLDER)


def test_another_key_of_the_same_name_opens_nothing_and_is_said(written: bytes) -> None:
    with pytest.raises(Damaged, match="another one"):
        read(written, MasterKey("k1", secrets.token_bytes(32)))


def test_anything_else_is_no_backup() -> None:
    for content in (b"", b"PK\x03\x04", b"nuanxinmiao", secrets.token_bytes(10_000)):
        with pytest.raises(NotOurs):
            read(content)
