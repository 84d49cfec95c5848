"""Models of the laboratory are closed, the right way out and the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.attacks.models.catalogue import (
    BLIND,
    HELD_OUT,
    MODELS,
    ONCE_BLIND,
    OVERHANGING,
    THRESHOLD,
    mesh,
)
from benchmarks.attacks.models.solids import cells, open_edges, volume


def test_enough_models_and_none_in_both_sets():
    assert len(MODELS) >= 25
    assert len(MODELS) == sum(map(len, (THRESHOLD, HELD_OUT, ONCE_BLIND, BLIND, OVERHANGING)))
    assert min(len(THRESHOLD), len(HELD_OUT), len(BLIND)) >= 8


@pytest.mark.parametrize("name", MODELS)
def test_every_variant_is_closed_and_has_a_volume(name):
    for seed in range(3):
        triangles = mesh(name, seed)
        assert open_edges(triangles) == 0
        assert volume(triangles) > 100
        assert triangles[:, :, 2].min() == 0


def test_a_seed_is_one_model_and_another_seed_another():
    assert np.array_equal(mesh("guide", 3), mesh("guide", 3))
    assert not np.array_equal(mesh("guide", 3), mesh("guide", 4))


def test_an_open_mesh_is_seen():
    assert open_edges(mesh("block")[1:]) == 3


def test_cells_that_touch_along_an_edge_only_are_no_solid():
    diagonal = np.array([[[True], [False]], [[False], [True]]])
    with pytest.raises(ValueError, match="along an edge only"):
        cells([0, 1, 2], [0, 1, 2], [0, 1], diagonal)
