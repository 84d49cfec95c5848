"""The survey without sorting beside the one with: the same for every mesh, sound or not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.models.closed import bodies_if_closed
from mdps_plugin.models.mesh import Floats, Mesh
from mdps_plugin.models.surface import survey, survey_plainly

from .shapes import box, inside_out, torus

SOUND = {
    "a box": [box()],
    "a cavity": [box(), inside_out(box(1, 2, 3, at=(5, 5, 1)))],
    "two that touch in a corner": [box(10, 10, 5), box(10, 10, 5, at=(10, 10, 5))],
    "a ring beside two boxes": [torus(24), box(at=(90, 0, 0)), box(at=(90, 40, 0))],
    "a ring larger than a block": [torus(70)],
}


def as_mesh(triangles: Floats) -> Mesh:
    """As it is: also with what no file could hold."""
    return Mesh(corners=np.array(triangles), digest="0" * 64)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_mesh_needs_no_sorting(name: str) -> None:
    mesh = as_mesh(np.concatenate(SOUND[name]))
    labels = bodies_if_closed(mesh.triangles)
    assert labels is not None
    assert len(set(labels.tolist())) == len(SOUND[name])
    assert survey(mesh) == survey_plainly(mesh)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(list(SOUND)))
def test_order_of_faces_and_of_corners_does_not_matter(random, name: str) -> None:
    triangles = np.concatenate(SOUND[name])
    rows = list(range(len(triangles)))
    random.shuffle(rows)
    turned = [np.roll(triangles[row], random.randrange(3), axis=0) for row in rows]
    mesh = as_mesh(np.array(turned))
    assert bodies_if_closed(mesh.triangles) is not None
    assert survey(mesh) == survey_plainly(mesh)


def _drop(triangles: Floats, row: int, _: int) -> Floats:
    return np.delete(triangles, row, axis=0)


def _double(triangles: Floats, row: int, _: int) -> Floats:
    return np.concatenate((triangles, triangles[row : row + 1]))


def _turn_over(triangles: Floats, row: int, _: int) -> Floats:
    triangles[row] = triangles[row, ::-1]
    return triangles


def _double_turned_over(triangles: Floats, row: int, _: int) -> Floats:
    return np.concatenate((triangles, triangles[row : row + 1, ::-1]))


def _pull(triangles: Floats, row: int, corner: int) -> Floats:
    triangles[row, corner] += 0.25
    return triangles


def _hardly_pull(triangles: Floats, row: int, corner: int) -> Floats:
    """Another number of 64 bits, the same one of 32."""
    triangles[row, corner] += 1e-12
    return triangles


def _flatten(triangles: Floats, row: int, corner: int) -> Floats:
    triangles[row, corner] = triangles[row, corner - 1]
    return triangles


def _other_zero(triangles: Floats, row: int, _: int) -> Floats:
    triangles[row][triangles[row] == 0] = -0.0
    return triangles


def _needle(triangles: Floats, row: int, corner: int) -> Floats:
    """Split an edge, so that a triangle without an area closes the gap: still sound."""
    a, b, c = (triangles[row, corner - place].copy() for place in range(3))
    middle = (a + b) / 2
    order = [(a, c, middle), (middle, c, b), (a, middle, b)]
    rest = np.delete(triangles, row, axis=0)
    return np.concatenate((rest, np.array(order)))


DAMAGE = [
    *(_drop, _double, _turn_over, _double_turned_over, _pull, _hardly_pull),
    *(_flatten, _other_zero, _needle),
]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["a box", "a cavity", "two that touch in a corner"]),
    st.lists(
        st.tuples(st.sampled_from(DAMAGE), st.integers(0, 10_000), st.integers(0, 2)),
        min_size=1,
        max_size=4,
    ),
)
def test_whatever_is_wrong_with_a_mesh_both_say_the_same(
    name: str, damage: list[tuple[Callable[[Floats, int, int], Floats], int, int]]
) -> None:
    triangles = np.concatenate(SOUND[name])
    for spoil, row, corner in damage:
        triangles = spoil(triangles, row % len(triangles), corner)
    mesh = as_mesh(triangles)
    assert survey(mesh) == survey_plainly(mesh)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=3, max_size=3),
        min_size=1,
        max_size=14,
    )
)
def test_triangles_between_the_corners_of_a_cube(corners) -> None:
    mesh = as_mesh(np.array(corners, dtype=np.float64))
    assert survey(mesh) == survey_plainly(mesh)


@pytest.mark.parametrize("damage", [_drop, _double, _turn_over, _double_turned_over, _flatten])
def test_a_mesh_that_is_not_sound_is_left_to_the_survey(damage) -> None:
    assert bodies_if_closed(damage(np.concatenate(SOUND["a box"]), 3, 1)) is None
