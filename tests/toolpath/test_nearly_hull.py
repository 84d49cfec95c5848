"""CuraEngine's convex hull: an arc of a large disc between two parts, and the convex one else."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath.masks import grown
from mdps_plugin.toolpath.nearly_hull import beside_hull
from mdps_plugin.toolpath.raster import PIXEL_MM, Grid, Mask, grid_about
from mdps_plugin.toolpath.shadow import _edge

DISC_MM, GAP_MM = 100.0, 2.0
Boxes = list[tuple[float, float, float, float]]


def drawn(boxes: Boxes) -> tuple[Grid, Mask]:
    """Boxes from x0, y0 to x1, y1, mm, on a grid of their own with 4 mm to each side."""
    low = np.array([min(box[0] for box in boxes), min(box[1] for box in boxes)])
    high = np.array([max(box[2] for box in boxes), max(box[3] for box in boxes)])
    grid = grid_about(low, high, 4.0)
    assert grid is not None
    mask = grid.empty()
    for x0, y0, x1, y1 in boxes:
        rows, columns = (
            [round((one - origin) / PIXEL_MM) for one in ends]
            for ends, origin in (((y0, y1), grid.y_mm), ((x0, x1), grid.x_mm))
        )
        mask[rows[0] : rows[1], columns[0] : columns[1]] = True
    return grid, mask


def outside(boxes: Boxes) -> tuple[Grid, Mask, Mask]:
    """The grid, the boxes, and what lies further than the gap from their hull."""
    grid, mask = drawn(boxes)
    return grid, mask, beside_hull(grid, _edge(grid, mask), DISC_MM, GAP_MM)


def free_above(grid: Grid, free: Mask, x: float) -> float:
    """How high above the plate's zero the hull ends at a place along X, seen from above."""
    column = round((x - grid.x_mm) / PIXEL_MM)
    closed = np.flatnonzero(~free[:, column])
    return float(grid.y_mm + (closed[-1] + 1) * PIXEL_MM)


@pytest.mark.parametrize("apart", [5.0, 15.0, 40.0])
def test_between_two_parts_it_follows_an_arc(apart: float) -> None:
    grid, _, free = outside([(0, 0, 10, 10), (10 + apart, 0, 20 + apart, 10)])
    sag = DISC_MM - np.sqrt(DISC_MM**2 - (apart / 2) ** 2)
    assert free_above(grid, free, 10 + apart / 2) == pytest.approx(12 - sag, abs=0.1)
    assert free_above(grid, free, 9.0) == pytest.approx(12, abs=0.1)


#: A corner of an L whose middle lies beside it; a bar and a plate that reach beyond the disc; two
#: parts so far apart that their hulls do not meet; a frame.
CLOSED: list[Boxes] = [
    [(0, 0, 70, 8), (0, 0, 8, 70)],
    [(0, 0, 199, 12)],
    [(0, 0, 150, 150)],
    [(0, 0, 10, 10), (180, 0, 190, 10)],
    [(0, 0, 30, 4), (0, 26, 30, 30), (0, 0, 4, 30), (26, 0, 30, 30)],
]


@pytest.mark.parametrize("boxes", CLOSED)
def test_nothing_near_a_part_or_within_it_is_outside(boxes: Boxes) -> None:
    _, mask, free = outside(boxes)
    near = grown(mask, round(GAP_MM / PIXEL_MM / 2**0.5) - 1)
    assert not (free & near).any()
    assert free[[0, 0, -1, -1], [0, -1, 0, -1]].all()
    if len(boxes) == 4:
        middle = round(19 / PIXEL_MM)
        assert not free[middle, middle]


def test_the_corner_of_a_large_l_is_closed_but_for_the_arc() -> None:
    grid, _, free = outside(CLOSED[0])
    row, column = (round((20 - low) / PIXEL_MM) for low in (grid.y_mm, grid.x_mm))
    assert not free[row, column]
    far = round((55 - grid.y_mm) / PIXEL_MM)
    assert free[far, far]
