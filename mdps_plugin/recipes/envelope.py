"""One DSSE envelope: read it, and say which known keys signed its exact bytes. Trusts nobody.

DSSE protocol 1.0.2: what is signed is the pre-authentication encoding (:func:`pae`) of the type
and the payload bytes; the payload is never parsed here. Where keys come from, and how many are
enough, is the business of :mod:`mdps_plugin.recipes.trust`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature

from ..canonical import read_json
from ..errors import DocumentError
from ..findings import Finding, Where
from ..reading import Fields
from . import codes
from .keys import PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_SIGNATURES = 32
MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True, kw_only=True)
class EnvelopeSignature:
    """One signature; ``keyid`` is the signer's hint, never believed."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A DSSE envelope; ``payload`` is exactly what was signed."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: ``DSSEv1 SP len(type) SP type SP len(payload) SP payload``."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def parse_envelope(data: bytes, source: str) -> Envelope:
    """Read an envelope; :class:`DocumentError` for whatever is not one."""
    fields = Fields(read_json(data, source, MAX_ENVELOPE_BYTES), source)
    payload_type = fields.text("payloadType")
    if payload_type != PAYLOAD_TYPE:
        raise fields.fault("payloadType", repr(payload_type[:80]), PAYLOAD_TYPE)
    payload = _base64(fields, "payload")
    signatures = fields.objects("signatures", _signature, most=MAX_SIGNATURES)
    fields.close()
    return Envelope(payload_type=payload_type, payload=payload, signatures=signatures)


def _signature(fields: Fields) -> EnvelopeSignature:
    keyid = fields.text("keyid", empty=True, max_length=128) if fields.has("keyid") else ""
    return EnvelopeSignature(keyid=keyid, sig=_base64(fields, "sig"))


def _base64(fields: Fields, key: str) -> bytes:
    text = fields.text(key, max_length=MAX_ENVELOPE_BYTES)
    if _BASE64.fullmatch(text) is None:
        raise fields.fault(key, "characters outside base64", "standard base64 (RFC 4648, 4)")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise fields.fault(key, "broken base64", "standard base64 (RFC 4648, 4)") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise fields.fault(key, "base64 with stray bits", "standard base64 (RFC 4648, 4)")
    return data


def verify_signatures(
    envelope: Envelope, keys: Mapping[str, PublicKey]
) -> tuple[tuple[PublicKey, ...], tuple[Finding, ...]]:
    """The distinct keys whose signature holds, and what is wrong with the other signatures.

    ``keys`` maps key value digests to keys. A hint that names a known key must hold for that key;
    without such a hint every key is tried.
    """
    signed = pae(envelope.payload_type, envelope.payload)
    good: dict[str, PublicKey] = {}
    findings: list[Finding] = []
    if not envelope.signatures:
        findings.append(Finding(kind=codes.UNSIGNED))
    for index, signature in enumerate(envelope.signatures):
        where = Where(path=f"signatures[{index}]")
        hinted = keys.get(signature.keyid)
        signer = _signer(signature, signed, [hinted] if hinted else list(keys.values()))
        if signer is None and hinted is not None:
            findings.append(
                Finding(kind=codes.SIGNATURE_MISMATCH, where=where, facts={"holder": hinted.holder})
            )
        elif signer is None:
            findings.append(
                Finding(kind=codes.UNKNOWN_KEY, where=where, measured=signature.keyid or "unnamed")
            )
        elif signer.key_id in good:
            findings.append(
                Finding(kind=codes.KEY_TWICE, where=where, facts={"holder": signer.holder})
            )
        else:
            good[signer.key_id] = signer
    return tuple(good.values()), tuple(findings)


def _signer(
    signature: EnvelopeSignature, signed: bytes, candidates: Sequence[PublicKey]
) -> PublicKey | None:
    for key in candidates:
        try:
            key.verify(signature.sig, signed)
        except InvalidSignature:
            continue
        return key
    return None


def envelope_fault(fault: DocumentError) -> Finding:
    """A document error of the envelope as a finding."""
    return Finding(
        kind=codes.BAD_ENVELOPE,
        where=Where(path=fault.path or fault.source),
        measured=fault.observed,
        limit=fault.allowed,
    )
