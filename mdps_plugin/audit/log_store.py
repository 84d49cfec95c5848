"""Reads a log from disk without touching it: a store (through a copy) or an export. Judges nothing.

A store is copied through SQLite under a read lock, so a running controller waits for the copy
only. Where SQLite will not read it as it lies (a journal left by a crash, damage), the bytes of
the database and its journal are copied and recovered in the copy. Nothing is written beside the
original.
"""

from __future__ import annotations

import heapq
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import DocumentError, StoreError, UsageFault
from .export_format import MAX_LINE_BYTES, CheckpointNote, EntryBytes, Header, Item, parse_line
from .note import VerifierKey, parse_vkey
from .schema import DATABASE_FAULTS, schema_holds

_MAGIC = b"SQLite format 3\x00"
_ROLLBACK_VERSIONS = b"\x01\x01"  # bytes 18 and 19 of the header: no write-ahead log
_MAX_VALUE_BYTES = 1_000_000
_KEY_SUFFIXES = frozenset({".vkey", ".pub", ".txt"})


def read_items(path: Path) -> Iterator[Item]:
    """The items of the log at ``path``, in order.

    :class:`UsageFault` where it cannot be opened, :class:`DocumentError` at the first place that
    cannot be read.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(20)
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
    return _read_store(path, start) if is_store(start) else _read_export(path)


def is_store(start: bytes) -> bool:
    """True if a file that begins with these bytes is an SQLite database."""
    return start.startswith(_MAGIC)


def _read_export(path: Path) -> Iterator[Item]:
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                yield parse_line(line, number, str(path))
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be read: {fault.strerror}") from None


def _read_store(path: Path, start: bytes) -> Iterator[Item]:
    if start[18:20] != _ROLLBACK_VERSIONS:
        raise DocumentError(str(path), "header", "another journal mode", "a rollback journal")
    try:
        with _copy(path) as database:
            if not schema_holds(database):
                raise DocumentError(
                    str(path), "schema", "other tables or triggers", "those of an audit store"
                )
            yield from _rows(database)
    except DATABASE_FAULTS as fault:
        raise DocumentError(str(path), "database", str(fault), "a readable database") from None
    except OSError as fault:
        raise StoreError(f"{path}: no room for a copy to read: {fault.strerror}") from None


def _rows(database: sqlite3.Connection) -> Iterator[Item]:
    meta = {str(name): str(value) for name, value in database.execute("SELECT * FROM meta")}
    yield Header(place="meta", origin=meta.get("origin", ""), key=meta.get("key", ""))
    entries: Iterable[tuple[int, Item]] = (
        (
            2 * index + 1,
            EntryBytes(place=f"entry row {index}", data=_bytes(data), leaf=_bytes(leaf)),
        )
        for index, data, leaf in database.execute("SELECT idx, data, leaf FROM entry ORDER BY idx")
    )
    notes: Iterable[tuple[int, Item]] = (
        (2 * size, CheckpointNote(place=f"checkpoint row {size}", note=str(note)))
        for size, note in database.execute("SELECT size, note FROM checkpoint ORDER BY size")
    )
    for _, item in heapq.merge(entries, notes, key=lambda pair: pair[0]):
        yield item


def _bytes(value: object) -> bytes:
    """A stored blob; another type stands for itself as text, which no entry is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@contextmanager
def _copy(path: Path) -> Iterator[sqlite3.Connection]:
    """A database connection to a copy in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="mdps-log-") as folder:
        target = Path(folder) / "copy.sqlite"
        try:
            _copy_through_sqlite(path, target)
        except DATABASE_FAULTS:
            _copy_bytes(path, target)
        with closing(sqlite3.connect(target, isolation_level=None)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
            database.execute("PRAGMA trusted_schema=OFF")
            database.execute("PRAGMA cell_size_check=ON")
            yield database


def _copy_through_sqlite(path: Path, target: Path) -> None:
    address = f"{path.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=10.0)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)


def _copy_bytes(path: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    shutil.copyfile(path, target)
    journal = Path(f"{path}-journal")
    if journal.is_file():
        shutil.copyfile(journal, f"{target}-journal")


def read_keys(path: Path) -> tuple[VerifierKey, ...]:
    """The keys in a file of vkey lines (``#`` begins a comment), or in the files of a folder.

    In a folder, files ending in ``.vkey``, ``.pub`` or ``.txt`` are read. :class:`UsageFault` where
    nothing can be opened or nothing is there, :class:`DocumentError` for a line that is no key.
    """
    keys: list[VerifierKey] = []
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in files:
            if file != path and (file.suffix not in _KEY_SUFFIXES or not file.is_file()):
                continue
            text = file.read_bytes().decode("utf-8", "replace")
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    keys.append(parse_vkey(line.strip(), f"{file}: line {number}"))
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
    if not keys:
        raise UsageFault(f"{path}: holds no key line")
    return tuple(keys)
