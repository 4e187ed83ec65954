"""Telling on-call people outside the desk: a POST to an address of the deployment's own.

The body is {key, kind, level, step, at} and nothing else: no text, no name, nothing of the teen.
Without an address the desk alone tells them, and no notice is posted. A receiver sees a key again
where an answer was lost, and drops it.
"""

from __future__ import annotations

import json
from typing import Any

import requests

from cloudfunctions.common import metrics, telemetry, tracing

SECONDS = 5.0
FAULTS = ((requests.Timeout, "timeout"), (requests.ConnectionError, "connection"))
"""Classes of faults, the narrower first: a connection that is not made in time is a timeout."""


class Notifier:
    """Where notices go; safe to share."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key
        self.outside = bool(url)

    def send(self, notice: dict[str, Any]) -> str | None:
        """Hand over one notice, never with an exception.

        Returns:
            None once it was taken, else the class of the fault: 'timeout', 'connection' (nobody
            listens, or it broke off), 'http_<status>', or 'request' for anything else.
        """
        with tracing.span("notice"):
            fault = self._send(notice)
        metrics.notice(fault)
        return fault

    def _send(self, notice: dict[str, Any]) -> str | None:
        try:
            answer = requests.post(
                self._url,
                data=json.dumps(notice),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self._key}",
                },
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            telemetry.note("notice_failed", type=type(error).__name__)
            return next((name for kind, name in FAULTS if isinstance(error, kind)), "request")
        if answer.status_code // 100 == 2:
            return None
        telemetry.note("notice_refused", status=answer.status_code)
        return f"http_{answer.status_code}"
