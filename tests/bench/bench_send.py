"""`python -m tests.bench.bench_send`: chat.send beside a bare route, in one run on one database.

The bare route is Flask with one `update_one` that pushes two messages of the same shape and one
`find_one` by _id, under the same gunicorn settings. Budget: chat.send reaches 60 % of its
throughput. Rounds alternate, so that a machine that slows down slows both.

The same route is timed once more on a collection with the indexes of `conversations`: the embedded
database takes its time for every index of a collection at every update, also for those whose
fields did not change, which MongoDB does not. What lies between the two is the database's; what
lies below the second is ours.
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

import pymongo
import requests

from cloudfunctions.chat.store import INDEXES
from cloudfunctions.common.database import Document
from cloudfunctions.common.settings import ROOT
from cloudfunctions.local.place import any_free_port
from tests.support.copy import Copy
from tests.support.people import Teen

CALLERS, EACH, ROUNDS = 8, 40, 5
BUDGET = 0.60
PLAIN, INDEXED = "plain", "indexed"

BARE_APP = """
import os, flask, pymongo
app = flask.Flask("bare")
client = None
def docs(collection):
    global client
    if client is None:
        client = pymongo.MongoClient(os.environ["MONGODB_URI"], retryWrites=False, w="majority",
                                     journal=True, readConcernLevel="majority")
    return client["bare"][collection]
@app.post("/<collection>/<name>")
def bare(collection, name):
    text = flask.request.get_json()["text"]
    own = {"seq": 1, "cid": "c" * 16, "from": "teen", "kind": "text", "text": text,
           "at": 1_700_000_000_000, "risk": {"level": 0, "score": 0.01}}
    answer = {"seq": 2, "cid": "s" * 14, "at": 1_700_000_000_000, "from": "ai", "kind": "text",
              "text": "听起来不容易，你想从哪里说起都可以。", "line": "general-01"}
    docs(collection).update_one({"_id": name}, {"$push": {"messages": {"$each": [own, answer],
                                                                       "$slice": -48}},
                                                "$inc": {"seq": 2}}, upsert=True)
    return {"seq": docs(collection).find_one({"_id": name})["seq"]}
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


def bare_caller(port: int, collection: str, name: str) -> Callable[[int], object]:
    """A caller of the bare route with a document of its own."""
    session = requests.Session()
    url = f"http://127.0.0.1:{port}/{collection}/{name}"

    def call(number: int) -> None:
        session.post(url, json={"text": f"今天写作业 {number}"}).raise_for_status()

    return call


def main() -> int:
    """Print the rates of each round and the medians of their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = Copy(folder / "copy").start()
        uri = copy.state().database_uri
        with pymongo.MongoClient[Document](uri, retryWrites=False) as client:
            client["bare"][INDEXED].create_indexes(list(INDEXES["conversations"]))
        port = any_free_port()
        bare = start_bare(folder, uri, port)
        try:
            found = [_round(copy, port, number) for number in range(ROUNDS)]
        finally:
            bare.terminate()
            bare.wait()
            copy.stop()
    to_plain, to_indexed = (statistics.median(ratios) for ratios in zip(*found, strict=True))
    print(f"chat.send / bare route, median of {ROUNDS}: {to_plain:.2f} (budget {BUDGET:.2f})")
    print(f"chat.send / bare route with the indexes of conversations: {to_indexed:.2f}")
    return int(to_plain < BUDGET)


def _round(copy: Copy, port: int, number: int) -> tuple[float, float]:
    ours = rate([our_caller(copy.address) for _ in range(CALLERS)])
    plain, indexed = (
        rate([bare_caller(port, one, f"r{number}-{index}") for index in range(CALLERS)])
        for one in (PLAIN, INDEXED)
    )
    print(
        f"round {number}: chat.send {ours:.0f}/s, "
        f"bare route {plain:.0f}/s, with the indexes {indexed:.0f}/s"
    )
    return ours / plain, ours / indexed


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
