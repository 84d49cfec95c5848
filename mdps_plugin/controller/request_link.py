"""One request of the controller's socket, from its bytes. Knows no verb's meaning, answers nothing.

Reads a line and, where it announces them, the bytes after it; large ones lie on the disk until
they are all there. Contract: docs/architecture.md, "Socket API".
"""

from __future__ import annotations

import io
import socket
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ..canonical import Json, read_json
from ..errors import DocumentError
from ..reading import Fields

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_LINE_BYTES = 1024 * 1024
MAX_BODY_BYTES = 320 * 1024 * 1024
SMALL_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as read. ``actor`` is a claim of the face, not an authenticated person."""

    number: Json
    verb: str
    args: dict[str, Json]
    actor: str
    body: bytes


class PatientReader(io.RawIOBase):
    """Bytes of a connection until a moment that :meth:`allow` sets; then ``TimeoutError``.

    A whole line or body has one deadline: a caller that drips a byte a minute gains nothing.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Nothing is allowed yet."""
        self._connection = connection
        self._until_s = 0.0

    def allow(self, seconds: float) -> None:
        """Read for so long from now."""
        self._until_s = time.monotonic() + seconds

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Some bytes, 0 at the end."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the caller was too slow")
        self._connection.settimeout(left_s)
        return self._connection.recv_into(buffer)


def _anything(_: int) -> None:
    return


def read_request(
    line: bytes,
    reader: BinaryIO,
    with_bytes: Collection[str] | None = None,
    expect: Callable[[int], None] = _anything,
) -> Request:
    """One request from its line and, where announced, the bytes after it.

    ``with_bytes`` names the verbs that may announce bytes (None: all of them); ``expect`` is told
    how many will be read before the first of them is.
    """
    source = "request"
    if len(line) > MAX_LINE_BYTES or not line.endswith(b"\n"):
        raise DocumentError(
            source, "", f"a line of {len(line)} bytes", f"a whole line, at most {MAX_LINE_BYTES}"
        )
    fields = Fields(read_json(line, source, MAX_LINE_BYTES), source)
    number = fields.take("id") if fields.has("id") else None
    verb = fields.matching("verb", r"[a-z_]{2,40}", "the name of a verb")
    args = fields.take("args") if fields.has("args") else {}
    actor = fields.text("actor", max_length=200) if fields.has("actor") else "unknown"
    size = fields.integer("bytes", minimum=0, maximum=MAX_BODY_BYTES) if fields.has("bytes") else 0
    for optional in ("id", "args", "actor", "bytes"):
        if not fields.has(optional):
            fields.ignore(optional)
    fields.close()
    inner = Fields(args, source, "args")
    if size and with_bytes is not None and verb not in with_bytes:
        raise DocumentError(source, "bytes", f"{size} bytes", f"no bytes with '{verb}'")
    expect(size)
    body = _body(reader, size)
    if len(body) != size:
        raise DocumentError(source, "bytes", f"{len(body)} bytes", f"the {size} bytes announced")
    return Request(number=number, verb=verb, args=inner.as_dict(), actor=actor, body=body)


def _body(reader: BinaryIO, size: int) -> bytes:
    """The bytes after a line. Large ones lie on the disk until they are all there."""
    if size <= SMALL_BODY_BYTES:
        return reader.read(size) if size else b""
    with tempfile.TemporaryFile(prefix="mdps-body-") as spool:
        left = size
        while left > 0:
            data = reader.read(min(left, SMALL_BODY_BYTES))
            if not data:
                break
            spool.write(data)
            left -= len(data)
        spool.seek(0)
        return spool.read()
