"""The faults by name, their arguments and the conditions under which they begin. Applies nothing.

Text form, as on the command line: ``NAME[:ARGUMENT][@CONDITION]`` with conditions such as
``@line=120`` ``@t=30`` ``@z>20`` ``@layer=3`` ``@nozzle>180``. A condition holds once; the fault
then begins and stays until it is switched off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEATERS = ("hotend", "bed")
QUANTITIES = {
    "line": "host lines that have arrived, blank ones left out",
    "number": "line number the host wrote (N)",
    "t": "virtual seconds since the start",
    "x": "true X in mm",
    "y": "true Y in mm",
    "z": "true Z in mm",
    "layer": "layers begun with plastic, the first is 1",
    "nozzle": "true nozzle temperature in Celsius",
    "bed": "true bed temperature in Celsius",
}


class FaultError(Exception):
    """A fault that does not exist, or one with a wrong argument or condition."""


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """One row of the table: what ``argument`` is (None: takes none), its default, what happens."""

    name: str
    argument: str | None
    default: str
    lasting: bool
    what: str


def _kind(
    name: str, what: str, argument: str | None = None, default: str = "", *, lasting: bool = False
) -> FaultKind:
    return FaultKind(name=name, argument=argument, default=default, lasting=lasting, what=what)


_TABLE = (
    _kind("drop_link", "the port hangs up, and comes back after that time", "seconds", "5"),
    _kind("drop_line", "the next host lines vanish unseen", "count", "1"),
    _kind("lose_ok", "the next ok lines never leave the printer", "count", "1"),
    _kind("drop_byte", "one byte of each of the next host lines vanishes", "count", "1"),
    _kind("change_byte", "one bit of each of the next host lines turns over", "count", "1"),
    _kind("double_byte", "one byte of each of the next host lines comes twice", "count", "1"),
    _kind("nul_byte", "a NUL gets into each of the next host lines", "count", "1"),
    _kind("half_line", "the next host lines lose their second half and their end", "count", "1"),
    _kind("double_line", "each of the next host lines comes twice", "count", "1"),
    _kind(
        "noise", "that share of the host's bytes has a bit changed", "share", "0.01", lasting=True
    ),
    _kind("second_writer", "another program writes a line into the port", "line", "M105"),
    _kind("second_reader", "another program takes half of the answers", lasting=True),
    _kind("garbage", "random bytes are sent to the host", "count", "24"),
    _kind("reset", "the board restarts: banner, state and queue lost, plant as it was"),
    _kind("power_cut", "no power: heaters off, motors off, silence", lasting=True),
    _kind("kill_pin", "the kill button of the panel is pressed"),
    _kind("thermal_runaway", "the heater is dead", "heater", "hotend", lasting=True),
    _kind("never_heats", "the heater stops 4 K below any target", "heater", "hotend", lasting=True),
    _kind("mosfet_stuck_on", "full power whatever is asked", "heater", "hotend", lasting=True),
    _kind("sensor_low", "the nozzle sensor reads too low", "kelvin", "30", lasting=True),
    _kind("sensor_open", "the sensor wire is broken", "heater", "hotend", lasting=True),
    _kind("sensor_short", "the sensor wires touch", "heater", "hotend", lasting=True),
    _kind("panel_temperature", "somebody sets the nozzle target at the panel", "celsius", "230"),
    _kind("panel_bed", "somebody sets the bed target at the panel", "celsius", "80"),
    _kind("panel_flow", "somebody sets the flow at the panel", "percent", "110"),
    _kind("panel_feed", "somebody sets the speed at the panel", "percent", "150"),
    _kind("panel_z", "somebody shifts the nozzle in Z at the panel", "millimetres", "0.2"),
    _kind(
        "card_print", "somebody puts in a card, or uses the one there, and prints its first file"
    ),
    _kind("target_clamped", "no nozzle target goes above that", "celsius", "200", lasting=True),
    _kind(
        "short_line_buffer", "lines are cut behind that length", "characters", "40", lasting=True
    ),
    _kind("eeprom_flip", "bits of the stored settings turn over", "count", "1"),
    _kind("sensor_stuck", "the nozzle sensor reads that for ever", "celsius", "25", lasting=True),
    _kind("slow_heater", "half of the heater's power is missing", "heater", "hotend", lasting=True),
    _kind("fan_dead", "the fan does not turn", lasting=True),
    _kind("runout", "there is no filament", lasting=True),
    _kind("filament_slip", "that part of the feed does not arrive", "slip", "20", lasting=True),
    _kind("loose_belt", "two percent of each way of the axis is lost", "axis", "x", lasting=True),
    _kind("layer_shift", "the head is pushed along X", "millimetres", "2"),
    _kind("motor_dead", "the motor of the axis does not turn", "axis", "x", lasting=True),
    _kind("homing_failed", "the end-stop never closes", "axis", "x", lasting=True),
    _kind("endstop_shorted", "the end-stop is always closed", "axis", "x", lasting=True),
)
KINDS: Mapping[str, FaultKind] = {kind.name: kind for kind in _TABLE}

_NUMBERS = {
    "seconds": (0.0, 86400.0),
    "count": (1.0, 65536.0),
    "kelvin": (-400.0, 400.0),
    "celsius": (0.0, 500.0),
    "percent": (10.0, 999.0),
    "slip": (0.0, 100.0),
    "share": (0.0, 1.0),
    "millimetres": (-50.0, 50.0),
    "characters": (8.0, 96.0),
}
_LONGEST_LINE = 80
_CONDITION = re.compile(r"([a-z]+)\s*(=|>|<)\s*(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """``quantity sign value``; ``=`` holds from the first moment the value is reached."""

    quantity: str
    sign: str
    value: float

    def holds(self, values: Mapping[str, float]) -> bool:
        """True if it holds now."""
        now = values[self.quantity]
        return now < self.value if self.sign == "<" else self._reached(now)

    def _reached(self, now: float) -> bool:
        return now > self.value if self.sign == ">" else now >= self.value


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault to come: its kind, the argument as text, the condition if there is one."""

    kind: FaultKind
    argument: str
    condition: Condition | None

    @property
    def number(self) -> float:
        """The argument as a number."""
        return float(self.argument)

    def text(self) -> str:
        """As it would stand on the command line."""
        argument = f":{self.argument}" if self.argument else ""
        when = self.condition
        place = f"@{when.quantity}{when.sign}{when.value:g}" if when else ""
        return f"{self.kind.name}{argument}{place}"


