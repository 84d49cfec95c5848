"""The exported log ``mdps-audit-log/1`` as lines of canonical JSON. Reads and writes no file.

Line 1 ``{"format","key","origin"}``, with ``"pack":true`` if records were written beside the log;
line 2 the checkpoint of the empty log, then for each entry ``{"entry":{…}}`` and the
``{"checkpoint":"…"}`` of the log up to and with it. Each line is canonical JSON and ends with one
newline, so a log has one spelling only.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..canonical import Json, canonical_json, read_json
from ..errors import DocumentError
from ..reading import Fields
from .entry import MAX_ENTRY_BYTES
from .note import VerifierKey

FORMAT = "mdps-audit-log/1"
MAX_LINE_BYTES = MAX_ENTRY_BYTES + 100
_ENTRY_HEAD = b'{"entry":'


@dataclass(frozen=True, kw_only=True)
class Header:
    """First line: whose log it is and the key it names for itself.

    ``pack``: the records of the log were written beside it, and belong to it.
    """

    place: str
    origin: str
    key: str
    pack: bool = False


@dataclass(frozen=True, kw_only=True)
class EntryBytes:
    """Canonical bytes of an entry, and the leaf hash that lay beside it (a store keeps one)."""

    place: str
    data: bytes
    leaf: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointNote:
    """A signed note."""

    place: str
    note: str


Item = Header | EntryBytes | CheckpointNote


def header_line(key: VerifierKey, *, pack: bool = False) -> bytes:
    """Line 1 of the log of ``key``; ``pack`` is written only where it is true."""
    document: dict[str, Json] = {"format": FORMAT, "origin": key.name, "key": key.text()}
    if pack:
        document["pack"] = True
    return canonical_json(document) + b"\n"


def entry_line(data: bytes) -> bytes:
    """The line of an entry, given its canonical bytes."""
    return _ENTRY_HEAD + data + b"}\n"


def checkpoint_line(note: str) -> bytes:
    """The line of a signed checkpoint."""
    return canonical_json({"checkpoint": note}) + b"\n"


def parse_line(line: bytes, number: int, source: str) -> Item:
    """Read line ``number`` (from 1); :class:`DocumentError` for any but the one spelling."""
    place = f"line {number}"
    if not line.endswith(b"\n"):
        if len(line) > MAX_LINE_BYTES:
            raise DocumentError(source, place, "a longer line", f"at most {MAX_LINE_BYTES} bytes")
        raise DocumentError(source, place, "a line without its end", "a newline at the end")
    body = line[:-1]
    try:
        value = read_json(body, source)
    except DocumentError as fault:
        observed = f"{fault.path}: {fault.observed}" if fault.path else fault.observed
        raise DocumentError(source, place, observed, fault.allowed) from None
    try:
        same = canonical_json(value) == body
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise DocumentError(source, place, "another spelling of the JSON", "canonical JSON")
    fields = Fields(value, source, place)
    item: Item
    if fields.has("entry"):
        fields.take("entry")
        item = EntryBytes(place=place, data=body[len(_ENTRY_HEAD) : -1])
    elif fields.has("checkpoint"):
        note = fields.take("checkpoint")
        if not isinstance(note, str):
            raise fields.fault("checkpoint", "no text", "a signed note as text")
        item = CheckpointNote(place=place, note=note)
    else:
        if fields.text("format") != FORMAT:
            raise fields.fault("format", "another format", FORMAT)
        pack = fields.boolean("pack") if fields.has("pack") else False
        item = Header(place=place, origin=fields.text("origin"), key=fields.text("key"), pack=pack)
    fields.close()
    return item
