"""Ring C: what lies about the lines of a layer in the model, made when first asked for. Pure.

Outlines of the layer and its neighbours, the areas to fill, where surfaces begin. Judges nothing:
:mod:`.deep_ends` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .borders import (
    BORDER_MM,
    Edges,
    at_borders,
    ends_again,
    near_borders,
    widened_again,
)
from .coverage import along_outline
from .depth import MOST_MITRE, Outline
from .masks import grown
from .places import Widened
from .raster import PIXEL_MM, Grid, Mask
from .sections import Pair, Sections
from .shapes import Shapes, shape_of
from .slits import without_slits
from .solid_rule import SolidRule
from .winding import is_inside

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Both sides lie 10 µm apart: the outline moves by as much between them at a slope of 2.3 degrees.
SLOPE_MM = 0.25
# As far as mitres reach, see depth.py.
FAR = 1.02 * MOST_MITRE
#: Ends away from the walls in a layer, and how often one is held against a piece of an edge; with
#: more, which would take minutes, none is excused.
MOST_PLACES, MOST_COMPARED = 20_000, 50_000_000
_PROBE_MM = 0.01
#: Directions that are looked in about a place.
AROUND = 16
_KEPT = 24
# Beyond what PrusaSlicer widens by, and half a spacing that lines which turn there keep from it.
_BORDER_PX = 2
_BEHIND_WIDTHS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class _Surface:
    """Edges of the surface of ``layer`` in the area to fill of the layer that is looked at.

    ``own``: those in the area to fill of its own as well. ``behind``: all, none where both layers
    are one. Of one side of the middle or both.
    """

    layer: int
    own: tuple[Edges, ...]
    behind: tuple[Edges, ...]


class Surroundings:
    """What of the model the rules look at; outlines and pixels are made when first asked for."""

    def __init__(self, sections: Sections, rule: SolidRule, grid: Grid) -> None:
        self.rule, self.grid, self._sections = rule, grid, sections
        self.shapes = Shapes(sections, grid, rule.bottom + 2)
        self.sides = lru_cache(maxsize=_KEPT)(self._sides)
        self.every_side = lru_cache(maxsize=1)(self._every_side)

    def _sides(self, layer: int) -> tuple[Outline, Outline]:
        """The outline below and above the middle of a layer."""
        pair = self._sections.pair(layer)
        return Outline(pair.below.segments), Outline(pair.above.segments)

    def _every_side(self, layer: int) -> list[Outline]:
        """Outlines from below the middle to above it, with those between."""
        below, above = self.sides(layer)
        between = (Outline(section.segments) for section in self._sections.finer(layer))
        return [below, *between, above]

    def unslit(self, layer: int, place: Floats, closing_mm: float) -> list[Outline]:
        """Outlines about places (n, 2) without slits, of each cut of the layer that has any."""
        pair = self._sections.pair(layer)
        reach = FAR * self.rule.spacing_mm * (self.rule.walls + 1)
        found = (
            without_slits(section, place, reach, closing_mm)
            for section in (pair.below, *self._sections.finer(layer), pair.above)
            if not section.empty
        )
        return [outline for outline in found if outline is not None]

    def near_skins(self, layer: int, deepest_mm: float) -> Mask:
        """Where filling lines of this layer may be those of several fills, if no more is known.

        Near what a layer below or above leaves open; in a solid part near the edge of that only:
        over sparse infill PrusaSlicer fills part of a layer as a bridge, wherever it likes.
        """
        rule = self.rule
        open_, closed = self.grid.empty(), self.grid.empty()
        for filled in self._filled(layer, deepest_mm):
            for step in range(-rule.bottom - 1, rule.top + 2):
                other = self.shapes.at(layer + step)
                bare, covered = filled & ~other.both, filled & other.either
                if step and bare.any() and (covered.any() or not rule.solid):
                    open_ |= bare
                    closed |= covered
        if not rule.solid:
            return grown(open_, border_px(rule) + behind_px(rule))
        return grown(open_, border_px(rule)) & grown(closed, border_px(rule))

    def at_borders(
        self, layer: int, place: Floats, turning: Flags, ahead: Floats, widened: Widened
    ) -> tuple[Flags, Flags]:
        """Which places (n, 2) lie where lines of a solid part may end beside a border of fills.

        And which may: where edges end, and where a narrow rest of what a surface was widened to is
        widened again, or meets the walls of another layer.
        """
        none = np.zeros(len(place), dtype=np.bool_)
        found = self._of_surfaces(layer, len(place), widened)
        if found is None:
            return none, none
        slope = slope_mm(self.rule)
        own = [one.own for one in found]
        behind = [one.behind for one in found]
        clipped = none.copy()
        for one in found:
            if one.layer != layer:
                clipped |= self._clipped(one.layer, place, one.own, widened)
        surely, maybe = at_borders(place, turning, ahead, own, widened.surface, widened, slope)
        also, too = at_borders(place, turning, ahead, behind, widened.behind, widened, slope)
        maybe |= too | clipped | widened_again(place, own, widened)
        return surely | also, maybe

    def ends_again(self, layer: int, place: Floats, ahead: Floats, widened: Widened) -> Flags:
        """Which ends (n, 2) lie where all of what a surface was widened to is widened again."""
        found = self._of_surfaces(layer, len(place), widened)
        if found is None:
            return np.zeros(len(place), dtype=np.bool_)
        own = [one.own for one in found]
        again = ends_again(place, ahead, own, widened, slope_mm(self.rule))
        again[again] = self._in_narrow_fills(layer, place[again], widened)
        return again

    def _in_narrow_fills(self, layer: int, place: Floats, widened: Widened) -> Flags:
        """Whether no place about each holds a disc as wide as what is widened again if narrower."""
        reach = widened.behind.away_mm
        angle = np.arange(AROUND) * (2 * math.pi / AROUND)
        ring = np.stack((np.cos(angle), np.sin(angle)), axis=1)
        about = np.concatenate([share * reach * ring for share in (0.0, 0.5, 1.0)])
        probes = (place[:, None] + about).reshape(-1, 2)
        deep, none = np.zeros(len(probes), dtype=np.bool_), np.empty((0, 2))
        for side in self.sides(layer):
            if not side.empty and len(probes):
                depth, _ = side.depth(probes, none, 0.0, widened.fill_mm + reach)
                deep |= depth > widened.fill_mm + reach
        deep &= self.inside(layer, probes)
        return np.asarray(deep.reshape(len(place), len(about)).sum(axis=1) == 0)

    def meets(self, layer: int, place: Floats, reach_mm: float, widened: Widened) -> Flags:
        """Which places (n, 2) lie no further than so much from where two fills may meet."""
        found = self._of_surfaces(layer, len(place), widened)
        if found is None:
            return np.zeros(len(place), dtype=np.bool_)
        near = near_borders(place, [one.own for one in found], widened.surface, reach_mm)
        behind = [one.behind for one in found]
        return near | near_borders(place, behind, widened.behind, reach_mm)

    def along_borders(self, layer: int, place: Floats, reach_mm: float, widened: Widened) -> Flags:
        """(k, n) by border: which places (n, 2) lie no further than so much from where it may be.

        Those of no section lie along each.
        """
        found = self._of_surfaces(layer, len(place), widened)
        again = widened.again
        flags = [
            near_borders(place, [edges], border, reach_mm)
            for one in found or ()
            for edges, border in (
                (one.own, widened.surface),
                (one.own, again),
                (one.behind, widened.behind),
            )
        ]
        flags.append(np.zeros(len(place), dtype=np.bool_))
        return np.array(flags) | ~self.inside(layer, place)

    def _of_surfaces(self, layer: int, places: int, widened: Widened) -> list[_Surface] | None:
        """Those with an edge near enough for a layer; None with more places, or more to compare,
        than are looked at.
        """
        rule = self.rule
        found = []
        compared = 0
        for step in range(-rule.bottom, rule.top + 1):
            if step == 0:
                continue
            within = self._edges(layer + step, layer, widened)
            compared += 4 * places * sum(len(side.begin) for side in within.values())
            if places > MOST_PLACES or compared > MOST_COMPARED:
                return None
            # The layer whose surface ends at this outline.
            other = layer + step - (1 if step > 0 else -1)
            own = tuple(self._within(within, other, widened).values())
            behind = tuple(within.values()) if other != layer else ()
            found.append(_Surface(layer=other, own=own, behind=behind))
        return found

    def _clipped(
        self, layer: int, place: Floats, surface: tuple[Edges, ...], widened: Widened
    ) -> Flags:
        """Where what a surface of another layer was widened to meets the walls of that layer."""
        reach = widened.surface.away_mm * widened.surface.tip
        near, on, along = np.zeros((3, len(place)), dtype=np.bool_)
        for edge in surface:
            if len(edge.begin):
                gap = edge.nearest(place).gap
                near |= gap <= reach
                along |= gap <= widened.turns_mm + BORDER_MM
        if near.any():
            offs = np.array(
                (-widened.ends_mm, widened.ends_mm, -widened.turns_mm, widened.turns_mm)
            )
            for side in self.sides(layer):
                if not side.empty:
                    depth, _ = side.depth(place, np.empty((0, 2)), 0.0, widened.fill_mm + 1)
                    off = np.abs(depth[:, None] - widened.fill_mm - offs)
                    on |= (off <= BORDER_MM).any(axis=1)
                    # From there to the walls of its own layer it runs along the edge itself.
                    on |= along & (depth <= widened.fill_mm + widened.turns_mm + BORDER_MM)
        return near & on

    def _edges(self, layer: int, own: int, widened: Widened) -> dict[int, Edges]:
        """By side of the middle, the outline of a layer in the area to fill of another one."""
        pair = self._sections.pair(layer)
        every = {
            side: Edges.of(section.segments)
            for side, section in enumerate((pair.below, pair.above))
            if not section.empty
        }
        return self._within(every, own, widened)

    def _within(self, edges: Mapping[int, Edges], own: int, widened: Widened) -> dict[int, Edges]:
        found = {}
        for side, edge in edges.items():
            outline = self.sides(own)[side]
            if len(edge.begin) and not outline.empty:
                found[side] = edge.within(
                    outline, lambda place: self.inside(own, place), widened.fill_mm
                )
        return found

    def _filled(self, layer: int, deepest_mm: float) -> Iterator[Mask]:
        """The area to fill of a layer: of what both sides hold and, where they differ, of each.

        A surface in the middle of a layer is that layer's for one slicer, its neighbour's for
        another.
        """
        pair, shape = self._sections.pair(layer), self.shapes.at(layer)
        yield shape.both & ~along_outline(self.grid, pair, deepest_mm)
        if (shape.either & ~shape.both).any():
            for side in (pair.below, pair.above):
                alone_ = Pair(below=side, above=side)
                own = shape_of(self.grid, alone_).both
                yield own & ~along_outline(self.grid, alone_, deepest_mm)

    def overlaps(self, layer: int) -> bool:
        """Whether an outline of a layer lies within another body: slicers draw no wall there."""
        pair = self._sections.pair(layer)
        for section in (pair.below, pair.above):
            if section.empty:
                continue
            way = section.segments[:, 1] - section.segments[:, 0]
            normal = np.stack((way[:, 1], -way[:, 0]), axis=1) / np.hypot(*way.T)[:, None]
            if is_inside(section, section.segments.mean(axis=1) + _PROBE_MM * normal).any():
                return True
        return False

    def inside(self, layer: int, place: Floats) -> Flags:
        """Which places (n, 2) lie in the section of a layer, on either side of its middle."""
        return pixels_at(self.shapes.at(layer).either, self.grid, place)


def slope_mm(rule: SolidRule) -> float:
    """As far as an outline may move between both sides; more between wide lines."""
    return SLOPE_MM * rule.wider


def behind_px(rule: SolidRule) -> int:
    """What a surface asks of the layers behind it is widened again, by three widths (ADR 0049)."""
    return math.ceil(_BEHIND_WIDTHS * rule.width_mm / PIXEL_MM)


def border_px(rule: SolidRule) -> int:
    """How far from the edge of another layer several fills may meet."""
    return math.ceil((rule.border_mm + rule.spacing_mm / 2) / PIXEL_MM) + _BORDER_PX


def pixels_at(mask: Mask, grid: Grid, place: Floats) -> Flags:
    """Whether the pixel of each place (n, 2) is set; not beside the grid."""
    row, column = grid.cells(place)
    on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    seen = np.zeros(len(place), dtype=np.bool_)
    seen[on] = mask[row[on], column[on]]
    return seen
