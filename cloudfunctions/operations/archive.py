"""Zip files that are the same byte for byte whenever the same content is packed.

Names are sorted, times and modes fixed, and one level of compression is used. The file is put
together here, not by `zipfile`: what many functions share is squeezed once for all of them, and no
byte depends on the version of Python. What remains is the machine's zlib: another one may squeeze
to other bytes, with the same content.
"""

from __future__ import annotations

import functools
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

Files = Mapping[str, bytes]
"""Content by its path inside the archive, with `/` between the parts."""

PLAIN, EXECUTABLE = 0o644, 0o755
_LEVEL = 9
_STORED, _DEFLATED = 0, 8
_VERSION, _UNIX = 20, 3 << 8
_UTF8 = 0x800
_TIME, _DATE = 0, 1 << 5 | 1
"""Midnight of 1 January 1980, the earliest that a zip file can say."""
_MOST_FILES, _MOST_BYTES = 0xFFFF, 0xFFFFFFFF
"""Of the plain format; beyond stands another one (zip64) that we have no use for."""


def pack(files: Files, executable: frozenset[str] = frozenset(), *, squeeze: bool = True) -> bytes:
    """Return a zip of `files`; those named in `executable` may be run (mode 755).

    Source: APPNOTE.TXT of PKWARE, 4.3 (local headers, central directory, its end).

    Raises:
        ValueError: a name leads out of the folder into which the zip will be unpacked, or there is
            more than the format holds.
    """
    local, central = bytearray(), bytearray()
    for name in sorted(files):
        content, path = files[name], _safe(name).encode()
        method = _DEFLATED if squeeze else _STORED
        data = _squeezed(content) if squeeze else content
        sizes = (zlib.crc32(content), len(data), len(content), len(path))
        common = (_VERSION, _UTF8, method, _TIME, _DATE, *sizes, 0)
        mode = (stat.S_IFREG | (EXECUTABLE if name in executable else PLAIN)) << 16
        central += struct.pack("<4sH5H3L2H", b"PK\1\2", _UNIX | _VERSION, *common)
        central += struct.pack("<3H2L", 0, 0, 0, mode, len(local)) + path
        local += struct.pack("<4s5H3L2H", b"PK\3\4", *common) + path + data
    if len(files) > _MOST_FILES or len(local) + len(central) > _MOST_BYTES:
        raise ValueError("more than a zip of the plain format holds")
    count = len(files)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(local), 0)
    return bytes(local + central + end)


@functools.cache
def _squeezed(content: bytes) -> bytes:
    # A negative window is the bare stream, as a zip holds it.
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


def read(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip.

    Raises:
        ValueError: it is not a zip, or a name in it leads out of its folder.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
            return {_safe(name): archive.read(name) for name in names}
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise ValueError(f"{name!r} does not stay in its folder")
    return name
