"""Before an end that grazes a wall, what its own round end fills is not empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.coverage import CUT_MM, _check_ends, round_end_mm
from mdps_plugin.toolpath.flat_ends import ends_that_graze
from mdps_plugin.toolpath.places import places
from mdps_plugin.toolpath.raster import grid_about
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.solid_rule import solid_rule

from .parts import PLACES, SETTINGS, prism
from .supported import WINDOW, lines

ONE_FILL = {
    **SETTINGS,
    **PLACES,
    "fill_density": "100%",
    "top_solid_layers": "0",
    "bottom_solid_layers": "0",
}
LOW, HIGH = np.array((90.0, 90.0, 0.0)), np.array((110.0, 110.0, 4.0))


def open_before(empty_mm: float, grazes: bool | None) -> list[float]:
    """What is found of a line of 0.45 mm that ends so far before other plastic."""
    layer = lines(15, [(95.0, 100.0), (99.975, 100.0)])
    layer = replace(layer, width=np.full(1, 0.45))
    grid = grid_about(LOW[:2], HIGH[:2], 1.0)
    assert grid is not None
    empty = grid.empty()
    middle = grid.x_mm + (np.arange(grid.columns) + 0.5) * 0.05
    empty[:, (middle > 99.975) & (middle < 99.975 + empty_mm)] = True
    found = Collector()
    asked = None if grazes is None else lambda _, place, ahead: np.full(len(place), grazes)
    _check_ends(layer, empty, grid.empty(), CUT_MM, grid, found, asked)
    return [one.measured for one in found.result()]


@pytest.mark.parametrize(
    ("empty_mm", "grazes", "found"),
    [
        (0.15, None, []),
        (0.2, None, [0.2]),
        (0.2, False, [0.2]),
        (0.2, True, []),
        (0.25, True, [0.25]),
        (1.0, True, [1.0]),
    ],
)
def test_only_what_the_round_end_of_a_line_that_grazes_fills_is_not_empty(
    empty_mm: float, grazes: bool | None, found: list[float]
) -> None:
    # 0.126 mm beside its middle a round end of 0.45 mm reaches 0.186 mm ahead.
    assert round_end_mm(np.array([0.45])) == pytest.approx([0.186], abs=1e-3)
    assert open_before(empty_mm, grazes) == pytest.approx(found)


def test_it_tells_ends_at_the_inner_depth_that_graze_from_all_others() -> None:
    """Over a blunt tip that points into the part, 0.1 mm high, a line comes nearer and leaves."""
    spot = places(ONE_FILL, 15, 0.2)
    assert spot is not None
    (outer, _), (inner, _) = spot.ends
    tip = [(-10.0, -10.0), (0.0, -9.9), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0)]
    sections = Sections(prism(tip, 4.0), WINDOW)
    rule = solid_rule(ONE_FILL, WINDOW)
    asked = ends_that_graze(sections, rule, ONE_FILL, WINDOW, (LOW, HIGH))
    assert rule.one_fill
    assert asked is not None
    place = np.array([(95.0, 90.05 + depth) for depth in (inner, inner, outer)])
    # Over the tip; into the wall: it was cut; where other lines end.
    ahead = np.array([(1.0, 0.0), (0.6, -0.8), (1.0, 0.0)])
    layer = lines(15, [(95.0, 100.0), (99.0, 100.0)])
    assert asked(layer, place, ahead).tolist() == [True, False, False]
    settings = {**ONE_FILL, "top_solid_layers": "3"}
    apart = solid_rule(settings, WINDOW)
    assert ends_that_graze(sections, apart, settings, WINDOW, (LOW, HIGH)) is None
