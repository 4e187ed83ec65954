"""`python -m tests.bench.bench_send`: chat.send beside a bare route, in one run on one database.

The bare route is Flask with one `update_one` that pushes two messages of the same shape and one
`find_one` by _id, under the same gunicorn settings. Budget: chat.send reaches 60 % of its
throughput. Rounds alternate, so that a machine that slows down slows both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import any_free_port
from tests.support.copy import Copy
from tests.support.people import Teen

CALLERS, EACH, ROUNDS = 8, 40, 5
BUDGET = 0.60

BARE_APP = """
import os, flask, pymongo
app = flask.Flask("bare")
client = None
def docs():
    global client
    if client is None:
        client = pymongo.MongoClient(os.environ["MONGODB_URI"], retryWrites=False, w="majority",
                                     journal=True, readConcernLevel="majority")
    return client["bare"]["docs"]
@app.post("/bare/<name>")
def bare(name):
    text = flask.request.get_json()["text"]
    own = {"seq": 1, "cid": "c" * 16, "from": "teen", "kind": "text", "text": text,
           "at": 1_700_000_000_000, "risk": {"level": 0, "score": 0.01}}
    answer = {"seq": 2, "cid": "s" * 14, "at": 1_700_000_000_000, "from": "ai", "kind": "text",
              "text": "听起来不容易，你想从哪里说起都可以。", "line": "general-01"}
    docs().update_one({"_id": name}, {"$push": {"messages": {"$each": [own, answer],
                                                             "$slice": -48}},
                                      "$inc": {"seq": 2}}, upsert=True)
    return {"seq": docs().find_one({"_id": name})["seq"]}
"""


def start_bare(folder: Path, uri: str, port: int) -> subprocess.Popen[bytes]:
    """Start the bare route under gunicorn with as many workers of the same kind."""
    (folder / "bare_app.py").write_text(BARE_APP)
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", "2", "bare_app:app"]
    environment = {**os.environ, "MONGODB_URI": uri, "PYTHONPATH": str(folder)}
    process = subprocess.Popen(
        [*command, f"--bind=127.0.0.1:{port}", "--log-level=error"], env=environment, cwd=folder
    )
    time.sleep(3)
    return process


def rate(calls: list[Callable[[int], object]]) -> float:
    """Calls per second of all callers together."""
    started = time.perf_counter()
    with ThreadPoolExecutor(len(calls)) as pool:
        list(pool.map(_all_of, calls))
    return len(calls) * EACH / (time.perf_counter() - started)


def _all_of(call: Callable[[int], object]) -> None:
    for number in range(EACH):
        call(number)


def our_caller(address: str) -> Callable[[int], object]:
    """A teen with a talk of their own."""
    teen = Teen(address)
    held = [teen.poll()["conversation"]["seq"]]

    def call(number: int) -> None:
        held[0] = teen.send(f"今天写作业 {number}", after=held[0])["conversation"]["seq"]

    return call


def bare_caller(port: int, name: str) -> Callable[[int], object]:
    """A caller of the bare route with a document of its own."""
    session = requests.Session()
    url = f"http://127.0.0.1:{port}/bare/{name}"

    def call(number: int) -> None:
        session.post(url, json={"text": f"今天写作业 {number}"}).raise_for_status()

    return call


def main() -> int:
    """Print both rates of each round and the median of their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = Copy(folder / "copy").start()
        port = any_free_port()
        bare = start_bare(folder, copy.state().database_uri, port)
        try:
            ratios = [_round(copy, port, number) for number in range(ROUNDS)]
        finally:
            bare.terminate()
            bare.wait()
            copy.stop()
    found = statistics.median(ratios)
    print(f"chat.send / bare route, median of {ROUNDS}: {found:.2f} (budget {BUDGET:.2f})")
    return int(found < BUDGET)


def _round(copy: Copy, port: int, number: int) -> float:
    ours = rate([our_caller(copy.address) for _ in range(CALLERS)])
    theirs = rate([bare_caller(port, f"r{number}-{index}") for index in range(CALLERS)])
    print(f"round {number}: chat.send {ours:.0f}/s, bare route {theirs:.0f}/s")
    return ours / theirs


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
