"""Checks a log item by item: header, then entry and checkpoint in turn. Reads no file.

The state machine behind ``mdps log verify``. It stops at the first thing that does not hold and
says where. After each entry exactly one checkpoint must follow, of exactly that size, with the
root of exactly those entries, signed by the key of the log: so a changed, missing, repeated,
moved or unsigned entry or checkpoint is found at its own index.

Not covered: entries cut off at the end together with their checkpoints leave a log that holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DocumentError, MdpsError
from ..findings import Finding, FindingKind, Where
from .checkpoint import open_checkpoint
from .codes import (
    CHECKPOINT_CHANGED,
    CHECKPOINT_MISSING,
    CHECKPOINT_SURPLUS,
    DUPLICATED,
    ENTRY_CHANGED,
    ENTRY_MISSING,
    NO_LOG,
    NOT_IN_ORDER,
    OTHER_KEY,
    OTHER_ORIGIN,
    UNREADABLE,
)
from .entry import Entry, parse_entry
from .export_format import CheckpointNote, EntryBytes, Header, Item
from .note import VerifierKey, parse_vkey
from .tree import Frontier, leaf_hash


class Broken(MdpsError):
    """The log does not hold. Never leaves this room: it becomes a :class:`LogReport`."""

    def __init__(self, finding: Finding, index: int, place: str) -> None:
        """``index``: first entry that is bad or no longer covered; ``place``: line or row."""
        self.finding = finding
        self.index = index
        self.place = place
        super().__init__(finding.message())


def broken(kind: FindingKind, index: int, place: str, **facts: str) -> Broken:
    """A :class:`Broken` whose finding is filled with these facts."""
    finding = Finding(
        kind=kind, where=Where(path=place), facts={"index": str(index), "place": place, **facts}
    )
    return Broken(finding, index, place)


class ChainCheck:
    """A log being checked. Feed items in order, then :meth:`finish`."""

    def __init__(self, source: str, keys: Sequence[VerifierKey] | None) -> None:
        """``keys``: the keys somebody vouched for, or None."""
        self._source = source
        self._keys = keys
        self._watch: int | None = None
        self._tree = Frontier()
        self._last_place = "header"
        self.key: VerifierKey | None = None
        self.checkpoints = 0
        self.watched_root: bytes | None = None

    @property
    def entries(self) -> int:
        """Entries that hold and are signed."""
        return max(0, self.checkpoints - 1)

    @property
    def root(self) -> bytes:
        """Root over the entries fed so far."""
        return self._tree.root()

    def watch(self, size: int | None) -> None:
        """Keep the root of the log over its first ``size`` entries as :attr:`watched_root`."""
        self._watch = size

    def feed(self, item: Item) -> Entry | None:
        """Check one item; the entry if it is one. Raises :class:`Broken`."""
        if isinstance(item, Header):
            self._header(item)
            return None
        if self.key is None:
            raise broken(NO_LOG, 0, item.place, observed="No header stands first")
        if isinstance(item, EntryBytes):
            return self._entry(item)
        self._checkpoint(item, self.key)
        return None

    def finish(self) -> None:
        """Say that nothing follows. Raises :class:`Broken`."""
        if self.key is None:
            raise broken(NO_LOG, 0, "start", observed="The file is empty")
        if self.checkpoints == 0:
            raise broken(NO_LOG, 0, "end", observed="The checkpoint of the empty log is missing")
        if self._unsigned:
            raise broken(CHECKPOINT_MISSING, self._tree.size - 1, self._last_place)

    @property
    def _unsigned(self) -> bool:
        """True between an entry and its checkpoint, and before the checkpoint of size 0."""
        return self.checkpoints != self._tree.size + 1

    def _header(self, item: Header) -> None:
        index = self.entries
        if self.key is not None:
            raise broken(
                UNREADABLE, index, item.place, observed="A second header", allowed="One header"
            )
        try:
            key = parse_vkey(item.key, self._source)
        except DocumentError as fault:
            raise broken(
                UNREADABLE, 0, item.place, observed=fault.observed, allowed=fault.allowed
            ) from None
        if key.name != item.origin:
            raise broken(OTHER_ORIGIN, 0, item.place, observed=item.origin, allowed=key.name)
        if self._keys is not None and key not in self._keys:
            names = ", ".join(sorted({known.name for known in self._keys}))
            if item.origin not in {known.name for known in self._keys}:
                raise broken(OTHER_ORIGIN, 0, item.place, observed=item.origin, allowed=names)
            allowed = ", ".join(sorted(known.text() for known in self._keys))
            raise broken(OTHER_KEY, 0, item.place, observed=key.text(), allowed=allowed)
        self.key = key

    def _entry(self, item: EntryBytes) -> Entry:
        expected = self._tree.size
        try:
            entry = parse_entry(item.data, self._source)
        except DocumentError as fault:
            raise broken(
                UNREADABLE,
                expected,
                item.place,
                observed=f"{fault.path}: {fault.observed}" if fault.path else fault.observed,
                allowed=fault.allowed,
            ) from None
        if self._unsigned:
            last = expected - 1
            if last >= 0 and entry.index == last:
                raise broken(DUPLICATED, last, item.place, found=str(last))
            raise broken(CHECKPOINT_MISSING, max(last, 0), item.place)
        if entry.index != expected:
            kind = DUPLICATED if entry.index < expected else NOT_IN_ORDER
            raise broken(kind, expected, item.place, found=str(entry.index))
        leaf = leaf_hash(item.data)
        if item.leaf is not None and item.leaf != leaf:
            raise broken(ENTRY_CHANGED, expected, item.place)
        self._tree.push(leaf)
        self._last_place = item.place
        return entry

    def _checkpoint(self, item: CheckpointNote, key: VerifierKey) -> None:
        size = self._tree.size
        index = max(size - 1, 0)
        try:
            head = open_checkpoint(item.note, key, self._source, item.place)
        except DocumentError as fault:
            raise broken(
                CHECKPOINT_CHANGED,
                index if self._unsigned else size,
                item.place,
                observed=fault.observed,
                allowed=fault.allowed,
            ) from None
        if head.origin != key.name:
            raise broken(OTHER_ORIGIN, index, item.place, observed=head.origin, allowed=key.name)
        if not self._unsigned:
            if head.size > size:
                raise broken(ENTRY_MISSING, size, item.place)
            raise broken(
                CHECKPOINT_SURPLUS, size, item.place, found=str(head.size), size=str(size + 1)
            )
        if head.size != size:
            raise broken(
                CHECKPOINT_SURPLUS, index, item.place, found=str(head.size), size=str(size)
            )
        if head.root != self._tree.root():
            raise broken(ENTRY_CHANGED, index, item.place)
        self.checkpoints += 1
        if size == self._watch:
            self.watched_root = head.root
