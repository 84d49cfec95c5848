"""Runs a job once for each fault, gate and printer in one virtual time, and writes what was seen.

    python benchmarks/fault_table.py            # writes docs/simulator-faults.md
    python benchmarks/fault_table.py --check    # status 1 if the page is not what a run gives
    python benchmarks/fault_table.py --only sensor_low

The printer is the simulator, the controller is the gate's own pure function, the host sends a line
when the last one was answered, as OctoPrint does. No clock, no port: every run gives the same
digits. About ten seconds of processor time.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from mdps_plugin.interlock.gate import step
from mdps_plugin.interlock.gate_state import (
    Arm,
    FaceAlive,
    GateEvent,
    GateInput,
    GateState,
    HostBytes,
    HostOpened,
    PrinterBytes,
    PrinterClosed,
    PrinterOpened,
    Tick,
    ToHost,
    ToPrinter,
)
from mdps_plugin.interlock.host_dialogue import checksum
from mdps_plugin.interlock.matching import make_job
from mdps_plugin.interlock.profile import parse_profile
from mdps_plugin.recipes.document import HoldLimits
from mdps_plugin.units import Range
from simulator.faults import KINDS, parse_fault
from simulator.machine import Simulator
from simulator.truth import snapshot

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "simulator-faults.md"
PROFILE = ROOT / "firmware_profiles" / "example-i3-marlin-2.1.json"

#: Faults whose effect depends on when or where they begin; all others begin with the second layer.
CASES: dict[str, tuple[str, ...]] = {
    "thermal_runaway": (
        "thermal_runaway@t=3",
        "thermal_runaway@layer=2",
        "thermal_runaway:bed@layer=2",
    ),
    "never_heats": ("never_heats@t=3", "never_heats:bed@t=3"),
    "mosfet_stuck_on": ("mosfet_stuck_on@layer=2", "mosfet_stuck_on:bed@layer=2"),
    "sensor_low": ("sensor_low:30@nozzle>100",),
    "sensor_open": ("sensor_open@layer=2", "sensor_open:bed@layer=2"),
    "sensor_short": ("sensor_short@layer=2", "sensor_short:bed@layer=2"),
    "short_line_buffer": ("short_line_buffer:20@layer=2",),
    "homing_failed": ("homing_failed@t=3",),
    "endstop_shorted": ("endstop_shorted@t=3",),
}
NOTICES = ("build_aborted", "temperature_deviation", "printer_gone", "printer_reset", "tripped")
FIRMWARE = re.compile(r"Error:.*|!!.*|echo:Homing Failed|start|Resend: \d+|echo:Unknown command.*")
NOZZLE_C, BED_C = (205.0, 225.0), (50.0, 70.0)
TICK_S = 0.5
LATER_S = 300.0
LONGEST_S = 3600.0


def job_lines() -> list[str]:
    """Heating, homing, three layers; the second takes about ten minutes."""
    lines = ["G21", "G90", "M83", "M220 S100", "M221 S100"]
    lines += ["M140 S60", "M104 S215", "G28", "M190 S60", "M109 S215"]
    for layer, moves in ((1, 20), (2, 300), (3, 20)):
        lines.append(f"G1 Z{0.2 * layer:.1f} F600")
        for move in range(moves):
            x, y = 60 + 60 * (move % 2), 50 + move % 40
            lines.append(f"G1 X{x} Y{y} E2 F1800")
    return [*lines, "M104 S0", "M140 S0", "M107", "M84"]


@dataclass
class Run:
    """One job with one fault: printer, gate and host; ``now`` is virtual seconds."""

    fault: str | None
    records: list[dict[str, object]] = field(default_factory=list)
    events: list[GateEvent] = field(default_factory=list)
    now: float = 0.0
    sent: int = 0
    wanted: int = 0
    host_number: int = 0
    back_at: float = math.inf
    away_mm: float = 0.0
    looked_at: float = 0.0
    marks: dict[str, dict[str, float]] = field(default_factory=dict)
    highest: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.simulator = Simulator(record=self.records.append)
        self.state = GateState(profile=parse_profile(PROFILE.read_bytes(), PROFILE.name))
        self.job = job_lines()
        if self.fault is not None:
            self.simulator.add_fault(parse_fault(self.fault))
        self.until(2.0)
        self.give(PrinterOpened())
        self.give(HostOpened())
        self.until(10.0)
        self.to_gate("M110 N0")
        self.host_number = 0
        self.until(12.0)
        data = "".join(line + "\n" for line in self.job).encode()
        self.give(
            Arm(
                make_job(
                    build_id="fault-table",
                    canonical=data,
                    planned_digest=hashlib.sha256(data).hexdigest(),
                    nozzle_c=Range(minimum=NOZZLE_C[0], maximum=NOZZLE_C[1]),
                    bed_c=Range(minimum=BED_C[0], maximum=BED_C[1]),
                    excursion_s=10.0,
                    hold=HoldLimits(longest_s=60, total_s=90, count=3),
                    layer_start=(8, 29, 330),
                )
            )
        )
        self.next_line()

    def give(self, given: GateInput) -> None:
        """One input to the gate, and its effects carried out."""
        self.state, effects = step(self.state, given, self.now)
        for effect in effects:
            if isinstance(effect, ToPrinter):
                self.simulator.receive(effect.data, self.now)
            elif isinstance(effect, ToHost):
                self.host_heard(effect.data.decode("latin-1"))
            elif isinstance(effect, GateEvent):
                self.events.append(effect)

    def host_heard(self, text: str) -> None:
        """An ok asks for the next line; told to cancel, it sends no more, as OctoPrint does."""
        for line in text.splitlines():
            self.wanted += line.startswith("ok") and self.sent > 0
            if line.startswith("//action:cancel"):
                self.sent = len(self.job)

    def next_line(self) -> None:
        """The host: the next line of the job once the last was answered."""
        if self.sent < len(self.job):
            self.sent += 1
            self.to_gate(self.job[self.sent - 1])

    def to_gate(self, line: str) -> None:
        self.host_number += 1
        body = f"N{0 if line.startswith('M110') else self.host_number} {line}".encode()
        self.give(HostBytes(body + b"*%d\n" % checksum(body)))

    def until(self, end: float) -> None:
        """Live until ``end``: the printer's events as they come, a tick every half second."""
        while self.now < end:
            tick = (math.floor(self.now / TICK_S + 1e-9) + 1) * TICK_S
            self.now = min(max(self.simulator.next_event_time(), self.now + 1e-3), tick, end)
            data = self.simulator.poll(self.now)
            self.hang_up()
            if data and math.isinf(self.back_at):
                self.give(PrinterBytes(data))
            # Outside the gate's own turn: its answer may be the next ok.
            while self.wanted:
                self.wanted -= 1
                self.next_line()
            if self.now >= tick - 1e-9:
                self.give(FaceAlive())
                self.give(Tick())
            self.look()

    def hang_up(self) -> None:
        while self.simulator.link_orders:
            self.back_at = self.now + (self.simulator.link_orders.popleft() or math.inf)
            self.give(PrinterClosed("hang-up"))
        if self.now >= self.back_at:
            self.back_at = math.inf
            self.give(PrinterOpened())

    def look(self) -> None:
        """Keep what the plant was when the fault began and when the controller noticed."""
        begun = self.simulator.active or self.note("fault: ")
        if begun and "fault" not in self.marks:
            self.marks["fault"] = self.plant()
        if "fault" not in self.marks:
            return
        if self.now >= self.looked_at + TICK_S:
            self.looked_at = self.now
            self.look_at_heat()
        if all(self.simulator.firmware.homed):
            self.away_mm = self.plant()["away"]
        if self.notice() is not None and "notice" not in self.marks:
            self.marks["notice"] = self.plant()

    def look_at_heat(self) -> None:
        """Keep the highest true temperatures before the notice and after it."""
        truth = snapshot(self.simulator)
        top = self.highest.setdefault(
            "after" if "notice" in self.marks else "until", {"nozzle": 0.0, "bed": 0.0}
        )
        for name in top:
            heater = truth[name]
            top[name] = max(top[name], heater["true_c"] if isinstance(heater, dict) else 0.0)

    def plant(self) -> dict[str, float]:
        """Counts of the plant, and how far the head is from where the firmware believes it."""
        plant, firmware = self.simulator.plant, self.simulator.firmware
        believed = list(firmware.position)
        for block in firmware.planner.blocks:
            for axis in range(3):
                believed[axis] -= block.delta[axis] * (1.0 - block.done)
        away = max(abs(plant.position[axis] - believed[axis]) for axis in range(3))
        return {
            "t": self.now,
            "moves": plant.extruding_moves,
            "laid": plant.deposited_mm,
            "cold": plant.cold_mm,
            "away": away,
        }

    def note(self, text: str) -> float | None:
        """When the wire log first had a note that begins so."""
        for record in self.records:
            if record["dir"] == "note" and str(record["raw"]).startswith(text):
                return float(str(record["t"]))
        return None

    def notice(self) -> GateEvent | None:
        """The first event by which the controller says that something is wrong."""
        return next((event for event in self.events if event.kind in NOTICES), None)

    def ended(self) -> GateEvent | None:
        """The event with which the build ended."""
        kinds = ("build_streamed", "build_aborted")
        return next((event for event in self.events if event.kind in kinds), None)

    def as_planned(self) -> bool:
        """True if every move and all plastic is that of a run without a fault, and not too hot."""
        top = self.highest.get("until", {"nozzle": math.inf, "bed": math.inf})
        cool = top["nozzle"] < NOZZLE_C[1] and top["bed"] < BED_C[1]
        same = printed(self.simulator) == printed(clean().simulator)
        return cool and same and self.in_time()

    def in_time(self) -> bool:
        """True if the job took as long as without the fault, to 5 %."""
        ended, planned = self.ended(), clean().ended()
        if ended is None or planned is None:
            return False
        return abs(ended.at - planned.at) < 0.05 * planned.at

    def play(self) -> Run:
        """The whole job, and five minutes more."""
        while self.ended() is None and self.now < LONGEST_S:
            self.until(self.now + 5.0)
        self.until(self.now + LATER_S)
        return self


