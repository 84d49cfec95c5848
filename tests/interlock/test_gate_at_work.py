"""Gate, links and watchdog at work on the simulator; OctoPrint's part is played by a plain host."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from mdps_plugin.errors import LinkError
from mdps_plugin.interlock import gate_link
from mdps_plugin.interlock.gate_link import GateLink
from mdps_plugin.interlock.gate_state import GateState
from mdps_plugin.interlock.pty_link import HostPort
from mdps_plugin.interlock.qualification import qualify
from mdps_plugin.interlock.serial_link import PrinterPort
from mdps_plugin.interlock.watchdog_link import main as watchdog_main
from tests.harness import wait_until
from tests.simulated import Simulator

from .bench import PROFILE_FILE, ROOT, numbered, profile
from .rig import Rig, job_lines, to_job

SAFE_STOP = list(profile().safe_stop)


class PlainHost:
    """Opens the pty and sends a line after each ok, as OctoPrint does."""

    def __init__(self, port: Path) -> None:
        self.port = serial.Serial(str(port), 115200, timeout=0.2)
        self.number = 0
        self.heard: list[str] = []
        self.port.write(b"M110 N0\n")
        self.until_ok()

    def until_ok(self, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line = self.port.readline().decode().strip()
            if line:
                self.heard.append(line)
            if line.startswith("ok"):
                return
        raise AssertionError(f"no ok; last heard {self.heard[-5:]}")

    def stream(self, lines: list[str]) -> None:
        for line in lines:
            self.number += 1
            self.port.write(numbered(self.number, line))
            self.until_ok()

    def __enter__(self) -> PlainHost:
        return self

    def __exit__(self, *exc: object) -> None:
        self.port.close()


def streams(rig: Rig, moves: int = 60) -> None:
    lines = job_lines(moves)
    job = to_job(lines)
    mark = rig.wire.mark()
    rig.gate.arm(job)
    with PlainHost(rig.pty) as host:
        host.stream(lines)
        assert rig.wait_for("build_streamed", 60).facts["streamed"] == job.digest
    assert rig.wire.digest(mark) == (job.digest, len(lines))


def test_the_printer_is_identified_and_qualified(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        verdict = qualify(rig.gate.identify(), profile())
        assert verdict.accepted, [finding.message() for finding in verdict.findings]


@pytest.mark.parametrize(
    "fault",
    ["drop_line:1@number=25", "lose_ok:1@number=25", "garbage:24@number=25"],
)
def test_a_disturbed_line_is_mended_and_the_job_is_complete(tmp_path: Path, fault: str) -> None:
    with Rig(tmp_path, arguments=("--fault", fault), ok_timeout_s=1.5) as rig:
        streams(rig)


ENDS = [
    ("reset@number=25", "printer_reset"),
    ("power_cut@number=25", "temperature_unknown"),
    ("kill_pin@number=25", "printer_halted"),
    ("drop_link:2@number=25", "printer_gone"),
    ("panel_temperature:230@number=25", "temperature_target"),
    ("panel_flow:110@number=25", "factor_changed"),
    ("panel_feed:150@number=25", "factor_changed"),
    ("thermal_runaway:hotend@number=25", "temperature_window"),
]


@pytest.mark.parametrize(("fault", "reason"), ENDS, ids=[fault for fault, _ in ENDS])
def test_what_happens_to_the_printer_ends_the_build(
    tmp_path: Path, fault: str, reason: str
) -> None:
    short = {"temperature_age_s": 4.0, "target_settle_s": 1.0, "factors_every_s": 1.0}
    with Rig(tmp_path, speed=60, arguments=("--fault", fault), **short) as rig:
        lines = job_lines(1500)
        rig.gate.arm(to_job(lines, excursion_s=0.0))
        with PlainHost(rig.pty) as host:
            with pytest.raises((AssertionError, OSError)):  # noqa: PT012 - it ends somewhere within
                for line in lines:
                    host.stream([line])
                    assert not [e for e in rig.events if e.kind == "build_aborted"]
            facts = rig.wait_for("build_aborted", 40).facts
        assert facts["reason"] == reason
        sent = rig.wire.job_lines()
        done = int(str(facts["line"]))
        assert sent[:done] == lines[:done]


def test_closing_stops_a_build_and_takes_the_link_away(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.gate.arm(to_job(job_lines(10)))
        assert rig.pty.is_symlink()
        rig.gate.close()
        assert not rig.pty.exists()
        assert rig.wait_for("build_aborted").facts["reason"] == "stopped"
        wait_until(lambda: set(SAFE_STOP) <= set(rig.wire.commands()), 5, "the safe-stop")
        with pytest.raises(LinkError):
            rig.gate.hold("nobody")
        assert not rig.note.exists()


def test_a_gate_that_breaks_writes_the_safe_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Rig(tmp_path) as rig:
        real = gate_link.step

        def breaks(state: GateState, given: object, now: float) -> object:
            if type(given).__name__ == "Hold":
                raise ZeroDivisionError("on purpose")
            return real(state, given, now)

        monkeypatch.setattr(gate_link, "step", breaks)
        with pytest.raises((LinkError, TimeoutError)):
            rig.gate.hold("technician")
        assert "on purpose" in str(rig.wait_for("gate_failed").facts["trace"])
        wait_until(lambda: set(SAFE_STOP) <= set(rig.wire.commands()), 5, "the safe-stop")


CONTROLLER = """
import sys, time
from pathlib import Path
from mdps_plugin.interlock.gate_link import GateLink
from mdps_plugin.interlock.profile import parse_profile
from tests.interlock.rig import job_lines, to_job
from tests.interlock.test_gate_at_work import PlainHost
profile = parse_profile(Path(sys.argv[1]).read_bytes(), "profile")
gate = GateLink(profile, sys.argv[2], Path(sys.argv[3]), lambda e: None, note=Path(sys.argv[4]))
gate.start()
while not gate.snapshot().printer_alive:
    time.sleep(0.05)
