"""Safety plans: the teen's own, every version kept, shown and suggested to as far as they say."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.common.clock import now
from cloudfunctions.common.resources import Resources
from cloudfunctions.plan import service as plan_service
from cloudfunctions.plan import store as plan_store
from tests.contract.crew import IMMINENT, at_once, error_of, waiting_teen, window_of
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

EMPTY: Body = {"signs": [], "helps": [], "places": [], "people": [], "reasons": []}
FULL: Body = {
    "signs": ["晚上睡不着", "一直刷手机"],
    "helps": ["跟猫玩 🐈", "洗个热水澡"],
    "places": ["操场看台"],
    "people": [{"name": "姨妈", "phone": "138 0000 0000"}, {"name": "同桌", "phone": ""}],
    "reasons": ["想看到妹妹长大"],
}


def get(teen: Caller) -> Body:
    """The plan as it stands."""
    plan: Body = teen.call("plan.get")["plan"]
    return plan


def save(teen: Caller, base: int, **sections: Any) -> Body:
    """Write the next version."""
    body = {"base": base, "cid": new_cid(), **EMPTY, **sections}
    plan: Body = teen.call("plan.save", **body)["plan"]
    return plan


def said(plan: Body) -> Body:
    """What a plan says."""
    return {name: plan[name] for name in EMPTY}


def test_a_plan_that_was_not_begun_is_empty(teen: Teen) -> None:
    assert get(teen) == {"version": 0, "at": 0, **EMPTY, "shared": False, "suggestions": []}
    assert teen.call("plan.versions") == {"versions": []}


def test_a_plan_is_kept_as_it_was(teen: Teen) -> None:
    before = now()
    saved = save(teen, 0, **FULL)
    assert said(saved) == FULL
    assert saved["version"] == 1
    assert before <= saved["at"] <= now()
    assert get(teen) == saved


def test_every_version_stays_and_can_be_read(teen: Teen) -> None:
    for number in range(3):
        save(teen, number, helps=[f"第{number + 1}种"])
    listed = teen.call("plan.versions")["versions"]
    assert [one["version"] for one in listed] == [3, 2, 1]
    assert [one["at"] for one in listed] == sorted((one["at"] for one in listed), reverse=True)
    for number in range(1, 4):
        plan = teen.call("plan.version", version=number)["plan"]
        assert (plan["version"], plan["helps"]) == (number, [f"第{number}种"])
    for number in (0, 4):
        assert error_of(teen, "plan.version", {"version": number}) == (404, "not_found")


def test_what_rests_on_an_older_version_overwrites_nothing(teen: Teen) -> None:
    save(teen, 0, helps=["一"])
    for base in (0, 2):
        body = {"base": base, "cid": new_cid(), **EMPTY, "helps": ["二"]}
        assert error_of(teen, "plan.save", body) == (409, "conflict")
    assert get(teen)["helps"] == ["一"]
    assert save(teen, 1, helps=["二"])["version"] == 2


def test_the_same_cid_is_written_once_also_after_later_versions(teen: Teen) -> None:
    body = {"base": 0, "cid": new_cid(), **FULL}
    first = teen.call("plan.save", **body)["plan"]
    save(teen, 1, helps=["别的"])
    assert teen.call("plan.save", **body)["plan"] == first
    assert get(teen)["version"] == 2
    assert error_of(teen, "plan.save", {**body, "reasons": []}) == (409, "conflict")
    assert error_of(teen, "plan.save", {**body, "base": 2, "reasons": []}) == (409, "conflict")
    assert get(teen)["version"] == 2


def test_the_same_cid_sixteen_times_at_once_is_one_version(teen: Teen) -> None:
    body = {"base": 0, "cid": new_cid(), **FULL}
    answers = at_once(16, lambda _: window_of(teen).call("plan.save", **body)["plan"])
    assert {one["version"] for one in answers} == {1}
    assert len(teen.call("plan.versions")["versions"]) == 1


def test_of_eight_changes_at_once_one_holds(teen: Teen) -> None:
    def change(number: int) -> int:
        body = {"base": 0, "cid": new_cid(), **EMPTY, "helps": [str(number)]}
        return window_of(teen).post("plan.save", body).status_code

    statuses = at_once(8, change)
    assert sorted(statuses) == [200] + [409] * 7
    assert get(teen)["helps"] == [str(statuses.index(200))]


@pytest.mark.parametrize(
    "bad",
    [
        *({"signs": [""]}, {"helps": ["　 "]}, {"places": ["长" * 121]}, {"reasons": ["一"] * 13}),
        *({"people": [{"name": ""}]}, {"people": [{"name": " ", "phone": "1"}]}, {"signs": "一"}),
        *({"people": [{"name": "一", "phone": "1" * 41}]}, {"people": [{"name": "一", "x": 1}]}),
        *({"people": [{"name": "一"}] * 13}, {"base": -1}, {"cid": "x"}, {"signs": None}),
        *({"shared": True}, {"signs": [{"$gt": ""}]}),
    ],
    ids=lambda bad: str(bad)[:40],
)
def test_what_is_no_plan_is_refused_and_nothing_kept(teen: Teen, bad: Body) -> None:
    body = {"base": 0, "cid": new_cid(), **EMPTY, **bad}
    assert error_of(teen, "plan.save", body) == (400, "bad_request")
    assert get(teen)["version"] == 0


def test_the_fullest_plan_fits(teen: Teen) -> None:
    lines = ["😀" * 120] * 12
    whole = {**dict.fromkeys(EMPTY, lines), "people": [{"name": lines[0], "phone": "😀" * 40}] * 12}
    assert said(save(teen, 0, **whole)) == whole


def test_a_plan_is_its_teens_alone(running: Copy, teen: Teen, staff: Staffing) -> None:
    save(teen, 0, **FULL)
    other = Teen(running.address)
    assert get(other)["version"] == 0
    assert error_of(other, "plan.version", {"version": 1})[0] == 404
    member = staff("supervisor")
    assert error_of(member, "plan.get", {}) == (403, "forbidden")
    assert error_of(member, "plan.save", {"base": 0, "cid": new_cid(), **EMPTY})[0] == 403
    assert error_of(teen, "plan.of_talk", {"conversation": teen.talk})[0] == 403


@pytest.fixture
def held(running: Copy, staff: Staffing) -> tuple[Teen, Staff]:
    """A teen, and the listener who holds their talk."""
    teen = waiting_teen(running.address)
    member = staff("listener").available()
    assert member.take() is not None
    return teen, member


class TestSharing:
    """Staff see a plan while it is shared."""

    def test_it_is_shown_while_shared(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        talk = {"conversation": teen.talk}
        save(teen, 0, **FULL)
        hidden = {"shared": False, "plan": None}
        assert member.call("plan.of_talk", **talk) == hidden
        assert teen.call("plan.share", on=True) == {"shared": True}
        assert member.call("plan.of_talk", **talk) == {"shared": True, "plan": get(teen)}
        assert get(teen)["shared"] is True
        teen.call("plan.share", on=False)
        assert member.call("plan.of_talk", **talk) == hidden

    def test_shared_before_it_is_begun_there_is_none(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        teen.call("plan.share", on=True)
        shown = member.call("plan.of_talk", conversation=teen.talk)
        assert shown == {"shared": True, "plan": None}

    def test_who_is_not_in_the_talk_finds_nothing(
        self, held: tuple[Teen, Staff], staff: Staffing
    ) -> None:
        teen, member = held
        save(teen, 0, **FULL)
        teen.call("plan.share", on=True)
        stranger = staff("supervisor")
        suggestion = {"cid": new_cid(), "section": "helps", "text": "散步"}
        for action, body in (("plan.of_talk", {}), ("plan.suggest", suggestion)):
            real = stranger.post(action, {"conversation": teen.talk, **body})
            absent = stranger.post(action, {"conversation": "A" * 22, **body})
            assert (real.status_code, real.content) == (404, absent.content)
        assert get(teen)["suggestions"] == []
        member.close(teen.talk)
        assert error_of(member, "plan.of_talk", {"conversation": teen.talk})[0] == 404


def suggest(member: Caller, teen: Teen, text: str, section: str = "helps", cid: str = "") -> Body:
    """Suggest a line."""
    body = {"conversation": teen.talk, "cid": cid or new_cid(), "section": section, "text": text}
    return member.call("plan.suggest", **body)


def notices(teen: Teen) -> list[str]:
    """The lines of the talk that speak of the plan."""
    return [one["text"] for one in teen.transcript() if "安全计划" in one["text"]]


class TestSuggestions:
    """Staff suggest, the teen decides."""

    def test_it_stands_before_the_teen_and_changes_nothing(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        save(teen, 0, **FULL)
        assert suggest(member, teen, "出去走走") == {"suggested": True}
        plan = get(teen)
        assert said(plan) == FULL
        (one,) = plan["suggestions"]
        shown = (one["section"], one["text"], one["by_name"])
        assert shown == ("helps", "出去走走", "小鹿")
        assert len(notices(teen)) == 1
        assert "出去走走" not in notices(teen)[0]

    def test_accepted_it_goes_in_as_a_version(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        save(teen, 0, **FULL)
        suggest(member, teen, "出去走走")
        suggest(member, teen, "班主任", "people")
        for one in get(teen)["suggestions"]:
            body = {"id": one["id"], "accept": True}
            answers = [teen.call("plan.answer_suggestion", **body)["plan"] for _ in range(2)]
            assert answers[0] == answers[1]
        plan = get(teen)
        assert plan["version"] == 3
        assert plan["helps"] == [*FULL["helps"], "出去走走"]
        assert plan["people"] == [*FULL["people"], {"name": "班主任", "phone": ""}]
        assert plan["suggestions"] == []

    def test_declined_it_is_gone(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        for _ in range(2):
            plan = teen.call("plan.answer_suggestion", id=one["id"], accept=False)["plan"]
            assert (plan["version"], plan["suggestions"]) == (0, [])
        body = {"id": one["id"], "accept": True}
        assert error_of(teen, "plan.answer_suggestion", body) == (409, "conflict")
        assert get(teen)["version"] == 0

    def test_one_begins_a_plan_by_it(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        suggest(member, teen, "妹妹", "reasons")
        (one,) = get(teen)["suggestions"]
        plan = teen.call("plan.answer_suggestion", id=one["id"], accept=True)["plan"]
        assert (plan["version"], plan["reasons"]) == (1, ["妹妹"])

    def test_the_same_cid_suggests_and_tells_once(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        cid = new_cid()
        at_once(8, lambda _: suggest(window_of(member), teen, "出去走走", cid=cid))
        assert len(get(teen)["suggestions"]) == 1
        assert len(notices(teen)) == 1
        body = {"conversation": teen.talk, "cid": cid, "section": "helps", "text": "睡觉"}
        assert error_of(member, "plan.suggest", body) == (409, "conflict")
        (one,) = get(teen)["suggestions"]
        teen.call("plan.answer_suggestion", id=one["id"], accept=False)
        suggest(member, teen, "出去走走", cid=cid)
        assert get(teen)["suggestions"] == [], "a late repetition does not suggest it anew"

    def test_eight_answers_at_once_put_it_in_once(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        body = {"id": one["id"], "accept": True}
        at_once(8, lambda _: window_of(teen).call("plan.answer_suggestion", **body))
        plan = get(teen)
        assert (plan["version"], plan["helps"]) == (1, ["出去走走"])

    def test_an_acceptance_that_was_cut_off_goes_on(
        self, held: tuple[Teen, Staff], resources: Resources
    ) -> None:
        teen, member = held
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        with resources.database.deadline(10):
            # What a worker leaves behind that dies after its first write.
            open_one = (teen.id, one["id"], ["open"], plan_service.ACCEPTING, 0)
            assert plan_store.answer(resources.database, *open_one)
        assert get(teen)["suggestions"] == [one]
        plan = teen.call("plan.answer_suggestion", id=one["id"], accept=True)["plan"]
        assert (plan["helps"], plan["suggestions"]) == (["出去走走"], [])

    def test_cut_off_at_its_very_end_it_does_not_come_back(
        self, held: tuple[Teen, Staff], resources: Resources
    ) -> None:
        teen, member = held
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        body = {"id": one["id"], "accept": True}
        teen.call("plan.answer_suggestion", **body)
        with resources.database.deadline(10):
            # What a worker leaves behind that dies before its last write.
            undone = (teen.id, one["id"], ["accepted"], plan_service.ACCEPTING, 1)
            assert plan_store.answer(resources.database, *undone)
        save(teen, 1, helps=["睡觉"])
        plan = teen.call("plan.answer_suggestion", **body)["plan"]
        assert (plan["helps"], plan["suggestions"]) == (["睡觉"], [])

    def test_into_a_full_section_it_does_not_go_and_waits(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        save(teen, 0, helps=[str(number) for number in range(12)])
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        body = {"id": one["id"], "accept": True}
        assert error_of(teen, "plan.answer_suggestion", body) == (409, "conflict")
        assert get(teen)["suggestions"] == [one]
        save(teen, 1, helps=[])
        assert teen.call("plan.answer_suggestion", **body)["plan"]["helps"] == ["出去走走"]

    def test_at_most_twenty_wait(self, held: tuple[Teen, Staff]) -> None:
        teen, member = held
        for number in range(plan_service.MOST_OPEN):
            suggest(member, teen, str(number))
        body = {"conversation": teen.talk, "cid": new_cid(), "section": "helps", "text": "散步"}
        assert error_of(member, "plan.suggest", body) == (409, "conflict")
        first = get(teen)["suggestions"][0]
        teen.call("plan.answer_suggestion", id=first["id"], accept=False)
        assert member.call("plan.suggest", **body) == {"suggested": True}

    @pytest.mark.parametrize(
        "bad", [{"text": " "}, {"text": ""}, {"text": "长" * 121}, {"section": "shared"}], ids=str
    )
    def test_what_is_no_suggestion_is_refused(self, held: tuple[Teen, Staff], bad: Body) -> None:
        teen, member = held
        body = {"conversation": teen.talk, "cid": new_cid(), "section": "helps", "text": "散步"}
        assert error_of(member, "plan.suggest", {**body, **bad}) == (400, "bad_request")
        assert notices(teen) == []

    def test_another_teen_cannot_answer_it(self, held: tuple[Teen, Staff], running: Copy) -> None:
        teen, member = held
        suggest(member, teen, "出去走走")
        (one,) = get(teen)["suggestions"]
        body = {"id": one["id"], "accept": True}
        assert error_of(Teen(running.address), "plan.answer_suggestion", body)[0] == 404
        assert get(teen)["suggestions"] == [one]

    def test_who_watches_an_alert_may_suggest(self, teen: Teen, staff: Staffing) -> None:
        teen.send(IMMINENT)
        member = staff("counsellor").available()
        (alert,) = member.call("desk.poll")["alerts"]
        member.call("desk.acknowledge", conversation=teen.talk, alert=alert["id"])
        suggest(member, teen, "出去走走")
        assert len(get(teen)["suggestions"]) == 1


def test_what_is_kept_stands_in_no_file_of_the_database(own_copy: Copy) -> None:
    """Neither words of a mood nor a plan; what is not sealed is found by the same search."""
    sealed = [f"canary{secrets.token_hex(8)}" for _ in range(4)]
    plain = f"canary{secrets.token_hex(8)}"
    resources = own_copy.resources()
    teen = Teen(own_copy.address)
    teen.send(plain)
    teen.call("chat.ask_person", conversation=teen.talk)
    told = {"cid": new_cid(), "day": "2026-01-01", "face": 3, "words": sealed[0]}
    teen.call("mood.save", **told)
    save(teen, 0, helps=[sealed[1]], people=[{"name": sealed[2], "phone": ""}])
    member = Staff(own_copy.address, resources, "listener").available()
    assert member.take() is not None
    suggest(member, teen, sealed[3])
    assert all(word in json.dumps(get(teen)) for word in sealed[1:])
    resources.database.close()
    own_copy.stop()
    files = [path for path in (own_copy.data / "database").rglob("*") if path.is_file()]
    content = b"\n".join(path.read_bytes() for path in files)
    logs = b"\n".join(path.read_bytes() for path in (own_copy.data / "log").iterdir())
    assert plain.encode() in content, "the search finds what is there"
    for word in sealed:
        assert word.encode() not in content
        assert word.encode() not in logs
    master = (own_copy.data / "master.key").read_text().partition(":")[2]
    assert master.encode() not in content + logs
    assert base64.b64decode(master) not in content + logs
