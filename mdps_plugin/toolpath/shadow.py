"""Ring C: where supports may stand and where they have to, from the placed model alone. Pure.

An overhang is what a layer reaches out over the one below by more than the signed threshold. What
it needs falls straight down, through a clear layer, until the plate or the part stops it:

- *may*: about the overhang as far as the slicer widens a support (PrusaSlicer: by one cell of its
  grid), where a way leads to from what hangs over or from the support above, around the part and
  never through it: a hole further from an overhang stays free. Layer 0 is wider, as signed.
- *must*: below what surely is an overhang, where there is room beside the part.

Layers are looked at from the top down; nothing of a job is known here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .coverage import along_outline
from .inside import hull
from .masks import flooded, grown
from .nearly_hull import beside_hull
from .raster import PIXEL_MM, Floats, Grid, Ints, Mask, draw, fill
from .section import Section
from .sections import Sections
from .shapes import Shape, shape_of
from .support_terms import SupportRule

#: A pixel may lie this far off; a strip as narrow as this is still seen.
EDGE_MM = 0.05
#: Room beside the part that a support surely uses, beyond the signed distance.
ROOM_MM = 0.25
# Inside on one side of the middle only, and wider than the edge of a slope: a level face.
_FACE_PX = 2
_FREE = np.iinfo(np.int64).max
_KEPT = 16

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, eq=False)
class Shadow:
    """One layer: pixels on which beads of a support may lie, and those that must be carried."""

    layer: int
    may: Mask
    must: Mask


class _Model:
    """Shapes and their surroundings, layer by layer; keeps the last few."""

    def __init__(self, sections: Sections, grid: Grid) -> None:
        self._sections, self.grid = sections, grid
        self._kept: OrderedDict[tuple[int, float], Mask] = OrderedDict()
        self._shapes: OrderedDict[int, Shape] = OrderedDict()

    def shape(self, layer: int) -> Shape:
        return _remembered(
            self._shapes, layer, lambda: shape_of(self.grid, self._sections.pair(layer))
        )

    def near(self, layer: int, reach_mm: float) -> Mask:
        """The part in a layer, on either side of its middle, and what lies that near to it."""

        def make() -> Mask:
            pair = self._sections.pair(layer)
            if pair.empty:
                return self.grid.empty()
            return self.shape(layer).either | along_outline(self.grid, pair, reach_mm)

        return _remembered(self._kept, (layer, reach_mm), make)


def _remembered(kept: OrderedDict[K, V], key: K, make: Callable[[], V]) -> V:
    if key not in kept:
        kept[key] = make()
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    return kept[key]


def shadows(layers: int, sections: Sections, grid: Grid, rule: SupportRule) -> Iterator[Shadow]:
    """The shadow of each printed layer, the highest first."""
    model = _Model(sections, grid)
    lowest = _lowest(sections, model) if rule.plate_only else None
    may, must, waiting, cells = (grid.empty() for _ in range(4))
    # Overhangs above the printed layers as well: a job may lack some, which another rule tells.
    first = max(layers - 1, sections.top)
    for layer in range(first, -1, -1):
        covered = grid.empty()
        if lowest is not None:
            covered = lowest < layer
        over = layer + 1 + rule.above_layers
        fresh = _overhang(model, over, rule)
        free = ~(model.near(layer, rule.gap_mm - EDGE_MM) | covered)
        if fresh.any():
            cells = cells | grown(fresh, _px(rule.cell_mm))
            if rule.inward_mm:
                cells |= grown(fresh, _px(rule.inward_mm)) & model.shape(over).either
            # A strip of a slope lies over the gap: the support begins beside it.
            beside = grown(fresh, _px(rule.gap_mm + EDGE_MM)) & ~model.shape(layer).both
            fresh = flooded(fresh, beside)
        if not rule.refills:
            cells = cells & ~model.shape(layer).both
        # Where the part draws back below, a support of PrusaSlicer fills its cell again.
        may = flooded((may | fresh) & free, cells & free)
        must, waiting = _carried(model, layer, must, waiting | _surely(model, over, rule), rule)
        if lowest is not None:
            room = _px(rule.gap_mm + rule.clear_mm)
            must = must & ~grown(covered, room)
        if layer >= layers:
            continue
        wider = may
        if layer == 0 and rule.expansion_mm:
            reach = _px(rule.expansion_mm + EDGE_MM)
            # A support narrower than its cells is widened from where it ends within them.
            wider = may | flooded(may & free, grown(may | cells, reach) & free)
        if layer == 0 and rule.skirt_reach_mm:
            wider = wider | _skirt(grid, model.shape(0).either, wider, rule)
        yield Shadow(layer=layer, may=wider, must=must)


def reach_beside_mm(rule: SupportRule) -> float:
    """How far the first layer may reach beyond the part: supports, and a skirt about them."""
    return rule.cell_mm + rule.expansion_mm + rule.skirt_reach_mm


def _skirt(grid: Grid, part: Mask, may: Mask, rule: SupportRule) -> Mask:
    """Where a skirt lies: outside the convex hull of the part's first layer, as far as signed.

    It runs about the supports as well, wherever they stand in their shadow.
    """
    outer = _about_hull(grid, part | may, rule.skirt_reach_mm + EDGE_MM)
    inside = rule.skirt_gap_mm - EDGE_MM
    if rule.skirt_disc_mm is None or not part.any():
        return outer & ~_about_hull(grid, part, inside)
    return outer & beside_hull(grid, _edge(grid, part), rule.skirt_disc_mm, inside)


def _about_hull(grid: Grid, mask: Mask, reach_mm: float) -> Mask:
    """Pixels within ``reach_mm`` of the convex hull of a mask."""
    row = np.flatnonzero(mask.any(axis=1))
    if len(row) == 0:
        return grid.empty()
    # The outermost pixels of each row are all that a hull needs.
    left = mask[row].argmax(axis=1)
    right = grid.columns - 1 - mask[row, ::-1].argmax(axis=1)
    place = _middles(grid, np.concatenate((row, row)), np.concatenate((left, right)))
    around = hull(Section(segments=np.stack((place, place), axis=1)))
    segments = around.segments
    joined = np.ones(len(segments), dtype=np.bool_)
    half = np.full(len(segments), reach_mm)
    return fill(grid, around) | draw(grid, segments[:, 0], segments[:, 1], half, joined)


def _edge(grid: Grid, mask: Mask) -> Floats:
    """Middles of all pixels (n, 2) that have one beside them that is not set."""
    return _middles(grid, *np.nonzero(mask & grown(~mask, 1)))


def _middles(grid: Grid, row: Ints, column: Ints) -> Floats:
    cells = np.stack((column, row), axis=1)
    return np.asarray(np.array([grid.x_mm, grid.y_mm]) + (cells + 0.5) * PIXEL_MM)


def _overhang(model: _Model, layer: int, rule: SupportRule) -> Mask:
    """What may need a support: reaching out beyond the threshold, less what a pixel is wide."""
    shape = model.shape(layer)
    if layer == 0 or not shape.either.any():
        return model.grid.empty()
    reach = max(rule.reach_mm - EDGE_MM, EDGE_MM / 2)
    # Below a face in the middle of a layer a slicer may count that layer to the part, or not.
    below = model.near(layer - 1, reach) & ~_faces(model.shape(layer - 1))
    return shape.either & ~below


def _surely(model: _Model, layer: int, rule: SupportRule) -> Mask:
    """What needs a support however the slicer may count: whole strips of a slope."""
    shape = model.shape(layer)
    if layer == 0 or not shape.either.any():
        return model.grid.empty()
    solid = shape.both | (_faces(shape) & model.shape(layer + 1).both)
    out = solid & ~model.near(layer - 1, rule.reach_mm + EDGE_MM)
    if not out.any():
        return out
    strips = grown(out, _px(rule.reach_mm + 2 * EDGE_MM))
    return strips & solid & ~model.shape(layer - 1).both


def _faces(shape: Shape) -> Mask:
    """Level faces in the middle of a layer: inside on one of its sides only."""
    faces = shape.either & ~shape.both
    if not faces.any():
        return faces
    core = ~grown(~faces, _FACE_PX)
    return faces & grown(core, _FACE_PX + 1)


def _carried(
    model: _Model, layer: int, must: Mask, waiting: Mask, rule: SupportRule
) -> tuple[Mask, Mask]:
    """What must be carried in a layer, and what waits below for room beside the part."""
    room, low = model.grid.empty(), max(layer - rule.below_layers - 1, 0)
    for other in range(low, layer + rule.above_layers + 1):
        room |= model.near(other, rule.gap_mm + ROOM_MM)
    waiting = waiting & ~model.shape(layer).both
    return (must | waiting) & ~room, waiting & room


def _lowest(sections: Sections, model: _Model) -> Ints:
    """The lowest layer that holds each pixel; a very high one where none does."""
    lowest = np.full((model.grid.rows, model.grid.columns), _FREE, dtype=np.int64)
    for layer in range(sections.top, -1, -1):
        lowest[model.shape(layer).either] = layer
    return lowest


def _px(reach_mm: float) -> int:
    return int(np.ceil(reach_mm / PIXEL_MM))
