"""The high-water file beside the store: the highest checkpoint that was ever acknowledged.

It lets :class:`~mdps_plugin.audit.store.AuditStore` notice at its next start that the database was
replaced by an older copy or cut short. It is written after each commit and lags behind it by at
most one commit. Who can replace both files is not noticed here: that takes a witness.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..canonical import canonical_json, read_json
from ..errors import DocumentError, StoreError
from ..reading import Fields
from .checkpoint import Checkpoint, open_checkpoint
from .note import VerifierKey

FORMAT = "mdps-high-water/1"
FILE_NAME = "high-water.json"


def high_water_path(store: Path) -> Path:
    """``high-water.json`` in the folder of the store."""
    return store.with_name(FILE_NAME)


def high_water_bytes(store: Path) -> bytes | None:
    """The file as it is; None where there is none. :class:`StoreError` if it cannot be read."""
    path = high_water_path(store)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise StoreError(f"{path}: cannot be read: {fault.strerror}") from None


def parse_high_water(data: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint in the file; :class:`DocumentError` unless ``key`` signed it."""
    fields = Fields(read_json(data, FILE_NAME, 100_000), FILE_NAME)
    if fields.text("format") != FORMAT:
        raise fields.fault("format", "another format", FORMAT)
    note = fields.text("checkpoint")
    fields.close()
    return open_checkpoint(note, key, FILE_NAME, "checkpoint")


def read_high_water(store: Path, key: VerifierKey) -> Checkpoint | None:
    """The checkpoint on file, its signature checked; None where there is no file.

    :class:`StoreError` for a file that cannot be read or is not signed by ``key``.
    """
    data = high_water_bytes(store)
    try:
        return None if data is None else parse_high_water(data, key)
    except DocumentError as fault:
        raise StoreError(f"{fault}. Keep both files and tell the quality manager.") from None


def write_high_water(store: Path, note: str) -> None:
    """Replace the file durably: temporary file, fsync, rename, fsync of the folder.

    Raises ``OSError``. A crash leaves the old file or the new one, and perhaps a temporary one.
    """
    path = high_water_path(store)
    data = canonical_json({"format": FORMAT, "checkpoint": note}) + b"\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".high-water-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep(store: Path) -> None:
    """Remove temporary files that a crash left behind; raises ``OSError``."""
    for leftover in store.parent.glob(".high-water-*"):
        leftover.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in ``folder`` durable; raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
