"""Filled sections by layer, as pixels; keeps those that the next layers look at again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .raster import Grid, Mask, fill
from .sections import Pair, Sections


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """One layer of the model: inside on both sides of the middle, and on either side."""

    both: Mask
    either: Mask


class Shapes:
    """Shapes of layers, asked for from low to high; ``kept``: how many below stay at hand."""

    def __init__(self, sections: Sections, grid: Grid, kept: int) -> None:
        self._sections, self._grid, self._kept = sections, grid, kept
        self._shapes: dict[int, Shape] = {}

    def at(self, layer: int) -> Shape:
        """The shape of a layer; empty below and above the model."""
        shape = self._shapes.get(layer)
        if shape is None:
            shape = shape_of(self._grid, self._sections.pair(layer))
            for old in [one for one in self._shapes if one < layer - self._kept]:
                del self._shapes[old]
            self._shapes[layer] = shape
        return shape


def shape_of(grid: Grid, pair: Pair) -> Shape:
    """The shape of one layer, from its sections."""
    below, above = (_filled(grid, pair, side) for side in ("below", "above"))
    return Shape(both=below & above, either=below | above)


def _filled(grid: Grid, pair: Pair, side: str) -> Mask:
    section = pair.below if side == "below" else pair.above
    return grid.empty() if section.empty else fill(grid, section)
