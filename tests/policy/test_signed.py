"""A signed policy: each flaw of it refuses by a code of its own, and says what to do."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.authoring.policy_signing import sign_policy_file
from mdps_plugin.errors import DocumentError
from mdps_plugin.policy.signed import PolicyReading, PolicySigners, read_policy
from mdps_plugin.recipes.envelope import pae, parse_envelope

from .policies import HOSPITAL, NOW, document, known, private, signed, signed_anyway, signers

YEAR = timedelta(days=366)


def read(data: bytes, keys: PolicySigners | None = None, **other: Any) -> PolicyReading:
    return read_policy(data, keys or signers("quinn"), other.get("at", NOW), "policy", HOSPITAL)


def broken_signature() -> bytes:
    envelope = json.loads(signed("quinn"))
    envelope["signatures"][0]["sig"] = base64.b64encode(b"\0" * 64).decode()
    return json.dumps(envelope).encode()


def other_payload() -> bytes:
    """The payload allows class III; the signature is of the honest one."""
    honest = json.loads(signed("quinn"))
    loose = json.loads(signed("quinn", jurisdictions__0__max_class="III"))
    return json.dumps({**honest, "payload": loose["payload"]}).encode()


def set_in(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda statement: statement.update({key: value})


ROWS: dict[str, tuple[Callable[[], bytes], dict[str, Any], set[str]]] = {
    "noise": (lambda: b"\x00noise", {}, {"SP-002"}),
    "empty": (lambda: b"", {}, {"SP-002"}),
    "the document without an envelope": (
        lambda: json.dumps(document()).encode(),
        {},
        {"SP-002"},
    ),
    "nobody signed": (lambda: signed(), {}, {"SP-003"}),
    "a stranger signed": (lambda: signed("mallory"), {}, {"SP-003"}),
    "one of two": (lambda: signed("quinn"), {"keys": signers("quinn", "kim")}, {"SP-003"}),
    "signature of noise": (broken_signature, {}, {"SP-003", "SP-004"}),
    "content changed": (other_payload, {}, {"SP-003", "SP-004"}),
    "another statement": (
        lambda: signed_anyway(set_in("predicateType", "https://mdps.example/recipe/v1"), "quinn"),
        {},
        {"SP-005"},
    ),
    "another subject": (
        lambda: signed_anyway(
            set_in("subject", [{"name": "site-policy.json", "digest": {"sha256": "0" * 64}}]),
            "quinn",
        ),
        {},
        {"SP-005"},
    ),
    "no policy inside": (
        lambda: signed_anyway(set_in("predicate", {"schema": "mdps-site-policy/1"}), "quinn"),
        {},
        {"SP-006"},
    ),
    "an unknown field": (
        lambda: signed_anyway(lambda one: one["predicate"].update(turbo=True), "quinn"),
        {},
        {"SP-006"},
    ),
    "expired": (lambda: signed("quinn"), {"at": NOW + YEAR}, {"SP-007"}),
    "not yet": (lambda: signed("quinn"), {"at": NOW - YEAR}, {"SP-008"}),
    "of another hospital": (lambda: signed("quinn", institution="elsewhere"), {}, {"SP-009"}),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_flaw_has_its_code_and_a_next_step(name: str) -> None:
    make, other, codes = ROWS[name]
    reading = read(make(), other.pop("keys", None), **other)
    assert not reading.verdict.accepted
    assert {finding.code for finding in reading.verdict.refusals()} == codes
    for finding in reading.verdict.refusals():
        assert "?" not in finding.message(), finding.message()
        assert finding.next_step()


def test_an_honest_one_is_accepted_and_says_who_signed() -> None:
    reading = read(signed("quinn", "kim"), signers("quinn", "kim"))
    assert reading.verdict.accepted
    assert reading.policy is not None
    assert [signer.holder for signer in reading.signers] == ["quinn", "kim"]


def test_a_signature_by_a_stranger_beside_enough_others_takes_nothing_away() -> None:
    assert read(signed("quinn", "mallory")).verdict.accepted


@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_gives_another_policy(place: int, value: int) -> None:
    data = bytearray(signed("quinn"))
    before = read(bytes(data)).policy
    data[place % len(data)] = value
    reading = read(bytes(data))
    assert not reading.verdict.accepted or reading.policy == before


def test_people_who_never_meet_sign_one_after_the_other() -> None:
    plain = json.dumps(document()).encode()
    first, policy = sign_policy_file(plain, private("quinn"), "policy")
    both, same = sign_policy_file(first, private("kim"), "policy")
    assert policy == same
    assert read(both, signers("quinn", "kim")).verdict.accepted
    with pytest.raises(DocumentError, match="each key once"):
        sign_policy_file(both, private("kim"), "policy")
    for wrong in (b"[]", json.dumps(document(version=0)).encode(), b'{"payload": 1}'):
        with pytest.raises(DocumentError):
            sign_policy_file(wrong, private("quinn"), "policy")


def test_openssl_alone_can_check_it(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    envelope = parse_envelope(signed("quinn"), "policy")
    (tmp_path / "signed").write_bytes(pae(envelope.payload_type, envelope.payload))
    (tmp_path / "sig").write_bytes(envelope.signatures[0].sig)
    (tmp_path / "key.pem").write_text(known("quinn").pem)
    words = [openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem"]
    words += ["-sigfile", "sig", "-in", "signed"]
    assert subprocess.run(words, cwd=tmp_path, check=False, capture_output=True).returncode == 0
