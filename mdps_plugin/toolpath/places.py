"""Where walls run and filling lines end, in mm inside the outline, from the signed settings. Pure.

Both slicers offset the outline: the middle of each wall and the end of each filling line lie at
fixed depths. PrusaSlicer 2.5 (``PerimeterGenerator::process_classic``, ``Fill::fill_surface``):
the outer wall half its width in, each other a spacing further; filling lines end half a spacing
behind the last, less the signed overlap, plus 0.05 of a spacing. CuraEngine 4.13 counts in widths
of lines; filling lines end where the last wall ends, less the overlap of infill or skin.

Only settings under which this holds give places: what draws other closed lines, moves outlines or
leaves a width to the slicer gives none, and the rules that need them do not run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

STRAIGHT = ("rectilinear", "alignedrectilinear", "line", "lines", "zigzag", "grid")

_PRUSA_FIXED = {
    "perimeter_generator": ("classic",),
    "gap_fill_enabled": ("0",),
    "thin_walls": ("0",),
    "extra_perimeters": ("0",),
    "fuzzy_skin": ("none",),
    "elefant_foot_compensation": ("0",),
    "xy_size_compensation": ("0",),
    "spiral_vase": ("0",),
    "ironing": ("0",),
    "fill_pattern": STRAIGHT,
    "top_fill_pattern": STRAIGHT,
    "bottom_fill_pattern": STRAIGHT,
}
# What :mod:`.borders` rests on besides; PrusaSlicer's own choice where the settings do not say.
_PRUSA_WIDENS = {
    "ensure_vertical_shell_thickness": ("0",),
    "top_solid_min_thickness": ("0",),
    "bottom_solid_min_thickness": ("0",),
    "solid_infill_every_layers": ("0",),
    "infill_every_layers": ("1",),
    "infill_only_where_needed": ("0",),
    "interface_shells": ("0",),
}
_CURA_FIXED = {
    "xy_offset": ("0", "0.0"),
    "xy_offset_layer_0": ("0", "0.0"),
    "wall_0_inset": ("0", "0.0"),
    "fill_outline_gaps": ("false",),
    "fill_perimeter_gaps": ("nowhere",),
    "alternate_extra_perimeter": ("false",),
    "magic_fuzzy_skin_enabled": ("false",),
    "magic_spiralize": ("false",),
    "ironing_enabled": ("false",),
    "coasting_enable": ("false",),
    "initial_layer_line_width_factor": ("100",),
    "skin_outline_count": ("0",),
    "infill_wall_line_count": ("0",),
    "infill_pattern": STRAIGHT,
    "top_bottom_pattern": STRAIGHT,
    "top_bottom_pattern_0": STRAIGHT,
}
# Mitres of PrusaSlicer's offsets reach no further, in distances.
_MITRE_LIMIT = 3.0
_PRUSA_WIDTHS = (
    "external_perimeter_extrusion_width",
    "perimeter_extrusion_width",
    "solid_infill_extrusion_width",
)


@dataclass(frozen=True, kw_only=True)
class Border:
    """How far from an edge fills meet; how much further, as a factor, about a corner of the edge
    and where it ends. A corner that turns by a counts as far as 1 / cos(``share`` a) goes. What is
    no blunter than ``cut_off``, radians, is cut off beyond its tip."""

    away_mm: float
    corner: float
    share: float
    tip: float
    cut_off: float


@dataclass(frozen=True, kw_only=True)
class Widened:
    """What PrusaSlicer makes wider, see :mod:`.borders`: a ``surface``, and what lies ``behind``.

    ``fill_mm``: how deep the area to fill begins. ``ends_mm``, ``turns_mm``: how far to either side
    of a border lines end, and turn; beyond it some end where others turn. ``link_mm``: from and to
    which length a line along a border may begin or end a run.
    """

    fill_mm: float
    surface: Border
    behind: Border
    ends_mm: float
    turns_mm: float
    link_mm: tuple[float, float]

    @property
    def again(self) -> Border:
        """Where all of what a surface was widened to is narrow, and widened again."""
        away = self.surface.away_mm + self.behind.away_mm
        last = self.surface.away_mm * self.surface.tip + self.behind.away_mm * self.behind.corner
        return replace(self.surface, away_mm=away, tip=last / away)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Depths in mm: ``walls`` from the outermost; filling lines end at one of ``ends`` (from, to).

    ``borders``: where skins meet other infill, lines end at these depths inside the outline of
    another layer (CuraEngine: its third wall, and the overlap to both sides); None for
    PrusaSlicer. ``widened``: what tells where its fills meet in a solid part; else, and over sparse
    infill, lines may end anywhere near. ``spacing_mm``: of PrusaSlicer's solid lines; in a solid
    part a run ends at the second of ``ends`` only where it grazes a wall, see :mod:`.grazing`. None
    for CuraEngine.
    """

    walls: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]
    borders: tuple[float, float] | None
    widened: Widened | None = None
    spacing_mm: float | None = None

    @property
    def least_mm(self) -> float:
        """Where filling lines end beside walls; what ends before this is among them."""
        return self.ends[0][0]

    @property
    def most_mm(self) -> float:
        """The deepest end."""
        return max(high for _, high in self.ends)


