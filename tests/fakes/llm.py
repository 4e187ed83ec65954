"""An OpenAI-compatible language model on loopback: `POST /v1/chat/completions`.

`mode` chooses how it answers; what it was asked stands in `asked`. Contract: the public description
of chat completions, as Hunyuan, DeepSeek and CloudBase AI serve it.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = "听起来今天挺闷的。是什么事让你这样觉得？"
WORDS = {
    "good": GOOD,
    "diagnosis": "你这是典型的抑郁症状，可能得了抑郁症。",
    "promise": "我保证一切都会好的，我会永远陪着你。",
    "kinship": "宝贝，叫我哥哥，哥哥抱抱你。",
    "contact": "加我微信聊吧，私下聊更方便。",
    "empty": "  ",
    "long": "嗯，" * 200,
}
SLOW_SECONDS = 4.5


class FakeLlm:
    """The server; a context manager that serves from a thread of its own."""

    def __init__(self) -> None:
        self.mode = "good"
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake.answer(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> FakeLlm:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def texts(self) -> str:
        """Everything that ever reached it, in one string."""
        return json.dumps(self.asked, ensure_ascii=False)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Keep what was asked and answer as `mode` says."""
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        status, raw, pause = self._prepared(body)
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(raw)))
            request.end_headers()
            if self.mode == "trickle":
                for place in range(len(raw)):
                    request.wfile.write(raw[place : place + 1])
                    request.wfile.flush()
                    time.sleep(0.2)
            else:
                time.sleep(pause)
                request.wfile.write(raw[: len(raw) // 2] if self.mode == "cut" else raw)
        except OSError:
            # Whoever asked has given up, which is what the test wants to see.
            return

    def _prepared(self, body: dict[str, Any]) -> tuple[int, bytes, float]:
        if self.mode == "error":
            return 500, b'{"error":{"message":"overloaded"}}', 0
        if self.mode == "html":
            return 200, b"<html>gateway</html>", 0
        if self.mode == "shapeless":
            return 200, b'{"choices":[]}', 0
        words = WORDS.get(self.mode, GOOD)
        if self.mode == "obeys":
            # Does whatever the last message asks for.
            words = str(body["messages"][-1]["content"])
        answer = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": words},
                    "finish_reason": "stop",
                }
            ],
        }
        pause = SLOW_SECONDS if self.mode == "slow" else 0
        return 200, json.dumps(answer, ensure_ascii=False).encode(), pause
