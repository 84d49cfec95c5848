"""Replays the host's side of a recorded session and gives both sides' answers. Compares nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from simulator.data import load_dialect, load_printer
from simulator.machine import Simulator

TRANSCRIPTS = Path(__file__).parent / "transcripts"
_ENTRY = re.compile(r" *(\d+\.\d+) (>>|<<) (.*)")
_ESCAPE = re.compile(r"\\(n|r|\\|x([0-9a-fA-F]{2}))")


@dataclass
class Session:
    """One run of the firmware: host pieces with their times, printer lines as recorded."""

    host: list[tuple[float, bytes]] = field(default_factory=list)
    printer: list[str] = field(default_factory=list)
    end: float = 0.0


def _bytes(text: str) -> bytes:
    named = {"n": "\n", "r": "\r", "\\": "\\"}

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[2], 16)) if match[2] else named[match[1]]

    return _ESCAPE.sub(plain, text).encode("latin-1")


def sessions(name: str) -> list[Session]:
    """The sessions of one file, split where the firmware was started anew."""
    found: list[Session] = []
    for line in (TRANSCRIPTS / f"{name}.txt").read_text(encoding="latin-1").splitlines():
        if "(re)start" in line:
            found.append(Session())
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        session = found[-1]
        session.end = float(entry[1])
        data = _bytes(entry[3])
        if entry[2] == ">>":
            session.host.append((float(entry[1]), data))
        else:
            session.printer.append(data.decode("latin-1").rstrip("\r\n"))
    return found


def lab_simulator(dialect: str) -> Simulator:
    """A printer with the size and the settings of the one that was recorded."""
    printer = load_printer("example-i3")
    hotend = replace(printer.hotend, power_w=40.0, pid=(22.2, 1.08, 114.0))
    bed = replace(printer.bed, pid=(10.0, 0.02, 305.4))
    return Simulator(
        dialect=load_dialect(dialect),
        printer=replace(
            printer,
            machine_type="LabPrinter",
            uuid="cede2a2f-41a2-4748-9b12-c55c62f367ff",
            size_mm=(200.0, 200.0, 200.0),
            steps_per_mm=(80.0, 80.0, 400.0, 500.0),
            max_feed_mm_s=(300.0, 300.0, 5.0, 25.0),
            max_accel_mm_s2=(3000.0, 3000.0, 100.0, 10000.0),
            accel_mm_s2=(3000.0, 3000.0, 3000.0),
            hotend=hotend,
            bed=bed,
        ),
    )


def replay(session: Session, simulator: Simulator, speed: float = 1.0) -> list[str]:
    """The simulator's lines to the session's host pieces at their recorded times.

    Pieces of one instant arrive together, as one write of the host.
    """
    answer = b""
    for at, pieces in groupby(session.host, key=lambda entry: entry[0]):
        answer += simulator.poll(at * speed)
        simulator.receive(b"".join(data for _, data in pieces), at * speed)
    answer += simulator.poll((session.end + 0.5) * speed)
    return [line.rstrip("\r") for line in answer.decode("latin-1").split("\n")[:-1]]
