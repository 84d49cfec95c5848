"""Public vectors against our verifiers: Wycheproof, JCS, DSSE. Licences: vectors/README.md."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mdps_plugin.canonical import canonical_json, read_json
from mdps_plugin.recipes.envelope import pae
from mdps_plugin.recipes.keys import PublicKey, key_id_of, load_public_pem, scheme_of

VECTORS = Path(__file__).with_name("vectors")


def load(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text())


def public(pem: str) -> PublicKey:
    material = load_public_pem(pem)
    return PublicKey(
        key_id=key_id_of(material),
        scheme=scheme_of(material),
        holder="a vector",
        roles=("quality",),
        pem=pem,
    )


@pytest.mark.parametrize(("name", "count"), [("ed25519", 151), ("p256", 112)])
def test_wycheproof(name: str, count: int) -> None:
    document = load(f"wycheproof-{name}.json")
    keys = [public(pem) for pem in document["keys"]]
    wrong: list[int] = []
    for test in document["tests"]:
        try:
            keys[test["key"]].verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            held = True
        except InvalidSignature:
            held = False
        if held != (test["result"] == "valid"):
            wrong.append(test["id"])
    assert wrong == []
    assert len(document["tests"]) == count


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_jcs(name: str) -> None:
    test = load("jcs.json")["tests"][name]
    value = json.loads(test["input"])
    assert canonical_json(value).decode() == test["output"].rstrip("\n")
    assert read_json(test["input"].encode(), name) == value


def test_dsse_protocol() -> None:
    """The worked example of the DSSE protocol page, with its deterministic signature."""
    signed = pae("http://example.com/HelloWorld", b"hello world")
    assert signed == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    numbers = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    pem = numbers.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    raw = base64.b64decode(
        "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
    )
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = public(pem.decode())
    key.verify(der, signed)
    with pytest.raises(InvalidSignature):
        key.verify(der, signed + b" ")


def test_two_spellings_of_one_key_are_one_key() -> None:
    """A compressed and an uncompressed point are the same key value, whatever their PEM says."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    form = serialization.PublicFormat
    compressed = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(),
        key.public_bytes(serialization.Encoding.X962, form.CompressedPoint),
    )
    assert key_id_of(key) == key_id_of(compressed)
