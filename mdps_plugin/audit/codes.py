"""Finding kinds of the audit log, ``AL-``. Texts only."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_RECORDS = "21 CFR 11.10(c), 11.10(e)"
_SIGNED = "21 CFR 11.70"
_STOP = "Stop using this copy. Keep it, and compare it with the cell's own log."


def _refuse(code: str, title: str, observed: str, allowed: str, clause: str) -> FindingKind:
    return FindingKind(
        code=code,
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=_STOP,
        who="quality manager",
    )


UNREADABLE = _refuse(
    "AL-01",
    "The log cannot be read at this place.",
    "{observed}, at entry {index}.",
    "{allowed}.",
    _RECORDS,
)
NOT_IN_ORDER = _refuse(
    "AL-02",
    "Entries are missing or in another order.",
    "Entry {found} stands where entry {index} belongs.",
    "Every entry once, in order.",
    _RECORDS,
)
DUPLICATED = _refuse(
    "AL-03",
    "An entry stands in the log twice.",
    "Entry {found} again, where entry {index} belongs.",
    "Every entry once, in order.",
    _RECORDS,
)
ENTRY_CHANGED = _refuse(
    "AL-04",
    "An entry was changed.",
    "Entry {index} does not match its signed checkpoint.",
    "The entry as it was signed.",
    _SIGNED,
)
CHECKPOINT_CHANGED = _refuse(
    "AL-05",
    "A checkpoint was changed, or signed by another key.",
    "Checkpoint after entry {index}: {observed}.",
    "{allowed}.",
    _SIGNED,
)
CHECKPOINT_MISSING = _refuse(
    "AL-06",
    "A checkpoint is missing.",
    "No checkpoint follows entry {index}: it is unsigned.",
    "A signed checkpoint after every entry.",
    _SIGNED,
)
CHECKPOINT_SURPLUS = _refuse(
    "AL-07",
    "A checkpoint stands in the wrong place.",
    "A checkpoint of size {found} where one of size {size} belongs.",
    "One checkpoint after every entry, none twice.",
    _SIGNED,
)
ENTRY_MISSING = _refuse(
    "AL-08",
    "An entry is missing.",
    "A checkpoint stands where entry {index} belongs.",
    "Every entry once, in order.",
    _RECORDS,
)
OTHER_KEY = _refuse(
    "AL-09",
    "The log is signed by a key that nobody vouched for.",
    "The log names key {observed}.",
    "One of the given keys: {allowed}.",
    _SIGNED,
)
OTHER_ORIGIN = _refuse(
    "AL-10",
    "The log is that of another origin.",
    "Origin {observed}.",
    "Origin {allowed}.",
    _SIGNED,
)
NO_LOG = _refuse(
    "AL-11",
    "The file holds no audit log.",
    "{observed}.",
    "An audit store, or an export with header and checkpoint.",
    _RECORDS,
)
SHORTER_THAN_MARK = _refuse(
    "AL-12",
    "The log is older or shorter than what was acknowledged.",
    "The store: {index} entries. The high-water file: {observed}.",
    "At least the acknowledged entries, unchanged.",
    _RECORDS,
)
RECORD_UNKNOWN = _refuse(
    "AL-13",
    "A record is not the one in the log.",
    "{place}: digest {observed} is not in the log.",
    "A file whose SHA-256 the log names.",
    _RECORDS,
)
RECORD_OTHER = _refuse(
    "AL-16",
    "A record is not that of its build.",
    "{place}: digest {observed}.",
    "Digest {allowed}, named by entry {index}.",
    _RECORDS,
)
RECORD_ABSENT = _refuse(
    "AL-14",
    "A record that the log names is absent.",
    "No file {place}, digest {observed}, named by entry {index}.",
    "Every record and document that the log names.",
    _RECORDS,
)
RECORD_UNREADABLE = _refuse(
    "AL-15",
    "A record cannot be read.",
    "{place}: {observed}.",
    "Readable files only in the folder of records.",
    _RECORDS,
)
KEY_NOT_VOUCHED = FindingKind(
    code="AL-20",
    severity=Severity.NOTE,
    clause=_SIGNED,
    title="Nobody vouched for the key of this log.",
    observed="The log agrees with itself under key {observed}.",
    allowed="A key file from the cell, given with --keys.",
    next_step="Verify again with --keys before relying on the log.",
    who="quality manager",
)

ALL = (
    UNREADABLE,
    NOT_IN_ORDER,
    DUPLICATED,
    ENTRY_CHANGED,
    CHECKPOINT_CHANGED,
    CHECKPOINT_MISSING,
    CHECKPOINT_SURPLUS,
    ENTRY_MISSING,
    OTHER_KEY,
    OTHER_ORIGIN,
    NO_LOG,
    SHORTER_THAN_MARK,
    RECORD_UNKNOWN,
    RECORD_ABSENT,
    RECORD_UNREADABLE,
    RECORD_OTHER,
    KEY_NOT_VOUCHED,
)
