"""Which of many places lie inside a section: by pixels where that is sure, else exactly. Pure.

The answer is that of :mod:`.winding`. A job is anybody's bytes: millions of places against
thousands of segments would take hours. A place further from every outline than a pixel is wide lies
inside where its pixel does; of the others each is held against the segments at its own height.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .raster import PIXEL_MM, Floats, Grid, draw, fill, grid_about
from .section import Section
from .winding import is_inside

#: Places this near to an outline are looked at exactly; a pixel and its half diagonal are less.
NEAR_MM = 2 * PIXEL_MM
#: Places times segments that take less time exactly than pixels take to draw.
FEW_PAIRS = 1_000_000
_MARGIN_MM = 1.0
# What a pixel tells; 0 outside.
_INSIDE, _NEAR = 1, 2
_AT_ONCE = 1 << 11


class Within:
    """One section, asked for many places."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._grid: Grid | None = None
        self._pixels: npt.NDArray[np.uint8] | None = None

    def of(self, place: Floats) -> npt.NDArray[np.bool_]:
        """Whether the outline winds about each of ``place`` (n, 2)."""
        inside = np.zeros(len(place), dtype=np.bool_)
        if self._section.empty or len(place) == 0:
            return inside
        exact = np.ones(len(place), dtype=np.bool_)
        if self._pixels is None and len(place) * len(self._section.segments) > FEW_PAIRS:
            low, high = self._section.box()
            self._grid = grid_about(low, high, _MARGIN_MM)
            self._pixels = None if self._grid is None else _drawn(self._grid, self._section)
        if self._grid is not None and self._pixels is not None:
            row, column = self._grid.cells(place)
            # Beside the grid, which holds the section and a margin, nothing is inside.
            on = (row >= 0) & (row < self._grid.rows)
            on &= (column >= 0) & (column < self._grid.columns)
            row, column = row[on], column[on]
            pixel = self._pixels[row, column]
            inside[on] = pixel == _INSIDE
            exact[:] = False
            exact[on] = pixel == _NEAR
        rows = np.flatnonzero(exact)
        inside[rows] = self._exactly(place[rows])
        return inside

    def _exactly(self, place: Floats) -> npt.NDArray[np.bool_]:
        """Places of about one height together, against the segments that reach it."""
        if len(place) * len(self._section.segments) <= FEW_PAIRS:
            return is_inside(self._section, place)
        inside = np.zeros(len(place), dtype=np.bool_)
        low = self._section.segments[:, :, 1].min(axis=1)
        high = self._section.segments[:, :, 1].max(axis=1)
        order = np.argsort(place[:, 1], kind="stable")
        for start in range(0, len(order), _AT_ONCE):
            rows = order[start : start + _AT_ONCE]
            met = (low <= place[rows[-1], 1]) & (high >= place[rows[0], 1])
            if met.any():
                section = Section(segments=self._section.segments[met])
                inside[rows] = is_inside(section, place[rows])
        return inside


def _drawn(grid: Grid, section: Section) -> npt.NDArray[np.uint8]:
    segments = section.segments
    half = np.full(len(segments), NEAR_MM)
    joined = np.ones(len(segments), dtype=np.bool_)
    pixels = fill(grid, section).astype(np.uint8) * _INSIDE
    pixels[draw(grid, segments[:, 0], segments[:, 1], half, joined)] = _NEAR
    return np.asarray(pixels, dtype=np.uint8)
