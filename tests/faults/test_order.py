"""Many writers and readers on one conversation: none missed, none doubled, none out of order."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Teen, new_cid

pytestmark = pytest.mark.faults

WRITERS, EACH, POLLERS = 8, sized(100, 500), 4


class Poller(threading.Thread):
    """Reads a talk with long polls until told that writing is over and nothing is left."""

    def __init__(self, teen: Teen, done: threading.Event) -> None:
        super().__init__()
        self.teen, self.done = teen, done
        self.heard: list[Body] = []

    def run(self) -> None:
        """Poll until the end."""
        while True:
            over = self.done.is_set()
            after = self.heard[-1]["seq"] if self.heard else 0
            page = self.teen.poll(after=after, wait=1)
            self.heard += page["messages"]
            if over and not page["messages"]:
                return


def same_person(teen: Teen) -> Teen:
    """Another connection of the same teen, as a second phone or tab would be."""
    other = Teen.__new__(Teen)
    super(Teen, other).__init__(teen.address)
    other.device, other.talk = teen.device, teen.talk
    other.call("account.sign_in", device=teen.device)
    return other


def send_until_stored(writer: Teen, cid: str) -> int:
    """Send as the client does: on 503 the same cid again."""
    body = {"conversation": writer.talk, "cid": cid, "text": f"第{cid}句"}
    for _ in range(20):
        answer = writer.post("chat.send", body)
        if answer.status_code == 200:
            return int(answer.json()["data"]["message"]["seq"])
        assert answer.status_code == 503, answer.text
    raise TimeoutError(cid)


@pytest.mark.timeout(900)
def test_eight_writers_four_pollers(running: Copy) -> None:
    """8 × 500 messages, 100 in the suite: missed 0, doubled 0, inversions 0 for four pollers."""
    teen = Teen(running.address)
    done = threading.Event()
    pollers = [Poller(same_person(teen), done) for _ in range(POLLERS)]
    for poller in pollers:
        poller.start()

    def write(number: int) -> dict[str, int]:
        writer = same_person(teen)
        cids = [f"writer{number}-{index:04d}" for index in range(EACH)]
        return {cid: send_until_stored(writer, cid) for cid in cids}

    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(write, range(WRITERS)))
    done.set()
    for poller in pollers:
        poller.join(60)

    acknowledged = {cid: seq for one in written for cid, seq in one.items()}
    assert len(acknowledged) == WRITERS * EACH
    for poller in pollers:
        seqs = [message["seq"] for message in poller.heard]
        assert seqs == list(range(1, len(seqs) + 1)), "missed, doubled or out of order"
        heard = {m["cid"]: m["seq"] for m in poller.heard if m["from"] == "teen"}
        assert heard == acknowledged
    print(f"\n{WRITERS} writers × {EACH}, {POLLERS} pollers: missed 0, doubled 0, inversions 0")


def test_one_cid_32_times_at_once_is_one_message(running: Copy) -> None:
    """One is created, 31 are replays of it with the same seq."""
    teen, cid = Teen(running.address), new_cid()
    phones = [same_person(teen) for _ in range(32)]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda phone: phone.send("一次就好", cid), phones))
    assert [answer["replayed"] for answer in answers].count(False) == 1
    assert len({answer["message"]["seq"] for answer in answers}) == 1
    assert [m["cid"] for m in teen.transcript()].count(cid) == 1
