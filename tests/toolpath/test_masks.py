"""Sets of pixels against a plain look at every pixel."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mdps_plugin.toolpath.masks import flooded, grown
from mdps_plugin.toolpath.raster import Mask

_SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
_MASKS = arrays(np.bool_, _SHAPES)
_PAIRS = _SHAPES.flatmap(lambda shape: st.tuples(arrays(np.bool_, shape), arrays(np.bool_, shape)))


@given(_MASKS, st.integers(1, 5))
def test_grown_is_set_within_a_square(mask: Mask, reach: int) -> None:
    rows, columns = np.indices(mask.shape)
    wanted = np.zeros_like(mask)
    for row, column in np.argwhere(mask):
        wanted |= (abs(rows - row) <= reach) & (abs(columns - column) <= reach)
    assert (grown(mask, reach) == wanted).all()


@given(_PAIRS)
def test_flooded_is_what_is_joined_to_a_seed(pair: tuple[Mask, Mask]) -> None:
    seed, free = pair
    found: set[tuple[int, int]] = set()
    look = {(int(r), int(c)) for r, c in np.argwhere(seed & free)}
    while look:
        row, column = look.pop()
        found.add((row, column))
        for step in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = all(0 <= at < size for at, size in zip(step, free.shape, strict=True))
            if inside and free[step] and step not in found:
                look.add(step)
    assert {(int(r), int(c)) for r, c in np.argwhere(flooded(seed, free))} == found
