"""Settings that M92 to M501 change, and their listing as M503 gives it. Stores no file.

``Eeprom`` is the memory chip: it belongs to the board and survives a reset.
"""

from __future__ import annotations

import binascii
import copy
import json
from dataclasses import dataclass, field

from ..data import Dialect, Printer


@dataclass(kw_only=True)
class Settings:
    """Values in mm, mm/s, mm/s^2, in the order X, Y, Z, E (``accel``: print, retract, travel)."""

    steps: list[float]
    max_feed: list[float]
    max_accel: list[float]
    accel: list[float]
    deviation: float
    min_segment_us: float = 20000.0
    min_feed: float = 0.0
    min_travel_feed: float = 0.0
    home_offset: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    hotend_pid: list[float] = field(default_factory=list)
    bed_pid: list[float] = field(default_factory=list)
    filament_mm: float = 1.75
    volumetric: bool = False
    linear_advance: float = 0.0
    power_loss: bool = False

    def checksum(self) -> int:
        """A 16-bit sum over all values, as the firmware prints one."""
        data = json.dumps(vars(self), sort_keys=True).encode("ascii")
        return binascii.crc_hqx(data, 0)


@dataclass
class Eeprom:
    """What M500 stored last; None as long as nothing was."""

    stored: Settings | None = None


def default_settings(printer: Printer) -> Settings:
    """Settings compiled into the firmware of this printer."""
    return Settings(
        steps=list(printer.steps_per_mm),
        max_feed=list(printer.max_feed_mm_s),
        max_accel=list(printer.max_accel_mm_s2),
        accel=list(printer.accel_mm_s2),
        deviation=printer.junction_deviation_mm,
        hotend_pid=list(printer.hotend.pid),
        bed_pid=list(printer.bed.pid),
    )


def store(eeprom: Eeprom, settings: Settings) -> None:
    """Put a copy into the chip."""
    eeprom.stored = copy.deepcopy(settings)


def load(eeprom: Eeprom) -> Settings | None:
    """A copy of what is in the chip."""
    return copy.deepcopy(eeprom.stored)


def listing(settings: Settings, dialect: Dialect) -> list[tuple[str, str]]:
    """Pairs of heading and command line, in the order of M503."""
    axes = ("X", "Y", "Z", "E")

    def four(values: list[float]) -> str:
        return " ".join(f"{axis}{value:.2f}" for axis, value in zip(axes, values, strict=False))

    s = settings
    jerk = f"J{s.deviation:.2f}"
    state = "" if s.volumetric else " (Disabled)"
    rows = [
        ("Linear Units", "G21 ; (mm)"),
        ("Temperature Units", "M149 C ; Units in Celsius"),
        (f"Filament settings{state}", f"M200 S{int(s.volumetric)} D{s.filament_mm:.2f}"),
        ("Steps per unit", f"M92 {four(s.steps)}"),
        ("Max feedrates (units/s)", f"M203 {four(s.max_feed)}"),
        ("Max Acceleration (units/s2)", f"M201 {four(s.max_accel)}"),
        (
            "Acceleration (units/s2) (P<print-accel> R<retract-accel> T<travel-accel>)",
            f"M204 P{s.accel[0]:.2f} R{s.accel[1]:.2f} T{s.accel[2]:.2f}",
        ),
        (
            "Advanced (B<min_segment_time_us> S<min_feedrate> T<min_travel_feedrate> J<junc_dev>)",
            f"M205 B{s.min_segment_us:.2f} S{s.min_feed:.2f} T{s.min_travel_feed:.2f} {jerk}",
        ),
        ("Home offset", f"M206 {four(s.home_offset)}"),
        ("Hotend PID", "M301 P{:.2f} I{:.2f} D{:.2f}".format(*s.hotend_pid)),
        ("Bed PID", "M304 P{:.2f} I{:.2f} D{:.2f}".format(*s.bed_pid)),
    ]
    if dialect.lists_power_loss:
        rows.append(("Power-loss recovery", f"M413 S{int(s.power_loss)} ; {_on(s.power_loss)}"))
    rows.append(("Linear Advance", f"M900 K{s.linear_advance:.2f}"))
    return rows


def _on(value: bool) -> str:
    return "ON" if value else "OFF"
