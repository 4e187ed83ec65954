"""What WeChat pushes to us: is it from WeChat, is it new, and what does it say.

Three ways, chosen by the deployment's settings, never by the sender:

- secure mode (`push_key` is set): the signature covers the encrypted body, and the body names our
  appid. A body that is not encrypted is refused.
- plain mode (only `push_token` is set): the signature covers time and nonce, **not the body**: who
  reads one signed address could send bodies of their own for `FRESH`. For trials.
- container mode (neither, behind the gateway): no signature; X-WX-SOURCE, which the gateway sets
  and a caller from outside cannot while public access is off.

Against replays: a signed push is taken only within `FRESH` of its timestamp, and `Pushed.key` is
the same for every copy of it, so `seen_once` drops the doubles for longer than that. WeChat sends
a push three times within about 15 s when it is not answered within 5 s; one that is later than
`FRESH` is refused, and what it would have told stays held for a person to look at.
Source: the message-push pages of WeChat's documentation (signature, EncodingAESKey, MsgId).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal
from xml.parsers import expat

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.clock import DAY, MINUTE, SECOND
from cloudfunctions.common.database import Database, Indexes
from cloudfunctions.common.settings import WeChatSettings

FRESH = 10 * MINUTE
"""Either way, since neither WeChat's clock nor ours is always right."""
REMEMBERED = 1 * DAY
BODY_BYTES = 65_536
DEPTH = 16
SUCCESS = "success"
"""The body with which a push is answered; with anything else WeChat sends it again."""

COLLECTION = "wechat_pushes"
INDEXES: Indexes = {
    COLLECTION: [
        IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=REMEMBERED // SECOND)
    ]
}

BLOCK = 32
RANDOM = 16
LENGTH = 4

Reason = Literal["off", "signature", "source", "late", "large", "plain", "cipher", "appid", "shape"]
Event = dict[str, Any]


