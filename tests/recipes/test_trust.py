"""The trust root: closed, keys named by their value, thresholds that can be met."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.authoring.signing import make_root, public_pem
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.keys import key_id_of, load_public_pem
from mdps_plugin.recipes.trust import parse_root
from tests.factories import Manufacturer


def document(**changes: Any) -> dict[str, Any]:
    return {**json.loads(Manufacturer().root_bytes()), **changes}


def refusal(root: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse_root(json.dumps(root).encode(), "root.json")
    return caught.value


def test_reads_keys_thresholds_and_the_demonstration_mark() -> None:
    root = Manufacturer(demonstration=True).root()
    assert root.demonstration
    assert root.thresholds == {"quality": 1, "regulatory": 1}
    assert {key.holder for key in root.keys.values()} == {"Q. Tester", "R. Tester"}


def test_takes_p256_keys() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    maker = Manufacturer(quality=key)
    assert maker.root().keys[key_id_of(key.public_key())].scheme == "ecdsa-p256-sha256"


def test_a_compressed_point_is_the_same_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    again = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert key_id_of(key) == key_id_of(load_public_pem(public_pem(again)))


def with_key(**changes: Any) -> dict[str, Any]:
    root = document()
    root["keys"][0] = {**root["keys"][0], **changes}
    return root


def test_refuses_what_is_not_a_root() -> None:
    other = ed25519.Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    private = other.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    rsa_pem = rsa_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    twice = document()
    twice["keys"].append(twice["keys"][0])
    cases: list[tuple[Any, str]] = [
        (document(schema="mdps-root/2"), "schema"),
        (document(extra=1), "extra"),
        (document(version=0), "version"),
        (document(expires="2025-01-01T00:00:00Z"), "expires"),
        (document(demonstration="no"), "demonstration"),
        (document(keys=[]), "keys"),
        (twice, "keys[2]"),
        (with_key(key_id="0" * 64), "keys[0].key_id"),
        (with_key(scheme="rsa"), "keys[0].scheme"),
        (with_key(roles=["quality", "regulatory"]), "keys[0].roles"),
        (with_key(roles=["owner"]), "keys[0].roles"),
        (with_key(public_pem=private), "keys[0].public_pem"),
        (with_key(public_pem=rsa_pem), "keys[0].public_pem"),
        (with_key(public_pem="schlüssel"), "keys[0].public_pem"),
        (document(roles={"quality": {"threshold": 1}}), "roles.regulatory"),
        (
            document(roles={"quality": {"threshold": 2}, "regulatory": {"threshold": 1}}),
            "roles.quality",
        ),
        (
            document(roles={"quality": {"threshold": 0}, "regulatory": {"threshold": 1}}),
            "roles.quality.threshold",
        ),
    ]
    for root, place in cases:
        assert refusal(root).path == place


def test_a_private_key_is_not_repeated_in_the_message() -> None:
    assert "PRIVATE" not in str(refusal(with_key(public_pem="-----BEGIN PRIVATE KEY-----\nabc")))


def test_valid_from_issued_until_expires() -> None:
    root = Manufacturer().root()
    moments = {
        datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC): ["RC-018"],
        datetime(2026, 1, 1, tzinfo=UTC): [],
        datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC): [],
        datetime(2030, 1, 1, tzinfo=UTC): ["RC-017"],
    }
    for moment, codes in moments.items():
        assert [finding.code for finding in root.judge_time(moment)] == codes


def test_two_of_three_needs_two_different_keys() -> None:
    keys = [ed25519.Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3, 4)]
    roles = ["quality", "quality", "quality", "regulatory"]
    data = make_root(
        [
            (f"P{n}", role, key.public_key())
            for n, (role, key) in enumerate(zip(roles, keys, strict=True))
        ],
        version=1,
        manufacturer="M",
        issued="2026-01-01T00:00:00Z",
        expires="2027-01-01T00:00:00Z",
        demonstration=False,
        thresholds={"quality": 2, "regulatory": 1},
    )
    root = parse_root(data, "root.json")
    first, second, _, last = (root.keys[key_id_of(key.public_key())] for key in keys)
    assert [f.facts["role"] for f in root.judge_signers([first, last])] == ["quality"]
    assert [f.facts["role"] for f in root.judge_signers([first, first, last])] == ["quality"]
    assert [f.facts["role"] for f in root.judge_signers([first, second])] == ["regulatory"]
    assert root.judge_signers([first, second, last]) == ()


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_a_document_error(data: bytes) -> None:
    with pytest.raises(DocumentError):
        parse_root(data, "root.json")
