"""Answers to forms: kept once, sealed, no more than there are places, read by those who may."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.common.clock import MINUTE, now
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.errors import BadRequest, NotFound
from cloudfunctions.common.identity import Caller as Identified
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import definition, service, settling, store
from tests.contract.crew import CALM, IMMINENT, at_once, error_of, eventually, window_of
from tests.contract.formed import answer, page_of, publish
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]
Publishing = Callable[..., str]

pytestmark = pytest.mark.usefixtures("empty_queue")

CASES = Path(__file__).parents[2] / "miniprogram_schema" / "weapp" / "tests" / "form_cases.json"


@pytest.fixture
def publishing(staff: Staffing) -> Publishing:
    """Make a page with one form live."""
    coordinator = staff("coordinator")

    def made(audience: str = "teen", **form: Any) -> str:
        return publish(coordinator, page_of(form, audience=audience))

    return made


def outcome(caller: Caller, body: Body) -> int:
    """What becomes of an answer for a client, who sends it again where the database was slow."""
    for _ in range(20):
        status = caller.post("forms.send", body).status_code
        if status != 503:
            break
    return status


def documents(resources: Resources, page: str) -> list[Body]:
    """What lies in the database of a page's forms."""
    with resources.database.deadline(10):
        return list(resources.database.collection(store.ANSWERS).find({"page": page}))


def answers_of(reader: Caller, page: str, after: str = "") -> Body:
    """What staff read."""
    return reader.call("forms.answers", page=page, form="sign_up", after=after)


def test_an_answer_is_kept_as_it_was_and_its_writer_reads_it(
    teen: Teen, publishing: Publishing
) -> None:
    page, before = publishing(), now()
    told = answer(page, more=" 想画画。\n还有🙂 ")
    sent = teen.call("forms.send", **told)
    assert (sent["cid"], sent["safety"]) == (told["cid"], False)
    assert before <= sent["at"] <= now()
    (own,) = teen.call("forms.mine")["answers"]
    assert own == {**told, "at": sent["at"], "pending": False}


def test_what_says_nothing_is_not_kept(teen: Teen, publishing: Publishing) -> None:
    told = answer(publishing(), more="  ")
    teen.call("forms.send", **told)
    assert teen.call("forms.mine")["answers"][0]["values"] == {"who": "小雨"}


def test_the_same_cid_sixteen_times_at_once_is_one(
    teen: Teen, publishing: Publishing, resources: Resources
) -> None:
    page = publishing(places=3, once=True)
    told = answer(page)
    answers = at_once(16, lambda _: window_of(teen).call("forms.send", **told))
    assert len({json.dumps(one, sort_keys=True) for one in answers}) == 1
    assert len(documents(resources, page)) == 1
    count = teen.call("forms.count", page=page, form="sign_up")
    assert count == {"sent": 1, "places_left": 2}


@pytest.mark.parametrize(
    "other", [{"values": {"who": "别人"}}, {"form": "other"}, {"page": "no_page"}], ids=str
)
def test_a_cid_with_other_content_is_a_conflict(
    teen: Teen, publishing: Publishing, other: Body
) -> None:
    told = answer(publishing())
    first = teen.call("forms.send", **told)
    assert error_of(teen, "forms.send", {**told, **other}) == (409, "conflict")
    assert teen.call("forms.send", **told) == first


def test_two_people_may_use_one_cid(running: Copy, teen: Teen, publishing: Publishing) -> None:
    told, other = answer(publishing()), Teen(running.address)
    teen.call("forms.send", **told)
    other.call("forms.send", **{**told, "values": {"who": "另一位"}})
    teen.call("forms.withdraw", cid=told["cid"])
    assert other.call("forms.mine")["answers"][0]["values"] == {"who": "另一位"}


