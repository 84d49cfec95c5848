"""Ring C: where one fill of PrusaSlicer is still parted along the outline of the next layer. Pure.

Without solid layers of their own, surfaces are filled together with what lies beside them
(docs/adr/0056). PrusaSlicer 2.5 tells them apart first (``PrintObject::detect_surfaces_type``),
along the outline of the layer above or below, and joins both again where they meet within 10 nm
(``group_fills``). In few places they do not, by the rounding of what was cut, made smaller and
wider: a slit is left along a piece of that outline, and lines end before it as before any border,
0.05 of a spacing to either side. In honest jobs they keep to this within 2 µm.

Behind such a slit the line goes on; or what it parts from the line is left out, where that comes
nowhere further than half a spacing from both the slit and the walls: a chord that meets none of the
places where lines turn (``traverse_graph_generate_polylines``). Where more lacks it is a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from .depth import Outline
from .facing import facing
from .places import Places

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: How exactly an end lies where such a slit lets it, mm.
LEFT_MM = 0.02
#: How exactly a line goes on straight behind it, and how far away: no further than TP-102 lets it.
STRAIGHT_MM, GOES_ON_MM = 0.01, 0.2
#: Ends in a layer that lie so; seen: two.
MOST_LEFT = 4
_STEP_MM = 0.01
#: What is left out is no longer than one spacing; seen: 0.24 mm of 0.41 mm, and 0.58 mm, which is
#: refused as the hole that it is (``jaw_segment``).
_EVERY_MM = 0.02
#: Ends of a layer that are looked at, and of these that lie before one outline; of more, none is
#: excused. A job is anybody's bytes, and each place of what is left out is held against outlines.
_MOST_LOOKED, _MOST_BEFORE = 1000, 16


def left_apart(
    place: Floats, ahead: Floats, own: Sequence[Outline], sides: Iterable[Outline], spot: Places
) -> Flags:
    """Which ends (n, 2) of runs lie before such a slit; ``ahead``: where their lines would go on.

    ``own``: outlines of the layer; ``sides``: of those above and below, about their middles. More
    than :data:`MOST_LEFT` are none.
    """
    found = np.zeros(len(place), dtype=np.bool_)
    if spot.widened is None or not 0 < len(place) <= _MOST_LOOKED:
        return found
    for side in sides:
        before = np.flatnonzero(_before(place, ahead, side, spot.widened.ends_mm))
        if len(before) > _MOST_BEFORE:
            return np.zeros_like(found)
        here, way = place[before], ahead[before]
        faced = facing(here, way, here, way, (0.0, GOES_ON_MM), STRAIGHT_MM)
        excused = np.asarray(faced.any(axis=1))
        excused[~excused] = _left_out(here[~excused], way[~excused], own, side, spot)
        found[before[excused]] = True
    return found if found.sum() <= MOST_LEFT else np.zeros_like(found)


def _before(place: Floats, ahead: Floats, side: Outline, ends_mm: float) -> Flags:
    """Which lie so far from an outline that their lines would cross."""
    if side.empty:
        return np.zeros(len(place), dtype=np.bool_)
    none, reach = np.empty((0, 2)), ends_mm + LEFT_MM + _STEP_MM
    gap, _ = side.depth(place, none, 0.0, reach)
    next_, _ = side.depth(place + _STEP_MM * ahead, none, 0.0, reach)
    return np.asarray((np.abs(gap - ends_mm) <= LEFT_MM) & (next_ < gap))


def _left_out(
    place: Floats, ahead: Floats, own: Sequence[Outline], side: Outline, spot: Places
) -> Flags:
    """Before which nothing is left, up to the walls, that comes to where lines turn."""
    found = np.zeros(len(place), dtype=np.bool_)
    if spot.widened is None or spot.spacing_mm is None or len(place) == 0:
        return found
    steps = np.arange(_EVERY_MM, spot.spacing_mm, _EVERY_MM)
    (walls, _), (turns, _) = spot.ends[:2]
    none, way = np.empty((0, 2)), (place[:, None] + steps[:, None] * ahead[:, None]).reshape(-1, 2)
    gap, _ = side.depth(way, none, 0.0, spot.widened.turns_mm + 1)
    for outline in own:
        if not outline.empty:
            depth, _ = outline.depth(way, none, 0.0, turns + 1)
            over = (depth <= walls).reshape(len(place), -1)
            turned = ((depth > turns) & (gap > spot.widened.turns_mm)).reshape(over.shape)
            turned &= np.cumsum(over, axis=1) == 0
            found |= over.any(axis=1) & ~turned.any(axis=1)
    return found
