"""The printer of the recordings, its card and what was done to its plant. Compares nothing."""

from __future__ import annotations

from dataclasses import replace

from simulator.data import load_dialect, load_printer
from simulator.faults import parse_fault
from simulator.firmware.card import Card
from simulator.firmware.settings import Eeprom, default_settings, store
from simulator.machine import Simulator
from simulator.wire import Wire

BUGFIX, RELEASE = "marlin-bugfix-2.1.x-full", "marlin-2.1.2.1-full"

FAULTS = {
    "hotend sensor short": "sensor_short",
    "hotend sensor open": "sensor_open",
    "hotend sensor stuck 25": "sensor_stuck:25",
    "hotend sensor offset -80": "sensor_low:80",
    "hotend sensor offset -30": "sensor_low:30",
    "bed sensor short": "sensor_short:bed",
    "bed sensor open": "sensor_open:bed",
    "hotend heater off": "thermal_runaway",
    "hotend heater on": "mosfet_stuck_on",
    "bed heater off": "thermal_runaway:bed",
    "x end stuck0": "homing_failed:x",
    "x end stuck1": "endstop_shorted:x",
    "x drv off": "motor_dead:x",
    "kill 1": "kill_pin",
    "runout 1": "runout",
}


def small_file() -> bytes:
    """A print of the length, the headings and the end of the recorded SMALL.GCO (not kept)."""
    head = "M107\nM140 S50\nM104 S190\nG28\nM190 S50\nM109 S190\nM114\nG90\nM83\nG92 E0\n"
    head += ";" + "-" * 500 + "\nG1 Z0.3 F300\n"
    moves, e = "", 0.0
    for index in range(150):
        step = 0.08
        e += step
        moves += f"G1 X{90 + index % 2 * 6:.3f} Y{90 + index * 0.1:.3f} E{step:.4f} F3600\n"
    tail = f"G1 E{12.44 - e:.2f} F600\nG1 Z5 F600\nM104 S0\nM140 S0\nM107\nG1 X0 Y0 F6000\n"
    fill = 6572 - len(head) - len(moves) - len(tail)
    assert fill > 2
    return (head + moves + ";" + " " * (fill - 2) + "\n" + tail).encode("ascii")


def lab_card() -> Card:
    """The card of the recordings: one file under two names."""
    card = Card()
    card.put("SMALL.GCO", small_file())
    card.put("A Longer Name.gcode", small_file())
    return card


def lab_eeprom(dialect: str, *, stored: bool) -> Eeprom:
    """A new chip, or one with the compiled-in settings."""
    chip = Eeprom()
    if stored:
        store(chip, default_settings(lab_simulator(dialect).printer))
    return chip


def lab_simulator(
    dialect: str,
    *,
    card: Card | None = None,
    eeprom: Eeprom | None = None,
    rx_bytes: int | None = None,
) -> Simulator:
    """A printer with the size and the settings of the one that was recorded."""
    printer = load_printer("example-i3")
    # 40 W, 12 J/K and 200 W, 350 J/K as the recorder's plant had; losses from its cooling down.
    hotend = replace(
        printer.hotend, power_w=40.0, capacity_j_per_k=12.0, loss_w_per_k=0.109, sensor_lag_s=1.0
    )
    bed = replace(
        printer.bed,
        power_w=200.0,
        capacity_j_per_k=350.0,
        loss_w_per_k=1.63,
        sensor_lag_s=1.0,
        pid=(10.0, 0.02, 305.4),
    )
    return Simulator(
        dialect=load_dialect(dialect),
        printer=replace(
            printer,
            machine_type="LabPrinter",
            uuid="cede2a2f-41a2-4748-9b12-c55c62f367ff",
            size_mm=(200.0, 200.0, 200.0),
            steps_per_mm=(80.0, 80.0, 400.0, 500.0),
            max_feed_mm_s=(300.0, 300.0, 5.0, 25.0),
            max_accel_mm_s2=(3000.0, 3000.0, 100.0, 10000.0),
            accel_mm_s2=(3000.0, 3000.0, 3000.0),
            hotend=hotend,
            bed=bed,
        ),
        card=lab_card() if card is None else card,
        eeprom=eeprom,
        wire=Wire(rx_bytes=rx_bytes),
    )


def act(simulator: Simulator, remark: str) -> None:
    """What a ``CTL`` line of a recording did to the plant; other remarks do nothing."""
    if not remark.startswith("CTL "):
        return
    order = remark.removeprefix("CTL ")
    words = order.split()
    if order in FAULTS:
        simulator.add_fault(parse_fault(FAULTS[order]))
    elif order == "runout 0":
        simulator.clear_fault("runout")
    elif words[1:2] == ["temp"]:
        simulator.plant.advance(simulator.now)
        heater = simulator.plant.heaters[words[0]]
        heater.true_c = float(words[2])
    else:
        assert order in ("state", "kill 0"), order


__all__ = ["BUGFIX", "RELEASE", "act", "lab_card", "lab_eeprom", "lab_simulator"]
