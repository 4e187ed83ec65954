"""The command line: `python -m nlp train | crossvalidate | evaluate | gate | personal | try …`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import textwrap
from pathlib import Path

from nlp import dataset, model
from nlp.dataset import Line

_HERE = Path(__file__).parent


def _train(arguments: argparse.Namespace) -> int:
    # Imported here, because the other commands do without scikit-learn.
    from nlp.train import train

    _tell_progress()
    more = _lines_of(arguments.more)
    if arguments.outside is not None:
        if arguments.out == model.FILE:
            raise SystemExit("outside text is only measured with: give another file with --out")
        more += dataset.outside_lines(arguments.outside)
    train(path=arguments.out, more=more)
    return 0


def _tell_progress() -> None:
    """Let long work say how far it is."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")


def _crossvalidate(arguments: argparse.Namespace) -> int:
    from nlp import crossval

    _tell_progress()
    print(crossval.report(arguments.by))
    return 0


def _lines_of(path: Path | None) -> list[Line]:
    """Read lines that a deployment exported (`python -m cloudfunctions.desk export`)."""
    if path is None:
        return []
    faults = dataset.faults_of_export(path)
    if faults:
        raise SystemExit("\n".join([f"{path.name} cannot be used:", *faults[:20]]))
    return dataset.read_file(path)


def _evaluate(arguments: argparse.Namespace) -> int:
    from nlp import evaluate, gate

    if arguments.shadow is not None:
        compared = gate.shadow(arguments.shadow, arguments.slice, _folder(arguments))
        print(_json(compared) if arguments.json else gate.shadow_text(compared))
        return 1 if compared["refusals"] else 0
    more = _lines_of(arguments.more)
    result = evaluate.evaluate(_folder(arguments), cut=arguments.slice, more=more)
    print(_json(result) if arguments.json else evaluate.as_text(result))
    if arguments.card:
        from nlp import plot

        _write_between(_HERE / "MODEL_CARD.md", evaluate.as_text(result))
        plot.draw(_HERE / "models" / "recall.svg")
    return 0


def _folder(arguments: argparse.Namespace) -> Path | None:
    """Return the folder of outside text, if one is given."""
    folder = arguments.data or os.environ.get("NLP_EVAL_DATA")
    return Path(folder) if folder else None


def _json(result: object) -> str:
    return json.dumps(result, ensure_ascii=False, indent=1)


def _gate(arguments: argparse.Namespace) -> int:
    from nlp import gate

    faults = gate.refusals(arguments.model)
    print(*(faults or [f"{arguments.model.name} keeps every bound"]), sep="\n")
    return 1 if faults else 0


def _talk(_arguments: argparse.Namespace) -> int:
    from nlp import talk

    print("Write as a teen would; an empty line or Ctrl-D ends it.\n")
    talk.converse(talk.typed(), print)
    return 0


def _write_between(page: Path, text: str) -> None:
    """Put generated text between the two marks of a page; what people wrote around it stays."""
    before, mark, rest = page.read_text(encoding="utf-8").partition("<!-- generated -->")
    _, end, after = rest.partition("<!-- end -->")
    page.write_text(f"{before}{mark}\n```\n{text}\n```\n{end}{after}", encoding="utf-8")


def _corpus(arguments: argparse.Namespace) -> int:
    lines = dataset.read()
    faults = dataset.problems(outside=_folder(arguments))
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


def _personal(arguments: argparse.Namespace) -> int:
    from nlp.personal import measure

    folder = arguments.data or measure.DATA
    tallies = {half: measure.measure(half, folder) for half in measure.HALVES}
    if not any(tally.marked for tally in tallies.values()):
        raise SystemExit(f"no marked lines in {folder.name}: they stand beside the tests")
    print(*(measure.table(half, tally) for half, tally in tallies.items()), sep="\n\n")
    if arguments.faults is not None:
        tally = tallies[arguments.faults]
        print("", "missed", *tally.missed, "", "wrong", *tally.wrong, sep="\n")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m nlp", description=__doc__)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train", help="train the model from the corpus")
    training.add_argument("--more", type=Path, help="further lines (JSONL) from use")
    training.add_argument(
        "--outside", type=Path, help="also outside text, to measure what it would add; needs --out"
    )
    training.add_argument("--out", type=Path, default=model.FILE, help="where the model goes")
    training.set_defaults(run=_train)
    comparing = commands.add_parser("crossvalidate", help="compare ways of reading, by training")
    comparing.add_argument("--by", choices=("family", "voice"), default="family")
    comparing.set_defaults(run=_crossvalidate)
    _add_measuring(commands)
    gating = commands.add_parser("gate", help="refuse a model that breaks a bound")
    gating.add_argument("model", type=Path, nargs="?", default=model.FILE)
    gating.set_defaults(run=_gate)
    counting = commands.add_parser("corpus", help="count and check the corpus")
    counting.add_argument("--data", help="folder of outside text; no row of it may stand here")
    counting.add_argument(
        "--card", action="store_true", help="also put the counts in corpus/README.md"
    )
    counting.set_defaults(run=_corpus)
    marking = commands.add_parser("personal", help="measure the finding of personal data")
    marking.add_argument("--data", type=Path, help="folder of marked lines")
    marking.add_argument(
        "--faults", choices=("dev", "tricky"), help="also list what is missed and what is wrong"
    )
    marking.set_defaults(run=_personal)
    trying = commands.add_parser("try", help="read one message")
    trying.add_argument("text")
    trying.add_argument("--context", action="append", default=[], help="an earlier message")
    trying.set_defaults(run=_try)
    talking = commands.add_parser("talk", help="converse in the terminal")
    talking.set_defaults(run=_talk)
    chosen = parser.parse_args(arguments)
    return int(chosen.run(chosen))


def _add_measuring(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from nlp.slices import SLICES

    measuring = commands.add_parser("evaluate", help="measure the shipped reader")
    measuring.add_argument("--data", help="folder of outside text, never printed or stored")
    measuring.add_argument("--more", type=Path, help="further lines (JSONL) from use")
    measuring.add_argument("--shadow", type=Path, help="compare this model with the one in use")
    measuring.add_argument("--slice", choices=sorted(SLICES), default="kind")
    measuring.add_argument("--json", action="store_true")
    measuring.add_argument(
        "--card", action="store_true", help="also put figures and picture in MODEL_CARD.md"
    )
    measuring.set_defaults(run=_evaluate)


if __name__ == "__main__":
    sys.exit(main())
