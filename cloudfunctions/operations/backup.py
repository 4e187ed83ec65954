"""`./deploy.sh backup FILE`: the whole database into one sealed file, while the service runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cloudfunctions.operations import CannotGoOn, dumping
from cloudfunctions.operations.reaching import reached, say


def main(arguments: list[str]) -> int:
    """Write the file; it has its name only when it is whole."""
    if len(arguments) != 1:
        raise CannotGoOn("backup takes one argument", "./deploy.sh backup FILE")
    path = Path(arguments[0])
    if path.exists():
        raise CannotGoOn(f"{path} is there already", "another name, or move it away")
    part = path.with_name(f"{path.name}.part")
    with reached() as resources, _private(part) as file:
        counts = dumping.save(resources, file, say)
        file.flush()
        os.fsync(file.fileno())
        size, digest = file.tell(), digest_of(file)
        part.rename(path)
    for name, number in counts.items():
        say(f"{name:16} {number}")
    say(f"saved {counts.total()} documents, {size / 1e6:.1f} MB, to {path}")
    say(f"sha256 {digest}")
    key = resources.settings.master_keys[0].id
    say(f"It opens only with the master key '{key}'. Keep that, and SECRET_KEY, apart from it.")
    return 0


@contextlib.contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A fresh file for this user alone; what an earlier run left of it goes."""
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise CannotGoOn(f"{path} cannot be written ({error.strerror})", "another place") from None
    with os.fdopen(number, "w+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotGoOn(f"another backup is writing {path}", "wait for it") from None
        os.fchmod(file.fileno(), 0o600)
        file.truncate(0)
        yield file


def digest_of(file: IO[bytes]) -> str:
    """Return the SHA-256 of a whole file as hex digits."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
