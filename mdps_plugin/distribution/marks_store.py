"""The durable marks of a client: versions, keys once in force, time of the last acceptance.

A SQLite file of its own, one connection, rollback journal, ``synchronous=EXTRA``: a power cut
leaves the marks before or after, and no Python here links a SQLite that is safe in WAL mode
(corruption of 3.7.0 to 3.51.2). Wiped, it is filled again from the audit log by the caller. It
decides nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ..errors import StoreError
from ..reading import Fields, instant_text
from .marks import Mark, highest

_TABLES = """
CREATE TABLE IF NOT EXISTS marks (
    repository TEXT NOT NULL, role TEXT NOT NULL, keys TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (repository, role, keys)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_keys (
    repository TEXT NOT NULL, role TEXT NOT NULL, keyid TEXT NOT NULL,
    PRIMARY KEY (repository, role, keyid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accepted (
    repository TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS on_record (
    repository TEXT NOT NULL, role TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (repository, role)) WITHOUT ROWID;
"""

#: What helps, by SQLite's primary result code (sqlite.org/rescode.html).
_STEPS = {
    sqlite3.SQLITE_FULL: "make room on this disk, then do the same again",
    sqlite3.SQLITE_IOERR: "ask IT whether this disk is full or failing, then do the same again",
    **dict.fromkeys(
        (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED),
        "another program holds this file; wait a minute, then do the same again",
    ),
    **dict.fromkeys(
        (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN),
        "ask IT to let this program write to this folder, then do the same again",
    ),
}
_DAMAGED = (
    "ask IT to move this file away, then start again. A cell fills it from its audit log; "
    "a desk imports its newest sticks again"
)


class MarksStore:
    """Marks under ``path``; made if absent. Safe to use from several threads."""

    def __init__(self, path: Path, seed: Iterable[Mark] = ()) -> None:
        """``seed``: marks that another record holds (the audit log); only ever raises."""
        self._path = path
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as fault:
            raise self._failed(fault) from None
        try:
            self._prepare(seed)
        except BaseException:
            self._database.close()
            raise

    def _prepare(self, seed: Iterable[Mark]) -> None:
        try:
            self._database.execute("PRAGMA journal_mode=DELETE")
            self._database.execute("PRAGMA synchronous=EXTRA")
            self._database.executescript(_TABLES)
        except sqlite3.Error as fault:
            raise self._failed(fault) from None
        self._marks = self._load()
        seeded = [mark for mark in seed if mark.version > self._marks.get(mark.place, 0)]
        if seeded:
            self.accept(seeded, {}, None)

    def _failed(self, fault: Exception) -> StoreError:
        code = getattr(fault, "sqlite_errorcode", None)
        step = _STEPS.get(code & 0xFF if isinstance(code, int) else -1, _DAMAGED)
        return StoreError(f"{self._path}: {fault}. Next step: {step}")

    def _load(self) -> dict[tuple[str, str, str], int]:
        try:
            rows = self._database.execute("SELECT repository, role, keys, version FROM marks")
            return {(str(r), str(o), str(k)): int(v) for r, o, k, v in rows}
        except (sqlite3.Error, ValueError, TypeError) as fault:
            raise self._failed(fault) from None

    def version(self, repository: str, role: str, keys: str) -> int:
        """The newest version accepted; 0 if none."""
        return self._marks.get((repository, role, keys), 0)

    def was_key(self, repository: str, role: str, keyid: str) -> bool:
        """True if the role once named this key: for the words of a refusal, never to trust."""
        query = "SELECT 1 FROM known_keys WHERE repository=? AND role=? AND keyid=?"
        return self._one(query, (repository, role, keyid)) is not None

    def _one(self, query: str, values: tuple[str, ...] = ()) -> tuple[object, ...] | None:
        with self._lock:
            try:
                row: tuple[object, ...] | None = self._database.execute(query, values).fetchone()
            except sqlite3.Error as fault:
                raise self._failed(fault) from None
        return row

    def accepted_at(self) -> datetime | None:
        """The latest moment at which a repository was accepted."""
        row = self._one("SELECT MAX(at) FROM accepted")
        if row is None or row[0] is None:
            return None
        return Fields({"at": str(row[0])}, str(self._path)).instant("at")

    def all(self, repository: str) -> tuple[Mark, ...]:
        """The marks of one repository."""
        return tuple(
            sorted(
                Mark(repository=place[0], role=place[1], keys=place[2], version=version)
                for place, version in self._marks.items()
                if place[0] == repository
            )
        )

    def accept(
        self,
        marks: Iterable[Mark],
        keys: Mapping[tuple[str, str], Iterable[str]],
        accepted: tuple[str, datetime] | None,
    ) -> None:
        """Raise the marks durably, all or none. ``keys``: key ids by (repository, role).

        :class:`StoreError` if the disk does not take them; nothing may be accepted then.
        """
        raised = {
            place: version
            for place, version in highest(marks).items()
            if version > self._marks.get(place, 0)
        }
        known = [(*place, keyid) for place, ids in keys.items() for keyid in ids]
        with self._lock:
            try:
                with self._transaction():
                    self._write(raised, known, accepted)
            finally:
                # Read again, also after a fault: a commit can succeed and the word of it be lost,
                # and another process may have raised a mark further than this one.
                self._marks = self._load()

    def record(self, marks: Iterable[Mark]) -> None:
        """An audit log holds these marks: durably, and never lowered. :class:`StoreError`."""
        held: dict[tuple[str, str], int] = {}
        for mark in marks:
            place = (mark.repository, mark.role)
            held[place] = max(mark.version, held.get(place, 0))
        if all(version <= self.recorded(one).get(role, 0) for (one, role), version in held.items()):
            return
        with self._lock, self._transaction():
            self._database.executemany(
                "INSERT INTO on_record VALUES (?, ?, ?) ON CONFLICT (repository, role) "
                "DO UPDATE SET version = MAX(version, excluded.version)",
                [(*place, version) for place, version in held.items()],
            )

    def recorded(self, repository: str) -> Mapping[str, int]:
        """Newest version on record by role, whatever keys signed it."""
        query = "SELECT role, version FROM on_record WHERE repository=?"
        with self._lock:
            try:
                return {str(r): int(v) for r, v in self._database.execute(query, (repository,))}
            except (sqlite3.Error, ValueError, TypeError) as fault:
                raise self._failed(fault) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or none; :class:`StoreError` if the disk does not take it, or cannot say so."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as fault:
            # OverflowError: a version that SQLite's 64 bits do not hold.
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise self._failed(fault) from None

    def _write(
        self,
        raised: Mapping[tuple[str, str, str], int],
        known: list[tuple[str, str, str]],
        accepted: tuple[str, datetime] | None,
    ) -> None:
        self._database.executemany(
            "INSERT INTO marks VALUES (?, ?, ?, ?) ON CONFLICT (repository, role, keys) "
            "DO UPDATE SET version = MAX(version, excluded.version)",
            [(*place, version) for place, version in raised.items()],
        )
        self._database.executemany("INSERT OR IGNORE INTO known_keys VALUES (?, ?, ?)", known)
        if accepted is not None:
            # Time only ever rises here too: an older moment must not hide a newer one.
            name, at = accepted
            self._database.execute(
                "INSERT INTO accepted VALUES (?, ?) "
                "ON CONFLICT (repository) DO UPDATE SET at = MAX(at, excluded.at)",
                (name, instant_text(at.replace(microsecond=0))),
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
