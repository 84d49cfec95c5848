"""Wire and card on the command line: bytes take time, a ring overflows, a card has files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import serial

from .test_pace import truth_of
from .test_process import PATIENCE_S, command, running


def test_characters_take_their_time(tmp_path: Path) -> None:
    control = tmp_path / "control"
    arguments = ("--tcp", 0, "--baud", 1200, "--latency", 10, "--control", control)
    with (
        running(*arguments, "--speed", "max") as (_, ready),
        serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port,
    ):
        command(port, "M117 " + "x" * 60)
        before = float(str(truth_of(control)["t"]))
        for _ in range(10):
            assert command(port, "M117 " + "x" * 60)[-1].startswith("ok")
        took = float(str(truth_of(control)["t"])) - before
    # 66 characters there, at least 9 back, ten bits each, and 10 ms each way.
    assert took > 10 * (75 * 10 / 1200 + 0.02)


def test_a_ring_of_128_bytes_loses_what_does_not_fit(tmp_path: Path) -> None:
    log = tmp_path / "wire.jsonl"
    arguments = ("--tcp", 0, "--rx-bytes", 128, "--wire-log", log, "--speed", "max")
    with (
        running(*arguments) as (_, ready),
        serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port,
    ):
        command(port, "G4 P1")
        port.write(b"".join(b"G4 P%d\n" % number for number in range(40)))
        port.timeout = 3.0
        answered = 0
        while line := port.readline():
            answered += line.startswith(b"ok")
    assert 3 < answered < 40
    assert "bytes lost" in log.read_text()


def test_a_folder_is_a_card(tmp_path: Path) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "A long name.gcode").write_text("G28\nM400\n")
    (folder / "b.gco").write_text("G4 S900\n")
    with (
        running("--tcp", 0, "--card", folder, "--speed", "max") as (_, ready),
        serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port,
    ):
        listed = command(port, "M20")
        assert any(line.startswith("B.GCO 8") for line in listed), listed
        command(port, "M23 B.GCO")
        command(port, "M24")
        # A quarter of an hour from the card is not waited for.
        while b"Done printing file" not in port.readline():
            pass


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--baud", "10"], "--baud 10; allowed: 50 to 4000000"),
        (["--latency", "-1"], "--latency -1; allowed: 0 to 10000"),
        (["--latency", "nan"], "--latency nan; allowed: 0 to 10000"),
        (["--rx-bytes", "1"], "--rx-bytes 1; allowed: 2 to 65536"),
        (["--card", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--tcp", "1", "--pty", "x"], "one of them"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