def parse_fault(text: str) -> Fault:
    """Read ``NAME[:ARGUMENT][@CONDITION]``; :class:`FaultError` lists what is allowed."""
    head, at, condition = text.partition("@")
    name, colon, argument = head.partition(":")
    return make_fault(name, argument if colon else None, condition if at else None)


def make_fault(name: str, argument: str | None, condition: str | None) -> Fault:
    """A fault from its three parts; :class:`FaultError` lists what is allowed."""
    kind = KINDS.get(name.strip())
    if kind is None:
        raise FaultError(f"no fault {name.strip()!r}; allowed: {', '.join(KINDS)}")
    return Fault(
        kind=kind,
        argument=_argument(kind, argument),
        condition=None if condition is None else parse_condition(condition),
    )


def _argument(kind: FaultKind, argument: str | None) -> str:
    if kind.argument is None:
        if argument:
            raise FaultError(f"fault {kind.name} takes no argument; found {argument!r}")
        return ""
    text = kind.default if argument is None else argument.strip()
    if kind.argument == "heater":
        return _one_of(kind, text, HEATERS)
    if kind.argument == "axis":
        return _one_of(kind, text, ("x", "y", "z"))
    if kind.argument == "line":
        if not text or not text.isascii() or not text.isprintable() or len(text) > _LONGEST_LINE:
            raise FaultError(
                f"fault {kind.name}: line {text!r}; "
                f"allowed: 1 to {_LONGEST_LINE} printable characters"
            )
        return text
    low, high = _NUMBERS[kind.argument]
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise FaultError(
            f"fault {kind.name}: {kind.argument} {text!r}; allowed: {low:g} to {high:g}"
        )
    return text


def _one_of(kind: FaultKind, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise FaultError(
            f"fault {kind.name}: {kind.argument} {text!r}; allowed: {', '.join(allowed)}"
        )
    return text


def parse_condition(text: str) -> Condition:
    """Read ``quantity sign number``; :class:`FaultError` lists what is allowed."""
    match = _CONDITION.fullmatch(text.strip())
    if match is None or match[1] not in QUANTITIES:
        raise FaultError(
            f"condition {text.strip()!r}; allowed: one of {', '.join(QUANTITIES)}, "
            "then = or > or <, then a number"
        )
    return Condition(quantity=match[1], sign=match[2], value=float(match[3]))
