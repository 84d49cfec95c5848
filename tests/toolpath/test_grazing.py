"""Ends of PrusaSlicer where a line grazes a wall; those of a line that was cut do not."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.grazing import MOST_ENDS, grazes

RADIUS, BACK_MM, LEAST_MM = 10.0, 1.4, 0.95


def beside_a_pillar(place: np.ndarray) -> np.ndarray:
    return np.abs(np.hypot(place[:, 0], place[:, 1]) - RADIUS)


def grazing(place: tuple[float, float], ahead: tuple[float, float]) -> bool:
    ends, ways = np.array([place]), np.array([ahead])
    return bool(grazes(ends, ways, LEAST_MM, BACK_MM - 0.05, beside_a_pillar)[0])


def end_over(nearest_mm: float) -> tuple[float, float]:
    """An end at BACK_MM whose line would pass the pillar at so much."""
    height = RADIUS + nearest_mm
    return -float(np.sqrt((RADIUS + BACK_MM) ** 2 - height**2)), height


@pytest.mark.parametrize(("nearest_mm", "grazed"), [(1.3, True), (1.0, True), (0.8, False)])
def test_over_a_flat_bow_a_line_goes_on_behind_it(nearest_mm: float, grazed: bool) -> None:
    assert grazing(end_over(nearest_mm), (1.0, 0.0)) == grazed


@pytest.mark.parametrize("angle", [20, 45, 90])
def test_a_line_that_leads_to_the_wall_was_cut(angle: float) -> None:
    way = (float(np.cos(np.radians(angle))), -float(np.sin(np.radians(angle))))
    assert not grazing((0.0, RADIUS + BACK_MM), way)


def test_what_is_left_of_a_line_beside_the_wall_leads_away_from_it() -> None:
    assert not grazing((0.0, RADIUS + BACK_MM), (0.0, 1.0))
    x, y = end_over(1.0)
    assert not grazing((x, y), (-1.0, 0.0))


def test_of_more_ends_than_are_looked_at_none_grazes() -> None:
    for count, grazed in ((MOST_ENDS, True), (MOST_ENDS + 1, False)):
        place, ahead = np.tile(end_over(1.0), (count, 1)), np.tile((1.0, 0.0), (count, 1))
        found = grazes(place, ahead, LEAST_MM, BACK_MM - 0.05, beside_a_pillar)
        assert (found == grazed).all()


def test_ends_that_were_not_followed_to_their_end_graze_nothing() -> None:
    place, ahead = end_over(1.3), np.array([[1.0, 0.0]] * 2)
    ends = np.array([place, place])

    def found(most_looks: int) -> list[bool]:
        away, back = beside_a_pillar, BACK_MM - 0.05
        return grazes(ends, ahead, LEAST_MM, back, away, most_looks).tolist()

    assert found(1000) == [True, True]
    assert found(20) == [False, False]
