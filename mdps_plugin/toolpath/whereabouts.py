"""Which line of a layer a place belongs to: the nearest, so that a finding names it. Pure."""

from __future__ import annotations

import numpy as np

from ..findings import Where
from .geometry import LayerLines


def where_at(layer: LayerLines, x: float, y: float) -> Where:
    """Layer, place in mm, and the file's line of the printed line nearest to it.

    Of a layer without any of these lines it is the first that prints there.
    """
    if len(layer.begin) == 0:
        return Where(line=layer.line, layer=layer.layer, x=round(x, 3), y=round(y, 3))
    way = layer.end - layer.begin
    away = np.array([x, y]) - layer.begin
    square = np.maximum((way * way).sum(axis=1), 1e-18)
    share = np.clip((away * way).sum(axis=1) / square, 0, 1)
    nearest = int(np.hypot(*(away - share[:, None] * way).T).argmin())
    return Where(line=int(layer.lines[nearest]), layer=layer.layer, x=round(x, 3), y=round(y, 3))
