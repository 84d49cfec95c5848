"""Nominal flow of each kind of line that signed slicer settings give. Pure.

PrusaSlicer 2.5: a bead with half-round sides of width w and height h carries
h * (w - h * (1 - pi/4)) mm³ per mm (Slic3r manual, "flow maths"). CuraEngine 4.13 takes a line as a
full rectangle, w * h, times the flow of its kind (``GCodePathConfig::calculateExtrusion``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_GENERAL = "extrusion_width"
_FIRST = ("first_layer_extrusion_width",)
#: Settings that give the width of a line above the first layer; 0 stands for the general one.
_WIDTHS = (
    "perimeter_extrusion_width",
    "external_perimeter_extrusion_width",
    "infill_extrusion_width",
    "solid_infill_extrusion_width",
    "top_infill_extrusion_width",
)
#: The same for supports, where they are printed.
_SUPPORT = "support_material_extrusion_width"
#: Width of a kind of line in CuraEngine, and the setting with its flow in percent.
_CURA_LINES = {
    "wall_line_width_0": "wall_0_material_flow",
    "wall_line_width_x": "wall_x_material_flow",
    "skin_line_width": "skin_material_flow",
    "infill_line_width": "infill_material_flow",
}
#: The same for what lies around the part, where it is printed.
_CURA_SUPPORT = {"support_line_width": "support_material_flow"}
_CURA_AROUND = {"skirt_brim_line_width": "skirt_brim_material_flow"}
#: Only above the first layer.
_CURA_TOP = {"roofing_line_width": "roofing_material_flow"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A kind of line by the setting that gives its width; flow None where that is left open."""

    name: str
    flow_mm3_per_mm: float | None


def nominal_flow_mm3_per_mm(width_mm: float, height_mm: float) -> float:
    """Volume of filament per millimetre of a PrusaSlicer line of that width in such a layer."""
    return height_mm * (width_mm - height_mm * (1 - math.pi / 4))


def prusa(settings: Mapping[str, str], height_mm: float, *, first: bool) -> Iterable[Line]:
    """Lines of PrusaSlicer; a percentage or a width of the slicer's own choice is open."""
    multiplier = _positive(settings.get("extrusion_multiplier", "1"))
    if multiplier is None:
        yield Line(name="extrusion_multiplier", flow_mm3_per_mm=None)
        return
    supports = settings.get("support_material", "0") != "0"
    body = (*_WIDTHS, _SUPPORT) if supports else _WIDTHS
    for name in _FIRST if first else body:
        own = (_positive(settings.get(one, "0")) for one in (name, _GENERAL))
        # A width that is no number is open, and is not replaced by the general one.
        given = _NUMBER.fullmatch(settings.get(name, "0"))
        width = next((one for one in own if one), None) if given else None
        flow = None if width is None else nominal_flow_mm3_per_mm(width, height_mm) * multiplier
        yield Line(name=name, flow_mm3_per_mm=flow)


def cura(settings: Mapping[str, str], height_mm: float, *, first: bool) -> Iterable[Line]:
    """Lines of CuraEngine; every width and flow has to be given."""
    factors = ("initial_layer_line_width_factor", "material_flow_layer_0") if first else ()
    percents = [_positive(settings.get(name, "")) for name in factors]
    for name, percent in zip(factors, percents, strict=True):
        if percent is None:
            yield Line(name=name, flow_mm3_per_mm=None)
            return
    share = math.prod(one / 100 for one in percents if one is not None)
    lines = _CURA_LINES if first else {**_CURA_LINES, **_CURA_TOP}
    if settings.get("support_enable", "false") != "false":
        lines = {**lines, **_CURA_SUPPORT}
    if first and settings.get("adhesion_type", "none") != "none":
        lines = {**lines, **_CURA_AROUND}
    for width_name, flow_name in lines.items():
        width = _positive(settings.get(width_name, ""))
        percent = _positive(settings.get(flow_name, ""))
        if width is None:
            yield Line(name=width_name, flow_mm3_per_mm=None)
        elif percent is None:
            yield Line(name=flow_name, flow_mm3_per_mm=None)
        else:
            flow = width * height_mm * share * percent / 100
            yield Line(name=width_name, flow_mm3_per_mm=flow)


def _positive(text: str) -> float | None:
    """A number above 0; 0 stands for "somebody else chooses" in both slicers."""
    value = float(text) if _NUMBER.fullmatch(text) is not None else 0.0
    return value if value > 0 else None
