"""`python -m tests.bench.bench_pages`: how long a page of JSON takes to be on screen in Chromium.

Each page is served by a small server of its own that answers as `pages.open` does, so nothing but
the client is measured: from the arrival of the JSON until the last block is in the document (draw)
and until the browser has painted it (paint); then one tap that changes one text (change). `work` is
the processor time that the page's main thread took beyond a page of one text, layout and paint
included: it means something on a busy machine too. The budget is held against `draw`. The median of
some rounds, each in a context of its own. With `--load` the H5 of
a folder is taken as it is, else it is built first.
"""

from __future__ import annotations

import argparse
import http.server
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "miniprogram_schema"
BUDGET_MS = 300
ROUNDS = 5
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
PEOPLE = ("teen", "ai", "listener")

Json = dict[str, Any]

# Notes when the last block stood in the document, and the paint after that.
WATCH = """
(() => {
  const [selector, count] = window.__wanted;
  const wanted = () => document.querySelectorAll(selector).length >= count;
  const note = () => {
    if (window.__drawn || !wanted()) return;
    window.__drawn = performance.now();
    requestAnimationFrame(() => setTimeout(() => { window.__painted = performance.now(); }));
  };
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });
})();
"""
FIGURES = """
() => {
  const asked = performance
    .getEntriesByType('resource')
    .find(({ name }) => name.endsWith('/api/pages.open'));
  const { responseEnd } = asked;
  return { draw: window.__drawn - responseEnd, paint: window.__painted - responseEnd };
}
"""
CHANGE = """
() => {
  const buttons = [...document.querySelectorAll('wx-button')];
  const button = buttons.find((one) => one.textContent.includes('加一'));
  const began = performance.now();
  button.click();
  return performance.now() - began;
}
"""


def node(name: str, component: str, attributes: Json, **more: Any) -> Json:
    """One node of a page."""
    own = {"id": name, "component": component, "module": "nuanxinmiao"}
    return {**own, "attributes": attributes, **more}


def counter() -> list[Json]:
    """A text that counts and the button that makes it."""
    handler = {
        "module": "platform",
        "name": "setState",
        "params": {"name": "n", ":value": "$page.state.n + 1"},
    }
    tap = {"id": "tap", "eventName": "tap", "handler": handler}
    return [
        node("count", "Text", {":text": "'次数 ' + $page.state.n"}),
        node("add", "ActionButton", {"text": "加一"}, listeners=[tap]),
    ]


def page_of(items: list[Json], state: Json | None = None) -> Json:
    """A page around `items`; `state` gives its variables beside `n`."""
    variables = {"n": 0, **(state or {})}
    kinds = {int: "number", list: "array"}
    declared = {
        name: {"varType": "state", "dataType": kinds[type(value)], "initialValue": value}
        for name, value in variables.items()
    }
    return {
        "type": "PAGE",
        "id": "bench",
        "label": "量一量",
        "attributes": {"title": "量一量", "audience": "teen", "nav": "", "fill": False},
        "dataset": {"state": declared},
        "items": items,
        "listeners": [],
    }


def blocks(count: int) -> Json:
    """A page of `count` blocks in sections of twelve: texts, buttons, pictures' places, rules."""
    made: list[Json] = [node("first", "Section", {"title": "数"}, items=counter())]
    total = 3
    while total < count:
        name = f"s{total}"
        size = min(11, count - total - 1)
        leaves = [_leaf(f"{name}i{i}", i) for i in range(size)]
        made.append(node(name, "Section", {"title": name}, items=leaves))
        total += size + 1
    return page_of(made)


def _leaf(name: str, index: int) -> Json:
    if index % 4 == 1:
        return node(name, "ActionButton", {"text": f"按钮 {name}", "tone": "line"})
    if index % 4 == 3:
        return node(name, "Divider", {})
    bound = f"'{name} ' + ($page.state.n < 0 ? '负' : '正')"
    return node(name, "Text", {"text": f"第 {name} 段", ":text": bound})


def talk(count: int, paged: bool) -> Json:
    """A talk of `count` messages in one list, all drawn when it is `paged`."""
    messages = [_message(seq) for seq in range(1, count + 1)]
    attributes = {":items": "$page.state.messages", "paged": paged}
    return page_of([*counter(), node("list", "MessageList", attributes)], {"messages": messages})