@pytest.mark.parametrize(
    "bad",
    [
        *({"values": {}}, {"values": {"who": ""}}, {"values": {"who": "很" * 21}}),
        *({"values": {"who": 3}}, {"values": {"who": ["a"]}}, {"values": {"who": None}}),
        *({"values": {"who": {"$gt": ""}}}, {"values": {"who": {"words": "a", "$ne": 1}}}),
        *({"values": {"who": "a", "$where": "1"}}, {"values": {"who": "a", "a.b": "c"}}),
        *({"values": {"who": "a", "unknown": "b"}}, {"values": {"who": {"words": "南门"}}}),
        *({"values": {"who": "a", "more": "长" * 2_001}}, {"values": []}, {"values": "who"}),
        *({"cid": "short"}, {"level": 3}, {"form": "no form"}, {"page": "NoPage"}),
        {"values": {f"a{number}": "b" for number in range(31)}},
    ],
    ids=lambda bad: str(bad)[:60],
)
def test_what_does_not_answer_the_form_is_refused_and_nothing_kept(
    teen: Teen, publishing: Publishing, resources: Resources, bad: Body
) -> None:
    page = publishing()
    assert error_of(teen, "forms.send", {**answer(page), **bad}) == (400, "bad_request")
    assert documents(resources, page) == []
    assert teen.call("forms.mine")["answers"] == []


def test_a_refusal_names_the_field(teen: Teen, publishing: Publishing) -> None:
    told = teen.post("forms.send", {**answer(publishing()), "values": {}}).json()["error"]
    assert told["message"] == "“怎么称呼你”还没有填。"


def test_a_body_that_is_too_large(teen: Teen, publishing: Publishing) -> None:
    told = answer(publishing(), more="x" * 70_000)
    assert error_of(teen, "forms.send", told) == (413, "too_large")


@pytest.mark.parametrize("case", json.loads(CASES.read_text("utf-8"))["cases"], ids=str)
def test_values_are_judged_as_the_client_judges_them(case: Body) -> None:
    form = definition.form_of({"fields": [{"name": "a", "title": "甲", **case["field"]}]})
    values = definition.written({"a": _typed(case["value"])})
    assert definition.fault_of(form.fields[0], values.get("a")) == case["fault"]


def _typed(value: Any) -> definition.Value:
    return definition.Place(**value) if isinstance(value, dict) else value


@pytest.mark.parametrize("field", [{"type": "text"}, {"name": "a", "title": "甲", "type": "magic"}])
def test_a_form_that_was_drawn_wrongly_is_no_form(field: Body) -> None:
    with pytest.raises(NotFound, match="还没有准备好"):
        definition.form_of({"fields": [field]})


def test_a_form_with_two_fields_of_one_name_is_no_form() -> None:
    field = {"name": "a", "title": "甲", "type": "text"}
    with pytest.raises(NotFound, match="还没有准备好"):
        definition.form_of({"fields": [field, field]})


def test_every_way_to_no_form_is_the_same(teen: Teen, staff: Staffing) -> None:
    page = publish(staff("coordinator"), page_of({}, audience="staff"))
    for_staff = teen.post("forms.send", answer(page))
    for_nobody = teen.post("forms.send", answer("no_such_page"))
    assert (for_staff.status_code, for_staff.content) == (404, for_nobody.content)
    assert teen.post("forms.count", {"page": page, "form": "sign_up"}).status_code == 404
    assert staff("listener").call("forms.send", **answer(page))["safety"] is False


def test_only_what_is_live_can_be_answered(teen: Teen, staff: Staffing) -> None:
    coordinator, content = staff("coordinator"), page_of({})
    saved = coordinator.call("pages.save", page=content["id"], content=content, revision=0)
    assert error_of(teen, "forms.send", answer(content["id"])) == (404, "not_found")
    coordinator.call("pages.publish", page=content["id"], revision=saved["revision"])
    teen.call("forms.send", **answer(content["id"]))


