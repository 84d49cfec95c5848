"""The reader of requests: whatever the bytes are, a request or a sentence, never anything else."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.controller.socket_link import MAX_LINE_BYTES, Request, error_body, read_request
from mdps_plugin.errors import DocumentError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_VERB = st.sampled_from(["state", "stop", "permit_build", "no_such_verb", "a", "X"]) | _JSON
_REQUEST = st.fixed_dictionaries(
    {"verb": _VERB},
    optional={
        "id": _JSON,
        "args": st.dictionaries(_TEXT, _JSON, max_size=4) | _JSON,
        "actor": _TEXT | _JSON,
        "bytes": st.integers(min_value=-5, max_value=40) | _JSON,
        "extra": _JSON,
    },
)


def read(data: bytes) -> Request | DocumentError:
    """As the socket reads: a line, then from the same stream what it announces."""
    stream = io.BytesIO(data)
    line = stream.readline(MAX_LINE_BYTES + 1)
    try:
        return read_request(line, stream)
    except DocumentError as fault:
        return fault


def check(said: Request | DocumentError) -> None:
    if isinstance(said, DocumentError):
        body = error_body(said)
        assert body["kind"] == "document"
        assert all(body[name] for name in ("message", "observed", "allowed", "next_step"))
        assert len(json.dumps(body)) < 4000
    else:
        assert isinstance(said.args, dict)
        assert said.verb.isascii()
        assert 1 < len(said.verb) <= 40
        assert len(said.actor) <= 200
        json.dumps([said.number, said.args], allow_nan=False)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes(data: bytes) -> None:
    check(read(data))


@given(_REQUEST, st.binary(max_size=40), st.sampled_from([b"\n", b"", b"\r\n", b"\n\n"]))
@settings(max_examples=300)
def test_anything_that_is_json(document: Any, body: bytes, end: bytes) -> None:
    check(read(json.dumps(document).encode() + end + body))


@given(_REQUEST, st.data())
@settings(max_examples=150)
def test_a_request_with_one_byte_of_it_changed(document: Any, data: Any) -> None:
    line = bytearray(json.dumps(document).encode() + b"\n")
    place = data.draw(st.integers(min_value=0, max_value=len(line) - 1))
    line[place] = data.draw(st.integers(min_value=0, max_value=255))
    check(read(bytes(line)))


@given(
    st.dictionaries(_TEXT.filter(bool), st.booleans() | _TEXT, max_size=4), st.binary(max_size=64)
)
@settings(max_examples=100)
def test_an_honest_request_comes_through_whole(args: dict[str, Any], body: bytes) -> None:
    document = {"id": 7, "verb": "state", "args": args, "actor": "tina", "bytes": len(body)}
    said = read(json.dumps(document).encode() + b"\n" + body + b"next")
    assert isinstance(said, Request)
    assert (said.number, said.verb, said.actor) == (7, "state", "tina")
    assert said.args == args
    assert said.body == body
