"""Where a section is wide enough to be printed at all: what thin tips a slicer leaves out. Pure.

Slicers draw the first wall half its width inside the outline; where nothing is left of the section
there, they print nothing: the tip of a wedge, the last blades of a ridge. Judges nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .raster import PIXEL_MM, draw, fill, grid_about
from .section import Section

_MARGIN_MM = 1.0


@dataclass(frozen=True, kw_only=True)
class Printable:
    """``low``, ``high``: reach along x and y, mm. ``area_mm2``: at most what it has."""

    low: tuple[float, float]
    high: tuple[float, float]
    area_mm2: float


def printable(section: Section, bead_mm: float) -> Printable | None:
    """What of a section holds discs as wide as a bead; None: too large to be looked at.

    Where it holds none, it reaches from infinity to minus infinity, and its area is 0.
    """
    low, high = section.box()
    grid = grid_about(low, high, _MARGIN_MM)
    if grid is None:
        return None
    segments, half = section.segments, bead_mm / 2
    every, reach = np.ones(len(segments), dtype=np.bool_), np.full(len(segments), half)
    middles = fill(grid, section) & ~draw(grid, segments[:, 0], segments[:, 1], reach, every)
    row, column = np.nonzero(middles)
    if len(row) == 0:
        none = (math.inf, math.inf)
        return Printable(low=none, high=(-math.inf, -math.inf), area_mm2=0.0)
    left, bottom = grid.middle(int(row.min()), int(column.min()))
    right, top = grid.middle(int(row.max()), int(column.max()))
    held = middles
    # Squares on their tips within the discs: as large as that it is at least. The margin is wider.
    for _ in range(math.floor(half / PIXEL_MM)):
        up, aside = np.roll(held, 1, axis=0), np.roll(held, 1, axis=1)
        held = held | up | aside | np.roll(held, -1, axis=0) | np.roll(held, -1, axis=1)
    return Printable(
        low=(left - half, bottom - half),
        high=(right + half, top + half),
        area_mm2=float(held.sum()) * PIXEL_MM**2,
    )
