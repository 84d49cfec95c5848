"""Which records a log names, and whether the records at hand are those. Reads no file.

A log names a record by its SHA-256: ``record_sha256`` of any entry, and every ``sha256`` inside
``documents_made`` and ``log_exported``. The newest ``record_sha256`` of each build that was
released or rejected must lie in the folder of records; every file in a folder must be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..canonical import Json
from .entry import Entry

_LISTING = frozenset({"documents_made", "log_exported"})
_ENDING = frozenset({"release_signed", "build_rejected"})


class RecordBook:
    """Digests of records as the entries of a log name them."""

    def __init__(self) -> None:
        """Nothing named yet."""
        self._named: dict[str, int] = {}
        self._required: dict[str, tuple[str, int]] = {}  # build -> digest, index

    def note(self, entry: Entry) -> None:
        """Take in one entry."""
        body = entry.body
        build = body.get("build_id")
        digest = body.get("record_sha256")
        if isinstance(digest, str):
            self._named[digest] = entry.index
            if entry.kind in _ENDING and isinstance(build, str):
                self._required[build] = (digest, entry.index)
        if entry.kind in _LISTING:
            for named in _digests(body):
                self._named[named] = entry.index

    def knows(self, digest: str) -> bool:
        """True if some entry names this digest as that of a record."""
        return digest in self._named

    def required(self) -> list[tuple[str, int]]:
        """(digest, entry that names it) of each record that must be there, in order of the log."""
        return sorted(self._required.values(), key=lambda item: item[1])


def _digests(value: Json) -> Iterator[str]:
    """Every ``sha256`` inside ``value``."""
    if isinstance(value, Mapping):
        digest = value.get("sha256")
        if isinstance(digest, str):
            yield digest
        for inner in value.values():
            yield from _digests(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _digests(inner)
