"""Ring C: which printed lines are the part's, and which lie beside it. Pure; judges nothing.

A line lies beside the part if all of it lies outside the sections of its layer. Whatever meets them
anywhere, or ends in them, is the part's and is judged as such. No comment of the slicer is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .geometry import LayerLines
from .section import Section
from .sections import Sections
from .winding import is_inside

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Places of a line that are looked at lie at most this far apart.
STEP_MM = 0.2


def apart(
    lines: Sequence[LayerLines], sections: Sections
) -> tuple[list[LayerLines], list[LayerLines]]:
    """Of each layer the lines of the part, and those beside it; both in order."""
    part, beside = [], []
    for layer in lines:
        pair = sections.pair(layer.layer)
        met = np.zeros(len(layer.begin), dtype=np.bool_)
        row, place = along(layer)
        for section in (pair.below, pair.above):
            if not section.empty:
                met[row[_within(section, place)]] = True
        part.append(layer.chosen(met))
        beside.append(layer.chosen(~met))
    return part, beside


def along(layer: LayerLines) -> tuple[Ints, Floats]:
    """Places on every line, both ends among them, and the row of each one's line."""
    way = layer.end - layer.begin
    count = np.ceil(np.hypot(way[:, 0], way[:, 1]) / STEP_MM).astype(np.int64) + 1
    row = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    share = within / np.maximum(count[row] - 1, 1)
    return row, layer.begin[row] + share[:, None] * way[row]


def _within(section: Section, place: Floats) -> npt.NDArray[np.bool_]:
    return is_inside(section, place)