def printed(simulator: Simulator) -> tuple[str, float, float]:
    """What a print is compared by: moves and their plastic, plastic in all, head against belief."""
    plant = simulator.plant
    return plant.extruding_sha256(), round(plant.deposited_mm, 3), round(plant.position[0], 2)


@functools.cache
def clean() -> Run:
    """The job without a fault."""
    return Run(None).play()


def row(fault: str) -> str:
    """One line of the table."""
    run = Run(fault).play()
    began = run.marks.get("fault")
    if began is None:
        return f"| `{fault}` | did not begin | | |"
    since = run.note("fault: ") or began["t"]
    heard = [
        (float(str(record["t"])), str(record["raw"]))
        for record in run.records
        if record["dir"] == "printer" and float(str(record["t"])) >= since
    ]
    said = next(((t, raw) for t, raw in heard if FIRMWARE.fullmatch(raw)), None)
    notice = run.notice()
    if said is not None:
        firmware = f"{after(said[0] - since)}: `{said[1]}`"
    else:
        firmware = "**never**" if notice is None else "not within five minutes"
    if notice is not None:
        controller = f"{after(notice.at - since)}: {words(run, notice)}"
    elif run.as_planned():
        controller = "no need: the job is printed as planned"
    else:
        controller = "**never**"
    return f"| `{fault}` | {firmware} | {controller} | {meanwhile(run)} |"