def _message(seq: int) -> Json:
    sender = PEOPLE[seq % 3]
    is_teens = sender == "teen"
    return {
        "key": f"m{seq}",
        "domId": f"message-{seq}",
        "seq": seq,
        "cid": f"cid-{seq}",
        "from": sender,
        "side": "self" if is_teens else "other",
        "who": "" if is_teens else "暖心喵",
        "ai": sender == "ai",
        "text": f"这是第 {seq} 句话，说一说今天的事。",
        "time": "12:00",
        "day": "",
        "card": False,
        "risk": None,
        "canCorrect": False,
        "exercise": None,
    }


BASE = "one text"
CASES: list[tuple[str, Json, tuple[str, int]]] = [
    (BASE, page_of(counter()), (".node", 2)),
    *((f"{count} blocks", blocks(count), (".node", count)) for count in (50, 200, 600)),
    ("talk of 500, newest 60 drawn", talk(500, paged=False), (".message", 60)),
    ("talk of 500, all drawn", talk(500, paged=True), (".message", 500)),
]


class Server(http.server.ThreadingHTTPServer):
    """The H5's files, and one page."""

    def __init__(self, folder: Path) -> None:
        """Serve from `folder`, on any free port of loopback."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.page: Json = {}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers for Server."""

    server: Server

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Give a file of the H5."""
        name = self.path.split("?")[0].lstrip("/") or "index.html"
        file = self.server.folder / name
        if file.is_file():
            self._give(200, KINDS.get(file.suffix, "text/plain"), file.read_bytes())
        else:
            self._give(404, "text/plain", b"")

    def do_POST(self) -> None:
        """Answer pages.open; everything else is busy."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/api/pages.open":
            data = {"page": "bench", "version": 1, "etag": "e", "content": self.server.page}
            self._give(200, "application/json", json.dumps({"data": data}).encode())
        else:
            self._give(503, "application/json", b'{"error": {"code": "unavailable"}}')

    def _give(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def measure(browser: Browser, address: str, wanted: tuple[str, int]) -> Json:
    """One round in a context of its own."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    inside = context.new_cdp_session(page)
    inside.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.add_init_script(f"window.__wanted = {json.dumps(wanted)};{WATCH}")
    page.goto(f"{address}/#/pages/page/index?page=bench")
    page.wait_for_function("window.__painted", timeout=60_000)
    told = inside.send("Performance.getMetrics")["metrics"]
    spent = next(one["value"] for one in told if one["name"] == "TaskDuration") * 1000
    figures: Json = page.evaluate(FIGURES)
    changes = [page.evaluate(CHANGE) for _ in range(7)]
    assert page.get_by_text("次数 7").count() == 1
    context.close()
    return {**figures, "spent": spent, "change": statistics.median(changes)}


def build(folder: Path) -> None:
    """Build the H5 into `folder`."""
    program = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    command = [program, "web/build.mjs", "--out", str(folder)]
    subprocess.run(command, cwd=SCHEMA, check=True, stdout=subprocess.DEVNULL)


def run(folder: Path) -> dict[str, Json]:
    """All cases; the median of each figure in milliseconds."""
    server = Server(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser")))
    results = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(found), args=FLAGS)
        for name, page, wanted in CASES:
            server.page = page
            rounds = [measure(browser, address, wanted) for _ in range(ROUNDS)]
            results[name] = {key: _median(rounds, key) for key in rounds[0]}
        browser.close()
    server.shutdown()
    for one in results.values():
        one["work"] = one["spent"] - results[BASE]["spent"]
    return results


def _median(rounds: list[Json], key: str) -> float:
    return float(statistics.median(one[key] for one in rounds))


def main() -> int:
    """Print the table; exit status 1 when 600 blocks take longer than the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", type=Path, help="folder of a built H5")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.load or Path(made)
        if not options.load:
            build(folder)
        results = run(folder)
    print(f"median of {ROUNDS} rounds, ms             draw   paint    work  change")
    for name, one in results.items():
        taken = " ".join(f"{one[key]:7.0f}" for key in ("draw", "paint", "work"))
        print(f"{name:32s} {taken} {one['change']:7.1f}")
    most = results["600 blocks"]
    within = most["draw"] <= BUDGET_MS
    print(f"600 blocks within {BUDGET_MS} ms: {'yes' if within else 'no'}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
