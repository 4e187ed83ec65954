"""A collector of OpenTelemetry on loopback, for `OTEL_EXPORTER_OTLP_ENDPOINT`.

`mode` chooses how it behaves: 'ok'; 'slow' (it takes everything and answers too late); 'error'
(503, which a sender may try again). Contract: OTLP 1.x over HTTP, `POST /v1/traces` with an
ExportTraceServiceRequest as protobuf; the answer is an ExportTraceServiceResponse.
"""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

SLOW_SECONDS = 20.0


@dataclass(frozen=True)
class Spanned:
    """One span that came."""

    id: bytes
    parent: bytes
    trace: bytes
    name: str
    kind: int
    seconds: float
    failed: bool
    attributes: dict[str, Any]


class FakeCollector:
    """The collector; a context manager that serves from a thread of its own."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.raw: list[bytes] = []
        self._spans: list[Spanned] = []
        self._over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake._take(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeCollector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def spans(self) -> list[Spanned]:
        """Everything that came, in the order in which it ended."""
        return list(self._spans)

    def of_call(self, call: str) -> list[Spanned]:
        """The span of the call with this id, and those that it caused."""
        traces = {one.trace for one in self.spans if one.attributes.get("request") == call}
        return [one for one in self.spans if one.trace in traces]

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.raw.append(body)
        good = request.path == "/v1/traces" and self.mode != "error"
        if good:
            self._keep(body)
        if self.mode == "slow":
            self._over.wait(SLOW_SECONDS)
        answer = ExportTraceServiceResponse().SerializeToString()
        try:
            request.send_response(200 if good else 503)
            request.send_header("Content-Type", "application/x-protobuf")
            request.send_header("Content-Length", str(len(answer)))
            request.end_headers()
            request.wfile.write(answer)
        except OSError:
            # The sender has given up, which is what the test wants to see.
            return

    def _keep(self, body: bytes) -> None:
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in part.scope_spans:
                self._spans += [_spanned(span) for span in scope.spans]


def _spanned(span: Any) -> Spanned:
    return Spanned(
        id=span.span_id,
        parent=span.parent_span_id,
        trace=span.trace_id,
        name=span.name,
        kind=span.kind,
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        failed=span.status.code == 2,
        attributes={
            one.key: getattr(one.value, str(one.value.WhichOneof("value")))
            for one in span.attributes
        },
    )
