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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind, Where
from ..recipes.document import ProcessWindow
from .astray import Astray, moving, off_depths, off_every
from .chains import Chains, chains
from .codes_model import END_ASTRAY, WALL_ASTRAY
from .collect import Collector
from .crumbs import crumbs
from .cut_ends import FACING_MM, Stops, cut_ends
from .depth import Outline
from .facing import facing
from .geometry import LayerLines
from .grazing import grazes
from .left_apart import left_apart
from .linked import alone, link_mm, off_rungs, open_ends
from .little_room import in_middles, in_necks, narrow, room_mm
from .places import Places, Widened, places
from .raster import grid_about
from .sections import Sections
from .slits import closing_radius_mm
from .solid_rule import SolidRule
from .surroundings import FAR, SLOPE_MM, Surroundings, pixels_at, slope_mm

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

END_MM = 0.05
WALL_MM = 0.05
EVERY_MM = 1.0
#: Ends of crumbs in a layer that hide nothing wherever they lie; of honest ones seen: two.
FEW_CRUMBS = 4
#: Ends in a layer that lie where what is widened is widened again; of honest ones seen: two.
MOST_AGAIN = 4
#: Places of walls off their depth in one layer; more than notches explain, and none is excused.
MOST_AT_NOTCHES = 1000
_MARGIN_MM = 1.0
_MOST_STOPS = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ends:
    """Of a layer: begins, then ends, of each line of its open runs.

    ``line`` (n,): those lines; ``place`` (2 n, 2); ``stops`` (2 n,): where a run begins or ends;
    ``ahead`` (2 n, 2): where its line would go on there, unit; ``half`` (2 n,): half its width.
    """

    line: Ints
    place: Floats
    stops: Flags
    ahead: Floats
    half: Floats

    @classmethod
    def of(cls, layer: LayerLines, runs: Chains) -> _Ends:
        """All of them."""
        line = np.flatnonzero(~runs.closed[runs.of_line])
        way = layer.end[line] - layer.begin[line]
        along = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        return cls(
            line=line,
            place=np.concatenate((layer.begin[line], layer.end[line])),
            stops=np.concatenate((np.isin(line, runs.first), np.isin(line, runs.last))),
            ahead=np.concatenate((-along, along)),
            half=np.tile(layer.width[line] / 2, 2),
        )

    def chosen(self, rows: Ints | Flags) -> Stops:
        """Some of them."""
        return Stops(place=self.place[rows], ahead=self.ahead[rows], half=self.half[rows])


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
    model = Surroundings(sections, rule, grid)
    for layer in lines:
        spot = places(settings, layer.layer, layer.height_mm)
        if found.enough or spot is None:
            return
        runs = chains(layer)
        _check_ends(layer, runs, spot, model, found)
        _check_walls(layer, runs, spot, model, closing_radius_mm(settings), found)


def _check_ends(
    layer: LayerLines, runs: Chains, spot: Places, model: Surroundings, found: Collector
) -> None:
    # Every place where an open run turns, too: filling lines turn where they end.
    ends = _Ends.of(layer, runs)
    sides = model.sides(layer.layer)
    astray = _astray_ends(ends, layer.layer, spot, model)
    if len(astray.row) == 0 or model.overlaps(layer.layer):
        return
    astray = astray.chosen(model.inside(layer.layer, astray.place))
    # An end among the walls is no end of filling lines, whatever lies above or below.
    shallow = astray.depth < spot.least_mm - END_MM
    tight = narrow(astray.place, sides, spot, room_mm(model.rule), END_MM)
    excused, maybe = _at_fills(layer, runs, ends, astray, spot, model)
    excused |= tight & (maybe | ~astray.deep)
    stops = ends.stops[astray.row]
    excused[_cut(layer, ends, astray.row, excused & stops, spot, model)] = False
    astray = replace(astray, row=np.concatenate((ends.line, ends.line))[astray.row])
    # Behind the outer walls, where a part is too thin for one wall more; or what is left of an
    # outer wall in the tip of a wedge, at its depth.
    left = crumbs(layer, runs)[runs.of_line][astray.row]
    behind = astray.depth >= 2 * spot.walls[0]
    outer = np.abs(astray.depth - spot.walls[0]) <= WALL_MM
    left &= tight & (behind | outer)
    if left.sum() > FEW_CRUMBS:
        left[left] = in_middles(astray.chosen(left), sides)
    shallow &= ~left
    low, high = spot.least_mm, spot.most_mm
    wrong = shallow | ~excused
    wrong &= _where_cut(astray.place, wrong & stops) if (wrong & stops).any() else wrong
    limit = _where_ends_may_lie(spot, told=_tells_grazing(spot, model))
    _report(END_ASTRAY, layer, astray.chosen(wrong), (low + high) / 2, limit, found)


