"""What goes into the zip of one function: the modules it imports, what these read, their wheels.

Our packages keep their names inside (`cloudfunctions/…`, `nlp/…`) and other people's lie beside
them, so that the folder in which a zip is unpacked is all that Python needs on its path.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudfunctions.operations import CannotGoOn
from cloudfunctions.operations.archive import Files
from cloudfunctions.operations.imports import Reached, follow
from cloudfunctions.operations.pins import FUNCTION, Target
from cloudfunctions.operations.wheels import PICKLES, Wheel
from nlp import dictionary

ENTRY, HANDLER = "index.py", "index.main_handler"
BOOTSTRAP = "scf_bootstrap"
"""Starts an HTTP function, at the root of its zip; ours lies beside the service that it starts."""
HTTP = "http"
"""The name of the one HTTP function: the whole service, as gunicorn runs it."""

DATA: Mapping[str, tuple[str, ...]] = {
    "nlp/reader.py": (
        "nlp/lexicon/**/*.txt",
        "nlp/reply/**/*.json",
        "nlp/models/reader.bin.gz",
        "nlp/models/reader.bin.gz.sha256",
    ),
    "cloudfunctions/pages/catalogue.py": ("miniprogram_schema/cals/*.json",),
    "cloudfunctions/pages/shipped.py": ("miniprogram_schema/pages/*/*.json",),
    "cloudfunctions/app.py": ("miniprogram_schema/web/dist/**/*",),
}
"""What a module reads beside itself, as patterns; each must find something."""
MODEL = "nlp/models/reader.bin.gz"
DICTIONARY = f"nlp/models/.cache/{dictionary.NAME}"

SERVERS = frozenset({"gevent", "gunicorn"})
"""Packages with which the HTTP function serves; no event function needs them."""
NAMED_NOWHERE = (*SERVERS, "packaging")
"""What serving takes beyond our imports: the server is started as a program, its worker chosen by
name, and that worker asks `packaging` for gevent's version without gunicorn saying that it does."""
NEVER_PACKED = frozenset(
    {"matplotlib", "numpy", "playwright", "pytest", "scipy", "secantusdb", "sklearn"}
)
"""Packages that no zip holds: of training, of tests, of one's own machine."""
TESTS = frozenset({"test", "tests"})
UNWANTED = frozenset({".git", "__pycache__", *TESTS})
DROPPED = (".c", ".h", ".pyi", ".pyx", ".pxd", ".dist-info/RECORD")
"""Of a wheel: what no running program opens, and the list of files, which is whole no more."""

LEFT_OUT = frozenset({"opentelemetry"})
"""Modules of others that the code asks for only where somebody has installed them beside it."""


@dataclass(frozen=True)
class Bundle:
    """The content of one zip; `packages` are its wheels, `reads` says that it reads messages."""

    name: str
    files: Files
    executable: frozenset[str]
    packages: tuple[str, ...]
    reads: bool

    @property
    def unzipped(self) -> int:
        """Bytes of all its files."""
        return sum(map(len, self.files.values()))


def functions(root: Path) -> list[str]:
    """Return the features that are cloud functions: every folder with an `index.py`."""
    return sorted(path.parent.name for path in (root / "cloudfunctions").glob("*/index.py"))


def service(root: Path) -> list[str]:
    """Return the modules that make the features one service: what lies beside their folders."""
    paths = (root / "cloudfunctions").glob("*.py")
    return sorted(f"cloudfunctions.{path.stem}" for path in paths if path.stem != "__init__")


def _versions(python: str) -> Iterable[tuple[bytes, bytes]]:
    """What the start file says of its Python, and what it is to say."""
    for written, meant in ((FUNCTION.python, python), ("310", python.replace(".", ""))):
        yield written.encode(), meant.encode()


