"""What was already said in this talk, as far as the next answer depends on it."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues
from .library import QUESTION, library
from .talk import Turn

# Openings of the last answers that the next one should not begin with again.
RECENT = 6
TOLD = 8  # teen messages whose words an answer may build on
NEAR = 4  # teen messages in which the person spoken of is still the same
RISKY = 6  # messages that raised the risk, kept for what they told of
HIGH = 2
_WOMEN = ("她", "妈", "奶奶", "外婆", "姥姥", "姐", "妹", "闺蜜", "女生", "女孩", "女朋友")
_MEN = ("他", "爸", "爷", "外公", "姥爷", "哥", "弟", "男生", "男孩", "男朋友")
JOIN = "+"


@dataclass(frozen=True)
class Memory:
    """A digest of the history.

    `earlier` are the teen's last messages and `risky` those that raised the risk, newest last;
    `worst` and `near` are the highest levels of the whole talk and of its last messages;
    `since_risk` counts the teen messages since the last level ≥ 2, 0 when there was none.
    """

    seed: int
    teen_turns: int
    exchanges: int
    used: Counter[str]
    said: frozenset[str]
    recent: tuple[Turn, ...]
    worst: int
    near: int
    earlier: tuple[str, ...]
    risky: tuple[str, ...]
    since_risk: int
    told_stop: bool
    friend_before: bool
    her: bool

    @property
    def openings(self) -> frozenset[str]:
        return frozenset(turn.text[:2] for turn in self.recent)

    def lately(self, name: str, last: int) -> bool:
        """Whether one of the last answers used a line whose id begins with `name`."""
        if last <= 0:
            return False
        return any(
            part.startswith(name)
            for turn in self.recent[-last:]
            for part in (turn.line or "").split(JOIN)
        )

    def asked_in_last(self, last: int) -> bool:
        """Whether each of the last answers ended in a question."""
        tail = self.recent[-last:]
        return len(tail) == last and all(QUESTION in turn.text for turn in tail)


def remember(history: Sequence[Turn], text: str) -> Memory:
    """Digest the turns before the current message `text`.

    The seed is a checksum of the talk's own content: the same talk always gets the
    same answer, which is what lets a supervisor replay it.
    """
    teen = [turn for turn in history if turn.speaker == "teen"]
    ours = [turn for turn in history if turn.speaker == "ai"]
    risky = [place for place, turn in enumerate(teen) if turn.level >= HIGH]
    seed = zlib.crc32(text.encode(), len(history))
    for turn in history[-4:]:
        seed = zlib.crc32(turn.text.encode(), seed)
    return Memory(
        seed=seed,
        teen_turns=len(teen),
        exchanges=_exchanges(history),
        used=_used(ours),
        said=frozenset(turn.text for turn in ours),
        recent=tuple(ours[-RECENT:]),
        worst=max((turn.level for turn in teen), default=0),
        near=max((turn.level for turn in teen[-NEAR:]), default=0),
        earlier=tuple(cues.plain(turn.text) for turn in teen[-TOLD:]),
        risky=tuple(cues.plain(teen[place].text) for place in risky[-RISKY:]),
        since_risk=len(teen) - risky[-1] if risky else 0,
        told_stop=_told_stop(ours),
        friend_before=_friend_before([cues.plain(turn.text) for turn in teen]),
        her=_speaks_of_her([*(turn.text for turn in teen[-NEAR:]), text]),
    )


def _used(ours: Sequence[Turn]) -> Counter[str]:
    """How often each line was used; a turn stored without its id is found by its text."""
    texts = library().by_text
    used: Counter[str] = Counter()
    for turn in ours:
        line = turn.line or texts.get(turn.text)
        if line:
            used.update(line.split(JOIN))
    return used


def _exchanges(history: Sequence[Turn]) -> int:
    """Times that the teen spoke and was answered."""
    count, spoke = 0, False
    for turn in history:
        if turn.speaker == "teen":
            spoke = True
        elif spoke and turn.speaker in ("ai", "person"):
            count, spoke = count + 1, False
    return count


def _friend_before(said: Sequence[str]) -> bool:
    """Whether one of the last messages told of somebody else's danger."""
    first = max(0, len(said) - 2 * NEAR)
    return any(
        cues.about_a_friend(said[place], "\n".join(said[max(0, place - NEAR) : place]))
        for place in range(first, len(said))
    )


def _told_stop(ours: Sequence[Turn]) -> bool:
    """Whether the teen asked a few answers ago not to be questioned."""
    return any((turn.line or "").startswith("stop_asking") for turn in ours[-RECENT:])


def _speaks_of_her(texts: Sequence[str]) -> bool:
    """Whether the person last spoken of is a 她, so that an answer does not say 他."""
    for text in reversed(texts):
        said = text.replace("他们", "").replace("其他", "")
        if any(word in said for word in _MEN):
            return False
        if any(word in said for word in _WOMEN):
            return True
    return False
