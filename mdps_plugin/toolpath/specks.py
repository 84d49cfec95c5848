"""Loops of an outline too small for any slicer: holes that it closes, islands without a bead. Pure.

PrusaSlicer closes gaps below twice its ``slice_closing_radius`` (0.049 mm), CuraEngine drops
outlines shorter than 1 mm. Around a loop within a square of :data:`SPECK_MM` neither prints walls,
so none are asked for there. What else the rules say of such an outline stays.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .section import Section
from .sections import Pair

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Its diagonal is 0.085 mm, its outline at most 0.24 mm long where it is convex.
SPECK_MM = 0.06
#: Ends of an outline nearer than this are one, as in depth.py.
_JOIN_MM = 1e-4


def without_specks(pair: Pair) -> Pair:
    """A pair of sections without such loops."""
    return Pair(below=_larger(pair.below), above=_larger(pair.above))


def _larger(section: Section) -> Section:
    way = np.abs(section.segments[:, 1] - section.segments[:, 0])
    if len(way) == 0 or not (way.max(axis=1) <= SPECK_MM).any():
        return section
    loop = _loops(section.segments)
    low = np.full((int(loop.max()) + 1, 2), np.inf)
    high = -low
    np.minimum.at(low, loop, section.segments.min(axis=1))
    np.maximum.at(high, loop, section.segments.max(axis=1))
    speck = ((high - low) <= SPECK_MM).all(axis=1)
    return Section(segments=section.segments[~speck[loop]])


def _loops(segments: Floats) -> Ints:
    """A number for each segment, the same where they hang together over their ends."""
    ends = np.round(segments / _JOIN_MM).astype(np.int64)
    _, corner = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    corner = corner.reshape(-1, 2)
    label = np.arange(int(corner.max()) + 1)
    while True:
        least = label[corner].min(axis=1)
        wider = label.copy()
        for end in (0, 1):
            np.minimum.at(wider, corner[:, end], least)
        wider = wider[wider]
        if (wider == label).all():
            break
        label = wider
    _, number = np.unique(label[corner[:, 0]], return_inverse=True)
    return number.reshape(-1)
