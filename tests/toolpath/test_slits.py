"""What PrusaSlicer closes is no outline to it: the tip of a notch, a crack."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath import slits as module
from mdps_plugin.toolpath.section import Section
from mdps_plugin.toolpath.slits import closing_radius_mm, without_slits

RADIUS_MM = 0.049
WALL_MM = 0.225


def notched(wide: float) -> Section:
    """A square of 10 mm, and from above a notch of 4 mm, ``wide`` at its mouth."""
    left, right = 5 - wide / 2, 5 + wide / 2
    loop = [(0, 0), (10, 0), (10, 10), (right, 10), (5, 6), (left, 10), (0, 10)]
    return Section(segments=np.array(list(zip(loop, loop[1:] + loop[:1], strict=True)), float))


def depth_at(section: Section, y: float) -> float:
    place = np.array([[5.0, y]])
    found = without_slits(section, place, 2.0, RADIUS_MM)
    assert found is not None
    return float(found.depth(place, np.empty((0, 2)), 0.0, 2.0)[0][0])


@pytest.mark.parametrize("wide", [0.8, 1.2, 1.8])
def test_the_wall_keeps_its_depth_from_where_a_notch_is_open(wide: float) -> None:
    open_from = 6 + 4 * 2 * RADIUS_MM / wide
    assert depth_at(notched(wide), open_from - WALL_MM) == pytest.approx(WALL_MM, abs=0.05)
    assert depth_at(notched(wide), open_from - 0.1) < WALL_MM - 0.05
    assert depth_at(notched(wide), open_from - 0.4) > WALL_MM + 0.05


def test_where_nothing_is_closed_nothing_is_left_out() -> None:
    loop = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    square = Section(segments=np.array(list(zip(loop, loop[1:] + loop[:1], strict=True))))
    assert without_slits(square, np.array([[5.0, 9.8]]), 2.0, RADIUS_MM) is None
    assert without_slits(square, np.array([[50.0, 9.8]]), 2.0, RADIUS_MM) is None


def test_a_wide_slot_stays() -> None:
    """0.12 mm is more than is closed: the wall keeps 0.225 mm from its floor."""
    loop = [(0, 0), (10, 0), (10, 10), (5.06, 10), (5.06, 6), (4.94, 6), (4.94, 10), (0, 10)]
    slot = Section(segments=np.array(list(zip(loop, loop[1:] + loop[:1], strict=True)), float))
    assert without_slits(slot, np.array([[5.0, 5.8]]), 1.0, RADIUS_MM) is None


def test_where_it_would_take_minutes_no_slit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 100)
    assert without_slits(notched(1.2), np.array([[5.0, 5.8]]), 2.0, RADIUS_MM) is None


def test_ends_of_no_length_are_no_pieces() -> None:
    dot = np.full((1, 2, 2), 6.0)
    whole = Section(segments=np.concatenate((notched(1.2).segments, dot)))
    assert depth_at(whole, 5.8) == pytest.approx(depth_at(notched(1.2), 5.8))


@pytest.mark.parametrize(
    ("settings", "radius"),
    [
        ({"perimeters": "3"}, RADIUS_MM),
        ({"perimeters": "3", "slice_closing_radius": "0.02"}, 0.02),
        ({"perimeters": "3", "slice_closing_radius": "0"}, 0.0),
        ({"perimeters": "3", "slice_closing_radius": "wide"}, 0.0),
        ({"perimeters": "3", "slice_closing_radius": "1.5"}, 0.0),
        ({"perimeters": "3", "slice_closing_radius": "nan"}, 0.0),
        ({"wall_line_count": "3"}, 0.0),
    ],
)
def test_the_radius_is_what_is_signed_or_the_slicers_own(
    settings: dict[str, str], radius: float
) -> None:
    assert closing_radius_mm(settings) == radius
