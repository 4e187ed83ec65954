"""Any language model behind an OpenAI-compatible `POST …/chat/completions`.

Promise: `write` answers within `SECONDS` or not at all, and never raises: whoever asks has an
answer of their own. Nothing of what was sent or received reaches a log. After `TRIES` failures in a
row it is left alone for `REST` seconds, so that a broken endpoint does not slow every talk.
Contracts: Hunyuan, DeepSeek on LKEAP and CloudBase AI all speak this shape.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from cloudfunctions.common import metrics, telemetry, tracing
from cloudfunctions.common.settings import LlmSettings

SECONDS = 3.0
CONNECT_SECONDS = 1.0
ANSWER_BYTES = 65_536
ANSWER_TOKENS = 160
TRIES = 3
REST = 30.0

Message = Mapping[str, str]


class _Unusable(Exception):
    """The endpoint answered with something that is no answer."""


class Llm:
    """One endpoint; safe to share between threads."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._failures = 0
        self._rests_until = 0.0

    def write(self, messages: Sequence[Message]) -> str | None:
        """Return what the model writes next, or None where it fails, is late, or rests."""
        if time.monotonic() < self._rests_until:
            metrics.drafted("resting")
            return None
        started = time.monotonic()
        try:
            with tracing.span("llm.write"):
                text = self._ask(messages, started + SECONDS)
        except (requests.RequestException, HTTPError, _Unusable, ValueError) as error:
            self._failed(type(error).__name__)
            return None
        self._failures = 0
        telemetry.note("llm_answered", ms=round((time.monotonic() - started) * 1000))
        return text

    def _ask(self, messages: Sequence[Message], end: float) -> str:
        body = {
            "model": self._settings.model,
            "messages": list(messages),
            "max_tokens": ANSWER_TOKENS,
            "temperature": 0.7,
            "stream": False,
        }
        with requests.post(
            f"{self._settings.base_url}/chat/completions",
            data=json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._settings.key}",
            },
            timeout=(CONNECT_SECONDS, SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code != 200:
                raise _Unusable
            return _text_of(_read(answer, end))

    def _failed(self, name: str) -> None:
        self._failures += 1
        metrics.drafted("failed")
        telemetry.note("llm_failed", type=name, in_a_row=self._failures)
        if self._failures >= TRIES:
            self._failures = 0
            self._rests_until = time.monotonic() + REST


def _read(answer: requests.Response, end: float) -> bytes:
    """Read the body; one that trickles is given up when the time is over."""
    found = b""
    # What has come so far, because a read of a whole part waits for the whole part.
    while part := answer.raw.read1(2_048, decode_content=True):
        found += part
        if time.monotonic() > end or len(found) > ANSWER_BYTES:
            raise _Unusable
    return found


def _text_of(body: bytes) -> str:
    try:
        found: Any = json.loads(body)["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise _Unusable from error
    if not isinstance(found, str) or not found.strip():
        raise _Unusable
    return found.strip()
