"""The exact cut of a closed mesh with a horizontal plane. Knows no toolpath.

Segments are oriented so that the inside lies on their left; the area is then a signed sum over
segments, with no need to chain them into loops. A surface that passes through itself counts
twice where it overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Lines and segments are looked at in pairs; so many take 45 MB.
_PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """``segments``: (m, 2 ends, 2 axes) in mm, inside on the left; m may be 0."""

    segments: Floats

    @property
    def empty(self) -> bool:
        """True if the plane does not meet the mesh."""
        return len(self.segments) == 0

    def area_mm2(self) -> float:
        """Enclosed area, by Green's theorem about the middle of the cut."""
        if self.empty:
            return 0.0
        points = self.segments - self.segments.mean(axis=(0, 1))
        begin, end = points[:, 0], points[:, 1]
        return float((begin[:, 0] * end[:, 1] - begin[:, 1] * end[:, 0]).sum() / 2)

    def perimeter_mm(self) -> float:
        """Length of all outlines."""
        step = self.segments[:, 1] - self.segments[:, 0]
        return float(np.hypot(step[:, 0], step[:, 1]).sum())

    def mean_width_mm(self) -> float:
        """Twice area over perimeter: the width of a long strip, the radius of a disc."""
        perimeter = self.perimeter_mm()
        return 2 * self.area_mm2() / perimeter if perimeter > 0 else 0.0

    def box(self) -> tuple[Floats, Floats]:
        """Low and high corner, (2,) each; only where not empty."""
        return self.segments.min(axis=(0, 1)), self.segments.max(axis=(0, 1))

    def widest_chord_mm(self, axis: int, at: Floats) -> Floats:
        """The longest unbroken piece of material across the line where ``axis`` is ``at``."""
        along, across = self.segments[:, :, axis], self.segments[:, :, 1 - axis]
        low, high = along.min(axis=1), along.max(axis=1)
        step = along[:, 1] - along[:, 0]
        # The inside lies on the left of a segment: entering counts up, leaving counts down.
        turn = np.sign(step) * (-1 if axis == 1 else 1)
        widest = np.zeros(len(at))
        at_once = max(1, _PAIRS_AT_ONCE // max(1, len(low)))
        for start in range(0, len(at), at_once):
            value = at[start : start + at_once]
            row, met = np.nonzero((low <= value[:, None]) & (value[:, None] < high))
            share = (value[row] - along[met, 0]) / step[met]
            place = across[met, 0] + share * (across[met, 1] - across[met, 0])
            order = np.lexsort((place, row))
            widest[start : start + at_once] = _longest_inside(
                row[order], place[order], turn[met[order]], len(value)
            )
        return widest

    def samples(self, count: int) -> tuple[Floats, Floats]:
        """About ``count`` points spread evenly along the outline, and the outward normals there."""
        step = self.segments[:, 1] - self.segments[:, 0]
        length = np.hypot(step[:, 0], step[:, 1])
        reach = np.cumsum(length)
        at = (np.arange(count) + 0.5) * reach[-1] / count
        chosen = np.minimum(np.searchsorted(reach, at), len(length) - 1)
        share = 1 - (reach[chosen] - at) / length[chosen]
        points = self.segments[chosen, 0] + share[:, None] * step[chosen]
        normals = np.stack((step[chosen, 1], -step[chosen, 0]), axis=1) / length[chosen, None]
        return points, normals


def _longest_inside(row: Ints, place: Floats, turn: Floats, rows: int) -> Floats:
    """Of each of ``rows`` lines the longest piece inside, 0 for one that ends inside.

    ``row``, ``place``, ``turn`` (n,): where a line crosses the outline, line by line from its
    begin, and whether the inside begins (1) or ends (-1) there.
    """
    first = np.flatnonzero(np.diff(row, prepend=-1))
    total = np.cumsum(turn)
    before_line = np.repeat(total[first] - turn[first], np.diff(np.append(first, len(row))))
    inside = total - before_line > 0
    before = np.append(False, inside[:-1])[: len(inside)]
    before[first] = False
    # A piece lasts from where the inside begins to the first place where it has ended.
    begins, ends = np.flatnonzero(inside & ~before), np.flatnonzero(~inside & before)
    closed = np.bincount(row[begins], minlength=rows) == np.bincount(row[ends], minlength=rows)
    begins, ends = begins[closed[row[begins]]], ends[closed[row[ends]]]
    longest = np.zeros(rows)
    np.maximum.at(longest, row[begins], place[ends] - place[begins])
    return longest


def cut(triangles: Floats, z_mm: float) -> Section:
    """The section of ``triangles``, (n, 3, 3) in mm with corners counter-clockwise from outside.

    A corner exactly in the plane counts as above it; cut beside flat faces, not through them.
    """
    heights = triangles[:, :, 2] - z_mm
    above = heights >= 0
    count = above.sum(axis=1)
    met = (count == 1) | (count == 2)
    corners, heights, above = triangles[met], heights[met], above[met]
    # The corner that is alone on its side; the cut runs through the two edges that leave it.
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), above.argmin(axis=1))
    rows = np.arange(len(corners))
    ends = []
    for turn in (1, 2):
        other = (alone + turn) % 3
        h0, h1 = heights[rows, alone], heights[rows, other]
        share = h0 / (h0 - h1)
        start, stop = corners[rows, alone, :2], corners[rows, other, :2]
        ends.append(start + share[:, None] * (stop - start))
    first, second = ends
    # Corners run counter-clockwise seen from outside, so with the lone corner above, the inside is
    # on the left going from the edge to its next corner to the edge from its previous one.
    upward = above[rows, alone]
    begin = np.where(upward[:, None], first, second)
    end = np.where(upward[:, None], second, first)
    segments = np.stack((begin, end), axis=1)
    long = (segments[:, 0] != segments[:, 1]).any(axis=1)
    return Section(segments=segments[long])
