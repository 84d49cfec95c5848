"""Settings of a CuraEngine recipe, as the bytes that are signed. Runs no slicer.

``cura_strict.ini`` holds a value for each setting that the engine may read: nothing random, one
width, one flow, nothing besides the part. What differs between processes is set here. Cura takes
a line as a full rectangle (flow = width x layer height; CuraEngine 4.13, ``GCodePathConfig``).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from ..slicing.settings import parse_settings
from .settings import Process, end_lines, start_lines

WIDTH_MM = 0.45
_SKINS = 4
#: Share of a line by which infill and skin reach into the walls.
_OVERLAP = 0.15
_EVERY_LAYER = 999_999


def base_settings() -> Mapping[str, str]:
    """The strict list."""
    data = resources.files(__package__).joinpath("cura_strict.ini").read_bytes()
    return parse_settings(data, "cura_strict.ini")


def cura_flow_mm3_per_mm(layer_mm: float) -> float:
    """Filament volume per millimetre of every line."""
    return WIDTH_MM * layer_mm


def cura_settings_bytes(process: Process) -> bytes:
    """The signed list of a process: flat ``name = value`` lines in order of their names."""
    solid = process.infill_percent >= 100
    layer, nozzle, bed = (
        f"{process.layer_mm:g}",
        f"{process.nozzle_c}",
        f"{process.bed_c}",
    )
    changes = {
        "layer_height": layer,
        "layer_height_0": layer,
        "infill_sparse_thickness": layer,
        "wall_line_count": f"{process.perimeters}",
        "infill_line_distance": f"{WIDTH_MM * 100 / process.infill_percent:g}",
        "infill_angles": f"[{process.infill_angle}, {process.infill_angle + 90}]",
        "skin_angles": f"[{process.infill_angle}, {process.infill_angle + 90}]",
        "bottom_layers": f"{_EVERY_LAYER if solid else _SKINS}",
        "initial_bottom_layers": f"{_EVERY_LAYER if solid else _SKINS}",
        "top_layers": f"{0 if solid else _SKINS}",
        "infill_overlap_mm": f"{0 if solid else WIDTH_MM * _OVERLAP:g}",
        "skin_overlap_mm": f"{WIDTH_MM * _OVERLAP:g}",
        "material_print_temperature": nozzle,
        "material_initial_print_temperature": nozzle,
        "material_print_temperature_layer_0": f"{process.first_layer_nozzle_c}",
        "material_bed_temperature": bed,
        "material_bed_temperature_layer_0": bed,
        "cool_fan_speed_min": f"{process.fan_percent}",
        "cool_fan_speed_max": f"{process.fan_percent}",
        "machine_start_gcode": "\\n".join(start_lines(process)),
        "machine_end_gcode": "\\n".join(end_lines(process)),
    }
    settings = {**base_settings(), **changes}
    return "".join(f"{name} = {value}\n" for name, value in sorted(settings.items())).encode()
