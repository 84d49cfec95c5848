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
    RECORD_OTHER,
    RECORD_UNKNOWN,
    RECORD_UNREADABLE,
    SHORTER_THAN_MARK,
    UNREADABLE,
)
from .export_format import Header
from .high_water_store import FILE_NAME, high_water_bytes, parse_high_water
from .log_store import is_store, read_items
from .note import VerifierKey, parse_vkey
from .records import DOCUMENTS_FOLDER, RECORDS_FOLDER, RecordBook

NOT_COVERED = (
    "Entries cut off at the end together with their checkpoints leave a log that holds: "
    "truncation of the tail needs a witness that has seen a later checkpoint."
)
RECORDS_CHECKED = "Every record and document that the log names was there and is the one named."
RECORDS_NOT_CHECKED = (
    "Records were not checked: this is a log alone, with no folder of records beside it."
)
_MOST_FINDINGS = 20
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class LogReport:
    """What :func:`verify_log` found.

    ``first_bad`` is the first entry that is bad, or that is no longer covered by what holds;
    None where nothing is bad, or where a record is bad that no single entry names. ``entries``
    counts the entries that hold. ``vouched``: the key of the log was among the given keys.
    ``pack``: an export with its records, all of which had to be there.
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
    pack: bool = False

    @property
    def reason(self) -> str | None:
        """What the first finding says; None if all holds."""
        return self.findings[0].message() if self.findings else None

    @property
    def records(self) -> str | None:
        """What was done about the records; None where the log or a record is bad."""
        if not self.ok:
            return None
        return RECORDS_CHECKED if self.pack else RECORDS_NOT_CHECKED

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
            "records": self.records,
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
    key it names itself, and the report says that nobody vouched for it. An export is a pack if
    its header says so, or if a folder ``records/`` or ``documents/`` lies beside it: then every
    record and document that the log names must lie there under the name of its build, and nothing
    else. ``records``: further files to check, under any name.
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
        named_pack = _feed(path, check, book, mark, progress)
    except Broken as fault:
        return _report(check, known, [fault])
    # Records are judged against a log that holds, never against a broken one.
    beside = path.parent if not store and (named_pack or _has_folders(path.parent)) else None
    faults, checked = _check_records(beside, records or (), book, check.entries)
    return _report(check, known, faults, checked, pack=beside is not None)


def _has_folders(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in (RECORDS_FOLDER, DOCUMENTS_FOLDER))


def _begins_as_store(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_store(stream.read(20))
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None


def _feed(
    path: Path, check: ChainCheck, book: RecordBook, mark: bytes | None, progress: Progress | None
) -> bool:
    """Check the chain; whether the header says that this is a pack."""
    high: Checkpoint | None = None
    pack = False
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
                high, pack = _mark(mark, check, check.key), item.pack
    except DocumentError as fault:
        where = fault.path or place
        raise broken(
            UNREADABLE, check.entries, where, observed=fault.observed, allowed=fault.allowed
        ) from None
    check.finish()
    if high is not None and (high.size > check.entries or check.watched_root != high.root):
        observed = f"{high.size} entries"
        raise broken(SHORTER_THAN_MARK, check.entries, FILE_NAME, observed=observed)
    return pack


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
    """Faults of the records, and how many were looked at. ``beside``: the folder of a pack."""
    for file in explicit:
        if not file.is_file():
            raise UsageFault(f"{file}: cannot be opened: no such file")
    faults, count = _check_pack(beside, book, entries) if beside is not None else ([], 0)
    for file in explicit:
        digest, fault = _read_digest(file, entries)
        if fault is None and not book.knows(digest):
            fault = broken(RECORD_UNKNOWN, entries, str(file), observed=digest)
        faults += [fault] if fault is not None else []
    return faults, count + len(explicit)


def _check_pack(folder: Path, book: RecordBook, entries: int) -> tuple[list[Broken], int]:
    """Each file under the name that the log gives it, and each file that it names."""
    expected = book.expected()
    files = [*_files(folder / RECORDS_FOLDER), *_files(folder / DOCUMENTS_FOLDER)]
    faults: list[Broken] = []
    seen: set[str] = set()
    for file in files:
        name = file.relative_to(folder).as_posix()
        seen.add(name)
        named = expected.get(name)
        digest, fault = _read_digest(file, entries)
        if fault is not None:
            faults.append(fault)
        elif named is None:
            faults.append(broken(RECORD_UNKNOWN, entries, str(file), observed=digest))
        elif digest != named.sha256:
            allowed = named.sha256
            faults.append(
                broken(RECORD_OTHER, named.index, str(file), observed=digest, allowed=allowed)
            )
    absent = sorted(
        (named.index, name, named.sha256) for name, named in expected.items() if name not in seen
    )
    for index, name, digest in absent:
        faults.append(broken(RECORD_ABSENT, index, str(folder / name), observed=digest))
    return faults, len(files)


def _read_digest(file: Path, entries: int) -> tuple[str, Broken | None]:
    try:
        return _digest(file), None
    except OSError as fault:
        observed = str(fault.strerror)
        return "", broken(RECORD_UNREADABLE, entries, str(file), observed=observed)


def _digest(file: Path) -> str:
    if not file.is_file():
        raise OSError(errno.EINVAL, "no regular file")  # a pipe would be waited for without end
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _report(
    check: ChainCheck,
    keys: Sequence[VerifierKey] | None,
    faults: Sequence[Broken],
    records_checked: int = 0,
    *,
    pack: bool = False,
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
        pack=pack,
    )


def _first_bad(faults: Sequence[Broken]) -> int | None:
    """Entry of the first fault; a record file that the log does not name has no entry."""
    for fault in faults:
        if fault.finding.kind not in (RECORD_UNKNOWN, RECORD_UNREADABLE):
            return fault.index
    return None
