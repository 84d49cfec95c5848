"""What is really so, beside what the firmware says: one snapshot as JSON. Changes nothing."""

from __future__ import annotations

from .machine import Simulator


def snapshot(simulator: Simulator) -> dict[str, object]:
    """True state and reported state at the simulator's present time."""
    firmware = simulator.firmware
    plant = simulator.plant.beside(simulator.now, firmware.planner.under_way(simulator.now))
    controls = {"hotend": firmware.hotend, "bed": firmware.bed}
    heaters = {
        name: {
            "true_c": round(plant.heaters[name].true_c, 3),
            "reported_c": round(control.reading, 2),
            "target_c": control.target,
            "duty": round(plant.heaters[name].effective_duty(plant.powered), 4),
            "asked_duty": round(plant.heaters[name].duty, 4),
        }
        for name, control in controls.items()
    }
    true_x, true_y, true_z = plant.position
    p, shift = firmware.position, firmware.shift
    return {
        "t": round(simulator.now, 4),
        "powered": plant.powered,
        "killed": firmware.killed,
        "boots": simulator.boots,
        "nozzle": heaters["hotend"],
        "bed": heaters["bed"],
        "fan": round(plant.fan, 3),
        "position_mm": {"x": round(true_x, 4), "y": round(true_y, 4), "z": round(true_z, 4)},
        "planned_mm": {
            "x": round(p[0] + shift[0], 4),
            "y": round(p[1] + shift[1], 4),
            "z": round(p[2] + shift[2], 4),
            "e": round(p[3], 5),
        },
        "moving": bool(firmware.planner.blocks),
        "homed": all(firmware.homed),
        "lost_mm": round(plant.lost_mm, 3),
        "filament_mm": round(plant.filament_mm, 4),
        "deposited_mm": round(plant.deposited_mm, 4),
        "cold_mm": round(plant.cold_mm, 4),
        "extruding_moves": plant.extruding_moves,
        "extruding_sha256": plant.extruding_sha256(),
        "layers": plant.layers,
        "flow_percent": firmware.flow_percent,
        "feed_percent": firmware.feed_percent,
        "planner_blocks": len(firmware.planner.blocks),
        "queued_commands": len(firmware.ring),
        "waiting_lines": len(firmware.receiver.lines),
        "last_number": firmware.receiver.last_number,
        "host_lines": simulator.host_lines,
        "faults": [fault.text() for fault in simulator.active],
        "pending_faults": [fault.text() for fault in simulator.pending],
    }
