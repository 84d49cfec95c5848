"""Parameters that a validation report can cover in numbers, with their units. Compares nothing.

IMDRF PMD/N58 (row 8 of docs/clauses.md): tests bracket the design envelope and the worst case of
the manufacturing variables. These are the values of a recipe and of its slicer settings that are
ranges, or that decide strength: a report that does not name them proves nothing about them.
"""

from __future__ import annotations

#: Name in a recipe to unit. ``settings.`` are lines of the signed slicer settings.
PARAMETERS: dict[str, str] = {
    "envelope.size_x_mm": "mm",
    "envelope.size_y_mm": "mm",
    "envelope.size_z_mm": "mm",
    "envelope.volume_cm3": "cm³",
    "window.first_layer_height_mm": "mm",
    "window.layer_height_mm": "mm",
    "window.temperatures.nozzle_c": "°C",
    "window.temperatures.bed_c": "°C",
    "window.features.first_layer.flow_mm3_per_mm": "mm³/mm",
    "window.features.first_layer.speed_mm_s": "mm/s",
    "window.features.body.flow_mm3_per_mm": "mm³/mm",
    "window.features.body.speed_mm_s": "mm/s",
    "window.fan": "of 255",
    "settings.fill_density": "%",
    "settings.perimeters": "walls",
}
VARIABLE = "variables."
