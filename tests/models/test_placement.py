"""Placing: once, exact, never turned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.canonical import sha256_hex
from mdps_plugin.errors import DocumentError
from mdps_plugin.models.mesh import Mesh
from mdps_plugin.models.placement import GRID_MM, place, place_encoded
from mdps_plugin.models.stl import read_stl, write_binary_stl
from tests.factories import make_recipe

from .shapes import box, mesh, torus

ENVELOPE = make_recipe().envelope


def test_box_centre_on_the_signed_point_and_lowest_z_at_zero():
    placed = place(mesh(box(20, 10, 5, at=(-300.3, 77.7, 12.1))), ENVELOPE)
    low, high = placed.bounds()
    assert list((low + high) / 2)[:2] == pytest.approx([125, 105], abs=GRID_MM)
    assert low[2] == 0
    assert list(high - low) == pytest.approx([20, 10, 5], abs=1e-4)


def test_placing_does_not_turn_or_mirror():
    shape = box()
    shape[:, :, 0] += shape[:, :, 2] * 0.25  # leans along X, so that a turn would show
    placed = place(mesh(shape), ENVELOPE).triangles
    moved = placed - placed[0, 0]
    assert moved == pytest.approx(shape - shape[0, 0], abs=2 * GRID_MM)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-400, 400, width=32), min_size=9, max_size=9), min_size=1, max_size=6
    ),
    st.floats(0, 500),
    st.floats(0, 500),
)
def test_placing_again_changes_no_bit(numbers, x, y):
    envelope = replace(ENVELOPE, placed_at_x_mm=x, placed_at_y_mm=y)
    try:
        once = place(Mesh(corners=np.array(numbers).reshape(-1, 3, 3), digest="x"), envelope)
    except DocumentError as fault:
        assert "1024 mm" in fault.allowed
        return
    data = write_binary_stl(once)
    again = place(read_stl(data, "placed.stl"), envelope)
    assert write_binary_stl(again) == data
    assert once.digest == again.digest == sha256_hex(data)


@pytest.mark.parametrize("shape", [box(), torus(70)])  # less and more than a block
def test_the_digest_is_that_of_the_file(shape):
    placed, encoded = place_encoded(mesh(shape), ENVELOPE)
    assert encoded == write_binary_stl(placed)
    assert placed.digest == place(mesh(shape), ENVELOPE).digest == sha256_hex(encoded)
    assert (placed.triangles == place(mesh(shape), ENVELOPE).triangles).all()


def test_beyond_the_reach_of_exact_numbers_is_refused():
    with pytest.raises(DocumentError, match="1024 mm"):
        place(mesh(box(3000)), ENVELOPE)
