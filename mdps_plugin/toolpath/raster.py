"""Ring C: areas as pixels: a section filled, beads and outlines drawn. The plain reference. Pure.

A pixel belongs to a shape if its middle does. Shapes are drawn row by row as intervals of x, which
are counted up from the left: no polygon is clipped and no order of segments is needed. Where
outlines wind about a place more than once (bodies that overlap) it is inside all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .section import Section

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

PIXEL_MM = 0.05
PIXELS_PER_MM = 20.0
# A coarser pixel is refused rather than used: 400 million of them would not fit a small computer.
MOST_PIXELS = 40_000_000
_FLAT = 1e-12
_FOLLOWED = 1000
# Rows of beads drawn together: a job is anybody's bytes, and memory is not.
_ROWS_AT_ONCE = 1 << 20
# Places looked at together: the first of these with a disc ends the search.
_AT_ONCE = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Grid:
    """``rows`` by ``columns`` pixels from the low corner (``x_mm``, ``y_mm``)."""

    x_mm: float
    y_mm: float
    rows: int
    columns: int

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """Place of a pixel's middle, mm."""
        return self.x_mm + (column + 0.5) * PIXEL_MM, self.y_mm + (row + 0.5) * PIXEL_MM

    def cells(self, points: Floats) -> tuple[Ints, Ints]:
        """Row and column of the pixels that hold ``points`` (n, 2); may lie beside the grid."""
        column = np.floor((points[:, 0] - self.x_mm) * PIXELS_PER_MM).astype(np.int64)
        row = np.floor((points[:, 1] - self.y_mm) * PIXELS_PER_MM).astype(np.int64)
        return row, column

    def pixels(self, points: Floats) -> tuple[Floats, Floats]:
        """x and y of ``points`` (..., 2) in pixels; whole numbers are the middles of pixels."""
        x = (points[..., 0] - self.x_mm) * PIXELS_PER_MM - 0.5
        return x, (points[..., 1] - self.y_mm) * PIXELS_PER_MM - 0.5

    def empty(self) -> Mask:
        """No pixel set."""
        return np.zeros((self.rows, self.columns), dtype=np.bool_)


def grid_about(low: Floats, high: Floats, margin_mm: float) -> Grid | None:
    """The grid over a box, (2,) corners in mm, and a margin; None beyond :data:`MOST_PIXELS`."""
    steps = np.ceil((high - low + 2 * margin_mm) / PIXEL_MM)
    if float(steps[0]) * float(steps[1]) > MOST_PIXELS:
        return None
    return Grid(
        x_mm=float(low[0]) - margin_mm,
        y_mm=float(low[1]) - margin_mm,
        rows=int(steps[1]),
        columns=int(steps[0]),
    )


def fill(grid: Grid, section: Section) -> Mask:
    """Pixels inside a section."""
    mask = grid.empty()
    (begin_x, end_x), (begin_y, end_y) = (part.T for part in grid.pixels(section.segments))
    segment, row = _rows(grid, np.minimum(begin_y, end_y), np.maximum(begin_y, end_y))
    if len(row) == 0:
        return mask
    down = end_y - begin_y < 0
    slope = np.divide(
        end_x - begin_x, end_y - begin_y, out=np.zeros(len(begin_x)), where=end_y != begin_y
    )
    x = begin_x[segment] + (row - begin_y[segment]) * slope[segment]
    column = np.ceil(np.clip(x, 0, grid.columns)).astype(np.int64)
    first, stop = int(row.min()), int(row.max()) + 1
    cell = (row - first) * (grid.columns + 1) + column
    # The inside lies on the left of a segment: right of one that runs down.
    down = down[segment]
    cells = (stop - first) * (grid.columns + 1)
    step = np.bincount(cell[down], minlength=cells)
    step -= np.bincount(cell[~down], minlength=cells)
    mask[first:stop] = _counted(step, grid.columns + 1) > 0
    # An outline that does not close goes on counting.
    mask[stop:] = 2 * int(down.sum()) > len(down)
    return mask


