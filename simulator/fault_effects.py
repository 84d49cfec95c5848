"""What each fault does to the simulated printer. When a fault begins is not decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from .machine import Simulator

_AXES = {"x": 0, "y": 1, "z": 2}


def strike(simulator: Simulator, fault: Fault) -> None:
    """A fault that happens once."""
    name = fault.kind.name
    if name == "drop_link":
        simulator.link_orders.append(fault.number)
    elif name == "drop_line":
        simulator.lines_to_drop += int(fault.number)
    elif name == "lose_ok":
        simulator.oks_to_lose += int(fault.number)
    elif name == "garbage":
        simulator.send_garbage(int(fault.number))
    elif name == "reset":
        simulator.reset()
    elif name == "kill_pin":
        if not simulator.firmware.killed:
            simulator.firmware.kill("Error:!! KILL caused by KILL button/pin")
    elif name == "panel_temperature":
        simulator.set_target("hotend", fault.number)
    else:
        simulator.firmware.flow_percent = fault.number


def switch(simulator: Simulator, fault: Fault, *, on: bool) -> None:
    """A fault that lasts, on or off."""
    name, argument = fault.kind.name, fault.argument
    heaters = simulator.plant.heaters
    if name == "thermal_runaway":
        heaters[argument].dead = on
    elif name == "mosfet_stuck_on":
        heaters[argument].stuck_on = on
    elif name == "never_heats":
        heaters[argument].ceiling_c = None
        (simulator.never_heats.add if on else simulator.never_heats.discard)(argument)
        simulator.hold_below_target()
    elif name == "sensor_low":
        heaters["hotend"].sensor_offset_k = -fault.number if on else 0.0
    elif name in ("sensor_open", "sensor_short"):
        heaters[argument].sensor_state = name.removeprefix("sensor_") if on else "good"
    elif name == "power_cut":
        simulator.switch_power(not on)
    elif on:
        simulator.plant.stuck_endstops[_AXES[argument]] = name == "endstop_shorted"
    else:
        simulator.plant.stuck_endstops.pop(_AXES[argument], None)
