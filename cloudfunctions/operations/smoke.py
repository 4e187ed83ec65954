"""After a deployment: does the address answer as it should, through its real door?

A teen comes in, says one calm thing, is answered, and leaves. It leaves one closed talk behind.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import requests

from cloudfunctions.local.demo import NotAsItShouldBeError, Person
from cloudfunctions.operations import CannotGoOn

READY_SECONDS = 90.0
"""A container that was scaled to nothing has to be started first."""
WORDS = "今天下雨了，随便说一句"


def talk(address: str, ready_seconds: float = READY_SECONDS) -> float:
    """Hold the short talk once it is ready; returns the seconds that sending took.

    Raises:
        CannotGoOn: something was not as it should be.
    """
    try:
        _wait_ready(address, ready_seconds)
        return _held(Person(address))
    except (NotAsItShouldBeError, requests.RequestException, KeyError, ValueError) as error:
        words = str(error) if isinstance(error, NotAsItShouldBeError) else type(error).__name__
        raise CannotGoOn(
            f"{address} is deployed and does not serve: {words}",
            "look at its logs in the console, then run the same command again",
        ) from None


def _wait_ready(address: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    status = "nothing"
    while time.monotonic() < end:
        try:
            answer = requests.get(f"{address}/readyz", timeout=15)
        except requests.RequestException as error:
            status = type(error).__name__
        else:
            if answer.status_code == 200:
                return
            status = str(answer.status_code)
        time.sleep(1)
    raise NotAsItShouldBeError(f"/readyz answered {status}")


def _held(teen: Person) -> float:
    teen.call("account.sign_in", device=teen.device)
    talk = teen.call("chat.enter")["conversation"]["id"]
    sent: dict[str, Any] = teen.call(
        "chat.send", conversation=talk, cid=secrets.token_urlsafe(12), text=WORDS
    )
    seconds = teen.seconds
    later = [one for one in sent["messages"] if one["seq"] > sent["message"]["seq"]]
    if not any(one["from"] == "ai" for one in later):
        raise NotAsItShouldBeError("the message was stored, and nobody answered")
    teen.call("chat.leave", conversation=talk)
    return seconds
