"""A witness on a checkpoint: the published example, a word of our own, and every spoiling."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.audit.checkpoint import Checkpoint
from mdps_plugin.audit.cosignature import (
    WitnessKey,
    open_cosigned,
    parse_witness_key,
)
from mdps_plugin.audit.note import LogSigner
from mdps_plugin.errors import DocumentError, SignatureError

from .witness import ORIGIN, cosigned, key_line

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY = parse_witness_key(key_line(), "cell.json", "trust.witness_key")


def test_a_cosigned_checkpoint() -> None:
    read = open_cosigned(cosigned(AT), KEY, ORIGIN, "note")
    assert (read.at, read.checkpoint.size) == (AT, 15)
    # Others may have signed too, before and after.
    stranger = cosigned(AT, name="other.example", seed=b"o" * 32).decode().rsplit("\n\n", 1)[1]
    both = (cosigned(AT).decode() + stranger).encode()
    assert open_cosigned(both, KEY, ORIGIN, "note").at == AT


def test_the_line_of_the_specification() -> None:
    """C2SP tlog-cosignature, its example: key hash, time and layout; its key is not published."""
    line = (
        "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
        "qhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    data = base64.b64decode(line)
    assert len(data) == 4 + 72
    assert datetime.fromtimestamp(int.from_bytes(data[4:12], "big"), UTC).year == 2023


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        key_line().replace("+", "-"),
        key_line()[:-4],
        key_line(name="a b"),
        # The log's own key is no witness: its algorithm is 1.
        LogSigner.from_seed(b"w" * 32).vkey("witness.example"),
        key_line().replace(key_line().split("+")[1], "00000000"),
    ],
)
def test_what_is_no_witness_key(line: str) -> None:
    with pytest.raises(DocumentError):
        parse_witness_key(line, "cell.json", "trust.witness_key")


def _swap(old: bytes, new: bytes) -> bytes:
    note = cosigned(AT)
    assert old in note
    return note.replace(old, new)


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        (b"", DocumentError),
        (b"\xff\xfe", DocumentError),
        (b"x" * 70_000, DocumentError),
        (cosigned(AT)[:-1], DocumentError),
        (cosigned(AT).split(b"\n\n")[0] + b"\n", DocumentError),
        (_swap(b"\n15\n", b"\n16\n"), SignatureError),
        (cosigned(AT, origin="other.example/log"), DocumentError),
        (cosigned(AT, seed=b"z" * 32), SignatureError),
        (cosigned(AT, name="other.example"), SignatureError),
        (cosigned(AT, claimed=AT.replace(year=2030)), SignatureError),
        (cosigned(AT, seconds=2**63), DocumentError),
        (cosigned(AT) + b"no signature line\n", DocumentError),
        # A plain signature by the same key is no cosignature: the time would be anybody's.
        (Checkpoint(origin=ORIGIN, size=15, root=b"r" * 32)
         .signed(LogSigner.from_seed(b"w" * 32)).encode(), SignatureError),
    ],
)  # fmt: skip
def test_what_a_witness_never_said(note: bytes, fault: type[Exception]) -> None:
    if note.endswith(b"no signature line\n"):
        note = note.replace("— witness".encode(), "— another".encode())
    with pytest.raises(fault):
        open_cosigned(note, KEY, ORIGIN, "note")


@settings(max_examples=80, deadline=None)
@given(cut=st.integers(0, 400), flips=st.lists(st.integers(0, 400), max_size=3), junk=st.binary())
def test_any_bytes_as_a_note(cut: int, flips: list[int], junk: bytes) -> None:
    note = bytearray(cosigned(AT)[:cut] + junk)
    for flip in flips:
        if note:
            note[flip % len(note)] ^= 0x21
    if bytes(note) == cosigned(AT):
        return
    try:
        read = open_cosigned(bytes(note), KEY, ORIGIN, "note")
    except (DocumentError, SignatureError):
        return
    assert read.at == AT  # only lines behind the witness's own differ


def test_a_key_hash_that_another_key_shares() -> None:
    other = WitnessKey(name=KEY.name, public=b"\x00" * 32)
    note = cosigned(AT)
    with pytest.raises(SignatureError):
        open_cosigned(note, other, ORIGIN, "note")


def test_two_witnesses_differ_by_name() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    assert private.public_key().public_bytes_raw() == KEY.public
    assert parse_witness_key(key_line(name="b.example"), "x", "").key_hash != KEY.key_hash
