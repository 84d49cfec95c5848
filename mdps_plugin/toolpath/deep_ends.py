"""Ring C, where lines may lie: walls beside the outline, ends of filling lines beside the walls.

Slicers offset the outline, so that each wall runs at a fixed depth and each run of filling lines
begins and ends at another (:mod:`.places`). Two rules follow that need no hole to be wide:

- an open run ends and turns at the depth of filling lines, or where skins meet other infill: else
  it is a line that was cut, or one that stops at a cavity which the model does not have;
- every place of a closed run lies at the depth of a wall: else it goes around such a cavity, or
  leaves the outline.

About a corner that points into the part both may lie deeper, as far as a mitre reaches; where there
is little room, a filling line may end in its middle. Honest jobs keep these depths within 0.03 mm
(docs/examiner.md). Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind, Where
from ..recipes.document import ProcessWindow
from .chains import Chains, chains
from .codes_model import END_ASTRAY, WALL_ASTRAY
from .collect import Collector
from .coverage import along_outline, grown
from .crumbs import crumbs
from .depth import MOST_MITRE, Outline
from .geometry import LayerLines
from .linked import alone, link_mm, off_rungs, open_ends
from .places import Places, places
from .raster import PIXEL_MM, Grid, Mask, grid_about
from .sections import Sections
from .shapes import Shapes
from .slits import closing_radius_mm, without_slits
from .solid_rule import SolidRule
from .winding import is_inside

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

END_MM = 0.05
WALL_MM = 0.05
# Where the area to fill is narrower than twice this, no end is told deep.
ROOM_MM = 0.3
# CuraEngine ends a line in a right corner a quarter of a width early, and END_MM stays as it is.
_ROOM_WIDER = 1.3
# Both sides lie 10 µm apart: the outline moves by as much between them at a slope of 2.3 degrees.
_SLOPE_MM = 0.25
AROUND = 16
ROUND_MM = 0.005
EVERY_MM = 1.0
# As far as mitres reach, see depth.py.
FAR = 1.02 * MOST_MITRE
_MARGIN_MM = 1.0
_PROBE_MM = 0.01
_KEPT = 24
# Beyond what PrusaSlicer widens by, and half a spacing that lines which turn there keep from it.
_BORDER_PX = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class _Astray:
    """Places (n, 2) that lie where none may, the row of each one's line, and how deep they lie."""

    place: Floats
    row: Ints
    depth: Floats

    def chosen(self, rows: Flags) -> _Astray:
        """Some of them."""
        return _Astray(place=self.place[rows], row=self.row[rows], depth=self.depth[rows])


class _Model:
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
        """Where the filling lines of this layer may be those of several fills.

        Near what a layer below or above leaves open; in a solid part near the edge of that only:
        over sparse infill PrusaSlicer fills part of a layer as a bridge, wherever it likes.
        """
        rule, shape = self.rule, self.shapes.at(layer)
        pair = self._sections.pair(layer)
        filled = shape.both & ~along_outline(self.grid, pair, deepest_mm)
        open_, closed = self.grid.empty(), self.grid.empty()
        for step in range(-rule.bottom - 1, rule.top + 2):
            other = self.shapes.at(layer + step)
            bare, covered = filled & ~other.both, filled & other.either
            if step and bare.any() and (covered.any() or not rule.solid):
                open_ |= bare
                closed |= covered
        near = grown(open_, border_px(rule))
        return near & grown(closed, border_px(rule)) if rule.solid else near

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
        return _at(self.shapes.at(layer).either, self.grid, place)


def border_px(rule: SolidRule) -> int:
    """How far from the edge of another layer several fills may meet."""
    return math.ceil((rule.border_mm + rule.spacing_mm / 2) / PIXEL_MM) + _BORDER_PX


def room_mm(rule: SolidRule) -> float:
    """See :data:`ROOM_MM`; where infill is sparse, more between wide lines."""
    return ROOM_MM if rule.solid else ROOM_MM * (1 + _ROOM_WIDER * (rule.wider - 1))


def check_places(
    lines: Sequence[LayerLines],
    sections: Sections,
    rule: SolidRule,
    settings: Mapping[str, str],
    window: ProcessWindow,
    box: tuple[Floats, Floats],
    found: Collector,
) -> None:
    """At most one finding of each kind per layer; none where the settings give no places."""
    grid = grid_about(box[0][:2], box[1][:2], _MARGIN_MM + window.outside_model_mm)
    if grid is None:
        # A part too large for pixels: check_coverage refuses it.
        return
    model = _Model(sections, rule, grid)
    for layer in lines:
        spot = places(settings, layer.layer, layer.height_mm)
        if found.enough or spot is None:
            return
        runs = chains(layer)
        _check_ends(layer, runs, spot, model, found)
        _check_walls(layer, runs, spot, model, closing_radius_mm(settings), found)


