"""Refusal fixtures of what makes the job: slicer settings of both slicers, start and end code.

Rows of the table, refused by lint. What a recipe says for itself, and what is on its way, is not
here.
"""

from __future__ import annotations

from .refusals import (
    Draft,
    Flaw,
    Refusal,
    at_lint,
    covered,
    line,
    setting,
    unset,
)
from .strength import CURA


def _cura(name: str, code: str, says: str, flaw: Flaw, *more: str) -> Refusal:
    return at_lint(name, code, says, flaw, *more, slicer=CURA)


def _hotter_first_layer(draft: Draft) -> None:
    setting("material_print_temperature_layer_0", "240")(draft)
    place = draft.document["window"]["temperatures"]
    place.insert(0, {**place[0], "nozzle_c": 240})
    place[1]["from_layer"] = 1
    covered("window.temperatures.nozzle_c", 235, 240)(draft)


def _sparse_infill(draft: Draft) -> None:
    for name, value in (("bottom_layers", "4"), ("infill_line_distance", "2.25")):
        setting(name, value)(draft)


def _supports_without_a_gap(draft: Draft) -> None:
    for name, value in (
        ("support_material", "1"),
        ("support_material_threshold", "45"),
        ("support_material_contact_distance", "0"),
        ("max_layer_height", "0.2001"),
        ("dont_support_bridges", "0"),
        ("support_material_interface_layers", "0"),
        ("support_material_style", "grid"),
        ("support_material_xy_spacing", "0.4"),
        ("support_material_spacing", "2"),
        ("support_material_extrusion_width", "0.45"),
        ("support_material_speed", "40"),
        ("support_material_interface_speed", "40"),
        ("raft_first_layer_expansion", "1"),
    ):
        setting(name, value)(draft)


SETTINGS: tuple[Refusal, ...] = (
    at_lint(
        "flow-impossible",
        "AU-021",
        "Lines of 0.6 mm cannot meet a flow window for 0.45 mm.",
        setting("perimeter_extrusion_width", "0.6"),
    ),
    at_lint(
        "width-left-to-the-slicer",
        "AU-022",
        "The slicer chooses the width, the window bounds it.",
        setting("infill_extrusion_width", "105%"),
    ),
    at_lint(
        "layer-height-differs",
        "AU-020",
        "Settings for layers of 0.3 mm under a window for 0.2 mm.",
        setting("layer_height", "0.3"),
    ),
    at_lint(
        "temperature-differs",
        "AU-020",
        "The settings heat to 255 °C, the window says 235 °C.",
        setting("temperature", "255"),
    ),
    at_lint(
        "slicing-varies",
        "SL-003",
        "Gap fill differs from one slicing to the next.",
        setting("gap_fill_enabled", "1"),
    ),
    at_lint(
        "settings-run-a-program",
        "SL-002",
        "The slicer would run a program over the job.",
        setting("post_process", "/usr/bin/touched"),
    ),
    at_lint(
        "supports-fused-to-the-part",
        "AU-023",
        "Supports without a clear layer below the part cannot be taken off.",
        _supports_without_a_gap,
    ),
)
"""Settings of PrusaSlicer."""


CURA_SETTINGS: tuple[Refusal, ...] = (
    _cura(
        "cura-flow-impossible",
        "AU-021",
        "Walls of 0.6 mm cannot meet a flow window for 0.45 mm.",
        setting("wall_line_width_x", "0.6"),
    ),
    _cura(
        "cura-flow-left-open",
        "AU-022",
        "Nobody wrote how much plastic a wall carries.",
        setting("wall_0_material_flow", "auto"),
    ),
    _cura(
        "cura-layer-height-differs",
        "AU-020",
        "Layers of 0.3 mm under a window for 0.2 mm.",
        setting("layer_height", "0.3"),
    ),
    _cura(
        "cura-first-layer-hotter",
        "AU-020",
        "This slicer leaves the temperature of layer 0 before layer 0 ends.",
        _hotter_first_layer,
    ),
    _cura(
        "cura-slicing-varies",
        "SL-003",
        "Infill begins at a random place.",
        setting("infill_randomize_start_location", "true"),
    ),
    _cura(
        "cura-setting-missing",
        "SL-018",
        "A value that this slicer needs is not in the list.",
        unset("cool_fan_speed_0"),
    ),
    _cura(
        "cura-model-resized",
        "SL-019",
        "The slicer would grow the outline by 0.1 mm.",
        setting("xy_offset", "0.1"),
    ),
    _cura(
        "cura-unproven-infill",
        "AU-013",
        "The samples were solid, the settings give 20 % infill.",
        _sparse_infill,
    ),
    _cura(
        "cura-start-levels-the-bed",
        "AU-031",
        "The block inside the settings levels the bed.",
        setting("machine_start_gcode", "G21\\nG28\\nG29"),
    ),
    _cura(
        "cura-end-stores-settings",
        "AU-031",
        "The end block would write to EEPROM.",
        line("end.gcode", "M500"),
    ),
)
"""The same for settings of CuraEngine."""


CODE: tuple[Refusal, ...] = (
    at_lint(
        "settings-store-settings",
        "AU-031",
        "The block inside the settings writes to EEPROM.",
        setting("start_gcode", "G28\\nM500"),
    ),
    at_lint(
        "start-levels-the-bed",
        "AU-031",
        "Bed levelling in a job makes another printer of it.",
        line("start.gcode", "G29"),
    ),
    at_lint(
        "start-stores-settings",
        "AU-031",
        "The job would write to EEPROM.",
        line("start.gcode", "M500"),
    ),
    at_lint(
        "end-tunes-the-heater",
        "AU-031",
        "The end block tunes the heater.",
        line("end.gcode", "M303 E0 S240 C8"),
    ),
)
"""Start and end code."""
