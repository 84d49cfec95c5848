"""The socket under abuse: every argument of every verb, broken lines, many callers at once."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient, RefusedByController
from mdps_plugin.errors import MdpsError
from tests.harness import wait_until

from .workshop import Workshop

KINDS = {"document", "transition", "signature", "usage", "environment"}
NOW = "2026-11-23T14:05:00Z"
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

LOT = {
    "lot_id": "L-77",
    "product": "PLA 1.75 mm",
    "kind": "PLA",
    "manufacturer": "Example Filament",
    "colour": "white",
    "certificate_sha256": "0" * 64,
    "expires": "2030-01-01T00:00:00Z",
    "opened_at": None,
    "dried": None,
    "quarantined": False,
    "remaining_g": 500,
}
DRIED = {"temperature_c": 45, "hours": 5, "finished_at": NOW}
DIGEST = "a" * 64
BUILD = "B-20261123-ABCDEF"

SIGNED = {
    "approve_recipe": Act.APPROVE_RECIPE,
    "withdraw_recipe": Act.WITHDRAW_RECIPE,
    "import_recipes": Act.IMPORT_RECIPES,
    "receive_lot": Act.RECEIVE_LOT,
    "dry_lot": Act.DRY_LOT,
    "quarantine_lot": Act.QUARANTINE_LOT,
    "record_training": Act.RECORD_TRAINING,
    "record_calibration": Act.RECORD_CALIBRATION,
    "qualify_printer": Act.QUALIFY_PRINTER,
    "open_lot": Act.OPEN_LOT,
    "record_room": Act.RECORD_ROOM,
    "patient_name": Act.SHOW_PATIENT_NAME,
    "export": Act.EXPORT,
    "permit_build": Act.PERMIT,
    "sign_step": Act.STEP,
    "sign_inspection": Act.INSPECTION,
    "sign_release": Act.RELEASE,
    "reject": Act.REJECT,
    "raise_deviation": Act.RAISE_DEVIATION,
    "decide_deviation": Act.DECIDE_DEVIATION,
    "hand_over": Act.HAND_OVER,
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "state": {},
    "orders": {},
    "recipes": {},
    "registers": {},
    "lots": {},
    "people": {},
    "verify_log": {},
    "hold": {},
    "resume": {},
    "order": {"order_id": "O-1"},
    "picture": {"order_id": "O-1"},
    "verify_order": {"order_id": "O-1"},
    "receive_order": {"order": {}, "patient": {}},
    "heartbeat": {"octoprint": "1.11.8", "plugin": "0.1.0"},
    "job": {"build_id": BUILD},
    "arm_build": {"build_id": BUILD},
    "stop": {"reason": "because", "build_id": BUILD},
    "start_step": {"build_id": BUILD, "step_id": "cool-down"},
    "documents": {"build_id": BUILD},
    "document": {"build_id": BUILD, "name": "record.pdf"},
    "record": {"build_id": BUILD},
    "patient_name": {"token": "P-ABCDEFGHJKMN", "reason": "recall"},
    "log_tail": {"count": 3},
    "export": {"reason": "inspection"},
    "record_room": {"temperature_c": 21, "humidity_percent": 40},
    "approve_recipe": {"bundle": "/nowhere", "local_qualification": "none"},
    "withdraw_recipe": {"recipe_digest": DIGEST, "reason": "none"},
    "import_recipes": {"repository": "hospital", "path": "/nowhere"},
    "receive_lot": {"lot": LOT},
    "open_lot": {"lot_id": "L-77"},
    "dry_lot": {"lot_id": "L-77", "dried": DRIED},
    "quarantine_lot": {"lot_id": "L-77", "reason": "none"},
    "record_training": {"user": "tina", "training": "mdps-operator", "valid_until": NOW},
    "record_calibration": {"equipment": "caliper", "certificate": "C-1", "due": NOW},
    "qualify_printer": {"valid_days": 100},
    "permit_build": {
        "order_id": "O-1",
        "plate": "smooth PEI",
        "plate_clear": True,
        "lot_id": "22B",
    },
    "sign_step": {"build_id": BUILD, "step_id": "cool-down", "readings": {"a": 1}},
    "sign_inspection": {"build_id": BUILD, "measurements": {"length": 1}},
    "sign_release": {"build_id": BUILD},
    "reject": {"build_id": BUILD, "reason": "none"},
    "raise_deviation": {"build_id": BUILD, "seen": "a crack"},
    "decide_deviation": {
        "build_id": BUILD,
        "deviation_id": "D1",
        "decision": "scrap",
        "reason": "none",
        "manufacturer_reference": "R-1",
    },
    "hand_over": {"build_id": BUILD, "to": "ward", "copy_given": True},
    "repositories": {},
    "made_from": {"recipe_digest": "a" * 64},
}
"""Arguments of every verb, of the right types."""


@pytest.fixture(scope="module")
def asked(filled: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A cell without a printer: nothing here may ever reach one."""
    shop = filled.copy_to(tmp_path_factory.mktemp("a") / "h")
    with shop:
        shop.start_controller(printer=False)
        yield shop
        assert shop.traces() == []
        assert shop.log_is_whole()


