"""The held talks as pages to read: `python -m tests.safety.transcripts [FOLDER]`.

The pages are kept in the repository, so that a change of one line of an answer, or of the reader,
shows in review as what a teen would have read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.safety.talks import Exchange, hold, talks

FOLDER = Path(__file__).with_name("transcripts")
HEAD = "Written by `python -m tests.safety.transcripts`; do not edit.\n"


def pages() -> dict[str, str]:
    """File name → page, for every talk."""
    return {f"{talk.name}.md": _page(talk.name, hold(talk)) for talk in talks()}


def regenerate(folder: Path = FOLDER) -> int:
    """Write all pages into `folder`, and remove those of talks that are gone; their count."""
    folder.mkdir(parents=True, exist_ok=True)
    found = pages()
    for path in folder.glob("*.md"):
        if path.name not in found:
            path.unlink()
    for name, page in found.items():
        (folder / name).write_text(page, encoding="utf-8")
    return len(found)


def _page(name: str, exchanges: list[Exchange]) -> str:
    title = name.replace("_", " ").capitalize()
    return "\n".join([f"# {title}\n", HEAD, *(_entry(exchange) for exchange in exchanges)])


def _entry(exchange: Exchange) -> str:
    return (
        f"**孩子** {exchange.message.text}\n\n{_understood(exchange)}\n\n**喵** {exchange.text}\n"
    )


def _understood(exchange: Exchange) -> str:
    """The level and the types, what the answer did beside speaking, and the lines it is made of."""
    found = exchange.assessment
    told = [f"level {found.level}", *sorted(found.types)]
    if exchange.kind == "safety_card":
        told.append("safety card")
    if exchange.calls_person:
        told.append("calls a person")
    return f"<sub>{' · '.join(told)} · {exchange.line}</sub>"


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    print(f"{regenerate(where)} talks written")
