"""Which supports of CuraEngine 4.13 ring C can judge, and what they must be. Pure.

What the engine does stands in its ``support.cpp``: below an overhang and one clear layer, all the
way down, less what lies nearer to the part of the same layer than the signed distance, and less the
part in the clear layers themselves. Interfaces, towers, cones, trees and brims of supports are not
judged. Knows no geometry and no job.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ..recipes.document import ProcessWindow
from . import support_terms as terms
from .support_terms import SupportRule, Unjudged, number

_OFF = ("false", ("false",))
_NONE = ("0", ("0",))
#: What each of these has to be. The engine has no values of its own: the first is never taken.
_FIXED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "support_structure": ("", ("normal",)),
    "support_type": ("", ("everywhere", "buildplate")),
    "support_pattern": ("", ("lines",)),
    "support_wall_count": ("", ("1",)),
    "support_infill_angles": ("", ("[ ]", "[]", "[0]")),
    "support_xy_overrides_z": ("", ("xy_overrides_z",)),
    "support_bottom_stair_step_height": _NONE,
    "support_join_distance": _NONE,
    "support_offset": _NONE,
    "gradual_support_infill_steps": _NONE,
    "minimum_support_area": ("", ("0", "0.0")),
    "support_conical_enabled": _OFF,
    "support_use_towers": _OFF,
    "support_roof_enable": _OFF,
    "support_bottom_enable": _OFF,
    "support_brim_enable": _OFF,
    "anti_overhang_mesh": _OFF,
    "support_skip_some_zags": _OFF,
    "zig_zaggify_support": _OFF,
    "support_fan_enable": _OFF,
    "support_material_flow": ("", ("100",)),
    "initial_layer_line_width_factor": ("", ("100",)),
    "bridge_settings_enabled": _OFF,
    "adhesion_type": ("none", ("none", "skirt")),
}
#: The same where a skirt is printed.
_SKIRT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skirt_brim_minimal_length": _NONE,
    "skirt_brim_material_flow": ("", ("100",)),
}
#: A line of the signed width, which is a rectangle, looks that much wider with round sides.
_ROUND_SIDES = 1 - math.pi / 4
# Of the disc that tells CuraEngine's convex hull, see nearly_hull.py.
_HULL_MM = 100.0
#: The engine takes this from the tangent of the signed angle.
_TANGENT = 0.01
#: It begins a support this much, and the reach of the threshold, within what is carried from below.
_WITHIN_MM = 0.1
#: It rounds corners off outward by a line as long as its lines are wide: half of that at most.
_CORNERS_WIDTHS = 0.5
_SPARE_MM = 0.05
_SAME_MM = 1e-6
#: Least distance to the part, in widths of its outer wall. A thinner fin is all sharp corners to
#: the rule, which lets a support come nearer there by 0.96 of that: none may touch.
_LEAST_GAP_WALLS = 1.2
#: A filling line between two walls, with slits beside it that are none: seen 0.23 mm.
_CROWDED_MM = 0.3
#: A filling line may lie half upon the wall. Seen: 1.42; printed twice: 1.8.
_MOST_APART = 1.5


def prints(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask for supports, in whichever word the engine takes for yes."""
    return settings.get("support_enable", "false") != "false"


def unjudged(settings: Mapping[str, str], window: ProcessWindow) -> Iterator[Unjudged]:
    """Each setting that ring C cannot judge."""
    yield from terms.fixed(settings, {"support_enable": ("", ("true",)), **_FIXED})
    layer = window.layer_height_mm
    yield from terms.same_layers("layer_height_0", window.first_layer_height_mm, layer)
    yield from terms.in_layers(settings, "support_top_distance", layer)
    # Of several clear layers below a support the engine looks at the lowest only.
    for name in ("support_bottom_distance", "support_infill_sparse_thickness"):
        distance = number(settings, name)
        if distance is None or abs(distance - layer) > _SAME_MM:
            yield name, settings.get(name, "not set"), f"{layer:g}, one layer"
    yield from terms.between(settings, "support_angle", terms.THRESHOLD_DEG)
    width = number(settings, "support_line_width") or 0.0
    low, high = terms.SPACING_MM
    for name in ("support_line_distance", "support_initial_layer_line_distance"):
        yield from terms.between(settings, name, (low + width, high + width))
    for name in ("support_line_width", "wall_line_width_0"):
        yield from terms.between(settings, name, terms.WIDTH_MM)
    gap = number(settings, "support_xy_distance")
    outer = number(settings, "wall_line_width_0") or 0.0
    least = max(terms.LEAST_GAP_MM, round(_LEAST_GAP_WALLS * outer, 3))
    if gap is None or gap < least:
        text = settings.get("support_xy_distance", "not set")
        yield "support_xy_distance", text, f"at least {least:g}"
    if settings.get("adhesion_type") == "skirt":
        yield from terms.skirt(settings, "skirt_line_count", "skirt_gap", gap)
        yield from terms.fixed(settings, _SKIRT)
        if number(settings, "skirt_brim_line_width") != width:
            text = settings.get("skirt_brim_line_width", "not set")
            yield "skirt_brim_line_width", text, f"{width:g}, as lines of supports"


def rule(settings: Mapping[str, str], window: ProcessWindow) -> SupportRule:
    """The rule of settings that :func:`unjudged` finds nothing in."""
    layer = window.layer_height_mm
    angle, width, distance, gap = (
        number(settings, name) or 0.0
        for name in (
            *("support_angle", "support_line_width"),
            *("support_line_distance", "support_xy_distance"),
        )
    )
    rounder = layer * _ROUND_SIDES
    skirt = settings.get("adhesion_type") == "skirt"
    away, lines = (number(settings, name) or 0.0 for name in ("skirt_gap", "skirt_line_count"))
    reach = layer * (math.tan(math.radians(angle)) - _TANGENT)
    return SupportRule(
        gap_mm=gap - rounder / 2,
        over_mm=-rounder / 2,
        corner_mm=(number(settings, "wall_line_width_0") or 0.0) / 2,
        above_layers=terms.whole(number(settings, "support_top_distance"), layer) or 1,
        below_layers=1,
        reach_mm=reach,
        clear_mm=distance - width - rounder,
        crowded_mm=_CROWDED_MM,
        most_apart=_MOST_APART,
        cell_mm=_CORNERS_WIDTHS * width + _SPARE_MM,
        inward_mm=reach + _WITHIN_MM + _SPARE_MM,
        refills=False,
        expansion_mm=0.0,
        width_mm=width,
        first_width_mm=width,
        full=True,
        plate_only=settings["support_type"] == "buildplate",
        clears_first=True,
        skirt_gap_mm=away,
        skirt_reach_mm=away + lines * width + rounder / 2 if skirt else 0.0,
        skirt_disc_mm=_HULL_MM,
    )
