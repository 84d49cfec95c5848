"""What large discs beside some places cover: all but CuraEngine's convex hull of them. Pure.

CuraEngine 4.13 (``Polygons::approxConvexHull``) widens all parts by 100 mm and draws that in again.
Between two parts its hull so runs inside the convex one, along an arc of 100 mm: by 0.3 mm between
parts 15 mm apart. A disc of that radius rolls around all places; what none of its positions reaches
is the hull. A position that is not looked at makes the hull larger, never smaller.
"""

from __future__ import annotations

import numpy as np

from .raster import PIXEL_MM, Floats, Grid, Mask

#: Directions in which the rolling disc is looked at. Beside the tip between two parts 100 mm away
#: the hull is taken for larger by less than 0.02 mm.
DIRECTIONS = 1440


def beside_hull(grid: Grid, places: Floats, disc_mm: float, reach_mm: float) -> Mask:
    """Pixels further than ``reach_mm`` from that hull of ``places`` (n, 2), n > 0.

    ``reach_mm`` has to be less than ``disc_mm``.
    """
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    turn = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    ways = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    discs = middle + _rolling(places - middle, ways, disc_mm)
    return _covered(grid, discs, disc_mm - reach_mm)


def _rolling(places: Floats, ways: Floats, disc_mm: float) -> Floats:
    """Middle of the disc in each direction, as near as it comes without a place within (k, 2)."""
    square = disc_mm**2 - (places * places).sum(axis=1)
    found = []
    for way in ways:
        along = places @ way
        beside = square + along * along
        met = beside >= 0
        if met.any():
            far = (along[met] + np.sqrt(beside[met])).max()
            if far > 0:
                found.append(far * way)
    return np.array(found).reshape(-1, 2)


def _covered(grid: Grid, discs: Floats, radius_mm: float) -> Mask:
    """Pixels whose middles lie within one of the discs: where each begins and ends, row by row."""
    steps = np.zeros((grid.rows, grid.columns + 1), dtype=np.int32)
    y = grid.y_mm + (np.arange(grid.rows) + 0.5) * PIXEL_MM
    for x_mm, y_mm in discs:
        square = radius_mm**2 - (y - y_mm) ** 2
        rows = np.flatnonzero(square > 0)
        half = np.sqrt(square[rows])
        column = (x_mm - grid.x_mm) / PIXEL_MM - 0.5
        first = np.clip(np.ceil(column - half / PIXEL_MM), 0, grid.columns).astype(np.int64)
        stop = np.clip(np.floor(column + half / PIXEL_MM) + 1, 0, grid.columns).astype(np.int64)
        on = stop > first
        steps[rows[on], first[on]] += 1
        steps[rows[on], stop[on]] -= 1
    return np.asarray(np.cumsum(steps, axis=1)[:, :-1] > 0)
