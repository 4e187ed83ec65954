"""Cut a message into words with jieba and our own additions to its dictionary.

The hidden-Markov guess of unknown words is off: without it the cut took well under half the time
and needs no second table. What the guess would add to recall was not measured. jieba keeps a cache
of its dictionary in marshal format; it is written only to our own folder (`NLP_CACHE_DIR`), never
to the shared temporary folder, where somebody else could put a file in its place.
"""

from __future__ import annotations

import importlib
import logging
import math
import os
import re
import string
import sys
from pathlib import Path
from typing import Any, Final

_HERE = Path(__file__).parent
USER_DICTIONARY: Final = _HERE / "lexicon" / "user_dict.txt"
DEFAULT_CACHE: Final = _HERE / "models" / ".cache"

# jieba looks for words inside such runs; whatever else there is stands alone.
_BLOCK: Final = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+|\r\n|.", re.DOTALL)
_LETTERS: Final = frozenset(string.ascii_letters + string.digits)


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

        self._counts: dict[str, int] = self._tokenizer.FREQ
        self._total = math.log(self._tokenizer.total)
        self._weights: dict[str, float] = {}

    def cut(self, text: str) -> list[str]:
        """Return the words of `text` in order; joined they give `text` again.

        The words are those of jieba's own `lcut(text, HMM=False)` (a test compares them): the path
        of greatest probability through its dictionary, with the logarithms remembered, which makes
        it three times as fast.
        """
        words: list[str] = []
        for match in _BLOCK.finditer(text):
            block = match.group()
            if len(block) == 1:
                words.append(block)
            else:
                self._cut_block(block, words)
        return words

    def _cut_block(self, block: str, words: list[str]) -> None:
        """Append the words of a block without spaces and marks."""
        counts, weights, size = self._counts, self._weights, len(block)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            end, top, stop = start + 1, -math.inf, start + 1
            piece = block[start]
            while piece in counts:
                if counts[piece]:
                    weight = weights.get(piece)
                    if weight is None:
                        weight = weights[piece] = math.log(counts[piece]) - self._total
                    if weight + best[stop] >= top:
                        top, end = weight + best[stop], stop
                if stop == size:
                    break
                stop += 1
                piece = block[start:stop]
            best[start] = top if top > -math.inf else best[start + 1] - self._total
            ends[start] = end
        _follow(block, ends, words)


def _follow(block: str, ends: list[int], words: list[str]) -> None:
    """Append the words of the best path; single letters and digits in a row are one word."""
    at, letters = 0, ""
    while at < len(block):
        word = block[at : ends[at]]
        at = ends[at]
        if len(word) == 1 and word in _LETTERS:
            letters += word
            continue
        if letters:
            words.append(letters)
            letters = ""
        words.append(word)
    if letters:
        words.append(letters)
