"""A key that can sign, wherever it lives: what file keys and hardware keys have in common."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ..recipes.keys import KeyMaterial

SigningKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class PrivateSigner(Protocol):
    """Signs bytes; Ed25519 as 64 bytes, P-256 with SHA-256 in DER."""

    def public_key(self) -> KeyMaterial:
        """The public half."""

    def sign(self, data: bytes) -> bytes:
        """The signature over ``data``."""


class KeySigner:
    """A key in memory."""

    def __init__(self, key: SigningKey) -> None:
        """``key`` stays in this process only."""
        self._key = key

    def public_key(self) -> KeyMaterial:
        """The public half."""
        return self._key.public_key()

    def sign(self, data: bytes) -> bytes:
        """See :class:`PrivateSigner`."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))
