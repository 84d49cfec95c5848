"""One entry of the log and its bytes: canonical JSON, at most 65 535 bytes. Reads no file.

The bytes are RFC 8785 canonical JSON of an object of ``v``, ``index``, ``time``, ``boot_id``,
``kind``, ``body`` and ``salt``.
``index`` is decimal text, as every 64-bit counter is: JSON numbers end at 2^53. The limit of
size is that of a C2SP tlog-tiles entry. Files are never in the log, their SHA-256 is. ``salt`` is
random, so that the hash of an entry, which others may see, tells nothing of what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json, canonical_json, read_json
from ..errors import DocumentError
from ..reading import Fields, instant_text
from .checkpoint import parse_size

MAX_ENTRY_BYTES = 65_535
KIND_PATTERN = r"[a-z][a-z0-9_]{1,60}"
BOOT_ID_PATTERN = r"[A-Za-z0-9-]{1,64}"
_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What happened. ``time`` is UTC text, ``boot_id`` the start of the controller it fell in."""

    index: int
    time: str
    boot_id: str
    kind: str
    body: Mapping[str, Json]
    salt: str = ""

    def to_json(self) -> dict[str, Json]:
        """The object whose canonical bytes are in the tree."""
        return {
            "v": _VERSION,
            "index": str(self.index),
            "time": self.time,
            "boot_id": self.boot_id,
            "kind": self.kind,
            "body": self.body,
            "salt": self.salt,
        }

    def data(self) -> bytes:
        """The bytes that are hashed."""
        return canonical_json(self.to_json())


def make_entry(
    *, index: int, now: datetime, boot_id: str, kind: str, body: Mapping[str, Json], salt: str
) -> tuple[Entry, bytes]:
    """An entry and its bytes; :class:`DocumentError` for a body that the log cannot hold.

    What is written is read back strictly first, so that no entry enters the log that a verifier
    could not read (NaN, numbers beyond 2^53, lone surrogates, deep nesting, more than 64 kB).
    """
    source = f"audit entry {kind}"
    draft = Entry(
        index=index, time=instant_text(now), boot_id=boot_id, kind=kind, body=body, salt=salt
    )
    try:
        data = draft.data()
    except (ValueError, TypeError, RecursionError) as fault:
        raise DocumentError(source, "body", str(fault)[:200], "plain JSON values") from None
    # One level deeper than in the tree: an export wraps each entry once.
    read_json(b'{"entry":' + data + b"}", source)
    return parse_entry(data, source), data


def parse_entry(data: bytes, source: str) -> Entry:
    """Read the bytes of an entry strictly; they must be the canonical ones."""
    if len(data) > MAX_ENTRY_BYTES:
        raise DocumentError(source, "", f"{len(data)} bytes", f"at most {MAX_ENTRY_BYTES} bytes")
    value = read_json(data, source)
    entry = _from_fields(Fields(value, source))
    try:
        same = entry.data() == data
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise DocumentError(source, "", "another spelling of the JSON", "canonical JSON")
    return entry


def _from_fields(fields: Fields) -> Entry:
    fields.integer("v", minimum=_VERSION, maximum=_VERSION)
    index = parse_size(fields.text("index"))
    if index is None:
        raise fields.fault("index", "no decimal text", "an index in decimal, as text")
    fields.instant("time")
    body = fields.take("body")
    if not isinstance(body, Mapping):
        raise fields.fault("body", "no object", "an object")
    entry = Entry(
        index=index,
        time=fields.text("time"),
        boot_id=fields.matching("boot_id", BOOT_ID_PATTERN, "letters, digits, hyphens"),
        kind=fields.matching("kind", KIND_PATTERN, "lower-case letters, digits, underscores"),
        body=body,
        salt=fields.matching("salt", r"[0-9a-f]{32}", "32 lower-case hexadecimal digits"),
    )
    fields.close()
    return entry


def entry_of_known_bytes(data: bytes) -> Entry:
    """An entry from bytes whose hash is already known to be in the tree: no second check."""
    value = json.loads(data)
    return Entry(
        index=int(value["index"]),
        time=value["time"],
        boot_id=value["boot_id"],
        kind=value["kind"],
        body=value["body"],
        salt=value["salt"],
    )