def _tells_grazing(spot: Places, model: Surroundings) -> bool:
    """Whether the second depth of ends is for those that run along a wall alone."""
    # Between lines of sparse infill bows are wider than a part may be thick.
    return spot.spacing_mm is not None and model.rule.solid


def _where_ends_may_lie(spot: Places, *, told: bool) -> str:
    depths = [
        f"{low:.3f} mm" if low == high else f"{low:.3f} to {high:.3f} mm" for low, high in spot.ends
    ]
    if told:
        depths[1:] = [f"{depth} along a wall" for depth in depths[1:]]
    return f"{', or '.join(depths)}, within {END_MM:g}"


def _astray_ends(ends: _Ends, layer: int, spot: Places, model: Surroundings) -> Astray:
    """Ends and joints at no depth for them, and ends at the second one that graze no wall."""
    sides, slope = model.sides(layer), slope_mm(model.rule)
    every = partial(model.every_side, layer)
    told = _tells_grazing(spot, model)

    def off(rows: Ints, rungs: Sequence[tuple[float, float]]) -> Astray:
        found = off_depths(ends.place[rows], rows, sides, rungs, END_MM, slope, told)
        return off_every(found, every, rungs, END_MM, slope, told)

    astray = off(np.arange(len(ends.place)), spot.ends)
    if spot.borders is not None and not model.rule.solid:
        astray = astray.chosen(~in_necks(astray, sides, spot, END_MM))
    if not told:
        return astray
    left = ends.stops.copy()
    left[astray.row] = False
    deep = off(np.flatnonzero(left), spot.ends[:1])
    deep = deep.chosen(~grazes_walls(deep, ends.ahead, sides, spot))
    return astray.and_(replace(deep, deep=np.ones(len(deep.row), dtype=np.bool_)))


def _at_fills(
    layer: LayerLines,
    runs: Chains,
    ends: _Ends,
    astray: Astray,
    spot: Places,
    model: Surroundings,
) -> tuple[Flags, Flags]:
    """Which of these lie where skins meet other infill, or two fills of a solid part each other.

    And which may, as far as borders are told.
    """
    line, sides = ends.line, model.sides(layer.layer)
    if spot.widened is not None and model.rule.solid:
        # The other end of each astray one: what leads along a border ends at no wall.
        other = ends.place[(astray.row + len(line)) % len(ends.place)]
        leads = _leads(layer, line, spot.widened)[astray.row % len(line)]
        turning = ~ends.stops[astray.row] | (leads & off_rungs(other, sides, spot, END_MM))
        ahead = ends.ahead[astray.row]
        excused, maybe = model.at_borders(layer.layer, astray.place, turning, ahead, spot.widened)
        left = np.flatnonzero(~excused & ~turning)
        excused[left] = _ends_again(layer.layer, astray.place[left], ahead[left], ends, spot, model)
        if model.rule.one_fill:
            stops = np.flatnonzero(ends.stops[astray.row])
            others = (_about_middle(model, layer.layer + step) for step in (-1, 1))
            sides_there = (side for other in others for side in other)
            excused[stops] |= left_apart(
                astray.place[stops], ahead[stops], sides, sides_there, spot
            )
    else:
        maybe = _at_border(layer.layer, astray.place, spot, model)
        excused = maybe & (spot.borders is not None or not model.rule.solid)
    if (maybe & ~excused).any():
        off = off_rungs(ends.place, sides, spot, END_MM)
        off[astray.row[astray.deep]] = True
        every = open_ends(layer, line, runs, off)
        by_itself = alone(every, astray.row, model.grid, link_mm(model.rule))
        # What widened areas leave may have room for one short line.
        patch = every.patch[astray.row] & (spot.widened is not None)
        excused |= maybe & (~by_itself | patch)
    return excused, maybe


def _cut(
    layer: LayerLines, ends: _Ends, row: Ints, excused: Flags, spot: Places, model: Surroundings
) -> Ints:
    """Which of the excused ends are those of a cut, however near borders they lie."""
    rows = np.flatnonzero(excused)
    if spot.widened is None or spot.spacing_mm is None or not model.rule.solid:
        return rows[:0]
    along = partial(model.along_borders, layer.layer, widened=spot.widened)
    at, others = ends.chosen(row[rows]), ends.chosen(ends.stops)
    return rows[cut_ends(layer, at, others, spot.spacing_mm, along)]


