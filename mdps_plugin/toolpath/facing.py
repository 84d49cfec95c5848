"""Ring C: which ends of lines face each other over a gap, as the two ends of a cut do. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Cosine of how far two lines may differ in direction: 8 degrees.
OPPOSITE = -0.99


def facing(
    place: Floats,
    ahead: Floats,
    other: Floats,
    other_ahead: Floats,
    away_mm: tuple[float, float],
    aside_mm: float,
) -> Flags:
    """(n, m): straight before each of ``place`` (n, 2) which of ``other`` (m, 2) comes towards it.

    ``ahead`` and ``other_ahead``, units: where their lines would go on. ``away_mm``: further away
    along the line than the first, no further than the second; ``aside_mm``: as far beside it.
    """
    way = other[None] - place[:, None]
    along = (way * ahead[:, None]).sum(axis=2)
    aside = np.abs(way[:, :, 0] * ahead[:, None, 1] - way[:, :, 1] * ahead[:, None, 0])
    opposite = (ahead[:, None] * other_ahead[None]).sum(axis=2) < OPPOSITE
    return np.asarray(opposite & (along > away_mm[0]) & (along <= away_mm[1]) & (aside <= aside_mm))
