"""How deep points lie inside an outline: the exact distance, found by cells of 1 mm. Pure.

Walls are offset with mitred corners: about a corner that points into the part they run further
from it than elsewhere, by one over the cosine of half its turn.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: No slicer follows a corner further than this.
MOST_MITRE = 3.0
_CELL_MM = 1.0
# Two ends of an outline nearer than this are one: one cut of one edge, seen from two triangles.
_JOIN_MM = 1e-4
_POINTS_AT_ONCE = 1 << 15
# Pairs of a point and a piece looked at together, about 100 bytes each: a model is anybody's bytes
# as well, and may have thousands of edges in a cell.
_PAIRS_AT_ONCE = 1 << 22


class Pieces:
    """Segments (m, 2 ends, 2 axes) in mm, cut into pieces of a cell's length, sorted into cells.

    ``begin``, ``step`` (k, 2), ``segment`` (k,): of each piece; ``number``: which of its segment's
    it is, of ``count``.
    """

    def __init__(self, segments: Floats) -> None:
        """``segments``: at least one."""
        way = segments[:, 1] - segments[:, 0]
        count = np.maximum(np.ceil(np.hypot(way[:, 0], way[:, 1]) / _CELL_MM), 1).astype(np.int64)
        row = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        step = (way / count[:, None])[row]
        begin = segments[row, 0] + within[:, None] * step
        middle = begin + step / 2
        self._low = middle.min(axis=0)
        cell = ((middle - self._low) / _CELL_MM).astype(np.int64)
        self._rows, self._columns = (int(most) + 1 for most in cell.max(axis=0)[::-1])
        key = cell[:, 1] * self._columns + cell[:, 0]
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        self.begin, self.step, self.segment = begin[order], step[order], row[order]
        self.number, self.count = within[order], count[row][order]
        self._square = np.maximum((self.step * self.step).sum(axis=1), 1e-18)
        _, crowd = np.unique(self._key, return_counts=True)
        self._crowd = int(crowd.max())

    def points_at_once(self, reach_mm: float) -> int:
        """So many points have no more pairs than may be looked at together; at least one point."""
        side = 2 * _cells(reach_mm) + 1
        # Rows of cells are pairs as well, be they empty.
        most = max(min(self._crowd * side**2, len(self._key)), side)
        return int(np.clip(_PAIRS_AT_ONCE // most, 1, _POINTS_AT_ONCE))

    def near(self, points: Floats, reach_mm: float) -> tuple[Ints, Ints, Floats, Floats]:
        """Pairs of a point and a piece: all within ``reach_mm``, and some beyond it.

        Rows of points, rows of pieces, the distance, and where along the piece's own line the
        nearest place lies (0 to 1, before and beyond it where the piece ends).
        """
        point, piece = self._pairs(points, _cells(reach_mm))
        # Axis by axis: pairs are many, and rows of two numbers slow.
        step_x, step_y = self.step[:, 0][piece], self.step[:, 1][piece]
        away_x = points[:, 0][point] - self.begin[:, 0][piece]
        away_y = points[:, 1][point] - self.begin[:, 1][piece]
        share = (away_x * step_x + away_y * step_y) / self._square[piece]
        on = np.clip(share, 0, 1)
        gap = np.hypot(away_x - on * step_x, away_y - on * step_y)
        return point, piece, gap, share

    def _pairs(self, points: Floats, cells: int) -> tuple[Ints, Ints]:
        """Each point with each piece in the square of cells about it, point by point."""
        cell = np.floor((points - self._low) / _CELL_MM).astype(np.int64)
        least = np.clip(cell[:, 0] - cells, 0, self._columns)
        most = np.clip(cell[:, 0] + cells + 1, 0, self._columns)
        row = cell[:, 1, None] + np.arange(-cells, cells + 1)
        on = (row >= 0) & (row < self._rows)
        base = np.where(on, row, 0) * self._columns
        first = np.searchsorted(self._key, base + least[:, None])
        stop = np.searchsorted(self._key, base + most[:, None])
        count = np.where(on, np.maximum(stop - first, 0), 0)
        point = np.repeat(np.arange(len(points)), count.sum(axis=1))
        first, count = first.ravel(), count.ravel()
        piece = np.arange(len(point)) + np.repeat(first - (np.cumsum(count) - count), count)
        return point, piece


def _cells(reach_mm: float) -> int:
    """Cells to each side of a point's own in which a piece within ``reach_mm`` has its middle."""
    return int(np.ceil(reach_mm / _CELL_MM + 0.5))