class PushRefused(Exception):
    """It is not from WeChat, or is late, or is no push; nothing of it stands in here.

    Attributes:
        reason: 'off' (no push is set up), 'signature', 'source', 'late', 'large', 'plain' (not
            encrypted where it must be), 'cipher', 'appid', or 'shape'.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Challenge:
    """WeChat asks whether we are there; `answer` is the whole body that it wants to see."""

    answer: str


@dataclass(frozen=True)
class Pushed:
    """A message or an event: its fields, and a key that is the same for every copy of it."""

    event: Event = field(repr=False)
    key: str


def open_push(
    settings: WeChatSettings,
    query: Mapping[str, str],
    body: bytes,
    headers: Mapping[str, str],
    now: int,
) -> Pushed | Challenge:
    """Return what a request to the push address says.

    Args:
        query: the parameters of the address.
        body: as it came; empty with the GET by which WeChat verifies an address.
        headers: by lower-case name.
        now: milliseconds since 1970.

    Raises:
        PushRefused: it is to be answered 403, and nothing of it is to be believed.
    """
    if len(body) > BODY_BYTES:
        raise PushRefused("large")
    if settings.push_token:
        return _signed(settings, query, body, now)
    if settings.behind_gateway:
        return _from_gateway(settings, body, headers)
    raise PushRefused("off")


def seen_once(database: Database, key: str, now: int) -> bool:
    """Whether this push is seen for the first time; remembered for a day.

    It is marked before its effect. Where that fails, `forget` lets WeChat's next try through.
    """
    at = datetime.fromtimestamp(now / SECOND, timezone.utc)
    try:
        database.collection(COLLECTION).insert_one({"_id": key, "at": at})
    except DuplicateKeyError:
        return False
    return True


def forget(database: Database, key: str) -> None:
    """Take the mark back: the push had no effect, and a copy of it may come."""
    database.collection(COLLECTION).delete_one({"_id": key})


def _signed(
    settings: WeChatSettings, query: Mapping[str, str], body: bytes, now: int
) -> Pushed | Challenge:
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not body:
        _check(settings, query.get("signature", ""), stamp, nonce)
        _check_time(stamp, now)
        return Challenge(query.get("echostr", ""))
    if not settings.push_key:
        _check(settings, query.get("signature", ""), stamp, nonce)
        _check_time(stamp, now)
        return _pushed(settings, _fields(body))
    encrypted = _fields(body).get("Encrypt")
    if not isinstance(encrypted, str):
        raise PushRefused("plain")
    _check(settings, query.get("msg_signature", ""), stamp, nonce, encrypted)
    _check_time(stamp, now)
    return _pushed(settings, _fields(_decrypted(settings, encrypted)))


def _from_gateway(
    settings: WeChatSettings, body: bytes, headers: Mapping[str, str]
) -> Pushed | Challenge:
    source = headers.get("x-wx-source", "")
    # A doubled header is joined with a comma: then one of the two is not the gateway's.
    if not source or "," in source:
        raise PushRefused("source")
    fields = _fields(body)
    if fields.get("action") == "CheckContainerPath":
        return Challenge(SUCCESS)
    return _pushed(settings, fields)


def _check(settings: WeChatSettings, signature: str, *parts: str) -> None:
    content = "".join(sorted((settings.push_token, *parts)))
    # SHA-1 is what WeChat signs with.
    wanted = hashlib.sha1(content.encode("utf-8", "replace")).hexdigest()  # noqa: S324
    if not hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace")):
        raise PushRefused("signature")


def _check_time(stamp: str, now: int) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise PushRefused("late")
    if abs(now - int(stamp) * SECOND) > FRESH:
        raise PushRefused("late")


def _decrypted(settings: WeChatSettings, encrypted: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    try:
        key = base64.b64decode(f"{settings.push_key}=", validate=True)
        content = base64.b64decode(encrypted, validate=True)
        cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
        plain = cipher.update(content) + cipher.finalize()
    except (binascii.Error, ValueError):
        raise PushRefused("cipher") from None
    missing = plain[-1] if plain else 0
    if not 1 <= missing <= BLOCK or plain[-missing:] != bytes([missing]) * missing:
        raise PushRefused("cipher")
    rest = plain[RANDOM + LENGTH : -missing]
    length = int.from_bytes(plain[RANDOM : RANDOM + LENGTH], "big")
    if rest[length:] != settings.appid.encode():
        raise PushRefused("appid")
    return rest[:length]


def _pushed(settings: WeChatSettings, event: Event) -> Pushed:
    """Name the push by what stays the same when it is sent again, as WeChat advises."""
    names = ("MsgId",) if event.get("MsgId") else ("FromUserName", "CreateTime", "Event")
    parts = [str(event.get(name, "")) for name in (*names, "trace_id")]
    if not any(parts):
        raise PushRefused("shape")
    # Keyed, since the openid is among them.
    secret = settings.push_token or settings.secret or settings.appid
    content = json.dumps(parts).encode()
    return Pushed(event, hmac.new(secret.encode(), content, hashlib.sha256).hexdigest())


def _fields(body: bytes) -> Event:
    """Return the fields of a body in JSON or XML."""
    try:
        found = _from_xml(body) if body.lstrip().startswith(b"<") else json.loads(body)
    except (ValueError, RecursionError, expat.ExpatError):
        # Raised below: the error of the JSON reader holds the whole body.
        found = None
    if not isinstance(found, dict):
        raise PushRefused("shape")
    return found


def _from_xml(body: bytes) -> Any:
    """Return the content of the outermost element; a name that comes again makes a list.

    Without a document type there are no entities of anyone's own, so nothing is fetched or blown
    up; a body that brings one is refused.
    """
    stack: list[tuple[Event, list[str]]] = [({}, [])]

    def begin(_name: str, _attributes: dict[str, str]) -> None:
        if len(stack) > DEPTH:
            raise PushRefused("shape")
        stack.append(({}, []))

    def end(name: str) -> None:
        children, texts = stack.pop()
        value = children or "".join(texts).strip()
        around = stack[-1][0]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]

    def refuse(*_: Any) -> None:
        raise PushRefused("shape")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: stack[-1][1].append(text)
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(body, True)
    return stack[0][0].get("xml")
