"""Which ends of filling lines hang together with a turn, and what a turn is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mdps_plugin.toolpath.chains import chains
from mdps_plugin.toolpath.deep_ends import END_MM
from mdps_plugin.toolpath.depth import Outline
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.linked import LINK_MM, Ends, off_rungs, open_ends
from mdps_plugin.toolpath.linked import alone as left_alone
from mdps_plugin.toolpath.places import places
from mdps_plugin.toolpath.raster import grid_about

from .parts import PLACES, SETTINGS

PINNED = {**SETTINGS, **PLACES}
Run = list[tuple[float, float]]


def alone(
    points: list[tuple[float, float]], turns: tuple[int, ...], patch: tuple[int, ...] = ()
) -> list[bool]:
    """Of places in a square of 40 mm, all of them ends but ``turns``, which are at no border."""
    spot = places(PINNED, 1, 0.2)
    assert spot is not None
    corners = np.array([(0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0)])
    square = Outline(np.stack((corners, np.roll(corners, -1, axis=0)), axis=1))
    place, number = np.array(points), np.arange(len(points))
    grid = grid_about(np.zeros(2), np.full(2, 40.0), 1.0)
    assert grid is not None
    ends = Ends(
        place=place,
        stops=~np.isin(number, turns),
        turns=np.isin(number, turns),
        patch=np.isin(number, patch),
        off=off_rungs(place, (square, square), spot, END_MM),
    )
    return left_alone(ends, number, grid).tolist()


def test_ends_at_a_border_hang_together_with_a_turn() -> None:
    chain = [(10.0 + 1.7 * step, 20.0) for step in range(5)]
    assert alone(chain, (4,)) == [False] * 5
    assert alone(chain, ()) == [True] * 5
    far = chain[-1][0] + LINK_MM + 1
    assert alone([*chain, (far, 20.0)], (4,)) == [False] * 5 + [True]
    # A turn at the depth of filling lines is at a wall: every cut has such turns beside it.
    spot = places(PINNED, 1, 0.2)
    assert spot is not None
    assert alone([(2.0, 20.0), (spot.least_mm, 20.0)], (1,)) == [True, False]


def test_a_place_that_one_short_line_fills_is_no_cut() -> None:
    two = [(10.0, 10.0), (10.2, 10.2)]
    assert alone(two, (), (0,)) == [False, False]
    assert alone(two, ()) == [True, True]
    assert alone([(10.0, 10.0), (10.08, 10.33)], (), (0,)) == [False, False]
    assert alone([(10.0, 10.0), (10.3, 10.3)], (), (0,)) == [True, True]
    assert alone([*two, (12.0, 10.0)], (), (0,)) == [True, True, True]


def turning(*runs: Run, walled: Run | tuple[()] = ()) -> list[list[bool]]:
    """For each run, which of its joints lie within a turn; no place but ``walled`` is at a wall."""
    pairs = np.array([pair for run in runs for pair in itertools.pairwise(run)])
    last = np.cumsum([len(run) - 1 for run in runs]) - 1
    number = np.arange(len(pairs))
    length = np.hypot(*(pairs[:, 1] - pairs[:, 0]).T)
    lines = LayerLines(
        layer=3,
        begin=pairs[:, 0],
        end=pairs[:, 1],
        width=np.full(len(pairs), 0.45),
        flow=np.full(len(pairs), 0.08),
        volume=length * 0.08,
        joined=~np.isin(number, last),
        lines=number,
        volume_mm3=float(length.sum() * 0.08),
        height_mm=0.2,
        line=0,
    )
    place = np.concatenate((lines.begin, lines.end))
    off = np.array([tuple(one) not in walled for one in place])
    ends = open_ends(lines, number, chains(lines), off)
    begins, behind = ends.turns.reshape(2, -1)
    # A joint is the end of one line and the begin of the next.
    assert (begins[1:] == behind[:-1]).all()
    return [part[:-1].tolist() for part in np.split(behind, last[:-1] + 1)]


def test_a_line_and_one_that_runs_back_beside_it_make_a_turn() -> None:
    assert turning([(5.0, 5.0), (8.0, 5.0), (8.0, 5.4), (5.0, 5.4)]) == [[True, True]]
    # Over two lines along a border, and another run behind it.
    bend = [(5.0, 5.0), (8.0, 5.0), (8.1, 5.2), (8.0, 5.4), (5.0, 5.4), (5.0, 9.0)]
    assert turning(bend, [(1.0, 1.0), (3.0, 1.0)]) == [[True, True, True, False], []]


def test_a_joint_alone_is_no_turn() -> None:
    """Who cuts a line can split it beside the cut, bend it, or run back over it."""
    split = [(5.0, 5.0), (8.0, 5.0), (8.4, 5.0)]
    bend = [(5.0, 5.0), (8.0, 5.0), (8.0, 6.0)]
    back = [(5.0, 5.0), (8.0, 5.0), (6.0, 5.1)]
    assert turning(split, bend, back) == [[False], [False], [False]]
    # The end of one run and the begin of the next are no joint.
    assert turning([(5.0, 5.0), (8.0, 5.0)], [(8.0, 5.4), (5.0, 5.4)]) == [[], []]
    far = [(5.0, 5.0), (8.0, 5.0), (8.0, 7.6), (5.0, 7.6)]
    assert turning(far) == [[False, False]]


@pytest.mark.parametrize("hook", [0.2, 0.6, 0.9])
def test_a_hook_at_the_end_of_a_line_is_no_turn_unless_it_reaches_a_wall(hook: float) -> None:
    run = [(5.0, 5.0), (8.0, 5.0), (8.0, 5.4), (8.0 - hook, 5.4)]
    assert turning(run) == [[False, False]]
    assert turning(run, walled=(run[-1],)) == [[hook > 0.25] * 2]
    assert turning(run[::-1], walled=(run[-1],)) == [[hook > 0.25] * 2]
