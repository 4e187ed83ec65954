"""Cut a message into words with jieba and our own additions to its dictionary.

The hidden-Markov guess of unknown words is off: it made no difference to what the model finds, and
without it the cut is twice as fast and the same on every machine. jieba keeps a cache of its
dictionary in marshal format; it is written only to our own folder (`NLP_CACHE_DIR`), never to the
shared temporary folder, where somebody else could put a file in its place.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

_HERE = Path(__file__).parent
USER_DICTIONARY: Final = _HERE / "lexicon" / "user_dict.txt"
DEFAULT_CACHE: Final = _HERE / "models" / ".cache"


def _import_jieba() -> Any:
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


class Segmenter:
    """A loaded dictionary; read-only after construction."""

    def __init__(self, cache: Path | None = None) -> None:
        """Load dictionary and additions (about half a second, less from the cache)."""
        folder = cache or Path(os.environ.get("NLP_CACHE_DIR") or DEFAULT_CACHE)
        self._tokenizer = _import_jieba().Tokenizer()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tokenizer.tmp_dir = str(folder)
        except OSError:
            # A read-only installation has no cache; jieba then reads its dictionary each time.
            self._tokenizer.tmp_dir = str(_HERE)
        self._tokenizer.initialize()
        for line in USER_DICTIONARY.read_text(encoding="utf-8").splitlines():
            word, count, _part = line.split()
            self._tokenizer.add_word(word, int(count))

    def cut(self, text: str) -> list[str]:
        """Return the words of `text` in order; joined they give `text` again."""
        words: list[str] = self._tokenizer.lcut(text, HMM=False)
        return words
