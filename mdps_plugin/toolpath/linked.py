"""Ring C: which ends of filling lines hang together with a border of fills, which are alone. Pure.

Where two fills of PrusaSlicer meet inside a solid part, the lines of at least one of them turn, and
all ends along that border lie near each other. A line that was cut ends where nothing turns. So an
end that no chain of others leads from to a turn is at no border, however near a skin may be.

What is told here holds for solid parts: lines of sparse infill end without a turn. Where ends may
lie, it does not say: :mod:`.deep_ends` asks only for those that lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .coverage import grown
from .depth import Outline
from .places import Places
from .raster import PIXEL_MM, Grid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: From one end to the next along a border; seen: at most 1.73 mm.
LINK_MM = 2.5
#: A place so small that one line fills it faces the line beyond. Seen: 0.74 mm of line, 0.25 mm.
PATCH_LINE_MM = 1.0
_PATCH_GAP_MM = 0.7
_CELL_PX = 5
_MOST_ALONE = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """Places (n, 2) where open runs end (``stops``) or turn; ``patch``: of a short line alone."""

    place: Floats
    stops: Flags
    patch: Flags


def off_rungs(place: Floats, sides: Sequence[Outline], spot: Places, spare_mm: float) -> Flags:
    """Which places lie at no depth for ends, corners aside, on neither side of the middle."""
    off = np.ones(len(place), dtype=np.bool_)
    for side in sides:
        if not side.empty:
            depth, _ = side.depth(place, np.empty((0, 2)), 0.0, spot.most_mm + spare_mm)
            for low, high in spot.ends:
                off &= (depth < low - spare_mm) | (depth > high + spare_mm)
    return off


def alone(ends: Ends, rows: Ints, off: Flags, grid: Grid) -> Flags:
    """Which of these rows are ends that hang together with no turn: a line was cut there.

    Only places that are ``off`` count. Two are linked where cells of 0.25 mm about them lie within
    :data:`LINK_MM` of each other along X and along Y.
    """
    cell = np.stack(grid.cells(ends.place), axis=1) // _CELL_PX
    cell = np.clip(cell, 0, np.array((grid.rows, grid.columns)) // _CELL_PX)
    held = np.zeros(cell.max(axis=0) + 1, dtype=np.bool_)
    linked = np.zeros_like(held)
    held[tuple(cell[off].T)] = True
    linked[tuple(cell[off & ~ends.stops].T)] = True
    reach = round(LINK_MM / (_CELL_PX * PIXEL_MM))
    while True:
        wider = grown(linked, reach) & held
        if (wider == linked).all():
            break
        linked = wider
    by_itself: Flags = ends.stops[rows] & ~linked[tuple(cell[rows].T)]
    return by_itself & ~_of_patch(ends.place[rows], by_itself, ends.patch[rows])


def _of_patch(place: Floats, by_itself: Flags, patch: Flags) -> Flags:
    """Which of those by themselves are two that nearly meet, one of them of a short line alone."""
    excused = np.zeros(len(place), dtype=np.bool_)
    rows = np.flatnonzero(by_itself)
    if len(rows) <= _MOST_ALONE:
        away = place[rows, None] - place[None, rows]
        near = (np.abs(away) <= LINK_MM).all(axis=2)
        meeting = np.hypot(away[:, :, 0], away[:, :, 1]) <= _PATCH_GAP_MM
        two = (near.sum(axis=1) == 2) & (meeting.sum(axis=1) == 2)
        excused[rows] = two & (near & patch[rows]).any(axis=1)
    return excused