def places(settings: Mapping[str, str], layer: int, height_mm: float) -> Places | None:
    """The places of a layer of this height, None where the settings do not give them."""
    if "wall_line_count" in settings:
        return _cura(settings)
    if "perimeters" in settings:
        return _prusa(settings, layer, height_mm)
    return None


def _prusa(settings: Mapping[str, str], layer: int, height_mm: float) -> Places | None:
    count = _number(settings, "perimeters")
    first = _number(settings, "first_layer_extrusion_width")
    widths = [_number(settings, name) for name in _PRUSA_WIDTHS]
    if layer == 0 and first:
        widths = [first] * 3
    outer, wall, fill = (width or 0.0 for width in widths)
    overlap = settings.get("infill_overlap", "")
    if not count or not min(outer, wall, fill) or not _holds(settings, _PRUSA_FIXED):
        return None
    round_sides = height_mm * (1 - math.pi / 4)
    outer_step, step, fill_step = (width - round_sides for width in (outer, wall, fill))
    walls = [outer / 2]
    for number in range(1, int(count)):
        walls.append(walls[-1] + ((outer_step + step) / 2 if number == 1 else step))
    half = (outer_step if count == 1 else step) / 2
    share = _plain(overlap.removesuffix("%"))
    if share is None:
        return None
    shared = (half + fill_step / 2) * share / 100 if overlap.endswith("%") else share
    end = walls[-1] + half - shared + 0.05 * fill_step
    # Where a line runs along a wall, it ends where it leaves what lies half a spacing further in.
    deeper = end + 0.45 * fill_step
    return Places(
        walls=tuple(walls),
        ends=((end, end), (deeper, deeper)),
        borders=None,
        widened=_widened(settings, end, fill, fill_step),
        spacing_mm=fill_step,
    )


def _widened(
    settings: Mapping[str, str], end: float, fill: float, fill_step: float
) -> Widened | None:
    if any(settings.get(name, kept[0]) not in kept for name, kept in _PRUSA_WIDENS.items()):
        return None
    # A square about a tip reaches the root of two further; what is too sharp for a mitre, likewise.
    return Widened(
        fill_mm=end - 0.05 * fill_step,
        surface=Border(away_mm=3.0, corner=1.1, share=0.25, tip=1.415, cut_off=math.pi),
        behind=Border(
            away_mm=3 * fill,
            corner=1.415,
            share=0.5,
            tip=1.5,
            cut_off=math.pi - 2 * math.acos(1 / _MITRE_LIMIT),
        ),
        ends_mm=0.05 * fill_step,
        turns_mm=0.5 * fill_step,
        link_mm=(0.9 * fill_step, 3.3 * fill_step),
    )


def _cura(settings: Mapping[str, str]) -> Places | None:
    count = _number(settings, "wall_line_count")
    outer, inner = (_number(settings, f"wall_line_width_{name}") for name in ("0", "x"))
    overlaps = [_plain(settings.get(f"{kind}_overlap_mm", "")) for kind in ("infill", "skin")]
    given = [overlap for overlap in overlaps if overlap is not None]
    if not count or not outer or not inner or len(given) < 2:
        return None
    if not _holds(settings, _CURA_FIXED):
        return None
    walls = [outer / 2]
    for number in range(1, int(count)):
        walls.append(walls[-1] + ((outer + inner) / 2 if number == 1 else inner))
    inside = walls[-1] + (outer if count == 1 else inner) / 2
    spare = max(0.0, *given)
    borders = (max(walls[:3][-1] - spare, 0.0), walls[-1] + spare)
    # Where skins begin right at the walls, infill and skin end here in their own layer.
    early = ((depth, depth) for depth in (walls[-1] - spare, walls[-1] + spare))
    ends = ((inside - max(given), inside - min(given)), *early)
    return Places(walls=tuple(walls), ends=ends, borders=borders)


def _holds(settings: Mapping[str, str], fixed: Mapping[str, tuple[str, ...]]) -> bool:
    return all(settings.get(name) in allowed for name, allowed in fixed.items())


def _plain(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e3 else None


def _number(settings: Mapping[str, str], name: str) -> float | None:
    value = _plain(settings.get(name, ""))
    return value if value is not None and value > 0 else None
