"""A bench for the pure gate: time by hand, a printer that answers as Marlin does."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from mdps_plugin.interlock.gate import step
from mdps_plugin.interlock.gate_state import (
    Arm,
    FaceAlive,
    GateEvent,
    GateInput,
    GateState,
    HostBytes,
    HostOpened,
    NotPossible,
    PrinterBytes,
    PrinterOpened,
    Tick,
    ToHost,
    ToPrinter,
)
from mdps_plugin.interlock.host_dialogue import checksum
from mdps_plugin.interlock.matching import JobOnWire, make_job
from mdps_plugin.interlock.profile import FirmwareProfile, parse_profile
from mdps_plugin.recipes.document import HoldLimits
from mdps_plugin.units import Range
from tests.simulated import is_query

ROOT = Path(__file__).resolve().parent.parent.parent
PROFILE_FILE = ROOT / "firmware_profiles" / "example-i3-marlin-2.1.json"

LINES = (
    "G21",
    "M140 S60",
    "M104 S215",
    "G28",
    *(f"G1 X{10 + i} Y20 E0.1 F1800" for i in range(30)),
    "M107",
    "M104 S0",
    "M140 S0",
    "M84",
)


@cache
def profile() -> FirmwareProfile:
    return parse_profile(PROFILE_FILE.read_bytes(), PROFILE_FILE.name)


def job(lines: tuple[str, ...] = LINES, **changes: Any) -> JobOnWire:
    data = "".join(line + "\n" for line in lines).encode()
    return make_job(
        **{
            "build_id": "build-1",
            "canonical": data,
            "planned_digest": hashlib.sha256(data).hexdigest(),
            "nozzle_c": Range(minimum=205, maximum=225),
            "bed_c": Range(minimum=50, maximum=70),
            "excursion_s": 5.0,
            "hold": HoldLimits(longest_s=60, total_s=90, count=3),
            "layer_start": (4, 14, 24),
            **changes,
        }
    )


def numbered(number: int, command: str) -> bytes:
    body = f"N{number} {command}".encode("latin-1")
    return body + b"*%d\n" % checksum(body)


class Bench:
    """Drives the gate. ``wire`` and ``heard`` collect what goes to the printer and OctoPrint."""

    def __init__(self) -> None:
        self.state = GateState(profile=profile())
        self.now = 1000.0
        self.wire = b""
        self.heard = b""
        self.events: list[GateEvent] = []
        self.refused: list[NotPossible] = []
        self.answering = True
        self.temperatures = "T:21.00 /0.00 B:21.00 /0.00"
        self.factors = {b"M220": b"FR:100%\n", b"M221": b"echo:E0 Flow: 100%\n"}
        self._answered = 0
        self._host_number = 0

    def give(self, given: GateInput) -> None:
        self.state, effects = step(self.state, given, self.now)
        for effect in effects:
            if isinstance(effect, ToPrinter):
                self.wire += effect.data
            elif isinstance(effect, ToHost):
                self.heard += effect.data
            elif isinstance(effect, GateEvent):
                self.events.append(effect)
            else:
                self.refused.append(effect)
        if self.answering:
            self._answer()

    def _answer(self) -> None:
        """Acknowledge every line written since the last time, in order, as Marlin does."""
        while b"\n" in self.wire[self._answered :]:
            line, _, _ = self.wire[self._answered :].partition(b"\n")
            self._answered += len(line) + 1
            number = re.match(rb"N(\d+) ", line)
            command = re.sub(rb"^N\d+ |\*\d+$", b"", line)
            if command == b"M112":
                continue
            if command == b"M105":
                answer = b"ok " + self.temperatures.encode() + b" @:0 B@:0\n"
            elif command == b"M114":
                answer = b"X:1.00 Y:2.00 Z:3.00 E:4.00 Count X:80 Y:160 Z:1200\nok\n"
            elif command in self.factors:
                answer = self.factors[command] + b"ok N%d P15 B3\n" % int(number[1])
            else:
                answer = b"ok N%d P15 B3\n" % int(number[1]) if number else b"ok P15 B3\n"
            self.give(PrinterBytes(answer))

    def connect(self) -> Bench:
        """Printer greeted and identified, OctoPrint there and greeted."""
        self.give(PrinterOpened())
        self.give(HostOpened())
        self.pass_time(1)
        self.host("M110 N0")
        self._host_number = 0
        return self.clear()

    def clear(self) -> Bench:
        """Forget what was collected so far."""
        self.heard = b""
        self.wire = self.wire[self._answered :]
        self._answered = 0
        self.events.clear()
        self.refused.clear()
        return self

    def deaf(self) -> Bench:
        """From now on the printer answers nothing."""
        self.answering = False
        return self

    def arm(self, wanted: JobOnWire | None = None) -> Bench:
        self.give(FaceAlive())
        self.give(Arm(wanted or job()))
        return self

    def raw(self, data: bytes) -> Bench:
        self.give(HostBytes(data))
        return self

    def host(self, *commands: str) -> Bench:
        """Lines from OctoPrint, each with the next number and its checksum."""
        for command in commands:
            if command.startswith("M110"):
                self._host_number = -1
            self._host_number += 1
            self.raw(numbered(self._host_number, command))
        return self

    def printer(self, data: str) -> Bench:
        self.give(PrinterBytes(data.encode("latin-1")))
        return self

    def pass_time(self, seconds: float, *, report: bool = True, face: bool = True) -> Bench:
        """Ticks of half a second; the printer reports and the face beats, unless told not to."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.5)
            if report:
                self.printer(f" {self.temperatures} @:0 B@:0\n")
            if face:
                self.give(FaceAlive())
            self.give(Tick())
        return self

    def build_to(self, count: int, lines: tuple[str, ...] = LINES) -> Bench:
        """Stream the first ``count`` lines, with targets reported as they are commanded."""
        for line in lines[:count]:
            self.host(line)
            self.follow(line)
        return self

    def follow(self, line: str) -> None:
        """The printer's reports follow the targets of a line, and are reached at once."""
        nozzle = re.fullmatch(r"M10[49] S(\d+)", line)
        bed = re.fullmatch(r"M1[49]0 S(\d+)", line)
        if nozzle:
            value = float(nozzle[1]) or 21.0
            head = f"T:{value:.2f} /{float(nozzle[1]):.2f}"
            self.temperatures = re.sub(r"T:\S+ /\S+", head, self.temperatures)
        if bed:
            value = float(bed[1]) or 21.0
            self.temperatures = re.sub(
                r"B:\S+ /\S+", f"B:{value:.2f} /{float(bed[1]):.2f}", self.temperatures
            )

    def commands(self) -> list[str]:
        """What went on the wire, without numbers and checksums."""
        return [
            re.sub(r"^N\d+ |\*\d+$", "", line) for line in self.wire.decode().split("\n") if line
        ]

    def job_lines(self) -> list[str]:
        return [line for line in self.commands() if not is_query(line)]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def event(self, kind: str) -> GateEvent:
        """The last event of that kind; AssertionError if there is none."""
        found = [event for event in self.events if event.kind == kind]
        assert found, f"no {kind} among {self.kinds()}"
        return found[-1]
