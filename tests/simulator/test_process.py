"""The simulator as a process: pty, TCP, control socket, wire log, signals, ends."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from .host import numbered

PATIENCE_S = 30.0


@contextmanager
def running(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """A simulator process and its ready line; it is ended whatever happens."""
    command = [sys.executable, "-m", "simulator", "--json", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def command(port: serial.Serial, text: str) -> list[str]:
    port.write(text.encode() + b"\n")
    lines: list[str] = []
    while not lines or not lines[-1].startswith("ok"):
        line = port.readline()
        assert line, f"no ok for {text!r}: {lines}"
        # Who opens the port while the board says what it is may hear the end of a line only.
        lines.append(line.decode("latin-1").rstrip("\r\n"))
    return lines


def talk_for_ever(port: serial.Serial) -> None:
    while True:
        port.write(b"M105\n")
        port.readline()


def log_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_pty_answers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    link, log = tmp_path / "printer", tmp_path / "wire.jsonl"
    with running("--pty", link, "--wire-log", log, "--speed", 50) as (process, ready):
        assert ready["pty"] == str(link)
        with serial.Serial(str(link), 115200, timeout=PATIENCE_S, exclusive=True) as port:
            assert command(port, numbered(0, "M110"))[-1] == "ok N0 P15 B3"
            assert command(port, numbered(1, "M105"))[0].startswith("ok T:")
            command(port, numbered(2, "G28"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 0
    assert not os.path.lexists(link)
    records = log_of(log)
    hosts = [record for record in records if record["dir"] == "host"]
    assert [(r["raw"], r["accepted"], r["number"], r["command"]) for r in hosts] == [
        (numbered(0, "M110"), True, 0, "M110"),
        (numbered(1, "M105"), True, 1, "M105"),
        (numbered(2, "G28"), True, 2, "G28"),
    ]
    notes = [str(record["raw"]) for record in records if record["dir"] == "note"]
    assert notes[0].startswith("boot ")
    assert [note for note in notes if note in ("open", "close")] == ["open", "close"]
    assert notes[-1] == "end"
    assert any(record["dir"] == "printer" and record["raw"] == "start" for record in records)


def test_no_echo_and_no_line_editing(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    with running("--pty", link):
        raw = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(raw, b"M105\x03\x04\n")
            assert select.select([raw], [], [], PATIENCE_S)[0]
            assert os.read(raw, 200).startswith(b"ok T:")
        finally:
            os.close(raw)


def test_reopening_does_not_reset_and_stale_answers_are_gone(tmp_path: Path) -> None:
    link, log = tmp_path / "printer", tmp_path / "wire.jsonl"
    with running("--pty", link, "--wire-log", log):
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            command(port, "M104 S80")
            port.write(b"M503\n")
            until(lambda: "M900 K0.00" in log.read_text())
        until(lambda: '"close"' in log.read_text())
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            assert "/80.00" in command(port, "M105")[0]


def test_reset_on_open_gives_the_banner(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    with (
        running("--pty", link, "--reset-on-open"),
        serial.Serial(str(link), timeout=PATIENCE_S) as port,
    ):
        assert port.readline() == b"start\n"


def test_a_stale_link_is_replaced_and_a_file_is_not(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    link.symlink_to("/nowhere/at/all")
    with running("--pty", link) as (_, ready):
        assert os.readlink(link) == ready["device"]
    link.write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--pty", link], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "not a symbolic link" in done.stderr
    assert link.read_text() == "mine"


def test_tcp_takes_one_host(tmp_path: Path) -> None:
    with running("--tcp", 0) as (_, ready):
        url = str(ready["url"])
        with serial.serial_for_url(url, timeout=PATIENCE_S) as port:
            assert command(port, "M115")[0].startswith("FIRMWARE_NAME:Marlin")
            with socket.create_connection(("127.0.0.1", int(str(ready["tcp"]))), 5) as second:
                assert second.recv(10) == b""
            assert command(port, "M107")[-1] == "ok P15 B3"


def test_control_socket_gives_truth_and_hangs_up_the_port(tmp_path: Path) -> None:
    link, control, log = tmp_path / "printer", tmp_path / "control", tmp_path / "wire.jsonl"
    with (
        running("--pty", link, "--control", control, "--wire-log", log, "--speed", 20),
        socket.socket(socket.AF_UNIX) as client,
    ):
        client.connect(str(control))
        replies = client.makefile("rb")

        def ask(request: object) -> dict[str, object]:
            client.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(replies.readline())

        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            command(port, "M104 S200")
            until(lambda: ask({"get": "truth"})["truth"]["nozzle"]["true_c"] > 40.0)
            assert ask({"fault": "drop_link", "args": {"value": 0.3}})["ok"] is True
            with pytest.raises((serial.SerialException, OSError)):
                talk_for_ever(port)
        until(lambda: os.path.exists(link))
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            assert "/200.00" in command(port, "M105")[0]
        replies.close()
    assert not control.exists()


def test_truth_file_is_whole_at_any_time(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    with running("--truth", truth, "--speed", 100):
        seen = set()
        end = time.monotonic() + PATIENCE_S
        while len(seen) < 3 and time.monotonic() < end:
            seen.add(json.loads(truth.read_text())["t"])
        assert len(seen) == 3


def test_kill_9_loses_no_answered_line(tmp_path: Path) -> None:
    link, log = tmp_path / "printer", tmp_path / "wire.jsonl"
    with running("--pty", link, "--wire-log", log, "--speed", 100) as (process, _):
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            for number in range(1, 201):
                command(port, numbered(number, f"M117 {number}"))
            process.kill()
            process.wait(timeout=PATIENCE_S)
        numbers = [r["number"] for r in log_of(log) if r["dir"] == "host"]
        assert numbers == list(range(1, 201))
    # A killed simulator leaves its link; the next one replaces it.
    with running("--pty", link), serial.Serial(str(link), timeout=PATIENCE_S) as port:
        assert command(port, "M107")[-1] == "ok P15 B3"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "nope"], "allowed: drop_link"),
        (["--fault", "reset@z=x"], "allowed: one of line"),
        (["--speed", "0"], "allowed: above 0"),
        (["--speed", "nan"], "allowed: above 0"),
        (["--tcp", "70000"], "allowed: 0 to 65535"),
        (["--dialect", "x"], "there is: marlin-2.1.2.1"),
        (["--printer", "../x"], "there is: example-i3"),
        (["--baud", "1"], "allowed: 50 to"),
        (["--rx-bytes", "1"], "allowed: 2 to"),
        (["--card", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--wire-log", "/nowhere/at/all/w"], "/nowhere/at/all/w"),
        (["--pty", "/nowhere/at/all/p"], "/nowhere/at/all/p"),
        (["--control", "/nowhere/at/all/c"], "/nowhere/at/all/c"),
        (["--truth", "/nowhere/at/all/t"], "/nowhere/at/all/"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_mdps_simulate_is_the_same_process() -> None:
    command_line = [sys.executable, "-m", "mdps_plugin.cli.main", "simulate", "--json"]
    process = subprocess.Popen([*command_line, "--tcp", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["pid"] == process.pid
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
        if process.stdout is not None:
            process.stdout.close()
    helped = subprocess.run([*command_line[:-1], "--help"], capture_output=True, text=True)
    assert helped.returncode == 0
    assert "thermal_runaway:heater" in helped.stdout


def test_a_card_and_a_wire_from_the_command_line(tmp_path: Path) -> None:
    folder, link = tmp_path / "card", tmp_path / "printer"
    folder.mkdir()
    (folder / "part.gcode").write_bytes(b"M117 hello\n")
    with (
        running("--pty", link, "--card", folder, "--baud", "115200", "--rx-bytes", "128"),
        serial.Serial(str(link), timeout=PATIENCE_S, exclusive=True) as port,
    ):
        assert "PART~1.GCO 11" in command(port, "M20")
