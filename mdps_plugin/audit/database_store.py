"""The SQLite file of the log: lock, connection, settings, rows. Knows no tree and no signature.

One connection, rollback journal, ``synchronous=EXTRA``: an acknowledged commit survives a power
cut, and the WAL-reset fault of SQLite 3.7.0 to 3.51.2 cannot occur. Raises ``sqlite3.Error`` and
``OSError`` as they come; :class:`~mdps_plugin.audit.store.AuditStore` turns them into StoreError.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import StoreError
from .high_water_store import sync_folder
from .note import VerifierKey
from .schema import FORMAT, STATEMENTS, has_nothing, schema_holds

ASK = "Keep the folder as it is and tell the quality manager."
Row = tuple[int, bytes, bytes, str]  # index, entry, leaf hash, checkpoint after it


class LogDatabase:
    """An open database. Not safe for several threads: the store has the lock."""

    def __init__(self, path: Path) -> None:
        """Take the lock file and open; :class:`StoreError` if another process has it."""
        self.path = path
        self._lock: int | None = self._take_lock()
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = self._connect()
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> int:
        # flock, not a POSIX lock: that would vanish when anybody in this process closes the file.
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise StoreError(
                f"{self.path}: already open for writing. Stop the other controller first."
            ) from None
        return lock

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(
            self.path, timeout=10.0, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA cell_size_check=ON")
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("PRAGMA synchronous=EXTRA")
            (level,) = connection.execute("PRAGMA synchronous").fetchone()
            if (mode, level) != ("delete", 3):
                raise StoreError(
                    f"{self.path}: journal {mode}, synchronous {level}; wanted delete, 3"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; :class:`StoreError` once closed."""
        if self._connection is None:
            raise StoreError(f"{self.path}: the log is closed")
        return self._connection

    def is_new(self) -> bool:
        """True if nothing was made in the file yet."""
        return has_nothing(self.connection)

    def begin_log(self, key: VerifierKey, first_note: str) -> None:
        """Make the tables and the checkpoint of the empty log, in one commit."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        for statement in STATEMENTS:
            connection.execute(statement)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(_identity(key).items()))
        connection.execute("INSERT INTO checkpoint VALUES (0, ?)", (first_note,))
        connection.execute("COMMIT")
        sync_folder(self.path.parent)

    def check_identity(self, key: VerifierKey) -> None:
        """:class:`StoreError` unless this is the log of ``key``, with exactly our tables."""
        if not schema_holds(self.connection):
            raise StoreError(f"{self.path}: not the tables of an audit log. {ASK}")
        found = dict(self.connection.execute("SELECT name, value FROM meta"))
        if found != _identity(key):
            raise StoreError(
                f"{self.path}: the log of {found.get('origin')!r} with key {found.get('key')!r}; "
                f"this cell is {key.text()!r}. {ASK}"
            )

    def entries_from(self, index: int) -> Iterator[tuple[int, bytes]]:
        """(index, bytes) of the entries from ``index`` on, in order."""
        rows = self.connection.execute(
            "SELECT idx, data FROM entry WHERE idx >= ? ORDER BY idx", (index,)
        )
        for number, data in rows:
            yield int(number), _blob(data)

    def page(self, start: int, stop: int) -> list[tuple[int, bytes, str]]:
        """(index, bytes, checkpoint after it) of entries ``start`` to before ``stop``."""
        rows = self.connection.execute(
            "SELECT idx, data, note FROM entry JOIN checkpoint ON size = idx + 1 "
            "WHERE idx >= ? AND idx < ? ORDER BY idx",
            (start, stop),
        ).fetchall()
        return [(int(index), _blob(data), str(note)) for index, data, note in rows]

    def checkpoint(self, size: int | None) -> str:
        """The checkpoint of ``size``, or the newest; empty text where there is none."""
        row = self.connection.execute(
            "SELECT note FROM checkpoint WHERE ?1 IS NULL OR size = ?1 ORDER BY size DESC LIMIT 1",
            (size,),
        ).fetchone()
        return str(row[0]) if row else ""

    def insert(self, rows: Sequence[Row]) -> None:
        """Begin a transaction and put the rows in; :meth:`commit` ends it."""
        self.connection.execute("BEGIN IMMEDIATE")
        for index, data, leaf, note in rows:
            self.connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (index, data, leaf))
            self.connection.execute("INSERT INTO checkpoint VALUES (?, ?)", (index + 1, note))

    def commit(self) -> None:
        """Make what was inserted durable."""
        self.connection.execute("COMMIT")

    def abandon(self) -> None:
        """End a transaction that did not commit."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close and let go of the lock; harmless when repeated."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _blob(value: object) -> bytes:
    """A stored blob; another type is nothing that was ever hashed."""
    return value if isinstance(value, bytes) else b""


def _identity(key: VerifierKey) -> dict[str, str]:
    return {"format": FORMAT, "origin": key.name, "key": key.text()}
