"""The finding of ring C about the widest disc that fits into a mask. Decides no limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind
from .collect import Collector
from .geometry import LayerLines
from .masks import flooded
from .raster import PIXEL_MM, Grid, Ints, Mask, middles, widest
from .whereabouts import where_at

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Middles of discs that are looked at; with more, none may be wider.
MOST_MIDDLES = 20_000
#: What is left open about discs that are too wide where fills meet is one place; it is followed
#: where it is at least so wide (radius): a line that lacks leaves a slit.
SLIT_PX = 3
#: So near to a disc's middle, at the utmost, fills have to meet: with more they meet wherever
#: surfaces are near.
MEET_MM = 0.2
#: Of a layer: which places (n, 2) lie no further than so many mm from where two fills may meet.
Meets = Callable[[LayerLines, Floats, float], Flags]


@dataclass(frozen=True, kw_only=True)
class More:
    """Discs in one place of a layer may be wider, up to ``radius_px``, where two fills meet.

    ``span_mm``: so long, along X and along Y, may be what is left open about them.
    """

    radius_px: int
    span_mm: float
    meets: Meets


def report_widest(
    mask: Mask,
    limit_px: int,
    beyond_px: int,
    kind: FindingKind,
    layer: LayerLines,
    grid: Grid,
    found: Collector,
    more: More | None = None,
) -> None:
    """One finding where a disc of more than ``limit_px`` pixels in radius fits into ``mask``.

    Its size is told up to ``beyond_px`` more.
    """
    disc = widest(mask, limit_px, limit_px + beyond_px)
    if disc is None or (more is not None and _all_meet(mask, limit_px, layer, grid, more)):
        return
    radius, row, column = disc
    x, y = grid.middle(row, column)
    found.add(
        Finding(
            kind=kind,
            where=where_at(layer, x, y),
            measured=round(2 * radius * PIXEL_MM, 2),
            limit=round(2 * limit_px * PIXEL_MM, 2),
            unit="mm",
        )
    )


def _all_meet(mask: Mask, limit_px: int, layer: LayerLines, grid: Grid, more: More) -> bool:
    """Whether fills meet at every disc that is too wide, all in one place, none wider than that."""
    if widest(mask, more.radius_px, more.radius_px + 1) is not None:
        return False
    row, column = middles(mask, limit_px + 1, MOST_MIDDLES)
    if len(row) > MOST_MIDDLES or _span_mm(mask, row, column) > more.span_mm:
        return False
    place = np.stack((column, row), axis=1) * PIXEL_MM + np.array(grid.middle(0, 0))
    return bool(more.meets(layer, place, MEET_MM).all())


def _span_mm(mask: Mask, row: Ints, column: Ints) -> float:
    """How long what hangs together with these pixels is, where it is no narrower than a slit."""
    rows, columns = middles(mask, SLIT_PX, mask.size)
    wide, seed = np.zeros_like(mask), np.zeros_like(mask)
    wide[rows, columns] = True
    seed[row, column] = True
    rows, columns = np.nonzero(flooded(seed, wide))
    return float(max(np.ptp(rows), np.ptp(columns)) + 1) * PIXEL_MM
