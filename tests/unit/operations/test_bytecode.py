"""Bytecode is the same at every packing, and what cannot be compiled is left out."""

from __future__ import annotations

import sys

from cloudfunctions.operations import bytecode
from cloudfunctions.operations.pins import Target
from tests.support.packed import target_here

SET = b"def known(x):\n    return x in {'ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op'}\n"
"""The order of such a set changes with the hash seed, and Python 3.10 keeps it in that order."""
FOUND = target_here()
PYTHON = [FOUND[1] if FOUND else sys.executable]
"""The one that packs on this machine."""


def test_it_is_the_same_in_every_process() -> None:
    files = {"nlp/words.py": SET, "index.py": b"from nlp import words\n", "a.txt": b"no module"}
    rounds = [bytecode.compiled(PYTHON, files) for _ in range(4)]
    assert all(one == rounds[0] for one in rounds)
    assert rounds[0].keys() == {"nlp/words.py", "index.py"}
    name, content = rounds[0]["nlp/words.py"]
    assert name.startswith("nlp/__pycache__/words.cpython-3")
    assert content[4:8] == b"\1\0\0\0", "held against no file's time"


def test_a_template_that_is_no_python_goes_without() -> None:
    files = {"good.py": b"x = 1\n", "template.py": b"{{ name }} = {% if %}\n"}
    assert bytecode.compiled(PYTHON, files).keys() == {"good.py"}


def test_a_python_that_is_not_here_is_none() -> None:
    assert bytecode.interpreter(Target("3.99", "manylinux2014_x86_64")) == []