def draw(grid: Grid, begin: Floats, end: Floats, half_mm: Floats, joined: Mask) -> Mask:
    """Straight beads with flat ends; a round joint at the end of each bead that is ``joined``.

    ``begin``, ``end`` (n, 2), ``half_mm`` (n,): half the width. A bead's end is flat because that
    is where filament ends; a slicer's own lines end against other beads.
    """
    mask = grid.empty()
    if len(begin) == 0:
        return mask
    # Beads are often few of a plate: only the rows and columns that they reach are looked at.
    most = float(half_mm.max()) * PIXELS_PER_MM + 1
    x, y = grid.pixels(np.concatenate((begin, end)))
    first, stop = _reached(y, most, grid.rows)
    left, right = _reached(x, most, grid.columns)
    wide = right - left + 1
    step = np.zeros((stop - first) * wide, dtype=np.int64)
    reach = np.abs(end[:, 1] - begin[:, 1]) + 4 * half_mm
    group = np.cumsum(np.minimum(reach / PIXEL_MM + 4, grid.rows)) // _ROWS_AT_ONCE
    for part in np.split(np.arange(len(group)), np.flatnonzero(np.diff(group)) + 1):
        row, low, high = _drawn(grid, begin[part], end[part], half_mm[part], joined[part])
        base = (row - first) * wide - left
        step += np.bincount(base + low, minlength=len(step))
        step -= np.bincount(base + high + 1, minlength=len(step))
    mask[first:stop, left:right] = _counted(step, wide) > 0
    return mask


def _reached(places: Floats, most: float, count: int) -> tuple[int, int]:
    """Of ``count`` rows or columns the first, and the one after the last, within ``most``."""
    first = int(np.clip(np.floor(places.min() - most), 0, count))
    return first, int(np.clip(np.ceil(places.max() + most) + 1, first, count))


def _drawn(
    grid: Grid, begin: Floats, end: Floats, half_mm: Floats, joined: Mask
) -> tuple[Ints, Ints, Ints]:
    """Row, first and last column of each interval that is covered."""
    begin_x, begin_y = grid.pixels(begin)
    end_x, end_y = grid.pixels(end)
    half = half_mm * PIXELS_PER_MM
    first, last, row = _rectangles(grid, begin_x, begin_y, end_x, end_y, half)
    discs = np.flatnonzero(joined)
    joint = _discs(grid, end_x[discs], end_y[discs], half[discs])
    first, last, row = (
        np.concatenate(pair) for pair in zip((first, last, row), joint, strict=True)
    )
    keep = last >= first
    return row[keep], first[keep], last[keep]


def _counted(step: Ints, wide: int) -> Ints:
    """Counts of the pixels of rows of ``wide`` cells, the last of which no pixel has."""
    return np.asarray(np.cumsum(step).reshape(-1, wide)[:, : wide - 1])