lines = job_lines(20000)
gate.arm(to_job(lines))
with PlainHost(Path(sys.argv[3])) as host:
    print("building", flush=True)
    for line in lines:
        host.stream([line])
        gate.face_alive()
"""


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[tuple[Simulator, subprocess.Popen[bytes], Path]]:
    """A controller in the middle of a build, in a process of its own."""
    with Simulator(tmp_path / "simulator", speed=40) as simulator:
        note = tmp_path / "note.json"
        controller = subprocess.Popen(
            [
                *(sys.executable, "-c", CONTROLLER, str(PROFILE_FILE), str(simulator.pty)),
                *(str(tmp_path / "printer"), str(note)),
            ],
            cwd=ROOT,
        )
        try:
            wait_until(
                lambda: sum(c.startswith("G1") for c in simulator.wire.commands()) > 50, 40, "moves"
            )
            yield simulator, controller, note
        finally:
            if controller.poll() is None:
                controller.send_signal(signal.SIGCONT)
            controller.kill()
            controller.wait()
            wait_until(note.exists, 30, "the watchdog's end")


def test_after_kill_9_the_watchdog_writes_the_safe_stop(
    killed: tuple[Simulator, subprocess.Popen[bytes], Path],
) -> None:
    simulator, controller, note = killed
    mark = simulator.wire.mark()
    controller.kill()
    controller.wait()
    wait_until(lambda: set(SAFE_STOP) <= set(simulator.wire.commands(mark)), 3, "the safe-stop")
    said = wait_until(lambda: note.exists() and json.loads(note.read_text()), 12, "the note")
    assert said["port"] == "handed over"
    assert said["confirmed"] is True
    assert said["lines"] == SAFE_STOP
    assert "ended without closing" in said["why"]
    first = simulator.wire.commands(mark).index("M104 S0")
    later = simulator.wire.commands(mark)[first:]
    assert not [line for line in later if line.startswith("G1")]


def test_a_controller_that_hangs_is_treated_as_gone(
    killed: tuple[Simulator, subprocess.Popen[bytes], Path],
) -> None:
    simulator, controller, note = killed
    mark = simulator.wire.mark()
    controller.send_signal(signal.SIGSTOP)
    wait_until(lambda: set(SAFE_STOP) <= set(simulator.wire.commands(mark)), 12, "the safe-stop")
    said = wait_until(lambda: note.exists() and json.loads(note.read_text()), 12, "the note")
    assert said["why"] == "the gate did not answer"
    controller.send_signal(signal.SIGCONT)
    wait_until(lambda: simulator.wire.commands(mark).count("M410") > 1, 5, "its own safe-stop")
    time.sleep(1)
    commands = simulator.wire.commands(mark)
    assert not [c for c in commands[commands.index("M104 S0") :] if c.startswith("G1")]


@pytest.mark.parametrize("line", ["G28", "M104 S200", "M104 S0\nG28"])
def test_the_watchdog_takes_no_line_that_heats_or_moves(line: str, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(SystemExit):
        watchdog_main(
            [
                *("--lifeline-fd", str(theirs.fileno()), "--port", "x", "--baud", "115200"),
                *("--note", str(tmp_path / "n"), "--safe-stop", line),
            ]
        )


def test_a_missing_printer_is_looked_for_until_it_is_there(tmp_path: Path) -> None:
    events: list[object] = []
    simulator = Simulator(tmp_path / "simulator")
    gate = GateLink(profile(), str(simulator.pty), tmp_path / "printer", events.append)
    gate.start()
    try:
        time.sleep(0.5)
        assert not gate.snapshot().printer_alive
        assert not gate.identify().connected
        with simulator:
            wait_until(lambda: gate.snapshot().printer_alive, 15, "the printer")
            assert gate.identify().connected
    finally:
        gate.close()


def test_the_printer_may_be_at_a_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = PrinterPort(f"socket://127.0.0.1:{server.getsockname()[1]}", 115200)
        peer, _ = server.accept()
        with peer:
            assert port.read() == b""
            assert port.write(b"M105\n") == 5
            assert peer.recv(100) == b"M105\n"
            peer.sendall(b"ok\n")
            assert wait_until(port.read) == b"ok\n"
        with pytest.raises(LinkError):
            wait_until(port.read)
        port.close()


@pytest.mark.parametrize("name", ["/nowhere/tty", "socket://127.0.0.1:1", "socket://x y"])
def test_a_port_that_cannot_be_opened_is_named(name: str) -> None:
    with pytest.raises(LinkError, match="cannot be opened"):
        PrinterPort(name, 115200)


def test_a_second_owner_of_the_port_is_kept_out(tmp_path: Path) -> None:
    host = HostPort(tmp_path / "printer")
    first = PrinterPort(str(tmp_path / "printer"), 115200)
    try:
        with pytest.raises(LinkError):
            PrinterPort(str(tmp_path / "printer"), 115200)
    finally:
        first.close()
        host.close()


def test_the_pty_link_replaces_an_old_link_but_no_file(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    link.symlink_to("/nowhere")
    host = HostPort(link)
    assert os.readlink(link).startswith("/dev/pts/")
    assert not host.is_open()
    with serial.Serial(str(link), 115200, timeout=1) as port:
        assert host.is_open()
        host.write(b"ok\n")
        assert port.readline() == b"ok\n"
        port.write(b"M105\n")
        assert wait_until(host.read) == b"M105\n"
    assert not host.is_open()
    host.close()
    assert not link.is_symlink()
    link.write_text("a file")
    with pytest.raises(LinkError, match="is a file"):
        HostPort(link)
    assert link.read_text() == "a file"
