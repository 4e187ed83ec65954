"""The expression checker: what it takes and refuses, held to the fixture that the mini-program's
evaluator is held to as well; and that nothing hostile slips through or takes long."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudfunctions.common.settings import ROOT
from cloudfunctions.pages.expressions import check
from cloudfunctions.pages.language import (
    CHARACTERS,
    DEPTH,
    FORBIDDEN,
    HELPERS,
    NODES,
    Names,
    Refused,
)

FIXTURE: dict[str, Any] = json.loads(
    (ROOT / "miniprogram_schema" / "cals" / "expressions.json").read_text("utf-8")
)
Case = dict[str, Any]


def names_of(case: Case) -> Names:
    """The names that a case's scope gives."""
    scope = case.get("scope", {})
    loop = frozenset(name for name in scope if not name.startswith("$"))
    return Names(loop=loop, event="$event" in scope)


def refusal(source: str, names: Names) -> Refused:
    """Why a source is refused; fails if it is not."""
    with pytest.raises(Refused) as caught:
        check(source, names)
    return caught.value


def name_of(case: Case) -> str:
    """A short name for a case."""
    return str(case["source"])[:40]


@pytest.mark.parametrize("case", FIXTURE["good"], ids=name_of)
def test_what_is_good_is_taken(case: Case) -> None:
    check(case["source"], names_of(case))


@pytest.mark.parametrize("case", FIXTURE["bad"], ids=name_of)
def test_what_is_bad_is_refused_for_that_reason(case: Case) -> None:
    refused = refusal(case["source"], names_of(case))
    assert refused.code == case["reason"]
    assert 0 <= refused.offset <= len(case["source"])
    assert refused.reason
    assert refused.reason[0] not in "abcdefghijklmnopqrstuvwxyz" or " " in refused.reason


@pytest.mark.parametrize("case", FIXTURE["refused_at_save"], ids=name_of)
def test_what_nobody_gives_is_refused_at_save(case: Case) -> None:
    assert refusal(case["source"], names_of(case)).code == "name"


def test_the_fixture_is_large_and_names_the_same_limits() -> None:
    assert len(FIXTURE["good"]) >= 120
    assert len(FIXTURE["bad"]) >= 120
    limits = FIXTURE["limits"]
    assert (limits["characters"], limits["nodes"], limits["depth"]) == (CHARACTERS, NODES, DEPTH)
    assert {name: tuple(counts) for name, counts in FIXTURE["helpers"].items()} == HELPERS
    assert set(FIXTURE["forbidden"]) == FORBIDDEN


class TestWhere:
    """A fault is told where it is."""

    @pytest.mark.parametrize(
        ("source", "offset"),
        [
            *(("1 + ", 4), ("a = 1", 2), ("1 2", 2), ("(1", 2), ("'abc", 0), ("text(1", 6)),
            *(("$page.state.a.__proto__", 14), ("1 + nobody", 4), ("1 + alert(1)", 4)),
        ],
    )
    def test_offset(self, source: str, offset: int) -> None:
        refused = refusal(source, Names(loop=frozenset({"a"})))
        assert refused.offset == offset
        assert str(refused).startswith(f"第 {offset + 1} 个字：")


class TestNames:
    """What a page declares may be spoken of, and nothing else."""

    NAMES = Names(
        states=frozenset({"a"}),
        params=frozenset({"b"}),
        queries=frozenset({"c"}),
        loop=frozenset({"item"}),
    )

    @pytest.mark.parametrize(
        "source",
        [
            *("$page.state.a", "$page.state['a'].b", "$page.params.b", "$query.c.data.stories"),
            *("item.x.y[0]", "$viewer.role", "$page.state[item.name]", "$page.state"),
        ],
    )
    def test_declared(self, source: str) -> None:
        check(source, self.NAMES)

    @pytest.mark.parametrize(
        "source",
        [
            *("$page.state.z", "$page.params.a", "$query.a", "$query", "$query[item.name]"),
            *("$page", "$page.dataset", "$viewer", "$viewer.id", "$event", "$event.value", "other"),
            *("$page.state['z']", "{a: other}", "[other]", "text(other)", "item.x[other]"),
        ],
    )
    def test_not_declared(self, source: str) -> None:
        assert refusal(source, self.NAMES).code == "name"

    def test_an_event_is_there_in_listeners(self) -> None:
        check("$event.value", Names(event=True))


