"""The manufacturer's signature: a recipe and its files become a DSSE envelope. Verifies nothing.

A second person adds a signature to the same payload bytes with :func:`add_signature`; nothing is
serialised anew, so all signatures stand over the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ..canonical import Json, canonical_json, sha256_hex
from ..distribution.signer import PrivateSigner
from ..errors import DocumentError
from ..recipes.bundle import PREDICATE_TYPE, STATEMENT_TYPE, read_statement
from ..recipes.document import Recipe
from ..recipes.envelope import PAYLOAD_TYPE, pae, parse_envelope
from ..recipes.keys import KeyMaterial, key_id_of, scheme_of
from ..recipes.parse import parse_recipe
from ..recipes.trust import parse_root

FileKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
SigningKey = FileKey | PrivateSigner
"""A key in memory, or whatever signs like one: an encrypted file, a token."""


def load_signing_key(pem: bytes, source: str) -> FileKey:
    """An Ed25519 or P-256 private key from PEM without password; :class:`DocumentError`."""
    allowed = "an Ed25519 or P-256 private key in PEM"
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What the file held is not repeated: it may be a secret of another kind.
        raise DocumentError(source, "", "no readable private key", allowed) from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise DocumentError(source, "", "a key of another kind", allowed)


def public_pem(key: KeyMaterial) -> str:
    """The public key as PEM text."""
    encoded = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded.decode("ascii")


def make_payload(document: Json, files: Mapping[str, bytes], source: str) -> bytes:
    """Canonical bytes of the Statement over ``document`` and ``files``.

    Refuses (:class:`DocumentError`) a document that is no recipe and files that are not exactly
    those that it pins, so that nobody signs by mistake what every site would refuse.
    """
    recipe = parse_recipe(document, source)
    check_pinned(recipe, files, source)
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": item.name, "digest": {"sha256": item.sha256}}
                for item in sorted(recipe.files, key=lambda item: item.name)
            ],
            "predicateType": PREDICATE_TYPE,
            "predicate": document,
        }
    )


def check_pinned(recipe: Recipe, files: Mapping[str, bytes], source: str) -> None:
    """Refuse (:class:`DocumentError`) files that are not exactly those that ``recipe`` pins."""
    pinned = {item.name: (item.sha256, item.size_bytes) for item in recipe.files}
    present = {name: (sha256_hex(data), len(data)) for name, data in files.items()}
    for name in sorted(set(pinned) | set(present)):
        if pinned.get(name) != present.get(name):
            observed = "other bytes" if name in present else "no such file"
            if name not in pinned:
                observed = "a file that the recipe does not pin"
            raise DocumentError(source, name, observed, "exactly the pinned files")


def complete_pins(document: Json, files: Mapping[str, bytes]) -> Json:
    """The document with digest and size filled in where a ``files`` entry has role and name only.

    An entry that states a digest or size keeps it, so that a wrong one is still refused.
    """
    if not isinstance(document, Mapping):
        return document
    entries = document.get("files")
    if not isinstance(entries, (list, tuple)):
        return document
    completed: list[Json] = []
    for entry in entries:
        if isinstance(entry, Mapping) and set(entry) == {"role", "name"}:
            role, name = entry["role"], entry["name"]
            if isinstance(role, str) and isinstance(name, str) and name in files:
                entry = pin(role, name, files[name])
        completed.append(entry)
    return {**document, "files": completed}


def pin(role: str, name: str, data: bytes) -> dict[str, Json]:
    """The entry of ``files`` in a recipe document for these bytes."""
    return {"role": role, "name": name, "sha256": sha256_hex(data), "size_bytes": len(data)}


def sign_payload(payload: bytes, keys: Sequence[SigningKey]) -> bytes:
    """A new envelope over ``payload`` with one signature per key."""
    return _envelope(payload, [_signature(payload, key) for key in keys])


def add_signature(
    envelope: bytes, files: Mapping[str, bytes], key: SigningKey, source: str
) -> bytes:
    """The same payload bytes with one more signature.

    Refuses (:class:`DocumentError`) a key that signed before, a payload that is no recipe, and
    ``files`` that are not exactly those it pins: the second signer looks again.
    """
    _, document = read_statement(parse_envelope(envelope, source).payload, source)
    check_pinned(parse_recipe(document, source), files, source)
    return append_signature(envelope, key, source)


def append_signature(envelope: bytes, key: SigningKey, source: str) -> bytes:
    """The same payload bytes with one more signature; the caller has looked at the payload."""
    parsed = parse_envelope(envelope, source)
    present: list[dict[str, Json]] = [
        {"keyid": item.keyid, "sig": _text(item.sig)} for item in parsed.signatures
    ]
    added = _signature(parsed.payload, key)
    if any(item["keyid"] == added["keyid"] for item in present):
        raise DocumentError(source, "signatures", "a signature by this key", "each key once")
    return _envelope(parsed.payload, [*present, added])


def make_root(
    holders: list[tuple[str, str, KeyMaterial]],
    *,
    version: int,
    manufacturer: str,
    issued: str,
    expires: str,
    demonstration: bool,
    thresholds: Mapping[str, int],
) -> bytes:
    """A trust root document; ``holders`` are (printed name, role, public key)."""
    document: Json = {
        "schema": "mdps-root/1",
        "version": version,
        "manufacturer": manufacturer,
        "issued": issued,
        "expires": expires,
        "demonstration": demonstration,
        "keys": [
            {
                "key_id": key_id_of(key),
                "scheme": scheme_of(key),
                "holder": holder,
                "roles": [role],
                "public_pem": public_pem(key),
            }
            for holder, role, key in holders
        ],
        "roles": {role: {"threshold": count} for role, count in thresholds.items()},
    }
    data = canonical_json(document)
    parse_root(data, "new root")
    return data


def _signature(payload: bytes, key: SigningKey) -> dict[str, Json]:
    signed = pae(PAYLOAD_TYPE, payload)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        sig = key.sign(signed)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        sig = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    else:
        sig = key.sign(signed)
    return {"keyid": key_id_of(key.public_key()), "sig": _text(sig)}


def _envelope(payload: bytes, signatures: list[dict[str, Json]]) -> bytes:
    document: Json = {
        "payloadType": PAYLOAD_TYPE,
        "payload": _text(payload),
        "signatures": signatures,
    }
    return canonical_json(document) + b"\n"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
