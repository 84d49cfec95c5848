"""Ring C, where there is little room: filling lines may end elsewhere than at their depths. Pure.

In the middle of what is too narrow for their depths to be told apart, somewhat before the mitres of
a neck, and as crumbs in the tip of a wedge. Judges no job: :mod:`.deep_ends` asks; ``spare_mm`` is
how exactly it holds depths.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .astray import Astray
from .depth import Outline
from .places import Places
from .solid_rule import SolidRule
from .surroundings import FAR

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Where the area to fill is narrower than twice this, no end is told deep.
ROOM_MM = 0.3
# CuraEngine ends a line in a right corner a quarter of a width early, and what depths are held to
# does not grow with the width.
_ROOM_WIDER = 1.3
#: How much of a mitre of CuraEngine's may lack before a neck; seen: 0.08 mm (`finned_ring`).
NECK_MM = 0.1
AROUND = 16
# About a crumb; a tip no blunter than 60 degrees is at most 0.075 mm deeper there.
_MIDDLE_MM, _DEEPER_MM = 0.15, 0.1
ROUND_MM = 0.005


def room_mm(rule: SolidRule) -> float:
    """See :data:`ROOM_MM`; where infill is sparse, more between wide lines."""
    return ROOM_MM if rule.solid else ROOM_MM * (1 + _ROOM_WIDER * (rule.wider - 1))


def in_necks(astray: Astray, sides: Sequence[Outline], spot: Places, spare_mm: float) -> Flags:
    """Which lie somewhat before a mitre, and deeper than any wall without a corner explains.

    CuraEngine makes the area to fill smaller and wider again. So before a neck between two corners
    that point into the part it ends where it is wide enough, before the mitres of both.
    """
    rungs = np.array(spot.ends) + np.array((0.0, NECK_MM))
    reach = FAR * float(rungs.max())
    found = np.zeros(len(astray.row), dtype=np.bool_)
    for side in sides:
        if not side.empty and len(found):
            depth, on = side.depth(astray.place, rungs, spare_mm, reach)
            found |= on & (depth > rungs.max() + spare_mm)
    return found


def narrow(
    place: Floats, sides: Sequence[Outline], spot: Places, little_mm: float, spare_mm: float
) -> Flags:
    """Whether filling lines have little room about each place (n, 2): see :func:`room_mm`."""
    angle = np.arange(AROUND) * (2 * np.pi / AROUND)
    ring = (little_mm - spare_mm) * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    about = (place[:, None] + ring).reshape(-1, 2)
    room = spot.most_mm + little_mm - ROUND_MM
    wide = np.zeros(len(place), dtype=np.bool_)
    for side in sides:
        if not side.empty:
            depth, _ = side.depth(about, np.empty((0, 2)), 0.0, room)
            wide |= (depth > room).reshape(len(place), AROUND).any(axis=1)
    return ~wide


def in_middles(astray: Astray, sides: Sequence[Outline]) -> Flags:
    """Whether nothing about each place lies deeper: the middle of a thin part, the tip of a wedge.

    Elsewhere what lies at the depth of a wall is a piece of it, and a row of such pieces none.
    """
    angle = np.arange(AROUND) * (2 * np.pi / AROUND)
    ring = _MIDDLE_MM * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    about = (astray.place[:, None] + ring).reshape(-1, 2)
    room = np.repeat(astray.depth + _DEEPER_MM, AROUND)
    deep = np.zeros(len(astray.row), dtype=np.bool_)
    for side in sides:
        if not side.empty and len(room):
            depth, _ = side.depth(about, np.empty((0, 2)), 0.0, float(room.max()))
            deep |= (depth > room).reshape(-1, AROUND).any(axis=1)
    return ~deep
