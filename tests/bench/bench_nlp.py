"""`python -m tests.bench.bench_nlp`: reading a message beside what others would do.

Printed for messages of several lengths, as medians of alternating rounds in one process:
`nlp.assess`, jieba's own bare cut, and scikit-learn's `predict_proba` of one output with the same
features. Then cold start (a fresh process, import to first reading) and memory. Budgets: at most
3 × the bare cut and at least 5 × faster than `predict_proba`; cold start at most 1.0 s.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import nlp

ROUNDS, EACH = 9, 60
TEXTS = (
    "今天数学课好无聊啊",
    "想去楼下跳绳，不想写作业",
    "我把药都攒够了，今晚就吃",
    "今天中午食堂的鸡腿超级好吃我一口气吃了三个，下午跑步差点吐了哈哈哈哈明天还想吃",
)
COLD = """
import json, sys, time
started = time.perf_counter()
import nlp
nlp.assess("最近好累，不想上学了")
seconds = time.perf_counter() - started
import psutil
print(json.dumps({"seconds": seconds, "megabytes": psutil.Process().memory_info().rss / 2**20}))
"""


def median_of(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return microseconds a call; the rounds alternate, so that a slow moment slows all."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            for _ in range(EACH):
                call()
            found[name].append((time.perf_counter() - started) / EACH * 1e6)
    return {name: statistics.median(values) for name, values in found.items()}


def pipeline() -> Any:
    """Fit the three blocks and one regression the usual way, to have its `predict_proba`."""
    linear = importlib.import_module("sklearn.linear_model")
    made = importlib.import_module("sklearn.pipeline")
    text = importlib.import_module("sklearn.feature_extraction.text")
    from nlp import dataset
    from nlp.segment import Segmenter

    segmenter = Segmenter()
    lines = dataset.read()[::3]
    words = text.TfidfVectorizer(
        tokenizer=segmenter.cut, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True, min_df=2
    )
    characters = text.TfidfVectorizer(
        analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2
    )
    union = made.FeatureUnion([("words", words), ("characters", characters)])
    regression = linear.LogisticRegression(solver="liblinear")
    fitted = made.Pipeline([("features", union), ("level", regression)])
    return fitted.fit([line.text for line in lines], [line.level >= 2 for line in lines])


def main() -> None:
    """Print the table."""
    nlp.load()
    jieba = importlib.import_module("jieba")
    cutter = jieba.Tokenizer()
    cutter.initialize()
    usual = pipeline()
    for text in TEXTS:
        calls: dict[str, Callable[[], object]] = {
            "assess": lambda text=text: nlp.assess(text),  # type: ignore[misc]
            "bare cut": lambda text=text: cutter.lcut(text),  # type: ignore[misc]
            "predict_proba": lambda text=text: usual.predict_proba([text]),  # type: ignore[misc]
        }
        took = median_of(calls)
        print(
            f"{len(text):3} characters: "
            + ", ".join(f"{name} {value:.0f} µs" for name, value in took.items())
            + f"; {took['assess'] / took['bare cut']:.1f} × the cut,"
            + f" {took['predict_proba'] / took['assess']:.1f} × faster than predict_proba"
        )
    rounds = [
        json.loads(
            subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True).stdout
        )
        for _ in range(5)
    ]
    for name in ("seconds", "megabytes"):
        print(f"cold start, {name}: {statistics.median(one[name] for one in rounds):.2f}")


if __name__ == "__main__":
    main()
