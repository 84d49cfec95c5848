"""Remembers the plastic that was laid, layer by layer, as ground truth. Draws nothing.

Told by the plant of each small way on which plastic came out of a hot nozzle; ways in one line
with one flow are kept as one. A layer begins as the plant counts layers: with plastic laid higher
than any before. Plastic laid lower than that belongs to the layer of the nearest height.
"""

from __future__ import annotations

import bisect
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

FILAMENT_MM2 = math.pi / 4 * 1.75**2
_LAYER_MM = 0.01
_SAME = 1e-6
_FIELDS = 5

Point = tuple[float, float, float]


@dataclass
class Layer:
    """Strands of one height: x, y, x, y in mm and the cross-section in mm^2, five numbers each."""

    z_mm: float
    below_mm: float
    strands: array[float] = field(default_factory=lambda: array("d"))

    @property
    def height_mm(self) -> float:
        """Thickness of the layer: its height over the layer below it."""
        return self.z_mm - self.below_mm

    def each(self) -> Iterator[tuple[float, float, float, float, float]]:
        """Strands in the order they were laid."""
        s = self.strands
        for i in range(0, len(s), _FIELDS):
            yield s[i], s[i + 1], s[i + 2], s[i + 3], s[i + 4]


class Deposit:
    """All layers so far, the lowest first."""

    def __init__(self) -> None:
        """Nothing is laid."""
        self.layers: list[Layer] = []
        self._heights: list[float] = []
        self._last: Layer | None = None

    def lay(self, start: Point, end: Point, filament_mm: float) -> None:
        """``filament_mm`` of filament went into the straight way from ``start`` to ``end`` (mm)."""
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        if length <= 0.0 or filament_mm <= 0.0:
            return
        area = filament_mm * FILAMENT_MM2 / length
        layer = self._layer(end[2])
        if layer is not self._last or not _extend(layer.strands, start, end, area):
            layer.strands.extend((start[0], start[1], end[0], end[1], area))
        self._last = layer

    def _layer(self, z: float) -> Layer:
        if not self._heights or z > self._heights[-1] + _LAYER_MM:
            self.layers.append(Layer(z, self._heights[-1] if self._heights else 0.0))
            self._heights.append(z)
            return self.layers[-1]
        above = min(bisect.bisect_left(self._heights, z), len(self._heights) - 1)
        near = above
        if above > 0 and z - self._heights[above - 1] < self._heights[above] - z:
            near = above - 1
        return self.layers[near]


def _extend(strands: array[float], start: Point, end: Point, area: float) -> bool:
    """Make the last strand longer if this way goes on in its line with its flow."""
    if not strands:
        return False
    x0, y0, x1, y1, before = strands[-_FIELDS:]
    if math.hypot(start[0] - x1, start[1] - y1) > _SAME or abs(area - before) > 1e-3 * before:
        return False
    ax, ay, bx, by = x1 - x0, y1 - y0, end[0] - x1, end[1] - y1
    cross, along = ax * by - ay * bx, ax * bx + ay * by
    if along <= 0.0 or abs(cross) > _SAME * math.hypot(ax, ay):
        return False
    strands[-3], strands[-2] = end[0], end[1]
    return True
