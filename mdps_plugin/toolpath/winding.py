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
    order = np.argsort(points[:, 1], kind="stable")
    sorted_y = points[order, 1]
    begin, end = section.segments[:, 0], section.segments[:, 1]
    # Of each segment the points at whose height it is; one that is level is at none.
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    first = np.searchsorted(sorted_y, low)
    count = np.searchsorted(sorted_y, high) - first
    segment = np.repeat(np.arange(len(count)), count)
    point = order[np.arange(len(segment)) + np.repeat(first - (np.cumsum(count) - count), count)]
    begin, end = begin[segment], end[segment]
    away = points[point] - begin
    # Cross product: positive where the point lies on the left of the segment.
    left = (end[:, 0] - begin[:, 0]) * away[:, 1] - away[:, 0] * (end[:, 1] - begin[:, 1])
    up = begin[:, 1] < end[:, 1]
    winding = np.bincount(point[up & (left > 0)], minlength=len(points))
    winding -= np.bincount(point[~up & (left < 0)], minlength=len(points))
    return np.asarray(winding > 0)
