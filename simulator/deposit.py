"""Remembers the plastic that was laid, layer by layer, as ground truth. Draws nothing.

Told by the plant of each small way on which plastic came out of a hot nozzle; ways in one line
with one flow are kept as one. Plastic of one height is one layer; layers are numbered in the order
in which they began, so that a number never changes its meaning. (A purge line at its own height is
a layer of its own here; the plant counts a layer only where plastic is laid higher than before.)
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
    strands: array[float] = field(default_factory=lambda: array("d"))
    low: list[float] = field(default_factory=lambda: [math.inf, math.inf])
    high: list[float] = field(default_factory=lambda: [-math.inf, -math.inf])

    def each(self) -> Iterator[tuple[float, float, float, float, float]]:
        """Strands in the order they were laid."""
        s = self.strands
        for i in range(0, len(s), _FIELDS):
            yield s[i], s[i + 1], s[i + 2], s[i + 3], s[i + 4]

    def add(self, start: Point, end: Point, area: float, *, extend: bool) -> None:
        """One more way; with ``extend`` it may make the last strand longer."""
        for axis in (0, 1):
            self.low[axis] = min(self.low[axis], start[axis], end[axis])
            self.high[axis] = max(self.high[axis], start[axis], end[axis])
        if not extend or not _extend(self.strands, start, end, area):
            self.strands.extend((start[0], start[1], end[0], end[1], area))

    def over(self, other: Layer) -> bool:
        """True if the two could touch: their boxes meet as seen from above."""
        return all(
            self.low[axis] <= other.high[axis] and other.low[axis] <= self.high[axis]
            for axis in (0, 1)
        )


class Deposit:
    """All layers so far, in the order in which they began."""

    def __init__(self) -> None:
        """Nothing is laid."""
        self.layers: list[Layer] = []
        self._heights: list[float] = []
        self._by_height: list[Layer] = []
        self._last: Layer | None = None

    def lay(self, start: Point, end: Point, filament_mm: float) -> None:
        """``filament_mm`` of filament went into the straight way from ``start`` to ``end`` (mm)."""
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        if length <= 0.0 or filament_mm <= 0.0:
            return
        layer = self._layer(end[2])
        layer.add(start, end, filament_mm * FILAMENT_MM2 / length, extend=layer is self._last)
        self._last = layer

    def _layer(self, z: float) -> Layer:
        if self._last is not None and abs(z - self._last.z_mm) <= _LAYER_MM:
            return self._last
        place = bisect.bisect_left(self._heights, z - _LAYER_MM)
        if place < len(self._heights) and self._heights[place] <= z + _LAYER_MM:
            return self._by_height[place]
        layer = Layer(z)
        place = bisect.bisect_left(self._heights, z)
        self._heights.insert(place, z)
        self._by_height.insert(place, layer)
        self.layers.append(layer)
        return layer

    def thickness_mm(self, layer: Layer) -> float:
        """Height of the layer over the highest one that it can lie on, or over the bed."""
        place = bisect.bisect_left(self._heights, layer.z_mm)
        for under in reversed(self._by_height[:place]):
            if layer.over(under):
                return layer.z_mm - under.z_mm
        return layer.z_mm


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
