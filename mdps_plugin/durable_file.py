"""Writes a file whole or not at all, and makes it last. Knows nothing of what is in it.

A crash leaves the old file or the new one, never half of one, and perhaps a temporary file whose
name begins with ``prefix``; who owns the folder sweeps those.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_durably(
    path: Path,
    data: bytes | Iterable[bytes],
    *,
    scratch: Path | None = None,
    mode: int = 0o600,
    prefix: str = ".writing-",
) -> None:
    """Replace the file at ``path``: temporary file, fsync, rename, fsync of the folder.

    ``data``: the bytes, or pieces of them in order. ``scratch``: where the temporary file lies, on
    the same file system; beside the file otherwise. Raises ``OSError``; the temporary file is
    removed, also where a piece could not be made.
    """
    with written_beside(path, data, scratch=scratch, mode=mode, prefix=prefix) as put_in_place:
        put_in_place()


@contextmanager
def written_beside(
    path: Path,
    data: bytes | Iterable[bytes],
    *,
    scratch: Path | None = None,
    mode: int = 0o600,
    prefix: str = ".writing-",
) -> Iterator[Callable[[], None]]:
    """The same in two steps, where the second has to be short: written, then put in place.

    Gives what puts it there; without that call the temporary file is removed and nothing is
    changed.
    """
    handle, name = tempfile.mkstemp(dir=scratch or path.parent, prefix=prefix)

    placed = False

    def put_in_place() -> None:
        nonlocal placed
        os.replace(name, path)
        placed = True
        sync_folder(path.parent)

    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            for piece in (data,) if isinstance(data, bytes) else data:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        yield put_in_place
    finally:
        # Once it is in place its name is free for somebody else's file.
        if not placed:
            Path(name).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable; raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
