"""Sections of meshes whose area, outline and chords are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath.section import cut

from .parts import ball, box, prism


def test_a_block() -> None:
    section = cut(box(20, 10, 5), 1.0)
    assert section.area_mm2() == pytest.approx(200)
    assert section.perimeter_mm() == pytest.approx(60)
    assert section.mean_width_mm() == pytest.approx(400 / 60)
    low, high = section.box()
    assert low == pytest.approx([90, 95])
    assert high == pytest.approx([110, 105])
    assert section.widest_chord_mm(0, np.array([89.0, 91.0, 100.0])) == pytest.approx([0, 10, 10])
    assert section.widest_chord_mm(1, np.array([96.0])) == pytest.approx([20])


def test_nothing_above_and_below() -> None:
    assert cut(box(z=5), 5.005).empty
    assert cut(box(z=5), -0.005).empty
    assert cut(box(z=5), 5.005).area_mm2() == 0
    assert not cut(box(z=5), 4.995).empty


def test_normals_point_outward() -> None:
    points, normals = cut(ball(8), 8.0).samples(40)
    outward = points - np.array([100.0, 100.0])
    assert ((outward * normals).sum(axis=1) > 7.9).all()
    assert np.hypot(*normals.T) == pytest.approx(np.ones(40))


def test_a_hole_takes_area_away() -> None:
    hole = box(6, 4, 5)[:, ::-1]
    section = cut(np.concatenate((box(20, 10, 5), hole)), 2.0)
    assert section.area_mm2() == pytest.approx(200 - 24)
    # 3 mm on each side of the hole: two pieces lend each other no width.
    assert section.widest_chord_mm(0, np.array([100.0])) == pytest.approx([3])
    assert section.widest_chord_mm(1, np.array([100.0])) == pytest.approx([7])
    both = cut(np.concatenate((box(20, 10, 5), box(4, 4, 5) + np.array([9.0, 0, 0]))), 2.0)
    assert both.widest_chord_mm(1, np.array([100.0])) == pytest.approx([21])


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 100), st.floats(0.01, 0.99), st.floats(0, 2 * math.pi), st.integers(3, 30))
def test_a_regular_prism_at_any_turn(radius: float, share: float, turn: float, sides: int) -> None:
    outline = [
        (
            radius * math.cos(turn + 2 * math.pi * k / sides),
            radius * math.sin(turn + 2 * math.pi * k / sides),
        )
        for k in range(sides)
    ]
    section = cut(prism(outline, 10), 10 * share)
    area = sides / 2 * radius**2 * math.sin(2 * math.pi / sides)
    assert section.area_mm2() == pytest.approx(area, rel=1e-9)
    assert section.perimeter_mm() == pytest.approx(2 * sides * radius * math.sin(math.pi / sides))
