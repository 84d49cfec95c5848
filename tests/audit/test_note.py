"""Signed notes against the published example and against openssl."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.audit.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from mdps_plugin.audit.note import LogSigner, open_note, parse_vkey
from mdps_plugin.audit.tree import EMPTY_ROOT
from mdps_plugin.errors import DocumentError, SignatureError

from .logs import ORIGIN, OTHER, SIGNER, VKEY

# The example of the C2SP signed-note text, also in Go's package note.
EXAMPLE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)


def test_published_example():
    key = parse_vkey(EXAMPLE_KEY, "example")
    assert key.text() == EXAMPLE_KEY
    assert open_note(EXAMPLE, key, "example", "").endswith("your problem is.\n")


@given(st.integers(0, len(EXAMPLE) - 1), st.characters(codec="utf-8"))
def test_any_changed_character_is_found(place, character):
    changed = EXAMPLE[:place] + character + EXAMPLE[place + 1 :]
    if changed != EXAMPLE:
        with pytest.raises(DocumentError):
            open_note(changed, parse_vkey(EXAMPLE_KEY, "example"), "example", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+12345678",
        EXAMPLE_KEY.replace("c74f20a3", "c74f20a4"),
        EXAMPLE_KEY.replace("ARpc", "ARpd"),
        EXAMPLE_KEY.replace("+ARpc", "+Appc"),
        EXAMPLE_KEY[:-1],
        "two words+" + EXAMPLE_KEY.split("+", 1)[1],
    ],
)
def test_lines_that_are_no_key(text):
    with pytest.raises(DocumentError):
        parse_vkey(text, "keys")


def test_openssl_checks_a_checkpoint(tmp_path):
    note = Checkpoint(origin=ORIGIN, size=3, root=bytes(32)).signed(SIGNER)
    text, _, line = note.rpartition("\n\n")
    (tmp_path / "text").write_text(text + "\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(line.split(" ")[2])[4:])
    public = Ed25519PublicKey.from_public_bytes(SIGNER.key(ORIGIN).public)
    (tmp_path / "key.pem").write_bytes(
        public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    assert subprocess.run(command.split(), cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "text").write_text(text + "\n ")
    assert subprocess.run(command.split(), cwd=tmp_path, check=False).returncode != 0


def test_checkpoint_round_trip_and_other_keys():
    head = Checkpoint(origin=ORIGIN, size=7, root=EMPTY_ROOT)
    key = parse_vkey(VKEY, "keys")
    assert open_checkpoint(head.signed(SIGNER), key, "log", "line 1") == head
    with pytest.raises(SignatureError):
        open_checkpoint(head.signed(OTHER), key, "log", "line 1")
    renamed = SIGNER.sign_note(head.text(), "elsewhere.example")
    with pytest.raises(SignatureError):
        open_checkpoint(renamed, key, "log", "line 1")


@pytest.mark.parametrize(
    "text",
    ["", "a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", f"a\n-1\n{'A' * 43}=\n", f"\n1\n{'A' * 43}=\n",
     f"a\n1\n{'A' * 43}=\nextension\n", f"a\n1\n{'A' * 42}B=\n", f"a\n1\n{'A' * 43}="],
)  # fmt: skip
def test_checkpoints_that_are_refused(text):
    with pytest.raises(DocumentError):
        parse_checkpoint(text, "log", "line 1")


def test_pem_round_trip_and_foreign_keys():
    assert LogSigner.from_pem(SIGNER.to_pem(), "key").vkey(ORIGIN) == VKEY
    with pytest.raises(DocumentError):
        LogSigner.from_pem(b"nothing", "key")
    foreign = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(DocumentError):
        LogSigner.from_pem(foreign, "key")
