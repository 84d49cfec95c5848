"""Command line of ``python -m simulator``: options to one checked object. Starts nothing."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .data import DataFault, Dialect, Printer, load_printer, names
from .faults import KINDS, QUANTITIES, Fault, FaultError, parse_fault
from .firmware.card import Card, load_card
from .manner import Manner, load_speech, speeches
from .scenario import Scenario, ScenarioFault, load_scenario, parse_speed
from .wire import Wire

_DIALECT, _PRINTER = "marlin-2.1.2.1", "example-i3"


T = TypeVar("T")

_DESCRIPTION = """\
A simulated 3D printer for testing printer software. It speaks as Marlin does over a serial port
or TCP, moves and heats as a machine does, fails on request, and tells the truth on the side.
It prints one line when the port is there, and runs until Ctrl-C."""

_EXAMPLES = """\
first steps:
  mdps simulate --pty /tmp/printer --watch       open /tmp/printer in your software, 115200 baud
  mdps simulate --tcp 5555 --speed max           socket://127.0.0.1:5555 in pyserial; no waiting
  mdps simulate --pty /tmp/printer --fault sensor_low:30@z>5    a nozzle hotter than it says"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything that one run of the simulator was asked for."""

    pty: Path | None
    tcp: int | None
    speed: float
    seed: int
    faults: tuple[Fault, ...]
    wire_log: Path | None
    truth: Path | None
    control: Path | None
    dialect: Dialect
    manner: Manner | None
    printer: Printer
    card: Card | None
    wire: Wire
    reset_on_open: bool
    scenario: Scenario
    watch: bool
    picture: Path | None
    json: bool

    @property
    def speed_text(self) -> str:
        """As it was written: a number or ``max``."""
        return "max" if math.isinf(self.speed) else f"{self.speed:g}"


def _fault_help() -> str:
    lines = ["faults (NAME[:ARGUMENT][@CONDITION]):"]
    for kind in KINDS.values():
        shape = f"{kind.name}:{kind.argument}" if kind.argument else kind.name
        default = f" (default {kind.default})" if kind.default else ""
        lines.append(f"  {shape:28} {kind.what}{default}")
    lines.append("conditions, with = or > or <:")
    lines.extend(f"  {name:28} {what}" for name, what in QUANTITIES.items())
    lines.append("examples: --fault drop_line@line=40  --fault mosfet_stuck_on:bed@z>20")
    return "\n".join(lines)


def build_parser() -> argparse.ArgumentParser:
    """All options, with the table of faults in the help."""
    parser = argparse.ArgumentParser(
        prog="mdps simulate",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n\n{_fault_help()}\n\nall of it: docs/simulator.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument_group("where your software finds the printer").add_argument
    add("--pty", metavar="LINK", type=Path, help="a serial port: LINK is made and points to it")
    add("--tcp", metavar="PORT", type=int, help="a TCP port of this machine; 0: any free one")
    add("--reset-on-open", action="store_true", help="restart the board at every open, as DTR does")
    add = parser.add_argument_group("which printer").add_argument
    add("--dialect", help=f"{', '.join(speeches())} (default {_DIALECT})")
    add("--printer", help=f"{', '.join(names('printers'))} (default {_PRINTER})")
    add("--card", type=Path, metavar="FOLDER", help="a memory card with the G-code of FOLDER in it")
    add("--baud", type=float, metavar="N", help="characters take ten bits of N a second each way")
    add("--latency", type=float, default=0.0, metavar="MS", help="milliseconds each way, virtual")
    add("--rx-bytes", type=int, metavar="N", help="size of the port's receive ring, 128 on many")
    add("--seed", type=int, help="for noise and random bytes (default 0)")
    add("--speed", metavar="N", help="virtual seconds a second, or max: no waiting (default 1)")
    add = parser.add_argument_group("what happens to it").add_argument
    add("--fault", action="append", default=[], metavar="FAULT", help="see below; may be repeated")
    add("--scenario", type=Path, metavar="FILE", help="faults, set points and expectations (TOML)")
    add("--control", type=Path, metavar="SOCKET", help="ask and set while it runs (JSON lines)")
    add = parser.add_argument_group("what you see of it").add_argument
    add("--watch", action="store_true", help="temperatures, position, faults on this terminal")
    add("--wire-log", type=Path, metavar="FILE", help="all lines of both sides (JSON lines)")
    add("--truth", type=Path, metavar="FILE", help="the true state, twice a second (JSON)")
    add("--picture", type=Path, metavar="FOLDER", help="what was deposited, one PNG a layer")
    add("--json", action="store_true", help="what goes to this terminal as JSON lines")
    return parser


def read_options(argv: Sequence[str] | None) -> Options:
    """Checked options; wrong usage ends the process with status 2 and a sentence."""
    parser = build_parser()
    found = parser.parse_args(argv)
    if found.pty is not None and found.tcp is not None:
        parser.error("--pty and --tcp: one of them, not both")
    if found.tcp is not None and not 0 <= found.tcp <= 65535:
        parser.error(f"--tcp {found.tcp}; allowed: 0 to 65535")
    try:
        scenario = Scenario() if found.scenario is None else load_scenario(found.scenario)
        return _options(found, scenario)
    except (FaultError, DataFault) as fault:
        parser.error(str(fault))
    except ScenarioFault as fault:
        parser.exit(2, f"simulate: {fault}\n")


def _card(folder: Path | None) -> Card | None:
    try:
        return None if folder is None else load_card(folder)
    except OSError as fault:
        raise DataFault(f"--card {folder}: {fault.strerror}") from None


def _wire(baud: float | None, latency_ms: float, rx_bytes: int | None) -> Wire:
    if baud is not None and not 50.0 <= baud <= 4e6:
        raise DataFault(f"--baud {baud:g}; allowed: 50 to 4000000")
    if not 0.0 <= latency_ms <= 10_000.0:
        raise DataFault(f"--latency {latency_ms:g}; allowed: 0 to 10000")
    if rx_bytes is not None and not 2 <= rx_bytes <= 65536:
        raise DataFault(f"--rx-bytes {rx_bytes}; allowed: 2 to 65536")
    return Wire(baud=baud, latency_s=latency_ms / 1000.0, rx_bytes=rx_bytes)


def _options(found: argparse.Namespace, scenario: Scenario) -> Options:
    """What the command line leaves open, the scenario says; what both leave open is the default."""
    try:
        speed = _first(
            None if found.speed is None else parse_speed(found.speed), scenario.speed, 1.0
        )
    except FaultError as fault:
        raise FaultError(f"--{fault}") from None
    dialect, manner = load_speech(_first(found.dialect, scenario.dialect, _DIALECT))
    return Options(
        pty=found.pty,
        tcp=found.tcp,
        speed=speed,
        seed=_first(found.seed, scenario.seed, 0),
        faults=tuple(parse_fault(text) for text in found.fault),
        wire_log=found.wire_log,
        truth=found.truth,
        control=found.control,
        dialect=dialect,
        manner=manner,
        printer=load_printer(_first(found.printer, scenario.printer, _PRINTER)),
        card=_card(found.card),
        wire=_wire(found.baud, found.latency, found.rx_bytes),
        reset_on_open=found.reset_on_open,
        scenario=scenario,
        watch=found.watch,
        picture=found.picture,
        json=found.json,
    )


def _first(asked: T | None, in_scenario: T | None, default: T) -> T:
    for value in (asked, in_scenario):
        if value is not None:
            return value
    return default
