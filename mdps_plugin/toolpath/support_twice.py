"""Ring C: no support, and no place of one, is printed twice. Pure.

As :mod:`.twice` for the part. Along a strip about as narrow as its lines the frame of an honest
support comes back upon itself: only there twice the plastic is honest. Which places are narrow,
the beads themselves say, with the room between them filled. And nowhere a spot may hold much more
than that: a blob at the top of a support would join it to the part.
"""

from __future__ import annotations

import numpy as np

from .collect import Collector
from .geometry import LayerLines
from .masks import grown
from .raster import PIXEL_MM, Grid, Mask
from .support_terms import SupportRule
from .twice import SPOT_SPARE, check_twice

#: Plastic over what the beads of a support hold, wherever it is: twice, and roundings.
MOST_PLASTIC = 2.05
#: Beyond MOST_PLASTIC in a small square, in squares of a line's width. Seen: 0.3.
SUPPORT_SPOT = 1.5
#: Strips narrower than twice this, in widths of a line, are narrow.
NARROW_WIDTHS = 1.5


def check_support_twice(
    layer: LayerLines, own: Mask, rule: SupportRule, grid: Grid, found: Collector
) -> None:
    """``own``: pixels of the support's beads. At most one finding of each of the two kinds."""
    width = rule.width_mm if layer.layer else rule.first_width_mm
    square = width * width
    check_twice(layer, own, grid, grid.empty, SUPPORT_SPOT * square, found, MOST_PLASTIC)
    spare, most = SPOT_SPARE * square, rule.most_apart
    check_twice(layer, own, grid, lambda: _narrow(own, rule, width), spare, found, most)


def _narrow(own: Mask, rule: SupportRule, width_mm: float) -> Mask:
    """Beads of a support where it is a narrow strip."""
    close = int(np.ceil(rule.clear_mm / 2 / PIXEL_MM)) + 1
    reach = int(np.ceil(NARROW_WIDTHS * width_mm / PIXEL_MM))
    edge = close + 2
    whole = shrunk(grown(np.pad(own, edge), close), close)
    wide = grown(shrunk(whole, reach), reach + 1)
    return own & ~wide[edge:-edge, edge:-edge]


def shrunk(mask: Mask, reach: int) -> Mask:
    """Set where all pixels within a square of ``reach`` to each side are; beside the grid as in."""
    return ~grown(~mask, reach)
