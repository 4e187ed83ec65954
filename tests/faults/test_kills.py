"""Killing what runs while people write: what was acknowledged is there, once, in order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Teen, new_cid

pytestmark = pytest.mark.faults

WRITERS = sized(4, 8)
ROUNDS = sized(10, 20)
BETWEEN_KILLS = sized(0, 1_000)
"""So many messages at least are acknowledged before the next kill."""
WRITING_SECONDS = 0.7
ROUND_SECONDS = 120.0
BACK_SECONDS = sized(30.0, 10.0)
RETRY_SECONDS = 60.0


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy that these tests share and kill."""
    found = Copy(tmp_path_factory.mktemp("killed")).start()
    yield found
    found.stop()


class Writer(threading.Thread):
    """A teen who keeps writing, and sends again with the same cid until it is acknowledged."""

    def __init__(self, address: str, stop: threading.Event) -> None:
        super().__init__()
        self.teen = Teen(address)
        self.stop = stop
        self.acknowledged: dict[str, int] = {}
        self.refused: Counter[int] = Counter()
        self.fault: Exception | None = None

    def run(self) -> None:
        """Write until told to stop."""
        try:
            while not self.stop.is_set():
                self._send_one(new_cid())
        except Exception as error:  # noqa: BLE001  told to the test, which fails with it
            self.fault = error

    def _send_one(self, cid: str) -> None:
        body = {"conversation": self.teen.talk, "cid": cid, "text": f"今天写作业 {cid}"}
        end = time.monotonic() + RETRY_SECONDS
        while time.monotonic() < end:
            try:
                answer = self.teen.post("chat.send", body, timeout=10)
            except requests.RequestException:
                time.sleep(0.1)
                continue
            if answer.status_code == 200:
                self.acknowledged[cid] = answer.json()["data"]["message"]["seq"]
                return
            self.refused[answer.status_code] += 1
            time.sleep(0.1)
        raise TimeoutError(f"not acknowledged in {RETRY_SECONDS} s: {self.refused}")


def write_through(copy: Copy, kill: str) -> tuple[list[Writer], float]:
    """Let writers write through `ROUNDS` kills; returns them and the longest way back, in s."""
    stop, longest = threading.Event(), 0.0
    writers = [Writer(copy.address, stop) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for number in range(ROUNDS):
        _write_until(writers, (number + 1) * BETWEEN_KILLS)
        if kill == "worker":
            copy.kill_worker(number)
        else:
            copy.kill_database()
        # Readiness that still comes from before the kill would prove nothing.
        time.sleep(0.3)
        longest = max(longest, 0.3 + copy.wait_ready(30))
    time.sleep(0.7)
    stop.set()
    for writer in writers:
        writer.join(RETRY_SECONDS)
    return writers, longest


def _write_until(writers: list[Writer], total: int) -> None:
    """Let them write for a moment, and until so many are acknowledged in all."""
    end = time.monotonic() + ROUND_SECONDS
    time.sleep(WRITING_SECONDS)
    while sum(len(writer.acknowledged) for writer in writers) < total:
        assert time.monotonic() < end, "they hardly get on"
        time.sleep(0.05)


def check_nothing_lost(writers: list[Writer]) -> int:
    """Compare what was acknowledged with what stands in the talks; returns how many."""
    total = 0
    for writer in writers:
        assert writer.fault is None, writer.fault
        assert not set(writer.refused) - {503}, writer.refused
        transcript = writer.teen.transcript()
        seqs = [message["seq"] for message in transcript]
        assert seqs == list(range(1, len(seqs) + 1)), "a gap or an inversion"
        own = {m["cid"]: m["seq"] for m in transcript if m["from"] == "teen"}
        assert len(own) == sum(m["from"] == "teen" for m in transcript), "a doubled message"
        assert own == writer.acknowledged, "acknowledged and stored differ"
        total += len(own)
    return total


@pytest.mark.parametrize("kill", ["worker", "database"])
def test_kill_9_under_writers_loses_nothing(copy: Copy, kill: str) -> None:
    """Lost 0, doubled 0, and it serves again by itself."""
    writers, longest = write_through(copy, kill)
    total = check_nothing_lost(writers)
    assert longest <= BACK_SECONDS
    assert total >= max(ROUNDS * WRITERS, ROUNDS * BETWEEN_KILLS)
    print(f"\n{kill}: {ROUNDS} kills, {total} acknowledged, lost 0, doubled 0", end="")
    print(f", back after {longest:.1f} s at most")


def test_database_down_is_503_with_the_hotlines_and_recovers(copy: Copy) -> None:
    """Every kind of call answers in time in our shape; nothing has to be restarted by hand."""
    teen = Teen(copy.address)
    copy.pause_database()
    try:
        for action, body in (
            ("chat.send", {"conversation": teen.talk, "cid": new_cid(), "text": "在吗"}),
            ("chat.poll", {"conversation": teen.talk, "after": 0, "wait": 25}),
            ("chat.enter", {}),
            ("account.sign_in", {"device": teen.device}),
        ):
            started = time.monotonic()
            answer = teen.post(action, body)
            seconds = time.monotonic() - started
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (503, "unavailable"), action
            assert "12356" in error["hint"]
            assert seconds <= 3.0, f"{action} took {seconds:.1f} s"
        assert requests.get(f"{copy.address}/healthz", timeout=5).status_code == 200
        assert requests.get(f"{copy.address}/readyz", timeout=5).status_code == 503
    finally:
        copy.resume_database()
    assert copy.wait_ready(10) < 10
    assert teen.send("我又来了")["message"]["text"] == "我又来了"


def test_everything_is_there_after_stop_and_start(tmp_path: Path) -> None:
    """The talk, its messages and the teen's device survive a stop of everything."""
    copy = Copy(tmp_path / "restarted").start()
    try:
        teen = Teen(copy.address)
        teen.send("明天还记得我吗")
        before = teen.transcript()
        copy.stop()
        copy.start()
        teen.call("account.sign_in", device=teen.device)
        assert teen.call("chat.enter")["conversation"]["id"] == teen.talk
        assert teen.transcript() == before
    finally:
        copy.stop()


def test_a_killed_launcher_leaves_nothing_behind(tmp_path: Path) -> None:
    """Starting again after kill -9 of the launcher finds the data, whatever still ran.

    A terminal that exports its width must not hide from the start whose processes are left.
    """
    copy = Copy(tmp_path / "orphaned", COLUMNS="80").start()
    try:
        teen = Teen(copy.address)
        teen.send("第一句")
        copy.kill_launcher()
        copy.start()
        assert [m["text"] for m in teen.transcript() if m["from"] == "teen"] == ["第一句"]
    finally:
        copy.stop()