def _check_ends(
    layer: LayerLines, runs: Chains, spot: Places, model: _Model, found: Collector
) -> None:
    # Every place where an open run turns, too: filling lines turn where they end.
    line = np.flatnonzero(~runs.closed[runs.of_line])
    place = np.concatenate((layer.begin[line], layer.end[line]))
    sides = model.sides(layer.layer)
    slope = _SLOPE_MM * model.rule.wider
    astray = _off(place, np.arange(len(place)), sides, spot.ends, END_MM, slope)
    every = partial(model.every_side, layer.layer)
    astray = _off_every(astray, every, spot.ends, END_MM, slope)
    if len(astray.row) == 0 or model.overlaps(layer.layer):
        return
    astray = astray.chosen(model.inside(layer.layer, astray.place))
    # An end among the walls is no end of filling lines, whatever lies above or below.
    shallow = astray.depth < spot.least_mm - END_MM
    excused = _at_border(layer.layer, astray.place, spot, model)
    if spot.borders is None and model.rule.solid and excused.any():
        ends = open_ends(layer, line, runs, off_rungs(place, sides, spot, END_MM))
        excused &= ~alone(ends, astray.row, model.grid, link_mm(model.rule))
    narrow = _narrow(astray.place, sides, spot, room_mm(model.rule))
    excused |= narrow
    astray = replace(astray, row=np.concatenate((line, line))[astray.row])
    # Behind the outer walls, where a part is too thin for one wall more; or what is left of an
    # outer wall in the tip of a wedge, at its depth.
    left = crumbs(layer, runs)[runs.of_line][astray.row]
    behind = astray.depth >= 2 * spot.walls[0]
    outer = np.abs(astray.depth - spot.walls[0]) <= WALL_MM
    shallow &= ~(left & narrow & (behind | outer))
    low, high = spot.least_mm, spot.most_mm
    limit = f"{low:.3f} to {high:.3f} mm, within {END_MM:g}"
    _report(END_ASTRAY, layer, astray.chosen(shallow | ~excused), (low + high) / 2, limit, found)


def _check_walls(
    layer: LayerLines,
    runs: Chains,
    spot: Places,
    model: _Model,
    closing_mm: float,
    found: Collector,
) -> None:
    line = np.flatnonzero(runs.closed[runs.of_line])
    way = layer.end[line] - layer.begin[line]
    count = np.ceil(np.hypot(way[:, 0], way[:, 1]) / EVERY_MM).astype(np.int64) + 1
    row = np.repeat(np.arange(len(line)), count)
    share = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1) / count[row]
    place = layer.begin[line[row]] + share[:, None] * way[row]
    rungs = tuple((wall, wall) for wall in spot.walls)
    slope = _SLOPE_MM * model.rule.wider
    astray = _off(place, line[row], model.sides(layer.layer), rungs, WALL_MM, slope)
    every = partial(model.every_side, layer.layer)
    astray = _off_every(astray, every, rungs, WALL_MM, slope)
    if len(astray.row) and closing_mm > 0:
        # The tip of a notch is closed before walls are drawn.
        for side in model.unslit(layer.layer, astray.place, closing_mm):
            depth, _ = side.depth(astray.place, np.empty((0, 2)), 0.0, FAR * spot.walls[-1])
            off = np.abs(depth[:, None] - np.array(spot.walls)) > WALL_MM
            astray = astray.chosen(off.all(axis=1))
    if len(astray.row) and not model.overlaps(layer.layer):
        astray = astray.chosen(model.inside(layer.layer, astray.place))
        depths = ", ".join(f"{wall:.3f}" for wall in spot.walls)
        limit = f"{depths} mm, each within {WALL_MM:g}"
        _report(WALL_ASTRAY, layer, astray, spot.walls[-1] / 2, limit, found)


def _at_border(layer: int, place: Floats, spot: Places, model: _Model) -> Flags:
    """Whether skins may meet other infill at each place."""
    if model.rule.one_fill:
        return np.zeros(len(place), dtype=np.bool_)
    if spot.borders is None:
        return _at(model.near_skins(layer, spot.least_mm - END_MM), model.grid, place)
    left = np.arange(len(place))
    # Where a skin was too narrow to be one, infill keeps to the other layer's walls as to its own.
    rungs = (spot.borders, *spot.ends[:1])
    for step in _outward(model.rule.bottom, model.rule.top):
        sides = model.sides(layer + step)
        off = _off(place[left], left, sides, rungs, END_MM)
        left = off.row if any(not side.empty for side in sides) else left
    excused = np.ones(len(place), dtype=np.bool_)
    excused[left] = False
    return excused


