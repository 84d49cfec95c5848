"""A policy that holds, and ways to sign it. Keys are made from names, as in the other rooms."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdps_plugin.authoring.policy_signing import sign_policy
from mdps_plugin.authoring.policy_template import policy_document
from mdps_plugin.authoring.signing import sign_payload
from mdps_plugin.policy.signed import PolicySigners
from mdps_plugin.recipes.keys import PublicKey, key_id_of, scheme_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOSPITAL = "example-hospital"


@cache
def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes((name * 32).encode()[:32])


def known(name: str) -> PublicKey:
    material = private(name).public_key()
    pem = material.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    return PublicKey(
        key_id=key_id_of(material),
        scheme=scheme_of(material),
        holder=name,
        roles=("quality",),
        pem=pem,
    )


def signers(*names: str, threshold: int | None = None) -> PolicySigners:
    keys = [known(name) for name in names]
    return PolicySigners(keys={key.key_id: key for key in keys}, threshold=threshold or len(names))


def document(**changes: Any) -> dict[str, Any]:
    """The demonstration's policy, changed: ``a.b`` and ``a[0].b`` are written ``a__b``."""
    made: dict[str, Any] = copy.deepcopy(policy_document(HOSPITAL, NOW))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place: Any = made
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[last] = value
    return made


def signed(*names: str, **changes: Any) -> bytes:
    return sign_policy(document(**changes), [private(name) for name in names], "test policy")


def signed_anyway(change: Callable[[dict[str, Any]], None], *names: str) -> bytes:
    """What ``sign_policy`` would never sign: the statement changed before it is signed."""
    envelope = json.loads(signed(*names))
    statement = json.loads(base64.b64decode(envelope["payload"]))
    change(statement)
    payload = json.dumps(statement).encode()
    return sign_payload(payload, [private(name) for name in names])
