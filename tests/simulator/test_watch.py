"""The view of ``--watch``: on a terminal, on a pipe, as JSON; and what it shows."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from simulator.faults import parse_fault
from simulator.truth import snapshot
from simulator.watch import frame, one_line

from .host import Host
from .test_process import PATIENCE_S


class Terminal:
    """A terminal of so many rows and columns with the simulator in it."""

    def __init__(self, *arguments: str, rows: int = 24, columns: int = 80) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--tcp", "0", "--watch", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(slave)
        self.seen = ""

    def until(self, pattern: str) -> str:
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.seen):
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode()
        return self.seen

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=PATIENCE_S)
        while select.select([self.master], [], [], 0.1)[0]:
            try:
                self.seen += os.read(self.master, 65536).decode()
            except OSError:
                break
        os.close(self.master)
        return status


def test_a_terminal_is_overwritten_and_given_back() -> None:
    terminal = Terminal("--fault", "sensor_low:30", "--speed", "20")
    try:
        terminal.until(r"(?s)faults on   sensor_low:30.*faults on   sensor_low:30")
    finally:
        status = terminal.end()
    assert status == 0
    text = terminal.seen
    assert text.startswith("ready: ")
    # Frames overwrite: the screen is cleared once, at the beginning, and never between.
    assert text.count("\x1b[2J") == text.count("\x1b[?1049h") == text.count("\x1b[?25l") == 1
    assert text.count("\x1b[H") >= 2
    assert text.endswith("\x1b[?25h\x1b[?1049l")
    assert "reading is not the truth" in text


def test_a_small_terminal_gets_no_line_too_long() -> None:
    terminal = Terminal(rows=6, columns=20)
    try:
        terminal.until(r"(?s)\x1b\[J.*\x1b\[J")
    finally:
        terminal.end()
    shown = terminal.seen.split("\x1b[H")[1].split("\x1b[J")[0]
    lines = [re.sub(r"\x1b\[K|\r", "", line) for line in shown.split("\n")]
    assert len(lines) == 6
    assert max(map(len, lines)) == 20


def watching(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", "--tcp", "0", "--watch", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_pipe_gets_lines_and_its_end_ends_the_view_only(tmp_path: Path) -> None:
    truth = tmp_path / "truth"
    process = watching("--truth", str(truth), "--speed", "10")
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready: ")
        for _ in range(2):
            line = process.stdout.readline()
            assert re.match(r"t=\d+\.\d state=still nozzle=2\d\.\d/2\d\.\d/0 bed=", line), line
            assert "\x1b" not in line
        process.stdout.close()
        before = json.loads(truth.read_text())["t"]
        end = time.monotonic() + PATIENCE_S
        while json.loads(truth.read_text())["t"] < before + 30.0:
            assert time.monotonic() < end, "it ended with its reader"
            time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0


def test_json_gives_the_truth_a_line() -> None:
    process = watching("--json")
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"] is True
        assert json.loads(process.stdout.readline())["nozzle"]["target_c"] == 0
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def test_frame_and_line_show_what_is_true() -> None:
    host = Host()
    for text in ("M104 S200", "M109 S200", "G28", "G1 X50 Y40 Z0.2 F6000", "M400"):
        host.command(text)
    host.simulator.add_fault(parse_fault("sensor_low:40"))
    host.simulator.add_fault(parse_fault("power_cut@z>100"))
    host.wait(30.0)
    truth = snapshot(host.simulator)
    line = one_line(truth)
    assert "x=50.00 y=40.00 z=0.20" in line
    assert "faults=sensor_low:40" in line
    text = "\n".join(frame(truth, "/tmp/\x1b[2Jport", "max"))
    assert "\x1b" not in text
    assert "true            50.00     40.00    0.20" in text
    assert re.search(r"nozzle +2[2-4]\d\.\d +(19|20)\d\.\d +200 .*not the truth", text)
    assert re.search(r"bed +2\d\.\d +2\d\.\d +0 +0%$", text, re.MULTILINE)
    assert "to come     power_cut@z>100" in text
    host.simulator.switch_power(False)
    assert "state=no-power" in one_line(snapshot(host.simulator))
    host.simulator.switch_power(True)
    host.wait(2.0)
    host.write(b"M112\n")
    assert "state=killed" in one_line(snapshot(host.simulator))