def _rows(grid: Grid, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """For shapes from ``low`` to ``high`` (y, pixels): shape and row of each row within.

    Half open, so that a corner between two segments is met once.
    """
    first = np.ceil(np.clip(low, 0, grid.rows)).astype(np.int64)
    stop = np.ceil(np.clip(high, 0, grid.rows)).astype(np.int64)
    count = np.maximum(stop - first, 0)
    shape = np.repeat(np.arange(len(count)), count)
    return shape, np.arange(len(shape)) - np.repeat(np.cumsum(count) - count, count) + first[shape]


def _rectangles(
    grid: Grid, begin_x: Floats, begin_y: Floats, end_x: Floats, end_y: Floats, half: Floats
) -> tuple[Ints, Ints, Ints]:
    """First and last column and the row of each interval; last before first where empty."""
    way_x, way_y = end_x - begin_x, end_y - begin_y
    length = np.sqrt(way_x * way_x + way_y * way_y)
    real = length > _FLAT
    length, half = length[real], half[real]
    along_x, along_y = way_x[real] / length, way_y[real] / length
    begin_x, begin_y, end_y = begin_x[real], begin_y[real], end_y[real]
    rise = half * np.abs(along_x)
    bead, row = _rows(grid, np.minimum(begin_y, end_y) - rise, np.maximum(begin_y, end_y) + rise)
    up = row - begin_y[bead]
    # Along the bead: 0 to its length. Across it: half its width to both sides.
    low_a, high_a = _between(along_x, bead, up * along_y[bead], np.zeros(len(up)), length[bead])
    low_b, high_b = _between(-along_y, bead, up * along_x[bead], -half[bead], half[bead])
    low_x = np.maximum(low_a, low_b) + begin_x[bead]
    high_x = np.minimum(high_a, high_b) + begin_x[bead]
    return (*_columns(grid, low_x, high_x), row)


def _between(
    slope: Floats, bead: Ints, offset: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """The x for which ``low <= slope * x + offset <= high``; low above high where there is none.

    ``slope`` by bead, the others by row; ``bead`` is the bead of each row.
    """
    flat = np.abs(slope) < _FLAT
    inverse, flat = (1.0 / np.where(flat, 1.0, slope))[bead], flat[bead]
    one, other = (low - offset) * inverse, (high - offset) * inverse
    holds = (low <= offset) & (offset <= high)
    least = np.where(flat, np.where(holds, -np.inf, np.inf), np.minimum(one, other))
    most = np.where(flat, np.where(holds, np.inf, -np.inf), np.maximum(one, other))
    return least, most


def _discs(grid: Grid, x: Floats, y: Floats, radius: Floats) -> tuple[Ints, Ints, Ints]:
    disc, row = _rows(grid, y - radius, y + radius)
    up = row - y[disc]
    reach = np.sqrt(np.maximum(radius[disc] * radius[disc] - up * up, 0))
    return (*_columns(grid, x[disc] - reach, x[disc] + reach), row)


def _columns(grid: Grid, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """First and last column whose middle lies between ``low`` and ``high``."""
    top = float(grid.columns)
    first = np.ceil(np.clip(low, 0, top))
    last = np.floor(np.clip(high, -1, top - 1))
    return first.astype(np.int64), last.astype(np.int64)


def widest(mask: Mask, limit_px: int, most_px: int) -> tuple[int, int, int] | None:
    """The largest disc of set pixels above ``limit_px`` in radius: radius, row, column, or None.

    Radius r holds if every pixel within r of the middle is set; it is not followed beyond
    ``most_px``. Pixels beside the grid are not set.
    """
    row, column = np.nonzero(mask)
    if len(row) == 0:
        return None
    padded = np.pad(mask, most_px)
    for start in range(0, len(row), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found = _widest_at(padded, row[part] + most_px, column[part] + most_px, limit_px, most_px)
        if found is not None:
            return found
    return None


def middles(mask: Mask, radius_px: int, most: int) -> tuple[Ints, Ints]:
    """Rows and columns of the pixels about which a disc of this radius is set, see :func:`widest`.

    The search ends once there are more than ``most``.
    """
    row, column = np.nonzero(mask)
    padded = np.pad(mask, radius_px)
    found: list[tuple[Ints, Ints]] = [(row[:0], column[:0])]
    count = 0
    for start in range(0, len(row), _AT_ONCE):
        rows, columns = (part[start : start + _AT_ONCE] + radius_px for part in (row, column))
        for down, right in (step for ring in range(radius_px, 0, -1) for step in _ring(ring)):
            kept = padded[rows + down, columns + right]
            rows, columns = rows[kept], columns[kept]
        found.append((rows - radius_px, columns - radius_px))
        count += len(rows)
        if count > most:
            break
    rows, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns


def _widest_at(
    padded: Mask, row: Ints, column: Ints, limit_px: int, most_px: int
) -> tuple[int, int, int] | None:
    found = None
    for reach in range(limit_px + 1, most_px + 1):
        # The outermost pixels first: most places fail there. What lies within was looked at for
        # the reach before, except at the first.
        rings = [reach] if found is not None else range(reach, 0, -1)
        for down, right in (step for ring in rings for step in _ring(ring)):
            kept = padded[row + down, column + right]
            row, column = row[kept], column[kept]
            if len(row) == 0:
                return found
        # Refused by now: how large it is, is followed at some of the places only.
        row, column = row[:_FOLLOWED], column[:_FOLLOWED]
        found = (reach, int(row[0]) - most_px, int(column[0]) - most_px)
    return found


@cache
def _ring(reach: int) -> tuple[tuple[int, int], ...]:
    """Steps whose length lies above ``reach - 1`` and not above ``reach``, far apart first."""
    span = range(-reach, reach + 1)
    steps = [
        (down, right)
        for down in span
        for right in span
        if (reach - 1) ** 2 < down * down + right * right <= reach * reach
    ]
    steps.sort(key=lambda step: math.atan2(step[0], step[1]))
    apart = max(1, len(steps) // 4)
    return tuple(
        steps[place] for first in range(apart) for place in range(first, len(steps), apart)
    )