def words(run: Run, notice: GateEvent) -> str:
    """Why the build ended, in the words of the gate."""
    ended = run.ended()
    if ended is None or ended.kind != "build_aborted":
        return f"`{notice.kind}`, the build goes on"
    return f"ends the build, `{ended.facts['reason']}`"


def after(seconds: float) -> str:
    """Seconds as they stand in the table."""
    return "at once" if seconds < 0.5 else f"{seconds:.1f} s"


def meanwhile(run: Run) -> str:
    """What the plant did between the fault and the notice, or the end of the job."""
    began, then = run.marks["fault"], run.marks.get("notice") or run.plant()
    until = run.highest.get("until", {"nozzle": 0.0, "bed": 0.0})
    parts = [
        f"{then['moves'] - began['moves']:.0f} moves, {then['laid'] - began['laid']:.0f} mm laid"
    ]
    if then["cold"] > began["cold"]:
        parts.append(f"{then['cold'] - began['cold']:.0f} mm pushed cold")
    if run.away_mm > 0.1 and "notice" not in run.marks:
        parts.append(f"head {run.away_mm:.1f} mm from where it is believed")
    if until["nozzle"]:
        parts.append(f"nozzle up to {until['nozzle']:.0f} °C, bed {until['bed']:.0f} °C")
    if "notice" not in run.marks and not run.in_time():
        ended, planned = run.ended(), clean().ended()
        if ended is not None and planned is not None:
            parts.append(f"done after {ended.at:.0f} s, by plan {planned.at:.0f} s")
    later = run.highest.get("after")
    if later and (later["nozzle"] > until["nozzle"] + 5 or later["bed"] > until["bed"] + 5):
        parts.append(f"**afterwards nozzle {later['nozzle']:.0f} °C, bed {later['bed']:.0f} °C**")
    return "; ".join(parts)


def cases(only: str | None) -> list[str]:
    """The faults to run, in the order of the simulator's own table."""
    return [
        case
        for name in KINDS
        if only in (None, name)
        for case in CASES.get(name, (f"{name}@layer=2",))
    ]


HEAD = """\
# When is a fault noticed?

One job of about fifteen minutes (heating, homing, three layers, nozzle 215 °C, bed 60 °C), once
for each fault, in virtual time. The firmware is the simulator's `marlin-2.1.2.1`; the controller is
this repository's gate with a window of 205 to 225 °C (bed 50 to 70 °C) that may be left for 10 s.
It ends a build by the safe-stop, which switches the heaters off; a stuck switch does not obey.

Seconds count from the beginning of the fault. The last column is ground truth: what the machine did
from the fault to the controller's notice (to the end of the job, if it never came), and, if it got
worse, in the five minutes after it. *No need* means that every move, all plastic, the time and both
true temperatures are those of the job without a fault.

Made by `python benchmarks/fault_table.py`; with `--check` it says whether the page still holds.
Faults and their arguments: [simulator.md](simulator.md#faults). Reasons:
[gate.md](gate.md#what-ends-a-build).

| fault | the firmware notices | the controller notices | the plant meanwhile |
|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the page, write nothing")
    parser.add_argument("--only", choices=list(KINDS), help="print the rows of one fault")
    options = parser.parse_args()
    rows = []
    for case in cases(options.only):
        rows.append(row(case))
        print(rows[-1], file=sys.stdout if options.only else sys.stderr, flush=True)
    if options.only:
        return 0
    text = HEAD + "\n".join(rows) + "\n"
    if options.check:
        same = PAGE.read_text(encoding="utf-8") == text
        print("the page is what a run gives" if same else f"{PAGE.name} differs", file=sys.stderr)
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