HOSTILE = [
    *("(" * 1_000 + ")" * 1_000, "(" * 999, "[" * 1_000, "{a:" * 600, "!" * 2_000, "-" * 1_999),
    *("1" + "?1:1" * 490, "a" + ".a" * 990, "a" + "[a" * 660 + "]" * 660, "text(" * 390),
    *("'" + "\\" * 1_990, "\\" * 2_000, "1" + "+" * 1_990, "filter(" * 280 + "1", "," * 2_000),
    *(" " * 2_000, "💥" * 1_000, "\u202e" * 1_000, "\x00" * 100, "." * 2_000),
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: str(source)[:12])
def test_hostile_shapes_are_refused_at_once(source: str) -> None:
    started = time.process_time()
    refusal(source, Names(loop=frozenset({"a"})))
    assert time.process_time() - started < 0.25


PIECES = st.sampled_from(
    [
        *("$page", "$query", "$viewer", "$event", "item", ".state", ".role", "[", "]", "(", ")"),
        *(
            "{",
            "}",
            ",",
            ":",
            "?",
            "??",
            "&&",
            "||",
            "!",
            "-",
            "+",
            "*",
            "/",
            "%",
            "==",
            "===",
            "<",
        ),
        *(
            "'a'",
            '"',
            "'",
            "\\",
            "1",
            ".5",
            "1e9",
            "filter(",
            "text(",
            "range(",
            " ",
            "\n",
            "`",
            ";",
        ),
        *(
            "__proto__",
            ".constructor",
            "this",
            "new",
            "=",
            "=>",
            "...",
            "?.",
            "null",
            "好",
            "\ud83d",
        ),
    ]
)


@settings(max_examples=1_500, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_anything_is_taken_or_refused_with_a_place(source: str) -> None:
    offset = offset_of(source)
    if offset is not None:
        assert 0 <= offset <= len(source)
        return
    # No text outside quotes leads behind a value, assigns, or is a statement.
    words = re.findall(r"[\w$]+", bare(source))
    assert "this" not in words
    assert not set(words) & FORBIDDEN
    assert not any(mark in bare(source) for mark in ("=>", ";", "`", "..."))


def offset_of(source: str) -> int | None:
    """Where a source is refused, None if it is taken."""
    try:
        check(source, Names(loop=frozenset({"item"}), event=True))
    except Refused as refused:
        return refused.offset
    return None


def bare(source: str) -> str:
    """A source without what stands in quotes."""
    kept, quote, skip = list[str](), "", False
    for one in source:
        if skip:
            skip = False
        elif quote:
            skip = one == "\\"
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        else:
            kept.append(one)
    return "".join(kept)


FRONT = ROOT / "miniprogram_schema"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
PARTS = ("1", "'a'", "item", "$page.state.a", "text(item)", "[1, 2]", "{a: 1}", "!item", "item[0]")
BETWEEN = (
    "+",
    "-",
    "*",
    "==",
    "===",
    "<",
    "&&",
    "??",
    " ? 1 : ",
    ",",
    ":",
    ".",
    " ",
    "(",
    ")",
    "=",
)
SPLINTERS = (
    *("$page", ".", "[", "]", "(", ")", "{", "}", ",", ":", "?", "??", "!", "-", "'", '"', "\\"),
    *("1", ".5", "1e9", "2.", "filter(", "`", ";", ".constructor", "this", "=", "=>", "...", "?."),
    *("好", "a: 1", "&", "~", "@", "#", "0x1", "1a", "[0]", "()", "new", "\u00a0", "💥"),
)


def made_up(chance: random.Random) -> str:
    """An expression, or nearly one, or rubble."""
    if chance.random() < 0.3:
        return "".join(chance.choice(SPLINTERS) for _ in range(chance.randint(1, 9)))
    source = chance.choice(PARTS)
    for _ in range(chance.randint(0, 5)):
        source += chance.choice(BETWEEN) + chance.choice(PARTS)
        if chance.random() < 0.2:
            source = f"({source})"
        if chance.random() < 0.1:
            place = chance.randrange(len(source))
            source = source[:place] + chance.choice(SPLINTERS) + source[place:]
    return source


@pytest.mark.skipif(
    NODE is None or not (FRONT / "node_modules" / "jsep").is_dir(),
    reason="node or its packages are not installed",
)
def test_the_renderer_takes_and_refuses_the_same() -> None:
    chance = random.Random(20261125)
    sources = [made_up(chance) for _ in range(4_000)]
    command = [str(NODE), str(Path(__file__).with_name("grammar.cjs"))]
    answer = subprocess.run(
        command, input=json.dumps(sources), capture_output=True, text=True, check=True, timeout=60
    )
    for source, theirs in zip(sources, json.loads(answer.stdout), strict=True):
        try:
            check(source)
            ours = ""
        except Refused as refused:
            # Names are looked up at save only; there is nothing to look them up in before.
            ours = "" if refused.code == "name" else refused.code
        assert (ours == "") == (theirs == ""), f"{source!r}: here {ours!r}, there {theirs!r}"
    assert 400 < sum(one == "" for one in json.loads(answer.stdout)) < 3_600
