"""Verification of a bundle: each way of tampering has its finding, and none is an exception."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.authoring.signing import make_payload, public_pem, sign_payload
from mdps_plugin.canonical import canonical_json
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.bundle import SignedRecipe, verify_bundle
from mdps_plugin.recipes.envelope import PAYLOAD_TYPE, pae, parse_envelope
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.factories import NOW, Manufacturer, bundle_files, recipe_document, signed_bundle

MAKER = Manufacturer()
STRANGER = ed25519.Ed25519PrivateKey.from_private_bytes(b"s" * 32)


def verify(
    files: dict[str, bytes], at: datetime = NOW, maker: Manufacturer = MAKER
) -> SignedRecipe:
    return verify_bundle(files, maker.root(), at, "test bundle")


def codes(files: dict[str, bytes], at: datetime = NOW, maker: Manufacturer = MAKER) -> set[str]:
    signed = verify(files, at, maker)
    assert not signed.verdict.accepted
    return {finding.code for finding in signed.verdict.refusals()}


def enveloped(payload: bytes, keys: list[Any]) -> dict[str, bytes]:
    return {**bundle_files(), ENVELOPE_NAME: sign_payload(payload, keys)}


def edited(**changes: Any) -> dict[str, bytes]:
    """The honest bundle with fields of its envelope replaced."""
    bundle = signed_bundle()
    envelope = {**json.loads(bundle[ENVELOPE_NAME]), **changes}
    return {**bundle, ENVELOPE_NAME: json.dumps(envelope).encode()}


def payload_of(document: dict[str, Any] | None = None) -> bytes:
    return make_payload(document or recipe_document(), bundle_files(), "recipe.json")


def test_an_honest_bundle_is_accepted_and_names_its_signers() -> None:
    signed = verify(signed_bundle())
    assert signed.verdict.accepted
    assert [signer.holder for signer in signed.signers] == ["Q. Tester", "R. Tester"]
    assert signed.recipe is not None
    assert signed.recipe.identity.recipe_id == "test-clip"
    assert not signed.demonstration


def test_p256_signatures_count() -> None:
    maker = Manufacturer(regulatory=ec.generate_private_key(ec.SECP256R1()))
    assert verify(signed_bundle(manufacturer=maker), maker=maker).verdict.accepted


@pytest.mark.parametrize("sig", ["AAAA", "MEUCIQ==", "MAYCAQACAQA="])
def test_a_broken_signature_of_either_kind_is_refused(sig: str) -> None:
    maker = Manufacturer(regulatory=ec.generate_private_key(ec.SECP256R1()))
    bundle = signed_bundle(manufacturer=maker)
    envelope = json.loads(bundle[ENVELOPE_NAME])
    for signature in envelope["signatures"]:
        signature["sig"] = sig
    broken = {**bundle, ENVELOPE_NAME: json.dumps(envelope).encode()}
    assert codes(broken, maker=maker) == {"RC-004", "RC-007"}


def test_unsigned() -> None:
    assert codes(edited(signatures=[])) == {"RC-003", "RC-007"}


def test_no_envelope() -> None:
    assert codes(bundle_files()) == {"RC-001"}


def test_below_threshold() -> None:
    assert codes(enveloped(payload_of(), [MAKER.quality])) == {"RC-007"}


def test_unknown_keys_count_for_nothing() -> None:
    bundle = enveloped(payload_of(), [MAKER.quality, STRANGER])
    assert codes(bundle) == {"RC-007"}
    assert "RC-005" in {finding.code for finding in verify(bundle).verdict.findings}


def test_an_extra_unknown_signature_does_no_harm() -> None:
    bundle = enveloped(payload_of(), [MAKER.quality, MAKER.regulatory, STRANGER])
    assert verify(bundle).verdict.accepted


def test_the_same_key_twice_counts_once() -> None:
    signature = json.loads(sign_payload(payload_of(), [MAKER.quality]))["signatures"][0]
    renamed = {**signature, "keyid": "another name"}
    bundle = edited(signatures=[signature, signature, renamed])
    assert codes(bundle) == {"RC-007"}
    found = [finding.code for finding in verify(bundle).verdict.findings]
    assert found.count("RC-006") == 2


def test_a_key_id_is_only_a_hint() -> None:
    envelope = json.loads(signed_bundle()[ENVELOPE_NAME])
    nameless = [{"sig": signature["sig"]} for signature in envelope["signatures"]]
    assert verify(edited(signatures=nameless)).verdict.accepted


def test_a_signature_under_the_name_of_another_key_is_refused() -> None:
    first, second = json.loads(signed_bundle()[ENVELOPE_NAME])["signatures"]
    swapped = [
        {"keyid": second["keyid"], "sig": first["sig"]},
        {"keyid": first["keyid"], "sig": second["sig"]},
    ]
    assert codes(edited(signatures=swapped)) == {"RC-004", "RC-007"}


def test_an_altered_payload_is_refused_and_never_parsed() -> None:
    payload = payload_of().replace(b'"nozzle_c":210', b'"nozzle_c":215')
    assert payload != payload_of()
    signed = verify(edited(payload=base64.b64encode(payload).decode()))
    assert {finding.code for finding in signed.verdict.refusals()} == {"RC-004", "RC-007"}
    assert signed.recipe is None
    assert "recipe" in signed.verdict.not_run


def test_another_payload_type_is_refused() -> None:
    assert codes(edited(payloadType="application/json")) == {"RC-002"}


@pytest.mark.parametrize("payload", ["!!!", "abc", "YWJj\n", "YWJ=", "-_-_"])
def test_loose_base64_is_refused(payload: str) -> None:
    assert "RC-002" in codes(edited(payload=payload))


def test_an_altered_file() -> None:
    bundle = signed_bundle()
    changed = bundle["start.gcode"].replace(b"S210", b"S240")
    assert codes({**bundle, "start.gcode": changed}) == {"RC-012"}
    assert codes({**bundle, "start.gcode": changed + b"\n"}) == {"RC-012", "RC-013"}


def test_a_missing_and_an_extra_file() -> None:
    bundle = signed_bundle()
    missing = {name: data for name, data in bundle.items() if name != "end.gcode"}
    assert codes(missing) == {"RC-011"}
    assert codes({**bundle, "notes.txt": b"print it hotter"}) == {"RC-014"}


def statement(**changes: Any) -> dict[str, bytes]:
    body = {**json.loads(payload_of()), **changes}
    return enveloped(canonical_json(body), [MAKER.quality, MAKER.regulatory])


def test_a_signed_payload_that_is_no_recipe_statement() -> None:
    for payload in (b"hello", b"{}", b"[1]", b"\xff", b"[" * 5000):
        assert codes(enveloped(payload, [MAKER.quality, MAKER.regulatory])) == {"RC-008"}
    for changes in (
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"subject": []},
        {"extra": True},
    ):
        assert codes(statement(**changes)) == {"RC-008"}


def test_a_signed_recipe_that_breaks_its_format() -> None:
    document = recipe_document(**{"window.layer_height_mm": -0.2})
    bundle = statement(predicate=document)
    assert codes(bundle) == {"RC-009"}
    finding = verify(bundle).verdict.refusals()[0]
    assert finding.where.path == "window.layer_height_mm"
    assert "-0.2 mm" in finding.observed()


def test_statement_and_recipe_must_pin_the_same_files() -> None:
    subject = json.loads(payload_of())["subject"]
    other = {"name": "end.gcode", "digest": {"sha256": "0" * 64}}
    swapped = [other if item["name"] == "end.gcode" else item for item in subject]
    assert codes(statement(subject=subject[1:])) == {"RC-010"}
    assert codes(statement(subject=swapped)) == {"RC-010"}
    assert codes(statement(subject=[*subject, {**other, "name": "more.txt"}])) == {"RC-010"}


def test_dates_are_judged_at_the_moment_handed_in() -> None:
    bundle = signed_bundle()
    assert verify(bundle, datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)).verdict.accepted
    assert codes(bundle, datetime(2028, 1, 1, tzinfo=UTC)) == {"RC-015"}
    assert codes(bundle, datetime(2031, 1, 1, tzinfo=UTC)) == {"RC-015", "RC-017"}
    assert codes(bundle, datetime(2025, 6, 1, tzinfo=UTC)) == {"RC-016", "RC-018"}


def test_an_expired_root_refuses_a_valid_recipe() -> None:
    maker = Manufacturer(expires="2026-06-01T00:00:00Z")
    assert codes(signed_bundle(manufacturer=maker), maker=maker) == {"RC-017"}


def test_a_demonstration_root_is_named() -> None:
    maker = Manufacturer(demonstration=True)
    signed = verify(signed_bundle(manufacturer=maker), maker=maker)
    assert signed.demonstration
    assert signed.verdict.accepted
    assert "RC-019" in {finding.code for finding in signed.verdict.findings}


def test_signing_refuses_files_that_the_recipe_does_not_pin() -> None:
    for files in (
        {**bundle_files(), "more.txt": b"x"},
        {**bundle_files(), "end.gcode": b"M84\n"},
        {name: data for name, data in bundle_files().items() if name != "end.gcode"},
    ):
        with pytest.raises(DocumentError):
            make_payload(recipe_document(), files, "recipe.json")


def test_the_encoding_is_that_of_the_dsse_protocol() -> None:
    # Worked example of DSSE protocol.md 1.0.2.
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_openssl_verifies_the_signature_over_the_encoding(kind: str, tmp_path: Path) -> None:
    key: Any = MAKER.quality if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    envelope = parse_envelope(sign_payload(payload_of(), [key]), "envelope")
    signed = pae(PAYLOAD_TYPE, envelope.payload)
    (tmp_path / "key.pem").write_text(public_pem(key.public_key()))
    (tmp_path / "sig").write_bytes(envelope.signatures[0].sig)
    # P-256 signs the SHA-256 of the bytes; pkeyutl -rawin takes the digest by name then.
    extra = [] if kind == "ed25519" else ["-digest", "sha256"]

    def accepted(data: bytes) -> bool:
        (tmp_path / "signed").write_bytes(data)
        done = subprocess.run(
            [
                *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"),
                *(*extra, "-in", "signed", "-sigfile", "sig"),
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    assert accepted(signed)
    assert not accepted(signed.replace(b"210", b"240", 1))
    assert hashlib.sha256(envelope.payload).hexdigest() == hashlib.sha256(payload_of()).hexdigest()


@given(st.dictionaries(st.sampled_from([ENVELOPE_NAME, "a.txt", ""]), st.binary(max_size=300)))
@settings(max_examples=80, deadline=None)
def test_any_bytes_give_findings(files: dict[str, bytes]) -> None:
    assert not verify(files).verdict.accepted


HONEST = signed_bundle()


@given(st.integers(0, len(HONEST[ENVELOPE_NAME]) - 2), st.integers(1, 255))
@settings(max_examples=120, deadline=None)
def test_any_changed_byte_of_the_envelope_is_refused(place: int, flip: int) -> None:
    data = bytearray(HONEST[ENVELOPE_NAME])
    data[place] ^= flip
    signed = verify({**HONEST, ENVELOPE_NAME: bytes(data)})
    # A changed key id is a changed hint: the signature itself is still over the same bytes.
    honest = parse_envelope(HONEST[ENVELOPE_NAME], "x")
    if signed.verdict.accepted:
        changed = parse_envelope(bytes(data), "x")
        assert changed.payload == honest.payload
        assert [s.sig for s in changed.signatures] == [s.sig for s in honest.signatures]
