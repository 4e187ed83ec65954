"""SIGTERM under load: who waits is answered, what was acknowledged stays, and it ends in time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
import requests

from cloudfunctions.common.resources import Resources
from tests.contract.crew import eventually
from tests.faults.beside import Beside
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Teen, new_cid

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WRITERS, TEENS, POLLERS = 3, sized(20, 40), sized(60, 200)
ENOUGH = sized(10, 40)
"""Messages that each writer had acknowledged before the stop."""
END_SECONDS = 5.0
SOON = 0.5
"""Seconds from the signal to the master until every worker knows of it."""


class Writer(threading.Thread):
    """Says one thing after the other until nobody listens any more; forgets no answer."""

    def __init__(self, teen: Teen) -> None:
        super().__init__(daemon=True)
        self.teen = teen
        self.acknowledged: dict[str, int] = {}
        self.unanswered: list[str] = []
        self.refused: Counter[int] = Counter()

    def run(self) -> None:
        """Write."""
        while not self.unanswered:
            cid = new_cid()
            body = {"conversation": self.teen.talk, "cid": cid, "text": cid, "after": 2**40}
            try:
                answer = self.teen.post("chat.send", body, headers={"Connection": "close"})
            except requests.RequestException:
                self.unanswered.append(cid)
                continue
            if answer.status_code == 200:
                self.acknowledged[cid] = answer.json()["data"]["message"]["seq"]
            else:
                self.refused[answer.status_code] += 1


class Poller(threading.Thread):
    """Waits for news that never comes."""

    def __init__(self, teen: Teen, seq: int) -> None:
        super().__init__(daemon=True)
        self._caller = Caller(teen.address)
        self._caller.http.headers["Authorization"] = teen.http.headers["Authorization"]
        self._body = {"conversation": teen.talk, "after": seq, "wait": 25}
        self.status = 0
        self.content: Body = {}
        self.ended = 0.0

    def run(self) -> None:
        """Poll once."""
        try:
            answer = self._caller.post("chat.poll", self._body)
            self.status, self.content = answer.status_code, answer.json()
        except requests.RequestException as error:
            self.content = {"lost": type(error).__name__}
        self.ended = time.monotonic()


class Probe(threading.Thread):
    """Asks whether it is ready, as a platform does, on one connection as long as that holds."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self.seen: list[tuple[float, int, bool]] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Look every 10 ms."""
        with requests.Session() as http:
            while not self.over.is_set():
                asked = time.monotonic()
                try:
                    answer = http.get(f"{self._address}/readyz", timeout=5)
                    stopping = answer.json()["data"].get("stopping", False)
                    self.seen.append((asked, answer.status_code, stopping))
                except requests.RequestException:
                    self.seen.append((asked, 0, False))
                time.sleep(0.01)


def test_a_stop_under_load_loses_nothing_and_keeps_nobody_waiting(
    host: Copy, door: Resources, tmp_path: Path
) -> None:
    with Beside(host, tmp_path, DUTY="yes", WORKERS="2") as service:
        master = psutil.Process(service.pid)
        family = [master, *master.children(recursive=True)]
        assert len(family) == 5, "a master, two workers, the keeper and the sweeps"
        teens = [Teen(service.address) for _ in range(TEENS)]
        seqs = [teen.poll()["conversation"]["seq"] for teen in teens]
        pollers = [Poller(teens[n % TEENS], seqs[n % TEENS]) for n in range(POLLERS)]
        writers = [Writer(Teen(service.address)) for _ in range(WRITERS)]
        probe = Probe(service.address)
        for thread in (*pollers, *writers, probe):
            thread.start()
        # By then the polls, which were sent before, have long been looked at, and wait.
        eventually(lambda: min(len(one.acknowledged) for one in writers) >= ENOUGH, 24)
        assert not any(poller.ended for poller in pollers)

        told = time.monotonic()
        service.terminate()
        ended = service.ended(20) - told
        for thread in (*pollers, *writers):
            thread.join(20)
        probe.over.set()
        probe.join(20)
        gone = psutil.wait_procs(family, timeout=3)[1] == []

    late = max(poller.ended for poller in pollers) - told
    written = [cid for writer in writers for cid in writer.acknowledged]
    print(
        f"\nstopped under load: ended after {ended:.2f} s; {POLLERS} waiting polls answered, "
        f"the last after {late:.2f} s; {len(written)} messages acknowledged"
    )
    assert ended <= END_SECONDS
    assert gone, "nothing of it is left"
    assert Counter(poller.status for poller in pollers) == {200: POLLERS}
    assert all(poller.content["data"]["messages"] == [] for poller in pollers)
    assert late < ended, "nobody was cut off"
    assert not any(writer.refused for writer in writers)
    assert_ready_until(probe, told)
    assert_kept(door, writers)
    for writer in writers:
        # Whoever got no answer sends again, to whoever serves then.
        writer.teen.address = host.address
        for cid in writer.unanswered:
            writer.teen.send(cid, cid)
        assert cids(door, writer.teen).count(cid) == 1


def assert_ready_until(probe: Probe, told: float) -> None:
    """Ready before the stop, and not any more soon after it began."""
    assert {status for asked, status, _ in probe.seen if asked < told - 0.1} == {200}
    after = [(status, stopping) for asked, status, stopping in probe.seen if asked > told + SOON]
    assert after
    assert set(after) <= {(503, True), (0, False)}


def cids(door: Resources, teen: Teen) -> list[str]:
    """The texts of a teen as they stand in the database."""
    with door.database.deadline(10):
        talk = door.database.collection("conversations").find_one({"_id": teen.talk}) or {}
        chunks = list(door.database.collection("transcripts").find({"conversation": teen.talk}))
    stored = [m for part in (*chunks, talk) for m in part.get("messages", ())]
    return [m["cid"] for m in stored if m["from"] == "teen"]


def assert_kept(door: Resources, writers: list[Writer]) -> None:
    """Every acknowledged message is there, once."""
    for writer in writers:
        stored = Counter(cids(door, writer.teen))
        assert {cid: stored[cid] for cid in writer.acknowledged} == dict.fromkeys(
            writer.acknowledged, 1
        )


def test_the_sweeps_come_back_when_they_are_killed_and_go_with_the_service(
    host: Copy, tmp_path: Path
) -> None:
    with Beside(host, tmp_path, DUTY="yes", WORKERS="1") as service:
        keeper, sweeps = kept(service)
        sweeps.kill()
        again = eventually(lambda: [one for one in keeper.children() if one != sweeps], 10)[0]
        for one in service.workers():
            if one != keeper:
                one.kill()
        service.wait_ready()
        assert again.is_running(), "a worker that is killed takes no sweep with it"
        psutil.Process(service.pid).kill()
        assert psutil.wait_procs([keeper, again], timeout=5)[1] == []


def kept(service: Beside) -> tuple[psutil.Process, psutil.Process]:
    """The keeper and the process that it keeps: the only child with a child."""
    (keeper,) = [one for one in psutil.Process(service.pid).children() if one.children()]
    (sweeps,) = keeper.children()
    return keeper, sweeps
