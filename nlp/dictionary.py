"""The dictionary that a cut goes by: jieba's words with our own additions, prepared once.

jieba takes well over a second to build or read back its own table. Ours is written once as plain
data (words and counts, no marshal: it can be wrong, but it cannot run code) to our own folder
(`NLP_CACHE_DIR`), never to the shared temporary folder, where somebody else could put a file in its
place. A table of another jieba or of other additions is built anew.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import logging
import os
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any, Final

_HERE = Path(__file__).parent
USER_DICTIONARY: Final = _HERE / "lexicon" / "user_dict.txt"
DEFAULT_CACHE: Final = _HERE / "models" / ".cache"
NAME: Final = "words.bin"

Counts = dict[str, int]


def load(cache: Path | None = None) -> tuple[Counts, int]:
    """Return the count of each word (0 for a mere beginning of one) and the sum of all counts."""
    path = (cache or Path(os.environ.get("NLP_CACHE_DIR") or DEFAULT_CACHE)) / NAME
    mark = _mark()
    found = _read(path, mark)
    if found is None:
        found = _build()
        _write(path, mark, *found)
    return found


def _mark() -> bytes:
    """Return a line that names what a table was built from."""
    own = hashlib.sha256(USER_DICTIONARY.read_bytes()).hexdigest()
    return f"words 1 jieba {importlib.metadata.version('jieba')} own {own}".encode()


def _read(path: Path, mark: bytes) -> tuple[Counts, int] | None:
    """Return the table of a file: mark, total and digest on a line, words on a line, counts."""
    try:
        content = path.read_bytes()
        head, words, counts = content.split(b"\n", 2)
        total, digest = head.removeprefix(mark).split()
        whole = hashlib.sha256(words + counts).hexdigest() == digest.decode()
        if not whole or not head.startswith(mark):
            return None
        values = array("I", counts)
        if sys.byteorder == "big":
            values.byteswap()
        # No word of a dictionary holds a tab.
        return dict(zip(words.decode().split("\t"), values, strict=True)), int(total)
    except (OSError, ValueError):
        return None


def _write(path: Path, mark: bytes, table: Counts, total: int) -> None:
    """Write the file whole or not at all; a read-only installation does without."""
    values = array("I", table.values())
    if sys.byteorder == "big":
        values.byteswap()
    words, counts = "\t".join(table).encode(), values.tobytes()
    digest = hashlib.sha256(words + counts).hexdigest()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(b"\n".join((mark + f" {total} {digest}".encode(), words, counts)))
        Path(name).replace(path)
    except OSError:
        logging.getLogger(__name__).warning("the prepared dictionary cannot be kept")


def _build() -> tuple[Counts, int]:
    """Let jieba read its dictionary and our additions."""
    tokenizer = import_jieba().Tokenizer()
    # An existing folder in which jieba finds no table of its own, and may leave none.
    with tempfile.TemporaryDirectory() as empty:
        tokenizer.tmp_dir = empty
        tokenizer.initialize()
    for line in USER_DICTIONARY.read_text(encoding="utf-8").splitlines():
        word, count, _part = line.split()
        tokenizer.add_word(word, int(count))
    return tokenizer.FREQ, tokenizer.total


def import_jieba() -> Any:
    """Import jieba without `pkg_resources`, which it wants only to open one file.

    That import takes four times as long as all of jieba and warns that it is deprecated; jieba
    opens the file by its path where it is missing.
    """
    absent = "pkg_resources" not in sys.modules
    if absent:
        sys.modules["pkg_resources"] = None  # type: ignore[assignment]  # how Python marks 'absent'
    try:
        jieba = importlib.import_module("jieba")
    finally:
        if absent:
            del sys.modules["pkg_resources"]
    jieba.setLogLevel(logging.ERROR)
    return jieba
