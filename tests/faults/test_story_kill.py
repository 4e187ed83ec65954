"""Kills on the way of a story: nothing unapproved is shown, no cry is lost, all is told.

The database is killed around decisions again and again; the only worker is killed at each point
between a write and what follows it. The client repeats the same call until it is acknowledged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from cloudfunctions.common.resources import Resources
from tests.contract.crew import eventually, stored
from tests.contract.shelf import GRAVE, SAD, WORDS, author, feed, mine, stored_story
from tests.faults.beside import Beside
from tests.faults.killing import VARIABLE, Trigger
from tests.faults.sizes import sized
from tests.faults.story_killing import POINTS
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

ROUNDS = sized(6, 50)
RETRY_SECONDS = 60.0
MASK = "〔已隐去〕"
UNAPPROVED = "这一句没有人同意过"


def until_done(caller: Caller, action: str, body: Body) -> requests.Response:
    """Repeat a call until it is neither lost nor unavailable."""
    end = time.monotonic() + RETRY_SECONDS
    while time.monotonic() < end:
        try:
            answer = caller.post(action, body, timeout=10)
        except requests.RequestException:
            time.sleep(0.05)
            continue
        if answer.status_code != 503:
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"{action} was not acknowledged in {RETRY_SECONDS} s")


def done(caller: Caller, action: str, /, **body: object) -> Body:
    """The same, for a call that must be good in the end."""
    answer = until_done(caller, action, dict(body))
    assert answer.status_code == 200, f"{action}: {answer.status_code} {answer.text}"
    data: Body = answer.json()["data"]
    return data


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy whose database these tests kill."""
    found = Copy(tmp_path_factory.mktemp("stories")).start()
    yield found
    found.discard()


class Watcher(threading.Thread):
    """A reader who looks all the time, and keeps every wording they were ever shown."""

    def __init__(self, teen: Teen) -> None:
        super().__init__()
        self.teen, self.stop, self.seen, self.looks = teen, threading.Event(), set[str](), 0

    def run(self) -> None:
        """Look until told to stop."""
        while not self.stop.is_set():
            try:
                answer = self.teen.post("story.feed", {}, timeout=10)
            except requests.RequestException:
                continue
            if answer.status_code == 200:
                self.looks += 1
                self.seen |= {one["text"] for one in answer.json()["data"]["stories"]}


def test_the_database_dies_between_decision_and_publication(killed: Copy) -> None:
    """One outcome each round: what was decided, once, and never another wording."""
    door = killed.resources()
    writer, moderator = author(killed), Staff(killed.address, door, "counsellor")
    watcher = Watcher(author(killed))
    watcher.start()
    approved = set[str]()
    try:
        for number in range(ROUNDS):
            approved.add(_one_round(killed, door, writer, moderator, number))
    finally:
        watcher.stop.set()
        watcher.join()
        door.database.close()
    published = {one["text"] for one in feed(writer)}
    assert published == set(sorted(approved)[-20:]) or published <= approved
    assert watcher.seen <= approved, watcher.seen - approved
    assert watcher.looks > ROUNDS
    print(
        f"\nstories: {ROUNDS} kills around a decision, {watcher.looks} looks, unapproved 0, lost 0"
    )


def _one_round(killed: Copy, door: Resources, writer: Teen, moderator: Staff, number: int) -> str:
    """Write, take, decide while the database is killed, agree; returns the approved wording."""
    story, secret = new_cid(), f"{UNAPPROVED}{number}"
    masks = number % 2 == 1
    text = f"{secret}，{SAD}{number}" if masks else f"{SAD}{number}"
    done(writer, "story.save", story=story, edit=1, **{**WORDS, "text": text})
    done(writer, "story.send", story=story, edit=1)
    identity = _public(door, writer, story)
    item = done(moderator, "story.take", kind="story", id=identity)["item"]
    decision: Body = {"end": "mask", "masks": [{"start": 0, "end": len(secret)}]}
    if not masks:
        decision = {"end": "publish"}
    killer = threading.Timer(0.01 * (number % 4), killed.kill_database)
    killer.start()
    body = {"kind": "story", "id": identity, "version": item["version"], **decision}
    done(moderator, "story.decide", **body)
    killer.join()
    killed.wait_ready(30)
    # Acknowledged, so it is there after the kill; a repetition changes nothing.
    done(moderator, "story.decide", **body)
    document = stored_story(door, writer, story)
    assert len(document["decisions"]) == 1
    if not masks:
        assert document["shown"]["text"] == text
        return text
    assert "shown" not in document
    version = mine(writer, story)["version"]
    assert (
        done(writer, "story.agree", story=story, version=version)["story"]["state"] == "published"
    )
    return f"{MASK}，{SAD}{number}"


