"""What people write and what opens doors stands in no log, no error and no readable secret."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from tests.attack.bodies import COLLECTIONS, raw
from tests.contract.crew import CALM, IMMINENT, Newcomer
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


class Canary:
    """A word to look for, in all the spellings in which it could have been written down."""

    def __init__(self, name: str) -> None:
        self.word = f"{name}{secrets.token_hex(8)}"
        self.text = f"金丝雀{self.word}"

    def stands_in(self, content: str) -> bool:
        """Whether it does; the random part is ASCII, so no escape can hide it."""
        return self.word.lower() in content.lower()


@pytest.fixture
def canary() -> Canary:
    """A word that nobody has ever written."""
    return Canary("canary")


def logs(running: Copy) -> Iterator[tuple[str, str]]:
    """Every log of the copy and what the launcher said."""
    files = [*(running.data / "log").iterdir(), running.data / "launcher.log"]
    assert len(files) >= 4
    for path in files:
        yield path.name, path.read_text("utf-8", "replace")


def bad_calls(talk: str, text: str) -> list[tuple[str, Body]]:
    """Calls that fail in different ways, each with the words in it."""
    return [
        ("chat.send", {"conversation": talk, "cid": "short", "text": text}),
        ("chat.send", {"conversation": "A" * 22, "cid": "canary-cid", "text": text}),
        ("chat.send", {"conversation": talk, "cid": "canary-cid", "text": text, text: 1}),
        ("chat.send", {"conversation": text, "cid": "canary-cid", "text": text}),
        ("chat.send", {"conversation": talk, "cid": "canary-cid", "text": text * 200}),
        ("chat.send", {"conversation": talk, "cid": "canary-cid", "text": {text: text}}),
        ("desk.send", {"conversation": talk, "cid": "canary-cid", "text": text}),
        (f"no.{text}", {"text": text}),
        ("account.sign_in", {"device": text}),
    ]


def test_a_text_stands_in_no_log_and_no_error(
    running: Copy, teen: Teen, staff: Staffing, canary: Canary
) -> None:
    teen.send(canary.text)
    teen.send(f"{IMMINENT}{canary.text}")
    for action, body in bad_calls(teen.talk, canary.text):
        for caller in (teen, Caller(running.address)):
            answer = caller.post(action, body)
            assert answer.status_code >= 400
            assert not canary.stands_in(answer.text), answer.text
            assert not canary.stands_in(str(answer.headers))
    for content in (f'{{"text": "{canary.text}', f"\xff{canary.text}", canary.text * 3_000):
        answer = raw(teen, "chat.send", content.encode())
        assert answer.status_code >= 400
        assert not canary.stands_in(answer.text)
    member = staff("counsellor").available()
    assert canary.stands_in(json.dumps(member.call("desk.next"))), "the desk does see the words"
    member.say(teen.talk, canary.text)
    form = {"risk": "A", "note": canary.text}
    member.call("desk.close", conversation=teen.talk, form=form)
    for name, content in logs(running):
        assert not canary.stands_in(content), f"{name} holds what a teen wrote"


def test_requests_are_logged_without_whom_and_what(running: Copy, teen: Teen) -> None:
    teen.send(CALM)
    lines = [json.loads(line) for line in running.log("service").splitlines() if line[:1] == "{"]
    sent = [line for line in lines if line.get("action") == "chat.send"]
    assert sent
    allowed = {"at", "event", "request", "action", "role", "status", "code", "ms"}
    assert all(set(line) == allowed for line in sent)
    assert not any(word in running.log("service") for word in (teen.id, teen.talk))


def test_a_device_secret_and_a_token_are_written_down_nowhere(
    running: Copy, resources: Resources, teen: Teen, staff: Staffing
) -> None:
    member = staff("listener")
    caller = Newcomer(running.address)
    with resources.database.deadline(10):
        code = account.invite(resources, "listener", "test").invitation
    caller.call("account.join", invitation=code, device=caller.device, name="小雨")
    caller.post("account.join", {"invitation": code, "device": caller.device, "name": " "})
    caller.post("account.sign_in", {"device": caller.device, "x": 1})
    hidden = [teen.device, member.device, caller.device, code, code.replace("-", "")]
    hidden += [str(one.http.headers["Authorization"])[7:] for one in (teen, member, caller)]
    for name, content in logs(running):
        assert not any(word in content for word in hidden), f"{name} opens a door"
    kept = everything_stored(resources)
    assert teen.id in kept
    assert not any(word in kept for word in hidden), "the database opens a door"


def everything_stored(resources: Resources) -> str:
    """All documents as text."""
    with resources.database.deadline(20):
        return "\n".join(
            json.dumps(document, default=str, ensure_ascii=False)
            for name in COLLECTIONS
            for document in resources.database.collection(name).find()
        )


def test_the_signing_secret_stands_in_no_log_and_no_database(
    running: Copy, resources: Resources
) -> None:
    secret = resources.settings.secret_keys[0]
    assert len(secret) >= 32
    assert not any(secret in content for _, content in logs(running))
    assert secret not in everything_stored(resources)


@pytest.mark.parametrize(
    "request_lines",
    [
        "GET /{word} HTTP/9.9\r\nHost: x\r\n\r\n",
        "{word}\r\n\r\n",
        "POST /api/chat.send HTTP/1.1\r\nHost: x\r\nBad Header {word}: 1\r\n\r\n",
        "POST /api/chat.send?{word} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n{word}",
        "POST /api/chat.send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{word}",
        "POST /api/chat.send HTTP/1.1\r\nHost: x\r\nX: a\r\n b{word}\r\n\r\n",
        "GET /api/{word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        # A client that counts characters where bytes are meant: the rest of its words comes after.
        "POST /api/chat.send HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        'Content-Length: 12\r\n\r\n{"text": "我{word}"}\r\n\r\n',
        "POST /api/{word} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
        "Authorization: Bearer {word}\r\nConnection: close\r\n\r\n{word}",
    ],
)
def test_a_broken_http_request_is_refused_and_puts_no_foreign_word_into_the_log(
    running: Copy, request_lines: str, canary: Canary
) -> None:
    sent = request_lines.replace("{word}", canary.word).encode()
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode("latin-1")
    assert answer == "" or answer.split()[1][0] == "4", answer
    time.sleep(0.05)
    for name, content in logs(running):
        assert not canary.stands_in(content), f"{name} repeats a stranger's request"


def test_an_environment_variable_and_a_path_stand_in_no_answer(
    running: Copy, teen: Teen, resources: Resources
) -> None:
    answers = [teen.post(action, body) for action, body in bad_calls(teen.talk, "x")]
    answers += [teen.http.get(f"{running.address}{path}") for path in ("/readyz", "/x", "/api/x")]
    for answer in answers:
        said = f"{answer.text}{answer.headers}"
        for word in (str(running.data), "Traceback", ".py", "mongodb://", "pymongo"):
            assert word not in said
        assert resources.settings.secret_keys[0] not in said
