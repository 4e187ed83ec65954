"""C3, C6, C7: late repetitions, many who claim at once, words that race an end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import eventually, window_of
from tests.contract.passing import let_pass
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Caller, Staff, Teen, new_cid

pytestmark = pytest.mark.faults

TEENS, LISTENERS, LIMIT = 50, 10, 3
CLAIM_ROUNDS = sized(5, 200)
RACE_ROUNDS = sized(10, 100)
LATE_MINUTES = 30
WRITING_SECONDS = 0.15
FILLED_SECONDS = 60.0
"""A place whose claim died with its request is given back after ten seconds."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy of these tests' own, so that nobody else's talk waits in its queue."""
    found = Copy(tmp_path_factory.mktemp("races")).start()
    yield found
    found.discard()


@pytest.fixture(scope="module")
def its(own: Copy) -> Iterator[Resources]:
    """The tests' door to its database."""
    found = own.resources()
    yield found
    found.database.close()


def test_a_message_sent_again_after_all_that_can_come_between_keeps_its_seq(tmp_path: Path) -> None:
    """Half an hour, another sign-in and a restart of everything lie between."""
    copy = Copy(tmp_path / "late").start()
    try:
        teen, cid = Teen(copy.address), new_cid()
        first = teen.send("在吗", cid)
        door = copy.resources()
        let_pass(door, teen.talk, LATE_MINUTES)
        door.database.close()
        copy.stop()
        copy.start()
        teen.call("account.sign_in", device=teen.device)
        again = teen.send("在吗", cid)
        assert (again["replayed"], again["message"]["seq"]) == (True, first["message"]["seq"])
        assert [m["cid"] for m in teen.transcript()].count(cid) == 1
    finally:
        copy.stop()
    print(f"\n{LATE_MINUTES} minutes, a new sign-in and a restart later: the same seq")


@pytest.mark.timeout(1_800)
def test_ten_listeners_claim_from_fifty_teens(own: Copy, its: Resources) -> None:
    """No talk is claimed by two, nobody carries more than the limit."""
    listeners = [
        Staff(own.address, its, "listener", f"暖心师{n}").available() for n in range(LISTENERS)
    ]
    teens = [Teen(own.address) for _ in range(TEENS)]
    taken = 0
    with ThreadPoolExecutor(LISTENERS) as pool:
        for _ in range(CLAIM_ROUNDS):
            list(pool.map(_wait_again, teens))
            gate = threading.Barrier(LISTENERS)
            told = list(pool.map(lambda one, gate=gate: _claim_all(one, gate), listeners))
            times = Counter(talk for talks in told for talk in talks)
            assert not [talk for talk, number in times.items() if number > 1], "claimed by two"
            claims = eventually(lambda: _filled(its, listeners), FILLED_SECONDS)
            assert max(len(talks) for talks in claims) == LIMIT
            assert all(one <= held for one, held in zip(told, claims, strict=True))
            taken += sum(len(talks) for talks in claims)
            list(pool.map(_close_all, listeners, claims))
    print(f"\n{CLAIM_ROUNDS} rounds, {taken} claims: by two 0, over the limit 0")


def _empty(its: Resources) -> None:
    with its.database.deadline(10):
        its.database.collection("conversations").delete_many({})


def _wait_again(teen: Teen) -> None:
    teen.talk = teen.call("chat.enter")["conversation"]["id"]
    teen.call("chat.ask_person", conversation=teen.talk)


def _claim_all(listener: Staff, gate: threading.Barrier) -> set[str]:
    """Claim from two windows at once until nothing more is given."""
    gate.wait(30)
    with ThreadPoolExecutor(2) as windows:
        found = list(windows.map(_claim_in, [window_of(listener), window_of(listener)]))
    assert not found[0] & found[1], "given twice to the same person"
    return found[0] | found[1]


def _claim_in(window: Caller) -> set[str]:
    talks: set[str] = set()
    while True:
        answer = window.post("desk.next")
        if answer.status_code == 409:
            return talks
        if answer.status_code == 503:
            # A busy moment: whether it was given is seen in the database.
            continue
        assert answer.status_code == 200, answer.text
        talk = answer.json()["data"]["conversation"]
        if talk is None:
            return talks
        talks.add(talk["id"])


def _filled(its: Resources, listeners: list[Staff]) -> list[set[str]]:
    """What each holds once all are full, else nothing: no race leaves a place taken by nothing."""
    for member in listeners:
        # A desk that is open polls, and so holds what it has.
        member.post("desk.poll", {"after": 0, "wait": 0})
    claims = _held(its, listeners)
    free = [m for m, talks in zip(listeners, claims, strict=True) if len(talks) < LIMIT]
    for member in free:
        _claim_in(member)
    return [] if free else claims


def _held(its: Resources, listeners: list[Staff]) -> list[set[str]]:
    with its.database.deadline(10):
        talks = its.database.collection("conversations")
        found = list(talks.find({"state": "open", "claim": {"$exists": True}}, {"claim.by": True}))
    return [{one["_id"] for one in found if one["claim"]["by"] == m.id} for m in listeners]


def _close_all(listener: Staff, talks: set[str]) -> None:
    for talk in talks:
        listener.close(talk)


class Sender(threading.Thread):
    """Sends as fast as it can and notes when each message that was accepted was begun."""

    def __init__(self, window: Caller, action: str, talk: str) -> None:
        super().__init__()
        self.window, self.action, self.talk = window, action, talk
        self.accepted: dict[str, float] = {}
        self.refused: Counter[int] = Counter()
        self.stop = threading.Event()

    def run(self) -> None:
        """Send until told to stop."""
        while not self.stop.is_set():
            cid, begun = new_cid(), time.monotonic()
            body = {"conversation": self.talk, "cid": cid, "text": "还有一句"}
            status = self.window.post(self.action, body).status_code
            if status == 200:
                self.accepted[cid] = begun
            else:
                self.refused[status] += 1


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("end", ["close", "dismiss"])
def test_nothing_is_accepted_after_the_end_was_acknowledged(
    own: Copy, its: Resources, end: str
) -> None:
    """Words that meet the end are kept or refused; none is taken once the end has been told."""
    lead = Staff(own.address, its, "supervisor", "督导")
    late = kept = 0
    for _ in range(RACE_ROUNDS):
        listener = Staff(own.address, its, "listener", "小鹿").available()
        _empty(its)
        teen = Teen(own.address)
        _wait_again(teen)
        claimed = listener.take()
        assert claimed is not None
        assert claimed["id"] == teen.talk, "somebody else waited here"
        sender = Sender(
            window_of(teen if end == "close" else listener),
            "chat.send" if end == "close" else "desk.send",
            teen.talk,
        )
        sender.start()
        time.sleep(WRITING_SECONDS)
        if end == "close":
            listener.close(teen.talk)
        else:
            lead.call("desk.dismiss", member=listener.id)
        told = time.monotonic()
        time.sleep(WRITING_SECONDS)
        sender.stop.set()
        sender.join(30)
        assert sender.refused, "it never ran into the end"
        assert set(sender.refused) <= {401, 404, 409}
        late += sum(begun > told for begun in sender.accepted.values())
        stored = {m["cid"] for m in teen.transcript()} & set(sender.accepted)
        assert stored == set(sender.accepted), "accepted and not stored"
        kept += len(stored)
    assert late == 0
    print(f"\n{end}: {RACE_ROUNDS} rounds, {kept} accepted before, accepted after the end 0")
