"""One call to a server API of WeChat: bounded in time, repeated where that is safe, never leaky.

Promise: `ask` returns or raises `WeChatFault` within the budget of its endpoint, whatever WeChat,
the network or the name service do: the exchange runs in a thread of its own, which is left behind
when the time is over and ends by its own timeouts. No other exception leaves, and none that leaves
holds an address, since addresses carry secrets, tokens and codes.

What may be repeated: a request that never left, always. One that may have been taken, only where a
second one does no more than the first (`Endpoint.repeatable`): sending a message is not such.
"""

from __future__ import annotations

import json
import logging
import queue
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from cloudfunctions.common import metrics, telemetry
from cloudfunctions.common.wechat.breaker import Breaker, Steady
from cloudfunctions.common.wechat.errcodes import BUSY, WeChatFault, fault_of

Body = Mapping[str, Any]

CONNECT_SECONDS = 1.0
TRIES = 3
PAUSE = 0.2
PAUSE_MAXIMUM = 1.0
WORTH_TRYING = 0.1
"""Seconds; with less left no further request is begun."""
ANSWER_BYTES = 262_144
AT_ONCE = 64
"""Exchanges of one process that may be under way, those left behind included."""

Family = Literal["token", "login", "check", "media", "message", "risk", "phone"]


@dataclass(frozen=True)
class Endpoint:
    """One server API.

    Attributes:
        seconds: what a caller waits at most, with retries and with a token that is fetched first.
        repeatable: a second request does no more than the first.
        family: those that fail together, and are left alone together.
    """

    path: str
    family: Family
    seconds: float
    repeatable: bool = False
    method: str = "POST"


@dataclass(frozen=True)
class _Outcome:
    """What came of one exchange: an answer, None for none of use; may the request be taken?"""

    answer: dict[str, Any] | None = None
    taken: bool = True

    def fault(self) -> WeChatFault | None:
        """What is wrong with it, None if it is good."""
        if self.answer is None:
            return WeChatFault("unreachable")
        code = self.answer.get("errcode", 0)
        if not isinstance(code, int) or isinstance(code, bool):
            return WeChatFault("unreachable")
        return fault_of(code) if code else None

    def may_be_repeated(self, endpoint: Endpoint) -> bool:
        """Whether the same request may be sent once more."""
        if not self.taken:
            return True
        busy = self.answer is None or self.answer.get("errcode") == BUSY
        return endpoint.repeatable and busy


class Wire:
    """The connections of one process to WeChat, and how well it has answered of late."""

    def __init__(self, base_url: str, steady: Steady = time.monotonic) -> None:
        # Below this level it logs whole addresses, and our addresses carry secrets.
        logging.getLogger("urllib3").setLevel(logging.INFO)
        self._base_url = base_url
        self._steady = steady
        self._breakers: dict[Family, Breaker] = {}
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._session = _session()

    def ask(self, endpoint: Endpoint, params: Mapping[str, str], body: Body, until: float) -> Body:
        """Make the call before `until` (seconds of `time.monotonic`) and return its answer.

        Raises:
            WeChatFault: it answered with an errcode, or with nothing of use, or not in time.
        """
        breaker = self._breakers.setdefault(endpoint.family, Breaker(self._steady))
        tried, fault = 0, WeChatFault("unreachable")
        while time.monotonic() + WORTH_TRYING < until and breaker.lets_through():
            tried += 1
            outcome = self._exchange(endpoint, params, body, until)
            found = outcome.fault()
            _count(breaker, endpoint, found)
            if found is None:
                return outcome.answer or {}
            fault, pause = found, _pause(tried)
            late = time.monotonic() + pause + WORTH_TRYING > until
            if late or tried == TRIES or not outcome.may_be_repeated(endpoint):
                break
            time.sleep(pause)
        metrics.wechat_fault(fault.kind)
        telemetry.note("wechat_failed", path=endpoint.path, kind=fault.kind, code=fault.code)
        raise fault

    def _exchange(
        self, endpoint: Endpoint, params: Mapping[str, str], body: Body, until: float
    ) -> _Outcome:
        """Ask once in a thread of its own, and leave it behind when the time is over."""
        if not self._places.acquire(timeout=max(0.0, until - time.monotonic())):
            return _Outcome(taken=False)
        came: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()

        def run() -> None:
            try:
                came.put(self._once(endpoint, params, body, until))
            finally:
                self._places.release()

        try:
            threading.Thread(target=run, name="wechat", daemon=True).start()
        except RuntimeError:
            self._places.release()
            telemetry.note("wechat_no_thread")
            return _Outcome(taken=False)
        try:
            return came.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return _Outcome()

    def _once(
        self, endpoint: Endpoint, params: Mapping[str, str], body: Body, until: float
    ) -> _Outcome:
        left = max(WORTH_TRYING, until - time.monotonic())
        # A surrogate that stands alone has no place in UTF-8; as '?' it is at least read.
        raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        post = endpoint.method == "POST"
        try:
            with self._session.request(
                endpoint.method,
                f"{self._base_url}{endpoint.path}",
                params=params if post else {**params, **body},
                data=raw if post else None,
                timeout=(min(CONNECT_SECONDS, left), left),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _Outcome(_read(answer, until) if answer.status_code == 200 else None)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return _Outcome(taken=not _never_left(error))
        except Exception as error:  # noqa: BLE001  whoever asks waits for an outcome
            telemetry.fault(error)
            return _Outcome()


def _session() -> requests.Session:
    session = requests.Session()
    # Neither proxies nor a .netrc of the machine, whose passwords would go to WeChat.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity"}
    )
    adapter = HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _read(answer: requests.Response, until: float) -> dict[str, Any] | None:
    """Return the JSON object in the body; None for anything else, too long or too slow."""
    found = b""
    # What has come so far, because a read of a whole part waits for the whole part.
    while part := answer.raw.read1(4_096):
        found += part
        if time.monotonic() > until or len(found) > ANSWER_BYTES:
            return None
    try:
        content = json.loads(found)
    except RecursionError:
        return None
    return content if isinstance(content, dict) else None


def _never_left(error: Exception) -> bool:
    """Whether no connection was made, so that nothing can have been taken."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return isinstance(reason, (NewConnectionError, NameResolutionError))


def _count(breaker: Breaker, endpoint: Endpoint, fault: WeChatFault | None) -> None:
    # An errcode, even one that nobody knows, is an answer: it may concern one person only.
    if fault is None or fault.code not in (None, BUSY):
        breaker.well()
    elif breaker.failed():
        telemetry.note("wechat_left_alone", family=endpoint.family)


def _pause(tried: int) -> float:
    """Full jitter, so that callers who failed together do not come back together."""
    return random.uniform(0, min(PAUSE_MAXIMUM, PAUSE * 2 ** (tried - 1)))  # noqa: S311
