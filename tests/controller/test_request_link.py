"""How long a caller may take, how many bytes it may send, how often it may add to the log."""

from __future__ import annotations

import io
import json
import socket

import pytest

from mdps_plugin.controller.pace import MINUTE_S, PER_MINUTE, Pace
from mdps_plugin.controller.request_link import SMALL_BODY_BYTES, PatientReader, read_request
from mdps_plugin.errors import DocumentError, IllegalTransition

FOR_FILES = frozenset({"receive_order"})


def line_of(verb: str, size: int) -> bytes:
    return json.dumps({"verb": verb, "bytes": size}).encode() + b"\n"


@pytest.mark.parametrize("size", [1, SMALL_BODY_BYTES, SMALL_BODY_BYTES + 1])
def test_bytes_arrive_whole_whatever_their_number(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    told: list[int] = []
    stream = io.BytesIO(body)
    request = read_request(line_of("receive_order", size), stream, FOR_FILES, told.append)
    assert request.body == body[:size]
    assert told == [size], "told before the first byte is read"


def test_a_large_body_cut_short() -> None:
    size = SMALL_BODY_BYTES * 3
    with pytest.raises(DocumentError, match=f"observed {SMALL_BODY_BYTES} bytes"):
        read_request(line_of("receive_order", size), io.BytesIO(b"x" * SMALL_BODY_BYTES))


def test_bytes_for_a_verb_that_takes_none_are_not_read() -> None:
    stream = io.BytesIO(b"x" * 100)
    with pytest.raises(DocumentError, match="no bytes with 'state'"):
        read_request(line_of("state", 100), stream, FOR_FILES)
    assert stream.tell() == 0


def test_a_caller_that_drips_meets_one_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader = PatientReader(ours)
        reader.allow(30.0)
        theirs.sendall(b"a")
        assert reader.read(1) == b"a"
        reader.allow(0.05)
        with pytest.raises(TimeoutError):
            reader.read(1)
        theirs.sendall(b"b")
        reader.allow(0.0)
        with pytest.raises(TimeoutError):
            reader.read(1)


def test_a_minute_holds_only_so_many() -> None:
    pace = Pace()
    for number in range(PER_MINUTE):
        pace.take("receive_order", 100.0 + number / 10)
    with pytest.raises(IllegalTransition, match="Wait one minute"):
        pace.take("receive_order", 110.0)
    pace.take("verify_order", 110.0)
    pace.take("receive_order", 100.0 + MINUTE_S)
    with pytest.raises(IllegalTransition):
        pace.take("receive_order", 100.0 + MINUTE_S)
