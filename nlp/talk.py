"""Converse with the reader and the planner in a terminal: `python -m nlp talk`.

What is typed is read and answered as the service would while no person is free, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import nlp
from nlp import labels, reply
from nlp.context import EARLIER
from nlp.reply import Turn


def converse(said: Iterable[str], show: Callable[[str], None]) -> list[Turn]:
    """Answer each message of `said`, showing every reading and answer; returns the whole talk."""
    turns: list[Turn] = []
    waiting = False
    for words in reply.opening(False, "terminal"):
        turns.append(Turn("ai", words))
        show(f"喵  {words}")
    for text in said:
        earlier = [turn.text for turn in turns if turn.speaker == "teen"][-EARLIER:]
        found = nlp.assess(text, earlier)
        given = reply.plan(text, found, turns, waiting=waiting)
        waiting = waiting or given.calls_person
        turns += [
            Turn("teen", text, None, found.level),
            Turn("ai", given.text, given.line, found.level),
        ]
        told = [f"{found.level} {labels.LEVELS[found.level]}", *sorted(found.types)]
        told += [*found.topics, *found.feelings, given.move]
        told += ["safety card"] if given.kind == "safety_card" else []
        told += ["calls a person"] if given.calls_person else []
        show(f"    [{' · '.join(told)}]")
        show(f"喵  {given.text}")
    return turns


def typed() -> Iterable[str]:
    """Yield what is typed, line by line, until Ctrl-D or an empty line."""
    while True:
        try:
            text = input("你  ")
        except EOFError:
            return
        if not text.strip():
            return
        yield text
