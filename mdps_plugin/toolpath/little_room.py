"""Ring C, where there is little room: filling lines may end elsewhere than at their depths. Pure.

In the middle of what is too narrow for their depths to be told apart, somewhat before the mitres of
a neck, and as crumbs in the tip of a wedge. Judges no job: :mod:`.deep_ends` asks; ``spare_mm`` is
how exactly it holds depths.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .astray import MOST_ASTRAY, Astray
from .depth import Outline
from .places import Places
from .solid_rule import SolidRule

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Where the area to fill is narrower than twice this, no end is told deep.
ROOM_MM = 0.3
# CuraEngine ends a line in a right corner a quarter of a width early, and what depths are held to
# does not grow with the width.
_ROOM_WIDER = 1.3
#: How much of the mitres of CuraEngine's may lack before a neck; seen: 0.1 mm (`finned_ring`).
NECK_MM = 0.12
#: Ends in a layer that lie so; seen: two.
MOST_IN_NECKS = 8
# A corner of a finely meshed curve is none; this one turns by 36 degrees.
_LEAST_MITRE = 1.05
_MOST_PAIRS, _MOST_NEAR = 5_000_000, 64
AROUND = 16
# About a crumb; a tip no blunter than 60 degrees is at most 0.075 mm deeper there.
_MIDDLE_MM, _DEEPER_MM = 0.15, 0.1
ROUND_MM = 0.005


def room_mm(rule: SolidRule) -> float:
    """See :data:`ROOM_MM`; where infill is sparse, more between wide lines."""
    return ROOM_MM if rule.solid else ROOM_MM * (1 + _ROOM_WIDER * (rule.wider - 1))


def in_necks(astray: Astray, sides: Sequence[Outline], spot: Places, spare_mm: float) -> Flags:
    """Which lie somewhat before the mitres of both corners of a neck.

    CuraEngine makes the area to fill smaller and wider again. So before a neck, between two corners
    that point into the part and are hardly further apart than two lines end, it ends where it is
    wide enough. No more than :data:`MOST_IN_NECKS` are excused in a layer.
    """
    found = np.zeros(len(astray.row), dtype=np.bool_)
    for side in sides:
        if len(found) > MOST_ASTRAY or len(found) * len(side.inward) > _MOST_PAIRS:
            continue
        for low, high in spot.ends:
            found |= _between_two(astray, side, low - spare_mm, high, spare_mm + NECK_MM)
    return found if found.sum() <= MOST_IN_NECKS else np.zeros_like(found)


def _between_two(
    astray: Astray, side: Outline, least_mm: float, deep_mm: float, spare_mm: float
) -> Flags:
    """Which lie no nearer than so to any line, and no further than two mitres and so much more."""
    found = np.zeros(len(astray.row), dtype=np.bool_)
    for row in np.flatnonzero(astray.depth >= least_mm):
        way = side.inward - astray.place[row]
        away = np.hypot(way[:, 0], way[:, 1])
        near = np.flatnonzero(
            (away >= least_mm)
            & (away <= deep_mm * side.mitres + spare_mm)
            & (side.mitres >= _LEAST_MITRE)
        )
        if 2 <= len(near) <= _MOST_NEAR:
            way, corner = way[near], side.inward[near]
            apart = np.hypot(*np.moveaxis(corner[:, None] - corner, 2, 0))
            facing = way @ way.T <= 0
            found[row] = (facing & (apart <= 2 * (deep_mm + ROOM_MM))).any()
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
