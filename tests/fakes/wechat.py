"""WeChat's server APIs on loopback, to the letter of their documents.

`mode[path]` chooses how an API behaves: 'ok'; an errcode as text ('busy' is '-1'); 'slow' (30 s) or
'slow:5'; 'trickle' (a byte at a time, for ever); '500'; 'html'; 'cut' (half an answer); 'odd' (JSON
that is no object); 'redirect'; 'refuse' (hangs up without having taken it); 'lost' (does what was
asked and hangs up without an answer). Several, divided by commas, are used up one after the other,
the last one stays: '-1,ok'. `mode['*']` is meant for all that have none of their own;
`listens(False)` closes the port itself.

What a call must look like is held too: whatever is not well formed stands in `faults`, and is
refused with the code that WeChat gives for it. Texts and openids stand in the open here, for tests
to look at.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cloudfunctions.common import clock
from cloudfunctions.common.clock import DAY, HOUR, MINUTE, SECOND, Clock

Body = dict[str, Any]

LOGIN = "/sns/jscode2session"
TOKEN = "/cgi-bin/stable_token"  # noqa: S105  an address
TEXT_CHECK = "/wxa/msg_sec_check"
MEDIA_CHECK = "/wxa/media_check_async"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
CUSTOMER = "/cgi-bin/message/custom/send"
RISK_RANK = "/wxa/getuserriskrank"
PHONE = "/wxa/business/getuserphonenumber"

TOKEN_LIFE = 7_200 * SECOND
OVERLAP = 5 * MINUTE
CODE_LIFE = 5 * MINUTE
VISIT_LIFE = 2 * HOUR
WINDOW = 48 * HOUR
ANSWERS_IN_A_WINDOW = 5
LOGINS_A_MINUTE = 100
FORCED_A_DAY = 20
CONTENT_MAXIMUM = 2_500

HANZI = "[\u4e00-\u9fff]"
FIELDS = {
    "thing": r".{1,20}",
    "phrase": f"{HANZI}{{1,5}}",
    "number": r"[0-9.]{1,32}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"\W{1,5}",
    "character_string": r"[!-~]{1,32}",
    "name": f"{HANZI}{{1,10}}|[A-Za-z ]{{1,20}}",
    "time": r".*\d{1,2}:\d{2}.*",
    "date": r".*\d{1,2}.*\d{1,2}.*",
}
"""What a field of a subscription message may hold, by the beginning of its name."""


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    at: int
    path: str
    query: Mapping[str, str]
    body: Body
    raw: bytes


@dataclass
class Token:
    """An access_token; `refused` is one that WeChat took back although it would still live."""

    value: str
    dies_at: int
    refused: bool = False


@dataclass
class Code:
    """A code of wx.login or getPhoneNumber."""

    value: str
    made_at: int
    used: bool = False


class Refusal(Exception):
    """An errcode instead of an answer."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _HangUp(Exception):
    """The connection ends here."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """Callers who hang up are no news."""


@dataclass
class FakeWeChat:
    """The server; a context manager that serves from threads of its own."""

    now: Clock = clock.now
    appid: str = "wx0123456789abcdef"
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    push_token: str = field(default_factory=lambda: secrets.token_hex(8))
    push_key: str = field(default_factory=lambda: secrets.token_hex(22)[:42] + "A")
    teen_template: str = "teen-template"
    on_call_template: str = "on-call-template"
    open_interface: bool = False
    """Whether calls need no token."""

    def __post_init__(self) -> None:
        self.mode: dict[str, str] = {}
        self.users: dict[str, str] = {}  # openid: unionid
        self.visits: dict[str, int] = {}  # openid: when last in the mini-program
        self.barred: set[str] = set()  # openids that are 'high-risk users' at login
        self.ranks: dict[str, int] = {}
        self.words: dict[str, tuple[str, int]] = {}  # word: (suggest, label)
        self.templates: dict[str, frozenset[str] | None] = {  # None: whatever fields
            self.teen_template: None,
            self.on_call_template: None,
        }
        self.consents: Counter[tuple[str, str]] = Counter()  # (openid, template)
        self.media: dict[str, Body] = {}  # trace_id: what was asked
        self.sent: list[Body] = []  # subscription messages that reached a person
        self.told: list[Body] = []  # customer messages that reached a person
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.cloudbase_token = secrets.token_hex(16)
        self.session_keys: list[str] = []
        self._codes: dict[str, Code] = {}
        self._phones: dict[str, Code] = {}
        self._windows: dict[str, tuple[int, int]] = {}  # openid: (wrote at, answers)
        self._logins: Counter[tuple[str, int]] = Counter()
        self._tokens: list[Token] = []
        self._forced: Counter[int] = Counter()
        self._lock = threading.RLock()
        self._hurry = threading.Event()
        self._server: _Server | None = self._listen(0)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FakeWeChat:
        return self

    def __exit__(self, *_: object) -> None:
        self._hurry.set()
        self._hang_up()

    @property
    def environment(self) -> dict[str, str]:
        """What a copy of the service needs to speak to this one."""
        return {
            "WECHAT_APPID": self.appid,
            "WECHAT_SECRET": self.secret,
            "WECHAT_BASE_URL": self.url,
            "WECHAT_PUSH_TOKEN": self.push_token,
            "WECHAT_PUSH_KEY": self.push_key,
            "WECHAT_TEEN_TEMPLATE": self.teen_template,
            "WECHAT_ON_CALL_TEMPLATE": self.on_call_template,
        }

    # What people do in WeChat.

    def code_for(self, openid: str, unionid: str = "") -> str:
        """A person opens the mini-program: what wx.login gives."""
        self.visit(openid, unionid)
        code = secrets.token_hex(16)
        self._codes[code] = Code(openid, self.now())
        return code

    def visit(self, openid: str, unionid: str = "") -> None:
        """A person is in the mini-program, which behind the gateway needs no code."""
        self.users.setdefault(openid, unionid)
        self.visits[openid] = self.now()

    def phone_code_for(self, number: str) -> str:
        """A person agrees to give their number."""
        code = secrets.token_hex(16)
        self._phones[code] = Code(number, self.now())
        return code

    def consent(self, openid: str, template: str, times: int = 1) -> None:
        """A person agrees to messages, one each time."""
        self.consents[openid, template] += times

    def writes(self, openid: str) -> None:
        """A person writes to customer service."""
        self._windows[openid] = (self.now(), 0)

    # What a test looks at and turns.

    def calls(self, path: str) -> int:
        """How often an API was called."""
        return len([one for one in list(self.asked) if one.path == path])

    def bodies(self, path: str) -> list[Body]:
        """What it was called with."""
        return [one.body for one in list(self.asked) if one.path == path]

    def verdict_for(self, text: str) -> tuple[str, int]:
        """What the content check says of a text: by the words that were set, the gravest."""
        found = [verdict for word, verdict in self.words.items() if word in text]
        grave = {"risky": 0, "review": 1, "pass": 2}
        return min(found, key=lambda one: grave[one[0]], default=("pass", 100))

    @property
    def token(self) -> str:
        """The newest access_token, '' if none was asked for."""
        return self._tokens[-1].value if self._tokens else ""

    def expire_token(self) -> None:
        """All tokens have come to their end: calls are answered 42001."""
        with self._lock:
            for one in self._tokens:
                one.dies_at = self.now()

    def revoke_token(self) -> None:
        """Calls with the newest are answered 40001, though stable_token still hands it out."""
        with self._lock:
            self._tokens[-1].refused = True

    def renew_token(self) -> None:
        """Another system of the same mini-program has asked for a new one, by force."""
        app = {"appid": self.appid, "secret": self.secret, "force_refresh": True}
        with self._lock:
            self._stable_token({"grant_type": "client_credential", **app})

    # Messages that WeChat pushes.

    def media_event(self, trace_id: str, suggest: str, label: int = 100) -> Body:
        """The verdict on a picture, as it is pushed."""
        return {
            "ToUserName": "gh_0123456789ab",
            "FromUserName": self.media[trace_id]["openid"],
            "CreateTime": self.now() // SECOND,
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": self.appid,
            "trace_id": trace_id,
            "version": 2,
            "detail": [
                {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}
            ],
            "errcode": 0,
            "errmsg": "ok",
            "result": {"suggest": suggest, "label": label},
        }

    def signature(self, *parts: str) -> str:
        """The sha1 over our token and these."""
        return hashlib.sha1("".join(sorted((self.push_token, *parts))).encode()).hexdigest()  # noqa: S324

    def signed(
        self,
        event: Body,
        *,
        secure: bool = True,
        xml: bool = False,
        appid: str = "",
        at: int | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Query and body of a push, in secure mode or in plain mode."""
        stamp, nonce = str((self.now() if at is None else at) // SECOND), secrets.token_hex(5)
        message = as_xml(event) if xml else json.dumps(event, ensure_ascii=False)
        query = {
            "signature": self.signature(stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": str(event.get("FromUserName", "")),
        }
        if not secure:
            return query, message.encode()
        encrypted = encrypt(self.push_key, message.encode(), appid or self.appid)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = self.signature(stamp, nonce, encrypted)
        outer = {"ToUserName": str(event.get("ToUserName", "")), "Encrypt": encrypted}
        return query, (as_xml(outer) if xml else json.dumps(outer)).encode()

    def push(self, url: str, event: Body, **how: Any) -> requests.Response:
        """Push an event to `url`, once; `how` as in `signed`."""
        query, body = self.signed(event, **how)
        return requests.post(url, params=query, data=body, timeout=10)

    def push_to_container(self, url: str, event: Body) -> requests.Response:
        """Push an event as it reaches a container: without a signature, behind the gateway."""
        headers = {"X-WX-SOURCE": "wx_client", "Content-Type": "application/json"}
        raw = json.dumps(event, ensure_ascii=False).encode()
        return requests.post(url, data=raw, headers=headers, timeout=10)

    # The wire.

    def _listen(self, port: int) -> _Server:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake._take(self)

            def do_POST(self) -> None:
                fake._take(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def listens(self, listens: bool) -> None:
        """Close the port, so that connections are refused, or open it again."""
        if not listens:
            self._hang_up()
        elif self._server is None:
            self._server = self._listen(self.port)

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hurry(self) -> None:
        """Let everyone who waits for a slow answer go."""
        hurry, self._hurry = self._hurry, threading.Event()
        hurry.set()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        raw = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            mode = self._mode_of(parts.path)
            body = self._parsed(parts.path, raw) if request.command == "POST" else query
            if "Cookie" in request.headers:
                self.faults.append(f"{parts.path}: a cookie came back")
            self.asked.append(Asked(self.now(), parts.path, query, body, raw))
            hurry = self._hurry
        try:
            status, answer = self._behave(mode, parts.path, query, body, hurry)
            self._write(request, mode, status, answer)
        except (_HangUp, OSError):
            # Either this was to happen, or whoever asked has given up.
            request.close_connection = True

    def _mode_of(self, path: str) -> str:
        first, _, rest = self.mode.get(path, self.mode.get("*", "ok")).partition(",")
        if rest:
            self.mode[path] = rest
        return {"busy": "-1"}.get(first, first)

    def _parsed(self, path: str, raw: bytes) -> Body:
        try:
            body: Body = json.loads(raw)
        except ValueError:
            self.faults.append(f"{path}: the body is not JSON in UTF-8")
            return {}
        if re.search(rb"\\u[0-9a-f]{4}", raw) and not json.dumps(body).isascii():
            self.faults.append(f"{path}: the body is escaped")
        return body

    def _behave(
        self, mode: str, path: str, query: Mapping[str, str], body: Body, hurry: threading.Event
    ) -> tuple[int, bytes]:
        name, _, number = mode.partition(":")
        if name == "refuse":
            raise _HangUp
        if name == "slow":
            hurry.wait(float(number or 30))
        if name == "500":
            return 500, b"Internal Server Error"
        if name == "html":
            return 200, b"<html><body>502 Bad Gateway</body></html>"
        if name == "odd":
            return 200, b"[]"
        if name == "redirect":
            return 302, b""
        if re.fullmatch(r"-?\d+", name):
            return 200, _told(int(name))
        answer = self._answered(path, query, body)
        if name == "lost":
            raise _HangUp
        return 200, answer

    def _write(
        self, request: BaseHTTPRequestHandler, mode: str, status: int, answer: bytes
    ) -> None:
        if mode == "trickle":
            while not self._hurry.wait(0.05):
                request.wfile.write(b"H")
                request.wfile.flush()
            raise _HangUp
        request.send_response(status)
        if status == 302:
            request.send_header("Location", f"{self.url}/elsewhere")
        request.send_header("Content-Type", "application/json; encoding=utf-8")
        request.send_header("Set-Cookie", "wechat=1; Path=/")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer[: len(answer) // 2] if mode == "cut" else answer)
        if mode == "cut":
            raise _HangUp

    def _answered(self, path: str, query: Mapping[str, str], body: Body) -> bytes:
        apis: dict[str, Callable[[Body], Body]] = {
            LOGIN: self._login,
            TOKEN: self._stable_token,
            TEXT_CHECK: self._text_check,
            MEDIA_CHECK: self._media_check,
            SUBSCRIBE: self._subscribe,
            CUSTOMER: self._customer,
            RISK_RANK: self._risk_rank,
            PHONE: self._phone,
        }
        try:
            with self._lock:
                if path not in (LOGIN, TOKEN):
                    self._check_token(query)
                return _told(0, apis[path](body), bare=path in (LOGIN, TOKEN))
        except KeyError as missing:
            self.faults.append(f"{path}: {missing} is missing")
            return _told(47001)
        except Refusal as refusal:
            return _told(refusal.code)

    # The APIs.

    def _check_token(self, query: Mapping[str, str]) -> None:
        if "cloudbase_access_token" in query:
            if query["cloudbase_access_token"] != self.cloudbase_token:
                raise Refusal(40001)
            return
        if "access_token" not in query:
            if not self.open_interface:
                raise Refusal(41001)
            return
        token = next((one for one in self._tokens if one.value == query["access_token"]), None)
        if token is None or token.refused:
            raise Refusal(40001)
        if token.dies_at <= self.now():
            raise Refusal(42001)

    def _check_app(self, body: Body) -> None:
        if body["appid"] != self.appid:
            raise Refusal(40013)
        if body["secret"] != self.secret:
            raise Refusal(40125)

    def _login(self, query: Body) -> Body:
        self._check_app(query)
        if query["grant_type"] != "authorization_code":
            raise Refusal(40002)
        code = self._taken(self._codes, query["js_code"])
        openid = code.value
        minute = self.now() // MINUTE
        self._logins[openid, minute] += 1
        if self._logins[openid, minute] > LOGINS_A_MINUTE:
            raise Refusal(45011)
        if openid in self.barred:
            raise Refusal(40226)
        code.used = True
        self.session_keys.append(base64.b64encode(secrets.token_bytes(16)).decode())
        answer: Body = {"openid": openid, "session_key": self.session_keys[-1]}
        return {**answer, "unionid": self.users[openid]} if self.users[openid] else answer

    def _taken(self, codes: dict[str, Code], value: str) -> Code:
        code = codes.get(value)
        if code is None or self.now() - code.made_at >= CODE_LIFE:
            raise Refusal(40029)
        if code.used:
            raise Refusal(40163)
        return code

    def _stable_token(self, body: Body) -> Body:
        if body["grant_type"] != "client_credential":
            raise Refusal(40002)
        self._check_app(body)
        now = self.now()
        newest = self._tokens[-1] if self._tokens else None
        if body.get("force_refresh"):
            self._forced[now // DAY] += 1
            if self._forced[now // DAY] > FORCED_A_DAY:
                raise Refusal(45009)
            for one in self._tokens:
                one.dies_at = min(one.dies_at, now)
            newest = None
        if newest is None or newest.dies_at - now <= OVERLAP:
            newest = Token(f"{len(self._tokens) + 1}_{secrets.token_hex(40)}", now + TOKEN_LIFE)
            self._tokens.append(newest)
        return {"access_token": newest.value, "expires_in": (newest.dies_at - now) // SECOND}

    def _check_visitor(self, openid: str) -> None:
        if openid not in self.users:
            raise Refusal(40003)
        if self.now() - self.visits[openid] > VISIT_LIFE:
            raise Refusal(61010)

    def _text_check(self, body: Body) -> Body:
        content = body["content"]
        if body["version"] != 2 or body["scene"] not in (1, 2, 3, 4):
            raise Refusal(40129)
        if not content:
            raise Refusal(44002)
        if len(content) > CONTENT_MAXIMUM:
            self.faults.append(f"{TEXT_CHECK}: content of {len(content)} characters")
            raise Refusal(45002)
        self._check_visitor(body["openid"])
        read = "\n".join((content, body.get("title", ""), body.get("nickname", "")))
        suggest, label = self.verdict_for(read)
        detail = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label}
        return {
            "detail": [detail],
            "trace_id": secrets.token_hex(12),
            "result": {"suggest": suggest, "label": label},
        }

    def _media_check(self, body: Body) -> Body:
        if body["version"] != 2 or body["scene"] not in (1, 2, 3, 4):
            raise Refusal(40129)
        if body["media_type"] not in (1, 2) or not body["media_url"].startswith("http"):
            raise Refusal(44002)
        self._check_visitor(body["openid"])
        trace = secrets.token_hex(12)
        self.media[trace] = body
        return {"trace_id": trace}

    def _subscribe(self, body: Body) -> Body:
        openid, template = body["touser"], body["template_id"]
        if openid not in self.users:
            raise Refusal(40003)
        if template not in self.templates:
            raise Refusal(40037)
        self._check_fields(body["data"], self.templates[template])
        if self.consents[openid, template] < 1:
            raise Refusal(43101)
        self.consents[openid, template] -= 1
        self.sent.append(body)
        return {}

    def _check_fields(self, data: Body, wanted: frozenset[str] | None) -> None:
        if wanted is not None and set(data) != wanted:
            raise Refusal(47003)
        for name, one in data.items():
            pattern = FIELDS.get(re.sub(r"\d+$", "", name), r"(?!)")
            if not re.fullmatch(pattern, one["value"]):
                self.faults.append(f"{SUBSCRIBE}: {name} must match {pattern}")
                raise Refusal(47003)

    def _customer(self, body: Body) -> Body:
        openid = body["touser"]
        if body["msgtype"] != "text" or not body["text"]["content"]:
            raise Refusal(44002)
        if openid not in self.users:
            raise Refusal(40003)
        wrote, answers = self._windows.get(openid, (0, 0))
        if self.now() - wrote > WINDOW:
            raise Refusal(45015)
        if answers >= ANSWERS_IN_A_WINDOW:
            raise Refusal(45047)
        self._windows[openid] = (wrote, answers + 1)
        self.told.append(body)
        return {}

    def _risk_rank(self, body: Body) -> Body:
        if body["appid"] != self.appid:
            raise Refusal(40013)
        if body["scene"] not in (0, 1) or not body["client_ip"]:
            raise Refusal(40129)
        self._check_visitor(body["openid"])
        return {"risk_rank": self.ranks.get(body["openid"], 0), "unoin_id": time.time_ns()}

    def _phone(self, body: Body) -> Body:
        code = self._taken(self._phones, body["code"])
        code.used = True
        number = code.value
        mark = {"timestamp": self.now() // SECOND, "appid": self.appid}
        info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86"}
        return {"phone_info": {**info, "watermark": mark}}


def _told(code: int, answer: Body | None = None, *, bare: bool = False) -> bytes:
    """The answer as WeChat writes it: login and token have no errcode when all is well."""
    head = {} if bare and not code else {"errcode": code, "errmsg": "ok" if not code else "fault"}
    return json.dumps({**head, **(answer or {})}, ensure_ascii=False).encode()


def encrypt(key43: str, message: bytes, appid: str) -> str:
    """The body of secure mode: 16 random bytes, length, message, appid; AES-256-CBC, base64."""
    key = base64.b64decode(key43 + "=")
    content = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message + appid.encode()
    missing = 32 - len(content) % 32
    padded = content + bytes([missing]) * missing
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()


def as_xml(event: Body, name: str = "xml") -> str:
    """The same as XML, texts in CDATA as WeChat has them."""
    inner = ""
    for key, value in event.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                inner += as_xml(one, key)
            elif isinstance(one, str):
                inner += f"<{key}><![CDATA[{one}]]></{key}>"
            else:
                inner += f"<{key}>{one}</{key}>"
    return f"<{name}>{inner}</{name}>"
