"""Shift, size and turn from where walls run: what a turn does to the walls counts too."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath import fit
from mdps_plugin.toolpath.collect import Collector


def turned(stretch: float, turn_mm: float) -> set[str]:
    """An ellipse of 20 mm whose walls are turned by so much at the edge of its box."""
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    point = 10.0 * np.stack((stretch * np.cos(angle), np.sin(angle)), axis=1)
    normal = np.stack((np.cos(angle) / stretch, np.sin(angle)), axis=1)
    normal /= np.hypot(*normal.T)[:, None]
    low, high = point.min(axis=0), point.max(axis=0)
    away = point / (float(np.hypot(*(high - low))) / 2)
    inset = turn_mm * (away[:, 1] * normal[:, 0] - away[:, 0] * normal[:, 1])
    offsets = fit.Offsets(
        point=point, normal=normal, inset=inset, layer=np.ones(len(angle), dtype=np.int64)
    )
    found = Collector()
    box = np.append(low, 0.0), np.append(high, 5.0)
    fit._check_part(offsets, box, None, found)
    return {finding.code for finding in found.result()}


@pytest.mark.parametrize(
    ("stretch", "turn_mm", "wanted"),
    [
        (3.0, 0.009, set()),
        (3.0, 0.016, {"TP-108"}),
        # Its walls move by 0.2 of that: nearly round.
        (1.3, 0.02, set()),
        (1.3, 0.05, {"TP-108"}),
        (1.0, 0.5, set()),
    ],
)
def test_a_turn_counts_by_what_it_does_to_the_walls(
    stretch: float, turn_mm: float, wanted: set[str]
) -> None:
    assert turned(stretch, turn_mm) == wanted
