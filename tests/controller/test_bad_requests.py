"""Every argument of every verb as it must not be: answered in words, and nothing is kept of it.

Broken lines and many callers at once are in test_bad_callers.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient

from .verb_calls import ARGUMENTS, DIGEST, KINDS, SIGNED, answer
from .workshop import Workshop

LONG = "x" * 20_000
WRONG: dict[str, Any] = {
    "null": None,
    "a number": -1.5,
    "a list": [[], {}],
    "an object": {"a": {"b": []}},
    "a boolean": True,
    "long text": LONG,
    "no text": "",
    "control characters": "a\x00b\n",
    "a path": "../../../etc/passwd",
}


def test_the_table_names_every_verb(desk: Workshop) -> None:
    allowed = desk.error("no_such_verb")["allowed"].removeprefix("one of: ").split(", ")
    assert sorted(allowed) == sorted([*ARGUMENTS, "watch"])


@pytest.mark.parametrize("verb", sorted(ARGUMENTS))
def test_each_argument_of_another_type_is_answered_in_words(desk: Workshop, verb: str) -> None:
    good = dict(ARGUMENTS[verb])
    cases: dict[str, Any] = {}
    for name in good:
        for what, value in WRONG.items():
            cases[f"{name}: {what}"] = {**good, name: value}
        cases[f"{name}: missing"] = {key: value for key, value in good.items() if key != name}
    cases["unknown key"] = {**good, "sudo": True}
    with ControllerClient(desk.hospital.socket) as client:
        for what, args in cases.items():
            said = answer(client, verb, args)
            if not said:
                assert verb in _TAKES_MUCH, f"{verb}, {what}: was done"
                continue
            error = said.get("error")
            assert error is not None or said["refusal"]["findings"], f"{verb}, {what}: {said}"
            if error is not None:
                assert error["kind"] in KINDS - {"environment"}, f"{verb}, {what}: {error}"
                assert error["message"], f"{verb}, {what}: {error}"
                assert error["next_step"], f"{verb}, {what}: {error}"
        assert client.call("registers"), "the connection goes on"


_TAKES_MUCH = {
    # Optional, or any text at all will do.
    "stop", "heartbeat",
}  # fmt: skip


@pytest.mark.parametrize("verb", sorted(ARGUMENTS))
def test_a_wrong_type_is_a_fault_of_the_document(desk: Workshop, verb: str) -> None:
    with ControllerClient(desk.hospital.socket) as client:
        for name in ARGUMENTS[verb]:
            if (verb, name) in _NOT_READ:
                continue
            args = {**ARGUMENTS[verb], name: [1, {"deep": [2]}]}
            if verb == "record_training":  # Whose record it is comes before what it says.
                args["signature"] = desk.signature("quinn", SIGNED[verb])
            error = answer(client, verb, args)["error"]
            assert error["kind"] == "document", (verb, name, error)
            assert name in error["message"] or verb == "receive_order", (verb, name, error)
            assert "a list" in error["observed"], (verb, name, error)


_NOT_READ = {("stop", "reason"), ("stop", "build_id"), ("receive_order", "patient")}


@pytest.mark.parametrize("verb", sorted(SIGNED))
@pytest.mark.parametrize(
    "signature",
    [
        None,
        7,
        [],
        {},
        {"user": "quinn"},
        {"user": None, "password": None, "meaning": None},
        {"user": "quinn", "password": ["x"], "meaning": "m"},
        {"user": "quinn", "password": LONG, "meaning": "m"},
        {"user": "quinn", "password": "x", "meaning": "m", "subject_sha256": 3},
        {"user": "quinn", "password": "x", "meaning": "m", "role": "quality_manager"},
    ],
    ids=lambda value: "long" if LONG in str(value) else str(value)[:40],
)
def test_a_signature_of_another_shape(desk: Workshop, verb: str, signature: Any) -> None:
    said = desk.error(verb, {**ARGUMENTS[verb], "signature": signature})
    assert said["kind"] in ("document", "transition")
    assert LONG not in json.dumps(said)


_UNUSUAL = ("y" * 8000, "Zoë 测试", {"a": 1e300})


@pytest.mark.parametrize("verb", sorted(SIGNED))
def test_unusual_values_over_a_true_signature(desk: Workshop, verb: str) -> None:
    """The password is right, so whatever comes is answered by what lies behind it."""
    user = "tina" if SIGNED[verb] in _OF_TECHNICIANS else "quinn"
    signature = desk.signature(user, SIGNED[verb], DIGEST)
    with ControllerClient(desk.hospital.socket) as client:
        for name in ARGUMENTS[verb]:
            for value in _UNUSUAL:
                said = answer(
                    client, verb, {**ARGUMENTS[verb], name: value, "signature": signature}
                )
                if not said:
                    assert isinstance(value, str), f"{verb}, {name}: {value!r} was done"
                    continue
                error = said.get("error")
                assert error is None or error["kind"] in KINDS - {"environment"}, (name, said)


_OF_TECHNICIANS = {Act.PERMIT, Act.STEP, Act.INSPECTION, Act.RAISE_DEVIATION, Act.HAND_OVER}


def test_a_password_is_never_repeated(desk: Workshop) -> None:
    secret = "correct horse battery"
    said = desk.refused(
        "quarantine_lot",
        {
            **ARGUMENTS["quarantine_lot"],
            "signature": {"user": "nobody", "password": secret, "meaning": "m"},
        },
    )
    assert secret not in json.dumps(said)
    assert secret not in desk.stderr.read_text()
    assert secret not in json.dumps(desk.entries())
