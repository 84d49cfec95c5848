"""Command line of ``python -m simulator``: options to one checked object. Starts nothing."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .data import DataFault, Dialect, Printer, load_dialect, load_printer, names
from .faults import KINDS, QUANTITIES, Fault, FaultError, parse_fault

_FASTEST = 1000.0


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
    printer: Printer
    reset_on_open: bool
    json: bool


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
        description="A Marlin-dialect printer behind a pseudo terminal or a TCP port.",
        epilog=_fault_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--pty", metavar="LINK", type=Path, help="make a symbolic link to the port")
    where.add_argument("--tcp", metavar="PORT", type=int, help="listen on this machine; 0: any")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per second")
    parser.add_argument("--seed", type=int, default=0, help="for noise and random bytes")
    parser.add_argument("--fault", action="append", default=[], metavar="FAULT", help="see below")
    parser.add_argument("--wire-log", type=Path, metavar="FILE", help="all lines, JSON lines")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="true state, twice a second")
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="ask and set while it runs")
    parser.add_argument("--dialect", default="marlin-2.1.2.1", help=", ".join(names("dialects")))
    parser.add_argument("--printer", default="example-i3", help=", ".join(names("printers")))
    parser.add_argument(
        "--reset-on-open", action="store_true", help="restart the board at every open, as DTR does"
    )
    parser.add_argument("--json", action="store_true", help="print the ready line as JSON")
    return parser


def read_options(argv: Sequence[str] | None) -> Options:
    """Checked options; wrong usage ends the process with status 2 and a sentence."""
    parser = build_parser()
    found = parser.parse_args(argv)
    if not math.isfinite(found.speed) or not 0.0 < found.speed <= _FASTEST:
        parser.error(f"--speed {found.speed:g}; allowed: above 0 to {_FASTEST:g}")
    if found.tcp is not None and not 0 <= found.tcp <= 65535:
        parser.error(f"--tcp {found.tcp}; allowed: 0 to 65535")
    try:
        return Options(
            pty=found.pty,
            tcp=found.tcp,
            speed=found.speed,
            seed=found.seed,
            faults=tuple(parse_fault(text) for text in found.fault),
            wire_log=found.wire_log,
            truth=found.truth,
            control=found.control,
            dialect=load_dialect(found.dialect),
            printer=load_printer(found.printer),
            reset_on_open=found.reset_on_open,
            json=found.json,
        )
    except (FaultError, DataFault) as fault:
        parser.error(str(fault))
