"""The log of a cell, open for writing: entry and signed head in one commit, durable or refused.

Joins the database (``database_store``), the tree and the key; decides nothing about what happened.

What a crash leaves: before the commit, nothing; between the commit and the high-water file, an
entry that nobody was told about, which stays. An append that raised :class:`StoreError` may
therefore have left its entry behind; the store reads its own head again before it goes on.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from ..canonical import Json
from ..errors import DocumentError, StoreError
from .checkpoint import Checkpoint, open_checkpoint
from .database_store import ASK, LogDatabase, Row
from .entry import Entry, entry_of_known_bytes, make_entry
from .export_store import write_export
from .high_water_store import read_high_water, sweep, write_high_water
from .note import LogSigner, VerifierKey
from .schema import DATABASE_FAULTS
from .tree import EMPTY_ROOT, HASH_BYTES, Frontier, consistency_proof, inclusion_proof, leaf_hash

Commit = Callable[[Callable[[], None]], None]
Event = tuple[str, Mapping[str, Json]]
_CHUNK = 500


def _commit_plainly(commit: Callable[[], None]) -> None:
    commit()


class AuditStore:
    """An open log. Every method may be called from any thread."""

    def __init__(
        self, database: LogDatabase, signer: LogSigner, origin: str, boot_id: str, commit: Commit
    ) -> None:
        """Use :meth:`open`."""
        self._path = database.path
        self._signer = signer
        self._key: VerifierKey = signer.key(origin)
        self._boot_id = boot_id
        self._commit = commit
        self._guard = threading.RLock()  # guards everything below
        self._database = database
        self._tree = Frontier()
        self._leaves = bytearray()  # leaf hashes, 32 bytes each: what a row must still match
        self._note = ""
        self._doubtful = False  # a commit did not return: the head must be read again

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
        database: LogDatabase | None = None
        try:
            database = LogDatabase(path)
            sweep(path)
            store = cls(database, signer, origin, boot_id or secrets.token_hex(8), commit)
            store._begin_if_new()
            store._check_whole()
        except BaseException as fault:
            if database is not None:
                database.close()
            if isinstance(fault, (*DATABASE_FAULTS, OSError)):
                raise StoreError(f"{path}: cannot be opened: {fault}. {ASK}") from None
            raise
        return store

    def _begin_if_new(self) -> None:
        if not self._database.is_new():
            return
        mark = read_high_water(self._path, self._key)
        if mark is not None:
            raise StoreError(f"{self._path}: holds 0 entries, {mark.size} were acknowledged. {ASK}")
        empty = Checkpoint(origin=self._key.name, size=0, root=EMPTY_ROOT)
        note = empty.signed(self._signer)
        self._database.begin_log(self._key, note)
        write_high_water(self._path, note)

    def _check_whole(self) -> None:
        self._database.check_identity(self._key)
        mark = read_high_water(self._path, self._key)
        passed = self._read_on(mark.size if mark else None)
        size = self._tree.size
        if mark is None and size:
            # Written right after the first commit, so only an empty log may be without it.
            raise StoreError(f"{self._path}: {size} entries and no high-water file. {ASK}")
        if mark is not None and mark.size > size:
            raise StoreError(
                f"{self._path}: holds {size} entries, {mark.size} were acknowledged: "
                f"an older copy, or cut short. {ASK}"
            )
        if mark is not None and passed != mark.root:
            raise StoreError(
                f"{self._path}: the first {mark.size} entries are not those acknowledged. {ASK}"
            )
        if mark is None or mark.size < size:
            write_high_water(self._path, self._note)

    def _read_on(self, stop_at: int | None = None) -> bytes | None:
        """Take in rows beyond the known size and check the head; the root at size ``stop_at``.

        Nothing of the state changes unless all of it holds.
        """
        tree = self._tree.copy()
        leaves = bytearray()
        passed = tree.root() if stop_at == tree.size else None
        for index, data in self._database.entries_from(tree.size):
            if index != tree.size:
                raise StoreError(f"{self._path}: entry {tree.size} is missing. {ASK}")
            leaf = leaf_hash(data)
            tree.push(leaf)
            leaves += leaf
            if stop_at == tree.size:
                passed = tree.root()
        note = self._database.checkpoint(None)
        try:
            head = open_checkpoint(note, self._key, str(self._path), "head")
        except DocumentError as fault:
            raise StoreError(f"{fault}. {ASK}") from None
        if (head.origin, head.size, head.root) != (self._key.name, tree.size, tree.root()):
            raise StoreError(
                f"{self._path}: the signed head covers {head.size} entries, {tree.size} were read, "
                f"and they do not agree. {ASK}"
            )
        self._tree, self._note = tree, note
        self._leaves += leaves
        return passed

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
            tree, note = self._tree.copy(), self._note
            made: list[Entry] = []
            rows: list[Row] = []
            for kind, body in events:
                entry, data = make_entry(
                    index=tree.size,
                    now=now,
                    boot_id=self._boot_id,
                    kind=kind,
                    body=body,
                    salt=secrets.token_hex(16),
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

    def _write(self, rows: Sequence[Row], note: str) -> None:
        """Commit and raise the high-water mark. Leaves the store doubtful unless all of it held."""
        self._doubtful = True
        try:
            self._database.insert(rows)
            self._commit(self._database.commit)
            write_high_water(self._path, note)
        except (*DATABASE_FAULTS, OSError) as fault:
            raise StoreError(f"{self._path}: the entry was not acknowledged: {fault}") from None

    def _settle(self) -> None:
        """After a commit that did not return: end it, read the head that the disk really has.

        Reads only, so that a log on a full disk can still be looked at; the high-water file is
        raised by the next append or start. :class:`StoreError` when closed or unreadable.
        """
        if not self._doubtful:
            return
        try:
            self._database.abandon()
            self._read_on()
        except (*DATABASE_FAULTS, OSError) as fault:
            raise StoreError(f"{self._path}: the head cannot be read again: {fault}") from None
        self._doubtful = False

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
        for _, data, _ in self._rows(start, stop):
            yield entry_of_known_bytes(data)

    def leaf(self, index: int) -> bytes:
        """Leaf hash of entry ``index`` (32 bytes): what names an entry to others."""
        with self._guard:
            found = bytes(self._leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES])
        if index < 0 or len(found) != HASH_BYTES:
            raise RuntimeError(f"no entry {index}")
        return found

    def _rows(self, start: int, stop: int | None) -> Iterator[tuple[int, bytes, str]]:
        """(index, bytes of the entry, checkpoint after it), read in chunks, each under the lock."""
        end = self.size if stop is None else min(stop, self.size)
        at = start
        while at < end:
            with self._guard:
                try:
                    rows = self._database.page(at, min(at + _CHUNK, end))
                except DATABASE_FAULTS as fault:
                    raise StoreError(f"{self._path}: cannot be read: {fault}") from None
            if not rows:
                raise StoreError(f"{self._path}: entry {at} is missing. {ASK}")
            for index, data, note in rows:
                if index != at or leaf_hash(data) != self.leaf(index):
                    raise StoreError(f"{self._path}: entry {at} was changed on the disk. {ASK}")
                yield index, data, note
                at += 1

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

    def export(self, path: Path, *, pack: bool = False) -> None:
        """Write the log as ``mdps-audit-log/1`` to ``path``, whole or not at all.

        ``pack``: the caller writes the records beside it; the header says so.
        :class:`StoreError` when the disk does not take it.
        """
        with self._guard:
            end = self.size
            try:
                first = self._database.checkpoint(0)
            except DATABASE_FAULTS as fault:
                raise StoreError(f"{self._path}: cannot be read: {fault}") from None
        rows = ((data, note) for _, data, note in self._rows(0, end))
        write_export(path, self._key, first, rows, pack=pack)

    def close(self) -> None:
        """Close the database and let go of the lock; harmless when repeated."""
        with self._guard:
            self._database.close()

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
