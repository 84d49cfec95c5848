"""Signed notes and their keys: C2SP signed-note, Ed25519, as text. Reads and writes no file.

A note is text that ends with a newline, an empty line, and signature lines
``— NAME BASE64(key hash || signature)``. A verifier key ("vkey") is
``NAME+HASH+BASE64(0x01 || public key)``, where HASH is the first four bytes of
SHA-256(NAME || 0x0A || 0x01 || public key) in hexadecimal. Here a note carries exactly one
signature: a cosignature of a witness is kept apart, so that no byte of a log is left unread.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import DocumentError, SignatureError

_ED25519 = b"\x01"
_NAME = re.compile(r"[!-*,-~]{1,200}")  # printable ASCII without space and plus
_SIGNATURE_LINE = re.compile(r"— ([!-*,-~]{1,200}) ([A-Za-z0-9+/]+={0,2})\n")


def name_is_allowed(name: str) -> bool:
    """True for printable ASCII without space and plus, at most 200 characters."""
    return _NAME.fullmatch(name) is not None


def decode_base64(text: str) -> bytes | None:
    """Standard base64 in its one canonical spelling; None for anything else."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


@dataclass(frozen=True, kw_only=True)
class VerifierKey:
    """A public key with the name it signs under. ``public`` is 32 raw bytes (RFC 8032)."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """Four bytes that tell keys apart; a hint, never a proof."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """The vkey line."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{encoded}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """True if ``signature`` (64 bytes) is this key's over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_vkey(text: str, source: str) -> VerifierKey:
    """Read one vkey line; :class:`DocumentError` names what does not fit."""
    parts = text.split("+", 2)
    allowed = "a key line NAME+HASH+BASE64, algorithm Ed25519"
    if len(parts) != 3 or not name_is_allowed(parts[0]):
        raise DocumentError(source, "", repr(text[:80]), allowed)
    data = decode_base64(parts[2])
    if data is None or len(data) != 33 or data[:1] != _ED25519:
        raise DocumentError(source, "", repr(text[:80]), allowed)
    key = VerifierKey(name=parts[0], public=data[1:])
    if key.key_hash.hex() != parts[1]:
        raise DocumentError(source, "", f"key hash {parts[1][:20]!r}", key.key_hash.hex())
    return key


class LogSigner:
    """The private key of one log. Signs; never shows the key but as PEM to its owner."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Take over a key."""
        self._key = key

    @classmethod
    def from_seed(cls, seed: bytes) -> LogSigner:
        """From 32 random bytes (RFC 8032 private key)."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, data: bytes, source: str) -> LogSigner:
        """From an unencrypted PKCS #8 PEM file; :class:`DocumentError` for anything else."""
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise DocumentError(source, "", "no readable key", "an Ed25519 PKCS #8 PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise DocumentError(source, "", "a key of another kind", "an Ed25519 key")
        return cls(key)

    def to_pem(self) -> bytes:
        """PKCS #8 PEM, not encrypted: for a file of mode 0600."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def key(self, name: str) -> VerifierKey:
        """The public key under ``name``; ``RuntimeError`` for a name that no note can carry."""
        if not name_is_allowed(name):
            raise RuntimeError(f"not a key name: {name!r}")
        public = self._key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return VerifierKey(name=name, public=public)

    def vkey(self, name: str) -> str:
        """The public key under ``name`` as a vkey line."""
        return self.key(name).text()

    def sign_note(self, text: str, name: str) -> str:
        """The signed note of ``text``, which ends with a newline."""
        if not text.endswith("\n"):
            raise RuntimeError("a note ends with a newline")
        signature = self.key(name).key_hash + self._key.sign(text.encode())
        return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, key: VerifierKey, source: str, path: str) -> str:
    """The text of a note that ``key`` has signed.

    :class:`DocumentError` where it is no note with one signature, :class:`SignatureError` where
    the signature is not that key's.
    """
    text, empty, tail = note.rpartition("\n\n")
    found = _SIGNATURE_LINE.fullmatch(tail)
    if not empty or not text or found is None:
        raise DocumentError(source, path, "no signed note", "a note with one signature line")
    text += "\n"
    name, encoded = found.groups()
    data = decode_base64(encoded)
    if data is None or len(data) != 68:
        raise DocumentError(source, path, "a signature of another length", "68 bytes in base64")
    if name != key.name or data[:4] != key.key_hash:
        observed = f"signed by key {name}+{data[:4].hex()}"
        raise SignatureError(source, path, observed, f"{key.name}+{key.key_hash.hex()}")
    if not key.verifies(text.encode("utf-8", "surrogatepass"), data[4:]):
        raise SignatureError(source, path, "a signature that does not hold", "the key's signature")
    return text