class TestPlaces:
    """No more than there are."""

    def test_of_sixteen_at_once_three_get_the_three_places(
        self, running: Copy, publishing: Publishing, staff: Staffing
    ) -> None:
        page = publishing(places=3)
        teens = [Teen(running.address) for _ in range(16)]
        answers = at_once(16, lambda i: outcome(teens[i], answer(page)))
        assert sorted(answers) == [200] * 3 + [409] * 13
        assert len(answers_of(staff("coordinator"), page)["answers"]) == 3
        count = teens[0].call("forms.count", page=page, form="sign_up")
        assert count == {"sent": 3, "places_left": 0}

    def test_full_is_told_kindly_and_a_place_that_is_given_back_is_free(
        self, running: Copy, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page, other = publishing(places=1), Teen(running.address)
        first, second = answer(page), answer(page)
        teen.call("forms.send", **first)
        told = other.post("forms.send", second)
        assert told.status_code == 409
        assert "满了" in told.json()["error"]["message"]
        assert error_of(other, "forms.send", second) == (409, "full")
        teen.call("forms.withdraw", cid=first["cid"])
        other.call("forms.send", **answer(page))
        assert other.call("forms.count", page=page, form="sign_up")["places_left"] == 0
        assert [one["state"] for one in documents(resources, page)] == ["sent"]

    def test_withdrawn_many_times_one_place_is_free(
        self, teen: Teen, publishing: Publishing
    ) -> None:
        page, told = publishing(places=2), None
        for _ in range(2):
            told = answer(page)
            teen.call("forms.send", **told)
        assert told is not None
        at_once(8, lambda _: window_of(teen).call("forms.withdraw", cid=told["cid"]))
        count = teen.call("forms.count", page=page, form="sign_up")
        assert count == {"sent": 1, "places_left": 1}

    def test_without_a_limit_places_are_not_counted(
        self, teen: Teen, publishing: Publishing
    ) -> None:
        page = publishing()
        teen.call("forms.send", **answer(page))
        count = teen.call("forms.count", page=page, form="sign_up")
        assert count == {"sent": 1, "places_left": None}


class TestOnce:
    """One from each, where the form says so."""

    def test_of_eight_at_once_one_stands(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page = publishing(once=True)
        windows = [window_of(teen) for _ in range(8)]
        statuses = at_once(8, lambda i: outcome(windows[i], answer(page)))
        assert sorted(statuses) == [200] + [409] * 7
        assert [one["state"] for one in documents(resources, page)] == ["sent"]

    def test_after_a_withdrawal_another_one_may_be_sent(
        self, teen: Teen, publishing: Publishing
    ) -> None:
        page = publishing(once=True)
        first = answer(page)
        teen.call("forms.send", **first)
        assert "交过一份" in teen.post("forms.send", answer(page)).json()["error"]["message"]
        teen.call("forms.withdraw", cid=first["cid"])
        teen.call("forms.send", **answer(page))
        assert error_of(teen, "forms.send", answer(page)) == (409, "already_answered")


class TestCutOff:
    """A worker that dies between the answer and its place."""

    @staticmethod
    def left_behind(
        resources: Resources, teen: Teen, page: str, due: int, **values: Any
    ) -> service.Entry:
        told = answer(page, **values)
        entry = service.Entry(told["cid"], page, "sign_up", told["values"])
        with resources.database.deadline(10):
            left = service._document(resources, Identified(teen.id, "teen"), entry, entry.values)
            assert left["state"] == "pending"
            assert store.add(resources.database, {**left, "due": due})
        return entry

    def test_the_same_cid_finishes_it(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page = publishing(places=1)
        entry = self.left_behind(resources, teen, page, now() + MINUTE)
        assert teen.call("forms.mine")["answers"][0]["pending"] is True
        teen.call("forms.send", cid=entry.cid, page=page, form="sign_up", values=entry.values)
        assert teen.call("forms.mine")["answers"][0]["pending"] is False

    def test_a_sweep_finishes_it_and_refuses_what_has_no_place(
        self, running: Copy, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page, other = publishing(places=1), Teen(running.address)
        self.left_behind(resources, teen, page, now() - 2)
        late = self.left_behind(resources, other, page, now() - 1)
        eventually(lambda: teen.call("forms.mine")["answers"][0]["pending"] is False, 20)
        eventually(lambda: other.call("forms.mine")["answers"] == [], 20)
        body = {"cid": late.cid, "page": page, "form": "sign_up", "values": late.values}
        assert error_of(other, "forms.send", body) == (409, "full")
        with resources.database.deadline(10):
            left = store.find(resources.database, store.answer_id(other.id, late.cid))
        assert left is not None
        assert "values" not in left

    def test_withdrawn_in_between_it_holds_no_place(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page = publishing(places=1)
        entry = self.left_behind(resources, teen, page, now() + MINUTE)
        with resources.database.deadline(10):
            seen = store.find(resources.database, store.answer_id(teen.id, entry.cid))
            assert seen is not None
            teen.call("forms.withdraw", cid=entry.cid)
            # Another call had read it before and goes on with what it saw.
            assert settling.settled(resources, seen)["state"] == "withdrawn"
        assert teen.call("forms.count", page=page, form="sign_up")["places_left"] == 1


class TestWithdrawing:
    """One's own, for good."""

    def test_nothing_but_its_id_stays_and_a_late_repetition_brings_nothing_back(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        told = answer(publishing())
        teen.call("forms.send", **told)
        for _ in range(2):
            teen.call("forms.withdraw", cid=told["cid"])
        assert error_of(teen, "forms.send", told) == (409, "conflict")
        assert teen.call("forms.mine")["answers"] == []
        with resources.database.deadline(10):
            left = store.find(resources.database, store.answer_id(teen.id, told["cid"]))
        assert left is not None
        assert set(left) == {"_id", "who", "cid", "state"}

    def test_one_that_overtakes_its_answer_holds(self, teen: Teen, publishing: Publishing) -> None:
        told = answer(publishing())
        teen.call("forms.withdraw", cid=told["cid"])
        assert error_of(teen, "forms.send", told) == (409, "conflict")

    def test_another_persons_stays(self, running: Copy, teen: Teen, publishing: Publishing) -> None:
        told, other = answer(publishing()), Teen(running.address)
        teen.call("forms.send", **told)
        other.call("forms.withdraw", cid=told["cid"])
        assert len(teen.call("forms.mine")["answers"]) == 1


class TestReaders:
    """Coordinator and supervisor, a page at a time, without knowing who wrote."""

    def test_they_read_page_by_page_the_newest_first(
        self, running: Copy, publishing: Publishing, staff: Staffing
    ) -> None:
        page = publishing()
        teens = [Teen(running.address) for _ in range(3)]
        for number in range(45):
            teens[number % 3].call("forms.send", **answer(page, more=str(number)))
        reader, read, after, more = staff("supervisor"), list[Body](), "", True
        while more:
            part = answers_of(reader, page, after)
            read, after, more = [*read, *part["answers"]], part["cursor"], part["more"]
            assert len(part["answers"]) <= service.PAGE
        assert [one["values"]["more"] for one in read] == [str(n) for n in reversed(range(45))]
        assert len({one["answer"] for one in read}) == 45
        assert set(read[0]) == {"answer", "at", "role", "values", "pictures"}
        assert not any(teen.id in json.dumps(read) for teen in teens)

    @pytest.mark.parametrize("role", ["listener", "counsellor"])
    def test_others_do_not(self, role: str, publishing: Publishing, staff: Staffing) -> None:
        body = {"page": publishing(), "form": "sign_up"}
        assert error_of(staff(role), "forms.answers", body) == (403, "forbidden")

    def test_a_teen_does_not(self, teen: Teen, publishing: Publishing) -> None:
        body = {"page": publishing(), "form": "sign_up"}
        assert error_of(teen, "forms.answers", body) == (403, "forbidden")

    def test_whoever_was_dismissed_does_not_any_more(
        self, publishing: Publishing, staff: Staffing
    ) -> None:
        page, gone = publishing(), staff("coordinator")
        answers_of(gone, page)
        staff("supervisor").call("desk.dismiss", member=gone.id)
        body = {"page": page, "form": "sign_up"}
        assert error_of(gone, "forms.answers", body) == (401, "unauthenticated")
        assert error_of(gone, "forms.send", answer(page)) == (401, "unauthenticated")

    def test_one_that_is_damaged_says_so_and_the_others_are_read(
        self, teen: Teen, publishing: Publishing, staff: Staffing, resources: Resources
    ) -> None:
        page = publishing()
        told = [answer(page), answer(page)]
        for one in told:
            teen.call("forms.send", **one)
        with resources.database.deadline(10):
            resources.database.collection(store.ANSWERS).update_one(
                {"_id": store.answer_id(teen.id, told[0]["cid"])}, {"$set": {"values": b"\x01x"}}
            )
        newer, damaged = answers_of(staff("coordinator"), page)["answers"]
        assert newer["values"] == {"who": "小雨"}
        assert "打不开" in damaged["values"][""]


def test_values_lie_sealed_and_bound_to_their_place(
    teen: Teen, publishing: Publishing, resources: Resources
) -> None:
    page, canary = publishing(), "金丝雀七四一"
    told = [answer(page, more=canary), answer(page, more="别的")]
    for one in told:
        teen.call("forms.send", **one)
    first, second = documents(resources, page)
    assert canary.encode() not in bytes(first["values"]) + bytes(second["values"])
    assert canary not in str([first, second])
    with resources.database.deadline(10), pytest.raises(Unreadable):
        resources.vault.open(teen.id, f"form/{first['_id']}/values", second["values"])


def test_unknown_cursors_are_refused(teen: Teen) -> None:
    for cursor in ("x", "9" * 30, {"$gt": ""}):
        assert error_of(teen, "forms.mine", {"after": cursor}) == (400, "bad_request")


class TestRisk:
    """What a teen writes in a form is heard."""

    def test_danger_comes_into_the_talk_and_calls_a_person(
        self, teen: Teen, publishing: Publishing, staff: Staffing
    ) -> None:
        sent = teen.call("forms.send", **answer(publishing(), more=IMMINENT))
        assert sent["safety"] is True
        view = teen.poll()["conversation"]
        assert (view["safety"], view["brought"]) == (True, {"kind": "form"})
        talk = staff("counsellor").available().take()
        assert talk is not None
        assert (talk["id"], talk["level"]) == (teen.talk, 3)
        assert IMMINENT in talk["brought"]["text"]

    def test_sent_again_it_comes_once(self, teen: Teen, publishing: Publishing) -> None:
        told = answer(publishing(), more=IMMINENT)
        at_once(8, lambda _: window_of(teen).call("forms.send", **told))
        cards = [one for one in teen.transcript() if one["kind"] == "safety_card"]
        assert len(cards) == 1

    def test_calm_words_bring_nothing(self, teen: Teen, publishing: Publishing) -> None:
        assert teen.call("forms.send", **answer(publishing(), more=CALM))["safety"] is False
        assert teen.poll()["conversation"]["safety"] is False

    def test_it_is_heard_also_where_no_place_is_left(
        self, running: Copy, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        page = publishing(places=1)
        Teen(running.address).call("forms.send", **answer(page))
        told = answer(page, more=IMMINENT)
        assert error_of(teen, "forms.send", told) == (409, "full")
        assert teen.poll()["conversation"]["safety"] is True
        with resources.database.deadline(10):
            left = store.find(resources.database, store.answer_id(teen.id, told["cid"]))
        assert left is not None
        assert "values" not in left

    def test_whoever_dies_before_it_is_carried_a_sweep_carries_it(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        told = answer(publishing(), more=IMMINENT)
        entry = service.Entry(told["cid"], told["page"], "sign_up", told["values"])
        with resources.database.deadline(10):
            left = service._document(resources, Identified(teen.id, "teen"), entry, entry.values)
            assert store.add(resources.database, left)
        eventually(lambda: teen.poll()["conversation"]["safety"], 20)
        (one,) = documents(resources, told["page"])
        eventually(lambda: documents(resources, told["page"])[0]["worry"]["state"] == "done", 10)
        assert one["state"] == "sent"

    def test_taken_back_at_once_it_is_carried_and_then_wiped(
        self, teen: Teen, publishing: Publishing, resources: Resources
    ) -> None:
        told = answer(publishing(), more=IMMINENT)
        entry = service.Entry(told["cid"], told["page"], "sign_up", told["values"])
        with resources.database.deadline(10):
            left = service._document(resources, Identified(teen.id, "teen"), entry, entry.values)
            assert store.add(resources.database, left)
        teen.call("forms.withdraw", cid=told["cid"])
        assert teen.poll()["conversation"]["safety"] is True
        with resources.database.deadline(10):
            found = store.find(resources.database, left["_id"])
        assert found is not None
        assert set(found) == {"_id", "who", "cid", "state"}

    def test_staff_are_not_read(self, publishing: Publishing, staff: Staffing) -> None:
        member = staff("listener")
        told = answer(publishing(audience="staff"), more=IMMINENT)
        assert member.call("forms.send", **told)["safety"] is False


def test_a_missing_field_raises_before_anything_is_written() -> None:
    form = definition.form_of(
        {"fields": [{"name": "a", "title": "甲", "type": "text", "required": True}]}
    )
    with pytest.raises(BadRequest, match="甲"):
        definition.check(form, {})