@dataclass(frozen=True)
class Stock:
    """What bundles are made from: our source, and the opened wheels of a target by name."""

    root: Path
    target: Target
    wheels: Mapping[str, Wheel]

    @functools.cached_property
    def dictionary(self) -> bytes:
        """The dictionary as the reader prepares it, of the jieba that is packed.

        Raises:
            CannotGoOn: the jieba installed here has other words.
        """
        here = importlib.metadata.distribution("jieba").locate_file("jieba/dict.txt")
        if Path(str(here)).read_bytes() != self.wheels["jieba"].files["jieba/dict.txt"]:
            raise CannotGoOn("jieba here and jieba in the lock differ", "./deploy.sh setup")
        with tempfile.TemporaryDirectory() as folder:
            dictionary.load(Path(folder))
            return Path(folder, dictionary.NAME).read_bytes()

    def function(self, name: str) -> Bundle:
        """Return the bundle of an event function.

        Raises:
            CannotGoOn: something that it needs is not there, or what must not be in it is.
        """
        entry = f"cloudfunctions.{name}.index"
        start = (
            f'"""Entry of the cloud function `{name}`: the cloud calls `{HANDLER}`."""\n\n'
            f"from {entry} import main_handler\n\n"
            '__all__ = ["main_handler"]\n'
        )
        return self._bundle(name, (entry,), {ENTRY: start.encode()})

    def http(self) -> Bundle:
        """Return the bundle of the HTTP function; raises as `function` does."""
        start = (self.root / "cloudfunctions" / BOOTSTRAP).read_bytes()
        for written, meant in _versions(self.target.python):
            start = start.replace(written, meant)
        return self._bundle(HTTP, service(self.root), {BOOTSTRAP: start}, NAMED_NOWHERE)

    def _bundle(
        self, name: str, entries: Iterable[str], start: Files, beside: Iterable[str] = ()
    ) -> Bundle:
        reached = follow(self.root, entries)
        chosen = self._choose(reached, beside)
        files = {**_others(chosen), **self.ours(reached), **start}
        wrong = faults(files, may_serve=BOOTSTRAP in start)
        if wrong:
            raise CannotGoOn(f"{name}.zip would hold {', '.join(wrong[:5])}", "see bundle.py")
        return Bundle(
            name=name,
            files=files,
            executable=frozenset({BOOTSTRAP}) & start.keys(),
            packages=tuple(f"{wheel.name} {wheel.version}" for wheel in chosen),
            reads=DICTIONARY in files,
        )

    def ours(self, reached: Reached) -> dict[str, bytes]:
        """Return our modules and what they read, with the dictionary prepared where it is used."""
        names = set(reached.files)
        for module, patterns in DATA.items():
            if module in reached.files:
                names.update(name for pattern in patterns for name in self._matching(pattern))
        files = {name: (self.root / name).read_bytes() for name in names}
        if MODEL in files:
            told = files[f"{MODEL}.sha256"].split()[0].decode()
            if hashlib.sha256(files[MODEL]).hexdigest() != told:
                raise CannotGoOn("the model is not the one that its SHA-256 tells of", "git status")
            files[DICTIONARY] = self.dictionary
        return files

    def _matching(self, pattern: str) -> list[str]:
        paths = (path for path in self.root.glob(pattern) if path.is_file())
        found = [path for path in paths if not path.name.startswith(".")]
        if not found:
            raise CannotGoOn(f"there is no {pattern}", "./deploy.sh setup, which builds the pages")
        return [path.relative_to(self.root).as_posix() for path in found]

    def _choose(self, reached: Reached, beside: Iterable[str]) -> list[Wheel]:
        """Return the wheels that bring what is imported, and what these need."""
        by_module = {module: one.name for one in self.wheels.values() for module in one.modules}
        outside = reached.outside - LEFT_OUT
        unknown = sorted(name for name in outside if name not in by_module)
        if unknown:
            raise CannotGoOn(
                f"no locked package brings {', '.join(unknown)}",
                "name it in requirements.txt, then python -m cloudfunctions.operations lock",
            )
        optional = reached.optional & by_module.keys()
        waiting = [*beside, *(by_module[name] for name in outside | optional)]
        chosen = set[str]()
        while waiting:
            name = waiting.pop()
            if name not in chosen:
                chosen.add(name)
                waiting += self.wheels[name].requires
        return [self.wheels[name] for name in sorted(chosen)]


def _others(wheels: Iterable[Wheel]) -> dict[str, bytes]:
    return {
        name: content
        for wheel in wheels
        for name, content in wheel.files.items()
        if not name.endswith(DROPPED) and not TESTS & set(name.split("/")[:-1])
    }


def faults(files: Files, *, may_serve: bool = False) -> list[str]:
    """Return the names in a zip that must not be there; `may_serve` allows it a web server."""
    never = NEVER_PACKED if may_serve else NEVER_PACKED | SERVERS
    return sorted(name for name in files if _is_wrong(name, never))


def _is_wrong(name: str, never: frozenset[str]) -> bool:
    *folders, last = name.split("/")
    return (
        bool(UNWANTED & set(folders))
        or last.startswith(".env")
        or last.endswith((".pyc", *PICKLES))
        or name.partition("/")[0].partition("-")[0].lower() in never
    )
