"""The log on disk: one SQLite file, one connection, entry and signed head in one commit.

Owns the database, its lock file and the high-water file. Decides nothing about what happened.
Rollback journal with ``synchronous=EXTRA``: an acknowledged entry survives a power cut, and one
connection keeps clear of the WAL-reset fault of SQLite 3.7.0 to 3.51.2.

What a crash leaves: before the commit, nothing; between the commit and the high-water file, an
entry that nobody was told about, which stays. An append that raised :class:`StoreError` may
therefore have left its entry behind; the store reads its own head again before the next append.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from ..canonical import Json
from ..errors import DocumentError, StoreError
from .checkpoint import Checkpoint, open_checkpoint
from .entry import Entry, entry_of_known_bytes, make_entry
from .export_store import write_export
from .high_water_store import read_high_water, sweep, sync_folder, write_high_water
from .note import LogSigner, VerifierKey
from .schema import FORMAT, STATEMENTS, has_nothing, schema_holds
from .tree import HASH_BYTES, Frontier, consistency_proof, inclusion_proof, leaf_hash

Commit = Callable[[Callable[[], None]], None]
Event = tuple[str, Mapping[str, Json]]
_CHUNK = 500
_ASK = "Keep the folder as it is and tell the quality manager."


def _commit_plainly(commit: Callable[[], None]) -> None:
    commit()


class AuditStore:
    """An open log. Every method may be called from any thread."""

    def __init__(self, path: Path, signer: LogSigner, origin: str, commit: Commit) -> None:
        """Use :meth:`open`."""
        self._path = path
        self._signer = signer
        self._key: VerifierKey = signer.key(origin)
        self._commit = commit
        self._guard = threading.RLock()  # guards everything below
        self._boot_id = ""
        self._tree = Frontier()
        self._leaves = bytearray()  # leaf hashes, 32 bytes each: what a row must still match
        self._note = ""
        self._doubtful = False  # a commit did not return: the head must be read again
        self._database: sqlite3.Connection | None = None
        self._lock: int | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        signer: LogSigner,
        origin: str,
        *,
        boot_id: str | None = None,
        commit: Commit = _commit_plainly,
    ) -> AuditStore:
        """Open the log at ``path``, or begin it; every entry is hashed against the signed head.

        ``boot_id`` names this start of the controller (random if absent). ``commit`` wraps each
        commit: a seam for tests of a disk that lies. :class:`StoreError` where another process
        has the log open, where it cannot be read, where it is another log or key, and where it
        is shorter than the high-water file says.
        """
        store = cls(path, signer, origin, commit)
        store._boot_id = boot_id or secrets.token_hex(8)
        try:
            store._take_lock()
            store._open_database()
            store._check_whole()
        except (sqlite3.Error, OSError) as fault:
            store.close()
            raise StoreError(f"{path}: cannot be opened: {fault}") from None
        except BaseException:
            store.close()
            raise
        return store

    # opening ---------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        # flock, not a POSIX lock: that would vanish when anybody in this process closes the file.
        lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise StoreError(
                f"{self._path}: already open for writing. Stop the other controller first."
            ) from None
        self._lock = lock

    def _open_database(self) -> None:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        sweep(self._path)
        database = sqlite3.connect(
            self._path, timeout=10.0, isolation_level=None, check_same_thread=False
        )
        self._database = database
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA cell_size_check=ON")
        (mode,) = database.execute("PRAGMA journal_mode=DELETE").fetchone()
        database.execute("PRAGMA synchronous=EXTRA")
        (level,) = database.execute("PRAGMA synchronous").fetchone()
        if (mode, level) != ("delete", 3):
            raise StoreError(f"{self._path}: journal {mode}, synchronous {level}; wanted delete, 3")
        if has_nothing(database):
            self._begin_log(database)

    def _begin_log(self, database: sqlite3.Connection) -> None:
        mark = read_high_water(self._path, self._key)
        if mark is not None:
            raise StoreError(
                f"{self._path}: holds 0 entries, {mark.size} were acknowledged. {_ASK}"
            )
        note = Checkpoint(origin=self._key.name, size=0, root=Frontier().root()).signed(
            self._signer
        )
        database.execute("BEGIN IMMEDIATE")
        for statement in STATEMENTS:
            database.execute(statement)
        for name, value in (
            ("format", FORMAT),
            ("origin", self._key.name),
            ("key", self._key.text()),
        ):
            database.execute("INSERT INTO meta VALUES (?, ?)", (name, value))
        database.execute("INSERT INTO checkpoint VALUES (0, ?)", (note,))
        database.execute("COMMIT")
        sync_folder(self._path.parent)
        write_high_water(self._path, note)

    def _check_whole(self) -> None:
        database = self._connection()
        if not schema_holds(database):
            raise StoreError(f"{self._path}: not the tables of an audit log. {_ASK}")
        meta = dict(database.execute("SELECT name, value FROM meta"))
        wanted = {"format": FORMAT, "origin": self._key.name, "key": self._key.text()}
        if meta != wanted:
            raise StoreError(
                f"{self._path}: the log of {meta.get('origin')!r} with key {meta.get('key')!r}; "
                f"this cell is {self._key.text()!r}. {_ASK}"
            )
        mark = read_high_water(self._path, self._key)
        passed = self._read_on(mark.size if mark else None)
        if mark is None:
            # Written right after the first commit, so only an empty log may be without it.
            if self._tree.size:
                raise StoreError(
                    f"{self._path}: {self._tree.size} entries and no high-water file. {_ASK}"
                )
        elif mark.size > self._tree.size:
            raise StoreError(
                f"{self._path}: holds {self._tree.size} entries, {mark.size} were acknowledged: "
                f"an older copy, or cut short. {_ASK}"
            )
        elif passed != mark.root:
            raise StoreError(
                f"{self._path}: the first {mark.size} entries are not those acknowledged. {_ASK}"
            )
        if mark is None or mark.size < self._tree.size:
            write_high_water(self._path, self._note)

    def _read_on(self, stop_at: int | None = None) -> bytes | None:
        """Take in rows beyond the known size and check the head; the root at ``stop_at``.

        Nothing of the state changes unless all of it holds.
        """
        database = self._connection()
        tree = self._tree.copy()
        leaves = bytearray()
        passed = tree.root() if stop_at == tree.size else None
        rows = database.execute(
            "SELECT idx, data FROM entry WHERE idx >= ? ORDER BY idx", (tree.size,)
        )
        for index, data in rows:
            if index != tree.size or not isinstance(data, bytes):
                raise StoreError(f"{self._path}: entry {tree.size} is missing. {_ASK}")
            leaf = leaf_hash(data)
            tree.push(leaf)
            leaves += leaf
            if stop_at == tree.size:
                passed = tree.root()
        row = database.execute(
            "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        try:
            head = open_checkpoint(str(row[1]) if row else "", self._key, str(self._path), "head")
        except DocumentError as fault:
            raise StoreError(f"{fault}. {_ASK}") from None
        if (head.origin, head.size, head.root) != (self._key.name, tree.size, tree.root()):
            raise StoreError(
                f"{self._path}: the signed head covers {head.size} entries, read {tree.size}; "
                f"their hashes differ. {_ASK}"
            )
        self._tree, self._note = tree, str(row[1])
        self._leaves += leaves
        return passed

    # writing ---------------------------------------------------------------------------------

    def append(self, kind: str, body: Mapping[str, Json], now: datetime) -> Entry:
        """Add one entry; returns only when it is durable.

        :class:`~mdps_plugin.errors.DocumentError` for a body that the log cannot hold (nothing
        was written); :class:`StoreError` when the disk did not take it.
        """
        return self.append_many([(kind, body)], now)[0]

    def append_many(self, events: Sequence[Event], now: datetime) -> tuple[Entry, ...]:
        """Add entries, all or none, each with its own signed head, in one commit."""
        with self._guard:
            self._settle()
            tree = self._tree.copy()
            note = self._note
            made: list[Entry] = []
            rows: list[tuple[int, bytes, bytes, str]] = []
            for kind, body in events:
                entry, data = make_entry(
                    index=tree.size, now=now, boot_id=self._boot_id, kind=kind, body=body
                )
                leaf = leaf_hash(data)
                tree.push(leaf)
                head = Checkpoint(origin=self._key.name, size=tree.size, root=tree.root())
                note = head.signed(self._signer)
                made.append(entry)
                rows.append((entry.index, data, leaf, note))
            if rows:
                self._write(rows, note)
                self._tree, self._note = tree, note
                self._leaves += b"".join(row[2] for row in rows)
                self._doubtful = False
            return tuple(made)

    def _write(self, rows: Sequence[tuple[int, bytes, bytes, str]], note: str) -> None:
        """Commit and raise the high-water mark. Leaves the store doubtful unless all of it held."""
        database = self._connection()
        self._doubtful = True
        try:
            database.execute("BEGIN IMMEDIATE")
            for index, data, leaf, head in rows:
                database.execute("INSERT INTO entry VALUES (?, ?, ?)", (index, data, leaf))
                database.execute("INSERT INTO checkpoint VALUES (?, ?)", (index + 1, head))
            self._commit(lambda: _run(database, "COMMIT"))
            write_high_water(self._path, note)
        except (sqlite3.Error, OSError) as fault:
            raise StoreError(f"{self._path}: the entry was not acknowledged: {fault}") from None

    def _settle(self) -> None:
        """After a commit that did not return: end it, read the head that the disk really has.

        Reads only, so that a log on a full disk can still be looked at; the high-water file is
        raised by the next append or start.
        """
        if not self._doubtful:
            self._connection()
            return
        database = self._connection()
        try:
            if database.in_transaction:
                database.execute("ROLLBACK")
            self._read_on()
        except (sqlite3.Error, OSError) as fault:
            raise StoreError(f"{self._path}: the head cannot be read again: {fault}") from None
        self._doubtful = False

    # reading ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Entries in the log."""
        with self._guard:
            self._settle()
            return self._tree.size

    @property
    def key(self) -> VerifierKey:
        """The public key that the log is checked with; its name is the origin."""
        return self._key

    def checkpoint(self) -> str:
        """The newest signed head, a C2SP signed note."""
        with self._guard:
            self._settle()
            return self._note

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Entries ``start`` to before ``stop`` in order; each is hashed again as it is read."""
        for index, data, _ in self._rows(start, stop):
            with self._guard:
                known = bytes(self._leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES])
            if leaf_hash(data) != known:
                raise StoreError(f"{self._path}: entry {index} was changed on the disk. {_ASK}")
            yield entry_of_known_bytes(data)

    def _rows(self, start: int, stop: int | None) -> Iterator[tuple[int, bytes, str]]:
        """(index, bytes of the entry, checkpoint after it), read in chunks, each under the lock."""
        end = self.size if stop is None else min(stop, self.size)
        at = start
        while at < end:
            with self._guard:
                try:
                    found = self._connection().execute(
                        "SELECT idx, data, note FROM entry JOIN checkpoint ON size = idx + 1 "
                        "WHERE idx >= ? AND idx < ? ORDER BY idx",
                        (at, min(at + _CHUNK, end)),
                    )
                    rows = found.fetchall()
                except sqlite3.Error as fault:
                    raise StoreError(f"{self._path}: cannot be read: {fault}") from None
            if not rows:
                raise StoreError(f"{self._path}: entry {at} is missing. {_ASK}")
            yield from rows
            at = int(rows[-1][0]) + 1

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Proof that entry ``index`` is under the newest head."""
        return inclusion_proof(self._leaf_list(), index)

    def consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Proof that the newest head continues the one over the first ``old_size`` entries."""
        return consistency_proof(self._leaf_list(), old_size)

    def _leaf_list(self) -> list[bytes]:
        with self._guard:
            self._settle()
            data = bytes(self._leaves)
        return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]

    def export(self, path: Path) -> None:
        """Write the log as ``mdps-audit-log/1`` to ``path``, whole or not at all.

        :class:`StoreError` when the disk does not take it.
        """
        with self._guard:
            self._settle()
            end = self._tree.size
            try:
                row = self._connection().execute("SELECT note FROM checkpoint WHERE size = 0")
                first = str(row.fetchone()[0])
            except sqlite3.Error as fault:
                raise StoreError(f"{self._path}: cannot be read: {fault}") from None
        rows = ((data, note) for _, data, note in self._rows(0, end))
        write_export(path, self._key, first, rows)

    # closing ---------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            raise StoreError(f"{self._path}: the log is closed")
        return self._database

    def close(self) -> None:
        """Close the database and let go of the lock; harmless when repeated."""
        with self._guard:
            if self._database is not None:
                self._database.close()
                self._database = None
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def __enter__(self) -> AuditStore:
        """The store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def _run(database: sqlite3.Connection, statement: str) -> None:
    database.execute(statement)
