"""Which modules a function needs: its imports, followed through the source.

The source is read, not run, so that an import inside a function counts as much as one at the top
and packing does not depend on what one trial happened to reach. Assumption: a module is named where
it is imported; a name put together at run time is not found (`import_module("x")` is).
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OURS = frozenset({"cloudfunctions", "miniprogram_schema", "nlp"})
_NOT_THERE = frozenset({"ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True)
class Reached:
    """What an entry needs.

    Attributes:
        files: our own modules, relative to the repository, sorted.
        outside: top-level names of other people's packages that must be there.
        optional: those that the code can do without (it catches the ImportError).
    """

    files: tuple[str, ...]
    outside: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True)
class _Found:
    names: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)


def follow(root: Path, entries: Iterable[str]) -> Reached:
    """Return all that the modules `entries` import, and what these import, and so on.

    Raises:
        ValueError: a module of ours is imported that does not exist.
    """
    waiting, modules, outside, optional = list(entries), dict[str, str](), set[str](), set[str]()
    while waiting:
        module = waiting.pop()
        if module in modules:
            continue
        path = _file_of(root, module)
        if path is None:
            raise ValueError(f"there is no module {module}")
        modules[module] = path.relative_to(root).as_posix()
        found = _imports(root, module, path)
        waiting += [name for name in found.names if _top(name) in OURS]
        outside |= {_top(name) for name in found.names}
        optional |= {_top(name) for name in found.optional}
    known = OURS | sys.stdlib_module_names
    return Reached(
        tuple(sorted(modules.values())), frozenset(outside - known), frozenset(optional - known)
    )


def _top(name: str) -> str:
    return name.partition(".")[0]


def _file_of(root: Path, module: str) -> Path | None:
    base = root.joinpath(*module.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@functools.cache
def _imports(root: Path, module: str, path: Path) -> _Found:
    """Return the modules that one file names, and the packages that its name lies in."""
    found = _Found()
    tree = ast.parse(path.read_text("utf-8"), str(path))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, may_fail in _statements(tree.body, may_fail=False):
        names = set(_names(root, package, node))
        (found.optional if may_fail else found.names).update(names)
    # What is ours is packed, whatever the code could do without.
    found.names.update(name for name in found.optional if _top(name) in OURS)
    parents = module.split(".")[:-1]
    found.names.update(".".join(parents[: size + 1]) for size in range(len(parents)))
    return found


def _statements(body: Sequence[ast.AST], *, may_fail: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every node below, but for what only a type checker reads; True where a failure is caught."""
    for node in body:
        if isinstance(node, ast.If) and _is_for_types(node.test):
            yield from _statements(node.orelse, may_fail=may_fail)
        elif isinstance(node, ast.Try) and any(_catches(one) for one in node.handlers):
            yield from _statements(node.body, may_fail=True)
            rest = [*node.handlers, *node.orelse, *node.finalbody]
            yield from _statements(rest, may_fail=may_fail)
        else:
            yield node, may_fail
            yield from _statements(list(ast.iter_child_nodes(node)), may_fail=may_fail)


def _is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _NOT_THERE for kind in kinds)


def _names(root: Path, package: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(package, node)
        yield base
        # What is named behind `import` may be a module itself.
        each = (f"{base}.{alias.name}" for alias in node.names)
        yield from (name for name in each if _top(name) in OURS and _file_of(root, name))
    elif isinstance(node, ast.Call) and _imports_by_name(node.func):
        yield from (str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant))


def _imports_by_name(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "import_module"
    return isinstance(function, ast.Name) and function.id == "import_module"


def _base(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)
