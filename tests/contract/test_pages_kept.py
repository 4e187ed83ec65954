"""Pages where the database stops, and the pages that we ship."""

from __future__ import annotations

import dataclasses
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
import requests
from pymongo.errors import AutoReconnect

from cloudfunctions.account import service as account
from cloudfunctions.app import create_app
from cloudfunctions.common.errors import HOTLINES, Conflict
from cloudfunctions.common.identity import Caller as Identified
from cloudfunctions.common.resources import Resources
from cloudfunctions.pages import drawing, service, shipped, store
from tests.contract.crew import at_once, eventually
from tests.contract.drawn import new_page, opened, page, put_live, save, text
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

DATABASE = "pages_kept"


@pytest.fixture(scope="module")
def app(resources: Resources) -> Iterator[flask.Flask]:
    """The service in this process, on a database of its own."""
    made = create_app(dataclasses.replace(resources.settings, database_name=DATABASE))
    yield made
    made.extensions["resources"].database.close()


@pytest.fixture(scope="module")
def own(app: flask.Flask) -> Resources:
    """What that service uses."""
    found: Resources = app.extensions["resources"]
    return found


@pytest.fixture(scope="module")
def draws(own: Resources) -> Identified:
    """A coordinator of it."""
    with own.database.deadline(20):
        own.database.prepare()
        code = account.invite(own, "coordinator", "test").invitation
        session = account.join(own, code, secrets.token_urlsafe(32), "小鹿")
    return Identified(session.id, "coordinator")


class Called:
    """Calls of one caller to the service in this process."""

    def __init__(self, app: flask.Flask, own: Resources, caller: Identified) -> None:
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {own.identity.issue(caller)}"}

    def post(self, action: str, **body: Any) -> tuple[int, Body]:
        """Status and answer."""
        answer = self._client.post(f"/api/{action}", json=body, headers=self._headers)
        content: Body = answer.get_json()
        return answer.status_code, content

    def call(self, action: str, **body: Any) -> Body:
        """The data of a good answer."""
        status, content = self.post(action, **body)
        assert status == 200, content
        data: Body = content["data"]
        return data


@pytest.fixture
def caller(app: flask.Flask, own: Resources, draws: Identified) -> Called:
    """The coordinator, calling."""
    return Called(app, own, draws)


STEPS = ("change", "add_version", "put_live")


class TestPublishCutOff:
    """A publish that is cut off at any step leaves what was live, or is whole."""

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_at_a_step(
        self, caller: Called, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
    ) -> None:
        first = page(new_page(), text("a", "一"))
        caller.call("pages.save", page=first["id"], content=first, revision=0)
        caller.call("pages.publish", page=first["id"], revision=1)
        second = page(first["id"], text("a", "二"))
        caller.call("pages.save", page=first["id"], content=second, revision=1)
        whole = getattr(store, step)

        def cut(*arguments: Any, **named: Any) -> Any:
            if after:
                whole(*arguments, **named)
            raise AutoReconnect("cut off")

        body: Body = {"page": first["id"], "revision": 2}
        with monkeypatch.context() as patch:
            patch.setattr(store, step, cut)
            status, content = caller.post("pages.publish", **body)
        assert (status, content["error"]["code"]) == (503, "unavailable")
        live = caller.call("pages.open", page=first["id"])["content"]
        assert live == (second if after and step == "put_live" else first)
        published = caller.call("pages.publish", **body)
        assert caller.call("pages.publish", **body) == published
        answer = caller.call("pages.open", page=first["id"])
        assert (answer["content"], answer["version"]) == (second, published["version"])
        marks = caller.call("pages.versions", page=first["id"])["versions"]
        assert [one["version"] for one in marks if one["is_live"]] == [published["version"]]

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_a_roll_back(
        self, caller: Called, monkeypatch: pytest.MonkeyPatch, after: bool
    ) -> None:
        name = new_page()
        contents = [page(name, text("a", words)) for words in ("一", "二")]
        for revision, content in enumerate(contents):
            caller.call("pages.save", page=name, content=content, revision=revision)
            caller.call("pages.publish", page=name, revision=revision + 1)
        whole = store.put_live

        def cut(*arguments: Any) -> bool:
            if after:
                whole(*arguments)
            raise AutoReconnect("cut off")

        with monkeypatch.context() as patch:
            patch.setattr(store, "put_live", cut)
            assert caller.post("pages.roll_back", page=name, version=1)[0] == 503
        assert caller.call("pages.open", page=name)["content"] == contents[0 if after else 1]
        assert caller.call("pages.roll_back", page=name, version=1) == {"version": 1}
        assert caller.call("pages.open", page=name)["content"] == contents[0]

    def test_a_draft_is_published_while_another_is_saved(self, caller: Called) -> None:
        """The number is taken, then somebody saves: what is live is what it was."""
        name = new_page()
        content = page(name, text("a", "一"))
        caller.call("pages.save", page=name, content=content, revision=0)
        caller.call("pages.publish", page=name, revision=1)
        caller.call("pages.save", page=name, content=page(name, text("a", "二")), revision=1)
        whole = store.add_version

        def saved_meanwhile(*arguments: Any) -> bool:
            third = page(name, text("a", "三"))
            caller.call("pages.save", page=name, content=third, revision=2)
            return whole(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "add_version", saved_meanwhile)
            status, answer = caller.post("pages.publish", page=name, revision=2)
        assert (status, answer["error"]["theirs"]["revision"]) == (409, 3)
        assert caller.call("pages.open", page=name)["content"] == content