class Outline:
    """Segments (m, 2 ends, 2 axes) in mm with the inside on their left; m may be 0.

    ``inward`` (n, 2), ``mitres`` (n,): corners that point into the part, and how much further than
    elsewhere offsets reach about them; none where the mitre is longer than is followed.
    """

    def __init__(self, segments: Floats) -> None:
        self.empty = len(segments) == 0
        self.inward, self.mitres = np.empty((0, 2)), np.empty(0)
        if self.empty:
            return
        self._pieces = Pieces(segments)
        way = segments[:, 1] - segments[:, 0]
        before, after = _mitres(segments, way)
        # Corners that point into the part (n, 2), and how far mitres of 1 mm reach from them (n,).
        inward = (after > 1.0) & (after < MOST_MITRE)
        self.inward, self.mitres = segments[inward, 1], after[inward]
        pieces, row = self._pieces, self._pieces.segment
        self._before = np.where(pieces.number == 0, before[row], 1.0)
        self._after = np.where(pieces.number == pieces.count - 1, after[row], 1.0)
        # Of each piece: directions of its own segment and of those joined to it, 0 where none is.
        own = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        next_, joins = joints(segments)
        behind, ahead = np.zeros((2, len(way), 2))
        ahead[joins] = own[next_[joins]]
        behind[next_[joins]] = own[joins]
        self._own, self._behind, self._ahead = own[row], behind[row], ahead[row]

    def depth(
        self,
        points: Floats,
        rungs: Floats,
        spare_mm: float,
        reach_mm: float,
        mitred: bool = False,
    ) -> tuple[Floats, Flags]:
        """Distance of ``points`` (n, 2), infinite beyond ``reach_mm``; whether they lie on a rung.

        ``rungs`` (k, 2): from and to which depth each goes. A point is on one if no place of the
        outline is nearer than it goes, and one is as near, or nearer than a mitre reaches there.
        ``mitred``: about a corner a point has to lie on the mitre itself, beside the lines that
        both sides of the corner lie in.
        """
        distance, on = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.bool_)
        if self.empty:
            return distance, on
        at_once = self._pieces.points_at_once(reach_mm)
        for start in range(0, len(points), at_once):
            part = slice(start, start + at_once)
            distance[part], on[part] = self._depth(points[part], rungs, spare_mm, reach_mm, mitred)
        return distance, on

    def _depth(
        self, points: Floats, rungs: Floats, spare_mm: float, reach_mm: float, mitred: bool
    ) -> tuple[Floats, Flags]:
        distance, on = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.bool_)
        point, piece, gap, share = self._pieces.near(points, reach_mm)
        if len(point) == 0:
            return distance, on
        mitre = np.where(share <= 0, self._before[piece], 1.0)
        mitre = np.where(share >= 1, self._after[piece], mitre)
        aside = gap
        if mitred:
            aside = self._aside(points, point, piece, share, gap)
        order = np.argsort(point, kind="stable")
        point, gap, mitre, aside = point[order], gap[order], mitre[order], aside[order]
        first = np.flatnonzero(np.diff(point, prepend=-1))
        nearest = np.minimum.reduceat(gap, first)
        found = np.zeros(len(first), dtype=np.bool_)
        for low, high in rungs - np.array([spare_mm, 0]):
            met = (gap >= low) & (gap <= high * mitre + spare_mm)
            if mitred:
                met &= ((aside >= low) & (aside <= high + spare_mm)) | (mitre >= MOST_MITRE)
            found |= np.logical_or.reduceat(met, first) & (nearest >= low)
        near = nearest <= reach_mm
        distance[point[first[near]]] = nearest[near]
        on[point[first[near]]] = found[near]
        return distance, on

    def _aside(
        self, points: Floats, point: Ints, piece: Ints, share: Floats, gap: Floats
    ) -> Floats:
        """Of pairs of :meth:`Pieces.near`: how far beside the further of the two lines that meet in
        the nearest corner; the distance itself where that is no corner."""
        aside = gap.copy()
        for at, other, end in ((share <= 0, self._behind, 0.0), (share >= 1, self._ahead, 1.0)):
            rows = piece[at]
            away = points[point[at]] - (self._pieces.begin[rows] + end * self._pieces.step[rows])
            lines = (self._own[rows], other[rows])
            beside = [np.abs(way[:, 0] * away[:, 1] - way[:, 1] * away[:, 0]) for way in lines]
            aside[at] = np.maximum(*beside)
        return aside


def joints(segments: Floats) -> tuple[Ints, Flags]:
    """Which segment (m,) begins where each ends, and whether one does."""
    keys = np.round(segments / _JOIN_MM).astype(np.int64)
    key = keys[:, :, 0] * (1 << 31) + keys[:, :, 1]
    order = np.argsort(key[:, 0], kind="stable")
    place = np.minimum(np.searchsorted(key[order, 0], key[:, 1]), len(order) - 1)
    next_ = order[place]
    return next_, np.asarray(key[next_, 0] == key[:, 1])


def _mitres(segments: Floats, way: Floats) -> tuple[Floats, Floats]:
    """Factor at the begin and at the end of each segment; the largest where nothing joins it."""
    before, after = np.full(len(segments), MOST_MITRE), np.full(len(segments), MOST_MITRE)
    next_, joins = joints(segments)
    cross = way[:, 0] * way[next_, 1] - way[:, 1] * way[next_, 0]
    dot = (way * way[next_]).sum(axis=1)
    # A turn to the right points into the part.
    turn = np.maximum(-np.arctan2(cross, dot), 0.0)
    factor = np.minimum(1 / np.maximum(np.cos(turn / 2), 1e-9), MOST_MITRE)
    after[joins] = factor[joins]
    before[next_[joins]] = factor[joins]
    return before, after
