"""Slicer settings of the shipped recipes, as the bytes that are signed. Runs no slicer.

Chosen so that PrusaSlicer 2.5.0 gives the same set of moves each time (classic walls, no gap fill,
no thin walls, no remaining-time or machine-limit lines) and one flow for every line:
all widths alike, bridges no thicker than other lines, no over-extrusion on overhangs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_BASE: dict[str, str] = {
    # Printer "Example i3".
    "printer_technology": "FFF",
    "gcode_flavor": "marlin2",
    "bed_shape": "0x0,250x0,250x210,0x210",
    "max_print_height": "210",
    "nozzle_diameter": "0.4",
    "filament_diameter": "1.75",
    "use_relative_e_distances": "1",
    "use_firmware_retraction": "0",
    "use_volumetric_e": "0",
    "machine_limits_usage": "ignore",
    "remaining_times": "0",
    "gcode_comments": "0",
    "gcode_label_objects": "0",
    "thumbnails": "",
    "retract_length": "0.8",
    "retract_speed": "35",
    "deretract_speed": "35",
    "retract_before_travel": "2",
    "retract_restart_extra": "0",
    "retract_layer_change": "0",
    "retract_lift": "0",
    "wipe": "0",
    # Reproducible walls.
    "perimeter_generator": "classic",
    "gap_fill_enabled": "0",
    "thin_walls": "0",
    "overhangs": "0",
    "extra_perimeters": "0",
    "fuzzy_skin": "none",
    "seam_position": "aligned",
    "elefant_foot_compensation": "0",
    "xy_size_compensation": "0",
    "slice_closing_radius": "0.049",
    "resolution": "0",
    "gcode_resolution": "0.0125",
    # One width, one flow.
    "extrusion_width": "0.45",
    "first_layer_extrusion_width": "0.45",
    "perimeter_extrusion_width": "0.45",
    "external_perimeter_extrusion_width": "0.45",
    "infill_extrusion_width": "0.45",
    "solid_infill_extrusion_width": "0.45",
    "top_infill_extrusion_width": "0.45",
    "extrusion_multiplier": "1",
    "bridge_flow_ratio": "1",
    "thick_bridges": "0",
    "fill_pattern": "rectilinear",
    "top_fill_pattern": "rectilinear",
    "bottom_fill_pattern": "rectilinear",
    "infill_anchor": "0",
    "infill_anchor_max": "0",
    "infill_overlap": "15%",
    "solid_infill_below_area": "0",
    "top_solid_layers": "4",
    "bottom_solid_layers": "4",
    "ironing": "0",
    # Nothing besides the part.
    "skirts": "0",
    "brim_width": "0",
    "brim_type": "no_brim",
    "support_material": "0",
    "raft_layers": "0",
    "spiral_vase": "0",
    "complete_objects": "0",
    # Speeds in mm/s; no acceleration lines.
    "perimeter_speed": "40",
    "external_perimeter_speed": "30",
    "small_perimeter_speed": "25",
    "infill_speed": "50",
    "solid_infill_speed": "50",
    "top_solid_infill_speed": "35",
    "bridge_speed": "30",
    "first_layer_speed": "20",
    "travel_speed": "120",
    "travel_speed_z": "0",
    "default_acceleration": "0",
    "first_layer_acceleration": "0",
    "perimeter_acceleration": "0",
    "infill_acceleration": "0",
    "bridge_acceleration": "0",
    # Cooling: one fan value after the first layer; slower where a layer is short.
    "cooling": "1",
    "fan_always_on": "1",
    "disable_fan_first_layers": "1",
    "full_fan_speed_layer": "0",
    "fan_below_layer_time": "0",
    "slowdown_below_layer_time": "6",
    "min_print_speed": "15",
    # Relative extrusion needs the reset at each layer.
    "layer_gcode": "G92 E0",
    "before_layer_gcode": "",
    "start_filament_gcode": '""',
    "end_filament_gcode": '""',
    "post_process": "",
}

FILAMENT_AREA_MM2 = 2.405281875
PARK_ABOVE_MM = 10


@dataclass(frozen=True, kw_only=True)
class Process:
    """What differs between the example processes. Temperatures °C, lengths mm, fan in percent."""

    first_layer_nozzle_c: int
    nozzle_c: int
    bed_c: int
    fan_percent: int
    layer_mm: float
    perimeters: int
    infill_percent: int
    infill_angle: int
    highest_mm: float
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def fan_value(self) -> int:
        """The value in ``M106 S``; PrusaSlicer cuts 255 * percent / 100 to a whole number."""
        return int(255 * self.fan_percent / 100)


def start_lines(process: Process) -> tuple[str, ...]:
    """The start block as its author writes it: sets every mode that outlives a job in a printer."""
    return (
        *("G21", "G90", "M83", "M220 S100", "M221 S100", "M200 D0", "M211 S1"),
        "M204 P800 R800 T1000",
        "M107",
        f"M140 S{process.bed_c}",
        f"M104 S{process.first_layer_nozzle_c}",
        "G28",
        f"M190 S{process.bed_c}",
        f"M109 S{process.first_layer_nozzle_c}",
        "G92 E0",
        # A line at the front edge fills the nozzle, away from any place a part may take.
        *("G1 Z0.3 F600", "G1 X20 Y5 F6000", "G1 X80 E9 F900", "G92 E0"),
    )


def end_lines(process: Process) -> tuple[str, ...]:
    """The end block as its author writes it; the slicer puts its own fan-off line before it."""
    park = min(process.highest_mm + PARK_ABOVE_MM, 210)
    return ("M104 S0", "M140 S0", f"G1 Z{park:g} F600", "G1 X10 Y200 F6000", "M84")


def settings_bytes(process: Process) -> bytes:
    """The ``settings.ini`` of a process: flat ``name = value`` lines in order of their names."""
    settings = {
        **_BASE,
        "temperature": str(process.nozzle_c),
        "first_layer_temperature": str(process.first_layer_nozzle_c),
        "bed_temperature": str(process.bed_c),
        "first_layer_bed_temperature": str(process.bed_c),
        "min_fan_speed": str(process.fan_percent),
        "max_fan_speed": str(process.fan_percent),
        "bridge_fan_speed": str(process.fan_percent),
        "layer_height": f"{process.layer_mm:g}",
        "first_layer_height": f"{process.layer_mm:g}",
        "perimeters": str(process.perimeters),
        "fill_density": f"{process.infill_percent}%",
        "fill_angle": str(process.infill_angle),
        "start_gcode": "".join(f"{line}\\n" for line in start_lines(process)),
        "end_gcode": "".join(f"{line}\\n" for line in end_lines(process)),
        **process.more,
    }
    return "".join(f"{name} = {value}\n" for name, value in sorted(settings.items())).encode()
