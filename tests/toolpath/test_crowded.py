"""Too many printed lines in one place: asked of the kernel's strokes as of the rules' lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import ring_c
from mdps_plugin.toolpath.grammar import SCALE
from mdps_plugin.toolpath.kernel_link import STROKE_COLUMNS


def strokes_of(layers: list[int], begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    strokes = np.zeros((len(layers), STROKE_COLUMNS), dtype=np.int32)
    strokes[:, 0], strokes[:, 1:3], strokes[:, 3:5] = layers, begin, end
    return strokes


@pytest.mark.parametrize(("pieces", "crowded"), [(3000, False), (3001, True)])
def test_a_line_in_very_many_pieces(pieces: int, crowded: bool) -> None:
    place = np.linspace(0.05, 0.95, pieces + 1)[:, None] * SCALE * np.array([1.0, 0.0])
    edges = np.rint(place).astype(np.int64) + 100 * SCALE
    few = strokes_of([0] * 5, np.zeros((5, 2)), np.zeros((5, 2)))
    many = strokes_of([2] * pieces, edges[:-1], edges[1:])
    strokes = np.concatenate((few, many))
    assert ring_c._crowded(strokes, 3) is crowded
    assert ring_c._crowded(few, 3) is False


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2990, 3100), st.floats(0.2, 1.4))
def test_the_strokes_are_counted_as_the_lines_are(seed: int, count: int, wide: float) -> None:
    rng = np.random.default_rng(seed)
    begin, end = (rng.integers(0, int(wide * SCALE), (count, 2)) - SCALE // 3 for _ in range(2))
    most = ring_c._most_in_a_place(begin / SCALE, end / SCALE)
    assert ring_c._crowded(strokes_of([0] * count, begin, end), 1) is (
        most > ring_c.MOST_IN_A_PLACE
    )
