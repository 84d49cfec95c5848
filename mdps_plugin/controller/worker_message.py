"""A message between the controller and its examining process: one document, and bytes beside it.

On the wire: 8 bytes of mark, the length of the document (4 bytes, big-endian), its SHA-256, the
document (UTF-8 JSON), then the bytes of each part in the order in which the document names them.
The document names length and SHA-256 of every part, so whoever has a whole message has what was
sent: a message that was torn, mixed or cut off ends as :class:`DocumentError`. No pickle: what
comes back was made by code that has read a stranger's files. Pure; sockets are in the link files.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..canonical import Json, read_json, sha256_hex
from ..errors import DocumentError
from ..reading import Fields

MARK = b"MDPSWRK1"
HEAD = struct.Struct(">8sI32s")
MOST_DOCUMENT_BYTES = 16 * 1024 * 1024
MOST_PART_BYTES = 320 * 1024 * 1024
MOST_PARTS = 200
#: A job, its canonical copy, a model and a picture; the largest recipe with its files.
MOST_MESSAGE_BYTES = 768 * 1024 * 1024
_SOURCE = "message"


@dataclass(frozen=True, kw_only=True)
class Message:
    """``kind`` says which document ``body`` is; ``parts`` are bytes by name."""

    kind: str
    body: Mapping[str, Json]
    parts: Mapping[str, bytes] = field(default_factory=dict)


def encode(message: Message) -> list[bytes]:
    """The pieces to send, one after the other; ``ValueError`` where a number is not finite."""
    named: list[Json] = [
        {"name": name, "bytes": len(data), "sha256": sha256_hex(data)}
        for name, data in message.parts.items()
    ]
    document = json.dumps(
        {"kind": message.kind, "body": message.body, "parts": named}, allow_nan=False
    ).encode()
    if len(document) > MOST_DOCUMENT_BYTES:
        raise ValueError(f"a message of {len(document)} bytes")
    head = HEAD.pack(MARK, len(document), bytes.fromhex(sha256_hex(document)))
    return [head, document, *message.parts.values()]


def read_message(read: Callable[[int], bytes]) -> Message:
    """The next message; ``read(n)`` gives exactly ``n`` bytes or raises what it likes.

    :class:`DocumentError` for whatever :func:`encode` did not write.
    """
    mark, length, digest = HEAD.unpack(read(HEAD.size))
    if mark != MARK:
        raise DocumentError(_SOURCE, "byte 0", repr(mark), "the mark of a message")
    if length > MOST_DOCUMENT_BYTES:
        raise DocumentError(_SOURCE, "", f"{length} bytes", f"at most {MOST_DOCUMENT_BYTES} bytes")
    document = read(length)
    if sha256_hex(document) != digest.hex():
        raise DocumentError(_SOURCE, "", "other bytes than were announced", "the digest to agree")
    fields = Fields(read_json(document, _SOURCE), _SOURCE)
    kind = fields.text("kind")
    body = fields.child("body").as_dict()
    named = fields.objects("parts", _part, most=MOST_PARTS)
    fields.close()
    total = sum(size for _, size, _ in named)
    if total > MOST_MESSAGE_BYTES:
        # Asked before a byte of them is kept: the process at the other end may be anybody's by now.
        raise DocumentError(_SOURCE, "parts", f"{total} bytes", f"at most {MOST_MESSAGE_BYTES}")
    parts: dict[str, bytes] = {}
    for name, size, expected in named:
        data = read(size)
        if name in parts or sha256_hex(data) != expected:
            raise DocumentError(_SOURCE, name, "other bytes than were announced", "each part once")
        parts[name] = data
    return Message(kind=kind, body=body, parts=parts)


def _part(fields: Fields) -> tuple[str, int, str]:
    return (
        fields.text("name", max_length=300),
        fields.integer("bytes", minimum=0, maximum=MOST_PART_BYTES),
        fields.digest("sha256"),
    )
