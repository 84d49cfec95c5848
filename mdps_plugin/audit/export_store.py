"""Writes an exported log to a file, whole or not at all. Knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..durable_file import write_durably
from ..errors import StoreError
from .export_format import checkpoint_line, entry_line, header_line
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
    try:
        write_durably(path, _pieces(key, first, rows, pack), prefix=".export-")
    except OSError as fault:
        raise StoreError(f"{path}: not written: {fault.strerror}") from None


def _pieces(
    key: VerifierKey, first: str, rows: Iterable[tuple[bytes, str]], pack: bool
) -> Iterator[bytes]:
    yield header_line(key, pack=pack) + checkpoint_line(first)
    for data, note in rows:
        yield entry_line(data) + checkpoint_line(note)
