"""Ring C, place by place: what must be solid is covered, infill has no hole, no bead lies outside.

Every bead is drawn with the width that its flow gives, on pixels of 0.05 mm, and held against the
exact section of its layer. A void of the same size weighs more where a slicer leaves none:

- within the walls and skins, and anywhere in a part without sparse infill: :func:`open_px`, near
  borders of skins :func:`bordered_px`; less between lines thinner than 0.4 mm, more between those
  wider than 0.5 mm;
- deeper than the walls, away from borders of skins: :func:`deep_px`, in 3 layers running
  :data:`LASTING_PX`;
- before the end of a line: a slicer ends lines against other beads, a cut line ends before nothing
  (:data:`CUT_MM`; where skins or sparse infill are filled apart, more; before one that grazes a
  wall, what its own round end fills: flat_ends.py);
- in sparse infill: the clear distance of the signed pattern.

The same pixels say how much plastic a place has room for (twice.py).

Limits were set on one half of the models of the laboratory, and judged on the other
(docs/examiner.md). Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind
from ..recipes.document import ProcessWindow
from .chains import chains
from .codes_model import BEAD_OUTSIDE, INFILL_OPEN, LINE_CUT, NOT_COMPARABLE, VOID, VOID_LASTING
from .collect import Collector
from .crumbs import crumbs
from .discs import Meets, More, report_widest
from .geometry import LayerLines
from .masks import grown
from .raster import PIXEL_MM, Floats, Grid, Mask, draw, grid_about, widest
from .sections import Pair, Sections
from .shapes import Shape, Shapes
from .solid_rule import SolidRule
from .specks import without_specks
from .twice import check_twice, spot_spare_mm2, thin_places, thin_reach_mm
from .whereabouts import where_at

OPEN_PX = 7
# At 100 % infill PrusaSlicer leaves 0.8 mm between a border of fills and the walls, and where lines
# lie and end is judged as well.
OPEN_BORDERED_PX = 8
# Beside such a border in a corner of the walls it leaves 0.9 mm, where no line fits.
CORNER_PX = 1
# How long what is left open there, or where fills meet in a flat part, is in honest jobs (2.8 mm in
# ``bone_guide``, 0.75 mm in ``heel_pad``), and somewhat more: not so long as most lines that lack.
CORNER_SPAN_MM, FLAT_SPAN_MM = 3.0, 1.0
DEEP_PX = 4
LASTING_PX = 1
LASTING_LAYERS = 3
OUTSIDE_PX = 1
FACE_PX = 5
# Where infill meets a border of skins it is more open than between its own lines.
INFILL_SPARE_PX = 5
CUT_MM = 0.15
CUT_SKINS_MM = 0.25
# In a part with sparse infill slicers end some lines a little short of a border of skins.
CUT_SPARSE_MM = 0.4
# A void before the end of a line counts where it is open over this share of the line's width to
# each side: slits between two beads are narrower.
OPEN_SHARE = 0.28
LOOK_MM = 2.0
#: Of a layer, ends (n, 2) and where their lines would go on (n, 2): which of them graze a wall.
Grazing: TypeAlias = Callable[[LayerLines, Floats, Floats], npt.NDArray[np.bool_]]
MARGIN_MM = 1.0
_SEARCH_PX = 12


def open_px(rule: SolidRule) -> int:
    """Radius of the largest empty disc where the part must be solid, away from borders of skins."""
    return _scaled_px(OPEN_PX, rule)


def bordered_px(rule: SolidRule) -> int:
    """The same anywhere."""
    bordered = rule.solid and not rule.one_fill
    return _scaled_px(OPEN_BORDERED_PX, rule) if bordered else open_px(rule)


def corner_px(rule: SolidRule) -> int:
    """The same where two fills meet in a solid part: a corner of the walls may hold no line."""
    return bordered_px(rule) + (CORNER_PX if rule.solid and not rule.one_fill else 0)


def deep_px(rule: SolidRule) -> int:
    """The same deeper than the walls; where infill is sparse, more between wide lines."""
    return DEEP_PX if rule.solid else round(DEEP_PX * rule.wider)


def _scaled_px(limit_px: int, rule: SolidRule) -> int:
    """Thin lines leave some pixels whatever their width, so that these are rounded up."""
    scaled = limit_px * rule.scale
    return math.ceil(scaled) if rule.scale < 1 else round(scaled)


def infill_limit_px(rule: SolidRule) -> int:
    """Radius of the largest disc that lines of sparse infill leave."""
    return int(np.ceil(rule.infill_gap_mm / 2 / PIXEL_MM)) + INFILL_SPARE_PX


def cut_limit_mm(rule: SolidRule) -> float:
    """How far before its end a line may meet nothing."""
    if not rule.solid:
        return round(CUT_SPARSE_MM * rule.wider, 3)
    return CUT_MM if rule.one_fill else CUT_SKINS_MM


def border_px(rule: SolidRule) -> int:
    """How far from the beginning of a surface skins and other infill may meet."""
    return round((rule.border_mm + rule.walls * rule.spacing_mm) / PIXEL_MM)


def round_end_mm(width: Floats) -> Floats:
    """How far ahead the round end of a bead of this width fills all that is judged, mm."""
    return np.asarray(width * math.sqrt(0.25 - OPEN_SHARE * OPEN_SHARE))


def wall_mm(rule: SolidRule) -> float | None:
    """Width of an outer wall; None where the settings do not give it."""
    if rule.outer_inset_mm is None:
        return None
    return max(2 * rule.outer_inset_mm, rule.width_mm)


def check_coverage(
    lines: Sequence[LayerLines],
    sections: Sections,
    rule: SolidRule,
    window: ProcessWindow,
    box: tuple[Floats, Floats],
    found: Collector,
    meets: Meets | None = None,
    grazing: Grazing | None = None,
) -> None:
    """Findings of every layer; a part too large for the pixels is refused, not sampled.

    Layers may be left out; three that follow each other are looked at together. ``meets``: where
    fills may meet, ``grazing``: which ends graze a wall, if that is told.
    """
    margin = MARGIN_MM + window.outside_model_mm
    grid = grid_about(box[0][:2], box[1][:2], margin)
    if grid is None:
        size = " by ".join(f"{side:.0f}" for side in (box[1] - box[0])[:2])
        found.add(Finding(kind=NOT_COMPARABLE, measured=f"a part of {size} mm"))
        return
    shapes = Shapes(sections, grid, rule.bottom + 2)
    lasting: list[Mask] = []
    after = -1
    for layer in lines:
        if found.enough:
            return
        pair = sections.pair(layer.layer)
        empty = _check_layer(layer, shapes, pair, rule, window, grid, found, meets, grazing)
        lasting = [*lasting[-(LASTING_LAYERS - 1) :], empty] if layer.layer == after else [empty]
        after = layer.layer + 1
        if len(lasting) == LASTING_LAYERS:
            together = np.logical_and.reduce(lasting)
            _widest(together, LASTING_PX, VOID_LASTING, layer, grid, found)


def _check_layer(
    layer: LayerLines,
    shapes: Shapes,
    pair: Pair,
    rule: SolidRule,
    window: ProcessWindow,
    grid: Grid,
    found: Collector,
    meets: Meets | None,
    grazing: Grazing | None,
) -> Mask:
    """One layer; gives its empty pixels deeper than the walls, for the rule over layers."""
    shape = shapes.at(layer.layer)
    covered = drawn(grid, layer)
    empty = shape.both & ~covered
    wall = wall_mm(rule)
    reach = thin_reach_mm(window, layer.layer, wall)

    def thin() -> Mask:
        return thin_places(shape.both, shape.either, along_outline(grid, pair, reach), reach)

    check_twice(layer, covered, grid, thin, spot_spare_mm2(window, layer.layer, wall), found)
    spare = window.outside_model_mm if layer.layer == 0 else 0.0
    if spare == 0:
        _widest(covered & ~shape.either, OUTSIDE_PX, BEAD_OUTSIDE, layer, grid, found)
    skin, border = _skin(layer.layer, shapes, rule)
    border |= _faces(shape, rule)
    walls = along_outline(grid, without_specks(pair), rule.walls * rule.spacing_mm)
    must = shape.both if rule.solid else shape.both & (walls | (skin & ~border))
    more = (
        None
        if meets is None
        else More(radius_px=corner_px(rule), span_mm=CORNER_SPAN_MM, meets=meets)
    )
    _widest(empty & must, bordered_px(rule), VOID, layer, grid, found, more)
    if bordered_px(rule) > open_px(rule):
        _widest(empty & must & ~border, open_px(rule), VOID, layer, grid, found)
    if not rule.solid and rule.knows_infill:
        _widest(empty & ~must, infill_limit_px(rule), INFILL_OPEN, layer, grid, found)
    if rule.knows_infill:
        judged = empty
        if not rule.one_fill:
            judged = empty & ~border & ~_surfaces(layer.layer, shapes, shape.both & ~walls, rule)
        _check_ends(layer, judged, walls, cut_limit_mm(rule), grid, found, grazing)
    deep = empty & must & ~border & ~along_outline(grid, pair, (rule.walls + 1) * rule.spacing_mm)
    more = (
        None if meets is None else More(radius_px=open_px(rule), span_mm=FLAT_SPAN_MM, meets=meets)
    )
    _widest(deep, deep_px(rule), VOID, layer, grid, found, more)
    return deep


def drawn(grid: Grid, layer: LayerLines) -> Mask:
    """The beads of a layer; closed walls are joined at their seam."""
    runs = chains(layer)
    first = runs.first[runs.closed]
    seam = layer.begin[first]
    return draw(
        grid,
        np.concatenate((layer.begin, seam)),
        np.concatenate((layer.end, seam)),
        np.concatenate((layer.width, layer.width[first])) / 2,
        np.concatenate((layer.joined, np.ones(len(seam), dtype=np.bool_))),
    )


def _skin(layer: int, shapes: Shapes, rule: SolidRule) -> tuple[Mask, Mask]:
    """Where a surface is near above or below; and the border of that, where fills meet."""
    shape = shapes.at(layer)
    if rule.one_fill:
        return shape.both, np.zeros_like(shape.both)
    inner = shape.both.copy()
    for step in range(-rule.bottom, rule.top + 1):
        if step:
            inner &= shapes.at(layer + step).either
    # One layer more to each side: where a surface lies in the middle of a layer, slicers and this
    # file may count it to another one.
    surely = inner & shapes.at(layer - rule.bottom - 1).either
    surely &= shapes.at(layer + rule.top + 1).either
    reach = border_px(rule)
    return shape.both & ~inner, grown(shape.both & ~surely, reach) & grown(inner, reach)


def _faces(shape: Shape, rule: SolidRule) -> Mask:
    """Over sparse infill, about a level face in the middle of a layer: skins may meet infill there.

    A slope leaves less between both sides of the middle.
    """
    face = shape.either & ~shape.both
    if rule.solid or not face.any() or widest(face, FACE_PX, FACE_PX + 1) is None:
        return np.zeros_like(face)
    return grown(face, border_px(rule)) & grown(shape.both, border_px(rule))


def _surfaces(layer: int, shapes: Shapes, filled: Mask, rule: SolidRule) -> Mask:
    """Where a surface itself meets what lies beside it among the filling lines.

    On a slope of a few degrees it is filled apart from the solid layers above or below it.
    """
    found = np.zeros_like(filled)
    for step in (-1, 1):
        other = shapes.at(layer + step)
        bare, covered = filled & ~other.both, filled & other.either
        if bare.any() and covered.any():
            found |= grown(bare, border_px(rule)) & grown(covered, border_px(rule))
    return found


def along_outline(grid: Grid, pair: Pair, reach_mm: float) -> Mask:
    """Pixels within ``reach_mm`` of an outline of either side."""
    segments = np.concatenate((pair.below.segments, pair.above.segments))
    joined = np.ones(len(segments), dtype=np.bool_)
    return draw(grid, segments[:, 0], segments[:, 1], np.full(len(segments), reach_mm), joined)


def _check_ends(
    layer: LayerLines,
    empty: Mask,
    walls: Mask,
    limit_mm: float,
    grid: Grid,
    found: Collector,
    grazing: Grazing | None = None,
) -> None:
    """How far is it empty before both ends of each run of lines, over much of the width?

    ``walls``: where walls lie. A crumb between them ends before nothing in honest jobs too.
    """
    way = layer.end - layer.begin
    length = np.sqrt(way[:, 0] * way[:, 0] + way[:, 1] * way[:, 1])
    along = way / np.maximum(length, 1e-9)[:, None]
    runs = chains(layer)
    row, column = grid.cells(layer.begin[runs.first])
    on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    left = crumbs(layer, runs) & on
    left[on] &= walls[row[on], column[on]]
    first, last = runs.first[~left], runs.last[~left]
    first, last = first[length[first] > 0], last[length[last] > 0]
    place = np.concatenate((layer.begin[first], layer.end[last]))
    ahead = np.concatenate((-along[first], along[last]))
    aside = np.stack((-ahead[:, 1], ahead[:, 0]), axis=1)
    width = np.concatenate((layer.width[first], layer.width[last]))
    steps = (np.arange(round(LOOK_MM / PIXEL_MM)) + 0.5) * PIXEL_MM
    clear = np.ones((len(place), len(steps)), dtype=np.bool_)
    for share in (-OPEN_SHARE, -OPEN_SHARE / 2, 0.0, OPEN_SHARE / 2, OPEN_SHARE):
        start = place + (share * width)[:, None] * aside
        points = start[:, None] + steps[None, :, None] * ahead[:, None]
        row, column = grid.cells(points.reshape(-1, 2))
        on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
        seen = np.zeros(len(row), dtype=np.bool_)
        seen[on] = empty[row[on], column[on]]
        clear &= seen.reshape(clear.shape)
    reach = np.where(clear.all(axis=1), len(steps), (~clear).argmax(axis=1)) * PIXEL_MM
    rows = np.flatnonzero(reach > limit_mm + PIXEL_MM / 2)
    rows = rows[reach[rows] <= round_end_mm(width[rows]) + PIXEL_MM / 2]
    if grazing is not None and len(rows):
        reach[rows[grazing(layer, place[rows], ahead[rows])]] = 0.0
    worst = int(reach.argmax()) if len(reach) else 0
    if len(reach) and reach[worst] > limit_mm + PIXEL_MM / 2:
        x, y = place[worst]
        found.add(
            Finding(
                kind=LINE_CUT,
                where=where_at(layer, float(x), float(y)),
                measured=round(float(reach[worst]), 2),
                limit=limit_mm,
                unit="mm",
            )
        )


def _widest(
    mask: Mask,
    limit_px: int,
    kind: FindingKind,
    layer: LayerLines,
    grid: Grid,
    found: Collector,
    more: More | None = None,
) -> None:
    report_widest(mask, limit_px, _SEARCH_PX, kind, layer, grid, found, more)