def _ends_again(
    layer: int, place: Floats, ahead: Floats, ends: _Ends, spot: Places, model: Surroundings
) -> Flags:
    """Which ends lie at the border of what is widened again, and face none that a cut would leave.

    Few in a layer: of more, none.
    """
    none = np.zeros(len(place), dtype=np.bool_)
    if spot.widened is None or spot.spacing_mm is None or not 0 < len(place) <= _MOST_STOPS:
        return none
    again = np.flatnonzero(model.ends_again(layer, place, ahead, spot.widened))
    stops = np.flatnonzero(ends.stops)
    others = ends.place[stops], ends.ahead[stops]
    faced = facing(place[again], ahead[again], *others, FACING_MM, spot.spacing_mm / 2)
    again = again[~faced.any(axis=1)]
    if len(again) <= MOST_AGAIN:
        none[again] = True
    return none


def grazes_walls(deep: Astray, ahead: Floats, sides: Sequence[Outline], spot: Places) -> Flags:
    """Which ends at the second of the depths for ends graze a wall, on either side."""
    back = spot.ends[-1][1]
    # On a mitre of that depth: about such a corner how near a wall is says little of the offset.
    found = deep.depth > back + END_MM
    least = back - (spot.spacing_mm or 0.0) - END_MM

    def depth(side: Outline, places: Floats) -> Floats:
        return np.minimum(side.depth(places, np.empty((0, 2)), 0.0, back + 1)[0], back + 1)

    for side in sides:
        if not side.empty:
            rows = np.flatnonzero(~found)
            found[rows] = grazes(
                deep.place[rows],
                ahead[deep.row[rows]],
                least,
                back - END_MM,
                partial(depth, side),
            )
    return found


def _leads(layer: LayerLines, line: Ints, widened: Widened) -> Flags:
    """Which lines are as long as those along a border that lead from one line to the next."""
    low, high = widened.link_mm
    length = np.hypot(*(layer.end[line] - layer.begin[line]).T)
    return np.asarray((length >= low) & (length <= high))


def _check_walls(
    layer: LayerLines,
    runs: Chains,
    spot: Places,
    model: Surroundings,
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
    slope = slope_mm(model.rule)
    astray = off_depths(place, line[row], model.sides(layer.layer), rungs, WALL_MM, slope)
    every = partial(model.every_side, layer.layer)
    astray = off_every(astray, every, rungs, WALL_MM, slope)
    if 0 < len(astray.row) <= MOST_AT_NOTCHES and closing_mm > 0:
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


def _at_border(layer: int, place: Floats, spot: Places, model: Surroundings) -> Flags:
    """Whether skins may meet other infill at each place."""
    if model.rule.one_fill:
        return np.zeros(len(place), dtype=np.bool_)
    if spot.borders is None:
        return pixels_at(model.near_skins(layer, spot.least_mm - END_MM), model.grid, place)
    # Where a skin was too narrow to be one, infill keeps to the other layer's walls as to its own.
    rungs = (spot.borders, *spot.ends[:1])
    others = [layer + step for step in _outward(model.rule.bottom, model.rule.top)]
    left = np.arange(len(place))
    for other in others:
        sides = model.sides(other)
        off = off_depths(place[left], left, sides, rungs, END_MM)
        if any(not side.empty for side in sides):
            # And where little is left to fill there, it ends in the middle of that.
            middle = (off.depth > spot.most_mm) & narrow(
                off.place, sides, spot, room_mm(model.rule), END_MM
            )
            left = off.row[~middle]
    for other in others:
        # What is nearly level there has its outline anywhere between both sides.
        moves = moving(place[left], model.sides(other), FAR * max(high for _, high in rungs))
        off = off_depths(place[left[moves]], left[moves], model.sides(other), rungs, END_MM)
        off = off_every(off, partial(_about_middle, model, other), rungs, END_MM, SLOPE_MM)
        left = np.concatenate((left[~moves], off.row))
    excused = np.ones(len(place), dtype=np.bool_)
    excused[left] = False
    return excused


def _about_middle(model: Surroundings, layer: int) -> Sequence[Outline]:
    """Outlines within 1 µm of the middle: as near as slicers cut, and each wider excuses more."""
    return model.every_side(layer)[2:-2]


def _outward(below: int, above: int) -> Iterator[int]:
    for step in range(1, max(below, above) + 1):
        if step <= below:
            yield -step
        if step <= above:
            yield step


def _where_cut(place: Floats, stops: Flags) -> Flags:
    """Of the places where runs stop the two that lie furthest from any other: what to look at.

    A wall that is cut open is an open run: all its joints lie among walls, and so do both ends at
    its seam, which nearly meet.
    """
    rows = np.flatnonzero(stops)
    chosen = np.zeros(len(place), dtype=np.bool_)
    if len(rows) > _MOST_STOPS:
        return stops
    away = np.hypot(*np.moveaxis(place[rows, None] - place[None, rows], 2, 0))
    np.fill_diagonal(away, np.inf)
    chosen[rows[np.argsort(away.min(axis=1), kind="stable")[-2:]]] = True
    return chosen


def _report(
    kind: FindingKind,
    layer: LayerLines,
    astray: Astray,
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
