"""Settings that ask for supports, models that need them, and lines of a support. Runs no slicer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.support_rule import SupportRule, support_rule

from .parts import PLACES, SETTINGS, bundle, recipe, settings_file

#: What prints supports that ring C judges.
SUPPORTING: Mapping[str, str] = {
    "support_material": "1",
    "support_material_threshold": "45",
    "support_material_contact_distance": "0.2",
    "max_layer_height": "0.2001",
    "dont_support_bridges": "0",
    "support_material_interface_layers": "0",
    "support_material_style": "grid",
    "support_material_xy_spacing": "0.4",
    "support_material_spacing": "2",
    "support_material_extrusion_width": "0.45",
    "raft_first_layer_expansion": "1",
}
#: Beside those of :data:`.parts.SETTINGS`.
SUPPORTS: Mapping[str, str] = {**PLACES, "brim_width": "0", **SUPPORTING}
ALL: Mapping[str, str] = {**SETTINGS, **SUPPORTS}

#: The same for CuraEngine: no recipe of its own, only what the rule of supports looks at.
CURA: Mapping[str, str] = {
    "support_enable": "true",
    "support_structure": "normal",
    "support_type": "everywhere",
    "support_pattern": "lines",
    "support_wall_count": "1",
    "support_infill_angles": "[ ]",
    "support_angle": "45",
    "support_top_distance": "0.2",
    "support_bottom_distance": "0.2",
    "support_infill_sparse_thickness": "0.2",
    "support_xy_distance": "0.7",
    "support_xy_overrides_z": "xy_overrides_z",
    "support_line_distance": "2.5",
    "support_initial_layer_line_distance": "2.5",
    "support_line_width": "0.45",
    "wall_line_width_0": "0.45",
    "support_bottom_stair_step_height": "0",
    "support_join_distance": "0",
    "support_offset": "0",
    "gradual_support_infill_steps": "0",
    "minimum_support_area": "0.0",
    "support_conical_enabled": "false",
    "support_use_towers": "false",
    "support_roof_enable": "false",
    "support_bottom_enable": "false",
    "support_brim_enable": "false",
    "anti_overhang_mesh": "false",
    "support_skip_some_zags": "false",
    "zig_zaggify_support": "false",
    "support_fan_enable": "false",
    "support_material_flow": "100",
    "initial_layer_line_width_factor": "100",
    "bridge_settings_enabled": "false",
    "adhesion_type": "none",
}

LAYER_MM, WIDTH_MM = 0.2, 0.45
FLOW = LAYER_MM * (WIDTH_MM - LAYER_MM * (1 - math.pi / 4))


def with_supports(**changes: str) -> dict[str, bytes]:
    """The pinned files of a recipe that prints supports."""
    return {**bundle(), "settings.ini": settings_file(**{**SUPPORTS, **changes})}


def block(low: Sequence[float], high: Sequence[float]) -> np.ndarray:
    """Triangles of a block between two corners, outward."""
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0, 1):
            corners = np.zeros((4, 3))
            corners[:, axis] = (low, high)[side][axis]
            corners[:, u] = np.array([low[u], high[u], high[u], low[u]])
            corners[:, v] = np.array([low[v], low[v], high[v], high[v]])
            if not side:
                corners = corners[::-1]
            faces += [corners[[0, 1, 2]], corners[[0, 2, 3]]]
    return np.array(faces)


def gallows() -> np.ndarray:
    """A post of 4 by 10 mm, and from 3 mm on an arm that reaches out 8 mm to the right of it."""
    return np.concatenate([block((90, 95, 0), (94, 105, 3)), block((90, 95, 3), (102, 105, 4))])


def lines(layer: int, *paths: Sequence[tuple[float, float]], flow: float = FLOW) -> LayerLines:
    """Runs of lines with one flow; each path is a run."""
    begin = [one for path in paths for one in path[:-1]]
    end = [one for path in paths for one in path[1:]]
    joined = [at < len(path) - 2 for path in paths for at in range(len(path) - 1)]
    first, last = np.array(begin, dtype=float).reshape(-1, 2), np.array(end, dtype=float)
    last = last.reshape(-1, 2)
    volume = np.hypot(*(last - first).T) * flow
    count = len(first)
    return LayerLines(
        layer=layer,
        begin=first,
        end=last,
        width=np.full(count, flow / LAYER_MM + LAYER_MM * (1 - math.pi / 4)),
        flow=np.full(count, flow),
        volume=volume,
        joined=np.array(joined, dtype=bool),
        lines=np.arange(count) + 1000 * (layer + 1),
        volume_mm3=float(volume.sum()),
        height_mm=LAYER_MM,
        line=1000 * (layer + 1),
    )


def under_the_arm(layer: int, **more: float) -> LayerLines:
    """What supports the arm of :func:`gallows`: a frame, and lines every 2.4 mm within it."""
    left, right, front, back = 94.7, 102.0, 95.0, 105.0
    frame = [(left, front), (right, front), (right, back), (left, back), (left, front)]
    rungs = [[(x, front + 0.4), (x, back - 0.4)] for x in (97.0, 99.4)]
    return lines(layer, frame, *rungs, **more)


def supports(layers: int = 20, **more: float) -> list[LayerLines]:
    """The support of :func:`gallows` in its layers, one clear layer below the arm."""
    nothing = [lines(layer) for layer in range(layers)]
    return [
        under_the_arm(layer, **more) if layer < 14 else nothing[layer] for layer in range(layers)
    ]


#: A recipe that asks for supports, its window, and how many layers its parts have in most tests.
RECIPE = recipe(with_supports(), **{"window.outside_model_mm": 5})
WINDOW = RECIPE.window
TOP = 20


def rule(**changes: str) -> SupportRule:
    """The rule of supports of the signed settings with these changes."""
    found = support_rule({**ALL, **changes}, WINDOW)
    assert found is not None
    return found
