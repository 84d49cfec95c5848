"""What the survey of a model says of its one body: the kernel and the rule say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.models.check import check_model, shows_one_body
from mdps_plugin.models.mesh import Floats, Mesh
from mdps_plugin.models.placement import place
from mdps_plugin.toolpath.bodies import bodies
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.model_link import model_kernel
from mdps_plugin.units import Range
from tests.factories import make_recipe
from tests.models.shapes import box, torus
from tests.models.test_closed import DAMAGE

_RECIPE = make_recipe()
_ANY = Range(minimum=0, maximum=1000)
_LARGE = replace(
    _RECIPE.envelope, size_x_mm=_ANY, size_y_mm=_ANY, size_z_mm=_ANY, volume_cm3=_ANY, bodies=1
)
RECIPE = replace(_RECIPE, envelope=_LARGE, variables=())
SHAPES = [
    *([box()], [torus(12)], [box(), box(at=(30, 0, 0))]),
    *([box(10, 10, 5), box(10, 10, 5, at=(10, 10, 5))], [box(), np.zeros((1, 3, 3)) + 50]),
]


def says(triangles: Floats) -> bool:
    """What the survey shows; if it shows one body, everybody else has to see one."""
    mesh = Mesh(corners=triangles.astype(np.float32).astype(np.float64), digest="0" * 64)
    if not shows_one_body(check_model(mesh, RECIPE, {}), RECIPE.envelope):
        return False
    placed = place(mesh, RECIPE.envelope).triangles
    calls = model_kernel(kernel())
    assert calls is not None
    assert calls.one_body(placed)
    assert len(bodies(placed)) == 1
    return True


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_shapes(number: int) -> None:
    assert says(np.concatenate(SHAPES[number])) is (number < 2)


def test_not_of_a_recipe_of_two_bodies() -> None:
    two = replace(RECIPE, envelope=replace(_LARGE, bodies=2))
    mesh = Mesh(corners=np.concatenate([box(), box(at=(30, 0, 0))]), digest="0" * 64)
    verdict = check_model(mesh, two, {})
    assert verdict.findings == ()
    assert not shows_one_body(verdict, two.envelope)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SHAPES),
    st.lists(
        st.tuples(st.sampled_from(DAMAGE), st.integers(0, 10_000), st.integers(0, 2)), max_size=3
    ),
)
def test_whatever_is_done_to_a_mesh(
    parts: list[Floats], damage: list[tuple[Callable[[Floats, int, int], Floats], int, int]]
) -> None:
    triangles = np.concatenate(parts)
    for spoil, row, corner in damage:
        triangles = spoil(triangles, row % len(triangles), corner)
    says(triangles)
