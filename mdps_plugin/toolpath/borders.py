"""Ring C: where PrusaSlicer 2.5 lets two fills of a solid part meet, from the model alone. Pure.

Where a layer leaves part of the next one open, that part is a surface. PrusaSlicer fills it apart
from what lies beside it, and first makes it wider (``LayerRegion::process_external_surfaces`` and
``PrintObject::discover_horizontal_shells``):

- a surface in its own layer and what follows it in the solid layers behind, by 3 mm, squared about
  corners;
- what only those layers fill apart, where it is narrow, by three widths of a line, with mitres.

All else are unions and cuts of such areas, which have no other borders. So fills meet at one of two
distances from the *edges* of surfaces: where the outline of a layer crosses the area to fill of
another. Lines end 0.05 of a spacing to either side of a border, and turn at half a spacing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .depth import Outline, joints
from .grazing import grazes
from .places import Border, Widened

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: An end lies as near as this to where a border lets it.
BORDER_MM = 0.05
#: The same where what a surface was widened to is widened again; seen: 6 µm.
AGAIN_MM = 0.02
_STEP_MM = 0.01
#: Edges are cut into pieces no longer than this; each lies in the area to fill or not.
PIECE_MM = 0.1
#: An edge is surely in the area to fill from so much deeper on, and surely not from so much before:
#: slicers round outlines, and a piece next to where it ends may lie on either side.
SURE_MM = 0.05
#: How often a place on the way of an end is held against a piece of an edge: some seconds. With
#: more none of those left grazes.
MOST_GRAZED = 50_000_000
_CORNER = 1e-6
_AT_ONCE = 1 << 19


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """Of places (n,) and edges: how far the nearest piece is, and whether it is surely an edge.

    ``turn``: of the corner that is the nearest of it, radians; 0 where it is none. ``most``: the
    edges are no further than this.
    """

    gap: Floats
    sure: Flags
    turn: Floats
    most: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Edges:
    """Pieces (n, 2) mm of the outline of a layer that lie in the area to fill of another.

    One side of the middle. ``turns`` (n, 2): by how much the outline turns where each begins, and
    ends, radians. ``sure``: none of those near where the edge leaves that area. ``tips`` (n, 6): of
    those where it does, that place, where it leads there, and where the tip of what it leaves open
    points, unit; else NaN.
    """

    begin: Floats
    way: Floats
    turns: Floats
    sure: Flags
    tips: Floats

    @classmethod
    def of(cls, segments: Floats) -> Edges:
        """All pieces of an outline (m, 2, 2), wherever they lie."""
        way = segments[:, 1] - segments[:, 0]
        count = np.maximum(np.ceil(np.hypot(way[:, 0], way[:, 1]) / PIECE_MM), 1).astype(np.int64)
        row = np.repeat(np.arange(len(count)), count)
        number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        step = way[row] / count[row, None]
        begin = segments[row, 0] + number[:, None] * step
        before, after = _turns(segments, way)
        turns = np.stack(
            (
                np.where(number == 0, before[row], 0.0),
                np.where(number == count[row] - 1, after[row], 0.0),
            ),
            axis=1,
        )
        sure = np.ones(len(row), dtype=np.bool_)
        tips = np.full((len(row), 6), np.nan)
        return cls(begin=begin, way=step, turns=turns, sure=sure, tips=tips)

    def within(self, own: Outline, inside: Callable[[Floats], Flags], fill_mm: float) -> Edges:
        """Those in the area to fill of another layer.

        ``own``: the outline of that layer; ``inside``: which places its section holds; ``fill_mm``:
        how deep the area to fill begins.
        """
        middle = self.begin + 0.5 * self.way
        depth, _ = own.depth(middle, np.empty((0, 2)), 0.0, fill_mm + 2 * SURE_MM)
        kept = np.flatnonzero((depth >= fill_mm - SURE_MM) & inside(middle))
        begin, way, tips = self.begin[kept], self.way[kept], self.tips[kept]
        leaves = depth[kept] < fill_mm + SURE_MM
        rows = np.flatnonzero(leaves)
        ends = np.concatenate((begin[rows], begin[rows] + way[rows]))
        first, last = own.depth(ends, np.empty((0, 2)), 0.0, fill_mm + 1)[0].reshape(2, -1)
        crosses = (first < fill_mm) != (last < fill_mm)
        rows, first, last = rows[crosses], first[crosses], last[crosses]
        tips[rows] = _tips(begin[rows], way[rows], first, last, fill_mm)
        return Edges(
            begin=begin, way=way, turns=self.turns[kept], sure=self.sure[kept] & ~leaves, tips=tips
        )

    def nearest(self, place: Floats) -> Nearest:
        """Of places (n, 2); there is at least one piece."""
        count = len(place)
        gap, most = np.empty(count), np.empty(count)
        sure, turn = np.zeros(count, dtype=np.bool_), np.zeros(count)
        square = np.maximum((self.way * self.way).sum(axis=1), 1e-18)
        way_x, way_y = self.way[:, 0].copy(), self.way[:, 1].copy()
        at_once = max(1, _AT_ONCE // len(self.begin))
        for start in range(0, count, at_once):
            part = slice(start, start + at_once)
            # Axis by axis: rows of two numbers are slow.
            away_x = place[part, 0, None] - self.begin[:, 0]
            away_y = place[part, 1, None] - self.begin[:, 1]
            share = (away_x * way_x + away_y * way_y) / square
            on = np.clip(share, 0, 1)
            here = np.hypot(away_x - on * way_x, away_y - on * way_y)
            least = here.argmin(axis=1)
            rows = np.arange(len(least))
            at = share[rows, least]
            gap[part], sure[part] = here[rows, least], self.sure[least]
            first, last = self.turns[least].T
            turn[part] = np.where(at <= _CORNER, first, np.where(at >= 1 - _CORNER, last, 0.0))
            most[part] = here[:, self.sure].min(axis=1) if self.sure.any() else here.max(axis=1)
        return Nearest(gap=gap, sure=sure, turn=turn, most=most)


def _turns(segments: Floats, way: Floats) -> tuple[Floats, Floats]:
    """How far the outline turns where each begins, and ends; all about where nothing joins it."""
    before, after = np.full(len(segments), math.pi), np.full(len(segments), math.pi)
    next_, joins = joints(segments)
    cross = way[:, 0] * way[next_, 1] - way[:, 1] * way[next_, 0]
    turn = np.abs(np.arctan2(cross, (way * way[next_]).sum(axis=1)))
    after[joins] = turn[joins]
    before[next_[joins]] = turn[joins]
    return before, after


def at_borders(
    place: Floats,
    turning: Flags,
    ahead: Floats,
    pairs: Sequence[tuple[Edges, ...]],
    border: Border,
    widened: Widened,
    slope_mm: float,
) -> tuple[Flags, Flags]:
    """Which places (n, 2) surely lie where lines may end at a border of this kind, and which may.

    ``turning``: where lines turn, or lead along a border. ``ahead`` (n, 2): where the line of each
    would go on, unit: one that ends where others turn on the far side grazes the border, see
    :mod:`.grazing`. ``pairs``: edges by layer, one or both
    sides of its middle; where both differ by no more than ``slope_mm``, the slicer's own edge lies
    between them.
    """
    surely, maybe = np.zeros((2, len(place)), dtype=np.bool_)
    off = np.where(turning, widened.turns_mm, widened.ends_mm)
    begin = border.away_mm - off - BORDER_MM
    for pair, low, high, sure, turn, most in _nearest(place, pairs):
        # A finely meshed curve is all corners, which turn by some degrees.
        corner = np.minimum(border.corner, 1 / np.maximum(np.cos(border.share * turn), 1e-9))
        wide = high - low > slope_mm
        on, beyond = np.zeros((2, len(place)), dtype=np.bool_)
        for least, last in ((low, np.where(wide, low, high)), (np.where(wide, high, low), high)):
            for at in (-off, -widened.ends_mm, widened.ends_mm, off):
                here = border.away_mm + at
                on |= (least <= here + BORDER_MM) & (last >= here - BORDER_MM)
            here = border.away_mm + widened.turns_mm
            beyond |= (least <= here + BORDER_MM) & (last >= here - BORDER_MM)
            about = least <= (border.away_mm + off) * corner + BORDER_MM
            on |= sure & (turn > 0) & about & (last >= begin)
        rows = np.flatnonzero(beyond & ~on & ~surely)
        on[rows] = _grazes(place[rows], ahead[rows], pair, border, widened)
        about = low <= (border.away_mm + off) * border.tip + BORDER_MM
        left = ~sure & about & (most >= begin)
        maybe |= left
        rows = np.flatnonzero(left & ~on & ~surely)
        on[rows] = _beyond_ends(place[rows], off[rows], pair, border, widened)
        surely |= on
    return surely, maybe


def _tips(begin: Floats, way: Floats, first: Floats, last: Floats, fill_mm: float) -> Floats:
    """Of pieces that lie so deep where they begin and end, and leave the area to fill: see
    :class:`Edges`.

    The area ends along the outline of its own layer, so the angle between both is how fast the
    depth changes along the piece. What the edge leaves open lies to its right.
    """
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
    share = (fill_mm - first) / (last - first)
    along = way / length[:, None]
    out = along * np.sign(first - last)[:, None]
    left = np.stack((-along[:, 1], along[:, 0]), axis=1)
    half = np.arcsin(np.clip(np.abs(last - first) / length, 0.0, 1.0)) / 2
    points = np.cos(half)[:, None] * out + np.sin(half)[:, None] * left
    return np.concatenate((begin + share[:, None] * way, out, points), axis=1)


def _beyond_ends(
    place: Floats, off: Floats, pair: tuple[Edges, ...], border: Border, widened: Widened
) -> Flags:
    """Which places lie at a border beyond the end of an edge of either side.

    The sides of what is widened run straight on there, as far as the tip of it is cut off, at the
    same distance. ``off`` (n,): how far from the border lines of a place turn, or end.
    """
    found = np.zeros(len(place), dtype=np.bool_)
    reach = (border.away_mm + off) * border.tip + BORDER_MM
    for side in pair:
        tips = side.tips[~np.isnan(side.tips[:, 0])]
        if len(tips) == 0 or len(place) == 0:
            continue
        tip, out, points = tips[:, :2], tips[:, 2:4], tips[:, 4:]
        blunt = (out * points).sum(axis=1) < math.cos(border.cut_off / 2)
        at_once = max(1, _AT_ONCE // len(tips))
        for start in range(0, len(place), at_once):
            part = slice(start, start + at_once)
            away = place[part, None] - tip
            near = np.hypot(away[:, :, 0], away[:, :, 1]) <= reach[part, None]
            near &= (away * out).sum(axis=2) >= -BORDER_MM
            aside = np.abs(away[:, :, 0] * out[:, 1] - away[:, :, 1] * out[:, 0])
            ahead = (away * points).sum(axis=2)
            ahead[:, blunt] = 0.0
            further = np.maximum(aside, ahead)
            on = np.zeros_like(near)
            for at in (-off[part], -widened.ends_mm, widened.ends_mm, off[part]):
                here = border.away_mm + np.broadcast_to(at, len(away))[:, None]
                on |= np.abs(further - here) <= BORDER_MM
            found[part] |= (near & on).any(axis=1)
    return found


def _grazes(
    place: Floats,
    ahead: Floats,
    pair: tuple[Edges, ...],
    border: Border,
    widened: Widened,
) -> Flags:
    """Which ends where others turn on the far side graze the border: edges of either side."""
    found = np.zeros(len(place), dtype=np.bool_)
    back = border.away_mm + widened.turns_mm
    least = back - 2 * widened.turns_mm - BORDER_MM
    for side in pair:
        rows = np.flatnonzero(~found)
        if len(side.begin) and len(rows):

            def gap(at: Floats, side: Edges = side) -> Floats:
                return side.nearest(at).gap

            looks = MOST_GRAZED // len(side.begin)
            found[rows] = grazes(place[rows], ahead[rows], least, back - BORDER_MM, gap, looks)
    return found


def near_borders(
    place: Floats, pairs: Sequence[tuple[Edges, ...]], border: Border, reach_mm: float
) -> Flags:
    """Which places (n, 2) lie no further than so much from where a border of this kind may be."""
    found = np.zeros(len(place), dtype=np.bool_)
    for _, low, high, sure, _, most in _nearest(place, pairs):
        last = border.away_mm * np.where(sure, 1.0, border.tip) + reach_mm
        begin = border.away_mm - reach_mm
        found |= (low <= last) & (np.where(sure, high, most) >= begin)
    return found


def widened_again(place: Floats, pairs: Sequence[tuple[Edges, ...]], widened: Widened) -> Flags:
    """Where a narrow rest of what a surface was widened to may have been widened once more.

    ``pairs``: edges of surfaces. How narrow such a rest has to be hangs on more than is known here.
    """
    surface, behind, off = widened.surface, widened.behind, widened.turns_mm
    found = np.zeros(len(place), dtype=np.bool_)
    for _, low, high, sure, _, most in _nearest(place, pairs):
        far = np.where(
            sure,
            surface.away_mm + behind.away_mm,
            surface.away_mm * surface.tip + behind.away_mm * behind.corner,
        )
        begin = surface.away_mm - off - BORDER_MM
        found |= (np.maximum(high, most) >= begin) & (low <= far + off + BORDER_MM)
    return found


def ends_again(
    place: Floats,
    ahead: Floats,
    pairs: Sequence[tuple[Edges, ...]],
    widened: Widened,
    slope_mm: float,
) -> Flags:
    """Which places (n, 2) lie where lines end if what a surface was widened to was widened again.

    That is told exactly where all of it is narrow, as in a ring: its border then lies both
    distances from the edge (``liner_ring``). A line that ends there would cross it. ``pairs``,
    ``ahead`` and ``slope_mm``: as for :func:`at_borders`.
    """
    far = widened.surface.away_mm + widened.behind.away_mm
    found = np.zeros(len(place), dtype=np.bool_)
    both = (_nearest(at, pairs) for at in (place, place + _STEP_MM * ahead))
    for (_, low, high, _, _, _), (_, next_low, next_high, _, _, _) in zip(*both, strict=True):
        wide = high - low > slope_mm
        nearer = np.abs(next_low + next_high - 2 * far) < np.abs(low + high - 2 * far)
        for least, last in ((low, np.where(wide, low, high)), (np.where(wide, high, low), high)):
            for here in (far - widened.ends_mm, far + widened.ends_mm):
                found |= (least <= here + AGAIN_MM) & (last >= here - AGAIN_MM) & nearer
    return found


def _nearest(
    place: Floats, pairs: Sequence[tuple[Edges, ...]]
) -> Iterator[tuple[tuple[Edges, ...], Floats, Floats, Flags, Floats, Floats]]:
    """By layer: its edges; both distances, lesser first; both sure; the greater turn; at most."""
    for pair in pairs:
        told = [side.nearest(place) for side in pair if len(side.begin)]
        if told:
            gaps = np.stack([one.gap for one in told])
            sure: Flags = np.logical_and.reduce([one.sure for one in told])
            turn = np.stack([one.turn for one in told]).max(axis=0)
            most = np.stack([one.most for one in told]).max(axis=0)
            yield pair, gaps.min(axis=0), gaps.max(axis=0), sure, turn, most
