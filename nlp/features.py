"""What the model sees of a message: words, characters and concepts.

Training and reading share these functions, so the two can never differ. There are three blocks of
features: `w` words 1–2, `c` characters 1–4, `k` concepts and their pairs.
Digits count as 0, so that a number never seen is as good as one that was.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Final

from nlp.segment import Segmenter

BLOCKS: Final = ("w", "c", "k")
LONGEST: Final = 4
_BEGIN, _END = "\x02", "\x03"
FLAT: Final = str.maketrans(
    {
        **{str(digit): "0" for digit in range(10)},
        "\n": " ",
        "，": ",",
        "。": ".",
        "！": "!",
        "？": "?",
    }
)


def flatten(normalised: str) -> str:
    """Return the text the features are taken from: the same length, digits and marks levelled."""
    return normalised.translate(FLAT)


def _read_concepts() -> dict[str, tuple[tuple[str, str], ...]]:
    """Map the first character of each concept word to (word, concept), longest word first."""
    table: dict[str, list[tuple[str, str]]] = {}
    path = Path(__file__).parent / "lexicon" / "concepts.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, _, words = line.partition(":")
        for word in words.split():
            table.setdefault(word[0], []).append((word, name))
    return {head: tuple(sorted(set(entries))) for head, entries in table.items()}


_CONCEPTS: Final = _read_concepts()


def find_concepts(flat: str) -> dict[str, tuple[int, int]]:
    """Return each concept met, with the span of its first word."""
    found: dict[str, tuple[int, int]] = {}
    for at, character in enumerate(flat):
        for word, name in _CONCEPTS.get(character, ()):
            if name not in found and flat.startswith(word, at):
                found[name] = (at, at + len(word))
    return found


def word_features(words: list[str]) -> list[str]:
    """Return single words and pairs of neighbours, white space left out."""
    plain = [word for word in words if word != " "]
    after = [*plain, _END]
    return plain + [f"{one} {two}" for one, two in zip((_BEGIN, *plain), after, strict=True)]


def character_features(flat: str) -> list[str]:
    """Return every run of one to four characters, the two ends of the message marked."""
    text = f"{_BEGIN}{flat}{_END}"
    size = len(text)
    found = list(text)
    for width in range(2, LONGEST + 1):
        found += [text[at : at + width] for at in range(size - width + 1)]
    return found


def concept_features(concepts: Iterable[str]) -> list[str]:
    """Return each concept and each pair of concepts."""
    names = sorted(concepts)
    return names + [f"{one}+{other}" for one, other in combinations(names, 2)]


def blocks(flat: str, segmenter: Segmenter) -> tuple[list[str], list[str], list[str]]:
    """Return the features of one flattened text, block by block (`BLOCKS`), with repeats."""
    return (
        word_features(segmenter.cut(flat)),
        character_features(flat),
        concept_features(find_concepts(flat)),
    )


def locate(
    block: str, name: str, flat: str, concepts: dict[str, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return where a feature first stands in the flattened text, for showing it as a reason.

    `concepts` are those of the same text, as `find_concepts` gives them.
    """
    if block == "k":
        spans = [concepts[part] for part in name.split("+") if part in concepts]
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else None
    parts = name.split(" ") if block == "w" else [name]
    plain = "".join(parts).strip(_BEGIN + _END)
    at = flat.find(plain)
    return (at, at + len(plain)) if plain.strip() and at >= 0 else None


def plain(name: str) -> str:
    """Return a feature's name (its block before it) as people may read it."""
    return name[1:].replace(_BEGIN, "").replace(_END, "").strip()
