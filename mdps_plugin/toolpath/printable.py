"""Where a section is wide enough to be printed at all: what thin tips a slicer leaves out. Pure.

Slicers draw the first wall half its width inside the outline; where nothing is left of the section
there, they print nothing: the tip of a wedge, the last blades of a ridge. Judges nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .raster import PIXEL_MM, Grid, draw, fill, grid_about
from .section import Section

_MARGIN_MM = 1.0
_ASIDE_MM = np.full(2, PIXEL_MM / 2)


@dataclass(frozen=True, kw_only=True)
class Printable:
    """``low``, ``high``: reach along x and y, mm. ``area_mm2``: at most what it has."""

    low: tuple[float, float]
    high: tuple[float, float]
    area_mm2: float


def printable(section: Section, bead_mm: float) -> Printable | None:
    """What of a section holds discs as wide as a bead; None: too large to be looked at.

    Where it holds none, it reaches from infinity to minus infinity, and its area is 0. A blade
    wider than a bead by half a pixel surely holds one: its middle may lie between the pixels of one
    grid, so that those of another, half a pixel aside, are looked at too.
    """
    low, high = section.box()
    grids = [
        grid_about(low - aside, high - aside, _MARGIN_MM) for aside in (np.zeros(2), _ASIDE_MM)
    ]
    found = [_held(grid, section, bead_mm / 2) for grid in grids if grid is not None]
    if len(found) < len(grids):
        return None
    one, other = found
    return Printable(
        low=(min(one.low[0], other.low[0]), min(one.low[1], other.low[1])),
        high=(max(one.high[0], other.high[0]), max(one.high[1], other.high[1])),
        area_mm2=max(one.area_mm2, other.area_mm2),
    )


def _held(grid: Grid, section: Section, half_mm: float) -> Printable:
    segments = section.segments
    every, reach = np.ones(len(segments), dtype=np.bool_), np.full(len(segments), half_mm)
    middles = fill(grid, section) & ~draw(grid, segments[:, 0], segments[:, 1], reach, every)
    row, column = np.nonzero(middles)
    if len(row) == 0:
        none = (math.inf, math.inf)
        return Printable(low=none, high=(-math.inf, -math.inf), area_mm2=0.0)
    left, bottom = grid.middle(int(row.min()), int(column.min()))
    right, top = grid.middle(int(row.max()), int(column.max()))
    held = middles
    # Squares on their tips within the discs: as large as that it is at least. The margin is wider.
    for _ in range(math.floor(half_mm / PIXEL_MM)):
        up, aside = np.roll(held, 1, axis=0), np.roll(held, 1, axis=1)
        held = held | up | aside | np.roll(held, -1, axis=0) | np.roll(held, -1, axis=1)
    return Printable(
        low=(left - half_mm, bottom - half_mm),
        high=(right + half_mm, top + half_mm),
        area_mm2=float(held.sum()) * PIXEL_MM**2,
    )
