"""The wheels of a lock: fetched by pip, held against their hashes, opened without installing.

Nothing of a wheel is run here, and nothing that is not locked by its SHA-256 comes out. Where a
package is published as source only, a wheel is made of the files we need; its setup script is run
by pip alone, which wants to know the name (that of a source whose hash was checked).
"""

from __future__ import annotations

import base64
import email.parser
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cloudfunctions.operations import CannotGoOn, archive, pins
from cloudfunctions.operations.pins import ONLY_SOURCE, Pin, Target

KEPT = {"jieba": ("__init__.py", "_compat.py", "dict.txt", "finalseg/")}
"""Of a package published as source: what we import of it (its other models weigh 30 MB)."""
PICKLES = (".p", ".pkl", ".pickle")


@dataclass(frozen=True)
class Wheel:
    """An opened wheel.

    Attributes:
        files: what it puts beside each other on the path.
        modules: top-level names that can be imported of it.
        requires: names of the packages that it needs on the target.
    """

    name: str
    version: str
    files: Mapping[str, bytes]
    modules: frozenset[str]
    requires: frozenset[str]


def fetch(target: Target, folder: Path) -> list[Path]:
    """Return the wheels of a target's lock, in `folder`, fetching what is not there yet.

    Raises:
        CannotGoOn: there is no lock, no network, or what came is not what was locked.
    """
    locked = pins.read(target)
    folder.mkdir(parents=True, exist_ok=True)
    absent = _absent(locked, folder)
    if absent:
        _fetch([pin for pin in absent if pin.name not in ONLY_SOURCE], target, folder)
        for pin in absent:
            if pin.name in ONLY_SOURCE:
                _make(pin, folder)
    left = _absent(locked, folder)
    if left:
        names = ", ".join(pin.name for pin in left)
        raise CannotGoOn(f"what came as {names} is not what was locked", "ask who published it")
    known = _by_hash(folder)
    return sorted(known[one] for pin in locked for one in pin.hashes if one in known)


def _by_hash(folder: Path) -> dict[str, Path]:
    files = sorted(folder.glob("*.whl"))
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in files}


def _absent(locked: Iterable[Pin], folder: Path) -> list[Pin]:
    known = _by_hash(folder).keys()
    return [pin for pin in locked if not pin.hashes & known]


def _fetch(absent: list[Pin], target: Target, folder: Path) -> None:
    if not absent:
        return
    options = ("download", "--quiet", "--no-deps", "--require-hashes", *target.pip)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as lock:
        lock.writelines(f"{pin.line}\n" for pin in absent)
        lock.flush()
        pins.pip(*options, "--dest", str(folder), "-r", lock.name)


def _make(pin: Pin, folder: Path) -> None:
    """Fetch a source and write the wheel made of it."""
    with tempfile.TemporaryDirectory() as place:
        lock = Path(place, "lock.txt")
        lock.write_text(pin.line, encoding="utf-8")
        options = ("download", "--quiet", "--no-deps", "--require-hashes", "--no-binary", pin.name)
        pins.pip(*options, "--dest", place, "-r", str(lock))
        source = next(Path(place).glob("*.tar.gz")).read_bytes()
    made = from_source(source, pin.name, pin.version)
    (folder / f"{pin.name}-{pin.version}-py3-none-any.whl").write_bytes(made)


def from_source(source: bytes, name: str, version: str) -> bytes:
    """Return a wheel of a package of pure Python, made of its source archive, always the same."""
    files, top, info = dict[str, bytes](), f"{name}-{version}", f"{name}-{version}.dist-info"
    with tarfile.open(fileobj=io.BytesIO(source), mode="r:gz") as content:
        for member in content.getmembers():
            path = member.name.removeprefix(f"{top}/")
            reader = content.extractfile(member) if member.isfile() else None
            if reader is None or path.endswith(PICKLES):
                continue
            if path.startswith(tuple(f"{name}/{kept}" for kept in KEPT[name])):
                files[path] = reader.read()
            elif path == "PKG-INFO":
                files[f"{info}/METADATA"] = reader.read()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: nuanxinmiao\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = [f"{path},sha256={_digest(files[path])},{len(files[path])}" for path in sorted(files)]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    # Not squeezed: its hash is locked, and another zlib would squeeze to other bytes.
    return archive.pack(files, squeeze=False)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def open_wheel(path: Path, target: Target) -> Wheel:
    """Return what lies in a wheel.

    Raises:
        CannotGoOn: it is none.
    """
    try:
        files = dict(_placed(archive.read(path.read_bytes())))
        info = next(name for name in files if name.endswith(".dist-info/METADATA"))
    except (ValueError, StopIteration):
        raise CannotGoOn(f"{path.name} is no wheel", "delete it and try again") from None
    told = email.parser.BytesParser().parsebytes(files[info], headersonly=True)
    asked = [Requirement(text) for text in told.get_all("Requires-Dist", [])]
    needed = (one for one in asked if not one.marker or one.marker.evaluate(target.environment))
    tops = {name.partition("/")[0] for name in files}
    return Wheel(
        name=canonicalize_name(told["Name"]),
        version=told["Version"],
        files=files,
        modules=frozenset(name.partition(".")[0] for name in tops if not _is_told(name)),
        requires=frozenset(canonicalize_name(one.name) for one in needed),
    )


def _placed(files: Mapping[str, bytes]) -> Iterable[tuple[str, bytes]]:
    """Put what a wheel keeps apart where an installer would put it on the path; no scripts."""
    for name, content in files.items():
        top, _, rest = name.partition("/")
        if not top.endswith(".data"):
            yield name, content
        elif rest.startswith(("purelib/", "platlib/")):
            yield rest.partition("/")[2], content


def _is_told(top: str) -> bool:
    return top.endswith((".dist-info", ".libs"))
