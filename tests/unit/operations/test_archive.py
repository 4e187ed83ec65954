"""A zip is the same byte for byte, and every other program reads it."""

from __future__ import annotations

import io
import zipfile

import pytest

from cloudfunctions.operations import archive

FILES = {
    "b/猫.txt": "喵".encode() * 1_000,
    "a.py": b"x = 1\n",
    "start": b"#!/bin/bash\n",
    "空": b"",
}


def test_the_order_in_which_files_came_does_not_matter() -> None:
    turned = dict(reversed(FILES.items()))
    assert archive.pack(FILES) == archive.pack(turned)


@pytest.mark.parametrize("squeeze", [True, False])
def test_it_is_a_whole_zip(squeeze: bool) -> None:
    packed = archive.pack(FILES, frozenset({"start"}), squeeze=squeeze)
    with zipfile.ZipFile(io.BytesIO(packed)) as other:
        assert other.testzip() is None
        assert {one: other.read(one) for one in other.namelist()} == FILES
        assert other.namelist() == sorted(FILES)
        assert {one.date_time for one in other.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in other.infolist()}
    assert modes == {**dict.fromkeys(FILES, 0o644), "start": 0o755}
    assert archive.read(packed) == FILES
    assert (len(packed) < sum(map(len, FILES.values()))) == squeeze


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\b", "."])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="does not stay"):
        archive.pack({name: b""})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as other:
        other.writestr(zipfile.ZipInfo("x"), b"")
        other.filelist[0].filename = name
    with pytest.raises(ValueError, match="does not stay"):
        archive.read(buffer.getvalue())


def test_what_is_no_zip_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        archive.read(b"<html>not found</html>")
