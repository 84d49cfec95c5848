"""Ring C: which ends of PrusaSlicer's lines have only their own round end to fill what is ahead.

Beads are drawn with flat ends where a run ends: most lines end against other beads, and what is
empty before them counts. In one fill of PrusaSlicer a run also ends where its line grazes a wall,
0.45 of a spacing before other ends (:mod:`.grazing`); nothing is printed ahead of it there but its
own round end (:func:`.coverage.round_end_mm`). About a corner of that depth, on its mitre, every
end is taken for one that grazes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..recipes.document import ProcessWindow
from .astray import off_depths
from .coverage import Grazing
from .deep_ends import END_MM, grazes_walls
from .geometry import LayerLines
from .places import places
from .raster import grid_about
from .sections import Sections
from .solid_rule import SolidRule
from .surroundings import Surroundings, slope_mm

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def ends_that_graze(
    sections: Sections,
    rule: SolidRule,
    settings: Mapping[str, str],
    window: ProcessWindow,
    box: tuple[Floats, Floats],
) -> Grazing | None:
    """What tells it; None but for one fill of PrusaSlicer with settings that :mod:`.places` knows.

    With surfaces filled apart, nothing is asked of ends near their borders.
    """
    grid = grid_about(box[0][:2], box[1][:2], 1.0 + window.outside_model_mm)
    spot = places(settings, 1, window.layer_height_mm)
    if grid is None or spot is None or spot.spacing_mm is None or not rule.one_fill:
        return None
    model = Surroundings(sections, rule, grid)

    def grazing(layer: LayerLines, place: Floats, ahead: Floats) -> Flags:
        there = places(settings, layer.layer, layer.height_mm)
        found = np.zeros(len(place), dtype=np.bool_)
        if there is None:
            return found
        sides, rows, slope = model.sides(layer.layer), np.arange(len(place)), slope_mm(rule)
        first, every = (
            off_depths(place, rows, sides, rungs, END_MM, slope, True)
            for rungs in (there.ends[:1], there.ends)
        )
        # At the inner depth, or on a mitre of it, and not at the outer one.
        deep = first.chosen(~np.isin(first.row, every.row))
        found[deep.row] = grazes_walls(deep, ahead, sides, there)
        return found

    return grazing
