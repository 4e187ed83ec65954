"""WeChat's errcodes, in one table: what each means for us, and so what to do.

Source: the error tables of the single server APIs in WeChat's documentation. A code that is not
listed is 'unreachable': nothing can be said of what happened, so the caller holds what it has and
tries later.
"""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal[
    "busy",
    "bad_code",
    "used_code",
    "too_often",
    "risky_user",
    "no_visit",
    "no_consent",
    "bad_template",
    "window_over",
    "misconfigured",
    "unreachable",
    "quota",
]

WHAT_TO_DO: Final[dict[Kind, str]] = {
    "busy": "WeChat is busy: try again later",
    "bad_code": "the code is none or is older than 5 minutes: the client asks for a new one",
    "used_code": "the code was used before: the client asks for a new one",
    "too_often": "this person asks more than 100 times a minute: wait a minute",
    "risky_user": "WeChat has barred this account: it gets in another way, help is not refused",
    "no_visit": "the person was not in the mini-program in the last 2 hours: hold for a person",
    "no_consent": "the person has not consented to one more message, or took it back: forget it",
    "bad_template": "the template, its fields or its page are not what the platform has now",
    "window_over": "the person wrote too long ago, or has had all answers that are allowed",
    "misconfigured": "a setting of the deployment is wrong: appid, secret, rights, addresses",
    "unreachable": "no usable answer: hold what was to be sent, try later",
    "quota": "the day's or minute's calls are used up: hold, try when they begin anew",
}

BUSY: Final = -1
TOKEN_REFUSED: Final = frozenset({40001, 40014, 42001})
"""The token is not valid, not valid any more, or not one: a new one is asked for once."""

KINDS: Final[dict[int, Kind]] = {
    BUSY: "busy",
    # Login, phone number.
    40029: "bad_code",
    40163: "used_code",
    45011: "too_often",
    40226: "risky_user",
    # Who calls: appid, secret, token, rights, address.
    40001: "misconfigured",
    40002: "misconfigured",
    40013: "misconfigured",
    40014: "misconfigured",
    40125: "misconfigured",
    40164: "misconfigured",
    40243: "misconfigured",
    41001: "misconfigured",
    41002: "misconfigured",
    41004: "misconfigured",
    42001: "misconfigured",
    43002: "misconfigured",
    48001: "misconfigured",
    50002: "misconfigured",
    89503: "misconfigured",
    # How much.
    45009: "quota",
    # Content check.
    61010: "no_visit",
    40129: "misconfigured",
    43104: "misconfigured",
    44002: "misconfigured",
    45002: "misconfigured",
    # Subscription messages.
    43101: "no_consent",
    40037: "bad_template",
    41030: "bad_template",
    45168: "bad_template",
    47003: "bad_template",
    43107: "misconfigured",
    # An openid of another mini-program: ours has another appid than when the openid came.
    40003: "misconfigured",
    # Customer messages.
    45015: "window_over",
    45047: "window_over",
}


class WeChatFault(Exception):
    """WeChat did not do what it was asked; nothing of what was sent stands in it.

    Attributes:
        kind: what to do about it (`WHAT_TO_DO`).
        code: WeChat's errcode, None where there was none.
    """

    def __init__(self, kind: Kind, code: int | None = None) -> None:
        super().__init__(kind if code is None else f"{kind} ({code})")
        self.kind: Kind = kind
        self.code = code


def fault_of(code: int) -> WeChatFault:
    """Return the fault that an errcode other than 0 stands for."""
    return WeChatFault(KINDS.get(code, "unreachable"), code)
