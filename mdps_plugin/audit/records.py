"""Which records a log names, for which build, and under which file name. Reads no file.

A log names a record by its SHA-256: ``record_sha256`` of any entry, and every ``sha256`` inside
``documents_made`` and ``log_exported``. In a pack, the newest ``record_sha256`` of each build that
was released or rejected lies at ``records/<build_id>.json``, and each document of
``documents_made`` at ``documents/<build_id>-<name>``; of two with one name, the newer counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..canonical import Json
from .entry import Entry

RECORDS_FOLDER = "records"
DOCUMENTS_FOLDER = "documents"
_LISTING = frozenset({"documents_made", "log_exported"})
_ENDING = frozenset({"release_signed", "build_rejected"})


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A file that a pack must hold: its SHA-256, and the index of the entry that names it."""

    sha256: str
    index: int


class RecordBook:
    """Digests of records as the entries of a log name them."""

    def __init__(self) -> None:
        """Nothing named yet."""
        self._named: set[str] = set()
        self._expected: dict[str, Expected] = {}

    def note(self, entry: Entry) -> None:
        """Take in one entry."""
        body = entry.body
        build = body.get("build_id")
        digest = body.get("record_sha256")
        if isinstance(digest, str):
            self._named.add(digest)
            if entry.kind in _ENDING and isinstance(build, str):
                name = f"{RECORDS_FOLDER}/{build}.json"
                self._expected[name] = Expected(sha256=digest, index=entry.index)
        if entry.kind in _LISTING:
            self._named.update(_digests(body))
        if entry.kind == "documents_made" and isinstance(build, str):
            self._note_documents(build, body.get("documents"), entry.index)

    def _note_documents(self, build: str, documents: Json, index: int) -> None:
        if not isinstance(documents, Sequence) or isinstance(documents, str):
            return
        for document in documents:
            if isinstance(document, Mapping):
                name, digest = document.get("name"), document.get("sha256")
                if isinstance(digest, str):
                    # A document without a name is written under its build alone.
                    path = f"{DOCUMENTS_FOLDER}/{build}-{name if isinstance(name, str) else ''}"
                    self._expected[path] = Expected(sha256=digest, index=index)

    def knows(self, digest: str) -> bool:
        """True if some entry names this digest as that of a record."""
        return digest in self._named

    def expected(self) -> Mapping[str, Expected]:
        """The files that a pack must hold, by their path in it."""
        return self._expected


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
