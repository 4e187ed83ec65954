"""`python -m tests.bench.bench_packed [--package DIR]`: cold start of the chat function's zip.

The zip is unpacked into an empty folder and started by its own Python without the repository, each
round a fresh process; nothing is written beside the source, as in the cloud. Beside it a bare
interpreter imports Flask, pymongo and jieba with its dictionary, all of the HTTP function's zip.
Printed are the medians in milliseconds, with bytecode as it is packed and without; in brackets what
the processor had to do for it, which is what counts where others keep the machine busy.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cloudfunctions.operations import bytecode
from cloudfunctions.operations.package import OUT
from cloudfunctions.operations.pins import Target
from tests.support.packed import ISOLATED, unpack

ROUNDS = 7
BUDGET_MS = 1_000

OURS = """
import json, sys, time
started = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import index
imported = time.perf_counter()
import nlp
nlp.assess("最近好累，不想上学了")
done = time.perf_counter()
print(json.dumps({"import": imported - started, "all": done - started, "cpu": time.process_time()}))
"""
BARE = """
import json, sys, time
started = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import flask, pymongo
import jieba
jieba.setLogLevel(60)
jieba.dt.tmp_dir = sys.argv[2]
jieba.initialize()
print(json.dumps({"all": time.perf_counter() - started, "cpu": time.process_time()}))
"""


def measure(python: str, script: str, folder: Path, cache: Path) -> dict[str, float]:
    """Run `script` in fresh processes; returns the medians in milliseconds.

    The first round is not counted: it brings the files into memory and lets jieba keep its table.
    """
    rounds = []
    for _ in range(ROUNDS + 1):
        done = subprocess.run(
            [python, *ISOLATED, "-c", script, str(folder), str(cache)],
            env={},
            capture_output=True,
            text=True,
            check=True,
        )
        rounds.append(json.loads(done.stdout))
    return {name: 1_000 * statistics.median(one[name] for one in rounds[1:]) for name in rounds[0]}


def without_bytecode(folder: Path, copy: Path) -> Path:
    """A copy of a folder with the source alone."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def main() -> int:
    """Print the figures; exit status 1 beyond the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", type=Path, default=OUT, metavar="DIR")
    package = parser.parse_args().package
    manifest = json.loads((package / "manifest.json").read_bytes())
    target = Target(manifest["python"], manifest["platform"])
    command = bytecode.interpreter(target)
    if not command:
        print(f"there is no Python {target.python} here to start it with", file=sys.stderr)
        return 2
    python = command[0]
    with tempfile.TemporaryDirectory() as place:
        root, cache = Path(place), Path(place, "cache")
        cache.mkdir()
        chat, http = (unpack(package / f"{n}.zip", root / n) for n in ("chat", "http"))
        ours = measure(python, OURS, chat, cache)
        bare = measure(python, BARE, http, cache)
        plain = measure(python, OURS, without_bytecode(chat, root / "plain"), cache)
        plain_bare = measure(python, BARE, without_bytecode(http, root / "plain_http"), cache)
    print(f"Python {bytecode.version(command):26}      as packed   without bytecode")
    print(f"chat.zip, import              {ours['import']:7.0f}        {plain['import']:12.0f}")
    for label, with_it, without in (
        ("  to the first message read", ours, plain),
        ("bare flask + pymongo + jieba", bare, plain_bare),
    ):
        print(
            f"{label:30}{with_it['all']:7.0f} ({with_it['cpu']:5.0f})"
            f"{without['all']:11.0f} ({without['cpu']:5.0f})"
        )
    return 0 if ours["all"] <= BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
