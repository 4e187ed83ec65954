"""What leads to a person is found in the spelling that was typed, and little else is.

The lines stand in `personal/`: positives and negatives in two halves and 44 tricky ones. The held
half was written before the first pattern and no pattern is changed for its sake.
"""

from __future__ import annotations

import json
import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import dataset
from nlp.__main__ import main
from nlp.personal import KINDS, find
from nlp.personal.measure import DATA, Tally, measure, rows

# Least recall and precision over all kinds.
BOUNDS = {"dev": (0.97, 0.95), "held": (0.95, 0.9), "tricky": (0.95, 0.95)}
# Least recall of a kind in the two halves together; a missed number is worse than a missed street.
BY_KIND = dict.fromkeys(KINDS, 0.9) | {"phone": 0.97, "id_number": 0.97, "address": 0.85}


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    """The counts of each half."""
    return {half: measure(half) for half in BOUNDS}


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find(text)]


@pytest.mark.parametrize("half", BOUNDS)
def test_enough_is_found_and_little_else(half: str, tallies: dict[str, Tally]) -> None:
    recall, precision = BOUNDS[half]
    assert tallies[half].recall >= recall, tallies[half].missed
    assert tallies[half].precision >= precision, tallies[half].wrong


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found(kind: str, tallies: dict[str, Tally]) -> None:
    marked = sum(tally.marked[kind] for tally in tallies.values())
    met = sum(tally.met[kind] for tally in tallies.values())
    assert marked >= 9
    assert met / marked >= BY_KIND[kind]


def test_the_lines_are_many_and_marked_rightly() -> None:
    positives = [row for half in BOUNDS for row in rows(f"positives_{half}")]
    negatives = [row for half in BOUNDS for row in rows(f"negatives_{half}")]
    assert len(positives) >= 540
    assert len({row["text"] for row in negatives}) >= 1_350
    assert len({row["persona"] for row in positives}) >= 25
    for row in positives:
        for start, end, kind in row["spans"]:  # type: ignore[attr-defined]
            assert kind in KINDS
            assert 0 <= start < end <= len(str(row["text"]))


def test_the_halves_share_no_line() -> None:
    texts = [
        row["text"]
        for half in BOUNDS
        for sort in ("positives", "negatives")
        for row in rows(f"{sort}_{half}")
    ]
    shared = {text for text in texts if texts.count(text) > 1}
    # Words that stand alone may be written twice; sentences may not.
    assert all(len(str(text)) <= 12 for text in shared), shared


def test_the_corpus_holds_next_to_nothing() -> None:
    """The held lines of the corpus hold no personal data: one alarm in 250 at the most."""
    held = dataset.split(dataset.read())[1]
    alarms = sum(bool(find(line.text)) for line in held)
    assert alarms <= len(held) / 250


SPELLINGS = {
    "我的号\n一三九\n二三一一\n七零四五": [("phone", "一三九\n二三一一\n七零四五")],
    "１３９２３１１７０４５": [("phone", "１３９２３１１７０４５")],
    "x1️⃣3️⃣9️⃣2️⃣3️⃣1️⃣1️⃣7️⃣0️⃣4️⃣5️⃣": [("phone", "1️⃣3️⃣9️⃣2️⃣3️⃣1️⃣1️⃣7️⃣0️⃣4️⃣5️⃣")],
    "威\u200b信 abc_12345": [("wechat", "abc_12345")],
    "企鹅　2847750316": [("qq", "2847750316")],
    "她叫林小满，在清河第三中学初二3班": [("name", "林小满"), ("school", "清河第三中学初二3班")],
    "住在幸福小区3栋201室": [("address", "幸福小区3栋201室")],
    "身份证11010119900307123X": [("id_number", "11010119900307123X")],
    "打12355或者400-161-9995": [],
    "考了612分，排第138": [],
    "2024年11月23日 8:00-8:45": [],
    "小明和王老师都在学校": [],
    "我喜欢周杰伦": [],
    "": [],
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_spans_lie_in_the_text_as_typed(text: str) -> None:
    assert found(text) == SPELLINGS[text]


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("一幺1８①0 -\n王伟叫我在路号栋中学qv微@.a😀\ud800\0的"), max_size=60)
)
def test_any_string_is_accepted(text: str) -> None:
    spans = find(text)
    assert all(0 <= one.start < one.end <= len(text) and one.kind in KINDS for one in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


HOSTILE = (
    "1", "1 ", "⑴", "138", "一", "一中", "王伟", "王·", "欧阳", "镇", "家园", "3栋", "院病房科",
    "id我", "加我", "vx a", "q ", "a.", "a-", "a@", "www.", "市学校", "然后1", "qq 1 2 3 4 5a",
    "我叫王伟王", "路1号", "学校",
)  # fmt: skip
MIXED = (
    *("镇村乡路小区花园栋号一二三12中学在", "王李张伟芳刘洋军强和的叫"),
    *("vqxw微信加我1a_ ", "幺一三八〇零两1 -\n"),
)


def hostile() -> dict[str, str]:
    chance = random.Random(5)
    texts = {part: (part * 10_000)[:10_000] for part in HOSTILE}
    return texts | {some: "".join(chance.choices(some, k=10_000)) for some in MIXED}


@pytest.mark.parametrize(("name", "text"), hostile().items(), ids=range(len(HOSTILE + MIXED)))
def test_hostile_text_is_read_in_linear_time(name: str, text: str) -> None:
    """Four times as many characters take four times as long, not 16; a story has 5,000 at most."""
    short, long = seconds(text), seconds(text * 4)
    # The budget is 50 ms on a quiet core; tests share theirs.
    assert short <= 0.2, name
    assert long <= 8 * max(short, 0.01), name


def seconds(text: str) -> float:
    """Return the least time of this thread in three goes: other work only adds."""
    times = []
    for _ in range(3):
        began = time.thread_time()
        find(text)
        times.append(time.thread_time() - began)
    return min(times)


def test_the_command_prints_recall_and_precision(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["personal"]) == 0
    printed = capsys.readouterr().out
    assert all(half in printed for half in BOUNDS)
    assert all(kind in printed for kind in KINDS)


def test_the_files_are_sorted_out_by_half() -> None:
    assert {path.stem for path in DATA.glob("*.jsonl")} == {
        "positives_dev", "negatives_dev", "positives_held", "negatives_held", "positives_tricky",
    }  # fmt: skip
    line = (DATA / "positives_held.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert set(json.loads(line)) == {"text", "spans", "persona"}
