"""Ring C: a brim lies about a part, not in its holes. Layer 0 of recipes that allow one. Pure.

A screw hole or a drain closed by plastic of the first layer makes another part, and only there is
plastic beside the section allowed at all. A hole that another body stands in is left out: the brim
of that body lies in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .bodies import bodies
from .codes_model import BEAD_OUTSIDE
from .collect import Collector
from .coverage import OUTSIDE_PX, drawn
from .geometry import LayerLines
from .masks import flooded
from .raster import PIXEL_MM, Floats, Grid, Mask, fill, grid_about, widest
from .sections import Sections

_MARGIN_MM = 1.0


def check_holes(
    lines: Sequence[LayerLines],
    triangles: Floats,
    window: ProcessWindow,
    box: tuple[Floats, Floats],
    found: Collector,
) -> None:
    """No bead of layer 0 in a hole of a body; coverage refuses a part too large for pixels."""
    grid = grid_about(box[0][:2], box[1][:2], _MARGIN_MM)
    if window.outside_model_mm == 0 or not lines or grid is None:
        return
    layer = lines[0]
    feet = [_foot(grid, part, window) for part in bodies(triangles)]
    solid = np.logical_or.reduce(feet)
    beads = drawn(grid, layer) & ~solid
    for foot in feet:
        hole = ~foot & ~reached(~foot)
        others = solid & ~foot
        if not (hole & others).any():
            _find(hole & beads, layer, grid, found)


def _foot(grid: Grid, part: Floats, window: ProcessWindow) -> Mask:
    """Where a body stands in layer 0, on either side of its middle."""
    pair = Sections(part, window).pair(0)
    mask = grid.empty()
    for section in (pair.below, pair.above):
        if not section.empty:
            mask |= fill(grid, section)
    return mask


def reached(free: Mask) -> Mask:
    """Which of the ``free`` pixels are joined to the border of the grid, along rows and columns."""
    border = np.zeros_like(free)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        border[edge] = True
    return flooded(border, free)


def _find(mask: Mask, layer: LayerLines, grid: Grid, found: Collector) -> None:
    disc = widest(mask, OUTSIDE_PX, OUTSIDE_PX + 12)
    if disc is None:
        return
    radius, row, column = disc
    x, y = grid.middle(row, column)
    found.add(
        Finding(
            kind=BEAD_OUTSIDE,
            where=Where(line=layer.line, layer=layer.layer, x=round(x, 3), y=round(y, 3)),
            measured=round(2 * radius * PIXEL_MM, 2),
            limit=round(2 * OUTSIDE_PX * PIXEL_MM, 2),
            unit="mm",
        )
    )
