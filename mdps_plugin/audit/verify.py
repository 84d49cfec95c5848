"""``verify_log``: the whole check of a log and of the records beside it, as one report.

Brings together reading (``log_store``), the chain (``chain``) and the records (``records``);
decides nothing of its own. Needs the log and the public keys, nothing else of a controller.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..canonical import Json
from ..errors import DocumentError, UsageFault
from ..findings import Finding
from .chain import Broken, ChainCheck, broken
from .checkpoint import Checkpoint
from .codes import (
    KEY_NOT_VOUCHED,
    RECORD_ABSENT,
    RECORD_UNKNOWN,
    RECORD_UNREADABLE,
    SHORTER_THAN_MARK,
    UNREADABLE,
)
from .export_format import Header
from .high_water_store import FILE_NAME, high_water_bytes, parse_high_water
from .log_store import is_store, read_items
from .note import VerifierKey, parse_vkey
from .records import RecordBook

RECORDS_FOLDER = "records"
DOCUMENTS_FOLDER = "documents"
NOT_COVERED = (
    "Entries cut off at the end together with their checkpoints leave a log that holds: "
    "truncation of the tail needs a witness that has seen a later checkpoint."
)
_MOST_FINDINGS = 20
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class LogReport:
    """What :func:`verify_log` found.

    ``first_bad`` is the first entry that is bad, or that is no longer covered by what holds;
    None where nothing is bad, or where a record is bad that no single entry names. ``entries``
    counts the entries that hold. ``vouched``: the key of the log was among the given keys.
    """

    ok: bool
    entries: int
    checkpoints: int
    first_bad: int | None = None
    place: str | None = None
    findings: tuple[Finding, ...] = ()
    records_checked: int = 0
    origin: str | None = None
    key: str | None = None
    root: str | None = None
    vouched: bool = False
    notice: Finding | None = field(default=None)

    @property
    def reason(self) -> str | None:
        """What the first finding says; None if all holds."""
        return self.findings[0].message() if self.findings else None

    def to_json(self) -> dict[str, Json]:
        """The shape of ``mdps log verify --json``."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "first_bad": self.first_bad,
            "reason": self.reason,
            "place": self.place,
            "checkpoints": self.checkpoints,
            "records_checked": self.records_checked,
            "not_covered": NOT_COVERED,
            "origin": self.origin,
            "key": self.key,
            "key_vouched": self.vouched,
            "root": self.root,
            "notice": self.notice.message() if self.notice else None,
            "findings": [finding.to_json() for finding in self.findings],
        }


def verify_log(
    path: Path,
    keys: Sequence[str] | None,
    records: Sequence[Path] | None,
    progress: Progress | None = None,
) -> LogReport:
    """Check the store or export at ``path``.

    ``keys``: vkey lines that somebody vouched for; without them the log is checked against the
    key it names itself, and the report says that nobody vouched for it. ``records``: files to
    check beside those of the folders ``records/`` and ``documents/`` next to an export.
    ``progress`` is told the number of entries now and then. Content never raises: any readable
    file gives a report.
    :class:`UsageFault` for a file that cannot be opened, :class:`DocumentError` for a line of
    ``keys`` that is no key, :class:`StoreError` where there is no room to read.
    """
    known = None if keys is None else [parse_vkey(text, "keys") for text in keys]
    store = _begins_as_store(path)
    # Read before the store: the store is always at least as far as its mark.
    mark = high_water_bytes(path) if store else None
    check = ChainCheck(str(path), known)
    book = RecordBook()
    try:
        _feed(path, check, book, mark, progress)
    except Broken as fault:
        return _report(check, known, [fault])
    # Records are judged against a log that holds, never against a broken one.
    beside = None if store else path.parent
    faults, checked = _check_records(beside, records or (), book, check.entries)
    return _report(check, known, faults, checked)


