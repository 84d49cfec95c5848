"""Lines cut to a box, so that work on them is bounded by the box and not by where they lead.

A job is anybody's bytes: one line may lead a kilometre away. That is for a rule to refuse, and not
for a raster to walk along. Judges nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def clip_to_box(
    begin: Floats, end: Floats, low: Floats, high: Floats
) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """Rows of the lines that meet the box, and their parts inside it (Liang and Barsky 1984).

    ``begin``, ``end``: (n, 2) mm; ``low``, ``high``: (2,) mm, corners of the box.
    """
    step = end - begin
    enter, leave = np.zeros(len(begin)), np.ones(len(begin))
    outside = np.zeros(len(begin), dtype=np.bool_)
    for axis in (0, 1):
        start, way = begin[:, axis], step[:, axis]
        leads = way != 0
        outside |= ~leads & ((start < low[axis]) | (start > high[axis]))
        first = np.divide(low[axis] - start, way, out=np.zeros(len(start)), where=leads)
        last = np.divide(high[axis] - start, way, out=np.ones(len(start)), where=leads)
        enter = np.where(leads, np.maximum(enter, np.minimum(first, last)), enter)
        leave = np.where(leads, np.minimum(leave, np.maximum(first, last)), leave)
    rows = np.flatnonzero(~outside & (enter <= leave))
    return (
        rows,
        begin[rows] + enter[rows, None] * step[rows],
        begin[rows] + leave[rows, None] * step[rows],
    )
