"""The socket under abuse: broken lines, half requests, floods, callers that go or do not read."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient
from mdps_plugin.errors import MdpsError
from tests.harness import wait_until

from .verb_calls import ARGUMENTS, answer
from .workshop import Workshop

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
    desk: Workshop, line: bytes, observed: str, allowed: str
) -> None:
    (said,) = raw(desk.hospital.socket, line)
    assert said["ok"] is False
    error = said["error"]
    assert error["kind"] == "document"
    assert observed in error["observed"]
    assert allowed in error["allowed"]
    assert error["message"].startswith("request")
    assert error["next_step"].startswith("Change request")


def test_half_a_line_holds_nobody_up(desk: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as half:
        half.connect(str(desk.hospital.socket))
        half.sendall(b'{"verb": "sta')
        assert desk.state()["seq"]
        half.sendall(b'te"}\n')
        assert json.loads(half.makefile("rb").readline())["ok"] is True


def test_several_requests_in_one_write_are_answered_in_order(desk: Workshop) -> None:
    lines = b"".join(b'{"id": %d, "verb": "registers"}\n' % number for number in range(20))
    assert [one["id"] for one in raw(desk.hospital.socket, lines)] == list(range(20))


def test_bytes_that_no_verb_asked_for_are_not_read(desk: Workshop) -> None:
    lines = b'{"id": 1, "verb": "registers", "bytes": 9}\n123456789{"id": 2, "verb": "registers"}\n'
    (said,) = raw(desk.hospital.socket, lines)
    assert said["error"]["observed"] == "9 bytes"
    assert said["error"]["allowed"] == "no bytes with 'registers'"


def test_more_connections_than_the_controller_takes(desk: Workshop) -> None:
    """The next one is told so at once, and there is room again as soon as one leaves."""
    with contextlib.ExitStack() as crowd:
        heard: list[dict[str, Any]] = []
        for _ in range(80):
            one = crowd.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(10)
            one.connect(str(desk.hospital.socket))
            with contextlib.suppress(BrokenPipeError):
                one.sendall(b'{"verb": "registers"}\n')
            heard.append(json.loads(one.makefile("rb").readline()))
        turned_away = [said for said in heard if not said["ok"]]
        assert 10 <= len(turned_away) <= 20
        assert turned_away[0]["error"]["kind"] == "environment"
        assert "connections" in turned_away[0]["error"]["allowed"]
        assert turned_away[0]["error"]["next_step"]
    wait_until(desk.answers, what="room for the next caller")


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


def test_a_caller_that_leaves_midway_leaves_nothing(desk: Workshop) -> None:
    before = desk.call("registers")["entries"]
    order, _ = desk.make_order()
    line = json.dumps({"verb": "receive_order", "args": {"order": order}, "bytes": 5000}).encode()
    for part in (line[:50], line + b"\n", line + b"\nSTL"):
        with socket.socket(socket.AF_UNIX) as leaving:
            leaving.connect(str(desk.hospital.socket))
            leaving.sendall(part)
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as leaving:
            leaving.connect(str(desk.hospital.socket))
            leaving.sendall(b'{"verb": "log_tail", "args": {"count": 1000}}\n')
    assert desk.call("registers")["entries"] == before


def test_a_watcher_that_does_not_read_holds_nobody_up(desk: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(desk.hospital.socket))
        deaf.sendall(b'{"verb": "watch"}\n')
        for number in range(30):
            if number % 10 == 0:
                desk.call("export", desk.export_question())
            assert desk.state()["seq"]


def test_fifty_callers_at_once(desk: Workshop) -> None:
    faults: list[str] = []

    def caller(number: int) -> None:
        try:
            with ControllerClient(desk.hospital.socket) as client:
                for _ in range(4):
                    client.call("state")
                    said = answer(client, "order", {"order_id": f"O-{number}"})
                    assert "unknown" in said["error"]["observed"]
                signature = desk.signature("tina", Act.RECORD_ROOM)
                room = {"temperature_c": 20, "humidity_percent": number}
                client.call("record_room", {**room, "signature": signature})
        except (MdpsError, AssertionError) as fault:
            faults.append(f"{number}: {fault}")

    before = desk.call("registers")["entries"]
    threads = [threading.Thread(target=caller, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert desk.call("registers")["entries"] == before + 50


def test_guesses_sent_side_by_side_count_one_by_one(desk: Workshop) -> None:
    said: list[str] = []

    def guess(number: int) -> None:
        signature = {"user": "rob", "password": f"guess {number}", "meaning": "m"}
        args = {**ARGUMENTS["quarantine_lot"], "signature": signature}
        said.append(desk.error("quarantine_lot", args)["message"])

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(text.startswith("Wrong password") for text in said) == 3
    assert sum("is locked until" in text for text in said) == 9


def test_the_socket_is_for_its_group_only(desk: Workshop) -> None:
    assert desk.hospital.socket.stat().st_mode & 0o777 == 0o660


def test_a_silent_caller_does_not_keep_the_controller_from_ending(desk: Workshop) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(desk.hospital.socket))
        silent.sendall(b'{"verb"')
        started = time.monotonic()
        desk.stop_controller()
        assert time.monotonic() - started < 30
    desk.start_controller(printer=False)
