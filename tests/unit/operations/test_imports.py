"""Imports are followed as far as a function can come, and no further."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cloudfunctions.operations.imports import follow


def tree(root: Path, sources: Mapping[str, str]) -> Path:
    """A repository of these modules."""
    for name, text in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


BASE = {"nlp/__init__.py": "", "nlp/a.py": "", "nlp/b/__init__.py": "", "nlp/b/c.py": ""}


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import nlp.a", {"nlp/__init__.py", "nlp/a.py"}),
        ("from nlp import a", {"nlp/__init__.py", "nlp/a.py"}),
        ("from nlp.b.c import anything", {"nlp/__init__.py", "nlp/b/__init__.py", "nlp/b/c.py"}),
        ("def late():\n    from nlp import a", {"nlp/__init__.py", "nlp/a.py"}),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nlp.a",
            set[str](),
        ),
        ("import importlib\nimportlib.import_module('nlp.a')", {"nlp/__init__.py", "nlp/a.py"}),
        ("try:\n    import nlp.a\nexcept ImportError:\n    pass", {"nlp/__init__.py", "nlp/a.py"}),
        ("from .near import x", {"cloudfunctions/f/near.py"}),
        ("from . import near", {"cloudfunctions/f/near.py"}),
    ],
)
def test_our_modules_are_found(tmp_path: Path, source: str, reached: set[str]) -> None:
    own = {"cloudfunctions/__init__.py": "", "cloudfunctions/f/__init__.py": ""}
    files = {**BASE, **own, "cloudfunctions/f/near.py": "", "cloudfunctions/f/index.py": source}
    found = follow(tree(tmp_path, files), ["cloudfunctions.f.index"])
    assert set(found.files) == {*own, "cloudfunctions/f/index.py", *reached}


def test_other_peoples_packages_are_told_by_their_top_names(tmp_path: Path) -> None:
    source = (
        "import os, flask.views\nfrom pymongo.errors import PyMongoError\n"
        "try:\n    import ujson\nexcept ModuleNotFoundError:\n    ujson = None\n"
    )
    found = follow(tree(tmp_path, {**BASE, "nlp/a.py": source}), ["nlp.a"])
    assert found.outside == {"flask", "pymongo"}
    assert found.optional == {"ujson"}


def test_imports_that_go_round_end(tmp_path: Path) -> None:
    files = {**BASE, "nlp/a.py": "import nlp.b.c", "nlp/b/c.py": "import nlp.a"}
    assert set(follow(tree(tmp_path, files), ["nlp.a"]).files) == set(BASE)


def test_a_module_of_ours_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no module nlp\.gone"):
        follow(tree(tmp_path, {**BASE, "nlp/a.py": "import nlp.gone"}), ["nlp.a"])
