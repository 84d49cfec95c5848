"""Edges, bodies, gaps: counted on shapes whose numbers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.models.joined import connected
from mdps_plugin.models.surface import survey

from .shapes import box, inside_out, mesh


def test_a_box_is_closed():
    found = survey(mesh(box()))
    assert found.closed
    assert found.body_volumes_mm3 == pytest.approx((1000,))
    assert found.largest_gap is None


def test_a_missing_triangle_leaves_three_open_edges_and_their_gap():
    found = survey(mesh(box()[1:]))  # the face at x = 0, half gone: corners y 0..10, z 0..5
    assert (found.open_edges, found.crowded_edges, found.twisted_edges) == (3, 0, 0)
    assert found.largest_gap.width_mm == pytest.approx(np.hypot(10, 5))
    assert found.largest_gap.middle_mm == pytest.approx((0, 5, 2.5))


def test_the_largest_of_two_gaps_is_named():
    small = box(1, 1, 1, at=(50, 0, 0))
    found = survey(mesh(small[1:], box()[1:]))
    assert found.open_edges == 6
    assert found.largest_gap.width_mm == pytest.approx(np.hypot(10, 5))


def test_one_triangle_turned_over_is_twisted():
    shape = box()
    shape[0] = shape[0, ::-1]
    assert survey(mesh(shape)).twisted_edges == 3


def test_two_boxes_that_share_an_edge_are_crowded_there():
    found = survey(mesh(box(10, 10, 5), box(10, 10, 5, at=(10, 10, 0))))
    assert (found.open_edges, found.crowded_edges) == (0, 1)


def test_a_wall_inside_is_seen_as_crowded():
    doubled = np.concatenate([box(), box()])
    assert survey(mesh(doubled)).crowded_edges == 18


def test_two_boxes_that_touch_in_a_corner_are_two_bodies():
    found = survey(mesh(box(10, 10, 5), box(10, 10, 5, at=(10, 10, 5))))
    assert found.closed
    assert len(found.body_volumes_mm3) == 2


def test_a_cavity_is_a_body_of_negative_volume():
    found = survey(mesh(box(), inside_out(box(1, 2, 3, at=(5, 5, 1)))))
    assert found.closed
    assert sorted(found.body_volumes_mm3) == pytest.approx([-6, 1000])


def test_flat_triangles_are_counted_and_do_not_open_the_surface():
    corner, other = box()[0, 0], box()[0, 1]
    point = np.array([[corner, corner, corner], [corner, other, corner]])
    found = survey(mesh(box(), point))
    assert found.flat_triangles == 2
    assert found.closed
    assert len(found.body_volumes_mm3) == 1


def test_nothing_but_points():
    found = survey(mesh(np.zeros((2, 3, 3))))
    assert found.flat_triangles == 2
    assert found.body_volumes_mm3 == ()


def test_zero_and_minus_zero_are_one_place():
    shape = box()
    shape[0][shape[0] == 0] = -0.0
    assert survey(mesh(shape)).closed


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 30).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40),
        )
    )
)
def test_connected_agrees_with_walking(case):
    count, pairs = case
    group = list(range(count))
    for left, right in pairs:
        old, new = group[left], group[right]
        group = [new if label == old else label for label in group]
    left = np.array([pair[0] for pair in pairs], dtype=np.int64)
    right = np.array([pair[1] for pair in pairs], dtype=np.int64)
    labels = connected(count, left, right)
    for one in range(count):
        for other in range(count):
            assert (labels[one] == labels[other]) == (group[one] == group[other])
