"""What a letter of the outbox is, and how WeChat's templates are filled.

A letter goes by `way`: WeChat, or without one the address of the deployment (`NOTIFY_URL`). Each
way has its own mark of when something is due, so that one that hangs keeps no other back.

A template is set as its id, or as `id:name,name` where its fields are not called thing1 and time2:
their names are given by the platform and tell what they take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone

from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document

WECHAT = "wechat"
DUE = {"": "outbox_at", WECHAT: "wechat_at"}
"""By way, the field of a talk that tells when its next letter is due."""

FIELDS = ("thing1", "time2")
CHINA = timezone(timedelta(hours=8))
LONGEST_THING = 20
LONGEST_PHRASE = 5


def is_live(letter: Document) -> bool:
    """Whether it is still to be delivered without anybody's doing."""
    return "dead_at" not in letter


def is_dead(letter: Document) -> bool:
    """Whether it was given up and nobody has set it aside."""
    return "dead_at" in letter and "closed_at" not in letter


def way_of(letter: Document) -> str:
    """'' for the deployment's own address, 'wechat' for WeChat."""
    return str(letter.get("way", ""))


def with_times(letters: Sequence[Document]) -> Document:
    """Fields of a talk that holds these letters."""
    due: Document = {
        name: min(_times(letters, "next_try", _live_by(way)), default=None)
        for way, name in DUE.items()
    }
    dead_at = max(_times(letters, "dead_at", is_dead), default=None)
    return {"outbox": list(letters), **due, "dead_at": dead_at}


def _live_by(way: str) -> Callable[[Document], bool]:
    return lambda letter: is_live(letter) and way_of(letter) == way


def _times(
    letters: Iterable[Document], name: str, wanted: Callable[[Document], bool]
) -> Iterable[int]:
    return (int(one[name]) for one in letters if wanted(one))


def template_id(setting: str) -> str:
    """The id in a setting."""
    return setting.partition(":")[0]


def data_for(setting: str, words: str, now: int) -> dict[str, str]:
    """Fill a template: the same words in every field of words, the time in those of time."""
    names = setting.partition(":")[2].split(",") if ":" in setting else FIELDS
    at = datetime.fromtimestamp(now / SECOND, CHINA)
    return {name: _value(name, words, at) for name in names}


def _value(name: str, words: str, at: datetime) -> str:
    if name.startswith(("time", "date")):
        return at.strftime("%Y-%m-%d %H:%M")
    return words[: LONGEST_PHRASE if name.startswith("phrase") else LONGEST_THING]
