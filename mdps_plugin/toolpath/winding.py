"""Which points lie inside a section: the outline winds about them. Pure; judges nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .section import Section

Floats = npt.NDArray[np.float64]

#: Points times outline segments that are looked at together.
PAIRS = 1_000_000


def is_inside(section: Section, points: Floats) -> npt.NDArray[np.bool_]:
    """Whether the outline winds about each of ``points`` (n, 2); the inside lies on its left."""
    at_once = max(1, PAIRS // max(1, len(section.segments)))
    parts = [
        _is_inside(section, points[start : start + at_once])
        for start in range(0, len(points), at_once)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _is_inside(section: Section, points: Floats) -> npt.NDArray[np.bool_]:
    begin, end = section.segments[:, 0], section.segments[:, 1]
    x, y = points[:, None, 0], points[:, None, 1]
    up = (begin[:, 1] <= y) & (y < end[:, 1])
    down = (end[:, 1] <= y) & (y < begin[:, 1])
    # Cross product: positive where the point lies on the left of the segment.
    left = (end[:, 0] - begin[:, 0]) * (y - begin[:, 1]) - (x - begin[:, 0]) * (
        end[:, 1] - begin[:, 1]
    )
    winding = (up & (left > 0)).sum(axis=1) - (down & (left < 0)).sum(axis=1)
    return np.asarray(winding > 0)