def answer(client: ControllerClient, verb: str, args: Any, body: bytes = b"") -> dict[str, Any]:
    """The whole answer, ``{}`` where the request was done."""
    try:
        client.call_for_bytes(verb, args, body=body)
    except RefusedByController as said:
        return dict(said.answer)
    return {}


def test_the_table_names_every_verb(asked: Workshop) -> None:
    allowed = asked.error("no_such_verb")["allowed"].removeprefix("one of: ").split(", ")
    assert sorted(allowed) == sorted([*ARGUMENTS, "watch"])


@pytest.mark.parametrize("verb", sorted(ARGUMENTS))
def test_each_argument_of_another_type_is_answered_in_words(asked: Workshop, verb: str) -> None:
    good = dict(ARGUMENTS[verb])
    cases: dict[str, Any] = {}
    for name in good:
        for what, value in WRONG.items():
            cases[f"{name}: {what}"] = {**good, name: value}
        cases[f"{name}: missing"] = {key: value for key, value in good.items() if key != name}
    cases["unknown key"] = {**good, "sudo": True}
    with ControllerClient(asked.hospital.socket) as client:
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
def test_a_wrong_type_is_a_fault_of_the_document(asked: Workshop, verb: str) -> None:
    with ControllerClient(asked.hospital.socket) as client:
        for name in ARGUMENTS[verb]:
            if (verb, name) in _NOT_READ:
                continue
            args = {**ARGUMENTS[verb], name: [1, {"deep": [2]}]}
            if verb == "record_training":  # Whose record it is comes before what it says.
                args["signature"] = asked.signature("quinn", SIGNED[verb])
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
def test_a_signature_of_another_shape(asked: Workshop, verb: str, signature: Any) -> None:
    said = asked.error(verb, {**ARGUMENTS[verb], "signature": signature})
    assert said["kind"] in ("document", "transition")
    assert LONG not in json.dumps(said)


_UNUSUAL = ("y" * 8000, "Zoë 测试", {"a": 1e300})


@pytest.mark.parametrize("verb", sorted(SIGNED))
def test_unusual_values_over_a_true_signature(asked: Workshop, verb: str) -> None:
    """The password is right, so whatever comes is answered by what lies behind it."""
    user = "tina" if SIGNED[verb] in _OF_TECHNICIANS else "quinn"
    signature = asked.signature(user, SIGNED[verb], DIGEST)
    with ControllerClient(asked.hospital.socket) as client:
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


def test_a_password_is_never_repeated(asked: Workshop) -> None:
    secret = "correct horse battery"
    said = asked.refused(
        "quarantine_lot",
        {
            **ARGUMENTS["quarantine_lot"],
            "signature": {"user": "nobody", "password": secret, "meaning": "m"},
        },
    )
    assert secret not in json.dumps(said)
    assert secret not in asked.stderr.read_text()
    assert secret not in json.dumps(asked.entries())


