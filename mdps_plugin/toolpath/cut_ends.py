"""Ring C: which ends at borders of fills are the two ends of a line that was cut there. Pure.

Where edges of surfaces are many, as on slopes and in rings, places where fills of PrusaSlicer may
meet (:mod:`.borders`) are many too, and a cut can be made from one to another. What tells it: where
two fills meet, or part a third one so narrow that no line fits in it, what is left bare lies along
one border. A cut leaves the middle of a fill bare.

Only ends that face each other are looked at: not what was left out from a border up to a wall, nor
lines that turn there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .borders import BORDER_MM
from .depth import Pieces
from .facing import facing
from .geometry import LayerLines

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: From and to which gap two ends that come towards each other may be those of a cut.
FACING_MM = (0.2, 10.0)
#: How often it is looked between them.
EVERY_MM = 0.1
#: A place is bare from so far beside a bead on; more than half a pixel is wide.
BARE_MM = 0.05
#: What is no wider than this holds no line of PrusaSlicer: lines turn at half of it.
NEAR_SPACINGS = 1.0
#: Pairs of ends in a layer, and places between them; of more, each is taken for the end of a cut.
MOST_PAIRS, MOST_PLACES = 50_000_000, 200_000
_AT_ONCE = 1 << 19


@dataclass(frozen=True, kw_only=True, eq=False)
class Stops:
    """Ends of runs: ``place`` (n, 2); ``ahead`` (n, 2), unit, where each line would go on; ``half``
    (n,), half the width of its bead.
    """

    place: Floats
    ahead: Floats
    half: Floats


def cut_ends(
    layer: LayerLines,
    ends: Stops,
    others: Stops,
    spacing_mm: float,
    along: Callable[[Floats, float], Flags],
) -> Flags:
    """Which of ``ends`` face one of ``others`` over a bare stretch that lies along no border.

    ``others``: all ends of open runs in the layer. ``along``: by border (k, n), k at least 1,
    which places (n, 2) lie no further than so much from it, or in no section.
    """
    count = len(ends.place)
    if count == 0 or len(others.place) == 0:
        return np.zeros(count, dtype=np.bool_)
    if count * len(others.place) > MOST_PAIRS:
        return np.ones(count, dtype=np.bool_)
    last = _up_to(ends, others, spacing_mm / 2)
    steps = np.maximum(np.ceil((last - ends.half) / EVERY_MM).astype(np.int64) - 1, 0)
    if steps.sum() > MOST_PLACES:
        return steps > 0
    row = np.repeat(np.arange(count), steps)
    step = np.arange(len(row)) - np.repeat(np.cumsum(steps) - steps, steps) + 1
    way = ends.half[row] + EVERY_MM * step
    place = ends.place[row] + way[:, None] * ends.ahead[row]
    bare = np.flatnonzero(_bare(layer, place))
    cut = np.zeros(count, dtype=np.bool_)
    if len(bare):
        first = np.flatnonzero(
            (np.diff(bare, prepend=-2) != 1) | (np.diff(row[bare], prepend=-1) != 0)
        )
        near = along(place[bare], NEAR_SPACINGS * spacing_mm + BORDER_MM)
        told = np.logical_and.reduceat(near, first, axis=1).any(axis=0)
        told |= np.diff(first, append=len(bare)) < least_steps(spacing_mm)
        told |= step[bare[first]] > least_steps(spacing_mm)
        cut[row[bare[first[~told]]]] = True
    return cut


def least_steps(spacing_mm: float) -> int:
    """So many places one after the other are bare before they are looked at, over one spacing, and
    the first of them is no further from the end.

    Between other lines, which lead to no such end, the slicer leaves more.
    """
    return math.ceil(spacing_mm / EVERY_MM)


def _up_to(ends: Stops, others: Stops, aside_mm: float) -> Floats:
    """How far ahead of each end (n,) the bead of the first one begins that comes towards it; 0: no
    such."""
    found = np.zeros(len(ends.place))
    at_once = max(1, _AT_ONCE // len(others.place))
    for start in range(0, len(found), at_once):
        part = slice(start, start + at_once)
        place, ahead = ends.place[part], ends.ahead[part]
        faced = facing(place, ahead, others.place, others.ahead, FACING_MM, aside_mm)
        row, other = np.nonzero(faced)
        along = ((others.place[other] - place[row]) * ahead[row]).sum(axis=1)
        first = np.full(len(place), np.inf)
        np.minimum.at(first, row, along - others.half[other])
        found[part] = np.where(np.isfinite(first), first, 0.0)
    return found


def _bare(layer: LayerLines, place: Floats) -> Flags:
    """Which places (n, 2) no bead of the layer covers."""
    bare = np.ones(len(place), dtype=np.bool_)
    half = layer.width / 2 + BARE_MM
    pieces, reach = Pieces(np.stack((layer.begin, layer.end), axis=1)), float(half.max())
    at_once = pieces.points_at_once(reach)
    for start in range(0, len(place), at_once):
        point, piece, gap, _ = pieces.near(place[start : start + at_once], reach)
        bare[start + point[gap <= half[pieces.segment[piece]]]] = False
    return bare