def _begins_as_store(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_store(stream.read(20))
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None


def _feed(
    path: Path, check: ChainCheck, book: RecordBook, mark: bytes | None, progress: Progress | None
) -> None:
    high: Checkpoint | None = None
    place = "start"
    try:
        for item in read_items(path):
            place = item.place
            entry = check.feed(item)
            if entry is not None:
                book.note(entry)
                if progress is not None and entry.index % 1000 == 0:
                    progress(entry.index)
            elif isinstance(item, Header) and check.key is not None:
                high = _mark(mark, check, check.key)
    except DocumentError as fault:
        where = fault.path or place
        raise broken(
            UNREADABLE, check.entries, where, observed=fault.observed, allowed=fault.allowed
        ) from None
    check.finish()
    if high is not None and (high.size > check.entries or check.watched_root != high.root):
        observed = f"{high.size} entries"
        raise broken(SHORTER_THAN_MARK, check.entries, FILE_NAME, observed=observed)


def _mark(data: bytes | None, check: ChainCheck, key: VerifierKey) -> Checkpoint | None:
    if data is None:
        return None
    try:
        high = parse_high_water(data, key)
    except DocumentError as fault:
        raise broken(SHORTER_THAN_MARK, 0, FILE_NAME, observed=fault.observed) from None
    check.watch(high.size)
    return high


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(file for file in folder.rglob("*") if not file.is_dir())


def _check_records(
    beside: Path | None, explicit: Sequence[Path], book: RecordBook, entries: int
) -> tuple[list[Broken], int]:
    """Faults of the records, and how many were looked at. ``beside``: the folder of an export."""
    for file in explicit:
        if not file.is_file():
            raise UsageFault(f"{file}: cannot be opened: no such file")
    files = list(explicit)
    if beside is not None:
        files = [*_files(beside / RECORDS_FOLDER), *_files(beside / DOCUMENTS_FOLDER), *files]
    found: set[str] = set()
    judged = [_check_record(file, book, found, entries) for file in files]
    faults = [fault for fault in judged if fault is not None]
    if beside is not None and (beside / RECORDS_FOLDER).is_dir():
        faults += _absent(book, found, beside / RECORDS_FOLDER)
    return faults, len(files)


def _check_record(file: Path, book: RecordBook, found: set[str], entries: int) -> Broken | None:
    try:
        digest = _digest(file)
    except OSError as fault:
        return broken(RECORD_UNREADABLE, entries, str(file), observed=str(fault.strerror))
    found.add(digest)
    if book.knows(digest):
        return None
    return broken(RECORD_UNKNOWN, entries, str(file), observed=digest)


def _digest(file: Path) -> str:
    if not file.is_file():
        raise OSError(errno.EINVAL, "no regular file")  # a pipe would be waited for without end
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _absent(book: RecordBook, found: set[str], folder: Path) -> Iterator[Broken]:
    for digest, index in book.required():
        if digest not in found:
            yield broken(RECORD_ABSENT, index, str(folder), observed=digest)


def _report(
    check: ChainCheck,
    keys: Sequence[VerifierKey] | None,
    faults: Sequence[Broken],
    records_checked: int = 0,
) -> LogReport:
    first = faults[0] if faults else None
    vouched = keys is not None and check.key is not None and check.key in keys
    notice = None
    if keys is None and check.key is not None:
        notice = Finding(kind=KEY_NOT_VOUCHED, facts={"observed": check.key.text()})
    return LogReport(
        ok=first is None,
        entries=check.entries,
        checkpoints=check.checkpoints,
        first_bad=_first_bad(faults),
        place=first.place if first else None,
        findings=tuple(fault.finding for fault in faults[:_MOST_FINDINGS]),
        records_checked=records_checked,
        origin=check.key.name if check.key else None,
        key=check.key.text() if check.key else None,
        root=check.root.hex() if first is None or records_checked else None,
        vouched=vouched,
        notice=notice,
    )


def _first_bad(faults: Sequence[Broken]) -> int | None:
    """Entry of the first fault; a record file that the log does not name has no entry."""
    for fault in faults:
        if fault.finding.kind not in (RECORD_UNKNOWN, RECORD_UNREADABLE):
            return fault.index
    return None