# Lines that are no request. One answer, then the connection ends: nobody knows what follows.


def raw(path: Path, data: bytes, *, end: bool = True) -> list[dict[str, Any]]:
    """What the controller says to these bytes, until it closes or is silent for a second."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        while chunk := connection.recv(65536):
            heard += chunk
    return [json.loads(line) for line in heard.splitlines()]


@pytest.mark.parametrize(
    ("line", "observed", "allowed"),
    [
        (b"\n", "Expecting value", "one JSON document"),
        (b"{}\n", "missing", "the field present"),
        (b"[]\n", "a list", "an object"),
        (b"null\n", "null", "an object"),
        (b"\xff\xfe\n", "not UTF-8", "UTF-8 text"),
        (b"\x00\x00\x00\n", "Expecting value", "one JSON document"),
        (b'{"verb": "state", "verb": "stop"}\n', "the key twice", "each key once"),
        (b'{"verb": "state", "bytes": NaN}\n', "NaN", "finite numbers"),
        (b'{"verb": "state", "bytes": -1}\n', "-1", "0 to"),
        (b'{"verb": "state", "bytes": 1e3}\n', "the number 1000.0", "a whole number"),
        (b'{"verb": "state", "bytes": 99999999999}\n', "99999999999", "0 to"),
        (b'{"verb": "state", "bytes": 999999999999999999999}\n', "the number", "below 2^53"),
        (b'{"verb": "STATE"}\n', "'STATE'", "the name of a verb"),
        (b'{"verb": ["state"]}\n', "a list", "text"),
        (b'{"verb": "state", "args": []}\n', "a list", "an object"),
        (b'{"verb": "state", "actor": 7}\n', "the number 7", "text"),
        (b'{"verb": "state", "actor": "\\ud800"}\n', "half a surrogate pair", "whole Unicode"),
        (b'{"verb": "state", "extra": 1}\n', "an unknown key", "only:"),
        (b'{"verb": "state"', "a line of 16 bytes", "a whole line"),
        (b"[" * 5000 + b"]" * 5000 + b"\n", "nesting deeper than 64", "at most 64 levels"),
        (b'{"verb": "state", "args": ' + b'{"a":' * 90 + b"1" + b"}" * 91 + b"\n", "nesting", "64"),
        (b'{"verb": "receive_order", "bytes": 100}\nshort', "5 bytes", "the 100 bytes announced"),
        (b"x" * 2_000_000 + b"\n", "a line of 1048577 bytes", "at most 1048576"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, bytes) else "",
)
def test_a_line_that_is_no_request(
    asked: Workshop, line: bytes, observed: str, allowed: str
) -> None:
    (said,) = raw(asked.hospital.socket, line)
    assert said["ok"] is False
    error = said["error"]
    assert error["kind"] == "document"
    assert observed in error["observed"]
    assert allowed in error["allowed"]
    assert error["message"].startswith("request")
    assert error["next_step"].startswith("Change request")


def test_half_a_line_holds_nobody_up(asked: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as half:
        half.connect(str(asked.hospital.socket))
        half.sendall(b'{"verb": "sta')
        assert asked.state()["seq"]
        half.sendall(b'te"}\n')
        assert json.loads(half.makefile("rb").readline())["ok"] is True


def test_several_requests_in_one_write_are_answered_in_order(asked: Workshop) -> None:
    lines = b"".join(b'{"id": %d, "verb": "registers"}\n' % number for number in range(20))
    assert [one["id"] for one in raw(asked.hospital.socket, lines)] == list(range(20))


def test_bytes_that_no_verb_asked_for_are_not_read(asked: Workshop) -> None:
    lines = b'{"id": 1, "verb": "registers", "bytes": 9}\n123456789{"id": 2, "verb": "registers"}\n'
    (said,) = raw(asked.hospital.socket, lines)
    assert said["error"]["observed"] == "9 bytes"
    assert said["error"]["allowed"] == "no bytes with 'registers'"


def test_more_connections_than_the_controller_takes(asked: Workshop) -> None:
    """The next one is told so at once, and there is room again as soon as one leaves."""
    with contextlib.ExitStack() as crowd:
        heard: list[dict[str, Any]] = []
        for _ in range(80):
            one = crowd.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(10)
            one.connect(str(asked.hospital.socket))
            with contextlib.suppress(BrokenPipeError):
                one.sendall(b'{"verb": "registers"}\n')
            heard.append(json.loads(one.makefile("rb").readline()))
        turned_away = [said for said in heard if not said["ok"]]
        assert 10 <= len(turned_away) <= 20
        assert turned_away[0]["error"]["kind"] == "environment"
        assert "connections" in turned_away[0]["error"]["allowed"]
        assert turned_away[0]["error"]["next_step"]
    wait_until(asked.answers, what="room for the next caller")


def test_a_flood_of_orders_is_slowed_down(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    shop.start_controller(printer=False, face=False)
    taken = 0
    with ControllerClient(shop.hospital.socket) as client:
        for _ in range(70):
            order, model = shop.make_order()
            said = answer(client, "receive_order", {"order": order}, model)
            if said:
                break
            taken += 1
    assert taken == 60
    assert said["error"]["kind"] == "transition"
    assert "Wait one minute" in said["error"]["next_step"]
    assert shop.call("orders")


def test_a_caller_that_leaves_midway_leaves_nothing(asked: Workshop) -> None:
    before = asked.call("registers")["entries"]
    order, _ = asked.make_order()
    line = json.dumps({"verb": "receive_order", "args": {"order": order}, "bytes": 5000}).encode()
    for part in (line[:50], line + b"\n", line + b"\nSTL"):
        with socket.socket(socket.AF_UNIX) as leaving:
            leaving.connect(str(asked.hospital.socket))
            leaving.sendall(part)
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as leaving:
            leaving.connect(str(asked.hospital.socket))
            leaving.sendall(b'{"verb": "log_tail", "args": {"count": 1000}}\n')
    assert asked.call("registers")["entries"] == before


def test_a_watcher_that_does_not_read_holds_nobody_up(asked: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(asked.hospital.socket))
        deaf.sendall(b'{"verb": "watch"}\n')
        for number in range(30):
            if number % 10 == 0:
                asked.call("export", asked.export_question())
            assert asked.state()["seq"]


def test_fifty_callers_at_once(asked: Workshop) -> None:
    faults: list[str] = []

    def caller(number: int) -> None:
        try:
            with ControllerClient(asked.hospital.socket) as client:
                for _ in range(4):
                    client.call("state")
                    said = answer(client, "order", {"order_id": f"O-{number}"})
                    assert "unknown" in said["error"]["observed"]
                signature = asked.signature("tina", Act.RECORD_ROOM)
                room = {"temperature_c": 20, "humidity_percent": number}
                client.call("record_room", {**room, "signature": signature})
        except (MdpsError, AssertionError) as fault:
            faults.append(f"{number}: {fault}")

    before = asked.call("registers")["entries"]
    threads = [threading.Thread(target=caller, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert asked.call("registers")["entries"] == before + 50


def test_guesses_sent_side_by_side_count_one_by_one(asked: Workshop) -> None:
    said: list[str] = []

    def guess(number: int) -> None:
        signature = {"user": "rob", "password": f"guess {number}", "meaning": "m"}
        args = {**ARGUMENTS["quarantine_lot"], "signature": signature}
        said.append(asked.error("quarantine_lot", args)["message"])

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(text.startswith("Wrong password") for text in said) == 3
    assert sum("is locked until" in text for text in said) == 9


def test_the_socket_is_for_its_group_only(asked: Workshop) -> None:
    assert asked.hospital.socket.stat().st_mode & 0o777 == 0o660


def test_a_silent_caller_does_not_keep_the_controller_from_ending(asked: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(asked.hospital.socket))
        silent.sendall(b'{"verb"')
        started = time.monotonic()
        asked.stop_controller()
        assert time.monotonic() - started < 30
    asked.start_controller(printer=False)
