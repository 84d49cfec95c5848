"""The finding of ring C about the widest disc that fits into a mask. Decides no limit."""

from __future__ import annotations

from ..findings import Finding, FindingKind
from .collect import Collector
from .geometry import LayerLines
from .raster import PIXEL_MM, Grid, Mask, widest
from .whereabouts import where_at


def report_widest(
    mask: Mask,
    limit_px: int,
    beyond_px: int,
    kind: FindingKind,
    layer: LayerLines,
    grid: Grid,
    found: Collector,
) -> None:
    """One finding where a disc of more than ``limit_px`` pixels in radius fits into ``mask``.

    Its size is told up to ``beyond_px`` more.
    """
    disc = widest(mask, limit_px, limit_px + beyond_px)
    if disc is None:
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
