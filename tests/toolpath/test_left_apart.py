"""One fill that is parted along the outline of the next layer: ends there, and what is none."""

from __future__ import annotations

import math
from unittest import mock

import numpy as np
import pytest

from mdps_plugin.toolpath import left_apart as left_apart_module
from mdps_plugin.toolpath.depth import Outline
from mdps_plugin.toolpath.left_apart import LEFT_MM, left_apart
from mdps_plugin.toolpath.places import places

from .parts import PLACES, SETTINGS

NOTHING = Outline(np.empty((0, 2, 2)))
SPOT = places({**SETTINGS, **PLACES}, 3, 0.2)
assert SPOT is not None
assert SPOT.widened is not None
ENDS_MM = SPOT.widened.ends_mm
FAR = 9.0


def step(x: float) -> Outline:
    """A layer ends at ``x``."""
    corner = np.array([(-19.0, -19.0), (x, -19.0), (x, 19.0), (-19.0, 19.0)])
    return Outline(np.stack((corner, np.roll(corner, -1, axis=0)), axis=1))


def left(
    place: list[tuple[float, float]],
    ahead: list[tuple[float, float]],
    wall: float = FAR,
    sides: tuple[Outline, ...] = (step(0.0),),
) -> list[bool]:
    """``wall``: from the slit at x = 0 to where lines end before the walls."""
    assert SPOT is not None
    own = step(wall + SPOT.least_mm)
    return left_apart(np.array(place), np.array(ahead), [own], sides, SPOT).tolist()


def test_a_line_may_be_parted_at_the_next_layers_outline() -> None:
    both, ways = [(-ENDS_MM, 0.0), (ENDS_MM, 0.0)], [(1.0, 0.0), (-1.0, 0.0)]
    assert left(both, ways) == [True, True]
    assert left(both, ways, sides=(NOTHING, step(0.0))) == [True, True]
    # Nothing goes on behind it; not straight; further away than that; led away from it.
    assert left(both[:1], ways[:1]) == [False]
    assert left([both[0], (ENDS_MM, 0.02)], ways) == [False, False]
    assert left([both[0], (0.1, 0.0)], ways) == [False, False]
    assert left(both, ways[::-1]) == [False, False]


@pytest.mark.parametrize(("off", "apart"), [(0.018, True), (0.022, False)])
def test_ends_lie_within_two_hundredths_of_a_millimetre(off: float, apart: bool) -> None:
    place = [(-ENDS_MM - off, 0.0), (ENDS_MM + off, 0.0)]
    assert left(place, [(1.0, 0.0), (-1.0, 0.0)]) == [apart, apart]


@pytest.mark.parametrize(("gap_mm", "apart"), [(0.19, True), (0.21, False)])
def test_a_line_goes_on_within_a_fifth_of_a_millimetre(gap_mm: float, apart: bool) -> None:
    """Aslant to the outline, both ends keep their distance to it however far they part."""
    along = (math.sqrt(gap_mm**2 - (2 * ENDS_MM) ** 2), 2 * ENDS_MM)
    way = (along[1] / gap_mm, along[0] / gap_mm)
    place = [(-ENDS_MM, 0.0), (ENDS_MM, along[0])]
    assert left(place, [way, (-way[0], -way[1])]) == [apart, apart]


def test_four_ends_in_a_layer_may_lie_so_and_no_more() -> None:
    place = [(side * ENDS_MM, 0.3 * row) for row in range(3) for side in (-1, 1)]
    ahead = [(1.0, 0.0), (-1.0, 0.0)] * 3
    assert left(place[:4], ahead[:4]) == [True] * 4
    assert left(place, ahead) == [False] * 6


def test_ends_without_number_cost_no_more_than_few() -> None:
    """Each place of what may be left out is held against outlines: of many ends, of none."""
    place = [(-ENDS_MM, -9.0 + 0.05 * row) for row in range(300)]
    with mock.patch.object(left_apart_module, "_left_out", side_effect=AssertionError):
        assert left(place, [(1.0, 0.0)] * 300) == [False] * 300


@pytest.mark.parametrize("off", [-1.5 * LEFT_MM, 1.5 * LEFT_MM])
def test_elsewhere_it_was_cut(off: float) -> None:
    both, ways = [(off - ENDS_MM, 0.0), (off + ENDS_MM, 0.0)], [(1.0, 0.0), (-1.0, 0.0)]
    assert left(both, ways) == [False, False]
    assert left(both, ways, sides=(NOTHING,)) == [False, False]


@pytest.mark.parametrize(
    ("angle", "wall", "out"),
    [
        # Straight from the slit to the walls: too near for a turn. Along the slit, less so.
        (90.0, 0.3, True),
        (20.0, 0.1, True),
        # Between both a line turns; a rest so long is a hole.
        (90.0, 0.4, False),
        (10.0, 0.1, False),
    ],
)
def test_a_rest_is_left_out_where_it_never_comes_to_where_lines_turn(
    angle: float, wall: float, out: bool
) -> None:
    turn = np.radians(angle)
    way = (float(np.sin(turn)), float(np.cos(turn)))
    assert left([(-ENDS_MM, 0.0)], [way], wall) == [out]
    assert left([(-ENDS_MM, 0.0)], [way], wall, (NOTHING, step(0.3))) == [False]
