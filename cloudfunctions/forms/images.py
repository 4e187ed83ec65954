"""Pictures as bytes: what kind, how large, and only those parts of them that draw.

A photo from a phone tells where and when it was taken. So nothing is taken out that is known to
tell; instead only what is needed to draw is let through. Bytes that do not add up are refused.
Sources: ITU-T T.81 annex B (JPEG), W3C PNG third edition, RFC 9649 (WebP).
"""

from __future__ import annotations

import struct
from typing import Literal

Kind = Literal["jpeg", "png", "webp"]

MOST_BYTES = 307_200
MOST_PIXELS = 40_000_000
"""More than any phone's, and what a browser opens without trouble."""


class NotAPicture(Exception):
    """The bytes are no picture of a kind that is taken, or do not add up."""


def kind_of(start: bytes) -> Kind:
    """Return the kind of picture that begins so.

    Raises:
        NotAPicture: none that is taken.
    """
    if start[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if start[:8] == PNG:
        return "png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    raise NotAPicture


def cleaned(picture: bytes) -> bytes:
    """Return the picture with what draws it and nothing else.

    Raises:
        NotAPicture: it is none, is cut off, or is too large to be opened safely.
    """
    try:
        return {"jpeg": _jpeg, "png": _png, "webp": _webp}[kind_of(picture)](picture)
    except (struct.error, IndexError):
        raise NotAPicture from None


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise NotAPicture


# JPEG: segments with a marker each; after each SOS the drawing itself up to the next marker.

SOI, EOI, SOS, APP0, ADOBE = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
DRAWS = frozenset({*range(0xC0, 0xD0), SOS, 0xDB, 0xDC, 0xDD, 0xDE, APP0, ADOBE})
"""No APP1 (EXIF, XMP), no other APPn, no comment."""


def _jpeg(picture: bytes) -> bytes:
    kept, at, framed = [picture[:2]], 2, False
    while True:
        at = _marker(picture, at)
        marker = picture[at + 1]
        if marker == EOI:
            break
        end = at + 2 + struct.unpack_from(">H", picture, at + 2)[0]
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", picture, at + 5)
            _check_size(width, height)
            framed = True
        if marker == SOS:
            end = _after_scan(picture, end)
        if end > len(picture) or end < at + 4:
            raise NotAPicture
        if marker in DRAWS:
            kept.append(picture[at:end])
        at = end
    if not framed:
        raise NotAPicture
    # What stands behind the end is drawn by nobody: it may be a second picture with its own EXIF.
    return b"".join([*kept, picture[at : at + 2]])


def _marker(picture: bytes, at: int) -> int:
    """The place of the marker that has to stand here, any number of fill bytes before it."""
    if picture[at] != 0xFF:
        raise NotAPicture
    while picture[at + 1] == 0xFF:
        at += 1
    return at


def _after_scan(picture: bytes, at: int) -> int:
    """The place of the first marker behind a scan that is none of the scan's own."""
    while True:
        at = picture.find(b"\xff", at)
        if at < 0:
            raise NotAPicture
        if picture[at + 1] != 0 and not 0xD0 <= picture[at + 1] <= 0xD7:
            return at
        at += 2


# PNG: chunks of length, name, content and check sum.

PNG = b"\x89PNG\r\n\x1a\n"
PNG_DRAWS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs acTL fcTL fdAT".split()
)


def _png(picture: bytes) -> bytes:
    kept, at, name = [PNG], len(PNG), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", picture, at)
        end = at + 12 + length
        if end > len(picture) or (len(kept) == 1) != (name == b"IHDR"):
            raise NotAPicture
        if name == b"IHDR":
            _check_size(*struct.unpack_from(">II", picture, at + 8))
        if name in PNG_DRAWS:
            kept.append(picture[at:end])
        at = end
    return b"".join(kept)


# WebP: RIFF chunks of name, length and content, padded to an even length.

WEBP_DRAWS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
EXIF_XMP_ICC = 0b0010_1100


def _webp(picture: bytes) -> bytes:
    end = 8 + struct.unpack_from("<I", picture, 4)[0]
    if end > len(picture):
        raise NotAPicture
    kept, at = list[bytes](), 12
    while at < end:
        name, length = struct.unpack_from("<4sI", picture, at)
        following = at + 8 + length + length % 2
        if following > end:
            raise NotAPicture
        if not kept or name == b"VP8X":
            _check_webp(name, picture[at + 8 : following])
        if name in WEBP_DRAWS:
            kept.append(_without_flags(name, picture[at:following]))
        at = following
    if not kept:
        raise NotAPicture
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _check_webp(name: bytes, content: bytes) -> None:
    if name == b"VP8X":
        width, height = (int.from_bytes(content[i : i + 3], "little") + 1 for i in (4, 7))
    elif name == b"VP8L":
        bits = struct.unpack_from("<I", content, 1)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif name == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", content, 6))
    else:
        raise NotAPicture
    _check_size(width, height)


def _without_flags(name: bytes, chunk: bytes) -> bytes:
    if name != b"VP8X":
        return chunk
    return chunk[:8] + bytes([chunk[8] & ~EXIF_XMP_ICC & 0xFF]) + chunk[9:]
