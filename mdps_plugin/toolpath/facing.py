"""Two ends that look at each other over an empty gap: one line with a piece cut out. Pure.

Looked at are runs that follow one another in the job: where the end of one and the beginning of the
next lie on one straight line and no line fills what is between, a line was cut. Slicers leave such
gaps between two areas, but go on with the nearer line then, or fill what lies between.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .chains import Chains
from .geometry import LayerLines

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Widest gap looked over: wider ones leave a hole, and an honest one of 1.2 mm was seen.
GAP_MM = 0.9
_LEAST_GAP_MM = 0.42
# Ends are written to 1 µm: shorter lines have no sure direction.
_LEAST_MM = 0.03
_ASIDE_MM = 0.01
_TOUCH_MM = 1e-3
# A line of another fill between the ends comes nearer than this to the way over the gap.
_BESIDE_MM = 0.2
_STEP_MM = 0.05


def faces_another(layer: LayerLines, runs: Chains, place: Floats) -> Flags:
    """Whether each of ``place`` (n, 2), ends of open runs, looks at another end so."""
    pairs = _pairs(layer, runs)
    faces = np.zeros(len(place), dtype=np.bool_)
    for one, other in pairs:
        if _filled(layer, one, other):
            continue
        faces |= (place == one).all(axis=1) | (place == other).all(axis=1)
    return faces


def _pairs(layer: LayerLines, runs: Chains) -> list[tuple[Floats, Floats]]:
    """End and next beginning of open runs that follow one another, and look at each other."""
    both = ~runs.closed[:-1] & ~runs.closed[1:]
    last, first = runs.last[:-1][both], runs.first[1:][both]
    way = layer.end - layer.begin
    length = np.hypot(way[:, 0], way[:, 1])
    over = layer.begin[first] - layer.end[last]
    gap = np.hypot(over[:, 0], over[:, 1])
    near = (gap >= _LEAST_GAP_MM) & (gap <= GAP_MM)
    for row in (last, first):
        along = way[row] / np.maximum(length[row], _TOUCH_MM)[:, None]
        aside = np.abs(along[:, 0] * over[:, 1] - along[:, 1] * over[:, 0])
        # What 1 µm at the ends of a short line does to its direction over the gap.
        spare = _ASIDE_MM + gap * 0.002 / np.maximum(length[row], _LEAST_MM)
        near &= (length[row] >= _LEAST_MM) & (aside <= spare)
        near &= (along * over).sum(axis=1) > 0
    return [(layer.end[last[row]], layer.begin[first[row]]) for row in np.flatnonzero(near)]


def _filled(layer: LayerLines, begin: Floats, end: Floats) -> bool:
    """Whether the middle of a printed line comes near the way between two ends, those aside."""
    way, lines = end - begin, layer.end - layer.begin
    gap = float(np.hypot(*way))
    count = 2 + int((gap - 2 * _BESIDE_MM) / _STEP_MM)
    steps = np.linspace(_BESIDE_MM, gap - _BESIDE_MM, count) / gap
    away = begin + steps[:, None, None] * way - layer.begin
    square = np.maximum((lines * lines).sum(axis=1), 1e-18)
    share = np.clip((away * lines).sum(axis=2) / square, 0, 1)
    beside = np.hypot(*np.moveaxis(away - share[:, :, None] * lines, 2, 0))
    return bool((beside < _BESIDE_MM - _TOUCH_MM).any())
