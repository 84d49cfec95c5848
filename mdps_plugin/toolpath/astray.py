"""Ring C: places that lie at no depth where walls run, or filling lines end. Pure.

Depth is told on both sides of the middle of a layer, and where the outline moves far between both,
by cuts between them; one of them will do. Why a place may lie elsewhere is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .depth import Outline
from .surroundings import FAR, SLOPE_MM

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Places on no depth of either side; more than lie about what is nearly level, and none is excused.
MOST_ASTRAY = 5000


@dataclass(frozen=True, kw_only=True, eq=False)
class Astray:
    """Places (n, 2) that lie where none may, the row of each one's line, and how deep they lie.

    ``deep``: at the second depth for ends, which they have no reason for.
    """

    place: Floats
    row: Ints
    depth: Floats
    deep: Flags

    def chosen(self, rows: Flags) -> Astray:
        """Some of them."""
        return Astray(
            place=self.place[rows], row=self.row[rows], depth=self.depth[rows], deep=self.deep[rows]
        )

    def and_(self, other: Astray) -> Astray:
        """Those of both."""
        return Astray(
            place=np.concatenate((self.place, other.place)),
            row=np.concatenate((self.row, other.row)),
            depth=np.concatenate((self.depth, other.depth)),
            deep=np.concatenate((self.deep, other.deep)),
        )


def off_depths(
    place: Floats,
    row: Ints,
    sides: Sequence[Outline],
    rungs: Sequence[tuple[float, float]],
    spare_mm: float,
    moves_mm: float = SLOPE_MM,
    mitred: bool = False,
) -> Astray:
    """Places that lie on no rung of either side: one of them will do, see :mod:`.sections`.

    On a slope so shallow that the outline moves by up to ``moves_mm`` between both sides, the
    slicer's own outline lies between them, and so may the depth.
    """
    steps = np.array(rungs)
    far = FAR * float(steps.max())
    depth = np.full(len(place), far)
    left = np.arange(len(place))
    for side in sides:
        if side.empty:
            continue
        # What lies deeper may be about a corner: few places, looked at further away.
        for reach in (float(steps.max()) + spare_mm, far):
            near, on = side.depth(place[left], steps, spare_mm, reach, mitred)
            depth[left] = np.minimum(near, far)
            left = left[~on]
    if len(left) and not any(side.empty for side in sides):
        one, other = (side.depth(place[left], steps, spare_mm, far)[0] for side in sides)
        low, high = np.minimum(one, other), np.maximum(one, other)
        between = (low[:, None] - spare_mm <= steps[:, 1]) & (
            steps[:, 0] <= high[:, None] + spare_mm
        )
        left = left[~((high <= low + moves_mm) & between.any(axis=1))]
    none = np.zeros(len(left), dtype=np.bool_)
    return Astray(place=place[left], row=row[left], depth=depth[left], deep=none)


def off_every(
    astray: Astray,
    every: Callable[[], Sequence[Outline]],
    rungs: Sequence[tuple[float, float]],
    spare_mm: float,
    moves_mm: float,
    mitred: bool = False,
) -> Astray:
    """What lies on no rung of the outlines between both sides either, nor between two of them.

    Where a surface is nearly level, as on a saddle or a tooth, the outline moves by more between
    both sides than ``moves_mm``: the slicer's own is one of those between, and its corners have
    mitres as those of both sides have.
    """
    if not 0 < len(astray.row) <= MOST_ASTRAY:
        return astray
    steps = np.array(rungs)
    far = FAR * float(steps.max())
    told = [
        side.depth(astray.place, steps, spare_mm, far, mitred) for side in every() if not side.empty
    ]
    depth = [depth for depth, _ in told]
    off = np.ones(len(astray.row), dtype=np.bool_)
    for _, on in told:
        off &= ~on
    # The last one stands for itself: above it there is nothing, at the tip of a tooth.
    for one, other in pairwise([*depth, *depth[-1:]]):
        low, high = np.minimum(one, other), np.maximum(one, other)
        on = (low[:, None] - spare_mm <= steps[:, 1]) & (steps[:, 0] <= high[:, None] + spare_mm)
        off &= ~((high <= low + moves_mm) & on.any(axis=1))
    return astray.chosen(off)


def moving(place: Floats, sides: Sequence[Outline], reach_mm: float) -> Flags:
    """Where the outline moves by more than a slope explains between both sides, within reach."""
    if len(place) == 0 or any(side.empty for side in sides):
        return np.zeros(len(place), dtype=np.bool_)
    none = np.empty((0, 2))
    one, other = (np.minimum(side.depth(place, none, 0.0, reach_mm)[0], reach_mm) for side in sides)
    return np.asarray(np.abs(one - other) > SLOPE_MM)
