"""Requests written byte for byte, for what no HTTP library would send."""

from __future__ import annotations

import socket
from dataclasses import dataclass

Lines = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Raw:
    """An answer as it came; `status` is 0 where there was none."""

    status: int
    head: bytes
    body: bytes


def exchange(port: int, sent: bytes, seconds: float = 10) -> Raw:
    """Send bytes to a port of this machine and read until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            came = b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError:
            came = b""
    head, _, body = came.partition(b"\r\n\r\n")
    return Raw(int(head.split()[1]) if head else 0, head, body)


def post(port: int, action: str, headers: Lines, body: bytes = b"{}", path: str = "") -> Raw:
    """POST with exactly these headers beside those that every request has."""
    known: Lines = [
        (b"Host", b"x"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
        (b"Connection", b"close"),
    ]
    lines = [b"POST " + (path or f"/api/{action}").encode() + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in [*known, *headers]]
    return exchange(port, b"\r\n".join([*lines, b"", body]))
