"""Writes a file whole or not at all, and makes it last. Knows nothing of what is in it.

A crash leaves the old file or the new one, never half of one, and perhaps a temporary file whose
name begins with ``prefix``; who owns the folder sweeps those.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
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
    handle, name = tempfile.mkstemp(dir=scratch or path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            for piece in (data,) if isinstance(data, bytes) else data:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable; raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
