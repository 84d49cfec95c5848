"""The finding of ring C about the widest disc that fits into a mask. Decides no limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind
from .collect import Collector
from .geometry import LayerLines
from .raster import PIXEL_MM, Grid, Mask, middles, widest
from .whereabouts import where_at

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Middles of discs that are looked at; with more, none may be wider.
MOST_MIDDLES = 20_000
#: Of a layer: which places (n, 2) lie no further than so many mm from where two fills may meet.
Meets = Callable[[LayerLines, Floats, float], Flags]


@dataclass(frozen=True, kw_only=True)
class More:
    """A disc may be wider, up to ``radius_px``, where two fills meet within it."""

    radius_px: int
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
    """Whether two fills meet within every disc that is too wide, none wider than they let."""
    if widest(mask, more.radius_px, more.radius_px + 1) is not None:
        return False
    row, column = middles(mask, limit_px + 1, MOST_MIDDLES)
    if len(row) > MOST_MIDDLES:
        return False
    place = np.stack((column, row), axis=1) * PIXEL_MM + np.array(grid.middle(0, 0))
    return bool(more.meets(layer, place, (limit_px + 1) * PIXEL_MM).all())
