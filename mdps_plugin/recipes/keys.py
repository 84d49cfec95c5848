"""Public keys that sign recipes: Ed25519 and ECDSA P-256, named by their value. Holds no secret."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

KeyMaterial = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

ED25519 = "ed25519"
ECDSA_P256 = "ecdsa-p256-sha256"


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """One public key with its holder and the roles it may sign for.

    ``key_id`` is the SHA-256 of the key's value (SubjectPublicKeyInfo, point uncompressed), so
    that one key can never go by two names (TUF 1.0.34, 4.2: clients calculate key ids).
    """

    key_id: str
    scheme: str
    holder: str
    roles: tuple[str, ...]
    pem: str

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Nothing if ``signature`` holds over ``signed``, else ``InvalidSignature``."""
        material = load_public_pem(self.pem)
        if isinstance(material, ed25519.Ed25519PublicKey):
            if len(signature) != 64:
                raise InvalidSignature
            material.verify(signature, signed)
        else:
            material.verify(signature, signed, ec.ECDSA(hashes.SHA256()))


def load_public_pem(pem: str) -> KeyMaterial:
    """A public key from PEM; ``ValueError`` for anything but Ed25519 and P-256."""
    try:
        material = serialization.load_pem_public_key(pem.encode("ascii"))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a public key in PEM") from None
    if isinstance(material, ed25519.Ed25519PublicKey):
        return material
    if isinstance(material, ec.EllipticCurvePublicKey) and isinstance(material.curve, ec.SECP256R1):
        return material
    raise ValueError("a key of another kind")


def scheme_of(material: KeyMaterial) -> str:
    """The scheme that a key of this kind signs with."""
    return ED25519 if isinstance(material, ed25519.Ed25519PublicKey) else ECDSA_P256


def key_id_of(material: KeyMaterial) -> str:
    """SHA-256 of the key's value as 64 lower-case hexadecimal digits."""
    encoded = material.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(encoded).hexdigest()
