"""The sections of a placed model at the layers of a recipe, each cut beside its middle. Pure.

Triangles are sorted into layers once, so that a layer looks only at those that it meets; the work
is bounded before it begins.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..recipes.document import ProcessWindow
from .section import Section, cut

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Faces in the cutting plane: float32 corners of an STL at 250 mm are exact to 15 µm at worst.
PLANE_OFFSET_MM = 0.005
#: Cuts nearer to the middle, for what is nearly level there: slicers round corners to 1 µm or less.
FINER_MM = (-0.002, -0.001, -0.0003, 0.0003, 0.001, 0.002)
MOST_CUTS = 20_000_000
_KEPT = 40


def middle_mm(layer: int, window: ProcessWindow) -> float:
    """Height of the middle of a layer above the plate."""
    if layer == 0:
        return window.first_layer_height_mm / 2
    return window.first_layer_height_mm + (layer - 0.5) * window.layer_height_mm


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """One layer cut 5 µm below and above its middle: a face in the plane belongs to neither."""

    below: Section
    above: Section

    @property
    def empty(self) -> bool:
        """True where neither side meets the model."""
        return self.below.empty and self.above.empty


class Sections:
    """Pairs by layer; layers below 0 and above the model are empty. Keeps the last few."""

    def __init__(self, triangles: Floats | Callable[[], Floats], window: ProcessWindow) -> None:
        """``triangles`` (n, 3, 3), mm, or what gives them when a layer is first asked for.

        Look at :attr:`cuts` before.
        """
        self._given, self._window = triangles, window
        self._order: Ints | None = None
        self._edges: Ints = np.empty(0, dtype=np.int64)
        self._pairs: OrderedDict[int, Pair] = OrderedDict()

    @cached_property
    def _triangles(self) -> Floats:
        return self._given() if callable(self._given) else self._given

    @cached_property
    def _spans(self) -> tuple[Ints, Ints, int]:
        """First layer of each triangle, the number of its layers, and the highest layer of all."""
        heights = self._triangles[:, :, 2]
        first = self._layer(heights.min(axis=1) - PLANE_OFFSET_MM, np.ceil)
        last = self._layer(heights.max(axis=1) + PLANE_OFFSET_MM, np.floor)
        first = np.maximum(first, 0)
        return first, np.maximum(last - first + 1, 0), int(last.max(initial=-1))

    @cached_property
    def cuts(self) -> int:
        """Triangles times the layers that each of them meets."""
        return int(self._spans[1].sum())

    @cached_property
    def top(self) -> int:
        """The highest layer that meets the model; -1 if none does."""
        return self._spans[2]

    def _layer(self, height: Floats, rounding: np.ufunc) -> Ints:
        """Layer whose middle lies nearest above (ceil) or below (floor) each height."""
        start, step = self._window.first_layer_height_mm, self._window.layer_height_mm
        upper = rounding((height - start) / step + 0.5)
        # Layer 0 has a middle of its own; all others stand a step apart.
        zero = height <= start / 2 if rounding is np.ceil else height < start + step / 2
        below = -1.0 if rounding is np.floor else 0.0
        layer = np.where(zero, np.where(height < start / 2, below, 0.0), np.maximum(upper, 1))
        return np.asarray(layer, dtype=np.int64)

    def pair(self, layer: int) -> Pair:
        """The section of a layer, cut at most once while it is among the last few."""
        kept = self._pairs.get(layer)
        if kept is None:
            kept = self._cut(layer)
            self._pairs[layer] = kept
            if len(self._pairs) > _KEPT:
                self._pairs.popitem(last=False)
        return kept

    def finer(self, layer: int) -> list[Section]:
        """The layer cut at heights between those of its pair, from below up; kept nowhere."""
        near = self._triangles[self._met(layer)]
        middle = middle_mm(layer, self._window)
        return [cut(near, middle + off) for off in FINER_MM]

    def _cut(self, layer: int) -> Pair:
        near = self._triangles[self._met(layer)]
        middle = middle_mm(layer, self._window)
        return Pair(
            below=cut(near, middle - PLANE_OFFSET_MM), above=cut(near, middle + PLANE_OFFSET_MM)
        )

    def _met(self, layer: int) -> Ints:
        if self._order is None:
            first, count, _ = self._spans
            triangle = np.repeat(np.arange(len(count)), count)
            within = np.arange(self.cuts) - np.repeat(np.cumsum(count) - count, count)
            of_layer = first[triangle] + within
            order = np.argsort(of_layer, kind="stable")
            self._order = triangle[order]
            self._edges = np.searchsorted(of_layer[order], np.arange(self.top + 2))
        if not 0 <= layer <= self.top:
            return np.empty(0, dtype=np.int64)
        return self._order[self._edges[layer] : self._edges[layer + 1]]
