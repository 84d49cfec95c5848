"""Where PrusaSlicer lets two fills meet, reckoned from edges of surfaces."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.borders import (
    BORDER_MM,
    SURE_MM,
    Edges,
    at_borders,
    ends_again,
    near_borders,
    widened_again,
)
from mdps_plugin.toolpath.depth import Outline
from mdps_plugin.toolpath.places import Widened, places
from mdps_plugin.toolpath.raster import grid_about
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.solid_rule import solid_rule
from mdps_plugin.toolpath.surroundings import Surroundings

from .parts import PLACES, SETTINGS
from .supported import WINDOW, block

SLOPE_MM = 0.25
SQUARE = 20.0


def widened() -> Widened:
    spot = places({**SETTINGS, **PLACES}, 1, 0.2)
    assert spot is not None
    assert spot.widened is not None
    return spot.widened


def box(low: float, high: float) -> np.ndarray:
    corner = np.array([(low, low), (high, low), (high, high), (low, high)])
    return np.stack((corner, np.roll(corner, -1, axis=0)), axis=1)


def edge(x: float, fill_mm: float) -> Edges:
    """A step at ``x`` across a square: the layer above ends there."""
    corner = np.array([(0.0, 0.0), (x, 0.0), (x, SQUARE), (0.0, SQUARE)])
    step = np.stack((corner, np.roll(corner, -1, axis=0)), axis=1)

    def everywhere(place: np.ndarray) -> np.ndarray:
        return np.ones(len(place), dtype=np.bool_)

    return Edges.of(step).within(Outline(box(0.0, SQUARE)), everywhere, fill_mm)


def judged(
    place: tuple[float, float],
    *edges: Edges,
    turning: bool = False,
    ahead: tuple[float, float] = (-1.0, 0.0),
) -> tuple[bool, bool]:
    rule = widened()
    surely, maybe = at_borders(
        *(np.array([place]), np.array([turning]), np.array([ahead])),
        *([edges], rule.surface, rule, SLOPE_MM),
    )
    return bool(surely[0]), bool(maybe[0])


def test_an_edge_is_what_of_an_outline_crosses_the_area_to_fill() -> None:
    rule = widened()
    step = edge(8.0, rule.fill_mm)
    assert np.abs(step.begin[:, 0] - 8.0).max() < 1e-9
    low, high = step.begin[:, 1].min(), step.begin[:, 1].max()
    assert low == pytest.approx(rule.fill_mm, abs=SURE_MM + 0.1)
    assert high == pytest.approx(SQUARE - rule.fill_mm, abs=SURE_MM + 0.1)
    # Only next to its ends it is not sure that it is one.
    middle = step.begin[:, 1] + step.way[:, 1] / 2
    inner = (middle > rule.fill_mm + 0.2) & (middle < SQUARE - rule.fill_mm - 0.2)
    assert step.sure[inner].all()
    assert not step.sure.all()


def test_lines_end_close_to_a_border_and_turn_half_a_spacing_beside_it() -> None:
    rule = widened()
    step = edge(8.0, rule.fill_mm)
    border = 8.0 + rule.surface.away_mm
    for off in (-rule.ends_mm, rule.ends_mm):
        assert judged((border + off, 10.0), step) == (True, False)
    for off in (-rule.turns_mm, rule.turns_mm):
        assert judged((border + off, 10.0), step) == (False, False)
        assert judged((border + off, 10.0), step, turning=True) == (True, False)
    # A cut of half a millimetre across the border has an end elsewhere, and so has one beside it.
    for away in (-0.25, 0.3, -1.0, 1.0):
        assert judged((border + away, 10.0), step) == (False, False), away


def test_between_both_sides_of_the_middle_lies_the_slicers_own_edge() -> None:
    rule = widened()
    border = 8.0 + rule.surface.away_mm
    near = edge(8.0, rule.fill_mm), edge(8.2, rule.fill_mm)
    assert judged((border + 0.1, 10.0), *near) == (True, False)
    far = edge(8.0, rule.fill_mm), edge(8.6, rule.fill_mm)
    assert judged((border + 0.4, 10.0), *far) == (False, False)


@pytest.mark.parametrize(("corners", "further"), [(4, True), (96, False)])
def test_a_corner_counts_as_far_as_it_turns(corners: int, further: bool) -> None:
    """A finely meshed curve is all corners, of some degrees each: about none is there more room."""
    rule = widened()
    turn = np.arange(corners) * 2 * np.pi / corners
    loop = 10.0 + 3.0 * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    edges = Edges.of(np.stack((loop, np.roll(loop, -1, axis=0)), axis=1))
    place = (10.0 + 3.0 + 1.04 * rule.surface.away_mm, 10.0)
    assert judged(place, edges) == (further, False)
    border = (10.0 + 3.0 + rule.surface.away_mm - rule.ends_mm, 10.0)
    assert judged(border, edges) == (True, False)


def ring(radius: float) -> Edges:
    turn = np.arange(96) * 2 * np.pi / 96
    loop = 10.0 + radius * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    return Edges.of(np.stack((loop, np.roll(loop, -1, axis=0)), axis=1))


def test_a_line_that_grazes_a_border_ends_where_others_turn() -> None:
    """Beside a round border a flat bow is left out: the line goes on behind it."""
    rule = widened()
    turned = 3.0 + rule.surface.away_mm + rule.turns_mm
    angle = np.arccos((turned - rule.turns_mm) / turned)
    place = (10.0 + turned * np.cos(angle), 10.0 - turned * np.sin(angle))
    assert judged(place, ring(3.0), ahead=(0.0, 1.0)) == (True, False)
    # Straight towards the border, along it, or away from it: such a line was cut.
    inward = (-np.cos(angle), np.sin(angle))
    for ahead in (inward, (inward[1], -inward[0]), (0.0, -1.0)):
        assert judged(place, ring(3.0), ahead=ahead) == (False, False), ahead


def test_beyond_the_end_of_an_edge_a_border_runs_straight_on_and_is_cut_off() -> None:
    rule = widened()
    step, away = edge(8.0, rule.fill_mm), rule.surface.away_mm
    for off in (-rule.ends_mm, rule.ends_mm):
        assert judged((8.0 - away + off, rule.fill_mm - 1.0), step)[0]
        # The tip of what lies open points there: the area ends at right angles to the edge.
        along = (away + off) * 0.5**0.5
        assert judged((8.0 - along, rule.fill_mm - along), step)[0]
    for place in ((8.0 - away - 0.3, rule.fill_mm - 1.0), (8.0 - away, rule.fill_mm - 3.5)):
        assert not judged(place, step)[0], place


def test_blunt_tips_are_cut_off_about_a_surface_only() -> None:
    """Behind it they have mitres, which reach up to three times as far as what is widened."""
    rule = widened()
    step = edge(8.0, rule.fill_mm)
    for border, cut_off in ((rule.surface, True), (rule.behind, False)):
        # Where the tip points, and aside from there: nowhere as near to the edge as a border is.
        ahead, aside = border.away_mm * 0.5**0.5, 0.45 * border.away_mm * 0.5**0.5
        place = np.array([(8.0 - ahead + aside, rule.fill_mm - ahead - aside)])
        given = (np.array([False]), np.array([(-1.0, 0.0)]), [(step,)], border, rule, SLOPE_MM)
        assert at_borders(place, *given)[0][0] == cut_off


def test_near_a_border_is_so_far_to_both_sides_of_it() -> None:
    rule = widened()
    step, border = edge(8.0, rule.fill_mm), 8.0 + rule.surface.away_mm
    place = np.array([(border + off, 10.0) for off in (-0.5, -0.4, 0.4, 0.5)])
    near = near_borders(place, [(step,)], rule.surface, 0.45)
    assert near.tolist() == [False, True, True, False]


def test_about_the_end_of_an_edge_a_border_may_lie_further_away() -> None:
    rule = widened()
    step = edge(8.0, rule.fill_mm)
    beyond = (8.0 + 0.9 * rule.surface.away_mm, rule.fill_mm - 0.9 * rule.surface.away_mm)
    assert judged(beyond, step) == (False, True)
    past = (8.0 + 1.2 * rule.surface.away_mm, rule.fill_mm - 1.2 * rule.surface.away_mm)
    assert judged(past, step) == (False, False)


def test_without_edges_there_is_no_border() -> None:
    none = edge(0.5, widened().fill_mm)
    assert len(none.begin) == 0
    assert judged((3.5, 10.0), none) == (False, False)


def test_a_rest_is_widened_again_beyond_the_border_only() -> None:
    rule = widened()
    step = edge(8.0, rule.fill_mm)
    far = rule.surface.away_mm + rule.behind.away_mm + rule.turns_mm + BORDER_MM
    place = np.array([(8.0 + x, 10.0) for x in (2.0, 3.5, far - 0.01, far + 0.01)])
    assert widened_again(place, [(step,)], rule).tolist() == [False, True, True, False]


@pytest.mark.parametrize(("off", "ends"), [(0.0, True), (0.018, True), (0.022, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_where_a_rest_is_widened_again_lines_end_close_to_its_border(
    off: float, ends: bool, side: int
) -> None:
    rule = widened()
    far = rule.surface.away_mm + rule.behind.away_mm
    place = np.array([(10.0 + far + side * (rule.ends_mm + off), SQUARE / 2)])
    step, on = [(edge(10.0, rule.fill_mm),)], np.array([(-float(side), 0.0)])
    assert ends_again(place, on, step, rule, SLOPE_MM).tolist() == [ends]
    assert not ends_again(place, -on, step, rule, SLOPE_MM).any()
    assert not ends_again(place, on, [], rule, SLOPE_MM).any()


@pytest.mark.parametrize(("wide_mm", "narrow"), [(4.0, True), (12.0, False)])
def test_only_in_a_narrow_fill_all_that_was_widened_is_widened_again(
    wide_mm: float, narrow: bool
) -> None:
    """A bar: its area to fill holds a disc of three widths of a line, or does not."""
    settings, rule = {**SETTINGS, **PLACES}, widened()
    model = block((90.0, 90.0, 0.0), (120.0, 90.0 + wide_mm, 4.0))
    grid = grid_about(np.array((90.0, 90.0)), np.array((120.0, 90.0 + wide_mm)), 1.0)
    assert grid is not None
    about = Surroundings(Sections(model, WINDOW), solid_rule(settings, WINDOW), grid)
    place = np.array([(105.0, 91.5)])
    assert about._in_narrow_fills(8, place, rule).tolist() == [narrow]
    assert len(about._in_narrow_fills(8, place[:0], rule)) == 0