def _public(door: Resources, writer: Teen, story: str) -> str:
    return str(stored_story(door, writer, story)["public"])


@pytest.fixture(scope="module")
def trigger(tmp_path_factory: pytest.TempPathFactory) -> Trigger:
    """What tells the worker where to die."""
    return Trigger(tmp_path_factory.mktemp("story-trigger") / "armed")


@pytest.fixture(scope="module")
def service(
    host: Copy, trigger: Trigger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Beside]:
    """A service with one worker, so that nobody else serves while it is dead."""
    folder: Path = tmp_path_factory.mktemp("story-killing")
    environment = {"WORKERS": "1", VARIABLE: str(trigger.path)}
    with Beside(host, folder, "tests.faults.story_killing:app()", **environment) as found:
        yield found


@pytest.mark.parametrize("point", POINTS[:4])
def test_a_worker_dies_on_the_way_of_a_cry_for_help(
    service: Beside, trigger: Trigger, door: Resources, point: str
) -> None:
    """The story is withheld and the talk is at the counsellors, once, wherever the worker died."""
    for _ in range(sized(3, 20)):
        teen, story = Teen(service.address), new_cid()
        done(teen, "story.save", story=story, edit=1, **{**WORDS, "text": GRAVE})
        trigger.arm(point)
        sent = done(teen, "story.send", story=story, edit=1)["story"]
        assert sent["state"] == "withheld"
        assert not trigger.armed, "nobody died"
        eventually(partial(_carried, door, teen, story), seconds=10)
        talk = stored(door, teen.talk)
        assert talk["waiting"]["tier"] == "counsellor"
        assert [event["source"] for event in talk["risk_events"]] == ["story"]
        assert [alert["kind"] for alert in talk["alerts"]] == ["risk"]


def _carried(door: Resources, teen: Teen, story: str) -> bool:
    return bool(stored_story(door, teen, story)["worry"]["state"] == "done")


@pytest.mark.parametrize("point", [*POINTS[:2], *POINTS[4:]])
def test_a_worker_dies_while_a_story_is_taken_back(
    service: Beside, trigger: Trigger, door: Resources, point: str
) -> None:
    """It is gone for readers at the acknowledgement, and every open screen is told of it once."""
    reader = Teen(service.address)
    reader.call("account.age", band="from_14")
    moderator = Staff(service.address, door, "counsellor")
    for _ in range(sized(3, 20)):
        writer, story = Teen(service.address), new_cid()
        done(writer, "story.save", story=story, edit=1, **WORDS)
        done(writer, "story.send", story=story, edit=1)
        public = _public(door, writer, story)
        item = done(moderator, "story.take", kind="story", id=public)["item"]
        body = {"kind": "story", "id": public, "version": item["version"], "end": "publish"}
        done(moderator, "story.decide", **body)
        since = done(reader, "story.poll", since=0)["now"]
        trigger.arm(point)
        done(writer, "story.withdraw", story=story)
        assert not trigger.armed, "nobody died"
        assert until_done(reader, "story.read", {"story": public}).status_code == 404
        told = eventually(partial(_told, reader, since), seconds=10)
        assert told == [public]


def _told(reader: Teen, since: int) -> list[str]:
    gone: list[str] = done(reader, "story.poll", since=since)["gone"]
    return gone
