"""What a load day came to, as a Markdown table and as a picture."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.bench.load_people import Day, Talk, Wait
from tests.bench.load_plan import DAY, STARTS_AT, SURGE, Plan
from tests.bench.wire import percentile

NAMES = {0: "0 calm", 1: "1 low", 2: "2 grave", 3: "3 imminent"}
COLOURS = {0: "#86b6ef", 1: "#3987e5", 2: "#e0831f", 3: "#c0262d"}
EXPECTED = {("desk.next", 409, "conflict")}
"""Refusals that belong to the game: there was no room for the next talk."""


@dataclass
class Sample:
    """One look at the whole: minute of the day, who waits, who is on duty."""

    at: float
    waiting: int
    on_duty: int


@dataclass
class Result:
    """Everything that the report tells."""

    command: str
    plan: Plan
    day: Day
    samples: list[Sample]
    seconds: float
    lost: list[str]
    doubled: list[str]

    @property
    def claimed_by_two(self) -> list[str]:
        """Talks that two members held at one time."""
        return [one for one, talk in self.day.talks.items() if _overlap(talk)]

    @property
    def errors(self) -> Counter[tuple[str, int, str]]:
        """Answers that were neither good nor part of the game."""
        answers = self.day.answers
        return Counter({k: n for k, n in answers.items() if k[1] != 200 and k not in EXPECTED})

    @property
    def sound(self) -> bool:
        """Whether nothing happened that must never happen."""
        return not (self.lost or self.doubled or self.claimed_by_two or self.day.overruns)


def _overlap(talk: Talk) -> bool:
    def ends(hold: Any) -> float:
        return math.inf if hold.ends is None else float(hold.ends)

    return any(
        one.begins < ends(other) and other.begins < ends(one)
        for one, other in combinations(talk.holds, 2)
    )


def markdown(result: Result) -> str:
    """The whole report."""
    return "\n".join([*_head(result), *_waits(result), *_sound(result), *_calls(result), ""])


def _head(result: Result) -> Iterable[str]:
    plan, people = result.plan, Counter(one.role for one in result.plan.shifts)
    hours = {
        role: sum(one.ends - one.begins for one in plan.shifts if one.role == role) / 60
        for role in people
    }
    gone = sum(one.vanishes_at is not None for one in plan.shifts)
    yield "# A load day"
    yield ""
    yield f"`{result.command}`"
    yield ""
    text = (
        "A day of 12,000 talks with 7,000 listeners and 100 counsellors, both sides at a share of "
        f"1/{1 / plan.share:.0f}: {len(plan.talks)} talks, {people['listener']} listeners' shifts "
        f"({hours['listener']:.0f} h, {hours['listener'] / 24:.1f} on duty on average) and "
        f"{people['counsellor']} counsellors' ({hours['counsellor']:.1f} h); {gone} of the staff "
        f"vanish. From {min(SURGE)} to {max(SURGE) + 1} o'clock half as many again come as the "
        "shifts were planned for. The clock of the service was held and moved on by steps of 15 s, "
        "so every time of its own was the true one, and a slow machine makes no wait longer; the "
        f"24 hours took {result.seconds:.0f} s, {DAY * 60 / result.seconds:.0f} times as fast. A "
        "small team is worse off than a large one with the same share of work (fewer people are "
        "free by chance), so these waits are longer than those of the whole service would be."
    )
    yield from textwrap.wrap(text, 100)
    yield ""


def _waits(result: Result) -> Iterable[str]:
    waits = [one for talk in result.day.talks.values() for one in talk.waits]
    first = [one for one in waits if one.first]
    groups = [(name, [one for one in first if one.level == level]) for level, name in NAMES.items()]
    groups.append(("all", first))
    groups.append(("again, after a hand-over or a loss", [one for one in waits if not one.first]))
    yield "Waits for a person, in simulated minutes:"
    yield ""
    yield "| risk | talks | served | p50 | p90 | p99 | longest | left before | waiting at the end |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, some in groups:
        yield _row(name, some)
    yield ""
    yield "![Waits by risk over the day](load_day.svg)"
    yield ""


def _row(name: str, waits: Sequence[Wait]) -> str:
    left = sum(one.left for one in waits)
    minutes = [one.until - one.since for one in waits if one.until is not None and not one.left]
    waiting = len(waits) - left - len(minutes)
    shares = [percentile(minutes, share) for share in (0.5, 0.9, 0.99, 1)]
    shown = " | ".join("–" if math.isnan(one) else f"{one:.1f}" for one in shares)
    return f"| {name} | {len(waits)} | {len(minutes)} | {shown} | {left} | {waiting} |"


def _sound(result: Result) -> Iterable[str]:
    day = result.day
    acknowledged = sum(len(talk.acknowledged) for talk in day.talks.values())
    claims = sum(len(talk.holds) for talk in day.talks.values())
    yield "| what must never happen | found | out of |"
    yield "|---|---|---|"
    yield f"| a talk held by two at a time | {len(result.claimed_by_two)} | {claims} claims |"
    yield f"| an acknowledged message lost | {len(result.lost)} | {acknowledged} messages |"
    yield f"| an acknowledged message doubled | {len(result.doubled)} | {acknowledged} messages |"
    polls = day.answers["desk.poll", 200, ""]
    yield f"| more carried than the limit | {len(day.overruns)} | {polls} looks at a desk |"
    yield ""
    yield "| answers that were not good | status | code | times |"
    yield "|---|---|---|---|"
    for (action, status, code), times in sorted(result.errors.items()):
        yield f"| {action} | {status} | {code} | {times} |"
    if not result.errors:
        yield "| none | | | 0 |"
    refused = sum(day.answers[one] for one in EXPECTED)
    yield f"| (desk.next, no room for the next talk: expected) | 409 | conflict | {refused} |"
    yield ""


def _calls(result: Result) -> Iterable[str]:
    yield "Real milliseconds of the calls, eight at a time on a machine with other work:"
    yield ""
    yield "| action | calls | p50 | p99 |"
    yield "|---|---|---|---|"
    for action, seconds in sorted(result.day.seconds.items()):
        p50, p99 = (percentile(seconds, share) * 1000 for share in (0.5, 0.99))
        yield f"| {action} | {len(seconds)} | {p50:.0f} | {p99:.0f} |"


def picture(result: Result, path: Path) -> None:
    """Draw the waits of the day by risk, and below them who waited and who was on duty."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "load day", "font.size": 9})
    from matplotlib import pyplot as plt

    figure, (above, below) = plt.subplots(
        2, 1, figsize=(9, 6), sharex=True, height_ratios=(3, 1.2), layout="constrained"
    )
    for axes in (above, below):
        axes.axvspan(min(SURGE), max(SURGE) + 1, color="#f1f0ec", zorder=0, linewidth=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#e4e3de", linewidth=0.6)
        axes.set_axisbelow(True)
    _draw_waits(above, result)
    _draw_people(below, result)
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)


