"""The command line: `python -m nlp train | evaluate | corpus | try "…"`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from pathlib import Path

_HERE = Path(__file__).parent


def _train(_arguments: argparse.Namespace) -> int:
    from nlp.train import (
        train,
    )  # Imported here, because the other commands do without scikit-learn.

    train()
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from nlp.evaluate import as_text, evaluate

    folder = arguments.data or os.environ.get("NLP_EVAL_DATA")
    result = evaluate(Path(folder) if folder else None)
    print(json.dumps(result, ensure_ascii=False, indent=1) if arguments.json else as_text(result))
    if arguments.card:
        _write_between(_HERE / "MODEL_CARD.md", as_text(result))
    return 0


def _write_between(page: Path, text: str) -> None:
    """Put generated text between the two marks of a page; what people wrote around it stays."""
    before, mark, rest = page.read_text(encoding="utf-8").partition("<!-- generated -->")
    _, end, after = rest.partition("<!-- end -->")
    page.write_text(f"{before}{mark}\n```\n{text}\n```\n{end}{after}", encoding="utf-8")


def _corpus(arguments: argparse.Namespace) -> int:
    from nlp import dataset

    lines, faults = dataset.read(), dataset.problems()
    train, test = dataset.split(lines)
    families, personas = {line.family for line in lines}, {line.persona for line in lines}
    table = [
        f"{len(lines)} lines, {len(families)} families, {len(personas)} personas",
        f"{len(train)} lines of training families, {len(test)} held out",
    ]
    for name, count in dataset.counts(lines).items():
        each = ", ".join(f"{key} {number}" for key, number in sorted(count.items()))
        table += ["", *textwrap.wrap(f"{name}: {each}", 98)]
    print(*table, "", f"{len(faults)} faults", *faults, sep="\n")
    if arguments.card:
        _write_between(_HERE / "corpus" / "README.md", "\n".join(table))
    return 1 if faults else 0


def _try(arguments: argparse.Namespace) -> int:
    from nlp import assess, labels
    from nlp.reply import Turn, plan

    found = assess(arguments.text, arguments.context)
    print(f"level    {found.level} {labels.LEVELS[found.level]}  score {found.score:.3f}")
    print(f"types    {', '.join(sorted(found.types)) or '–'}")
    for reason in found.reasons:
        words = arguments.text[reason.start : reason.end]
        print(f"reason   {reason.source} {reason.name} +{reason.weight:.2f} 「{words}」")
    for name in ("topics", "feelings", "needs"):
        print(f"{name:8} {', '.join(getattr(found, name)) or '–'}")
    reply = plan(arguments.text, found, [Turn("teen", said) for said in arguments.context])
    print(f"answer   [{reply.stage}: {reply.move}] {reply.text}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m nlp", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("train", help="train the model from the corpus").set_defaults(run=_train)
    measuring = commands.add_parser("evaluate", help="measure the shipped reader")
    measuring.add_argument("--data", help="folder of outside text, never printed or stored")
    measuring.add_argument("--json", action="store_true")
    measuring.add_argument(
        "--card", action="store_true", help="also put the figures in MODEL_CARD.md"
    )
    measuring.set_defaults(run=_evaluate)
    counting = commands.add_parser("corpus", help="count and check the corpus")
    counting.add_argument(
        "--card", action="store_true", help="also put the counts in corpus/README.md"
    )
    counting.set_defaults(run=_corpus)
    trying = commands.add_parser("try", help="read one message")
    trying.add_argument("text")
    trying.add_argument("--context", action="append", default=[], help="an earlier message")
    trying.set_defaults(run=_try)
    chosen = parser.parse_args(arguments)
    return int(chosen.run(chosen))


if __name__ == "__main__":
    sys.exit(main())
