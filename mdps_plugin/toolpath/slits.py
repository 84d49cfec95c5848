"""Outlines without the slits that PrusaSlicer closes before it draws a wall. Pure; judges nothing.

It closes each section by ``slice_closing_radius`` (``TriangleMeshSlicer``): what is narrower than
twice that between two pieces of outline, as the tip of a notch, is material to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .depth import Outline
from .section import Floats, Section
from .winding import is_inside

#: Of PrusaSlicer 2.5, where the settings do not name it, mm.
CLOSING_RADIUS_MM = 0.049
#: Pieces about the places times segments. With more, which would take minutes, no slit is told.
MOST_PAIRS = 10_000_000
_PIECE_MM = 0.05


def closing_radius_mm(settings: Mapping[str, str]) -> float:
    """0 where the slicer closes nothing, or what is signed is no number."""
    if "perimeters" not in settings:
        return 0.0
    try:
        radius = float(settings.get("slice_closing_radius", CLOSING_RADIUS_MM))
    except ValueError:
        return 0.0
    return radius if 0 <= radius <= 2 * CLOSING_RADIUS_MM else 0.0


def without_slits(
    section: Section, place: Floats, reach_mm: float, radius_mm: float
) -> Outline | None:
    """The outline within ``reach_mm`` of any of ``place`` (n, 2); None: no slit is there.

    None as well: too much to be looked at.
    """
    begin, end = section.segments[:, 0], section.segments[:, 1]
    low, high = np.minimum(begin, end) - reach_mm, np.maximum(begin, end) + reach_mm
    # Axis by axis: rows of two numbers are slow.
    (low_x, low_y), (high_x, high_y) = low.T.copy(), high.T.copy()
    met = np.zeros(len(low), dtype=np.bool_)
    for x, y in place:
        met |= (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y)
    begin, way = begin[met], end[met] - begin[met]
    length = np.hypot(way[:, 0], way[:, 1])
    count = np.ceil(length / _PIECE_MM).astype(np.int64)
    if int(count.sum()) * len(section.segments) > MOST_PAIRS:
        return None
    row = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    step = way[row] / count[row, None]
    first = begin[row] + number[:, None] * step
    outward = np.stack((way[row, 1], -way[row, 0]), axis=1) / length[row, None]
    closed = is_inside(section, first + step / 2 + 2 * radius_mm * outward)
    if not closed.any():
        return None
    return Outline(np.stack((first, first + step), axis=1)[~closed])
