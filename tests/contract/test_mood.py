"""Check-ins: kept once, sealed, read for danger, shown to others as far as the teen says."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cloudfunctions.chat.worries import SHUT
from cloudfunctions.common.clock import DAY, day_of, now
from cloudfunctions.common.resources import Resources
from cloudfunctions.mood import service as mood
from cloudfunctions.mood import store as mood_store
from tests.contract.crew import (
    CALM,
    IMMINENT,
    at_once,
    error_of,
    eventually,
    waiting_teen,
    window_of,
)
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

GRAVE = "活着没意思，想消失"
TODAY = day_of(now())


def day(ago: int = 0) -> str:
    """A day before today."""
    return str(TODAY - timedelta(ago))


def entry(**fields: Any) -> Body:
    """A check-in of today."""
    return {"cid": new_cid(), "day": day(), "face": 3, "feelings": [], "words": "", **fields}


def save(teen: Caller, **fields: Any) -> Body:
    """Check in."""
    return teen.call("mood.save", **entry(**fields))


def kept(teen: Teen, first: str = "", last: str = "") -> list[Body]:
    """What the teen reads of the last year."""
    found: list[Body] = teen.call(
        "mood.list", **{"from": first or day(365), "until": last or day(-1)}
    )["moods"]
    return found


def documents(resources: Resources, teen: Teen) -> list[Body]:
    """What lies in the database of this teen."""
    with resources.database.deadline(10):
        return list(resources.database.collection("moods").find({"teen": teen.id}))


def test_a_check_in_is_kept_as_it_was(teen: Teen) -> None:
    told = entry(face=2, feelings=["tired", "wronged"], words=" 累。\n明天再说🙂 ")
    before = now()
    saved = teen.call("mood.save", **told)
    assert (saved["offer"], saved["safety"]) == (False, False)
    at = saved["mood"].pop("at")
    assert saved["mood"] == told
    assert before <= at <= now()
    assert kept(teen) == [{**told, "at": at}]


def test_check_ins_are_listed_by_day_and_both_ends_are_included(teen: Teen) -> None:
    for ago in (3, 1, 2, 1, 0):
        save(teen, day=day(ago))
    assert [one["day"] for one in kept(teen)] == [day(3), day(2), day(1), day(1), day(0)]
    assert [one["day"] for one in kept(teen, day(2), day(1))] == [day(2), day(1), day(1)]
    times = [one["at"] for one in kept(teen, day(1), day(1))]
    assert times == sorted(times)


def test_the_same_cid_sixteen_times_at_once_is_one(teen: Teen) -> None:
    told = entry(face=1, words=CALM)
    answers = at_once(16, lambda _: window_of(teen).call("mood.save", **told))
    assert len({json.dumps(one, sort_keys=True) for one in answers}) == 1
    assert len(kept(teen)) == 1


@pytest.mark.parametrize(
    "other",
    [{"day": day(1)}, {"face": 4}, {"feelings": ["sad"]}, {"words": "别的"}, {"words": ""}],
    ids=str,
)
def test_a_cid_with_other_content_is_a_conflict(teen: Teen, other: Body) -> None:
    told = entry(words=CALM, feelings=["calm"])
    first = teen.call("mood.save", **told)
    assert error_of(teen, "mood.save", {**told, **other}) == (409, "conflict")
    assert teen.call("mood.save", **told) == first
    assert len(kept(teen)) == 1


def test_two_teens_may_use_one_cid(running: Copy, teen: Teen) -> None:
    other, cid = Teen(running.address), new_cid()
    save(teen, cid=cid, words="一")
    save(other, cid=cid, words="二")
    assert [one["words"] for one in kept(teen)] == ["一"]
    other.call("mood.remove", cid=cid)
    assert [one["words"] for one in kept(teen)] == ["一"]


@pytest.mark.parametrize(
    "bad",
    [
        *({"day": "2026-02-30"}, {"day": "2026-2-3"}, {"day": "0000-01-01"}, {"day": "today"}),
        *({"face": 0}, {"face": 6}, {"face": 2.5}, {"face": "3"}, {"cid": "short"}),
        *({"feelings": ["happy "]}, {"feelings": ["sad"] * 6}, {"words": "很" * 501}),
        *({"level": 0}, {"feelings": None}, {"words": {"$gt": ""}}),
    ],
    ids=str,
)
def test_what_is_no_check_in_is_refused_and_nothing_kept(teen: Teen, bad: Body) -> None:
    assert error_of(teen, "mood.save", entry(**bad)) == (400, "bad_request")
    assert kept(teen) == []


def test_the_longest_words_are_kept_whole(teen: Teen) -> None:
    words = "🏳️‍🌈😀"[:2] * 250
    save(teen, words=words)
    assert kept(teen)[0]["words"] == words


@pytest.mark.parametrize(
    ("first", "last"), [(day(0), day(1)), (day(401), day(0)), ("2026-13-01", day(0))]
)
def test_days_that_cannot_be_listed(teen: Teen, first: str, last: str) -> None:
    assert error_of(teen, "mood.list", {"from": first, "until": last})[0] == 400
    assert kept(teen, day(400), day(0)) == []


def test_nobody_but_a_teen_checks_in_and_reads(teen: Teen, staff: Staffing) -> None:
    member = staff("supervisor")
    assert error_of(member, "mood.save", entry()) == (403, "forbidden")
    assert error_of(member, "mood.list", {"from": day(1), "until": day()}) == (403, "forbidden")
    assert error_of(teen, "mood.of_talk", {"conversation": teen.talk}) == (403, "forbidden")


class TestOffer:
    """Several low check-ins bring one gentle offer."""

    def test_it_comes_at_the_third_low_one_and_once(self, teen: Teen) -> None:
        assert not save(teen, face=2, day=day(6))["offer"]
        assert not save(teen, face=5, day=day(2))["offer"]
        assert not save(teen, face=1, day=day(1))["offer"]
        third = entry(face=2)
        assert teen.call("mood.save", **third)["offer"] is True
        assert not save(teen, face=1)["offer"]
        assert teen.call("mood.save", **third)["offer"] is True, "asked again, the first answer"

    @pytest.mark.parametrize("told", [{"day": day(7)}, {"day": day(-2)}, {"face": 3}], ids=str)
    def test_what_lies_outside_the_week_or_is_not_low_does_not_count(
        self, teen: Teen, told: Body
    ) -> None:
        for _ in range(2):
            save(teen, face=1)
        assert not save(teen, **{"face": 1, **told})["offer"]
        assert save(teen, face=1)["offer"]

    def test_a_removed_one_does_not_count(self, teen: Teen) -> None:
        first = save(teen, face=1)["mood"]["cid"]
        save(teen, face=1)
        teen.call("mood.remove", cid=first)
        assert not save(teen, face=1)["offer"]

    def test_it_comes_again_after_fourteen_days(self, teen: Teen, resources: Resources) -> None:
        def low(days: int, minutes: int = 0) -> bool:
            then = now() + days * DAY + minutes * 60_000
            later = replace(resources, now=lambda: then)
            told = mood.Entry(new_cid(), str(day_of(then)), 1, [], "")
            with resources.database.deadline(10):
                return mood.save(later, teen.id, told).offer

        assert [low(0), low(0), low(0)] == [False, False, True]
        assert [low(11), low(12), low(13)] == [False, False, False]
        assert low(14, 1) is True
        assert low(15) is False

    def test_eight_low_ones_at_once_bring_one(self, teen: Teen) -> None:
        for _ in range(2):
            save(teen, face=1)
        offers = at_once(8, lambda _: save(window_of(teen), face=1)["offer"])
        assert sum(offers) == 1


def queue_heads(staff: Staff) -> list[Body]:
    """Whom a member may take."""
    heads: list[Body] = staff.call("desk.queue")["queue"]["heads"]
    return heads


class TestDanger:
    """A cry for help in a check-in reaches a person."""

    def test_it_comes_into_the_talk_at_the_head_of_the_queue(
        self, running: Copy, teen: Teen, staff: Staffing
    ) -> None:
        waiting_teen(running.address)
        saved = save(teen, face=1, words=IMMINENT)
        assert (saved["safety"], saved["mood"]["words"]) == (True, IMMINENT)
        view = teen.poll()["conversation"]
        assert (view["safety"], view["brought"]) == (True, {"kind": "mood"})
        member = staff("counsellor").available()
        head = queue_heads(member)[0]
        assert (head["id"], head["level"]) == (teen.talk, 3)
        talk = member.take()
        assert talk is not None
        assert (talk["brought"]["kind"], talk["brought"]["text"]) == ("mood", IMMINENT)

    def test_it_comes_once_however_often_it_is_sent(self, teen: Teen) -> None:
        told = entry(face=1, words=IMMINENT)
        at_once(6, lambda _: window_of(teen).call("mood.save", **told))
        teen.call("mood.save", **told)
        cards = [one for one in teen.transcript() if one["kind"] == "safety_card"]
        assert len(cards) == 1

    def test_grave_words_bring_the_card_but_no_talk(self, teen: Teen, staff: Staffing) -> None:
        assert save(teen, words=GRAVE)["safety"] is True
        assert teen.poll()["conversation"]["brought"] is None
        assert queue_heads(staff("counsellor")) == []

    def test_calm_words_bring_nothing(self, teen: Teen, resources: Resources) -> None:
        assert save(teen, words=CALM)["safety"] is False
        assert teen.poll()["conversation"]["safety"] is False
        assert "worry" not in documents(resources, teen)[0]

    def test_whoever_dies_before_it_is_carried_a_sweep_carries_it(
        self, teen: Teen, resources: Resources, staff: Staffing
    ) -> None:
        told = mood.Entry(new_cid(), day(), 1, [], IMMINENT)
        with resources.database.deadline(10):
            # Just what the one write of a worker leaves behind that dies after it.
            left = mood._document(resources, teen.id, told)
            assert mood_store.add(resources.database, left)
        member = staff("counsellor").available()
        eventually(lambda: queue_heads(member), 20)
        talk = member.take()
        assert talk is not None
        assert (talk["id"], talk["brought"]["text"]) == (teen.talk, IMMINENT)
        eventually(lambda: documents(resources, teen)[0]["worry"]["state"] == "done")
        assert [one["words"] for one in kept(teen)] == [IMMINENT]

    def test_removed_at_once_it_is_carried_and_then_wiped(
        self, teen: Teen, resources: Resources, staff: Staffing
    ) -> None:
        told = mood.Entry(new_cid(), day(), 1, ["sad"], IMMINENT)
        with resources.database.deadline(10):
            assert mood_store.add(resources.database, mood._document(resources, teen.id, told))
        teen.call("mood.remove", cid=told.cid)
        assert kept(teen) == []
        assert queue_heads(staff("counsellor"))[0]["id"] == teen.talk
        (left,) = documents(resources, teen)
        assert set(left) == {"_id", "teen", "cid", "removed_at"}

    def test_removed_while_nothing_can_be_carried_its_words_stay_until_they_are(
        self, teen: Teen, resources: Resources, staff: Staffing
    ) -> None:
        told = mood.Entry(new_cid(), day(), 1, [], IMMINENT)
        with resources.database.deadline(10):
            left = mood._document(resources, teen.id, told)
            mood_store.add(resources.database, left)
            # What a removal does whose carrying fails.
            mood_store.hide(resources.database, teen.id, told.cid, now())
            mood_store.wipe(resources.database, left["_id"])
        assert kept(teen) == []
        member = staff("counsellor").available()
        eventually(lambda: queue_heads(member), 20)
        talk = member.take()
        assert talk is not None
        assert talk["brought"]["text"] == IMMINENT
        wiped = {"_id", "teen", "cid", "removed_at"}
        eventually(lambda: set(documents(resources, teen)[0]) == wiped)

    def test_words_that_nobody_can_open_still_call_a_person(
        self, teen: Teen, resources: Resources, staff: Staffing
    ) -> None:
        told = mood.Entry(new_cid(), day(), 1, [], IMMINENT)
        with resources.database.deadline(10):
            left = mood._document(resources, teen.id, told)
            assert mood_store.add(resources.database, {**left, "words": b"\x01" + bytes(60)})
            assert mood.sweep(replace(resources, now=lambda: now() + DAY)) >= 1
        head = queue_heads(staff("counsellor"))[0]
        assert (head["id"], head["level"]) == (teen.talk, 3)


class TestRemoving:
    """What a teen removes is gone, and stays gone."""

    def test_nothing_of_it_stays_but_its_id(self, teen: Teen, resources: Resources) -> None:
        told = entry(words="别留着", feelings=["sad"])
        teen.call("mood.save", **told)
        for _ in range(2):
            assert teen.call("mood.remove", cid=told["cid"]) == {}
        assert kept(teen) == []
        (left,) = documents(resources, teen)
        assert set(left) == {"_id", "teen", "cid", "removed_at"}

    def test_a_late_repetition_does_not_bring_it_back(self, teen: Teen) -> None:
        told = entry(words="别留着")
        teen.call("mood.save", **told)
        teen.call("mood.remove", cid=told["cid"])
        assert error_of(teen, "mood.save", told) == (409, "conflict")
        assert kept(teen) == []

    def test_removed_before_it_comes_it_is_refused(self, teen: Teen) -> None:
        told = entry(words="别留着")
        teen.call("mood.remove", cid=told["cid"])
        assert error_of(teen, "mood.save", told) == (409, "conflict")
        assert kept(teen) == []


@pytest.fixture
def held(running: Copy, staff: Staffing) -> tuple[Teen, Staff]:
    """A teen, and the listener who holds their talk."""
    teen = waiting_teen(running.address)
    member = staff("listener").available()
    assert member.take() is not None
    return teen, member


class TestSharing:
    """Whoever talks with a teen sees as much as the teen says."""

    def test_faces_and_feelings_are_shown_while_shared_and_words_never(
        self, held: tuple[Teen, Staff]
    ) -> None:
        teen, member = held
        word = f"canary{secrets.token_hex(8)}"
        save(teen, face=1, feelings=["sad"], words=word)
        save(teen, face=2, feelings=["tired", "sad"])
        save(teen, face=4, day=day(27), feelings=["calm"])
        save(teen, face=5, day=day(28))
        nothing = {"shared": False, "days": []}
        assert teen.call("mood.shared") == {"shared": False}
        assert member.call("mood.of_talk", conversation=teen.talk) == nothing
        assert teen.call("mood.share", on=True) == teen.call("mood.shared") == {"shared": True}
        shown = member.call("mood.of_talk", conversation=teen.talk)
        assert shown["shared"] is True
        assert shown["days"] == [
            {"day": day(27), "face": 4.0, "feelings": ["calm"]},
            {"day": day(), "face": 1.5, "feelings": ["sad", "tired"]},
        ]
        assert word not in json.dumps(shown)
        teen.call("mood.share", on=False)
        assert member.call("mood.of_talk", conversation=teen.talk) == nothing

    def test_who_is_not_in_the_talk_finds_nothing(
        self, held: tuple[Teen, Staff], staff: Staffing
    ) -> None:
        teen, member = held
        save(teen, face=1)
        teen.call("mood.share", on=True)
        stranger = staff("supervisor")
        real = stranger.post("mood.of_talk", {"conversation": teen.talk})
        absent = stranger.post("mood.of_talk", {"conversation": "A" * 22})
        assert (real.status_code, real.content) == (404, absent.content)
        assert member.call("mood.of_talk", conversation=teen.talk)["days"]
        member.close(teen.talk)
        assert error_of(member, "mood.of_talk", {"conversation": teen.talk})[0] == 404

    def test_who_watches_an_alert_sees_them(self, teen: Teen, staff: Staffing) -> None:
        save(teen, face=2)
        teen.call("mood.share", on=True)
        teen.send(IMMINENT)
        member = staff("counsellor").available()
        (alert,) = member.call("desk.poll")["alerts"]
        body = {"conversation": teen.talk}
        assert error_of(member, "mood.of_talk", body)[0] == 404
        member.call("desk.acknowledge", conversation=teen.talk, alert=alert["id"])
        assert member.call("mood.of_talk", **body)["days"][0]["face"] == 2.0


class TestSealing:
    """The words lie sealed, each in its own place."""

    def test_moved_or_turned_words_are_not_read(self, teen: Teen, resources: Resources) -> None:
        first = save(teen, words="第一")["mood"]["cid"]
        second = save(teen, words="第二")["mood"]["cid"]
        save(teen, words="第三")
        moods = resources.database.collection("moods")
        with resources.database.deadline(10):
            stolen = moods.find_one({"_id": mood_store.mood_id(teen.id, first)}) or {}
            turned = bytearray(stolen["words"])
            turned[20] ^= 1
            for cid, words in ((first, bytes(turned)), (second, stolen["words"])):
                one = {"_id": mood_store.mood_id(teen.id, cid)}
                assert moods.update_one(one, {"$set": {"words": words}}).modified_count == 1
        assert [one["words"] for one in kept(teen)] == [SHUT, SHUT, "第三"]

    def test_a_forgotten_key_shuts_them_all(self, teen: Teen, resources: Resources) -> None:
        save(teen, words="第一")
        with resources.database.deadline(10):
            resources.vault.forget(teen.id)
        body = {"from": day(1), "until": day()}
        assert error_of(teen, "mood.list", body) == (500, "internal")


def test_a_day_is_the_teens_own_and_may_lie_far_behind(teen: Teen) -> None:
    save(teen, day="1999-12-31", words=CALM)
    assert kept(teen, "1999-12-01", "2000-01-01")[0]["day"] == str(date(1999, 12, 31))
