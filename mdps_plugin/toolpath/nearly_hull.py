"""What no large disc beside some places touches: CuraEngine's convex hull of them. Pure.

CuraEngine 4.13 (``Polygons::approxConvexHull``) widens all parts by 100 mm and draws that in again.
Between two parts its hull so runs inside the convex one, along an arc of 100 mm: by 0.3 mm between
parts 15 mm apart. A disc of that radius rolls around all places; what none of its positions reaches
is the hull.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .section import Section

Floats = npt.NDArray[np.float64]

#: Directions in which the rolling disc is looked at; beside the tip between two parts 100 mm away
#: the hull is off by less than 0.02 mm.
DIRECTIONS = 1440
#: Places of the parts that are looked at; 0.2 mm apart they hide less than 1 µm from such a disc.
PLACES_AT_MOST = 4000


def nearly_hull(places: Floats, disc_mm: float, reach_mm: float) -> Section:
    """The outline of all that lies within ``reach_mm`` of that hull of ``places`` (n, 2), n > 0.

    ``reach_mm`` has to be less than ``disc_mm``.
    """
    kept = places[:: max(1, len(places) // PLACES_AT_MOST)]
    middle = (kept.min(axis=0) + kept.max(axis=0)) / 2
    turn = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    ways = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    discs = _rolling(kept - middle, ways, disc_mm)
    loop = middle + _until(discs, ways, disc_mm - reach_mm)[:, None] * ways
    return Section(segments=np.stack((loop, np.roll(loop, -1, axis=0)), axis=1))


def _rolling(places: Floats, ways: Floats, disc_mm: float) -> Floats:
    """Middle of the disc in each direction, as near as it comes without a place within (k, 2)."""
    square = disc_mm**2 - (places * places).sum(axis=1)
    found = []
    for way in ways:
        along = places @ way
        beside = square + along * along
        met = beside >= 0
        if met.any():
            found.append((along[met] + np.sqrt(beside[met])).max() * way)
    return np.array(found)


def _until(discs: Floats, ways: Floats, radius_mm: float) -> Floats:
    """How far from the middle the first of the discs is met in each direction (k,).

    0 in all where one holds the middle: of places so far apart each has a hull of its own, and none
    is told here.
    """
    far = (discs * discs).sum(axis=1)
    found = np.zeros(len(ways))
    if (far <= radius_mm**2).any():
        return found
    for number, way in enumerate(ways):
        along = discs @ way
        beside = radius_mm**2 - far + along * along
        met = (beside >= 0) & (along > 0)
        found[number] = (along[met] - np.sqrt(beside[met])).min(initial=radius_mm)
    return found
