"""A vane thinner than the widest bead, which slicers print: it does not lack unseen."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.attacks import trial
from benchmarks.attacks.models.solids import cells
from benchmarks.attacks.recipes import SETUPS

from .test_borders import made

pytestmark = pytest.mark.slicer


def block_and_vane():
    """A block, and 12 mm of a vane of 0.5 mm off it, less than a quarter of all walls."""
    filled = np.zeros((2, 3, 1), bool)
    filled[0, :, 0] = filled[1, 1, 0] = True
    return cells([0, 24, 36], [0, 8, 8.5, 16], [0, 3.0], filled)


@pytest.mark.parametrize(
    "name", ["prusa-slicer-100-0.2", "prusa-slicer-20-0.3", "CuraEngine-20-0.2"]
)
def test_a_job_without_the_vane_is_refused_by_ring_c(name, bench):
    setup = next(one for one in SETUPS if one.name == name)
    specimen = made(bench, setup, "vane", block_and_vane())
    assert trial.look(specimen, specimen.gcode) == (True, {})
    block = cells([0, 24], [0, 16], [0, 3.0], np.ones((1, 1, 1), bool))
    alone = specimen.sliced(block + specimen.placed.reshape(-1, 3).min(axis=0))
    accepted, found = trial.look(specimen, alone, "AC")
    assert not accepted
    assert "TP-083" in found["C"]