def _outward(below: int, above: int) -> Iterator[int]:
    for step in range(1, max(below, above) + 1):
        if step <= below:
            yield -step
        if step <= above:
            yield step


def _narrow(place: Floats, sides: Sequence[Outline], spot: Places, room_mm: float) -> Flags:
    """Whether filling lines have little room about each place."""
    angle = np.arange(AROUND) * (2 * np.pi / AROUND)
    ring = (room_mm - END_MM) * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    about = (place[:, None] + ring).reshape(-1, 2)
    room = spot.most_mm + room_mm - ROUND_MM
    wide = np.zeros(len(place), dtype=np.bool_)
    for side in sides:
        if not side.empty:
            depth, _ = side.depth(about, np.empty((0, 2)), 0.0, room)
            wide |= (depth > room).reshape(len(place), AROUND).any(axis=1)
    return ~wide


def _off(
    place: Floats,
    row: Ints,
    sides: Sequence[Outline],
    rungs: Sequence[tuple[float, float]],
    spare_mm: float,
    slope_mm: float = _SLOPE_MM,
) -> _Astray:
    """Places that lie on no rung of either side: one of them will do, see :mod:`.sections`.

    On a slope so shallow that the outline moves by up to ``slope_mm`` between both sides, the
    slicer's own outline lies between them, and so may the depth.
    """
    steps = np.array(rungs)
    far = FAR * float(steps.max())
    depth = np.full(len(place), far)
    left = np.arange(len(place))
    for side in sides:
        if side.empty:
            continue
        # What lies deeper may be about a corner: few places, looked at further away.
        for reach in (float(steps.max()) + spare_mm, far):
            near, on = side.depth(place[left], steps, spare_mm, reach)
            depth[left] = np.minimum(near, far)
            left = left[~on]
    if len(left) and not any(side.empty for side in sides):
        one, other = (side.depth(place[left], steps, spare_mm, far)[0] for side in sides)
        low, high = np.minimum(one, other), np.maximum(one, other)
        between = (low[:, None] - spare_mm <= steps[:, 1]) & (
            steps[:, 0] <= high[:, None] + spare_mm
        )
        left = left[~((high <= low + slope_mm) & between.any(axis=1))]
    return _Astray(place=place[left], row=row[left], depth=depth[left])


def _off_every(
    astray: _Astray,
    every: Callable[[], Sequence[Outline]],
    rungs: Sequence[tuple[float, float]],
    spare_mm: float,
    slope_mm: float,
) -> _Astray:
    """What lies on no rung of the outlines between both sides either, nor between two of them.

    Where a surface is nearly level, as on a saddle or a tooth, the outline moves by more between
    both sides than ``slope_mm``: the slicer's own is one of those between.
    """
    if len(astray.row) == 0:
        return astray
    steps = np.array(rungs)
    far = FAR * float(steps.max())
    depth = [
        side.depth(astray.place, steps, spare_mm, far)[0] for side in every() if not side.empty
    ]
    off = np.ones(len(astray.row), dtype=np.bool_)
    # The last one stands for itself: above it there is nothing, at the tip of a tooth.
    for one, other in pairwise([*depth, *depth[-1:]]):
        low, high = np.minimum(one, other), np.maximum(one, other)
        on = (low[:, None] - spare_mm <= steps[:, 1]) & (steps[:, 0] <= high[:, None] + spare_mm)
        off &= ~((high <= low + slope_mm) & on.any(axis=1))
    return astray.chosen(off)


def _at(mask: Mask, grid: Grid, place: Floats) -> Flags:
    row, column = grid.cells(place)
    on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    seen = np.zeros(len(place), dtype=np.bool_)
    seen[on] = mask[row[on], column[on]]
    return seen


def _report(
    kind: FindingKind,
    layer: LayerLines,
    astray: _Astray,
    middle_mm: float,
    limit: str,
    found: Collector,
) -> None:
    """The place that lies furthest from the middle of where it may lie."""
    if len(astray.row) == 0:
        return
    worst = int(np.abs(astray.depth - middle_mm).argmax())
    x, y = (round(float(part), 3) for part in astray.place[worst])
    line = int(layer.lines[astray.row[worst]])
    found.add(
        Finding(
            kind=kind,
            where=Where(line=line, layer=layer.layer, x=x, y=y),
            measured=round(float(astray.depth[worst]), 3),
            limit=limit,
        )
    )
