"""Ring C: crumbs, what is left of a run where there was no room for it. Pure; judges nothing.

Where a part is a little too thin for one more wall, PrusaSlicer prints what its offsets left over:
a line of some micrometres between two walls, seen up to 0.061 mm. It ends where no line may, before
nothing. Such a line alone hides nothing: what was cut ends in longer runs as well, and beside one
of those a crumb is none.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from .chains import Chains
from .geometry import LayerLines

Flags = npt.NDArray[np.bool_]

#: No longer than this, all of the run.
CRUMB_MM = 0.1
#: No end of a longer open run lies within this, along X and along Y.
ALONE_MM = 1.0
_ROW = 1 << 21


def crumbs(lines: LayerLines, runs: Chains) -> Flags:
    """Which runs are crumbs."""
    found: Flags = ~runs.closed & (runs.first == runs.last)
    first = runs.first[found]
    way = lines.end[first] - lines.begin[first]
    found[found] = np.hypot(way[:, 0], way[:, 1]) <= CRUMB_MM
    if not found.any():
        return found
    longer = ~runs.closed & ~found
    ends = (lines.begin[runs.first[longer]], lines.end[runs.last[longer]])
    held = np.unique(np.floor(np.concatenate(ends) / ALONE_MM).astype(np.int64) @ (_ROW, 1))
    row = np.flatnonzero(found)
    cell = np.floor(lines.begin[runs.first[row]] / ALONE_MM).astype(np.int64)
    for step in itertools.product((-1, 0, 1), repeat=2):
        found[row[np.isin((cell + step) @ (_ROW, 1), held)]] = False
    return found
