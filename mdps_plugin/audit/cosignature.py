"""What a witness says of a checkpoint, and when: C2SP tlog-cosignature, ``cosignature/v1``. Pure.

A witness signs ``cosignature/v1``, ``time N`` and the text of the checkpoint, each ending in a
newline, with Ed25519; N is POSIX time in whole seconds. In the note the signature is eight bytes
of N, big-endian, then the 64 of RFC 8032. Its key line is a vkey of algorithm 0x04, so that a
log's own key (0x01) never counts as a witness. Whether the tree is consistent is the witness's to
judge, not this file's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..errors import DocumentError, SignatureError
from .checkpoint import Checkpoint, parse_checkpoint
from .note import decode_base64, name_is_allowed

MAX_NOTE_BYTES = 65_536
_COSIGNATURE_V1 = b"\x04"
_MAX_SIGNATURES = 64
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z
_LINE = re.compile(r"— ([!-*,-~]{1,200}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, kw_only=True)
class WitnessKey:
    """A witness's public key (32 raw bytes) with the name it signs under."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """Four bytes that tell keys apart; a hint, never a proof."""
        return hashlib.sha256(self.name.encode() + b"\n" + _COSIGNATURE_V1 + self.public).digest()[
            :4
        ]


@dataclass(frozen=True, kw_only=True)
class Cosigned:
    """A checkpoint that the witness had seen at ``at`` (UTC, whole seconds)."""

    checkpoint: Checkpoint
    at: datetime


def parse_witness_key(text: str, source: str, path: str) -> WitnessKey:
    """Read ``NAME+HASH+BASE64(0x04 || public key)``; :class:`DocumentError` for anything else."""
    parts = text.split("+", 2)
    data = decode_base64(parts[2]) if len(parts) == 3 else None
    if (
        data is None
        or len(data) != 33
        or data[:1] != _COSIGNATURE_V1
        or not name_is_allowed(parts[0])
    ):
        allowed = "a witness's key line NAME+HASH+BASE64, algorithm 4 (cosignature/v1)"
        raise DocumentError(source, path, repr(text[:80]), allowed)
    key = WitnessKey(name=parts[0], public=data[1:])
    if key.key_hash.hex() != parts[1]:
        raise DocumentError(source, path, f"key hash {parts[1][:20]!r}", key.key_hash.hex())
    return key


def open_cosigned(note: bytes, key: WitnessKey, origin: str, source: str) -> Cosigned:
    """The checkpoint of log ``origin`` that ``key`` cosigned, with the moment it did.

    :class:`DocumentError` where it is no such note, :class:`SignatureError` where the witness has
    not signed it. Signatures by others, the log's own among them, are not looked at.
    """
    try:
        text, empty, tail = note[: MAX_NOTE_BYTES + 1].decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        text = empty = tail = ""
    lines = tail.removesuffix("\n").split("\n")
    whole = len(note) <= MAX_NOTE_BYTES and len(lines) <= _MAX_SIGNATURES
    if not (whole and empty and text and tail.endswith("\n")):
        raise DocumentError(source, "", "no signed note", "a checkpoint with signature lines")
    text += "\n"
    checkpoint = parse_checkpoint(text, source, "checkpoint")
    if checkpoint.origin != origin:
        raise DocumentError(source, "checkpoint", f"the log {checkpoint.origin[:80]!r}", origin)
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise DocumentError(source, "signatures", repr(line[:80]), "— NAME BASE64")
        data = decode_base64(found[2])
        if found[1] == key.name and data is not None and data[:4] == key.key_hash:
            return Cosigned(checkpoint=checkpoint, at=_verified(data[4:], text, key, source))
    raise SignatureError(source, "signatures", "none by the witness", f"one by {key.name}")


def _verified(signature: bytes, text: str, key: WitnessKey, source: str) -> datetime:
    seconds = int.from_bytes(signature[:8], "big")
    if len(signature) != 72 or seconds > _LAST_SECOND:
        observed = f"{len(signature)} bytes, time {seconds}"
        raise DocumentError(source, "signatures", observed, "72 bytes, a time before year 10000")
    signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], signed)
    except (InvalidSignature, ValueError):
        raise SignatureError(
            source, "signatures", "a cosignature that does not hold", f"one by {key.name}"
        ) from None
    return datetime.fromtimestamp(seconds, UTC)