@pytest.mark.timeout(180)
def test_while_the_database_stands_still_nothing_is_published(own_copy: Copy) -> None:
    resources = own_copy.resources()
    member, teen = Staff(own_copy.address, resources, "coordinator"), Teen(own_copy.address)
    resources.database.close()
    first, second = (page("teen_still", text("a", words)) for words in ("一", "二"))
    put_live(member, first)
    save(member, second, 1)
    own_copy.pause_database()
    try:
        for action in ("pages.publish", "pages.save"):
            body = {"page": "teen_still", "revision": 2}
            more = {"content": first} if action == "pages.save" else {}
            answer = member.post(action, {**body, **more})
            assert answer.status_code == 503
        by_name = requests.get(f"{own_copy.address}/pages/teen_still.json", timeout=10)
        assert by_name.status_code == 503
        assert by_name.json()["error"]["hint"].endswith(HOTLINES)
        assert teen.post("pages.open", {"page": "teen_still"}).status_code == 503
    finally:
        own_copy.resume_database()
    eventually(own_copy.ready, 20)
    assert opened(teen, "teen_still")["content"] == first
    assert member.call("pages.publish", page="teen_still", revision=2) == {"version": 2}
    assert opened(teen, "teen_still")["content"] == second


@pytest.mark.timeout(240)
def test_publishing_while_the_database_is_killed_loses_and_mixes_nothing(own_copy: Copy) -> None:
    resources = own_copy.resources()
    member = Staff(own_copy.address, resources, "coordinator")
    resources.database.close()
    told: list[tuple[int, str]] = []
    done = threading.Event()

    def draw() -> None:
        number = 0
        while not done.is_set():
            number += 1
            content = page("teen_killed", text("a", f"第{number}"))
            version = published(member, content)
            if version:
                told.append((version, f"第{number}"))

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        for rounds in range(1, 5):
            eventually(lambda rounds=rounds: len(told) >= 3 * rounds, 60)  # type: ignore[misc]
            own_copy.kill_database()
            eventually(own_copy.ready, 40)
    finally:
        done.set()
        thread.join(60)
    versions = member.call("pages.versions", page="teen_killed")["versions"]
    assert {number for number, _ in told} <= {one["version"] for one in versions}
    assert len({number for number, _ in told}) == len(told)
    for number, words in told:
        kept = member.call("pages.read", page="teen_killed", version=number)["content"]
        assert kept["items"][0]["attributes"]["text"] == words
    live = opened(member, "teen_killed")
    assert live["version"] >= told[-1][0]


def published(member: Staff, content: Body) -> int:
    """Save over whatever there is and publish; 0 if the database was away."""
    try:
        read = member.post("pages.read", {"page": content["id"]})
        if read.status_code not in (200, 404):
            return 0
        revision = read.json()["data"]["revision"] if read.status_code == 200 else 0
        body = {"page": content["id"], "content": content, "revision": revision}
        saved = member.post("pages.save", body)
        if saved.status_code != 200:
            return 0
        body = {"page": content["id"], "revision": saved.json()["data"]["revision"]}
        answer = member.post("pages.publish", body)
        assert answer.status_code in (200, 503), answer.text
        return int(answer.json()["data"]["version"]) if answer.status_code == 200 else 0
    except requests.RequestException:
        return 0


