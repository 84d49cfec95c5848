"""As fast as the host can take: the same outcome, whatever the host and the machine do."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest
import serial

from simulator.clock_link import FreeClock, SteadyClock, clock_for
from simulator.pace import owes_answer

from .host import Host
from .test_process import PATIENCE_S, command, running

JOB = [
    "M140 S45",
    "M104 S200",
    "G28",
    "M190 S45",
    "M109 S200",
    "G90",
    "M83",
    "G1 Z0.2 F1200",
    *(f"G1 X{20 + 10 * (n % 4)} Y{20 + 10 * (n // 2 % 4)} E0.5 F2400" for n in range(60)),
    "G4 S1800",
    "G1 Z0.4 F1200",
    *(f"G1 X{20 + 10 * (n % 4)} Y{20 + 10 * (n // 2 % 4)} E0.5 F2400" for n in range(60)),
    "M104 S0",
    "M140 S0",
    "M400",
]
PLASTIC = ("deposited_mm", "cold_mm", "extruding_moves", "extruding_sha256", "layers", "lost_mm")


def truth_of(control: Path) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(control))
        client.sendall(b'{"get": "truth"}\n')
        with client.makefile("rb") as replies:
            return json.loads(replies.readline())["truth"]


def print_job(tmp_path: Path, speed: str, pause_s: float = 0.0) -> dict[str, object]:
    link, control = tmp_path / "printer", tmp_path / "control"
    with (
        running("--pty", link, "--control", control, "--speed", speed),
        serial.Serial(str(link), timeout=PATIENCE_S, exclusive=True) as port,
    ):
        for number, line in enumerate(JOB):
            if pause_s and number % 40 == 0:
                time.sleep(pause_s)
            command(port, line)
        return truth_of(control)


def test_a_host_that_thinks_longer_gets_the_same_print_to_the_last_digit(tmp_path: Path) -> None:
    quick, slow = print_job(tmp_path, "max"), print_job(tmp_path, "max", pause_s=0.3)
    # The moment of the question after the job is the host's own.
    for truth in (quick, slow):
        del truth["host_lines"], truth["nozzle"], truth["bed"]
    assert quick == slow
    assert float(str(quick["t"])) > 1900.0


def test_the_plastic_is_that_of_a_steady_clock(tmp_path: Path) -> None:
    free, steady = print_job(tmp_path, "max"), print_job(tmp_path, "500")
    assert {name: free[name] for name in PLASTIC} == {name: steady[name] for name in PLASTIC}
    assert free["layers"] == 2
    assert free["cold_mm"] == 0.0


def test_tcp_keeps_the_pace_too(tmp_path: Path) -> None:
    with (
        running("--tcp", 0, "--speed", "max") as (_, ready),
        serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port,
    ):
        assert ready["speed"] == "max"
        # An hour of waiting is not waited for; the port's patience is half a minute.
        assert len(command(port, "G4 S3600")) > 1700


def test_a_wait_for_a_person_does_not_race(tmp_path: Path) -> None:
    log = tmp_path / "wire.jsonl"
    with (
        running("--tcp", 0, "--speed", "max", "--wire-log", log) as (_, ready),
        serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port,
    ):
        port.write(b"M113 S1\nM0 look at it\n")
        while b"busy: paused" not in port.readline():
            pass
        assert log.read_text().count("busy") < 5
        port.write(b"M108\n")
        while not port.readline().startswith(b"ok"):
            pass


def test_steady_clock_counts() -> None:
    seconds = [5.0]
    clock = SteadyClock(4.0, lambda: seconds[0])
    seconds[0] = 7.0
    assert clock.now() == 8.0
    assert clock.seconds_until(12.0) == 1.0


def test_free_clock_stands_until_the_patience_is_over() -> None:
    seconds = [0.0]
    clock = FreeClock(lambda: seconds[0])
    seconds[0] = 0.9
    assert clock.now() == 0.0
    clock.jump(30.0)
    assert clock.now() == 30.0
    clock.jump(20.0)
    assert clock.now() == 30.0
    seconds[0] = 0.9 + 2.0 + 2.5
    assert clock.now() == pytest.approx(32.5)
    assert clock.seconds_until(33.0) == pytest.approx(0.5)
    clock.heard()
    seconds[0] += 0.5
    assert clock.now() == pytest.approx(32.5)
    clock.jump(float("inf"))
    assert clock.now() == pytest.approx(32.5)


def test_the_word_max_has_no_rate() -> None:
    assert clock_for(float("inf")).free
    assert not clock_for(3.0).free


def test_what_counts_as_owing_an_answer() -> None:
    host = Host()
    assert not owes_answer(host.simulator)
    host.write(b"G4 S5\n")
    assert owes_answer(host.simulator)
    host.wait(6.0)
    assert not owes_answer(host.simulator)
    host.simulator.reset()
    assert owes_answer(host.simulator), "a booting board has something to say"
    host.wait(2.0)
    host.write(b"M112\n")
    assert not owes_answer(host.simulator)
