"""Ring C: no layer is printed twice. Pure.

A layer that is printed again keeps outlines, coverage and the flow of each line; only the volume
tells, and that of a layer is signed within wide limits. So: how much of all lines lies upon
another line of the same layer? Honest lines do so in thin places, where two walls meet that run
opposite ways, or two filling lines; not most of a layer. Lines of grids cross, and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..findings import Finding, Where
from .chains import chains
from .codes_model import PRINTED_TWICE
from .collect import Collector
from .depth import Pieces
from .geometry import LayerLines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: A line lies upon another one if its middle is nearer than this share of its width.
UPON = 0.3
#: Of the length of all lines of a layer, how much may lie so.
SHARE = 0.6
SINE = 0.2
LEAST_MM = 0.3
_AT_ONCE = 1 << 15


def check_twice(lines: Sequence[LayerLines], found: Collector) -> None:
    """One finding per layer, at the first line of it that lies upon another."""
    for layer in lines:
        if found.enough:
            return
        length = np.hypot(*(layer.end - layer.begin).T)
        long = np.flatnonzero(length >= LEAST_MM)
        twice = long[upon_another(layer, long, length)]
        share = float(length[twice].sum() / max(float(length.sum()), 1e-9))
        if share > SHARE:
            x, y = (layer.begin[twice[0]] + layer.end[twice[0]]) / 2
            where = Where(
                line=int(layer.lines[twice[0]]),
                layer=layer.layer,
                x=round(float(x), 3),
                y=round(float(y), 3),
            )
            limit = round(100 * SHARE)
            measured = round(100 * share, 1)
            found.add(
                Finding(kind=PRINTED_TWICE, where=where, measured=measured, limit=limit, unit="%")
            )


def upon_another(layer: LayerLines, long: Ints, length: Floats) -> Flags:
    """Which of the lines ``long`` have their middle upon another of them."""
    upon = np.zeros(len(long), dtype=np.bool_)
    if len(long) < 2:
        return upon
    way, width = layer.end[long] - layer.begin[long], layer.width[long]
    along, middle = way / length[long, None], layer.begin[long] + way / 2
    pieces = Pieces(np.stack((layer.begin[long], layer.end[long]), axis=1))
    runs = chains(layer)
    wall = runs.closed[runs.of_line][long]
    reach = UPON * float(width.max())
    for start in range(0, len(long), _AT_ONCE):
        point, piece, gap, share = pieces.near(middle[start : start + _AT_ONCE], reach)
        mine, other = point + start, pieces.segment[piece]
        sine = along[mine, 0] * along[other, 1] - along[mine, 1] * along[other, 0]
        same_way = (along[mine] * along[other]).sum(axis=1) > 0
        near = (gap <= UPON * width[mine]) & (np.abs(sine) <= SINE)
        near &= same_way | ~(wall[mine] & wall[other])
        # Where lines only follow one another, the nearest place of the other is its end.
        upon[mine[near & (mine != other) & (share >= 0) & (share <= 1)]] = True
    return upon