Shelf = Callable[..., Path]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Put a page of ours into a folder as we ship it."""

    def put(content: Body, kind: str = "teen") -> Path:
        folder = tmp_path / "pages" / kind
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{content['id']}.json"
        file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return tmp_path / "pages"

    return put


def seeded(own: Resources, folder: Path) -> list[str]:
    """Ids of what went live."""
    with own.database.deadline(20):
        return shipped.seed(own, folder)


def live_text(own: Resources, name: str) -> tuple[int, str]:
    """Version and words of what is live of a page."""
    with own.database.deadline(10):
        found = service.open_page(own, Identified("x", "teen"), name, "")
    assert found.content is not None
    content = json.loads(bytes(found.content))
    return found.version, content["items"][0]["attributes"]["text"]


class TestShipped:
    """Ours come in at start, and never over what a coordinator made live."""

    def test_once_and_then_no_more(self, own: Resources, shelf: Shelf, caller: Called) -> None:
        ours = page(new_page(), text("a", "一"))
        folder = shelf(ours)
        assert seeded(own, folder) == [ours["id"]]
        assert [seeded(own, folder) for _ in range(2)] == [[], []]
        assert live_text(own, ours["id"]) == (1, "一")
        rows = {one["page"]: one for one in caller.call("pages.list")["pages"]}
        assert rows[ours["id"]]["is_shipped"]
        assert rows[ours["id"]]["live"]["by"] == "暖心喵"
        status, answer = caller.post("pages.remove", page=ours["id"])
        assert (status, answer["error"]["code"]) == (400, "bad_request")

    def test_what_changed_of_ours_goes_live(self, own: Resources, shelf: Shelf) -> None:
        ours = page(new_page(), text("a", "一"))
        seeded(own, shelf(ours))
        assert seeded(own, shelf(page(ours["id"], text("a", "二")))) == [ours["id"]]
        assert live_text(own, ours["id"]) == (2, "二")

    def test_what_a_coordinator_made_live_stays(
        self, own: Resources, shelf: Shelf, caller: Called
    ) -> None:
        ours = page(new_page(), text("a", "一"))
        seeded(own, shelf(ours))
        theirs = page(ours["id"], text("a", "她的"))
        read = caller.call("pages.read", page=ours["id"])
        body = {"page": ours["id"], "content": theirs, "revision": read["revision"]}
        saved = caller.call("pages.save", **body)
        folder = shelf(page(ours["id"], text("a", "二")))
        assert seeded(own, folder) == [ours["id"]], "a draft is not live"
        assert caller.call("pages.read", page=ours["id"])["content"] == theirs
        caller.call("pages.publish", page=ours["id"], revision=saved["revision"])
        assert seeded(own, shelf(page(ours["id"], text("a", "三")))) == []
        assert live_text(own, ours["id"])[1] == "她的"
        caller.call("pages.roll_back", page=ours["id"], version=1)
        assert seeded(own, folder) == [], "she chose this version"
        assert live_text(own, ours["id"])[1] == "一"

    def test_a_page_with_a_fault_is_left_out_and_the_others_come(
        self, own: Resources, shelf: Shelf
    ) -> None:
        good, bad = page(new_page(), text("a")), page(new_page(), text("a", colour="red"))
        broken = page(new_page())
        folder = shelf(good)
        shelf(bad)
        shelf(broken)
        (folder / "teen" / f"{broken['id']}.json").write_text("{", "utf-8")
        assert seeded(own, folder) == [good["id"]]

    def test_several_that_start_at_once_make_it_live(self, own: Resources, shelf: Shelf) -> None:
        ours = page(new_page(), text("a", "一"))
        folder = shelf(ours)
        answers = at_once(6, lambda _: seeded(own, folder))
        assert [ours["id"]] in answers
        assert live_text(own, ours["id"])[1] == "一"
        assert seeded(own, folder) == []

    def test_a_start_that_was_cut_off_is_finished_by_the_next(
        self, own: Resources, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut(*_: Any) -> bool:
            raise AutoReconnect("cut off")

        for step in ("change", "add_version", "put_live"):
            ours = page(new_page(), text("a", step))
            folder = shelf(ours)
            with monkeypatch.context() as patch:
                patch.setattr(store, step, cut)
                with pytest.raises(AutoReconnect):
                    seeded(own, folder)
            assert ours["id"] in seeded(own, folder)
            assert live_text(own, ours["id"])[1] == step

    def test_a_template_is_there_to_begin_from_and_stands_in_no_list(
        self, own: Resources, shelf: Shelf, caller: Called
    ) -> None:
        name = f"template_{secrets.token_hex(4)}"
        ours = page(name, text("a", "一"))
        ours["attributes"]["description"] = "从这里开始"
        seeded(own, shelf(ours, "templates"))
        (found,) = [
            one for one in caller.call("pages.templates")["templates"] if one["template"] == name
        ]
        told = {"label": "试试", "description": "从这里开始", "content": ours}
        assert found == {"template": name, **told}
        for action in ("list", "manifest"):
            pages = caller.call(f"pages.{action}")["pages"]
            assert name not in [one["page"] for one in pages]


def test_a_running_copy_has_all_our_pages(running: Copy, staff: Callable[[str], Staff]) -> None:
    member = staff("coordinator")
    ours = {path.stem: path for path in shipped.FOLDER.glob("*/*.json")}
    assert ours
    for name, path in ours.items():
        assert opened(member, name)["content"] == json.loads(path.read_text("utf-8"))


def test_the_largest_number_of_pages(own: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    with own.database.deadline(20), monkeypatch.context() as patch:
        patch.setattr(drawing, "MOST_PAGES", len(store.listed(own.database, service.AUDIENCES)))
        code = account.invite(own, "coordinator", "test").invitation
        session = account.join(own, code, secrets.token_urlsafe(32), "小象")
        caller = Identified(session.id, "coordinator")
        with pytest.raises(Conflict):
            drawing.save(own, caller, "teen_too_many", page("teen_too_many"), 0)
