"""Ring C: which printed lines are the part's, and which lie beside it. Pure; judges nothing.

A line lies beside the part if all of it lies outside the sections of its layer. Whatever meets them
anywhere, or ends in them, is the part's and is judged as such. No comment of the slicer is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .geometry import LayerLines
from .sections import Sections
from .within import Within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Places of a line that are looked at lie at most this far apart.
STEP_MM = 0.2
#: Places looked at together, and those of one line more: a job is anybody's bytes.
PLACES_AT_ONCE = 1 << 17


def apart(
    lines: Sequence[LayerLines], sections: Sections
) -> tuple[list[LayerLines], list[LayerLines]]:
    """Of each layer the lines of the part, and those beside it; both in order."""
    part, beside = [], []
    for layer in lines:
        pair = sections.pair(layer.layer)
        met = np.zeros(len(layer.begin), dtype=np.bool_)
        for section in (pair.below, pair.above):
            if section.empty:
                continue
            within = Within(section)
            for row, place in along(layer):
                met[row[within.of(place)]] = True
        part.append(layer.chosen(met))
        beside.append(layer.chosen(~met))
    return part, beside


def along(layer: LayerLines) -> Iterator[tuple[Ints, Floats]]:
    """Places on every line, both ends among them, and the row of each; some at a time."""
    way = layer.end - layer.begin
    length = np.hypot(way[:, 0], way[:, 1])
    count = np.ceil(length / STEP_MM).astype(np.int64) + 1
    group = np.cumsum(count) // PLACES_AT_ONCE
    for part in np.split(np.arange(len(count)), np.flatnonzero(np.diff(group)) + 1):
        if len(part) == 0:
            continue
        row = np.repeat(part, count[part])
        first = np.cumsum(count[part]) - count[part]
        within = np.arange(len(row)) - np.repeat(first, count[part])
        share = within / np.maximum(count[row] - 1, 1)
        yield row, layer.begin[row] + share[:, None] * way[row]
