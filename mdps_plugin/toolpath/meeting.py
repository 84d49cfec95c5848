"""Ring C: whether fills of PrusaSlicer may meet near a place, for the discs of coverage.py. Pure.

Between two fills more is left open than between lines of one: each keeps to its own border and its
own rows of lines. Near borders of skins the limits of discs say so already. A part so flat that all
of it is skin, or that ends among the filling lines, has borders that are no such ones; and beside a
border in a corner of the walls, which it does not follow, no line may fit (``bone_guide``: 0.9 mm).
Both are told from the edges of surfaces (:mod:`.borders`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..recipes.document import ProcessWindow
from .discs import Meets
from .geometry import LayerLines
from .places import places
from .raster import grid_about
from .sections import Sections
from .solid_rule import SolidRule
from .surroundings import Surroundings

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def fills_meet(
    sections: Sections,
    rule: SolidRule,
    settings: Mapping[str, str],
    window: ProcessWindow,
    box: tuple[Floats, Floats],
) -> Meets | None:
    """What tells it; None where the settings do not, or the part is too large for pixels."""
    grid = grid_about(box[0][:2], box[1][:2], 1.0 + window.outside_model_mm)
    spot = places(settings, 1, window.layer_height_mm)
    if grid is None or spot is None or spot.widened is None:
        return None
    model = Surroundings(sections, rule, grid)

    def meets(layer: LayerLines, place: Floats, reach_mm: float) -> Flags:
        there = places(settings, layer.layer, layer.height_mm)
        if there is None or there.widened is None:
            return np.zeros(len(place), dtype=np.bool_)
        return model.meets(layer.layer, place, reach_mm, there.widened)

    return meets
