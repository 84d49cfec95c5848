"""One fill that is parted along the outline of the next layer: ends there, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.depth import Outline
from mdps_plugin.toolpath.left_apart import LEFT_MM, MOST_LEFT, left_apart
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


@pytest.mark.parametrize("off", [-1.5 * LEFT_MM, 1.5 * LEFT_MM])
def test_elsewhere_it_was_cut(off: float) -> None:
    both, ways = [(off - ENDS_MM, 0.0), (off + ENDS_MM, 0.0)], [(1.0, 0.0), (-1.0, 0.0)]
    assert left(both, ways) == [False, False]
    assert left(both, ways, sides=(NOTHING,)) == [False, False]


def test_a_row_of_such_ends_is_none() -> None:
    place = [(side * ENDS_MM, 0.3 * row) for row in range(MOST_LEFT) for side in (-1, 1)]
    ahead = [(1.0, 0.0), (-1.0, 0.0)] * MOST_LEFT
    assert left(place[:MOST_LEFT], ahead[:MOST_LEFT]) == [True] * MOST_LEFT
    assert not any(left(place, ahead))


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
