"""What the setups beside the main grid change of the slicers' settings. Runs no slicer.

Nozzles of 0.25 to 0.8 mm, absolute E, skirt, brim or supports around the part, and solid parts of
PrusaSlicer filled in one go (docs/adr/0056).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mdps_plugin.slicing.settings import parse_settings

#: Width of every line by nozzle.
WIDTHS_MM: Mapping[float, float] = {0.25: 0.28, 0.4: 0.45, 0.6: 0.65, 0.8: 0.85}
#: How far the body may move beyond the box of the part, by what lies around it.
OUTSIDE_MM: Mapping[str, float] = {
    "": 0.0,
    "skirt": 4.5,
    "brim": 4.5,
    "supports": 6.2,
    "plate-supports": 6.2,
    "skirt-supports": 9.2,
}
#: Layer height and fields of the setups beside the main grid.
BREADTH: Sequence[tuple[float, Mapping[str, Any]]] = (
    (0.1, {"nozzle_mm": 0.25}),
    (0.3, {"nozzle_mm": 0.6}),
    (0.3, {"nozzle_mm": 0.8}),
    (0.2, {"absolute": True}),
    (0.2, {"around": "skirt"}),
    (0.2, {"around": "brim"}),
    (0.2, {"around": "supports"}),
    (0.2, {"around": "plate-supports"}),
    (0.2, {"around": "skirt-supports"}),
    (0.1, {"one_fill": True}),
    (0.2, {"one_fill": True}),
    (0.3, {"one_fill": True}),
    (0.1, {"nozzle_mm": 0.25, "one_fill": True}),
    (0.3, {"nozzle_mm": 0.6, "one_fill": True}),
    (0.3, {"nozzle_mm": 0.8, "one_fill": True}),
)
_OVERLAP = 0.15
_PRUSA_WIDTHS = (
    "extrusion_width",
    "first_layer_extrusion_width",
    "perimeter_extrusion_width",
    "external_perimeter_extrusion_width",
    "infill_extrusion_width",
    "solid_infill_extrusion_width",
    "top_infill_extrusion_width",
)
#: Heights and widths are set with the layers: :func:`_supports`.
_SUPPORTS: Mapping[str, str] = {
    "support_material": "1",
    "support_material_auto": "1",
    "support_material_threshold": "45",
    "dont_support_bridges": "0",
    "support_material_interface_layers": "0",
    "support_material_style": "grid",
    "support_material_xy_spacing": "0.4",
    "support_material_spacing": "2.5",
    "raft_first_layer_expansion": "3",
    "support_material_speed": "40",
    "support_material_interface_speed": "40",
}
_PRUSA_SKIRT: Mapping[str, str] = {
    "skirts": "2",
    "skirt_distance": "2",
    "skirt_height": "1",
    "min_skirt_length": "0",
}
_PRUSA_AROUND: Mapping[str, Mapping[str, str]] = {
    "": {},
    "skirt": _PRUSA_SKIRT,
    "brim": {"brim_width": "3", "brim_type": "outer_only", "brim_separation": "0"},
    "supports": _SUPPORTS,
    "plate-supports": {**_SUPPORTS, "support_material_buildplate_only": "1"},
    "skirt-supports": {**_SUPPORTS, **_PRUSA_SKIRT},
}
#: Distances and widths are set with the layers: :func:`_cura_supports`.
CURA_SUPPORTS: Mapping[str, str] = {
    "support_enable": "true",
    "support_type": "everywhere",
    "support_angle": "45",
    "support_pattern": "lines",
    "support_wall_count": "1",
    "support_line_distance": "2.5",
    "support_initial_layer_line_distance": "2.5",
    "support_xy_distance": "0.7",
    "support_xy_overrides_z": "xy_overrides_z",
    "support_bottom_stair_step_height": "0",
    "support_bottom_stair_step_width": "0",
    "support_bottom_stair_step_min_slope": "10",
    "support_conical_angle": "0",
    "support_conical_enabled": "false",
    "support_connect_zigzags": "false",
    "support_fan_enable": "false",
    "support_join_distance": "0",
    "support_offset": "0",
    "support_skip_some_zags": "false",
    "support_tower_maximum_supported_diameter": "0",
    "support_use_towers": "false",
    "support_zag_skip_count": "0",
    "zig_zaggify_support": "false",
}
_CURA_SKIRT: Mapping[str, str] = {
    "adhesion_type": "skirt",
    "skirt_gap": "2",
    "skirt_line_count": "2",
    "skirt_brim_minimal_length": "0",
}
_CURA_AROUND: Mapping[str, Mapping[str, str]] = {
    "": {},
    "skirt": _CURA_SKIRT,
    "supports": CURA_SUPPORTS,
    "plate-supports": {**CURA_SUPPORTS, "support_type": "buildplate"},
    "skirt-supports": {**CURA_SUPPORTS, **_CURA_SKIRT},
    "brim": {
        "adhesion_type": "brim",
        "brim_line_count": "6",
        "skirt_brim_minimal_length": "0",
    },
}
#: With supports: on everything, on the plate alone, with a skirt around.
SUPPORTS = ("supports", "plate-supports", "skirt-supports")


class Wanted(Protocol):
    """The fields of a setup that are looked at here."""

    @property
    def slicer(self) -> str:
        """CuraEngine or prusa-slicer."""

    @property
    def infill(self) -> int:
        """Percent."""

    @property
    def layer_mm(self) -> float:
        """Height of every layer."""

    @property
    def nozzle_mm(self) -> float:
        """Diameter."""

    @property
    def width_mm(self) -> float:
        """Of every line."""

    @property
    def around(self) -> str:
        """What is printed besides the part."""

    @property
    def absolute(self) -> bool:
        """E counts on."""

    @property
    def one_fill(self) -> bool:
        """No surface is filled apart."""


def in_absolute(lines: Sequence[str]) -> tuple[str, ...]:
    """A start block that lets E count on."""
    return tuple("M82" if line == "M83" else line for line in lines)


def changed(settings: bytes, setup: Wanted) -> bytes:
    """The settings of the main grid with what this setup has of its own, by name."""
    found = dict(parse_settings(settings, setup.slicer))
    found |= _cura(setup, found) if setup.slicer == "CuraEngine" else _prusa(setup)
    if setup.absolute:
        for name in ("start_gcode", "machine_start_gcode"):
            if name in found:
                found[name] = "\\n".join(in_absolute(found[name].split("\\n")))
    return "".join(f"{name} = {value}\n" for name, value in sorted(found.items())).encode()


def _prusa(setup: Wanted) -> dict[str, str]:
    found = dict.fromkeys(_PRUSA_WIDTHS, f"{setup.width_mm:g}")
    found |= {"nozzle_diameter": f"{setup.nozzle_mm:g}", **_PRUSA_AROUND[setup.around]}
    if setup.around in SUPPORTS:
        found |= _supports(setup)
    if setup.absolute:
        # PrusaSlicer counts on where a layer's own code would begin anew.
        found |= {"use_relative_e_distances": "0", "layer_gcode": ""}
    if setup.one_fill:
        found |= {"top_solid_layers": "0", "bottom_solid_layers": "0"}
    return found


def _supports(setup: Wanted) -> dict[str, str]:
    """A clear layer below what is carried; layers of the support are layers of the part.

    PrusaSlicer parts a height into the fewest layers of at most ``max_layer_height``, and counts
    one more where that divides without rest: hence the 0.1 µm.
    """
    return {
        "support_material_contact_distance": f"{setup.layer_mm:g}",
        "max_layer_height": f"{setup.layer_mm + 0.0001:g}",
        "support_material_extrusion_width": f"{setup.width_mm:g}",
    }


def _cura(setup: Wanted, plain: Mapping[str, str]) -> dict[str, str]:
    width = setup.width_mm
    found = {name: f"{width:g}" for name in plain if name.endswith("line_width")}
    found |= {"wall_line_width_0": f"{width:g}", "wall_line_width_x": f"{width:g}"}
    found |= {
        "machine_nozzle_size": f"{setup.nozzle_mm:g}",
        "infill_line_distance": f"{width * 100 / setup.infill:g}",
        "infill_overlap_mm": f"{0 if setup.infill >= 100 else width * _OVERLAP:g}",
        "skin_overlap_mm": f"{width * _OVERLAP:g}",
        "relative_extrusion": "false" if setup.absolute else "true",
    }
    found |= _CURA_AROUND[setup.around]
    if setup.around in SUPPORTS:
        found |= _cura_supports(setup)
    return found


def _cura_supports(setup: Wanted) -> dict[str, str]:
    """A clear layer below what is carried, and above what a support stands on."""
    layer = f"{setup.layer_mm:g}"
    distances = ("support_top_distance", "support_bottom_distance")
    return dict.fromkeys((*distances, "support_infill_sparse_thickness"), layer)
