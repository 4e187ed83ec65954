"""F1: kill -9 of the worker at each point of a send; the client sends the same cid again."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import requests

from cloudfunctions.chat.store import CHUNK, KEPT
from cloudfunctions.common.resources import Resources
from tests.contract.crew import IMMINENT, eventually, stored
from tests.fakes.notify import FakeNotify
from tests.faults.beside import Beside
from tests.faults.conftest import KEY
from tests.faults.killing import CALM_POINTS, GRAVE_POINTS, SPILL, VARIABLE, Trigger
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

ROUNDS = sized(5, 50)
SERVING_SECONDS = 5.0
GIVEN_UP_AFTER = 30.0


@pytest.fixture(scope="module")
def trigger(tmp_path_factory: pytest.TempPathFactory) -> Trigger:
    """What tells the worker where to die."""
    return Trigger(tmp_path_factory.mktemp("trigger") / "armed")


@pytest.fixture(scope="module")
def service(
    host: Copy, receiver: FakeNotify, trigger: Trigger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Beside]:
    """A service with one worker, so that nobody else serves while it is dead."""
    folder = tmp_path_factory.mktemp("killing")
    environment = {
        "WORKERS": "1",
        "NOTIFY_URL": receiver.url,
        "NOTIFY_KEY": KEY,
        VARIABLE: str(trigger.path),
    }
    entry = "tests.faults.killing:app()"
    with Beside(host, folder, entry, **environment) as found:
        yield found


class Killed:
    """Sends through kills at one point, and what came of it."""

    def __init__(self, service: Beside, trigger: Trigger, point: str) -> None:
        self._service, self._trigger, self._point = service, trigger, point
        self.seconds: list[float] = []

    def send(self, teen: Teen, text: str) -> Body:
        """Send once through a death at the point; returns the answer of the try that came back."""
        (before,) = self._service.workers()
        self._trigger.arm(self._point)
        answer = self._until_acknowledged(teen, new_cid(), text)
        assert not self._trigger.armed, "nobody died"
        (after,) = self._service.workers()
        assert after.pid != before.pid
        return answer

    def _until_acknowledged(self, teen: Teen, cid: str, text: str) -> Body:
        body = {"conversation": teen.talk, "cid": cid, "text": text}
        died, end = 0.0, time.monotonic() + GIVEN_UP_AFTER
        while time.monotonic() < end:
            try:
                answer = teen.post("chat.send", body, timeout=10)
            except requests.RequestException:
                died = died or time.monotonic()
                time.sleep(0.02)
                continue
            assert answer.status_code == 200, answer.text
            self.seconds.append(time.monotonic() - died)
            data: Body = answer.json()["data"]
            assert data["message"]["cid"] == cid
            return data
        raise TimeoutError("stuck")

    def tell(self) -> None:
        """Compare with the bound and print."""
        slowest = max(self.seconds)
        assert slowest <= SERVING_SECONDS, self.seconds
        rounds = f"{len(self.seconds)} kills {self._point}"
        print(f"\nF1: {rounds}: lost 0, doubled 0, stuck 0, serving again <= {slowest:.1f} s")


def check_talk(teen: Teen, said: list[str]) -> list[Body]:
    """The talk holds what was said, each once, in order and without a gap, and each was answered.

    Then one more word goes through at once: nothing is stuck.
    """
    transcript = teen.transcript()
    seqs = [message["seq"] for message in transcript]
    assert seqs == list(range(1, len(seqs) + 1))
    assert [m["text"] for m in transcript if m["from"] == "teen"] == said
    assert set(Counter(m["cid"] for m in transcript).values()) == {1}
    followers = [
        after["from"] for one, after in itertools.pairwise(transcript) if one["from"] == "teen"
    ]
    assert followers == ["ai"] * len(said), "an answer is missing or doubled"
    started = time.monotonic()
    assert teen.send("还在吗")["replayed"] is False
    assert time.monotonic() - started < 2.5
    return transcript


@pytest.mark.parametrize("point", CALM_POINTS)
def test_a_worker_dies_in_a_calm_send(service: Beside, trigger: Trigger, point: str) -> None:
    """Lost 0, doubled 0, stuck 0; a replay is told where the write had been done."""
    teen, killed, said = Teen(service.address), Killed(service, trigger, point), []
    for index in range(ROUNDS):
        said.append(f"今天的作业写到第{index}页")
        answer = killed.send(teen, said[-1])
        assert answer["replayed"] is (point != "before the write")
    check_talk(teen, said)
    killed.tell()


@pytest.mark.parametrize("point", GRAVE_POINTS)
def test_a_worker_dies_while_it_raises_an_alarm(
    service: Beside, trigger: Trigger, receiver: FakeNotify, door: Resources, point: str
) -> None:
    """The alert, the place in the queue and the notice come with the words, and once."""
    killed = Killed(service, trigger, point)
    teens: list[Teen] = []
    for _ in range(ROUNDS):
        teens.append(Teen(service.address))
        assert killed.send(teens[-1], IMMINENT)["replayed"] is False
    for teen in teens:
        document = stored(door, teen.talk)
        assert [alert["id"] for alert in document["alerts"]] == ["risk1"]
        assert len(document["risk_events"]) == 1
        assert document["waiting"]["tier"] == "counsellor"
        transcript = check_talk(teen, [IMMINENT])
        assert [m["kind"] for m in transcript].count("safety_card") == 1
    wanted = {f"{teen.talk}:risk1:1" for teen in teens}
    eventually(lambda: wanted <= set(receiver.told()), seconds=10)
    assert Counter(key for key in receiver.told() if key in wanted) == dict.fromkeys(wanted, 1)
    check_taken(service, door, {teen.talk for teen in teens})
    killed.tell()


def check_taken(service: Beside, door: Resources, talks: set[str]) -> None:
    """Every one of the talks can be taken and closed by a person, so none is stuck."""
    counsellor = Staff(service.address, door, "counsellor").available()
    taken: set[str] = set()
    while (talk := counsellor.take()) is not None:
        counsellor.close(talk["id"], risk="C")
        taken.add(talk["id"])
    assert talks <= taken
    counsellor.call("desk.status", status="away")


def filled(teen: Teen, inside: Callable[[], int], said: list[str]) -> None:
    """Talk until the next word spills."""
    while inside() + 2 < KEPT + CHUNK:
        said.append(f"今天的第{len(said)}件小事")
        teen.send(said[-1])


def test_a_worker_dies_between_the_two_writes_of_a_long_talk(
    service: Beside, trigger: Trigger, door: Resources
) -> None:
    """A chunk that was copied and then not removed is copied again, and nothing shows twice."""
    teen, killed, said = Teen(service.address), Killed(service, trigger, SPILL), list[str]()

    def inside() -> int:
        return len(stored(door, teen.talk)["messages"])

    for _ in range(ROUNDS):
        filled(teen, inside, said)
        said.append(f"今天的第{len(said)}件小事")
        assert killed.send(teen, said[-1])["replayed"] is False
        assert inside() < KEPT + CHUNK
    check_talk(teen, said)
    killed.tell()
