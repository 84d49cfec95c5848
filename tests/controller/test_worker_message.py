"""A message is what was sent, or it is refused: torn, mixed, turned or made up."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.canonical import sha256_hex
from mdps_plugin.controller.pipeline import check
from mdps_plugin.controller.verification import Checked, Task
from mdps_plugin.controller.worker_answer import answer_message, known_kinds, read_answer
from mdps_plugin.controller.worker_message import (
    HEAD,
    MARK,
    MOST_PART_BYTES,
    Message,
    encode,
    read_message,
)
from mdps_plugin.controller.worker_task import read_task, task_message
from mdps_plugin.errors import DocumentError
from mdps_plugin.findings import FindingKind
from tests.harness import ROOT
from tests.toolpath import parts

from .worker_task import a_task

BODIES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    max_size=4,
)
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=4)
MESSAGES = st.builds(
    Message,
    kind=st.sampled_from(["task", "progress", "answer"]),
    body=BODIES,
    parts=st.dictionaries(NAMES, st.binary(max_size=20), max_size=3),
)


class EndedError(Exception):
    """The bytes are over."""


def reader(data: bytes) -> Callable[[int], bytes]:
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        piece = data[at : at + size]
        at += size
        if len(piece) < size:
            raise EndedError
        return piece

    return read


@given(MESSAGES, MESSAGES)
def test_messages_come_back_one_after_the_other(one: Message, other: Message) -> None:
    read = reader(b"".join([*encode(one), *encode(other)]))
    assert read_message(read) == one
    assert read_message(read) == other


@given(MESSAGES, st.data())
def test_one_changed_byte_or_a_torn_end_is_never_a_message(
    one: Message, data: st.DataObject
) -> None:
    whole = bytearray(b"".join(encode(one)))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[at] ^= data.draw(st.integers(1, 255))
    else:
        del whole[at]
    with pytest.raises((DocumentError, EndedError)):
        read_message(reader(bytes(whole)))


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_these_two_errors(data: bytes) -> None:
    with pytest.raises((DocumentError, EndedError)):
        read_message(reader(data))


def test_an_endless_number_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode(Message(kind="answer", body={"x": float("inf")}))


@pytest.fixture(scope="module")
def asked() -> tuple[Task, Checked]:
    task = a_task()
    return task, check(task, lambda *_: None)


def test_a_task_comes_through_as_it_is(asked: tuple[Task, Checked]) -> None:
    task = replace(asked[0], model=b"model", gcode=b"job", variables={"colour": "white"})
    sent = read_message(reader(b"".join(encode(task_message(task, "7", "1")))))
    assert read_task(sent, "1") == ("7", task)
    with pytest.raises(DocumentError, match="version"):
        read_task(sent, "2")


def test_an_answer_comes_through_as_it_is(asked: tuple[Task, Checked]) -> None:
    task, checked = asked
    sent = read_message(reader(b"".join(encode(answer_message(checked, "7", "1")))))
    assert read_answer(sent, task, "7", "1") == checked


def _set(*path: str | int, value: Any) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    def change(body: dict[str, Any], parts: dict[str, bytes]) -> None:
        inner: Any = body
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return change


def _part(name: str, data: bytes | None) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    def change(body: dict[str, Any], parts: dict[str, bytes]) -> None:
        parts.pop(name, None)
        if data is not None:
            parts[name] = data

    return change


LIES = {
    "the answer to another task": _set("number", value="8"),
    "another version": _set("version", value="2"),
    "an unknown key": _set("accepted", value=True),
    "another model": _set("model", "source_sha256", value="0" * 64),
    "another placed model": _part("placed", b"other bytes"),
    "another recipe": _set("toolpath", "digests", "recipe", value="0" * 64),
    "another job": _set("toolpath", "digests", "gcode", value="0" * 64),
    "another canonical job": _part("canonical", b"G1 X1\n"),
    "no canonical job": _part("canonical", None),
    "a model left out": _set("model", value=None),
    "a toolpath left out": _set("toolpath", value=None),
    "an unknown code": _set("failures", value=[{"code": "XX-1"}]),
    "a ring that did not run": lambda body, parts: [
        check.update(ring="A") for check in body["toolpath"]["verdict"]["checks"]
    ],
    "layers that go back": _part("layer_start", (2**40).to_bytes(8, "little") * 25),
    "layers that are no numbers": _part("layer_start", b"123"),
    "a picture that is none": _part("picture", b"<svg/>"),
    "bytes that nobody asked for": _part("key", b"k"),
    "no number": _set("model", "size_mm", value=["a", 1, 2]),
    "an endless number": _set("model", "volume_cm3", value="inf"),
    "nothing required": _set("toolpath", "verdict", "required", value=[]),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_does_not_belong_is_refused(lie: str, asked: tuple[Task, Checked]) -> None:
    task, checked = asked
    honest = answer_message(checked, "7", "1")
    body, held = json.loads(json.dumps(honest.body)), dict(honest.parts)
    LIES[lie](body, held)
    with pytest.raises(DocumentError):
        read_answer(Message(kind="answer", body=body, parts=held), task, "7", "1")


def test_what_a_finding_says_and_weighs_comes_from_the_catalogue() -> None:
    """An answer cannot turn a refusal into a note, nor say that a verdict accepts."""
    task = a_task(parts.swap(400, "G1 X150 Y150 E9", parts.honest()))
    message = answer_message(check(task, lambda *_: None), "7", "1")
    body = json.loads(json.dumps(message.body))
    findings = body["toolpath"]["verdict"]["findings"]
    assert findings
    assert set(findings[0]) == {"code", "where", "measured", "limit", "unit", "facts"}
    for extra in ("severity", "accepted", "message"):
        changed = json.loads(json.dumps(body))
        changed["toolpath"]["verdict"]["findings"][0][extra] = "note"
        with pytest.raises(DocumentError, match="unknown key"):
            read_answer(replace(message, body=changed), task, "7", "1")
    read = read_answer(message, task, "7", "1")
    assert read.toolpath is not None
    assert not read.toolpath.verdict.accepted


def test_every_kind_that_the_pipeline_can_find_is_known() -> None:
    """A room's new file of kinds must not end as an answer that cannot be read."""
    for room in ("models", "slicing", "toolpath"):
        for info in pkgutil.iter_modules([str(ROOT / "mdps_plugin" / room)]):
            if info.name.startswith("codes"):
                module = importlib.import_module(f"mdps_plugin.{room}.{info.name}")
                kinds = [one for one in vars(module).values() if isinstance(one, FindingKind)]
                assert kinds
                assert all(known_kinds()[kind.code] is kind for kind in kinds), info.name


def test_the_digest_of_the_canonical_job_is_that_of_its_bytes(asked: tuple[Task, Checked]) -> None:
    _, checked = asked
    assert checked.toolpath is not None
    assert checked.toolpath.digests["canonical"] == sha256_hex(checked.canonical)


def test_parts_that_are_too_much_together_are_refused_before_they_are_read() -> None:
    named = [{"name": str(n), "bytes": MOST_PART_BYTES, "sha256": "0" * 64} for n in range(3)]
    document = json.dumps({"kind": "answer", "body": {}, "parts": named}).encode()
    head = HEAD.pack(MARK, len(document), bytes.fromhex(sha256_hex(document)))
    with pytest.raises(DocumentError, match="parts"):
        read_message(reader(head + document))
