"""What of a section has to be solid, from the signed slicer settings. Pure; knows no geometry.

Names of PrusaSlicer 2.5 and of CuraEngine 4.13. What a recipe without settings, or with a pattern
that is not known here, leaves open is not guessed: then only a wall of one bead is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..recipes.document import FeatureClass, FileRole, ProcessWindow, Recipe
from ..recipes.settings_list import parse_settings
from .lines import feature

# Patterns of straight lines over the whole area, and how many directions lie in one layer.
_STRAIGHT = {
    "rectilinear": 1,
    "alignedrectilinear": 1,
    "line": 1,
    "lines": 1,
    "zigzag": 1,
    "grid": 2,
}
_EVERY_LAYER = 9999
# PrusaSlicer 2.5 lets a skin grow under what lies beside it by up to 3 mm.
PRUSA_BORDER_MM = 3.0
CURA_BORDER_MM = 1.0
# By this much more for each millimetre of width beyond what was measured: 0.85 mm wide lines want
# 1.3 mm more (`stepped_disc`).
_BORDER_WIDER = 3.5
# Lines that the limits of ring C were found with, those for which they hold as they are, and how
# far they follow.
_MEASURED_MM = 0.45
_AS_MEASURED_MM = (0.4, 0.5)
_FOLLOWED_MM = (0.25, 0.9)
# Widths that a void between walls and filling lines grows with; and those of other lines of a job.
_PRUSA_LINES = (
    "perimeter_extrusion_width",
    "external_perimeter_extrusion_width",
    "solid_infill_extrusion_width",
)
_PRUSA_OTHERS = (
    "first_layer_extrusion_width",
    "infill_extrusion_width",
    "top_infill_extrusion_width",
)
_CURA_LINES = ("wall_line_width_0", "wall_line_width_x", "skin_line_width")
_CURA_OTHERS = ("infill_line_width", "roofing_line_width")


@dataclass(frozen=True, kw_only=True)
class SolidRule:
    """``walls`` beads of ``spacing_mm`` along every outline; ``solid``: no sparse infill anywhere.

    ``outer_inset_mm``: middle of the outermost wall from the outline; None where only the flow of
    the wall tells. ``top``, ``bottom``: solid layers below and above a surface. ``infill_gap_mm``:
    widest clear distance between lines of sparse infill, with what lines wider than 0.45 mm leave
    more open beside a skin; infinite where the pattern is not known.
    ``one_fill``: skins are filled together with what lies beside them, so that no border runs
    inside the part; else it lies within ``border_mm`` of the walls where a surface begins.
    ``scale``: the widest line over the 0.45 mm that limits were found with; 1 from 0.4 to 0.5 mm.
    """

    walls: int
    outer_inset_mm: float | None
    spacing_mm: float
    width_mm: float
    solid: bool
    top: int
    bottom: int
    infill_gap_mm: float
    one_fill: bool
    border_mm: float
    scale: float = 1.0

    @property
    def wider(self) -> float:
        """By how much limits that thin lines keep grow: ``scale``, but never below 1."""
        return max(1.0, self.scale)

    @property
    def knows_infill(self) -> bool:
        """Whether a gap in the infill can be told from the pattern."""
        return self.solid or math.isfinite(self.infill_gap_mm)


def signed_settings(recipe: Recipe, files: Mapping[str, bytes]) -> Mapping[str, str]:
    """The pinned slicer settings by name; empty where the recipe pins none.

    :class:`~mdps_plugin.errors.DocumentError` where they are no flat list.
    """
    pinned = recipe.file(FileRole.SLICER_SETTINGS)
    if pinned is None:
        return {}
    return parse_settings(files.get(pinned.name, b""), pinned.name)


def solid_rule(settings: Mapping[str, str], window: ProcessWindow) -> SolidRule:
    """The rule that signed settings give."""
    if "wall_line_count" in settings:
        return _cura(settings, window)
    if "perimeters" in settings:
        return _prusa(settings, window)
    return _least(window)


def _least(window: ProcessWindow) -> SolidRule:
    width = feature(window, FeatureClass.BODY).width_mm.minimum
    return SolidRule(
        walls=1,
        outer_inset_mm=None,
        spacing_mm=width / 2,
        width_mm=width,
        solid=False,
        top=0,
        bottom=0,
        infill_gap_mm=math.inf,
        one_fill=False,
        border_mm=PRUSA_BORDER_MM,
    )


def _rounding(window: ProcessWindow) -> float:
    """Width of a bead over the spacing of beads that just fill an area (see lines.py)."""
    return window.layer_height_mm * (1 - math.pi / 4)


def _scale(settings: Mapping[str, str], lines: Sequence[str], others: Sequence[str]) -> float:
    """What is left open between walls and filling lines grows with their width (docs/adr/0048).

    1 where a width is no plain length. Limits are stricter only where no line is wide.
    """
    widths = [_millimetres(settings, name) for name in lines]
    low, high = _AS_MEASURED_MM
    if min(widths) <= 0 or low <= max(widths) <= high:
        return 1.0
    rest = [_millimetres(settings, name) for name in others]
    if max(widths) < low and not all(0 < width < low for width in rest):
        return 1.0
    widest = max(*widths, *rest) if max(widths) < low else max(widths)
    least, most = _FOLLOWED_MM
    return min(max(widest, least), most) / _MEASURED_MM


def _more_open(width_mm: float) -> float:
    """Beside a border of skins infill is more open than between its lines, by about a line.

    :mod:`.coverage` allows 0.5 mm for that, which held for lines of 0.45 mm; wider ones leave more.
    """
    return 0.5 * max(0.0, width_mm / _MEASURED_MM - 1)


def _prusa(settings: Mapping[str, str], window: ProcessWindow) -> SolidRule:
    width = _number(settings, "perimeter_extrusion_width", 0) or _number(
        settings, "extrusion_width", 0
    )
    outer = _number(settings, "external_perimeter_extrusion_width", 0) or width
    infill = _number(settings, "infill_extrusion_width", 0) or width
    if not width:
        return _least(window)
    scale = _scale(settings, _PRUSA_LINES, _PRUSA_OTHERS)
    spacing = width - _rounding(window)
    density = _number(settings, "fill_density", 20) / 100
    ways = _STRAIGHT.get(settings.get("fill_pattern", "stars"))
    top, bottom = (int(_number(settings, f"{side}_solid_layers", 3)) for side in ("top", "bottom"))
    thinnest = (_number(settings, f"{side}_solid_min_thickness", 0) for side in ("top", "bottom"))
    gap = math.inf
    if ways is not None and density > 0 and settings.get("infill_every_layers", "1") == "1":
        gap = ways * (infill - _rounding(window)) / density - infill + _more_open(infill)
    return SolidRule(
        walls=int(_number(settings, "perimeters", 1)),
        outer_inset_mm=outer / 2,
        spacing_mm=spacing,
        width_mm=width,
        solid=density >= 1,
        top=top,
        bottom=bottom,
        infill_gap_mm=gap,
        # Surfaces are filled apart from what lies beside them only where they are asked for.
        one_fill=density >= 1 and not any((top, bottom, *thinnest)),
        border_mm=PRUSA_BORDER_MM + _BORDER_WIDER * _MEASURED_MM * max(0.0, scale - 1),
        scale=scale,
    )


def _cura(settings: Mapping[str, str], window: ProcessWindow) -> SolidRule:
    line = _number(settings, "wall_line_width_x", 0)
    if not line:
        return _least(window)
    width = line + _rounding(window)
    outer = _number(settings, "wall_line_width_0", 0) or line
    distance = _number(settings, "infill_line_distance", 0)
    ways = _STRAIGHT.get(settings.get("infill_pattern", ""))
    bottom = int(_number(settings, "bottom_layers", 0))
    solid = bottom >= _EVERY_LAYER
    gap = math.inf
    if ways is not None and distance > 0:
        gap = distance - width + _more_open(line)
    return SolidRule(
        walls=int(_number(settings, "wall_line_count", 1)),
        outer_inset_mm=outer / 2 + _number(settings, "wall_0_inset", 0),
        spacing_mm=line,
        width_mm=width,
        solid=solid,
        top=0 if solid else int(_number(settings, "top_layers", 0)),
        bottom=0 if solid else bottom,
        infill_gap_mm=gap,
        one_fill=solid,
        border_mm=CURA_BORDER_MM,
        scale=_scale(settings, _CURA_LINES, _CURA_OTHERS),
    )


def _millimetres(settings: Mapping[str, str], name: str) -> float:
    """0 where it is absent or a share of something else."""
    return 0.0 if settings.get(name, "").endswith("%") else _number(settings, name, 0)


def _number(settings: Mapping[str, str], name: str, default: float) -> float:
    """Percent signs aside; 0 where it is no plain number, which every caller takes as absent."""
    text = settings.get(name, f"{default:g}").removesuffix("%")
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e6 else 0.0
