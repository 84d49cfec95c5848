"""Which supports of PrusaSlicer 2.5 ring C can judge, and what they must be. Pure.

Supports that touch the part by design, that have other forms, or whose place the slicer chooses by
more than the shape are not judged. Knows no geometry and no job.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ..recipes.document import ProcessWindow
from . import support_terms as terms
from .support_terms import SupportRule, Unjudged, number

#: What each of these has to be, the first being what PrusaSlicer takes where none is signed.
_FIXED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "support_material_auto": ("1", ("1",)),
    "support_material_buildplate_only": ("0", ("0", "1")),
    "support_material_enforce_layers": ("0", ("0",)),
    "support_material_style": ("grid", ("grid",)),
    "support_material_pattern": ("rectilinear", ("rectilinear",)),
    "support_material_angle": ("0", ("0",)),
    "support_material_interface_layers": ("3", ("0",)),
    "support_material_bottom_contact_distance": ("0", ("0",)),
    "support_material_with_sheath": ("1", ("1",)),
    "support_material_interface_contact_loops": ("0", ("0",)),
    "support_material_bottom_interface_layers": ("-1", ("-1", "0")),
    "thick_bridges": ("1", ("0",)),
    "dont_support_bridges": ("1", ("0",)),
    "brim_width": ("0", ("0",)),
    "complete_objects": ("0", ("0",)),
    "perimeter_generator": ("arachne", ("classic",)),
    "elefant_foot_compensation": ("0", ("0",)),
    "xy_size_compensation": ("0", ("0",)),
}
#: The same where a skirt is printed.
_SKIRT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skirt_height": ("1", ("1",)),
    "min_skirt_length": ("0", ("0",)),
}
_EXPANSION_MM = (0.0, 5.0)
# PrusaSlicer parts a height into the fewest layers of at most max_layer_height, and counts one more
# where that divides without rest.
_HIGHER = 1.002
#: Beyond a cell of the grid (a clear distance and a line): seen 0.16 mm.
_CELL_SPARE_MM = 0.25
#: Seen in the middle of honest supports, with all lines: a radius of 1.33 widths.
_CROWDED_MM = 0.15
#: Lines meet at their ends only. Seen: 1.2.
_MOST_APART = 1.25


def prints(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask for supports."""
    return settings.get("support_material", "0") == "1"


def unjudged(settings: Mapping[str, str], window: ProcessWindow) -> Iterator[Unjudged]:
    """Each setting that ring C cannot judge."""
    yield from terms.fixed(settings, _FIXED)
    layer = window.layer_height_mm
    yield from terms.same_layers("first_layer_height", window.first_layer_height_mm, layer)
    yield from terms.in_layers(settings, "support_material_contact_distance", layer)
    highest = number(settings, "max_layer_height")
    if highest is None or not layer < highest <= layer * _HIGHER:
        text = settings.get("max_layer_height", "not set")
        yield "max_layer_height", text, f"{layer + 0.0001:g}, so that supports have these layers"
    yield from terms.between(settings, "support_material_threshold", terms.THRESHOLD_DEG)
    yield from terms.between(settings, "support_material_spacing", terms.SPACING_MM)
    yield from terms.between(settings, "raft_first_layer_expansion", _EXPANSION_MM)
    for name in ("support_material_extrusion_width", "first_layer_extrusion_width"):
        yield from terms.between(settings, name, terms.WIDTH_MM)
    gap = _gap(settings)
    if gap is None or gap < terms.LEAST_GAP_MM:
        text = settings.get("support_material_xy_spacing", "not set")
        yield "support_material_xy_spacing", text, f"at least {terms.LEAST_GAP_MM:g}"
    if settings.get("skirts", "1") != "0":
        yield from terms.skirt(settings, "skirts", "skirt_distance", gap)
        yield from terms.fixed(settings, _SKIRT)


def rule(settings: Mapping[str, str], window: ProcessWindow) -> SupportRule:
    """The rule of settings that :func:`unjudged` finds nothing in."""
    layer = window.layer_height_mm
    threshold, width, spacing = (
        number(settings, name) or 0.0
        for name in (
            *("support_material_threshold", "support_material_extrusion_width"),
            "support_material_spacing",
        )
    )
    gap, clear = _gap(settings) or 0.0, spacing - layer * (1 - math.pi / 4)
    distance = number(settings, "support_material_contact_distance")
    layers = terms.whole(distance, layer) or 1
    skirts, away = number(settings, "skirts") or 0.0, number(settings, "skirt_distance") or 0.0
    first = number(settings, "first_layer_extrusion_width") or 0.0
    return SupportRule(
        gap_mm=gap,
        over_mm=gap,
        corner_mm=0.0,
        above_layers=layers,
        below_layers=layers,
        # PrusaSlicer adds a degree, so that walls at the threshold itself are supported.
        reach_mm=layer / math.tan(math.radians(threshold + 1)),
        clear_mm=clear,
        crowded_mm=_CROWDED_MM,
        most_apart=_MOST_APART,
        cell_mm=clear + width + _CELL_SPARE_MM,
        inward_mm=0.0,
        refills=True,
        expansion_mm=number(settings, "raft_first_layer_expansion") or 0.0,
        width_mm=width,
        first_width_mm=first,
        full=False,
        plate_only=settings.get("support_material_buildplate_only", "0") == "1",
        clears_first=False,
        skirt_gap_mm=away,
        skirt_reach_mm=away + skirts * first if skirts else 0.0,
    )


def _gap(settings: Mapping[str, str]) -> float | None:
    """Distance beside the part, mm; in percent it is of the outer wall's width."""
    text = settings.get("support_material_xy_spacing", "50%")
    if not text.endswith("%"):
        return number(settings, "support_material_xy_spacing")
    outer = number(settings, "external_perimeter_extrusion_width")
    share = terms.plain(text.removesuffix("%"))
    return None if not outer or share is None else outer * share / 100