def _hour(minute: float) -> float:
    return STARTS_AT + minute / 60


def _draw_waits(axes: Any, result: Result) -> None:
    waits = [one for talk in result.day.talks.values() for one in talk.waits if one.first]
    for level, name in NAMES.items():
        served = [one for one in waits if one.level == level and one.until and not one.left]
        left = [one for one in waits if one.level == level and one.left]
        minutes = [(one.until or 0) - one.since for one in served]
        hours = [_hour(one.since) for one in served]
        p90 = percentile(minutes, 0.9)
        label = f"{name}: {len(served)} served, 90 % within {p90:.1f} min"
        axes.scatter(hours, minutes, s=16, color=COLOURS[level], label=label, linewidths=0)
        gone = [result.day.talks[one.talk].plan.patience for one in left]
        begun = [_hour(one.since) for one in left]
        axes.scatter(begun, gone, s=22, marker="x", color=COLOURS[level])
    axes.set_yscale("symlog", linthresh=1)
    axes.set_yticks([0, 1, 2, 5, 10, 20, 50, 100], ["0", "1", "2", "5", "10", "20", "50", "100"])
    axes.set_ylim(bottom=-0.1)
    axes.set_ylabel("minutes until a person came")
    axes.set_title(
        "Waits by risk, at the minute the teen began to wait (× left before; grey: surge × 1.5)",
        loc="left",
        fontsize=10,
    )
    axes.legend(loc="upper left", frameon=False, fontsize=8)


def _draw_people(axes: Any, result: Result) -> None:
    hours = [_hour(one.at) for one in result.samples]
    waiting = [one.waiting for one in result.samples]
    on_duty = [one.on_duty for one in result.samples]
    axes.fill_between(
        hours, waiting, step="post", color="#86b6ef", linewidth=0, label="teens waiting"
    )
    axes.step(hours, on_duty, where="post", color="#333333", linewidth=1.2, label="staff on duty")
    axes.set_xlim(STARTS_AT, STARTS_AT + 24)
    ticks = range(STARTS_AT, STARTS_AT + 25, 3)
    axes.set_xticks(ticks, [f"{hour % 24:02d}:00" for hour in ticks])
    axes.set_ylabel("people")
    axes.legend(loc="upper left", frameon=False, fontsize=8)
