"""Ring C: which ends of filling lines hang together with a border of fills, which are alone. Pure.

Where two fills of PrusaSlicer meet inside a solid part, the lines of at least one of them turn, and
all ends along that border lie near each other. A line that was cut ends where nothing turns. So an
end that no chain of others leads from to a turn is at no border, however near a skin may be.

A turn is a line and one that runs back beside it. Any joint of two lines is none: who cuts a line
can split it as well.

What is told here holds for solid parts: lines of sparse infill end without a turn. Where ends may
lie, it does not say: :mod:`.deep_ends` asks only for those that lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .chains import Chains
from .depth import Outline
from .geometry import LayerLines
from .masks import grown
from .places import Places
from .raster import PIXEL_MM, Grid
from .solid_rule import SolidRule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: From one end to the next along a border; seen: at most 1.73 mm.
LINK_MM = 2.5
#: The same between lines wider than 0.5 mm; seen: at most 3.5 mm. Whole cells, as the kernel needs.
LINK_WIDE_MM = 3.75
#: Both lines of a turn are as long as this, or shorter and reach a wall with their other end.
TURN_LINE_MM = 1.0
TURN_STUB_MM = 0.25
#: Cosine between the two: beyond this one runs back.
TURN_BACK = -0.5
#: How far apart, in widths of the line: what runs back upon itself fills nothing.
TURN_ASIDE = 0.5
#: From one to the other along the border, over lines that follow it. Seen: less than 1.5 mm.
TURN_WAY_MM = 2.5
#: A place so small that one line fills it faces the line beyond. Seen: 0.91 mm of line, 0.33 mm.
PATCH_LINE_MM = 1.0
PATCH_GAP_MM = 0.35
_CELL_PX = 5
_MOST_ALONE = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """Places (n, 2) where open runs end (``stops``), turn back (``turns``) or merely have a joint.

    ``patch``: ends of a short line alone. ``off``: at no depth for ends, see :func:`off_rungs`.
    """

    place: Floats
    stops: Flags
    turns: Flags
    patch: Flags
    off: Flags


def open_ends(lines: LayerLines, rows: Ints, runs: Chains, off: Flags) -> Ends:
    """Begins of these rows of lines, all of open runs, then their ends; ``off`` likewise."""
    first, last = np.isin(rows, runs.first), np.isin(rows, runs.last)
    length = np.hypot(*(lines.end[rows] - lines.begin[rows]).T)
    begins, ends = _turns(lines, rows, last, ~off.reshape(2, -1), length)
    return Ends(
        place=np.concatenate((lines.begin[rows], lines.end[rows])),
        stops=np.concatenate((first, last)),
        turns=np.concatenate((begins, ends)),
        patch=np.tile(first & last & (length <= PATCH_LINE_MM), 2),
        off=off,
    )


def _turns(
    lines: LayerLines, rows: Ints, last: Flags, walled: Flags, length: Floats
) -> tuple[Flags, Flags]:
    """Which begins and which ends lie between two lines of a run that make a turn.

    ``walled`` (2, n): begins and ends at the depth of filling lines.
    """
    begin, end, count = lines.begin[rows], lines.end[rows], len(rows)
    along = (end - begin) / np.maximum(length, 1e-9)[:, None]
    run: Ints = np.cumsum(last) - last
    before = np.concatenate(([0.0], np.cumsum(length)))
    long_ = length >= TURN_LINE_MM
    leaves, comes = ((long_ | (walled[end_] & (length >= TURN_STUB_MM))) for end_ in (0, 1))
    # Turns that begin with a line, less those that are over with it.
    within = np.zeros(count + 1, dtype=np.int64)
    for step in range(1, count):
        one = np.arange(count - step)
        other = one + step
        near = (run[one] == run[other]) & (before[other] - before[one + 1] <= TURN_WAY_MM)
        if not near.any():
            break
        one, other = one[near], other[near]
        way = begin[other] - end[one]
        aside = np.abs(along[one, 0] * way[:, 1] - along[one, 1] * way[:, 0])
        turn = (along[one] * along[other]).sum(axis=1) < TURN_BACK
        turn &= leaves[one] & comes[other] & (aside >= TURN_ASIDE * lines.width[rows[one]])
        np.add.at(within, one[turn], 1)
        np.add.at(within, other[turn], -1)
    joint = np.cumsum(within)[:count] > 0
    return np.concatenate(([False], joint[:-1])), joint


def off_rungs(place: Floats, sides: Sequence[Outline], spot: Places, spare_mm: float) -> Flags:
    """Which places lie at no depth for ends, corners aside, on neither side of the middle."""
    off = np.ones(len(place), dtype=np.bool_)
    for side in sides:
        if not side.empty:
            depth, _ = side.depth(place, np.empty((0, 2)), 0.0, spot.most_mm + spare_mm)
            for low, high in spot.ends:
                off &= (depth < low - spare_mm) | (depth > high + spare_mm)
    return off


def link_mm(rule: SolidRule) -> float:
    """From one end to the next along a border, for the signed lines."""
    return LINK_WIDE_MM if rule.wider > 1 else LINK_MM


def alone(ends: Ends, rows: Ints, grid: Grid, reach_mm: float = LINK_MM) -> Flags:
    """Which of these rows are ends that hang together with no turn: a line was cut there.

    Only ends and turns that are ``off`` count. Two are linked where cells of 0.25 mm about them lie
    within ``reach_mm`` of each other along X and along Y: see :func:`link_mm`.
    """
    cell = np.stack(grid.cells(ends.place), axis=1) // _CELL_PX
    cell = np.clip(cell, 0, np.array((grid.rows, grid.columns)) // _CELL_PX)
    held = np.zeros(cell.max(axis=0) + 1, dtype=np.bool_)
    linked = np.zeros_like(held)
    held[tuple(cell[ends.off & (ends.stops | ends.turns)].T)] = True
    linked[tuple(cell[ends.off & ends.turns].T)] = True
    reach = round(reach_mm / (_CELL_PX * PIXEL_MM))
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
        meeting = np.hypot(away[:, :, 0], away[:, :, 1]) <= PATCH_GAP_MM
        two = (near.sum(axis=1) == 2) & (meeting.sum(axis=1) == 2)
        excused[rows] = two & (near & patch[rows]).any(axis=1)
    return excused
