"""What the contract and attack tests share: staff without the rate-limited door, and threads."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter

from cloudfunctions.common.resources import Resources
from tests.support.people import Body, Caller, Teen

T = TypeVar("T")

CALM = "今天天气不错"
IMMINENT = "我把药都攒够了，今晚就吃"


class OwnAddress(HTTPAdapter):
    """Speaks from one loopback address of its own."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Bind every connection to the address."""
        super().init_poolmanager(*args, **options, source_address=(self._source, 0))


class Newcomer(Caller):
    """Someone who comes from another address than everyone else, where the machine has more."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.source = f"127.{secrets.randbelow(200) + 9}.{secrets.randbelow(250)}.9"
        self.apart = can_speak_from(self.source)
        if self.apart:
            self.http.mount("http://", OwnAddress(self.source))


def can_speak_from(source: str) -> bool:
    """Whether this machine owns the loopback address (Linux owns all of 127.*, macOS one)."""
    with socket.socket() as probe:
        try:
            probe.bind((source, 0))
        except OSError:
            return False
    return True


def at_once(times: int, work: Callable[[int], T]) -> list[T]:
    """Run `work(0)` … `work(times - 1)` in as many threads; the results in that order."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(work, range(times)))


def eventually(look: Callable[[], T], seconds: float = 5.0) -> T:
    """Return the first true answer of `look`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not so after {seconds} s: last answer {found!r}"
        time.sleep(0.05)
    return found


def waiting_teen(address: str, text: str = CALM) -> Teen:
    """A teen who said `text` and then asked for a person."""
    teen = Teen(address)
    teen.send(text)
    teen.call("chat.ask_person", conversation=teen.talk)
    return teen


def stored(resources: Resources, conversation: str) -> Mapping[str, Any]:
    """The document of a conversation as it lies in the database."""
    with resources.database.deadline(10):
        found = resources.database.collection("conversations").find_one({"_id": conversation})
    assert found is not None
    return found


def window_of(caller: Caller) -> Caller:
    """Another open window of the same person, with connections of its own."""
    other = Caller(caller.address)
    other.http.headers["Authorization"] = caller.http.headers["Authorization"]
    return other


def error_of(caller: Caller, action: str, body: Body) -> tuple[int, str]:
    """Status and code of a call that is expected to fail."""
    answer = caller.post(action, body)
    assert answer.status_code != 200, answer.text
    return answer.status_code, str(answer.json()["error"]["code"])
