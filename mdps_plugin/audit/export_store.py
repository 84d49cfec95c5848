"""Writes an exported log to a file, whole or not at all. Knows no database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..errors import StoreError
from .export_format import checkpoint_line, entry_line, header_line
from .high_water_store import sync_folder
from .note import VerifierKey


def write_export(
    path: Path,
    key: VerifierKey,
    first: str,
    rows: Iterable[tuple[bytes, str]],
    *,
    pack: bool = False,
) -> None:
    """Write header, the checkpoint of the empty log, then each (entry bytes, checkpoint).

    ``pack``: the caller writes the records beside it; the header says so.
    :class:`StoreError` when the disk does not take it; nothing is left at ``path`` then.
    """
    name: str | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".export-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(header_line(key, pack=pack) + checkpoint_line(first))
            for data, note in rows:
                stream.write(entry_line(data) + checkpoint_line(note))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
        name = None
        sync_folder(path.parent)
    except OSError as fault:
        raise StoreError(f"{path}: not written: {fault.strerror}") from None
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)
