"""Settings that M92 to M501 change, and their listing as M503 gives it. Stores no file.

``Eeprom`` is the memory chip: it belongs to the machine and survives a reset and a power cut.
"""

from __future__ import annotations

import binascii
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
    load_mm: float = 0.0
    unload_mm: float = 100.0
    runout_sensor: bool = True

    def as_bytes(self) -> bytes:
        """All values as the chip holds them: a layout of this simulator, not of a firmware."""
        return json.dumps(vars(self), sort_keys=True).encode("ascii")

    def checksum(self) -> int:
        """A 16-bit sum over all values, as the firmware prints one."""
        return binascii.crc_hqx(self.as_bytes(), 0)


@dataclass
class JobStatistics:
    """What M78 tells, kept in the chip beside the settings."""

    prints: int = 0
    finished: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0
    filament_mm: float = 0.0


@dataclass
class Eeprom:
    """The chip: bytes and the sum written with them; no bytes as long as nothing was stored."""

    data: bytearray = field(default_factory=bytearray)
    crc: int = 0
    statistics: JobStatistics = field(default_factory=JobStatistics)

    def flip_bit(self, bit: int) -> None:
        """One bit of the stored settings turns over; nothing tells the firmware."""
        if self.data:
            place = bit % (8 * len(self.data))
            self.data[place // 8] ^= 1 << place % 8


@dataclass(frozen=True)
class CrcMismatch:
    """The sum found in the chip and the sum over what is in it."""

    stored: int
    found: int


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
    """Write the settings and their sum into the chip."""
    eeprom.data = bytearray(settings.as_bytes())
    eeprom.crc = settings.checksum()


def load(eeprom: Eeprom) -> Settings | CrcMismatch | None:
    """What is in the chip; a mismatch if a bit has turned; None if nothing was ever stored."""
    if not eeprom.data:
        return None
    found = binascii.crc_hqx(bytes(eeprom.data), 0)
    if found != eeprom.crc:
        return CrcMismatch(eeprom.crc, found)
    try:
        return Settings(**json.loads(eeprom.data))
    except (ValueError, TypeError, RecursionError):
        # Several turned bits may share a sum; the firmware would load what it finds.
        return CrcMismatch(eeprom.crc, found)


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
    if dialect.advanced_pause:
        lengths = f"M603 L{s.load_mm:.2f} U{s.unload_mm:.2f} ; (mm)"
        rows.append(("Filament load/unload", lengths))
    if dialect.able("RUNOUT"):
        sensor = f"M412 S{int(s.runout_sensor)} ; Sensor {_on(s.runout_sensor)}"
        rows.append(("Filament runout sensor", sensor))
    if dialect.lists_linear_advance:
        rows.append(("Linear Advance", f"M900 K{s.linear_advance:.2f}"))
    return rows


def _on(value: bool) -> str:
    return "ON" if value else "OFF"
