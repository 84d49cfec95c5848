"""What somebody at the printer's panel can set: four values, nothing on the wire. Reads no request.

The control socket and scenario files use the same names and the same bounds.
"""

from __future__ import annotations

from collections.abc import Mapping

from .faults import FaultError
from .machine import Simulator

SETTABLE: Mapping[str, tuple[float, float]] = {
    "nozzle_target_c": (0.0, 500.0),
    "bed_target_c": (0.0, 200.0),
    "flow_percent": (10.0, 999.0),
    "feed_percent": (10.0, 999.0),
}


def check_values(values: object) -> dict[str, float]:
    """Names and numbers as they may be set; :class:`FaultError` says what is allowed."""
    if not isinstance(values, dict) or not values:
        raise FaultError(f"set: one or more of {', '.join(SETTABLE)} with a number")
    checked: dict[str, float] = {}
    for name, value in values.items():
        if name not in SETTABLE:
            raise FaultError(f"set: {name!r}; allowed: {', '.join(SETTABLE)}")
        low, high = SETTABLE[name]
        number = not isinstance(value, bool) and isinstance(value, (int, float))
        if not number or not low <= value <= high:
            raise FaultError(f"set: {name} {value!r}; allowed: {low:g} to {high:g}")
        checked[name] = float(value)
    return checked


def set_values(simulator: Simulator, values: Mapping[str, float]) -> None:
    """Set them at the simulator's present time; each leaves a note in the wire log."""
    for name, number in values.items():
        simulator.note(f"panel: {name} {number:g}")
        if name == "nozzle_target_c":
            simulator.set_target("hotend", number)
        elif name == "bed_target_c":
            simulator.set_target("bed", number)
        elif name == "flow_percent":
            simulator.firmware.flow_percent = number
        else:
            simulator.firmware.feed_percent = number
