"""F5 and F6: the database did the write and its reply is cut, or says that nobody confirmed it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from cloudfunctions.common.resources import Resources
from tests.contract.crew import stored, waiting_teen
from tests.faults.beside import Beside
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen, new_cid
from tests.support.proxy import MongoProxy

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ROUNDS = sized(15, 100)
GIVEN_UP_AFTER = 20.0
FAULTS = [
    ("cut", 0),
    ("unconfirmed", 64),
    ("unconfirmed", 91),
    ("rolled back", 64),
    ("rolled back", 91),
]
"""64: WriteConcernFailed, the replicas did not confirm in time; 91: ShutdownInProgress, the primary
goes, and what it wrote may go with it."""


@pytest.fixture(scope="module")
def proxy(host: Copy) -> Iterator[MongoProxy]:
    """What stands before the database."""
    with MongoProxy.before(host.state().database_uri) as found:
        yield found


@pytest.fixture(scope="module")
def service(
    host: Copy, proxy: MongoProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Beside]:
    """A service that reaches its database through the proxy alone."""
    folder = tmp_path_factory.mktemp("lost")
    uri = proxy.uri(host.state().database_uri)
    with Beside(host, folder, database_uri=uri) as found:
        yield found


@pytest.fixture(params=FAULTS, ids=lambda one: f"{one[0]} {one[1] or ''}".strip())
def fault(request: pytest.FixtureRequest, proxy: MongoProxy) -> Iterator[MongoProxy]:
    """The proxy, ready to break one way."""
    proxy.fault, proxy.code = request.param
    yield proxy
    proxy.fault, proxy.times = "", 0


def through(fault: MongoProxy, caller: Caller, action: str, body: Body) -> tuple[Body, int]:
    """Call with the next write broken, and again until it is answered with 200.

    Every other answer must be our 503. Returns the data and the number of tries.
    """
    fault.times = 1
    end = time.monotonic() + GIVEN_UP_AFTER
    for tries in range(1, 1_000):
        answer = caller.post(action, body)
        assert fault.times == 0, "no write was broken"
        if answer.status_code == 200:
            data: Body = answer.json()["data"]
            return data, tries
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert "12356" in answer.json()["error"]["hint"]
        assert time.monotonic() < end, "stuck"
    raise AssertionError


def cids(door: Resources, talk: str, sender: str) -> list[str]:
    """What lies in the database now, seen beside the proxy, oldest first."""
    document = stored(door, talk)
    with door.database.deadline(10):
        chunks = list(door.database.collection("transcripts").find({"conversation": talk}))
    old = [m for chunk in sorted(chunks, key=lambda c: str(c["_id"])) for m in chunk["messages"]]
    messages = [*(m for m in old if m["seq"] < document["first"]), *document["messages"]]
    assert [m["seq"] for m in messages] == list(range(1, document["seq"] + 1))
    return [m["cid"] for m in messages if m["from"] == sender]


def test_a_teen_s_words_are_there_once(service: Beside, fault: MongoProxy, door: Resources) -> None:
    """Whenever 200 is answered, the message lies in the database, once."""
    teen, sent, again = Teen(service.address), list[str](), Counter[int]()
    for index in range(ROUNDS):
        sent.append(new_cid())
        text = f"第{index}句"
        body = {"conversation": teen.talk, "cid": sent[-1], "text": text}
        data, tries = through(fault, teen, "chat.send", body)
        again[tries] += 1
        assert (data["message"]["cid"], data["message"]["text"]) == (sent[-1], text)
        assert cids(door, teen.talk, "teen") == sent, "200 for something that is not there once"
    answers = cids(door, teen.talk, "ai")
    assert len(set(answers)) == len(answers)
    print(
        f"\nF5/F6 {fault.fault} {fault.code}: one message in {len(sent)}/{ROUNDS}, "
        f"false 200: 0, tries: {dict(again)}"
    )


def test_a_listener_s_words_are_there_once(
    service: Beside, fault: MongoProxy, door: Resources
) -> None:
    """The same for whoever answers."""
    teen, sent = waiting_teen(service.address), list[str]()
    member = Staff(service.address, door, "listener").available()
    taken = member.take()
    while taken is not None and taken["id"] != teen.talk:
        member.close(taken["id"])
        taken = member.take()
    assert taken is not None
    for index in range(ROUNDS // 3):
        sent.append(new_cid())
        body = {"conversation": teen.talk, "cid": sent[-1], "text": f"我在听，第{index}句"}
        data, _ = through(fault, member, "desk.send", body)
        assert data["message"]["cid"] == sent[-1]
        assert cids(door, teen.talk, "listener") == sent
    member.close(teen.talk)
    member.call("desk.status", status="away")


def test_a_talk_is_opened_once_and_waits_once(
    service: Beside, fault: MongoProxy, door: Resources
) -> None:
    """The first write of a talk, an insert, and the one that puts it into the queue."""
    for _ in range(ROUNDS // 3):
        teen = Caller(service.address)
        teen.call("account.sign_in", device=teen.device)
        data, _ = through(fault, teen, "chat.enter", {})
        talk = data["conversation"]["id"]
        with door.database.deadline(10):
            found = list(door.database.collection("conversations").find({"teen": teen.id}))
        assert [one["_id"] for one in found] == [talk]
        data, _ = through(fault, teen, "chat.ask_person", {"conversation": talk})
        assert data["conversation"]["waiting"] is not None
        document = stored(door, talk)
        assert document["waiting"]["tier"] == "listener"
        assert sum(m["kind"] == "notice" for m in document["messages"]) == 1
        teen.call("chat.leave", conversation=talk)
