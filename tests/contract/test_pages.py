"""Pages through HTTP: drafts, publishing, serving, rolling back, and who may do what."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
import requests

from cloudfunctions.common.clock import now
from cloudfunctions.common.resources import Resources
from tests.contract.crew import Newcomer, at_once, error_of, window_of
from tests.contract.drawn import (
    faults,
    new_page,
    opened,
    page,
    put_live,
    refused,
    save,
    text,
)
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]


@pytest.fixture
def draws(staff: Staffing) -> Staff:
    """A coordinator."""
    return staff("coordinator")


class TestDrafts:
    """A draft is kept as it is, and seen by those who draw alone."""

    def test_it_is_kept_as_it_was(self, draws: Staff) -> None:
        before = now()
        content = page(new_page(), text("a", "今天🐱"))
        assert save(draws, content) == {"revision": 1, "faults": []}
        read = draws.call("pages.read", page=content["id"])
        assert before <= read.pop("at") <= now()
        assert read == {
            "page": content["id"],
            "content": content,
            "revision": 1,
            "version": 0,
            "live_version": 0,
            "by": "小鹿",
            "faults": [],
        }

    def test_a_teen_sees_nothing_of_it(self, draws: Staff, teen: Teen) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        assert error_of(teen, "pages.open", {"page": content["id"]}) == (404, "not_found")

    def test_it_may_have_faults_and_tells_them(self, draws: Staff) -> None:
        content = page(new_page(), {"id": "a", "component": "NoSuch", "module": "nuanxinmiao"})
        saved = save(draws, content)
        assert [one["path"] for one in saved["faults"]] == ["items[0].component"]
        read = draws.call("pages.read", page=content["id"])
        assert (read["content"], read["faults"]) == (content, saved["faults"])

    def test_with_faults_it_is_not_published(self, draws: Staff, teen: Teen) -> None:
        good = page(new_page(), text("a", "好的"))
        put_live(draws, good)
        bad = page(good["id"], text("a", "坏的", colour="red"))
        revision = save(draws, bad, 1)["revision"]
        answer = draws.post("pages.publish", {"page": good["id"], "revision": revision})
        error = refused(answer)
        assert error["faults"][0]["path"] == "items[0].attributes.colour"
        assert error["faults"][0]["reason"] in error["hint"]
        assert opened(teen, good["id"])["content"] == good
        assert draws.call("pages.read", page=good["id"])["content"] == bad

    def test_discarded_the_live_one_is_read_again(self, draws: Staff) -> None:
        live = page(new_page(), text("a", "一"))
        put_live(draws, live)
        save(draws, page(live["id"], text("a", "二")), 1)
        body = {"page": live["id"], "revision": 2}
        assert draws.call("pages.discard", **body) == {"revision": 3}
        assert draws.call("pages.discard", **body) == {"revision": 3}
        read = draws.call("pages.read", page=live["id"])
        assert (read["content"], read["version"], read["revision"]) == (live, 1, 3)

    def test_discarded_before_it_was_ever_live_the_page_is_gone(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        draws.call("pages.discard", page=content["id"], revision=1)
        assert error_of(draws, "pages.read", {"page": content["id"]}) == (404, "not_found")

    def test_the_id_of_a_template_is_not_for_drafts(self, draws: Staff) -> None:
        body = {"page": "template_mine", "content": page("template_mine"), "revision": 0}
        assert error_of(draws, "pages.save", body) == (400, "bad_request")


class TestTwoAtOnce:
    """Nobody overwrites anybody unseen."""

    def test_the_second_is_told_whose_it_would_overwrite(
        self, draws: Staff, running: Copy, resources: Resources
    ) -> None:
        other = Staff(running.address, resources, "coordinator", name="小象")
        content = page(new_page(), text("a", "一"))
        save(draws, content)
        mine, theirs = page(content["id"], text("a", "我")), page(content["id"], text("a", "她"))
        save(other, theirs, 1)
        answer = draws.post("pages.save", {"page": content["id"], "content": mine, "revision": 1})
        error = refused(answer, 409)
        assert error["code"] == "conflict"
        assert (error["theirs"]["revision"], error["theirs"]["by"]) == (2, "小象")
        assert error["theirs"]["at"] <= now()
        assert draws.call("pages.read", page=content["id"])["content"] == theirs
        assert save(draws, mine, 2)["revision"] == 3

    def test_of_eight_saves_at_once_one_holds(self, draws: Staff) -> None:
        content = page(new_page())

        def work(number: int) -> int:
            mine = page(content["id"], text("a", f"第{number}"))
            body = {"page": content["id"], "content": mine, "revision": 0}
            return window_of(draws).post("pages.save", body).status_code

        statuses = at_once(8, work)
        assert sorted(statuses) == [200] + [409] * 7
        kept = draws.call("pages.read", page=content["id"])["content"]
        assert kept["items"][0]["attributes"]["text"] == f"第{statuses.index(200)}"

    def test_a_save_whose_answer_was_lost_is_not_a_conflict(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        assert save(draws, content) == save(draws, content)
        changed = page(content["id"], text("a", "二"))
        assert save(draws, changed, 1) == save(draws, changed, 1)

    def test_of_eight_publishes_at_once_all_tell_the_one_version(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)

        def work(_: int) -> tuple[int, int]:
            body = {"page": content["id"], "revision": 1}
            answer = window_of(draws).post("pages.publish", body)
            return answer.status_code, answer.json().get("data", {}).get("version", 0)

        answers = at_once(8, work)
        good = [version for status, version in answers if status == 200]
        assert good
        assert {status for status, _ in answers} <= {200, 409}
        live = draws.call("pages.read", page=content["id"])["live_version"]
        assert set(good) == {live}

    def test_what_changed_since_is_not_published(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        save(draws, page(content["id"], text("a", "二")), 1)
        answer = draws.post("pages.publish", {"page": content["id"], "revision": 1})
        assert refused(answer, 409)["theirs"]["revision"] == 2
        assert error_of(draws, "pages.open", {"page": content["id"]})[0] == 404


class TestPublishing:
    """What is published is served; every version stays."""

    def test_teens_see_it(self, draws: Staff, teen: Teen, running: Copy) -> None:
        content = page(new_page(), text("a"))
        assert put_live(draws, content) == 1
        for viewer in (teen, draws, Caller(running.address)):
            answer = opened(viewer, content["id"])
            assert (answer["content"], answer["version"]) == (content, 1)
            again = viewer.call("pages.open", page=content["id"], etag=answer["etag"])
            assert again == {**answer, "content": None}

    def test_the_manifest_tells_what_is_new(self, draws: Staff, teen: Teen) -> None:
        content = page(new_page(), text("a"))
        put_live(draws, content)

        def mine() -> Body:
            pages = teen.call("pages.manifest")["pages"]
            return next(one for one in pages if one["page"] == content["id"])

        first = mine()
        assert (first["title"], first["nav"]) == ("试试", "")
        put_live(draws, page(content["id"], text("a", "新的")), 1)
        assert mine()["etag"] != first["etag"]
        assert mine()["etag"] == opened(teen, content["id"])["etag"]

    def test_published_again_it_is_the_same_version(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        body = {"page": content["id"], "revision": 1}
        assert [draws.call("pages.publish", **body) for _ in range(3)] == [{"version": 1}] * 3
        assert len(draws.call("pages.versions", page=content["id"])["versions"]) == 1

    def test_without_a_draft_there_is_nothing_to_publish(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        put_live(draws, content)
        save(draws, page(content["id"], text("a", "二")), 1)
        draws.call("pages.discard", page=content["id"], revision=2)
        body = {"page": content["id"], "revision": 3}
        assert error_of(draws, "pages.publish", body) == (400, "bad_request")

    def test_versions_tell_who_and_when_and_what(self, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        draws.call("pages.publish", page=content["id"], revision=1, note="第一次")
        put_live(draws, page(content["id"], text("a", "二")), 1)
        told = draws.call("pages.versions", page=content["id"])
        marks = [
            (one["version"], one["by"], one["note"], one["is_live"]) for one in told["versions"]
        ]
        assert marks == [(2, "小鹿", "", True), (1, "小鹿", "第一次", False)]
        assert [(one["did"], one["version"]) for one in told["events"]] == [
            ("published", 2),
            ("published", 1),
        ]
        read = draws.call("pages.read", page=content["id"], version=1)
        assert (read["content"], read["version"], read["live_version"]) == (content, 1, 2)

    def test_rolled_back_the_earlier_one_is_live_and_the_draft_stays(
        self, draws: Staff, teen: Teen
    ) -> None:
        first = page(new_page(), text("a", "一"))
        put_live(draws, first)
        put_live(draws, page(first["id"], text("a", "二")), 1)
        draft = page(first["id"], text("a", "三"))
        save(draws, draft, 2)
        body = {"page": first["id"], "version": 1}
        assert [draws.call("pages.roll_back", **body) for _ in range(2)] == [{"version": 1}] * 2
        assert opened(teen, first["id"])["content"] == first
        assert draws.call("pages.read", page=first["id"])["content"] == draft
        events = draws.call("pages.versions", page=first["id"])["events"]
        assert [(one["did"], one["version"]) for one in events] == [
            ("rolled_back", 1),
            ("published", 2),
            ("published", 1),
        ]
        assert draws.call("pages.publish", page=first["id"], revision=3) == {"version": 3}
        assert error_of(draws, "pages.roll_back", {"page": first["id"], "version": 9})[0] == 404

    def test_a_page_of_ones_own_can_be_removed(self, draws: Staff, teen: Teen) -> None:
        content = page(new_page(), text("a"))
        put_live(draws, content)
        assert draws.call("pages.remove", page=content["id"]) == {"removed": content["id"]}
        assert error_of(teen, "pages.open", {"page": content["id"]}) == (404, "not_found")
        assert error_of(draws, "pages.versions", {"page": content["id"]}) == (404, "not_found")
        assert put_live(draws, content) == 1


class TestWhoSeesWhat:
    """Pages for staff are not there for anybody else."""

    @pytest.fixture
    def for_staff(self, draws: Staff) -> str:
        """A page for staff that is live."""
        content = page(new_page(), text("a", "只给我们"), audience="staff")
        put_live(draws, content)
        return str(content["id"])

    def test_staff_see_it(self, staff: Staffing, for_staff: str) -> None:
        for role in ("listener", "counsellor", "supervisor", "coordinator"):
            member = staff(role)
            assert opened(member, for_staff)["version"] == 1
            names = [one["page"] for one in member.call("pages.manifest")["pages"]]
            assert for_staff in names

    def test_for_others_it_is_as_if_it_were_not_there(
        self, running: Copy, teen: Teen, for_staff: str
    ) -> None:
        for viewer in (teen, Caller(running.address)):
            real = viewer.post("pages.open", {"page": for_staff})
            absent = viewer.post("pages.open", {"page": "teen_nowhere"})
            assert (real.status_code, real.content) == (404, absent.content)
            names = [one["page"] for one in viewer.call("pages.manifest")["pages"]]
            assert for_staff not in names
        urls = [f"{running.address}/pages/{name}.json" for name in (for_staff, "teen_nowhere")]
        real, absent = (requests.get(url, timeout=10) for url in urls)
        assert (real.status_code, real.content) == (404, absent.content)

    def test_a_draft_for_staff_takes_the_live_page_from_nobody(
        self, draws: Staff, teen: Teen
    ) -> None:
        content = page(new_page(), text("a"))
        put_live(draws, content)
        save(draws, page(content["id"], text("a", "秘密"), audience="staff"), 1)
        assert opened(teen, content["id"])["content"] == content
        put = draws.call("pages.publish", page=content["id"], revision=2)
        assert put == {"version": 2}
        assert error_of(teen, "pages.open", {"page": content["id"]}) == (404, "not_found")
        draws.call("pages.roll_back", page=content["id"], version=1)
        assert opened(teen, content["id"])["content"] == content

    def test_who_was_dismissed_sees_it_no_more(self, staff: Staffing, for_staff: str) -> None:
        member = staff("listener")
        assert opened(member, for_staff)
        staff("supervisor").call("desk.dismiss", member=member.id)
        assert error_of(member, "pages.open", {"page": for_staff})[0] == 401

    def test_only_who_draws_may_draw(self, staff: Staffing, teen: Teen, draws: Staff) -> None:
        content = page(new_page(), text("a"))
        put_live(draws, content)
        body = {"page": content["id"], "content": content, "revision": 1}
        for other in (teen, staff("listener"), staff("counsellor"), staff("supervisor")):
            assert error_of(other, "pages.save", body) == (403, "forbidden")
            for action in ("publish", "discard"):
                wanted = {"page": content["id"], "revision": 1}
                assert error_of(other, f"pages.{action}", wanted)[0] == 403
        looks = staff("supervisor")
        assert looks.call("pages.read", page=content["id"])["content"] == content
        assert looks.call("pages.versions", page=content["id"])["versions"]

    def test_the_list_tells_all_pages_to_who_draws(self, draws: Staff, for_staff: str) -> None:
        content = page(new_page(), text("a"))
        save(draws, content)
        rows = {one["page"]: one for one in draws.call("pages.list")["pages"]}
        mine, live = rows[content["id"]], rows[for_staff]
        assert (mine["label"], mine["audience"], mine["live"]) == ("试试", "teen", None)
        assert (mine["draft"]["revision"], mine["draft"]["by"]) == (1, "小鹿")
        assert (live["audience"], live["draft"]) == ("staff", None)
        assert (live["live"]["version"], live["live"]["by"]) == (1, "小鹿")
        assert not mine["is_shipped"]


class TestByName:
    """The route that browsers and caches know."""

    @pytest.fixture
    def live(self, draws: Staff) -> Body:
        """A page that is live."""
        content = page(new_page(), *(text(f"n{number}", "暖" * 20) for number in range(40)))
        put_live(draws, content)
        return content

    def test_it_answers_as_the_action_does(self, running: Copy, teen: Teen, live: Body) -> None:
        answer = requests.get(f"{running.address}/pages/{live['id']}.json", timeout=10)
        assert answer.status_code == 200
        assert answer.json()["data"] == opened(teen, live["id"])
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_it_comes_compressed_to_who_takes_it(self, running: Copy, live: Body) -> None:
        url = f"{running.address}/pages/{live['id']}.json"
        sizes = {}
        for coding in ("identity", "gzip"):
            with requests.get(
                url, headers={"Accept-Encoding": coding}, timeout=10, stream=True
            ) as answer:
                body = answer.raw.read()
            packed = answer.headers.get("Content-Encoding") == "gzip"
            assert packed == (coding == "gzip")
            assert "Accept-Encoding" in answer.headers["Vary"]
            sizes[coding] = len(body)
            content = json.loads(gzip.decompress(body) if packed else body)
            assert content["data"]["content"] == live
        assert sizes["gzip"] * 4 < sizes["identity"]

    def test_what_is_held_is_not_sent_again(self, running: Copy, draws: Staff, live: Body) -> None:
        url = f"{running.address}/pages/{live['id']}.json"
        etag = requests.get(url, timeout=10).headers["ETag"]
        for held in (etag, f'"x", {etag}', etag.removeprefix("W/")):
            answer = requests.get(url, headers={"If-None-Match": held}, timeout=10)
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["ETag"] == etag
        assert requests.get(url, headers={"If-None-Match": '"x"'}, timeout=10).status_code == 200
        put_live(draws, page(live["id"], text("a", "新的")), 1)
        answer = requests.get(url, headers={"If-None-Match": etag}, timeout=10)
        assert answer.status_code == 200
        assert answer.json()["data"]["version"] == 2

    @pytest.mark.parametrize(
        "name", ["nowhere", "UPPER", "..%2fetc", "a" * 80, "%00", "teen_a.json", "$ne"]
    )
    def test_any_other_name_is_not_found(self, running: Copy, name: str) -> None:
        answer = requests.get(f"{running.address}/pages/{name}.json", timeout=10)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"

    def test_it_is_only_to_be_read(self, running: Copy, live: Body) -> None:
        url = f"{running.address}/pages/{live['id']}.json"
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = requests.request(method, url, timeout=10)
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                405,
                "method_not_allowed",
            )


class TestWhatThereIsToDrawWith:
    """Templates and the data source."""

    def test_templates_are_pages_without_faults(self, draws: Staff) -> None:
        found = draws.call("pages.templates")["templates"]
        listed = [one["page"] for one in draws.call("pages.list")["pages"]]
        for one in found:
            assert one["template"] not in listed
            assert one["label"]
            assert faults(draws, one["content"]) == {}

    def test_the_source_tells_who_may_call_what(self, draws: Staff) -> None:
        source = draws.call("pages.source")["source"]
        methods = {one["name"]: one for one in source["methods"]}
        assert methods["story.feed"]["title"] == "大家的故事"
        assert "account.invite" not in methods


def test_a_newcomer_reads_pages_before_they_have_come_in(running: Copy, draws: Staff) -> None:
    content = page(new_page(), text("a"), audience="anyone")
    put_live(draws, content)
    stranger = Newcomer(running.address)
    assert opened(stranger, content["id"])["content"] == content
