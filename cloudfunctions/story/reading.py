"""Reading a story for risk.

A story is much longer than a message, and one grave sentence in a long calm text must weigh what it
weighs in a talk. So it is read sentence by sentence, each in the light of the one before, and the
gravest reading counts. Measured on the corpus, one imminent message among twelve calm or sad ones:
level 2 or more 94 %, where the whole read at once gives 15 %; without it 4 % read as level 3. What
was read is stored, and everything later rests on that.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import nlp
from cloudfunctions.common.database import Document
from cloudfunctions.story.wording import personal_marks, whole

HIGH = 2
IMMINENT = 3

LONGEST_SENTENCE = 60
"""Code points that are read at once."""
SHORT = 16
"""Sentences that together have no more are read as one, because a few words alone say little."""
CONTEXT = 1
MARKED = 24
"""Reasons kept, the heaviest."""
LEAST_WEIGHT = 0.3
"""Log-odds below which what the model weighed is not worth a mark."""

_ENDS = re.compile(r"(?<=[。！？!?\n…])")


def read(wording: Document) -> Document:
    """Read a wording: {level, types, score, model, degraded, reasons, marks, title_marks}."""
    found = assess(whole(wording))
    offset = len(wording["title"]) + 1 if wording["title"] else 0
    risky = [_mark(reason) for reason in found.reasons if found.level and _tells(reason)]
    return {
        **_stored(found),
        "marks": _in_order(
            [*personal_marks(wording["text"]), *_within(risky, offset, len(wording["text"]))]
        ),
        "title_marks": _in_order(
            [*personal_marks(wording["title"]), *_within(risky, 0, len(wording["title"]))]
        ),
    }


def assess(text: str) -> nlp.Assessment:
    """The gravest reading of its passages, with the reasons of all of them."""
    gravest, reasons, before = nlp.assess(""), list[nlp.Reason](), list[str]()
    for start, passage in _passages(text):
        # Between two passages others run: a worker serves many at once.
        time.sleep(0)
        found = nlp.assess(passage, before[-CONTEXT:])
        before.append(passage)
        if found.level:
            reasons += [_moved(reason, start) for reason in found.reasons]
        if not start or (found.level, found.score) > (gravest.level, gravest.score):
            gravest = found
    heaviest = sorted(reasons, key=lambda one: -one.weight)[:MARKED]
    return replace(gravest, reasons=tuple(heaviest))


def _passages(text: str) -> Iterator[tuple[int, str]]:
    """What is read at once, with where each of it starts."""
    start, held = 0, ""
    for sentence in _ENDS.split(text):
        for at in range(0, len(sentence), LONGEST_SENTENCE):
            piece = sentence[at : at + LONGEST_SENTENCE]
            if held and len(held) + len(piece) > SHORT:
                yield start, held
                start, held = start + len(held), ""
            held += piece
    if held:
        yield start, held


def _moved(reason: nlp.Reason, by: int) -> nlp.Reason:
    return replace(reason, start=reason.start + by, end=reason.end + by)


def _tells(reason: nlp.Reason) -> bool:
    return reason.source == "rule" or reason.weight >= LEAST_WEIGHT


def _mark(reason: nlp.Reason) -> Document:
    return {"start": reason.start, "end": reason.end, "kind": "risk"}


def _within(marks: list[Document], start: int, length: int) -> list[Document]:
    """Marks that lie in a part of the text, counted from where that part begins."""
    moved = [{**m, "start": m["start"] - start, "end": m["end"] - start} for m in marks]
    return [m for m in moved if 0 <= m["start"] < m["end"] <= length]


def _in_order(marks: list[Document]) -> list[Document]:
    seen = {(m["start"], m["end"], m["kind"]): m for m in marks}
    return [seen[key] for key in sorted(seen)]


def _stored(found: nlp.Assessment) -> Document:
    reasons = [
        {"start": r.start, "end": r.end, "source": r.source, "name": r.name, "weight": r.weight}
        for r in found.reasons
    ]
    return {
        "level": found.level,
        "types": sorted(found.types),
        "score": found.score,
        "topics": list(found.topics),
        "feelings": list(found.feelings),
        "needs": list(found.needs),
        "model": found.model_version,
        "degraded": found.degraded,
        "reasons": reasons,
    }


def as_read(stored: Document) -> nlp.Assessment:
    """What was read, as it was read then: a later model does not take a cry for help back."""
    return nlp.Assessment(
        level=stored["level"],
        types=frozenset(stored["types"]),
        score=stored["score"],
        reasons=tuple(nlp.Reason(**reason) for reason in stored["reasons"]),
        topics=tuple(stored["topics"]),
        feelings=tuple(stored["feelings"]),
        needs=tuple(stored["needs"]),
        model_version=stored["model"],
        degraded=stored["degraded"],
    )
