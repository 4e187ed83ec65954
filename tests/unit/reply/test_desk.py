"""The listener's card holds the teen's own sentences; the suggestions are a person's to say."""

from __future__ import annotations

from itertools import product

import pytest

from nlp.reply import Turn, card, lint, suggest

from .talks import FEELINGS, LOW, NOW, SAD, TOPICS, TYPES, hold, read

TALK = [
    Turn("teen", "我爸昨天又打我妈了。我躲在房间里，很害怕。", level=1),
    Turn("ai", "你很害怕吧。"),
    Turn("teen", "我觉得活着没意思", level=2),
    Turn("ai", "我很担心你。"),
    Turn("teen", "我该怎么办？能不能帮我", level=1),
    Turn("person", "我在。"),
    Turn("teen", "听歌的时候好一点", level=1),
    Turn("teen", "药我都准备好了", level=3),
]


def test_card_sorts_the_teens_own_sentences() -> None:
    found = card(TALK, NOW)
    assert "我爸昨天又打我妈了。" in found.happened
    assert any("害怕" in sentence for sentence in found.felt)
    assert "我该怎么办？" in found.asked
    assert "听歌的时候好一点" in found.helped
    assert found.quotes == ("药我都准备好了", "我觉得活着没意思")


def test_card_holds_nothing_but_the_teens_words() -> None:
    said = "\n".join(turn.text for turn in TALK if turn.speaker == "teen")
    found = card(TALK, SAD)
    for sentences in (found.happened, found.felt, found.asked, found.helped, found.quotes):
        assert len(sentences) <= 3
        assert all(sentence in said for sentence in sentences)


def test_card_of_a_silent_talk_is_empty_but_for_the_feeling() -> None:
    found = card([Turn("ai", "你好")], read(1, feelings="sad afraid"))
    assert found.happened == ()
    assert found.quotes == ()
    assert found.felt == ("害怕", "难过")


def test_card_cuts_an_essay() -> None:
    essay = "我妈说我成绩不好" + "，然后她又说了很多很多话" * 40
    found = card([Turn("teen", essay, level=2)], LOW)
    assert all(len(sentence) <= 130 for sentence in (*found.happened, *found.quotes))


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("exchanges", [0, 5])
def test_three_different_sentences_that_a_person_can_say(level: int, exchanges: int) -> None:
    turns = hold([("我好难过", SAD)] * exchanges)[1]
    for topic, feeling in product(["", *TOPICS], ["", *FEELINGS]):
        found = suggest("我和朋友吵架了", read(level, "", topic, feeling), turns)
        assert len(set(found)) == 3
        for text in found:
            assert not any(word in text for word in ("AI", "暖心喵", "真人", "卡片"))
            assert [rule for rule in lint(text) if rule != "questions"] == []


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("level", [2, 3])
def test_suggestions_for_danger_ask_about_safety(kind: str, level: int) -> None:
    found = suggest("我好怕", read(level, types=kind), [])
    assert "？" in found[0]
    assert len(set(found)) == 3


def test_suggestions_are_not_what_the_ai_already_said() -> None:
    _, history = hold([("我和朋友吵架了", read(1, topics="peers", feelings="sad"))] * 20)
    said = {part for turn in history for part in [turn.text]}
    assert not said & set(
        suggest("我和朋友吵架了", read(1, topics="peers", feelings="sad"), history)
    )
