"""The view of ``--watch`` as text: one frame, or one line. Knows no terminal, no clock."""

from __future__ import annotations

from collections.abc import Mapping

_LABEL = 12
_LIE_K = 15.0


def one_line(truth: Mapping[str, object]) -> str:
    """Everything that matters on one line, for a pipe or a plain terminal."""
    nozzle, bed, place = _part(truth, "nozzle"), _part(truth, "bed"), _part(truth, "position_mm")
    faults = ",".join(_texts(truth, "faults")) or "none"
    return (
        f"t={truth['t']:.1f} state={state(truth)} "
        f"nozzle={_heat(nozzle)} bed={_heat(bed)} "
        f"x={place['x']:.2f} y={place['y']:.2f} z={place['z']:.2f} "
        f"line={truth['last_number']} layer={truth['layers']} faults={faults}"
    )


def _heat(heater: Mapping[str, float]) -> str:
    return f"{heater['true_c']:.1f}/{heater['reported_c']:.1f}/{heater['target_c']:.0f}"


def state(truth: Mapping[str, object]) -> str:
    """One word for what the printer is doing."""
    if not truth["powered"]:
        return "no-power"
    if truth["killed"]:
        return "killed"
    return "moving" if truth["moving"] else "still"


def frame(truth: Mapping[str, object], port: str, speed: str) -> list[str]:
    """The lines of one screen; each may be cut to the width of a terminal."""
    place, plan = _part(truth, "position_mm"), _part(truth, "planned_mm")
    lines = [
        f"simulated printer at {port}",
        f"virtual time {_clock(truth['t'])}, speed {speed}, {state(truth)}",
        "",
        f"{'':{_LABEL}}{'true':>9}{'reported':>10}{'target':>8}{'power':>8}",
        _heater_row("nozzle", _part(truth, "nozzle")),
        _heater_row("bed", _part(truth, "bed")),
        "",
        f"{'':{_LABEL}}{'X':>9}{'Y':>10}{'Z':>8}  mm",
        f"{'true':{_LABEL}}{place['x']:9.2f}{place['y']:10.2f}{place['z']:8.2f}",
        f"{'planned end':{_LABEL}}{plan['x']:9.2f}{plan['y']:10.2f}{plan['z']:8.2f}",
        "",
        f"{'layer':{_LABEL}}{truth['layers']:>9}",
        f"{'line number':{_LABEL}}{truth['last_number']:>9}   host lines {truth['host_lines']}",
        f"{'filament':{_LABEL}}{truth['deposited_mm']:9.1f} mm laid",
        f"{'':{_LABEL}}{truth['cold_mm']:9.1f} mm cold",
        _waiting_row(truth),
        "",
        "faults on   " + (", ".join(_texts(truth, "faults")) or "none"),
        "to come     " + (", ".join(_texts(truth, "pending_faults")) or "none"),
    ]
    return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


def _waiting_row(truth: Mapping[str, object]) -> str:
    moves, commands, lines = (
        truth[name] for name in ("planner_blocks", "queued_commands", "waiting_lines")
    )
    return f"{'waiting':{_LABEL}}{moves:>9} moves, {commands} commands, {lines} lines"


def _heater_row(name: str, heater: Mapping[str, float]) -> str:
    # A sensor that lies is the one thing that this view is for: it must be seen at a glance.
    lies = abs(heater["true_c"] - heater["reported_c"]) > _LIE_K
    mark = "  <- the reading is not the truth" if lies else ""
    return (
        f"{name:{_LABEL}}{heater['true_c']:9.1f}{heater['reported_c']:10.1f}"
        f"{heater['target_c']:8.0f}{heater['duty'] * 100:7.0f}%{mark}"
    )


def _part(truth: Mapping[str, object], name: str) -> Mapping[str, float]:
    part = truth[name]
    return part if isinstance(part, Mapping) else {}


def _texts(truth: Mapping[str, object], name: str) -> list[str]:
    found = truth[name]
    return [str(text) for text in found] if isinstance(found, list) else []


def _clock(seconds: object) -> str:
    whole = int(seconds) if isinstance(seconds, (int, float)) else 0
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
