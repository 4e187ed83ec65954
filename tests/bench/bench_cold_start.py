"""`python -m tests.bench.bench_cold_start`: from import of a chat function to a message read.

Each round is a fresh process, as a cold function instance is. Printed: the median of each step in
milliseconds, beside a bare interpreter that imports Flask, pymongo and jieba with its dictionary.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

ROUNDS = 7
HEAVY = ("sklearn", "scipy", "numpy")

OURS = """
import json, sys, time
started = time.perf_counter()
import cloudfunctions.chat.index
imported = time.perf_counter()
import nlp
level = nlp.assess("最近好累，不想上学了").level
done = time.perf_counter()
heavy = [name for name in ("sklearn", "scipy", "numpy") if name in sys.modules]
print(json.dumps({"import": imported - started, "first": done - imported,
                  "all": done - started, "level": level, "heavy": heavy}))
"""

BARE = """
import json, time
started = time.perf_counter()
import flask, pymongo
import jieba
jieba.setLogLevel(60)
jieba.initialize()
print(json.dumps({"all": time.perf_counter() - started}))
"""


def measure(script: str) -> list[dict[str, float]]:
    """Run `script` in fresh processes; the first, which may write caches, is not counted."""
    rounds = []
    for _ in range(ROUNDS + 1):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        rounds.append(json.loads(done.stdout))
    return rounds[1:]


def median(rounds: list[dict[str, float]], name: str) -> float:
    """Median of one figure in milliseconds."""
    return statistics.median(one[name] for one in rounds) * 1000


def main() -> int:
    """Print the figures; exit status 1 if training libraries were imported."""
    ours, bare = measure(OURS), measure(BARE)
    print(f"import of cloudfunctions.chat.index   {median(ours, 'import'):7.0f} ms")
    print(f"from there to the first message read  {median(ours, 'first'):7.0f} ms")
    print(f"together                              {median(ours, 'all'):7.0f} ms")
    print(f"bare flask + pymongo + jieba          {median(bare, 'all'):7.0f} ms")
    heavy = {name for one in ours for name in one["heavy"]}  # type: ignore[attr-defined]
    print(f"imported of {', '.join(HEAVY)}: {', '.join(sorted(heavy)) or 'none'}")
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
