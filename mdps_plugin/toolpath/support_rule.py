"""Which supports ring C can judge, and what they must be, from the signed settings. Pure.

Names of PrusaSlicer 2.5. Supports that touch the part by design, that have other forms, or whose
place the slicer chooses by more than the shape are not judged here: :mod:`.besides` refuses them.
Knows no geometry and no job.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..recipes.document import ProcessWindow

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
    "skirts": ("1", ("0",)),
    "brim_width": ("0", ("0",)),
    "complete_objects": ("0", ("0",)),
    "perimeter_generator": ("arachne", ("classic",)),
    "elefant_foot_compensation": ("0", ("0",)),
    "xy_size_compensation": ("0", ("0",)),
}
_LAYERS_AT_MOST = 3
_LEAST_GAP_MM = 0.15
_SPACING_MM = (1.0, 5.0)
_EXPANSION_AT_MOST_MM = 5.0
_THRESHOLD_DEG = (10.0, 80.0)
_SAME = 1e-6
# PrusaSlicer parts a height into the fewest layers of at most max_layer_height, and counts one more
# where that divides without rest.
_HIGHER = 1.002


@dataclass(frozen=True, kw_only=True)
class SupportRule:
    """``gap_mm``: beside the part. ``gap_layers``: clear layers below and above it.

    ``reach_mm``: how far a layer may reach out over the one below without support, by the signed
    threshold. ``clear_mm``: between two lines of the support. ``expansion_mm``: how much wider its
    first layer is. ``width_mm``, ``first_width_mm``: of its lines. ``plate_only``: it stands on
    nothing but the plate.
    """

    gap_mm: float
    gap_layers: int
    reach_mm: float
    clear_mm: float
    expansion_mm: float
    width_mm: float
    first_width_mm: float
    plate_only: bool


def prints_supports(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask PrusaSlicer for supports."""
    return settings.get("support_material", "0") == "1"


def unjudged(settings: Mapping[str, str], window: ProcessWindow) -> Iterator[tuple[str, str, str]]:
    """Name, value, and what it would have to be, of each setting that ring C cannot judge."""
    for name, (default, allowed) in _FIXED.items():
        value = settings.get(name, default)
        if value not in allowed:
            yield name, value, " or ".join(allowed)
    layer = window.layer_height_mm
    first = window.first_layer_height_mm
    if abs(first - layer) > _SAME:
        yield "first_layer_height", f"{first:g}", f"{layer:g}, as every layer"
    most = layer * _LAYERS_AT_MOST
    distance = _number(settings, "support_material_contact_distance")
    if _whole(distance, layer) is None:
        text = settings.get("support_material_contact_distance", "not set")
        yield "support_material_contact_distance", text, f"whole layers, {layer:g} to {most:g}"
    highest = _number(settings, "max_layer_height")
    if highest is None or not layer < highest <= layer * _HIGHER:
        text = settings.get("max_layer_height", "not set")
        yield "max_layer_height", text, f"{layer + 0.0001:g}, so that supports have these layers"
    yield from _between(settings, "support_material_threshold", *_THRESHOLD_DEG)
    yield from _between(settings, "support_material_spacing", *_SPACING_MM)
    yield from _between(settings, "raft_first_layer_expansion", 0.0, _EXPANSION_AT_MOST_MM)
    for name in ("support_material_extrusion_width", "first_layer_extrusion_width"):
        yield from _between(settings, name, 0.05, 5.0)
    gap = _gap(settings)
    if gap is None or gap < _LEAST_GAP_MM:
        text = settings.get("support_material_xy_spacing", "not set")
        yield "support_material_xy_spacing", text, f"at least {_LEAST_GAP_MM:g}"


def support_rule(settings: Mapping[str, str], window: ProcessWindow) -> SupportRule | None:
    """The rule of signed settings; None where they print no supports, or such that are unjudged."""
    if not prints_supports(settings) or next(unjudged(settings, window), None) is not None:
        return None
    layer = window.layer_height_mm
    threshold, width = (
        _number(settings, name) or 0.0
        for name in ("support_material_threshold", "support_material_extrusion_width")
    )
    return SupportRule(
        gap_mm=_gap(settings) or 0.0,
        gap_layers=_whole(_number(settings, "support_material_contact_distance"), layer) or 1,
        # PrusaSlicer adds a degree, so that walls at the threshold itself are supported.
        reach_mm=layer / math.tan(math.radians(threshold + 1)),
        clear_mm=(_number(settings, "support_material_spacing") or 0.0) - layer * (1 - math.pi / 4),
        expansion_mm=_number(settings, "raft_first_layer_expansion") or 0.0,
        width_mm=width,
        first_width_mm=_number(settings, "first_layer_extrusion_width") or 0.0,
        plate_only=settings.get("support_material_buildplate_only", "0") == "1",
    )


def _between(
    settings: Mapping[str, str], name: str, low: float, high: float
) -> Iterator[tuple[str, str, str]]:
    value = _number(settings, name)
    if value is None or not low <= value <= high:
        yield name, settings.get(name, "not set"), f"{low:g} to {high:g}"


def _whole(distance: float | None, layer_mm: float) -> int | None:
    """Layers of a distance, at least one; None where it is no whole number of them."""
    if distance is None:
        return None
    count = round(distance / layer_mm)
    exact = abs(distance - count * layer_mm) < _SAME
    return count if exact and 1 <= count <= _LAYERS_AT_MOST else None


def _gap(settings: Mapping[str, str]) -> float | None:
    """Distance beside the part, mm; in percent it is of the outer wall's width."""
    text = settings.get("support_material_xy_spacing", "50%")
    if not text.endswith("%"):
        return _number(settings, "support_material_xy_spacing")
    outer = _number(settings, "external_perimeter_extrusion_width")
    share = _plain(text.removesuffix("%"))
    return None if not outer or share is None else outer * share / 100


def _number(settings: Mapping[str, str], name: str) -> float | None:
    return _plain(settings.get(name, ""))


def _plain(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value < 1e3 else None
