"""The model file is data that is checked, and scores as scikit-learn does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlp import context, dataset, features, model, second
from nlp.fitting import Vectoriser, fit_linear
from nlp.segment import Segmenter
from nlp.train import documents_of, outputs, pack_weights, targets, train


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus small enough to train on within a test, every file of the real one in it."""
    folder = tmp_path_factory.mktemp("corpus")
    for path in sorted(dataset.CORPUS.glob("*.jsonl")):
        rows = path.read_text(encoding="utf-8").splitlines()[::15]
        (folder / path.name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_scores_as_scikit_learn(small: Path, segmenter: Segmenter) -> None:
    lines = dataset.read(small)
    documents = documents_of(lines, segmenter)
    vectoriser = Vectoriser.fit(documents)
    matrix = vectoriser.transform(documents)
    fitted = fit_linear(matrix, targets(lines))
    sections, scale = pack_weights(fitted, vectoriser.names(), vectoriser.idf())
    loaded = model.unpack(model.pack(_header(scale, fitted.bias.tolist()), sections))
    # The very weights of the file, put back into the linear model that scikit-learn fitted.
    weights = np.stack(
        [np.frombuffer(sections[f"level{at}"], dtype="<i2") * scale[at] for at in range(3)]
    )
    theirs = np.asarray(matrix @ weights.T) + fitted.bias[:3]
    for document, wanted in zip(documents[::7], theirs[::7], strict=True):
        assert loaded.score(document).levels == pytest.approx(wanted, abs=1e-6)
    exact = fitted.sums(matrix)[:, :3]
    assert np.abs(theirs - exact).max() < 0.01  # What rounding the weights to 16 bits costs.


def _header(scale: list[float], bias: list[float]) -> dict[str, object]:
    names = outputs()
    scorer = {"weights": [0.0] * len(context.INPUTS), "bias": 0.0, "threshold": 1.0}
    return {
        "version": "test",
        "outputs": names,
        "bias": bias,
        "scale": scale,
        "platt": [(1.0, 0.0)] * len(names),
        "thresholds": dict.fromkeys(names, 0.5),
        "second": {
            "rules": [],
            **{str(level): _identity(level, len(second.heard(names))) for level in (1, 2, 3)},
        },
        "alone": {},
        "lifting": [],
        "context": {"2": scorer, "3": scorer},
    }


def _identity(level: int, size: int) -> dict[str, object]:
    """A second look that adds nothing to the first."""
    raw = [float(place == level) for place in (1, 2, 3)]
    pairs = size * (size - 1) // 2
    return {"bias": 0.0, "raw": raw, "single": [0.0] * size, "pair": [0.0] * pairs}


def test_training_twice_gives_the_same_file(small: Path, tmp_path: Path) -> None:
    first = train(small, tmp_path / "one" / "reader.bin.gz")
    second = train(small, tmp_path / "two" / "reader.bin.gz")
    assert first == second


@pytest.mark.parametrize("fault", ["absent", "cut", "flipped", "no hash", "other hash"])
def test_a_doubtful_file_is_refused(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "reader.bin.gz"
    if fault != "absent":
        path.write_bytes(model.FILE.read_bytes())
        model.sha_file(path).write_text(model.sha_file(model.FILE).read_text())
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    if fault == "flipped":
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(bytes(raw))
    if fault == "no hash":
        model.sha_file(path).unlink()
    if fault == "other hash":
        model.sha_file(path).write_text("0" * 64 + "  reader.bin.gz\n")
    with pytest.raises(model.ModelUnusable):
        model.load(path)


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b", b"{}", model.pack({}, {})])
def test_nonsense_is_refused(packed: bytes) -> None:
    with pytest.raises(model.ModelUnusable):
        model.unpack(packed)


def test_shipped_file_is_small_and_says_how_it_was_chosen() -> None:
    header = model.load().header
    assert model.FILE.stat().st_size < 6_000_000
    assert header["chosen_by"]["recall of level 2 or more"] > 0
    assert json.loads(json.dumps(header["thresholds"])).keys() == set(header["outputs"])


def test_features_are_the_same_for_both(segmenter: Segmenter) -> None:
    flat = features.flatten("今晚12点，再见")
    assert flat == "今晚00点,再见"
    assert len(features.blocks(flat, segmenter)) == len(features.BLOCKS)
