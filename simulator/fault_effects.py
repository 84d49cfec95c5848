"""What each fault does to the simulated printer. When a fault begins is not decided here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .faults import Fault
from .firmware.card import Card

if TYPE_CHECKING:
    from .machine import Simulator

_AXES = {"x": 0, "y": 1, "z": 2}
_DAMAGE = {
    "drop_byte": "drop",
    "change_byte": "change",
    "double_byte": "double",
    "nul_byte": "nul",
    "half_line": "half",
    "double_line": "twice",
}
# What is on a card that somebody brings along: it heats and moves, and it is not the order's job.
STRAY_FILE = b"M104 S200\nG91\nG1 Z2 F300\nG1 X20 F1200\nG1 Y20\nG90\nG4 S5\nM104 S0\n"


def strike(simulator: Simulator, fault: Fault) -> None:
    """A fault that happens once."""
    name = fault.kind.name
    if name in _DAMAGE:
        simulator.damage.todo.extend([_DAMAGE[name]] * int(fault.number))
    elif name in _STRIKES:
        _STRIKES[name](simulator, fault)
    else:
        _at_the_panel(simulator, fault)


def _drop_line(simulator: Simulator, fault: Fault) -> None:
    simulator.lines_to_drop += int(fault.number)


def _lose_ok(simulator: Simulator, fault: Fault) -> None:
    simulator.oks_to_lose += int(fault.number)


def _kill_pin(simulator: Simulator, fault: Fault) -> None:
    if not simulator.firmware.killed:
        simulator.firmware.kill("Error:!! KILL caused by KILL button/pin")


def _flip(simulator: Simulator, fault: Fault) -> None:
    for _ in range(min(int(fault.number), 4096)):
        simulator.eeprom.flip_bit(simulator.rng.randrange(1 << 16))


def _shift(simulator: Simulator, fault: Fault) -> None:
    simulator.plant.push(0, fault.number)


def _print_from_card(simulator: Simulator, fault: Fault) -> None:
    if simulator.card is None:
        simulator.card = Card()
        simulator.card.put("STRAY.GCO", STRAY_FILE)
    simulator.firmware.print_from_panel(simulator.card)


_STRIKES: dict[str, Callable[[Simulator, Fault], None]] = {
    "drop_link": lambda simulator, fault: simulator.hang_up(fault.number),
    "drop_line": _drop_line,
    "lose_ok": _lose_ok,
    "garbage": lambda simulator, fault: simulator.send_garbage(int(fault.number)),
    "second_writer": lambda simulator, fault: simulator.write_beside(fault.argument),
    "reset": lambda simulator, fault: simulator.reset(),
    "kill_pin": _kill_pin,
    "eeprom_flip": _flip,
    "layer_shift": _shift,
    "card_print": _print_from_card,
}


def _at_the_panel(simulator: Simulator, fault: Fault) -> None:
    name, number, firmware = fault.kind.name, fault.number, simulator.firmware
    if name == "panel_temperature":
        simulator.set_target("hotend", number)
    elif name == "panel_bed":
        simulator.set_target("bed", number)
    elif name == "panel_flow":
        firmware.flow_percent = number
    elif name == "panel_feed":
        firmware.feed_percent = number
    else:
        simulator.plant.push(2, number)


def switch(simulator: Simulator, fault: Fault, *, on: bool) -> None:
    """A fault that lasts, on or off."""
    if fault.kind.argument == "heater":
        _switch_heater(simulator, fault.kind.name, fault.argument, on=on)
    elif fault.kind.argument == "axis":
        _switch_axis(simulator, fault.kind.name, _AXES[fault.argument], on=on)
    else:
        _switch_other(simulator, fault, on=on)


def _switch_heater(simulator: Simulator, name: str, which: str, *, on: bool) -> None:
    heater = simulator.plant.heaters[which]
    if name == "thermal_runaway":
        heater.dead = on
    elif name == "mosfet_stuck_on":
        heater.stuck_on = on
    elif name == "slow_heater":
        heater.strength = 0.5 if on else 1.0
    elif name == "never_heats":
        heater.ceiling_c = None
        (simulator.never_heats.add if on else simulator.never_heats.discard)(which)
        simulator.hold_below_target()
    else:
        heater.sensor_state = name.removeprefix("sensor_") if on else "good"


def _switch_axis(simulator: Simulator, name: str, axis: int, *, on: bool) -> None:
    plant = simulator.plant
    if name == "motor_dead":
        (plant.dead_motors.add if on else plant.dead_motors.discard)(axis)
    elif name == "loose_belt":
        (plant.loose_belts.add if on else plant.loose_belts.discard)(axis)
    elif on:
        plant.stuck_endstops[axis] = name == "endstop_shorted"
    else:
        plant.stuck_endstops.pop(axis, None)


def _switch_other(simulator: Simulator, fault: Fault, *, on: bool) -> None:
    name, plant = fault.kind.name, simulator.plant
    if name == "sensor_low":
        plant.heaters["hotend"].sensor_offset_k = -fault.number if on else 0.0
    elif name == "sensor_stuck":
        plant.heaters["hotend"].stuck_at_c = fault.number if on else None
    elif name == "noise":
        simulator.damage.noise = fault.number if on else 0.0
    elif name == "second_reader":
        simulator.answers_shared = on
    elif name == "fan_dead":
        plant.fan_dead = on
    elif name == "filament_slip":
        plant.slip = fault.number / 100.0 if on else 0.0
    elif name == "runout":
        plant.filament_present = not on
        simulator.firmware.filament_changed()
    elif name == "target_clamped":
        simulator.flaws["clamp_c"] = fault.number if on else None
        simulator.apply_flaws()
    elif name == "short_line_buffer":
        simulator.flaws["line_chars"] = fault.number if on else None
        simulator.apply_flaws()
    else:
        simulator.switch_power(not on)
