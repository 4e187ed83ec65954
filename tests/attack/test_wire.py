"""H9–H11: requests that could be read in two ways, canaries in answers, line ends in logs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudfunctions.app import REGISTRY
from cloudfunctions.common import telemetry
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.shells import answer_event
from tests.contract.test_ways import BEHIND
from tests.contract.ways import event
from tests.faults.beside import Beside
from tests.support.copy import Copy
from tests.support.people import Teen
from tests.support.wire import Lines, exchange, post

ROUTES = ("/", "/desk", "/studio", "/healthz", "/readyz", "/pages/teen.json", "/assets/x", "/x")
KNOWN = (b"Host: x", b"Content-Type: application/json", b"Connection: close")
ENOUGH = b"0\r\n\r\n"

AMBIGUOUS: dict[str, tuple[list[bytes], bytes]] = {
    "length and chunks": ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], ENOUGH),
    "chunks and length": ([b"Transfer-Encoding: chunked", b"Content-Length: 5"], ENOUGH),
    "two lengths": ([b"Content-Length: 2", b"Content-Length: 9"], b"{}"),
    "the same length twice": ([b"Content-Length: 2", b"Content-Length: 2"], b"{}"),
    "a list of lengths": ([b"Content-Length: 2, 2"], b"{}"),
    "a signed length": ([b"Content-Length: +2"], b"{}"),
    "a negative length": ([b"Content-Length: -2"], b"{}"),
    "a length in hex": ([b"Content-Length: 0x2"], b"{}"),
    "an underscored length": ([b"Content-Length: 1_0"], b"{}"),
    "an unknown coding": ([b"Transfer-Encoding: xchunked"], ENOUGH),
    "chunked not last": ([b"Transfer-Encoding: chunked, identity"], ENOUGH),
    "chunked twice": ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], ENOUGH),
    "folded coding": ([b"Transfer-Encoding:", b" chunked"], ENOUGH),
    "folded header": ([b"X-A: 1", b" 2", b"Content-Length: 2"], b"{}"),
    "folded by tab": ([b"X-A: 1", b"\t2", b"Content-Length: 2"], b"{}"),
    "space before the colon": ([b"Content-Length : 2"], b"{}"),
    "no name": ([b": 1", b"Content-Length: 2"], b"{}"),
    "a bare line end": ([b"X-A: 1\nContent-Length: 2"], b"{}"),
    "a bare return": ([b"X-A: 1\rX-B: 2", b"Content-Length: 2"], b"{}"),
    "a null": ([b"X-A: 1\x00", b"Content-Length: 2"], b"{}"),
    "two hosts": ([b"Host: y", b"Content-Length: 2"], b"{}"),
    "a chunk that is none": ([b"Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk without end": ([b"Transfer-Encoding: chunked"], b"2\r\n{}X0\r\n\r\n"),
    "a signed chunk": ([b"Transfer-Encoding: chunked"], b"+2\r\n{}\r\n0\r\n\r\n"),
    "an underscored chunk": ([b"Transfer-Encoding: chunked"], b"0_2\r\n{}\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_a_request_that_could_be_read_in_two_ways_is_refused(running: Copy, kind: str) -> None:
    headers, body = AMBIGUOUS[kind]
    lines = [b"POST /api/account.sign_in HTTP/1.1", *KNOWN, *headers, b"", body]
    behind = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(running.port, b"\r\n".join(lines) + behind)
    assert answer.status == 400, answer
    error = json.loads(answer.body)["error"]
    assert error["code"] == "bad_request"
    assert b"alive" not in answer.body, "what stands behind it is no request of its own"
    assert b"connection: close" in answer.head.lower()


@pytest.mark.parametrize(
    "line",
    [
        b"GET",
        b"GET /",
        b"GET / HTTP/9.9",
        b"get / HTTP/1.1",
        b"GET /\xe4 HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_a_broken_first_line_is_refused_in_our_shape(running: Copy, line: bytes) -> None:
    answer = exchange(running.port, line + b"\r\nHost: x\r\n\r\n")
    assert answer.status == 400, answer
    assert json.loads(answer.body)["error"]["code"] == "bad_request"


@pytest.mark.parametrize(
    "line",
    [
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1",
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 9_000,
        b"GET / HTTP/1.1" + b"\r\nX-A: 1" * 200,
    ],
)
def test_a_head_without_end_is_cut_off(running: Copy, line: bytes) -> None:
    # Closed before all of it was read, which may reach the other side before the answer does.
    assert exchange(running.port, line + b"\r\nHost: x\r\n\r\n").status in (0, 400)


@pytest.mark.parametrize("path", [*ROUTES, "/api/account.sign_in", "/api/x"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
def test_trace_and_its_like_are_refused_and_echo_nothing(
    running: Copy, path: str, method: str
) -> None:
    word = f"canary{secrets.token_hex(8)}"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nX-A: {word}\r\nCookie: {word}\r\n"
    answer = exchange(running.port, f"{head}Connection: close\r\n\r\n".encode())
    # What is no route of ours at all is not found, whatever is done to it.
    assert answer.status in ((400, 404, 405) if path == "/x" else (400, 405)), answer
    assert word.encode() not in answer.head + answer.body


ENVIRONMENT = ("CANARY", "X_CLOUDBASE_CONTEXT", "TENCENTCLOUD_SECRETKEY", "TCB_CONTEXT_CNFG")
HEADERS = (
    *("X-Cloudbase-Context", "X-WX-CLOUDBASE-ACCESS-TOKEN", "X-Scf-Secret-Key", "X-WX-UNIONID"),
    *("X-WX-FROM-OPENID", "X-Request-Id", "X-Original-Forwarded-For", "X-Forwarded-For"),
    *("X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Origin", "Referer", "User-Agent"),
    *("Cookie", "Authorization", "Accept-Language", "Access-Control-Request-Headers", "If-Match"),
    *("Range", "Via", "Traceparent", "Content-Encoding", "Content-Type", "Expect", "X-A"),
    *("Upgrade", "SCRIPT_NAME", "PATH_INFO", "X_A", "Te", "Accept", "If-None-Match"),
)


@pytest.fixture(scope="module")
def word() -> str:
    """What must come back nowhere."""
    return f"canary{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def container(
    running: Copy, word: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Beside]:
    """A container with canaries in its environment."""
    canaries = {name: f"{word}-{name}" for name in ENVIRONMENT}
    folder = tmp_path_factory.mktemp("container")
    with Beside(running, folder, WORKERS="1", **BEHIND, **canaries) as found:
        yield found


def with_canary(word: str) -> Iterator[Lines]:
    """Headers with the word, one by one and all together."""
    lines = [(name.encode(), f"{word}-{number}".encode()) for number, name in enumerate(HEADERS)]
    for line in lines:
        yield [line]
    yield [line for line in lines if line[0] != b"Expect"]


def test_no_header_and_no_variable_comes_back(
    container: Beside, running: Copy, resources: Resources, word: str
) -> None:
    """H10: every route and every action, each with every header."""
    teen = Teen(running.address)
    token = str(teen.http.headers["Authorization"]).encode()
    answers = 0
    for headers in with_canary(word):
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        came = [
            exchange(
                container.port,
                f"{method} {path} HTTP/1.1\r\nHost: x\r\n".encode()
                + head
                + b"Connection: close\r\n\r\n",
            )
            for path in ROUTES
            for method in ("GET", "OPTIONS")
        ]
        mine = [line for line in headers if line[0] != b"Content-Type"]
        came += [
            post(container.port, action, mine, body)
            for action in ("account.sign_in", "chat.enter", "no.such")
            for body in (b"{}", b"{", json.dumps({word: word}).encode())
        ]
        if len(headers) > 1:
            # All together, but for those that end a call before it has begun.
            deep = [line for line in mine if line[0] not in (b"Content-Encoding", b"Authorization")]
            deep.append((b"Authorization", token))
            came += [post(container.port, action, deep) for action in REGISTRY.actions]
        for answer in came:
            assert word.encode() not in answer.head + answer.body, (headers, answer)
        answers += len(came)
    assert word not in container.log()
    for name in HEADERS:
        asked = event("http_access_scf", path="/no.such")
        asked["headers"][name] = word
        assert word not in json.dumps(answer_event(REGISTRY, resources, asked))
        asked = event("callfunction", action="no.such", body={word: word}, tcbContext={name: word})
        context = {"environment": json.dumps({name: word}), "environ": f"{name}={word}"}
        assert word not in json.dumps(answer_event(REGISTRY, resources, asked, context))
        answers += 2
    print(
        f"\nH10: a canary in {len(HEADERS)} headers, {len(ENVIRONMENT)} variables: 0 of {answers}"
    )


LINE_ENDS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_value_with_a_line_end_is_one_line_of_the_log(
    capfd: pytest.CaptureFixture[str], end: str
) -> None:
    telemetry.note("x", value=f'a{end}{{"event": "forged"}}{end}b', **{f"n{end}": 1})
    told = capfd.readouterr().err
    assert len(told.splitlines()) == 1
    assert json.loads(told)["value"] == f'a{end}{{"event": "forged"}}{end}b'


def test_a_line_end_in_a_request_makes_no_line_of_its_own(
    running: Copy, resources: Resources, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """H11: in the path, in headers, in a body and in every part of an event."""
    forged = f'\r\n{{"event": "forged{secrets.token_hex(8)}"}}\r\n'
    teen = Teen(running.address)
    quoted = "%0d%0a%7b%22event%22%3a%22forged%22%7d%0d%0a"
    before = len(running.log("service").splitlines())
    for path in (f"/api/{quoted}", f"/api/chat.enter{quoted}", f"/api/chat.enter?{quoted}"):
        teen.http.post(f"{running.address}{path}", json={}, timeout=10)
    for body in ({"text": forged}, {forged: 1}, {"conversation": forged}, forged):
        teen.post("chat.send", body)
    ours = [json.loads(line) for line in running.log("service").splitlines()[before:]]
    assert "forged" not in running.log("service")
    assert [one.get("action") for one in ours].count("chat.send") == 4

    capfd.readouterr()
    events = [
        event("http_access_scf", path=f"/api/chat.enter{forged}"),
        event("http_access_scf", path=f"/api/{forged}", body=forged),
        event("http_access_scf", requestContext={"sourceIp": forged}, body=forged),
        event("callfunction", action=forged, body={forged: forged}),
        event("callfunction", action="chat.enter", token=forged),
        event("callfunction", userInfo=forged, tcbContext=forged),
    ]
    for one in events:
        answer_event(REGISTRY, resources, one, {"environ": forged, "request_id": forged})
    told = capfd.readouterr().err
    assert "forged" not in told
    assert len([json.loads(line) for line in told.splitlines()]) == len(events)
