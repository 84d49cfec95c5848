"""Reads the two kinds of data file of the simulator: dialects and printers. Models nothing.

A dialect is how one firmware talks and which limits it has; a printer is one machine. Both are
JSON in folders beside this file; every key must be there, no other key may be.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_HERE = Path(__file__).parent
T = TypeVar("T", bound="DataclassInstance")


class DataFault(Exception):
    """A data file is missing or is not what it should be; the text says which and where."""


@dataclass(frozen=True, kw_only=True)
class Protection:
    """Limits of one heater's watch and runaway timers (seconds, kelvin)."""

    watch_s: float
    watch_rise_k: float
    period_s: float
    hysteresis_k: float


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one firmware talks. Lengths in characters, times in seconds, temperatures in Celsius."""

    name: str
    provenance: str
    banner: tuple[str, ...]
    boot_s: float
    identity: str
    capabilities: tuple[str, ...]
    eeprom_version: str
    eeprom_bytes: int
    advanced_ok: bool
    command_slots: int
    planner_blocks: int
    line_chars: int
    busy_s: float
    reports_line_number: bool
    reports_fan: bool
    names_wrong_tool: bool
    notification_crlf: bool
    lists_power_loss: bool
    lists_linear_advance: bool
    advanced_pause: bool
    inch_mode: bool
    arc_segment_mm: float
    eeprom_fault_word: str
    retrieved_end: str
    card_seen_at_once: bool
    fans_reported: int
    prompt_patience_s: float
    integral_starts_at_holding: bool
    residency_s: float
    window_k: float
    wait_hysteresis_k: float
    cold_extrusion_c: float
    longest_extrusion_mm: float
    first_move_delay_s: float
    quick_stop_s: float
    raise_after_home_mm: float
    hotend_protection: Protection
    bed_protection: Protection

    def able(self, capability: str) -> bool:
        """True if M115 claims it (``ARCS``); the commands behind it are known only then."""
        return f"{capability}:1" in self.capabilities


@dataclass(frozen=True, kw_only=True)
class HeaterData:
    """One heater as a body of one heat capacity, with the firmware's limits for it."""

    power_w: float
    capacity_j_per_k: float
    loss_w_per_k: float
    fan_loss_w_per_k: float
    sensor_lag_s: float
    min_c: float
    max_c: float
    clamp_below_max_k: float
    pid: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Printer:
    """One machine: size and speeds in millimetres (and seconds), in the order X, Y, Z, E."""

    name: str
    machine_type: str
    uuid: str
    size_mm: tuple[float, ...]
    nozzle_mm: float
    ambient_c: float
    melt_c: float
    start_position_mm: tuple[float, ...]
    steps_per_mm: tuple[float, ...]
    max_feed_mm_s: tuple[float, ...]
    max_accel_mm_s2: tuple[float, ...]
    accel_mm_s2: tuple[float, ...]
    junction_deviation_mm: float
    homing_mm_s: tuple[float, ...]
    home_bump_mm: tuple[float, ...]
    park_mm: tuple[float, ...]
    hotend: HeaterData
    bed: HeaterData


def names(kind: str) -> list[str]:
    """Names of the files of ``kind`` (``dialects`` or ``printers``)."""
    return sorted(path.stem for path in (_HERE / kind).glob("*.json"))


def load_dialect(name: str) -> Dialect:
    """The dialect called ``name``; :class:`DataFault` if there is none."""
    return _load(Dialect, "dialects", name)


def load_printer(name: str) -> Printer:
    """The printer called ``name``; :class:`DataFault` if there is none."""
    return _load(Printer, "printers", name)


def _load(kind: type[T], folder: str, name: str) -> T:
    known = names(folder)
    if name not in known:
        raise DataFault(f"no {folder[:-1]} {name!r}; there is: {', '.join(known)}")
    return _build(kind, _read(folder, name), f"{name}.json")


def _read(folder: str, name: str) -> object:
    """The file's object; one that names another under ``like`` takes the rest from that one."""
    value = json.loads((_HERE / folder / f"{name}.json").read_text(encoding="utf-8"))
    if isinstance(value, dict) and "like" in value:
        base = _read(folder, str(value.pop("like")))
        value = {**base, **value} if isinstance(base, dict) else value
    return value


def _build(kind: type[T], value: object, place: str) -> T:
    if not isinstance(value, dict):
        raise DataFault(f"{place}: an object is needed")
    hints = typing.get_type_hints(kind)
    fields = [field.name for field in dataclasses.fields(kind)]
    wrong = sorted(set(fields) ^ set(value))
    if wrong:
        raise DataFault(f"{place}: {wrong[0]} is missing or unknown")
    return kind(**{name: _convert(hints[name], value[name], f"{place}: {name}") for name in fields})


def _convert(hint: type[object], value: object, place: str) -> object:
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, place)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise DataFault(f"{place}: a list is needed")
        item = typing.get_args(hint)[0]
        return tuple(_convert(item, each, place) for each in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise DataFault(f"{place}: {hint.__name__} is needed")
    return value


def read_data(kind: type[T], path: Path) -> T:
    """One object of ``kind`` from a JSON file; :class:`DataFault` says what is wrong with it."""
    return _build(kind, json.loads(path.read_text(encoding="utf-8")), path.name)
