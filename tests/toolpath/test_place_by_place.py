"""Ring C, place by place: attacks that one rule alone catches, so that switching it off shows."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from mdps_plugin.toolpath.coverage import _surfaces, border_px
from mdps_plugin.toolpath.raster import PIXEL_MM, draw, fill, grid_about, widest
from mdps_plugin.toolpath.section import cut
from mdps_plugin.toolpath.sections import PLANE_OFFSET_MM, Sections, middle_mm
from mdps_plugin.toolpath.shapes import Shape, Shapes
from mdps_plugin.toolpath.solid_rule import solid_rule

from .carving import carve
from .parts import (
    SETTINGS,
    ball,
    box,
    codes,
    geometry,
    honest,
    layer_change,
    look,
    moved,
    recipe,
)


def _in_layer(changed: bytes, layer: int) -> bytes:
    """``changed`` in one layer, the honest job elsewhere; both have the same lines."""
    first, last = layer_change(layer), layer_change(layer + 1)
    mine, kept = changed.split(b"\n"), honest().split(b"\n")
    return b"\n".join([*kept[:first], *mine[first : last - 1], *kept[last - 1 :]])


def test_only_the_fit_sees_one_layer_moved_by_0_04_mm() -> None:
    assert codes(look(_in_layer(moved(lambda x, y: (x + 0.04, y)), 9))) == {"TP-106"}
    assert look(_in_layer(moved(lambda x, y: (x + 0.02, y)), 9)).verdict.accepted


def test_only_the_fit_sees_the_part_scaled_by_0_2_percent() -> None:
    model = geometry((box() - [100, 100, 0]) * [1.002, 1.002, 1] + [100, 100, 0])
    assert codes(look(honest(), model=model)) == {"TP-107"}


def test_only_the_fit_sees_the_part_moved_by_0_02_mm() -> None:
    assert codes(look(honest(), model=geometry(box() + np.array([0.02, 0, 0])))) == {"TP-085"}


def test_only_the_end_of_a_line_shows_a_cut_of_0_6_mm_in_infill() -> None:
    job = carve(honest(), 103, 100.2, 0.5, first=layer_change(12))
    end = len(carve(b"\n".join(honest().split(b"\n")[layer_change(13) - 1 :]), 103, 100.2, 0.5))
    tail = b"\n".join(honest().split(b"\n")[layer_change(13) - 1 :])
    cut_layer = job[: len(job) - end] + tail
    assert cut_layer != honest()
    assert codes(look(cut_layer)) == {"TP-102"}


@pytest.mark.parametrize("offset", [0.0, 0.013, 0.031])
def test_pixels_hold_the_areas_that_were_drawn(offset: float) -> None:
    """Against exact areas: a section within a pixel of its outline, a bead and a disc."""
    grid = grid_about(np.array([90.0, 90]), np.array([110.0, 110]), 1)
    assert grid is not None
    section = cut(ball(6, steps=24) + np.array([offset, offset, 0]), 6.001)
    filled = fill(grid, section).sum() * PIXEL_MM**2
    assert filled == pytest.approx(section.area_mm2(), rel=0.002)
    begin, end = np.array([[95.0 + offset, 95]]), np.array([[103.0, 101 + offset]])
    length = float(np.hypot(*(end - begin)[0]))
    half = np.array([0.4])
    flat = draw(grid, begin, end, half, np.array([False])).sum() * PIXEL_MM**2
    assert flat == pytest.approx(0.8 * length, rel=0.01)
    joined = draw(grid, begin, end, half, np.array([True])).sum() * PIXEL_MM**2
    assert joined - flat == pytest.approx(np.pi * 0.16 / 2, rel=0.15)
    alone = draw(grid, end, end, half, np.array([True]))
    disc = widest(alone, 0, 20)
    assert disc is not None
    assert disc[0] * PIXEL_MM == pytest.approx(0.4, abs=PIXEL_MM)
    assert widest(alone, 9, 20) is None


def test_sections_are_the_cuts_of_all_triangles() -> None:
    triangles, window = ball(6, steps=16), recipe().window
    sections = Sections(triangles, window)
    for layer in range(sections.top + 2):
        middle = middle_mm(layer, window)
        pair = sections.pair(layer)
        for section, side in ((pair.below, -1), (pair.above, 1)):
            whole = cut(triangles, middle + side * PLANE_OFFSET_MM)
            assert np.array_equal(section.segments, whole.segments)
    assert sections.pair(-1).empty
    assert sections.pair(sections.top + 5).empty


def test_where_a_surface_ends_among_the_filling_lines_lines_may_end_as_well() -> None:
    """A step of 8 mm, as on a slope of two degrees; one of 1 mm lies among the walls."""
    rule = solid_rule({**SETTINGS, "fill_density": "100%"}, recipe().window)

    class Steps:
        def __init__(self, step: int) -> None:
            self.step = step

        def at(self, layer: int) -> Shape:
            both = np.zeros((60, 800), dtype=np.bool_)
            both[:, : 400 + self.step * (layer - 3)] = True
            return Shape(both=both, either=both)

    for step, near in ((160, True), (20, False)):
        shapes = cast("Shapes", Steps(step))
        filled = shapes.at(3).both.copy()
        filled[:, 400 - 24 :] = False
        seen = _surfaces(3, shapes, filled, rule)
        edge = 400 - 160
        assert seen[30, edge] == near
        assert not seen[30, edge - border_px(rule) - 2]
