"""The people of a load day: each does one step when it is due and says when the next one is.

Teens enter, write, ask for a person, look once a minute and answer who writes to them. Staff look
every 45 seconds, answer, close what has lasted long enough, hand some talks over and take the next
one while they have room. All of it goes through HTTP. Times are minutes of the day.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cloudfunctions.account.presence import LIMIT
from cloudfunctions.chat.holding import WEIGHT
from tests.bench.load_plan import PlannedShift, PlannedTalk
from tests.bench.wire import Answer, Wire
from tests.support.people import new_cid

LOOKS, WORKS = 1.0, 0.75
"""Minutes between two looks of a teen, and of a member of the staff."""
WRITES_ALONE = 4
"""Messages that a teen who waits writes to the AI at most."""
LAST_CLAIM = 15.0
"""Minutes before the end of a shift after which nobody takes a new talk."""


@dataclass
class Wait:
    """One time of waiting for a person; `until` is None where nobody came."""

    talk: str
    level: int
    since: float
    first: bool
    until: float | None = None
    left: bool = False


@dataclass
class Held:
    """A talk in somebody's hands, in seconds of real time: the claim's answer to the release."""

    by: str
    begins: float
    ends: float | None = None


@dataclass
class Talk:
    """What the day knows of one talk."""

    plan: PlannedTalk
    token: str = ""
    level: int = 0
    acknowledged: list[str] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    holds: list[Held] = field(default_factory=list)

    def wait(self, talk: str, now: float) -> None:
        """The teen waits from now on, unless they do already or somebody has just come."""
        if self.holds and self.holds[-1].ends is None:
            return
        if not self.waits or self.waits[-1].until is not None:
            self.waits.append(Wait(talk, self.level, now, not self.waits))


class Day:
    """What everybody shares: the service, the talks by id, and the count of what went wrong."""

    def __init__(self, wire: Wire, calm: list[str], seed: int) -> None:
        self.wire = wire
        self.calm = calm
        self.chance = random.Random(seed)
        self.talks: dict[str, Talk] = {}
        self.answers: Counter[tuple[str, int, str]] = Counter()
        self.seconds: dict[str, list[float]] = {}
        self.overruns: list[str] = []
        self.on_duty = 0
        self._lock = threading.Lock()

    def call(self, token: str, action: str, **body: Any) -> Answer:
        """Call, and count how it was answered."""
        answer = self.wire.call(token, action, **body)
        code = "" if answer.good else str(answer.data.get("code", ""))
        with self._lock:
            self.answers[action, answer.status, code] += 1
            self.seconds.setdefault(action, []).append(answer.seconds)
        return answer

    def duty(self, change: int) -> None:
        """Somebody comes on duty or goes."""
        with self._lock:
            self.on_duty += change

    def waiting(self) -> int:
        """How many teens wait now."""
        waits = [one.waits[-1] for one in list(self.talks.values()) if one.waits]
        return sum(one.until is None and not one.left for one in waits)


Step = Callable[[float], float | None]
"""Does what is due at this minute; answers with the minute of the next step, None at the end."""


class TeenToday:
    """A teen, from the first word to the end of the talk."""

    def __init__(self, day: Day, plan: PlannedTalk) -> None:
        self._day, self._plan = day, plan
        self._talk = Talk(plan)
        self._id = ""
        self._after = 0
        self._alone = 0
        self.step: Step = self._come

    def _come(self, now: float) -> float | None:
        signed_in = self._day.call("", "account.sign_in", device=secrets.token_urlsafe(32))
        if not signed_in.good:
            return now + 1
        self._talk.token = signed_in.data["token"]
        entered = self._day.call(self._talk.token, "chat.enter")
        if not entered.good:
            return now + 1
        self._id = entered.data["conversation"]["id"]
        self._day.talks[self._id] = self._talk
        self._talk.level = self._plan.level
        self._say(self._plan.opening, now)
        self.step = self._ask
        return now + self._day.chance.uniform(0.7, 2)

    def _say(self, text: str, now: float) -> None:
        """Say something; what failed is sent again under the same cid, as the client does."""
        body = {"conversation": self._id, "cid": new_cid(), "text": text, "after": self._after}
        for _ in range(5):
            answer = self._day.call(self._talk.token, "chat.send", **body)
            if answer.good:
                self._talk.acknowledged.append(body["cid"])  # type: ignore[arg-type]
                self._heard(answer, now)
                return
            if answer.status not in (0, 503):
                return
            time.sleep(0.2)

    def _heard(self, answer: Answer, now: float) -> str:
        """Note what an answer tells; returns who spoke last."""
        conversation = answer.data["conversation"]
        self._after = conversation["seq"]
        if conversation["waiting"] is not None:
            self._talk.wait(self._id, now)
        told = [one for one in answer.data["messages"] if one["from"] != "system"]
        return str(told[-1]["from"]) if told else ""

    def _ask(self, now: float) -> float | None:
        self._say(self._day.chance.choice(self._day.calm), now)
        answer = self._day.call(self._talk.token, "chat.ask_person", conversation=self._id)
        if not answer.good:
            return now + 1
        self._heard(answer, now)
        self.step = self._look
        return now + LOOKS

    def _look(self, now: float) -> float | None:
        body = {"conversation": self._id, "after": self._after}
        answer = self._day.call(self._talk.token, "chat.poll", **body)
        if not answer.good:
            return now + LOOKS
        last = self._heard(answer, now)
        if answer.data["conversation"]["state"] == "closed":
            return None
        if answer.data["conversation"]["speaker"] != "ai":
            if last in ("listener", "counsellor"):
                self._say(self._day.chance.choice(self._day.calm), now)
            return now + LOOKS * self._day.chance.uniform(0.8, 1.6)
        return self._wait(now)

    def _wait(self, now: float) -> float | None:
        wait = self._talk.waits[-1] if self._talk.waits else None
        if wait is not None and wait.until is None and now - wait.since > self._plan.patience:
            wait.left = self._day.call(
                self._talk.token, "chat.leave", conversation=self._id, after=self._after
            ).good
            return None if wait.left else now + LOOKS
        if self._alone < WRITES_ALONE and self._day.chance.random() < 0.25:
            self._alone += 1
            self._say(self._day.chance.choice(self._day.calm), now)
        return now + LOOKS


@dataclass
class InHand:
    """A talk as its holder keeps it in mind."""

    until: float
    hand_over_at: float | None
    level: int
    after: int = 0
    hold: Held | None = None


class StaffToday:
    """A shift of a listener or counsellor."""

    def __init__(self, day: Day, plan: PlannedShift, token: str, member: str) -> None:
        self._day, self._plan = day, plan
        self._token, self._member = token, member
        self._hands: dict[str, InHand] = {}
        self._turn = 0
        self._heavier = False
        self.step: Step = self._begin

    def _begin(self, now: float) -> float | None:
        if not self._day.call(self._token, "desk.status", status="available").good:
            return now + WORKS
        self._day.duty(1)
        self.step = self._work
        return self._work(now)

    def _work(self, now: float) -> float | None:
        if self._plan.vanishes_at is not None and now >= self._plan.vanishes_at:
            self._vanish(now)
            return None
        if now >= self._plan.ends:
            return self._end(now)
        opened = self._next_opened()
        body = {"conversation": opened, "after": self._hands[opened].after} if opened else {}
        answer = self._day.call(self._token, "desk.poll", **body)
        if not answer.good:
            return now + WORKS / 2
        self._look_over(answer.data)
        if opened in self._hands and answer.data["conversation"] is not None:
            self._answer_teen(opened, answer.data)
        for talk in [one for one in self._hands if self._hands[one].until <= now]:
            self._close(talk)
        for talk, hand in list(self._hands.items()):
            if hand.hand_over_at is not None and hand.hand_over_at <= now:
                self._hand_over(talk, hand, now)
        if now < self._plan.ends - LAST_CLAIM:
            self._take(answer.data, now)
        return now + WORKS

    def _next_opened(self) -> str:
        """Open one talk after the other."""
        self._turn += 1
        held = list(self._hands)
        return held[self._turn % len(held)] if held else ""

    def _look_over(self, desk: dict[str, Any]) -> None:
        """Compare the desk with what is in mind: what is gone, and how much is carried."""
        shown = {one["id"]: one for one in desk["talks"]}
        for talk in [one for one in self._hands if one not in shown]:
            self._let_go(talk)
        levels = {talk: one["level"] for talk, one in shown.items() if talk in self._hands}
        self._heavier = any(levels[talk] > self._hands[talk].level for talk in levels)
        me = desk["me"]
        if me["load"] > me["limit"] and me["talks"] > 1 and not self._heavier:
            self._day.overruns.append(f"{self._member}: {me['load']} of {me['limit']}")

    def _answer_teen(self, talk: str, desk: dict[str, Any]) -> None:
        messages = desk["messages"]
        hand = self._hands[talk]
        hand.after = desk["conversation"]["seq"]
        told = [one["from"] for one in messages if one["from"] != "system"]
        if not told or told[-1] != "teen":
            return
        body = {"conversation": talk, "cid": new_cid(), "text": "我在听，你接着说，不急。"}
        answer = self._day.call(self._token, "desk.send", **body, after=hand.after)
        if answer.good:
            self._day.talks[talk].acknowledged.append(body["cid"])
            hand.after = answer.data["conversation"]["seq"]

    def _close(self, talk: str) -> None:
        level = self._hands[talk].level
        form = {"risk": "AACD"[level], "follow_up_days": 3 if level > 1 else None}
        asked = time.monotonic()
        answer = self._day.call(self._token, "desk.close", conversation=talk, form=form)
        if answer.good:
            self._let_go(talk, asked)

    def _hand_over(self, talk: str, hand: InHand, now: float) -> None:
        hand.hand_over_at = None
        tier = "counsellor" if hand.level > 1 or self._plan.role == "counsellor" else "listener"
        body = {"conversation": talk, "tier": tier, "note": "前面都聊过了，看卡片。"}
        asked = time.monotonic()
        if self._day.call(self._token, "desk.hand_over", **body).good:
            self._let_go(talk, asked)
            self._day.talks[talk].wait(talk, now)

    def _take(self, desk: dict[str, Any], now: float) -> None:
        """Take the next talk while somebody waits for whom there is room."""
        load = desk["me"]["load"]
        for head in desk["queue"]["heads"]:
            weight = WEIGHT[head["level"]]
            if load and load + weight > LIMIT[self._plan.role]:
                continue
            answer = self._day.call(self._token, "desk.next")
            if not answer.good or answer.data["conversation"] is None:
                return
            load += self._taken(answer.data["conversation"], now)

    def _taken(self, conversation: dict[str, Any], now: float) -> int:
        talk = self._day.talks[conversation["id"]]
        hold = Held(self._member, time.monotonic())
        talk.holds.append(hold)
        talk.level = conversation["level"]
        if talk.waits and talk.waits[-1].until is None:
            talk.waits[-1].until = now
            talk.waits[-1].level = conversation["level"]
        left = bool(talk.waits and talk.waits[-1].left)
        again = len(talk.holds) > 1
        self._hands[conversation["id"]] = InHand(
            until=now + (5 if left else talk.plan.length),
            hand_over_at=now + 8 if talk.plan.handed_over and not again else None,
            level=conversation["level"],
            hold=hold,
        )
        return WEIGHT[conversation["level"]]

    def _let_go(self, talk: str, at: float | None = None) -> None:
        hold = self._hands.pop(talk).hold
        if hold is not None:
            hold.ends = time.monotonic() if at is None else at

    def _vanish(self, now: float) -> None:
        """No call any more; what was in hand waits from here, though the lease holds a while."""
        for talk in list(self._hands):
            self._let_go(talk)
            self._day.talks[talk].wait(talk, now)
        self._day.duty(-1)

    def _end(self, now: float) -> float | None:
        asked = time.monotonic()
        if not self._day.call(self._token, "desk.end_shift", note="我下班了").good:
            return now + WORKS / 2
        for talk in list(self._hands):
            self._let_go(talk, asked)
            self._day.talks[talk].wait(talk, now)
        self._day.duty(-1)
        return None
